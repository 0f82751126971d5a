#!/bin/sh
# usage: scripts/demo.sh LOSSKIT [OUTPUT_DIRECTORY]
# losskit at work on the data of data/: value, gradient and curvature of real predictions, pictures
# of the losses, models that are trained with them, and claims about losses put to the test.
set -eu
losskit=$1
here=$(cd "$(dirname "$0")/.." && pwd)
out=${2:-build/demo}
cd "$here"
mkdir -p "$out"

step() { printf '\n%s\n' "-- $1"; }
show() # prints the command as one would type it, then runs it
{
    printf '\n$ losskit %s\n' "$*"
    "$losskit" "$@"
}

case $losskit in /*) ;; *) losskit=./$losskit ;; esac

step "442 patients: predicted and true progression of diabetes. Means of four losses"
for loss in squared_error absolute_error huber:delta=50 tukey_biweight:scale=mad; do
    name=${loss%%:*}
    set --
    if [ "$name" != "$loss" ]; then set -- --param "${loss#*:}"; fi
    show eval "$name" "$@" --input data/diabetes_predictions.csv:prediction \
        --target data/diabetes_predictions.csv:progression
done

step "569 tumours: logits and truth. What a boosted tree asks for: gradient and curvature of each"
show eval sigmoid_focal --input data/breast_cancer_logits.csv:logit \
    --target data/breast_cancer_logits.csv:malignant --reduction none --curvature-mode fisher \
    --curvature-floor 1e-6 --grad "$out/gradient.npy" --curvature "$out/curvature.npy"

step "The same with a class weight for the rare class, computed from the data"
show eval balanced_sigmoid_cross_entropy --input data/breast_cancer_logits.csv:logit \
    --target data/breast_cancer_logits.csv:malignant

step "Gradients, curvatures and stated traits of two losses, verified numerically"
show check huber sigmoid_focal

step "Pictures: the margin losses, and huber for three delta"
show plot zero_one hinge squared_hinge logistic:base2=yes exponential ramp perceptron \
    --range=-4:4 --y-range=0:8 --title "Margin losses" -o "$out/margin_losses.svg"
show plot ramp --range=-2:2 --title "Ramp loss" -o "$out/ramp.svg"
show plot huber:delta=0.1 huber:delta=1 huber:delta=10 --range=-10:10 --y-range=0:50 \
    --what value --title "Huber loss" -o "$out/huber_three_deltas.svg"
show plot huber --what value,gradient,curvature -o "$out/huber_derivatives.svg"

step "Training: a linear model of the tumours, measured on a third of them that it has not seen"
show train breast_cancer --test 0.33 --quiet -o "$out/tumours.safetensors" \
    --report "$out/tumours.html"

step "A network that reads handwritten digits"
show train digits --model mlp:64 --validation 0.2 --patience 5 --test 0.2 --quiet \
    -o "$out/digits.safetensors" --report "$out/digits.html"
show predict "$out/digits.safetensors" digits -o "$out/digits_predicted.csv"

step "Why does this one not learn?"
show train digits --model mlp:64 --learning-rate 5 --diagnose || true

step "What is said of losses, put to the test: a minute or two"
show experiment --all --report "$out/experiments"

step "Written"
ls "$out"/*
printf '\n%s\n' "The report of the experiments: $(cd "$out" && pwd)/experiments/index.html"
