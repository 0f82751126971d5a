#!/bin/sh
# test_predict.sh BINARY: `losskit predict` as its user sees it, and that it says of a model what
# `losskit train` has said.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/command_checks.sh"

awk 'BEGIN {
    print "a,b,kind"
    for (i = 0; i < 100; i++) {
        c = i % 4 == 0
        printf "%.6f,%.3f,%s\n", sin(37 * i + 1) + 1.5 * c, 1000 * cos(53 * i) - 900 * c,
            c ? "\"yes, \"\"sir\"\"\"" : "no"
    }
}' >two.csv
cut -d, -f1,2 two.csv >bare.csv
awk 'BEGIN {
    print "x,y,label"
    for (i = 0; i < 90; i++)
        printf "%.6f,%.6f,%d\n", sin(37 * i + 1) + 2 * (i % 3 == 1), cos(53 * i) + 2 * (i % 3 == 2),
            i % 3 + 4
}' >three.csv
awk 'BEGIN {
    print "x,count"
    for (i = 0; i < 100; i++) { x = sin(7 * i); printf "%.6f,%d\n", x, exp(1 + x) }
}' >counts.csv
awk 'BEGIN { for (i = 0; i < 40; i++) printf "%d 1:%.5f %d:%.5f\n", i % 2 ? 1 : -1,
    (i % 2) * 2 - 1 + 0.3 * sin(i), 2 + i % 3, cos(3 * i) }' >sparse.libsvm
printf '1 1:1 9:5\n-1 1:-1 7:2\n' >wide.libsvm
expect 0 "" train two.csv -o two.safetensors
expect 0 "" train two.csv --loss hinge -o hinge.safetensors
expect 0 "" train three.csv -o three.safetensors
expect 0 "" train counts.csv --task numbers --loss poisson --l2 0 -o poisson.safetensors
expect 0 "" train sparse.libsvm -o sparse.safetensors

usage()
{
    wrong "predict needs MODEL DATA" predict two.safetensors
    wrong '--what: there is no "clas" (did you mean class?)' predict two.safetensors two.csv --what clas
    wrong "--threshold: " predict two.safetensors two.csv --threshold x
    wrong "--threads: " predict two.safetensors two.csv --threads 0
    wrong "--part: " predict two.safetensors two.csv --part validation
    wrong "must end in .csv or .npy" predict two.safetensors two.csv -o p.txt
    wrong "both want standard input" predict - -
    wrong "both want standard output" predict two.safetensors two.csv --metrics -o -
    wrong "both want standard output" predict two.safetensors two.csv --json -o -
    refused "is for two classes" predict three.safetensors three.csv --threshold 0.3
    refused "trained on numbers" predict poisson.safetensors counts.csv --threshold 0.3
    refused "trained on numbers" predict poisson.safetensors counts.csv --what probability
    for what in probability score number; do
        wrong "decides between classes" predict two.safetensors two.csv --threshold 0.3 --what $what
    done
    wrong "prints only to --output" predict two.safetensors two.csv --metrics --what score
    wrong "beyond the range" predict two.safetensors two.csv --threshold 1e999
    refused "was trained on classes" predict two.safetensors two.csv --what number
    refused "was trained on numbers" predict poisson.safetensors counts.csv --what class
    refused "no function" predict hinge.safetensors two.csv --what probability
    refused "nowhere.safetensors" predict nowhere.safetensors two.csv
    refused "nowhere.csv" predict two.safetensors nowhere.csv
    refused "two.csv" predict two.csv two.csv
    refused 'feature 1 is "x"; the model was trained with "a"' predict two.safetensors counts.csv
    printf '1,2,3,4\n5,6,7,8\n' >wide.csv
    refused "wide.csv" predict two.safetensors wide.csv --label 4
    refused 'no column "kind"' predict two.safetensors bare.csv --metrics
    sed '1s/a,b/b,a/' two.csv >renamed.csv
    refused 'feature 1 is "b"; the model was trained with "a"' predict two.safetensors renamed.csv
    head -c 100 two.safetensors >cut.safetensors
    refused "cut.safetensors" predict cut.safetensors two.csv
    refused "no/p.csv" predict two.safetensors two.csv -o no/p.csv
    absent p.txt no
    # What is read is not written.
    cp two.csv own.csv
    ln -s own.csv link.csv
    for path in own.csv ./own.csv link.csv; do
        refused "give another file" predict two.safetensors own.csv -o $path
    done
    cmp -s two.csv own.csv || fail "predict has written over its data"
    rm link.csv
    mkfifo pipe.csv
    cat pipe.csv >piped &
    expect 0 "" predict two.safetensors bare.csv -o pipe.csv
    wait
    [ "$(wc -l <piped)" -eq 101 ] || fail "a pipe got $(wc -l <piped) lines"
}

# What train tells of its rows, predict tells of the same rows: scaling, names and label are kept.
agreement()
{
    number=0
    for options in "" "--scale min-max" "--scale max-abs --bias none" "--loss hinge" \
        "--loss squared_hinge" "--model perceptron" "--model adaboost --rounds 10" \
        "--model mlp:8 --epochs 3" "--ensemble 2" "--resample smote --prior natural" \
        "--class-weight balanced --prior no=0.9,yes=0.1" "--model mahalanobis"; do
        sed 's/"yes, ""sir"""/yes/' two.csv >plain.csv
        # shellcheck disable=SC2086
        expect 0 "accuracy" train plain.csv $options -o m.safetensors
        sed -n '/^accuracy/,$p' out >told
        expect 0 "accuracy" predict m.safetensors plain.csv --metrics
        cmp -s out told || fail "$options: predict tells $(head -2 out), train $(head -2 told)"
    done
    # The classes that are written are those that are measured, whatever the loss's scores are.
    for loss in logistic hinge squared_error huber absolute_error expectile cauchy modified_huber; do
        for model in linear "mlp:8 --epochs 5"; do
            # shellcheck disable=SC2086
            expect 0 "accuracy" train plain.csv --model $model --loss $loss -o m.safetensors
            told=$(awk '/^accuracy/ { print $2 }' out)
            expect 0 "class" predict m.safetensors plain.csv
            right=$(cut -d, -f3 plain.csv | paste -d, - out |
                awk -F, 'NR > 1 { n += $1 == $2 } END { print n / 100 }')
            [ "$right" = "$told" ] || fail "$loss, $model: $right of the classes are right, told $told"
            awk "BEGIN { exit !($told > 0.75) }" || [ "$model" != linear ] ||
                fail "$loss: an accuracy of $told, that of always no is 0.75"
        done
    done
    # A detector tells its normal class from any other, of more than two as well.
    expect 0 "accuracy" train three.csv --model mahalanobis --normal 5 -o m.safetensors
    sed -n '/^accuracy/,$p' out >told
    expect 0 "anomaly" predict m.safetensors three.csv --metrics
    cmp -s out told || fail "a detector: predict tells $(head -2 out), train $(head -2 told)"
    expect 0 "" train two.csv --model mlp:4 --loss contrastive -o m.safetensors
    expect 0 "number1,number2" predict m.safetensors two.csv
    refused "gives 4 numbers for a row" predict m.safetensors two.csv --metrics
    for file in three.csv counts.csv sparse.libsvm; do
        expect 0 "" train $file -o m.safetensors
        sed '1,/^training, /d' out >told
        expect 0 "" predict m.safetensors $file --metrics
        cmp -s out told || fail "$file: predict tells $(head -2 out), train $(head -2 told)"
    done
}

# 25 of 100 rows are "yes": for a share of 0.1 the logit moves by log(0.1 / 0.25 / (0.9 / 0.75)), which
# is -log 3, and for 0.25 by nothing.
priors()
{
    sed 's/"yes, ""sir"""/yes/' two.csv >plain.csv
    for share in none 0.25 0.1; do
        prior=""
        [ $share = none ] || prior="--prior yes=$share,no=$(awk "BEGIN { print 1 - $share }")"
        # shellcheck disable=SC2086
        expect 0 "" train plain.csv $prior -o m.safetensors
        expect 0 "" predict m.safetensors plain.csv --what score -o $share.csv
    done
    paste -d, none.csv 0.25.csv 0.1.csv | awk -F, '
        function off(x) { return x > 1e-12 || x < -1e-12 }
        NR > 1 && (off($2 - $1) || off($3 - $1 + log(3))) { exit 1 }' ||
        fail "scores are not corrected for the classes' shares: $(paste -d, none.csv 0.1.csv | head -3)"
}

# New data may lack the label and the weight, hold something else in the label's place, or be of
# another kind of file; a label found by its number is found again.
other_data()
{
    cut -d, -f1,2 two.csv | awk -F, '{ print (NR == 1 ? "w,kind," : NR % 3 ",?,") $0 }' >odd.csv
    expect 0 "" predict two.safetensors bare.csv -o bare_out.csv
    awk 'NR > 1 { printf "%s,", NR % 3 } { print }' two.csv | sed '1s/^/w,/' >weighted.csv
    expect 0 "" train weighted.csv --weight w -o weighted.safetensors
    expect 0 "" predict weighted.safetensors bare.csv
    cp out expected
    for file in odd.csv weighted.csv two.csv; do
        expect 0 "" predict weighted.safetensors $file
        cmp -s out expected || fail "$file: other classes than without label and weight"
    done
    expect 0 "accuracy" predict weighted.safetensors two.csv --metrics
    refused 'the label "?" is no class' predict weighted.safetensors odd.csv --metrics
    refused 'no column "kind"' predict two.safetensors bare.csv --label kind
    awk -F, 'NR > 1 { print $1 * 10 + $2 "," $1 "," $2 }' three.csv >first.csv
    expect 0 "" train first.csv --label 1 --l2 0 -o first.safetensors
    expect 0 "number" predict first.safetensors first.csv
    tail -n +2 out | paste -d, - first.csv |
        awk -F, '{ d = $1 - $2 } d > 1e-4 || d < -1e-4 { exit 1 }' ||
        fail "the label in column 1 is forgotten: $(head -3 out)"
    awk 'NR > 1' three.csv | awk -F, '{ print $3 " 1:" $1 " 2:" $2 }' >three.libsvm
    expect 0 "" train three.csv --scale none -o unscaled.safetensors
    expect 0 "" predict unscaled.safetensors three.csv
    cp out expected
    expect 0 "" predict unscaled.safetensors three.libsvm
    cmp -s out expected || fail "LIBSVM gives other classes than CSV"
}

outputs()
{
    expect 0 "" predict two.safetensors two.csv
    [ "$(head -1 out)" = class ] && [ "$(wc -l <out)" -eq 101 ] || fail "CSV: $(head -2 out)"
    grep -q '^"yes, ""sir"""$' out || fail "a class name that needs quotes has none: $(sort -u out)"
    cp out classes.csv
    expect 0 "" predict two.safetensors bare.csv -o bare_out.csv
    cmp -s classes.csv bare_out.csv || fail "labels change the classes"
    "$losskit" predict two.safetensors - <bare.csv 2>err | cmp -s - classes.csv ||
        fail "standard input: $(cat err)"
    "$losskit" predict - bare.csv <two.safetensors 2>err | cmp -s - classes.csv ||
        fail "a model on standard input: $(cat err)"
    expect 0 "" predict two.safetensors two.csv --what probability
    [ "$(head -1 out)" = 'no,"yes, ""sir"""' ] || fail "probabilities: $(head -1 out)"
    awk -F, 'NR > 1 && ($1 + $2 < 1 - 1e-12 || $1 + $2 > 1 + 1e-12) { exit 1 }' out ||
        fail "probabilities do not sum to 1"
    expect 0 "score" predict two.safetensors two.csv --what score
    expect 0 "" predict two.safetensors two.csv --threshold 0.999999999
    ! grep -q yes out || fail "a high threshold leaves the second class"
    expect 0 "" predict two.safetensors two.csv --threshold 0
    [ "$(grep -c yes out)" -eq 100 ] || fail "a threshold of 0 leaves the first class"
    # exp(1 + x) is what was counted: numbers are means, scores their logarithms.
    expect 0 "" predict poisson.safetensors counts.csv --what score -o score.csv
    expect 0 "number" predict poisson.safetensors counts.csv
    paste -d, out score.csv | awk -F, 'NR > 1 { d = $1 - exp($2); if (d > 1e-9 || d < -1e-9) exit 1 }' ||
        fail "numbers of poisson are not exp(score)"
    expect 0 "" predict sparse.safetensors wide.libsvm
    expect 0 '"predictions"' predict three.safetensors three.csv --json
    parses predict
    expect 0 '"metrics"' predict three.safetensors three.csv --json --metrics -o p.csv
    parses predict
    [ -s p.csv ] || fail "p.csv was not written beside metrics"
    expect 0 "" predict three.safetensors three.csv --what probability -o p.npy
    head -c 6 p.npy | grep -q NUMPY || fail "p.npy is no .npy"
    expect 0 "" predict three.safetensors three.csv -o labels.npy
    expect 1 "No space left" predict three.safetensors three.csv -o /dev/full
}

usage
agreement
priors
other_data
outputs
finish
