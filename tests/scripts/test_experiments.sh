#!/bin/sh
# usage: test_experiments.sh LOSSKIT
# `losskit experiment` as its users call it. That every claim holds is the test `experiments`.
LOSSKIT_DATA=$(cd "$(dirname "$0")/../../data" && pwd)
export LOSSKIT_DATA SOURCE_DATE_EPOCH=1000000000
. "$(dirname "$0")/command_checks.sh"

expect 0 "saturation" experiment --list
expect 0 '"name": "saturation"' experiment --list --json
parses "experiment --list --json"
expect 0 "checks hold" experiment saturation
grep -q "0.7887" out || fail "no table: $(cat out)"
expect 0 '"holds": true' experiment saturation --json
parses "experiment saturation --json"

expect 0 "report: page/index.html" experiment saturation --report page
[ -s page/results.json ] || fail "no results beside the page"
for part in '<!DOCTYPE html>' 'role="img"' '2001-09-09' "id=\"saturation\"" '</html>'; do
    grep -qF -- "$part" page/index.html || fail "no $part in the report"
done
cp -r page first
expect 0 "" experiment saturation --report page --threads 1
cmp -s page/index.html first/index.html || fail "two runs gave two reports"
cmp -s page/results.json first/results.json || fail "two runs gave two results"

wrong "which experiment?" experiment
wrong "did you mean saturation?" experiment saturatio
wrong "--all runs every experiment" experiment saturation --all
wrong "--threads" experiment saturation --threads 0
wrong "did you mean --report" experiment saturation --repor x
: >file
refused "file" experiment saturation --report file
refused "nowhere/page" experiment saturation --report nowhere/page
refused "MNIST does not ship" experiment center_loss --data nowhere
absent nowhere
mkdir own
printf 'a,b,label\n1,2,0\n2,3,1\n4,1,0\n' >own/digits.csv
refused "own/digits.csv: the experiments need digits with 1797 rows" experiment imbalance --data own
mkdir -p full/results.json
refused "full/results.json" experiment saturation --report full
checks=$((checks + 1))
PATH=/nowhere "$losskit" experiment saturation --report other >out 2>err && fail "a page without gnuplot"
grep -q "gnuplot is not installed" err || fail "no sentence about gnuplot: $(cat err)"
grep -q "checks hold" out || fail "the results are lost without gnuplot"
[ ! -e other/index.html ] || fail "half a report was left behind"
finish
