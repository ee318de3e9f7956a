#!/bin/sh
# Fetches the open data of 28,000 airports (PyPI package `airportsdata`, MIT licence) and lays it out
# for this plugin, as .build/data/airports.tsv of the repository. Does nothing when it is there.
set -eu

cd "$(dirname "$0")/../.."
target=.build/data/airports.tsv
if [ -s "$target" ]; then exit 0; fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! python3 -m pip download --quiet --no-deps --disable-pip-version-check \
    --dest "$work" airportsdata; then
    echo "Airports: the data could not be fetched (is python3-pip installed?);" \
        "the plugin is built with a sample of 129 airports." >&2
    exit 0
fi

mkdir -p .build/data
python3 - "$work" "$target.new" <<'PYTHON'
import csv, io, pathlib, sys, zipfile

wheel = next(pathlib.Path(sys.argv[1]).glob("airportsdata-*.whl"))
text = zipfile.ZipFile(wheel).read("airportsdata/airports.csv").decode("utf-8")
columns = ["icao", "iata", "name", "city", "country", "lat", "lon", "elevation"]
with open(sys.argv[2], "w", encoding="utf-8") as out:
    for row in csv.DictReader(io.StringIO(text)):
        out.write("\t".join(row[name].replace("\t", " ") for name in columns) + "\n")
PYTHON
mv "$target.new" "$target"
# The compiler notes what it embedded, but not what it looked for in vain.
touch Plugins/Airports/Data/data.c
echo "Airports: $(wc -l < "$target") airports in $target"
