#!/bin/sh
# Says how often a call of a C function asks for memory, for each kind of call: what the benchmark
# prints with --allocations. The rooms are compiled as for a release, since other code asks for more.
#
# usage: allocations.sh DIRECTORY    (for what is built)
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$1"
sources=$root/Sources
count=$root/Tests/Benchmarks/AllocationCount

room() {
    swiftc -O -wmo -swift-version 6 -parse-as-library -emit-module -emit-object -module-name "$1" \
        -enable-upcoming-feature ExistentialAny -enable-upcoming-feature MemberImportVisibility \
        -enable-upcoming-feature InternalImportsByDefault -enable-experimental-feature Lifetimes \
        -I . -I "$sources/CLibFFI" -o "$1.o" "$sources/$1"/*.swift
}

room ForeignSignatures
room ForeignCalls
cc -O2 -I "$count/include" -c -o count.o "$count/count.c"
echo "module CAllocationCount { header \"$count/include/allocation_count.h\" }" >module.modulemap
swiftc -O -swift-version 6 -I . -I "$sources/CLibFFI" -o bench \
    "$root"/Tests/Benchmarks/ForeignBench/*.swift ForeignSignatures.o ForeignCalls.o count.o -lffi
./bench --allocations
