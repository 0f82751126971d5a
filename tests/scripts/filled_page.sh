#!/bin/sh
# usage: filled_page.sh SOURCE_DIRECTORY RESULTS.json
# docs/choosing-a-loss.md is its template with what the experiments measured. Numbers of trained
# networks differ between machines in their last digits, so that numbers are not compared.
set -eu
source=$1
results=$2
if ! command -v python3 >/dev/null; then
    echo "left out: no python3"
    exit 77
fi
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
words() { sed 's/[0-9][0-9.]*\(e-[0-9]*\)\{0,1\}/N/g; s/^Measured on .*/Measured/' "$1"; }

python3 "$source/scripts/fill_results.py" "$results" "$source/docs/choosing-a-loss.in.md" \
    "$room/page.md"
words "$room/page.md" >"$room/new"
words "$source/docs/choosing-a-loss.md" >"$room/old"
diff "$room/old" "$room/new" || {
    echo "FAIL: docs/choosing-a-loss.md is not what make docs writes"
    exit 1
}
# A name that no experiment has is told.
printf '{{saturation | no such check}}\n' >"$room/wrong.in.md"
if python3 "$source/scripts/fill_results.py" "$results" "$room/wrong.in.md" "$room/wrong.md"; then
    echo "FAIL: a check that does not exist was filled in"
    exit 1
fi
[ ! -e "$room/wrong.md" ]
