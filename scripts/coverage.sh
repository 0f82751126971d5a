#!/bin/sh
# usage: scripts/coverage.sh BUILD_DIRECTORY
# Line coverage of src/ and cli/ by file, worst first, from the .gcda files of a test run.
set -eu
build=$1
source=$(cd "$(dirname "$0")/.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
build=$(cd "$build" && pwd)

find "$build" -name '*.gcda' >"$scratch/data"
[ -s "$scratch/data" ] || { echo "$build: no coverage data; run the tests first" >&2; exit 1; }

# A file is compiled several times (instruction sets, widths): a line counts when any of them ran it.
cd "$scratch"
while read -r data; do
    mkdir -p gcov
    (cd gcov && gcov -p -b "$data" >/dev/null 2>&1) || :
    for report in gcov/*.gcov; do
        [ -e "$report" ] || continue
        awk -F: -v root="$source/" '
            $2 + 0 == 0 && $3 == "Source" { file = $4; next }
            index(file, root) != 1 { next }
            { count = $1; gsub(/[ *]/, "", count); line = $2 + 0 }
            line == 0 || count == "-" { next }
            count ~ /^[0-9=#]/ {
                print substr(file, length(root) + 1), line, (count ~ /^[0-9]/ && count + 0 > 0)
            }' "$report"
    done >>lines
    rm -rf gcov
done <data
awk '$1 ~ /^(src|cli)\// { key = $1 SUBSEP $2; if (!(key in ran)) ran[key] = 0; if ($3) ran[key] = 1 }
    END {
        for (key in ran) {
            split(key, part, SUBSEP)
            lines[part[1]]++
            hit[part[1]] += ran[key]
        }
        for (file in lines) printf "%6.1f %% of %5d  %s\n", 100 * hit[file] / lines[file], lines[file], file
    }' lines | sort -n >table
cat table
awk '{ all += $4; hit += $1 * $4 / 100 } END { printf "%6.1f %% of %5d lines\n", 100 * hit / all, all }' table
