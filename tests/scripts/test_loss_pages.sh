#!/bin/sh
# test_loss_pages.sh BINARY: the pages of docs/losses say what the catalogue says, and each picture
# that they show is there; so does every page that the catalogue would have changed.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/command_checks.sh"
top=$here/../..

command -v python3 >/dev/null 2>&1 || {
    echo "python3 is missing: the pages of the losses are not compared"
    exit 0
}

# compared FRAGMENT STATUS DIRECTORY
compared()
{
    checks=$((checks + 1))
    python3 "$top/scripts/catalogue_pages.py" --check "$losskit" "$3" >out 2>&1
    got=$?
    [ $got -eq "$2" ] || fail "$3: status $got, expected $2: $(cat out)"
    grep -qF -- "$1" out || fail "$3: no \"$1\" in: $(cat out)"
}

compared " 0 wrong" 0 "$top/docs/losses"

# What the check has to notice.
cp -R "$top/docs/losses" pages && chmod -R u+w pages || exit 1
sed 's/never/seldom/' pages/huber.md >huber.md && mv huber.md pages/huber.md
rm pages/hinge.svg pages/ramp.md
: >pages/welsch.svg
: >pages/tube.md
compared "huber.md: is not what the catalogue says" 1 pages
for line in "hinge.md: is not what the catalogue says" "ramp.md: is missing" \
    "welsch.svg: is no whole picture" "tube.md: is no file of a loss" " 5 wrong"; do
    grep -qF -- "$line" out || fail "no \"$line\" in: $(cat out)"
done

# Every link of every page leads to a file.
checks=$((checks + 1))
awk '/^```/ { code = !code } !code' "$top"/docs/losses/*.md | sed 's/](/\n](/g' | sed -n 's/^](\([^)#]*\)[^)]*).*/\1/p' | sort -u |
    while read -r link; do
        [ -z "$link" ] || [ -s "$top/docs/losses/$link" ] || echo "$link"
    done >missing
[ ! -s missing ] || fail "links that lead nowhere: $(cat missing)"

finish
