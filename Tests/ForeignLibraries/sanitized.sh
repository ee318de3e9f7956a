#!/bin/sh
# Calls the library of every type under the address sanitizer, with its look for leaks at the end.
#
# usage: sanitized.sh DIRECTORY [ROUNDS]    (for what is built)
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
here=$root/Tests/ForeignLibraries
cd "$1"

room() {
    swiftc -O -g -wmo -sanitize=address -swift-version 6 -parse-as-library -emit-module -emit-object \
        -enable-upcoming-feature ExistentialAny -enable-upcoming-feature MemberImportVisibility \
        -enable-upcoming-feature InternalImportsByDefault -enable-experimental-feature Lifetimes \
        -module-name "$1" -I . -I "$root/Sources/CLibFFI" -o "$1.o" "$root/Sources/$1"/*.swift
}

room ForeignSignatures
room ForeignCalls
clang -g -shared -fPIC -fsanitize=address -o liblimits.so "$here/limits.c"
swiftc -O -g -sanitize=address -swift-version 6 -I . -I "$root/Sources/CLibFFI" -o sanitized \
    "$here/sanitized.swift" ForeignSignatures.o ForeignCalls.o -lffi
# What the file says is read once and stays; Swift marks pointers to it so that no look finds them.
echo 'leak:SignatureReader' >read-once
ASAN_OPTIONS=detect_leaks=1 LSAN_OPTIONS=suppressions=read-once:print_suppressions=0 \
    ./sanitized ./liblimits.so "$here/limits.functions.json" ${2:-}
