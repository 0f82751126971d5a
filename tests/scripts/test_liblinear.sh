#!/bin/sh
# usage: test_liblinear.sh LOSSKIT
# Objectives of linear models against LIBLINEAR's at -e 1e-8, on the shipped breast-cancer data and on
# sparse rows; left out, with a line that says so, where LIBLINEAR or Python is not there.
set -eu
losskit=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
for program in liblinear-train python3; do
    if ! command -v "$program" >/dev/null 2>&1; then
        echo "left out: no $program"
        exit 0
    fi
done
python3 "$root/bench/compare_liblinear.py" --losskit "$losskit" --exact --runs 1 --sparse-rows 3000
