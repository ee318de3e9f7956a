#!/bin/sh
# Fetches the validators that the oracles use into .build/oracles. Does nothing when they are there.
set -eu

cd "$(dirname "$0")/../.."
target=.build/oracles
wanted=Tests/Oracles/requirements.txt
if cmp -s "$wanted" "$target/requirements.txt"; then exit 0; fi

rm -rf "$target"
mkdir -p "$target"
if ! python3 -m pip install --quiet --disable-pip-version-check --no-warn-conflicts \
    --root-user-action=ignore --target "$target" --requirement "$wanted"; then
    echo "The validators of Tests/Oracles could not be fetched (is python3-pip installed?);" \
        "tests that need them will say so." >&2
    exit 0
fi
cp "$wanted" "$target/requirements.txt"
