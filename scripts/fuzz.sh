#!/bin/sh
# usage: scripts/fuzz.sh BUILD_DIRECTORY [SECONDS] [JOBS]
# Runs every fuzz target of the build for SECONDS (60), JOBS (2) at a time, and prints the number of
# inputs tried. New inputs are kept in BUILD_DIRECTORY/corpus, findings in BUILD_DIRECTORY/findings.
set -eu
build=$1
seconds=${2:-60}
jobs=${3:-2}
seeds=$(dirname "$0")/../tests/fuzz/seeds
mkdir -p "$build/corpus" "$build/findings"

# one TARGET: a fuzzer's own report goes to a log
if [ "${4:-}" ]; then
    name=${4##*/fuzz_}
    mkdir -p "$build/corpus/$name"
    target=$4
    set -- "$build/corpus/$name"
    [ ! -d "$seeds/$name" ] || set -- "$@" "$seeds/$name"
    "$target" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=65536 \
        -print_final_stats=1 -artifact_prefix="$build/findings/$name-" \
        "$@" >"$build/findings/$name.log" 2>&1 && status=0 || status=$?
    tried=$(sed -n 's/^stat::number_of_executed_units: *//p' "$build/findings/$name.log")
    if [ $status -eq 0 ]; then
        echo "fuzz_$name: ${tried:-0} inputs, nothing found"
    else
        echo "fuzz_$name: FAILED after ${tried:-?} inputs, see $build/findings"
        tail -n 60 "$build/findings/$name.log"
    fi
    exit $status
fi

targets=$(find "$build" -type f -name 'fuzz_*' -perm -u+x | sort)
[ "$targets" ] || { echo "$build: no fuzz targets" >&2; exit 1; }
rm -f "$build"/findings/*.log
status=0
printf '%s\n' "$targets" |
    xargs -n 1 -P "$jobs" "$0" "$build" "$seconds" "$jobs" || status=1
total=$(cat "$build"/findings/*.log | sed -n 's/^stat::number_of_executed_units: *//p' |
    awk '{ n += $1 } END { print n + 0 }')
echo "$(printf '%s\n' "$targets" | grep -c .) fuzz targets, ${seconds} s each: $total inputs"
exit $status
