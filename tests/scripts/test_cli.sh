#!/bin/sh
# test_cli.sh BINARY: the command line as its user sees it: exit status, sentences, files.
. "$(dirname "$0")/command_checks.sh"

printf '0.5\n2\n-1\n' >p.csv
printf '1\n2\n1\n' >y.csv
printf '1\n1\n-1\n' >s.csv
printf '1\n1\n0\n' >b.csv
printf '1\n2\n3\n' >w.csv
printf '1\n2\n' >short.csv
printf 'score,label\n0.5,1\n-2,0\n' >t.csv

program()
{
    expect 0 "losskit " --version
    expect 0 "Commands:" --help
    wrong "a command is missing"
    wrong 'there is no command "evl" (did you mean eval?)' evl
    wrong 'no option --versoin (did you mean --version?)' --versoin
    for command in list show eval train predict check plot bench; do
        expect 0 "Usage: losskit $command" "$command" --help
        wrong "has no option --nonsense" "$command" --nonsense
        wrong "--json takes no value" "$command" --json=1
    done
    expect 0 ".TH LOSSKIT 1" --man
    if command -v groff >/dev/null 2>&1; then
        [ -z "$(groff -man -ww -z -Tutf8 out 2>&1)" ] || fail "groff warns of the man page"
    fi
    for shell in bash zsh fish; do
        expect 0 "weighted_mean" --completion $shell
        [ "$(grep -c 'list 2>/dev/null' out)" -ge 5 ] || fail "$shell does not complete --loss"
        ! command -v $shell >/dev/null 2>&1 || $shell -n out || fail "$shell refuses its completion"
    done
    wrong 'there is no "bsh" (did you mean bash?)' --completion bsh
    wrong "--completion needs a value" --completion
}

catalogue()
{
    expect 0 "huber" list
    expect 0 '"schema": 1' list --json
    parses list
    expect 0 "hinge" list --family margin
    ! grep -q "^huber" out || fail "huber is listed among the margin losses"
    wrong 'there is no family "margn" (did you mean margin?)' list --family margn
    wrong "one argument too many" list huber
    expect 0 "delta = 1" show huber
    expect 0 "|gradient| <= delta" show huber
    expect 0 "elsewhere    PyTorch huber_loss" show huber
    expect 0 '"gradient_tex"' show huber --json
    expect 0 '"elsewhere": "PyTorch huber_loss' show huber --json
    parses show
    refused 'there is no loss "hubert" (did you mean huber?)' show hubert
    wrong "show needs NAME" show
    for name in $("$losskit" list | sed '1d;s/ .*//'); do
        expect 0 "name         $name" show "$name"
    done
}

evaluation()
{
    expect 0 "value       0.1875" eval huber --input p.csv --target y.csv --param delta=0.25
    expect 0 '"value": 1.34375' eval huber --input p.csv --target y.csv --reduction=sum --json \
        --param delta=0.75
    parses eval
    expect 0 "count       2" eval squared_error --input p.csv --target y.csv --ignore 2
    expect 0 "base2=yes" eval logistic --input p.csv --target s.csv --param base2=yes
    expect 0 "value" eval hinge --input p.csv --target b.csv --labels 01
    expect 0 "normalizer  6" eval hinge --input p.csv --target s.csv --weight w.csv \
        --reduction weighted_mean
    expect 0 "value" eval hinge --input t.csv:score --target t.csv:label --labels 01
    expect 0 "value" eval sigmoid_cross_entropy --input p.csv --target b.csv --pos-weight w.csv
    expect 0 "value" eval sigmoid_cross_entropy --input p.csv --target b.csv --auxiliary w.csv
    expect 0 "" eval huber --input p.csv --target y.csv --grad g.npy --curvature c.npy \
        --value v.npy --grad-target t.npy --curvature-mode fisher --dtype f32
    for file in g.npy c.npy v.npy t.npy; do
        [ -s $file ] || fail "$file was not written"
    done
    expect 0 "value       0" eval squared_error --input v.npy --target v.npy --threads 1
    "$losskit" eval huber --input - --target y.csv --grad - <p.csv >out 2>err
    [ $? -eq 0 ] && head -c 6 out | grep -q NUMPY || fail "no array on standard output"
    grep -q "losskit: value" err || fail "no summary beside an array on standard output"
}

# Sums of losses, and arrays that a loss does not take.
sums()
{
    # r = -0.5 0 -2: squares 4.25 / 3, Huber with delta 0.5 (0.125 + 0.875) / 3
    expect 0 "value       1.45" eval 'squared_error + 0.1*huber(delta=0.5)' --input p.csv \
        --target y.csv --grad sum.npy
    grep -q "0.1 \* 0.333333333, huber, over 3" out || fail "no term in: $(cat out)"
    expect 0 '"factor": -2.0' eval ' -2 * squared_error' --input p.csv --target y.csv --json
    parses eval
    expect 0 "value       -2.6" eval ' - 2e+0*squared_error+0.7*huber(delta=0.5)' --input p.csv \
        --target y.csv
    wrong "ends where a loss is expected" eval 'huber +' --input p.csv --target y.csv
    wrong "a loss is missing" eval 'huber + (delta=1)' --input p.csv --target y.csv
    wrong "is expected to be + or -" eval 'huber hinge' --input p.csv --target y.csv
    wrong "a '*' and a loss are expected" eval '2 huber' --input p.csv --target y.csv
    wrong "no closing parenthesis" eval 'huber(delta=1' --input p.csv --target y.csv
    refused "did you mean huber?" eval 'hinge + 2*hubr' --input p.csv --target s.csv
    wrong "--param is for a single loss" eval 'huber + hinge' --param delta=1
    wrong "leave out --value" eval 'huber + hinge' --input p.csv --target s.csv --value v2.npy
    wrong "huber takes no such input: leave out --mask" eval huber --input p.csv --target y.csv \
        --mask w.csv
    wrong "huber has no such output: leave out --center-step" eval huber --input p.csv \
        --target y.csv --center-step v2.npy
    wrong "--group is for losses over regions" eval huber --input p.csv --target y.csv --group row
    absent v2.npy
}

# Losses over rows, features and groups: which arrays they take, and of what shape outputs are.
families()
{
    printf '1,2,3\n0,1,0\n' >scores.csv
    printf '2\n0\n' >labels.csv
    printf '2\n0.5\n' >half.csv
    printf '1,0\n0,2\n' >points.csv
    printf '1,1\n0,0\n1,-1\n' >centers.csv
    # log(1 + e^-1 + e^-2) = 0.40760596, log(2 + e) = 1.55144471
    expect 0 "value       0.979525" eval softmax_cross_entropy --input scores.csv \
        --target labels.csv --grad g.npy --value v.npy --hessian-vector h.npy --vector scores.csv
    expect 0 "value       0.40760596" eval softmax_cross_entropy --input scores.csv \
        --target labels.csv --ignore-index 0
    expect 0 "value       -3" eval nll --input scores.csv --target labels.csv --ignore-index 0
    expect 0 "losskit: value" eval softmax --input scores.csv --value -
    expect 1 "target 1 is 0.5; softmax_cross_entropy takes labels" eval softmax_cross_entropy \
        --input scores.csv --target half.csv
    wrong "--ignore is for losses over elements and regions; rows have --ignore-index" \
        eval softmax_cross_entropy --input scores.csv --target labels.csv --ignore 0
    # half the squares 1 and 2, mean of two rows
    expect 0 "value       0.75" eval center --features points.csv --target labels.csv \
        --centers centers.csv --center-step s.npy --grad g.npy
    wrong "center needs --centers FILE" eval center --features points.csv --target labels.csv
    wrong "are the same array" eval center --features points.csv --input points.csv \
        --target labels.csv --centers centers.csv
    expect 0 "0.01 * 0.75, center, over 2" eval 'softmax_cross_entropy + 0.01*center' \
        --input scores.csv --features points.csv --target labels.csv --centers centers.csv \
        --grad g.npy --grad-features f.npy
    expect 0 '"value": 0.98702' eval 'softmax_cross_entropy + 0.01*center' --input scores.csv \
        --features points.csv --target labels.csv --centers centers.csv --json
    wrong "--grad-features needs --features" eval softmax_cross_entropy --input scores.csv \
        --target labels.csv --grad-features f.npy
    printf '1,0,1\n1,1,0\n' >mask.csv
    # rows 1 2 3 and 0 1 0
    expect 0 "value       3.5" eval l1_norm --input scores.csv --group row --value v.npy
    head -c 80 v.npy | grep -qF "(2,)" || fail "not one value for each row"
    expect 0 "value       7" eval l1_norm --input scores.csv --group batch --value v.npy
    head -c 80 v.npy | grep -qF "()" || fail "not one value for the batch"
    expect 0 "value       5" eval l1_norm --input scores.csv --mask mask.csv --group class \
        --reduction sum --value v.npy
    head -c 80 v.npy | grep -qF "(3,)" || fail "not one value for each class"
    expect 0 "count       2" eval dice --input mask.csv --target mask.csv --grad g.npy
    if command -v gnuplot >/dev/null 2>&1; then
        expect 0 "" plot softmax_focal -o focal.svg
        grep -q "softmax_focal(gamma=0.5)" focal.svg || fail "no series of gammas"
        expect 0 "" plot softmax_cross_entropy --what surface -o surface.png
        expect 0 "" plot multiclass_hinge --what gradient -o hinge.svg
    fi
    # points times centers^T: 1 0 1 and 2 0 -2; labels 2 and 0
    "$losskit" eval linear_cross_entropy --features points.csv --weights centers.csv \
        --target labels.csv >out 2>err
    if ! grep -q "without BLAS" err; then
        # log(2 + 1/e) and log(1 + e^-2 + e^-4)
        expect 0 "value       0.502463" eval linear_cross_entropy --features points.csv \
            --weights centers.csv --target labels.csv --grad g.npy --grad-weights w.npy
        expect 0 "value       1.0049" eval 'linear_cross_entropy + 0*center' --features points.csv \
            --weights centers.csv --centers centers.csv --target labels.csv --reduction sum
        ! command -v gnuplot >/dev/null 2>&1 || expect 0 "" plot large_margin_softmax -o l.svg
        wrong "--what value alone" plot arcface --what gradient -o a.svg
    fi
    wrong "has no such output: leave out --grad-bias" eval arcface --features points.csv \
        --weights centers.csv --target labels.csv --grad-bias b.npy
    wrong "draw them apart" plot softmax_focal multiclass_hinge -o a.svg
    wrong "--target: the picture of center has targets of its own" plot center --target 0 -o a.svg
    wrong "info_nce is drawn without its gradient: --what value alone" plot info_nce \
        --what value,gradient -o a.svg
    wrong "linear_cross_entropy is drawn without its curvature" plot linear_cross_entropy \
        --what curvature -o a.svg
    wrong "of the feature; center at 0: draw them apart" plot dice center -o a.svg
    wrong "surface is for losses over rows" plot huber --what surface -o a.svg
    wrong "a picture of its own" plot softmax_focal --what value,surface -o a.svg
    expect 0 "of copy" bench softmax_cross_entropy center --size 4096 --classes 16 --seconds 0.01
    expect 0 '"of_copy"' bench nll huber --size 4096 --classes 16 --seconds 0.01 --json
    parses bench
    expect 0 "center" list --family embedding
    expect 0 "--centers (required)" show center
    expect 0 '"hessian_vector"' show softmax_cross_entropy --json
    expect 1 "checks failed" check poly1 --break-gradient 1e-6
}

wrong_evaluation()
{
    wrong "eval needs NAME" eval
    wrong "huber needs --input" eval huber
    wrong "huber needs --target" eval huber --input p.csv
    wrong "did you mean --input?" eval huber --inptu p.csv
    wrong "--input needs a value" eval huber --input
    wrong "--input is given twice" eval huber --input p.csv --input p.csv
    wrong "both want standard input" eval huber --input - --target -
    wrong "both want standard output" eval huber --input p.csv --target y.csv --json --grad -
    refused "(did you mean delta?)" eval huber --param detla=1
    wrong "delta is set twice" eval huber --param delta=1 --param delta=2
    refused 'delta = "x" is not a number' eval huber --param delta=x
    refused "delta = -1 is out of bounds" eval huber --param delta=-1
    refused "delta = inf is out of bounds" eval huber --param delta=inf
    wrong "expected NAME=VALUE" eval huber --param delta
    refused "takes no parameters" eval hinge --param delta=1
    wrong '"men" (did you mean mean?)' eval huber --reduction men
    wrong '--ignore: "x" is not a number' eval huber --ignore x
    wrong "no whole number" eval huber --threads 1.5
    wrong "is not between" eval huber --threads 0
    wrong "--curvature-mode needs --curvature" eval huber --curvature-mode fisher
    wrong "hinge has no third input" eval hinge --input p.csv --target s.csv --pos-weight w.csv
    wrong "no third input" eval hinge --input p.csv --target s.csv --auxiliary w.csv
    refused "no Fisher" eval absolute_error --input p.csv --target y.csv --curvature c2.npy \
        --curvature-mode fisher
    absent c2.npy
}

failed_evaluation()
{
    expect 1 "missing.csv" eval huber --input missing.csv --target y.csv
    expect 1 "target" eval huber --input p.csv --target short.csv --grad bad.npy
    expect 1 "target[1] = 2 is neither -1 nor 1" eval hinge --input p.csv --target y.csv \
        --grad bad.npy
    absent bad.npy
    "$losskit" eval huber --input p.csv --target y.csv --value whole.npy >out 2>err
    head -c 100 whole.npy >truncated.npy
    expect 1 "truncated.npy" eval huber --input truncated.npy --target y.csv --grad bad.npy
    expect 1 "nowhere/g.npy" eval huber --input p.csv --target y.csv --value bad.npy \
        --grad nowhere/g.npy
    absent bad.npy
    cp whole.npy old.npy
    expect 1 "" eval hinge --input p.csv --target y.csv --grad old.npy
    cmp -s whole.npy old.npy || fail "a failure changed an old file"
    if [ -w /dev/full ]; then
        expect 1 "/dev/full" eval huber --input p.csv --target y.csv --grad /dev/full
        for command in list "list --json" "show huber" --man; do
            checks=$((checks + 1))
            # shellcheck disable=SC2086
            "$losskit" $command >/dev/full 2>err
            [ $? -eq 1 ] || fail "losskit $command ignores a full standard output"
        done
    fi
    if [ "$(id -u)" -ne 0 ]; then
        mkdir closed && chmod a-w closed
        expect 1 "closed/g.npy" eval huber --input p.csv --target y.csv --grad closed/g.npy
    fi
}

checking()
{
    expect 0 "pass" check huber logistic squared_error --points 200
    expect 0 '"failed": 0' check hinge --json
    parses check
    expect 1 "checks failed" check huber logistic --break-gradient 1e-6
    grep -q FAIL out || fail "a broken gradient is not shown"
    expect 1 "checks failed" check absolute_error --break-gradient 1e-6 --json
    refused "did you mean huber?" check hubr
    wrong "--points" check --points 3
    wrong "--seed" check --seed x
}

drawing()
{
    wrong "plot needs NAME" plot -o a.svg
    wrong "plot needs -o FILE" plot huber
    wrong "must end in .svg or .png" plot huber -o a.pdf
    wrong "draw them apart" plot huber hinge -o a.svg
    wrong 'there is no "slope"' plot huber --what slope -o a.svg
    wrong "named twice" plot huber --what value,value -o a.svg
    wrong "not two numbers" plot huber --range 1 -o a.svg
    wrong "is empty" plot huber --range 2:1 -o a.svg
    wrong "--size" plot huber --size 10x10 -o a.svg
    refused "did you mean delta?" plot huber:detla=1 -o a.svg
    wrong "none of the losses" plot huber absolute_error --param c=1 -o a.svg
    wrong "outside the targets" plot hinge --target 3 -o a.svg
    wrong "there is no curve" plot huber --label one --label two -o a.svg
    wrong "both want standard output" plot huber -o - --json
    absent a.svg
    (PATH=/nonexistent && "$losskit" plot huber -o a.svg >out 2>err)
    [ $? -eq 1 ] && grep -q "gnuplot is not installed" err || fail "no sentence without gnuplot"
    printf '#!/bin/sh\necho broken >&2\nexit 3\n' >gnuplot
    chmod +x gnuplot
    (PATH="$room:$PATH" && "$losskit" plot huber -o a.svg >out 2>err)
    [ $? -eq 1 ] && grep -q "gnuplot failed: broken" err || fail "no sentence when gnuplot fails"
    rm gnuplot
    absent a.svg
    command -v gnuplot >/dev/null 2>&1 || return 0
    expect 0 "" plot hinge logistic:base2=yes --y-range 0:8 -o a.svg
    grep -q "</svg>" a.svg || fail "a.svg is not whole"
    expect 0 "" plot huber absolute_error --param huber.delta=3 --what value,gradient -o b.png
    expect 0 '"schema": 1' plot huber --title "it's \`one\`" --what curvature -o c.png --json
    parses plot
    expect 0 "</svg>" plot huber -o -
    expect 1 "nowhere/a.svg" plot huber -o nowhere/a.svg
}

timing()
{
    expect 0 "of triad" bench huber --size 4096 --seconds 0.01 --threads 1
    expect 0 '"of_triad"' bench huber --size 4096 --seconds 0.01 --small --dtype f64 --json
    parses bench
    wrong "--size" bench --size 1
    wrong "--seconds" bench --seconds 0
    wrong "--dtype" bench --dtype f16
}

program
catalogue
evaluation
sums
families
wrong_evaluation
failed_evaluation
checking
drawing
timing
finish
