#!/bin/sh
# usage: scripts/demo.sh LOSSKIT [OUTPUT_DIRECTORY]
# Shows losskit at work on the data of data/: losses of real predictions, and pictures of losses.
set -eu
losskit=$1
here=$(cd "$(dirname "$0")/.." && pwd)
data=$here/data
out=${2:-$here/build/demo}
mkdir -p "$out"

step() { printf '\n%s\n' "-- $1"; }
show() # prints the command as one would type it, then runs it
{
    printf '$ losskit %s\n' "$*" | sed "s|$here/||g"
    "$losskit" "$@"
}

step "The losses"
show list

step "442 patients: a regression, by squared and by robust losses"
for loss in squared_error absolute_error huber; do
    show eval "$loss" --input "$data/diabetes_predictions.csv:prediction" \
        --target "$data/diabetes_predictions.csv:progression"
done

step "569 tumours: logits of a classifier"
show eval sigmoid_cross_entropy --input "$data/breast_cancer_logits.csv:logit" \
    --target "$data/breast_cancer_logits.csv:malignant" --grad "$out/gradient.npy"

step "Pictures"
show plot hinge logistic exponential -o "$out/margin.svg"
show plot squared_error absolute_error huber -o "$out/regression.svg"

step "Written"
ls "$out"
