#!/bin/sh
# usage: test_diagnose.sh LOSSKIT
# `losskit train --diagnose` as its users call it.
LOSSKIT_DATA=$(cd "$(dirname "$0")/../../data" && pwd)
export LOSSKIT_DATA
. "$(dirname "$0")/command_checks.sh"

# first FAULT ARGUMENT...: that fault is named first.
first()
{
    fault=$1
    shift
    expect 1 "1. $fault: " train "$@" --diagnose
    expect 1 "\"fault\":\"$fault\"" train "$@" --diagnose --json
    parses "train $* --diagnose --json"
}

expect 0 "Nothing is wrong." train breast_cancer --model mlp:32 --diagnose
expect 0 "Nothing is wrong." train digits --model mlp:64 --seed 3 --diagnose
expect 0 "Nothing is wrong." train breast_cancer --diagnose
# A solver without a learning rate is not blamed for that of the descent that stands in for it.
expect 0 "which stands in for the solver" train diabetes --diagnose
expect 0 '"unwell":false,"findings":[]' train diabetes --diagnose --json
first "learning rate" diabetes --solver sgd --learning-rate 1e-6
expect 0 '"findings":[]' train digits --diagnose --json
parses "train digits --diagnose --json"
first "learning rate" breast_cancer --model mlp:32 --learning-rate 5
first "learning rate" digits --model mlp:64 --optimizer sgd --learning-rate 1e-6
first inputs breast_cancer --model mlp:32 --scale none
first initialization digits --model mlp:64,64 --initialization zero
first regularization digits --l2 10
first regularization digits --model mlp:64,64 --dropout 0.98
first regularization breast_cancer --loss hinge --C 1e-9

# One label in five is another's.
zcat "$LOSSKIT_DATA/breast_cancer.csv.gz" |
    awk 'NR > 1 && NR % 5 == 0 { if (!sub(/malignant/, "benign")) sub(/benign/, "malignant") } 1' >noisy.csv
first labels noisy.csv --model mlp:16
grep -q '"suspects":\[[0-9]' out || fail "no suspects: $(cat out)"
[ "$(wc -l <out)" -eq 1 ] || fail "the JSON of a diagnosis is no line"

wrong "makes no model" train digits --model mlp:64 --diagnose -o m.safetensors
wrong "not at adaboost" train breast_cancer --model adaboost --diagnose
wrong "not at ensembles" train breast_cancer --ensemble 5 --diagnose
absent m.safetensors
finish
