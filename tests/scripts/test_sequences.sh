#!/bin/sh
# test_sequences.sh BINARY: losses over sequences on the command line. Unless a comment says
# otherwise, expected numbers come from PyTorch 2.13 in double precision: ctc_loss on log_softmax,
# gradients by autograd.
. "$(dirname "$0")/command_checks.sh"

# npy SHAPE BYTES FILE: bytes as an array of small integers.
npy()
{
    {
        printf '\223NUMPY\001\000\166\000'
        printf '%-117s\n' "{'descr': '|u1', 'fortran_order': False, 'shape': ($1), }"
        # shellcheck disable=SC2059
        printf "$2"
    } >"$3"
}

# Score (7 t + 5 n + 3 c) mod 8 of class c in frame t of sequence n.
npy "4, 2, 3" '\000\003\006\005\000\003\007\002\005\004\007\002\006\001\004\003\006\001\005\000\003\002\005\000' x.npy
npy "2, 4, 3" '\000\003\006\007\002\005\006\001\004\005\000\003\005\000\003\004\007\002\003\006\001\002\005\000' batch.npy
npy "4, 3" '\000\003\006\007\002\005\006\001\004\005\000\003' one.npy
npy "2, 3, 2" '\001\002\001\011\002\001\003\003\011\011\003\011' lists.npy
printf '0,3,6\n7,2,5\n' >list_scores.csv
printf '2,1,2\n2,0,1\n' >list_lengths.csv
printf '1,2\n3,0\n' >references.csv
printf '1,2\n2,0\n' >y.csv
printf '1\n2\n2\n' >joined.csv
printf '1\n2\n' >label.csv
printf '4\n3\n' >frames.csv
printf '2\n1\n' >lengths.csv
printf '2\n' >two.csv
printf '0,nan,0\n1,2,3\n4,5,6\n' >nan.csv
printf '0,0,-inf\n0,0,-inf\n0,0,-inf\n' >masked.csv
lengths="--input-lengths frames.csv --target-lengths lengths.csv"

# ctc_value VALUE ARGUMENT...: of the two sequences above.
ctc_value()
{
    wanted=$1
    shift
    # shellcheck disable=SC2086
    expect 0 "value       $wanted" eval ctc --input x.npy $lengths "$@"
}

# shape FILE SHAPE
shape()
{
    head -c 120 "$1" | grep -qF "'shape': $2" || fail "$1 has not the shape $2"
}

# The squared distance of a gradient from the scores: no two of its numbers may change places.
distance()
{
    expect 0 "value       $2" eval squared_error --input "$1" --target x.npy --reduction sum
}

connectionist()
{
    ctc_value 11.3064407 --target y.csv --reduction sum --value v.npy --grad g.npy
    shape v.npy "(2,)"
    shape g.npy "(4, 2, 3)"
    distance g.npy 369.351773
    ctc_value 5.65322033 --target joined.csv
    ctc_value 5.65322033 --target y.csv --reduction batch_mean
    # 4.25420433 / 2 and 7.05223633 / 1
    ctc_value 4.58966925 --target y.csv --reduction length_mean
    # shellcheck disable=SC2086
    expect 0 '"value": 11.30644066' eval ctc --input batch.npy --batch-first $lengths \
        --target y.csv --reduction sum --json --grad g.npy
    parses eval
    shape g.npy "(2, 4, 3)"
    expect 0 '"reduction": "length_mean"' eval ctc --input one.npy --target label.csv \
        --reduction length_mean --json
    expect 0 "value       4.25420433" eval ctc --input one.npy --target label.csv --value v.npy \
        --target-lengths two.csv
    shape v.npy "()"
    # 4.25420433 * 2 + 7.05223633
    ctc_value 15.560645 --target y.csv --weight lengths.csv --reduction sum
    ctc_value 11.3064407 --target y.csv --reduction sum --curvature c.npy
    shape c.npy "(4, 2, 3)"
}

connectionist_parameters()
{
    printf '1,0\n0,1\n' >last.csv
    # 3.02721255 + 5.96093733
    ctc_value 8.98814988 --target last.csv --blank last --reduction sum
    ctc_value 8.98814988 --target last.csv --param blank=2 --reduction sum
    grep -q "blank=2" out || fail "the blank is not told: $(cat out)"
    # The scores as log-probabilities. A sum over all paths, written out, gives the first distance;
    # PyTorch, which takes the gradient through a softmax that is not there, the second.
    ctc_value -31.3858565 --target y.csv --param logits=no --reduction sum --grad g.npy
    distance g.npy 449.422597
    ctc_value -31.3858565 --target y.csv --param logits=no --param torch_gradient=yes \
        --reduction sum --grad g.npy
    distance g.npy 2913989.36
    # two equal labels need three frames; the other target costs 10.1878
    printf '2\n2\n' >short.csv
    printf '1,1\n1,2\n' >twice.csv
    ctc="eval ctc --input x.npy --target twice.csv --input-lengths short.csv --reduction sum"
    # shellcheck disable=SC2086
    {
        expect 0 "value       inf" $ctc --grad g.npy
        expect 0 "value       10.1878" $ctc --zero-infinity --grad g.npy
        expect 0 "value       10.1878" $ctc --param zero_infinity=yes
        expect 0 '"value": "inf"' $ctc --json
        wrong "--zero-infinity and zero_infinity of ctc set the same parameter" $ctc \
            --zero-infinity --param zero_infinity=no
        wrong "--blank and blank of ctc set the same parameter: give one" $ctc --blank last \
            --param blank=1
        refused 'ctc: blank = "first" is not a number' $ctc --blank first
        refused "ctc: blank = -2 is out of bounds" $ctc --blank -2
    }
}

# A sequence of rows against labels, by a program of its own in PyTorch: the recursion written out.
soft_edits()
{
    # shellcheck disable=SC2086
    expect 0 "value       5.07858954" eval soft_edit_distance --input x.npy --target y.csv \
        $lengths --param gamma=0.5 --param logits=yes --reduction sum --grad g.npy --value v.npy
    shape v.npy "(2,)"
    distance g.npy 387.411506
    wrong "--blank is for losses with a parameter blank; soft_edit_distance has none" \
        eval soft_edit_distance --input x.npy --target y.csv --blank 1
}

# References 1 2 and 3; distances 0 1 2 of 1 2, 1, 2 1 and 1 1 0 of 3 3, nothing, 3; softmax of
# 0 3 6 and 7 2 5: 1.948 and 0.8815.
edits_of_lists()
{
    lists="--input list_scores.csv --target references.csv --target-lengths lengths.csv \
        --hypotheses lists.npy --hypothesis-lengths list_lengths.csv"
    # shellcheck disable=SC2086
    {
        expect 0 "value       2.829" eval expected_edit_distance $lists --reduction sum \
            --value v.npy --grad g.npy
        shape v.npy "(2,)"
        shape g.npy "(2, 3)"
        expect 0 "value       1.414" eval expected_edit_distance $lists --param normalize=no
        expect 0 "value       0.927" eval expected_edit_distance $lists --param normalize=yes
        wrong "--batch-first tells how frames lie; expected_edit_distance has none" \
            eval expected_edit_distance $lists --batch-first
    }
    wrong "expected_edit_distance needs --hypotheses FILE: tokens" eval expected_edit_distance \
        --input list_scores.csv --target references.csv
}

sums()
{
    # 5.65322033 + 0.5 * 2.53929477
    # shellcheck disable=SC2086
    expect 0 "value       6.92286772" \
        eval 'ctc + 0.5*soft_edit_distance(gamma=0.5, logits=yes)' --input x.npy --target y.csv \
        $lengths --grad g.npy
    shape g.npy "(4, 2, 3)"
    # 8.98814988 / 2 twice
    # shellcheck disable=SC2086
    expect 0 "value       8.98814988" eval 'ctc + ctc' --input x.npy --target last.csv $lengths \
        --blank last
    # shellcheck disable=SC2086
    wrong "--blank and blank of ctc set the same parameter" eval 'ctc + ctc(blank=1)' \
        --input x.npy --target last.csv $lengths --blank last
    # shellcheck disable=SC2086
    expect 1 "l2_norm: target has extent 2 where input has 3" eval 'ctc + 0.1*l2_norm' \
        --input x.npy --target y.csv $lengths --grad bad.npy
    absent bad.npy
}

wrong_sequences()
{
    printf '1\n0.5\n' >half.csv
    printf '4\n5\n' >long.csv
    printf '1,0\n2,0\n' >blank.csv
    printf '1,3\n2,0\n' >high.csv
    expect 1 "target_lengths 1 is 0.5; ctc takes lengths, which are whole numbers" eval ctc \
        --input x.npy --target y.csv --target-lengths half.csv
    expect 1 "target 1 is 0.5; ctc takes labels, which are whole numbers" eval ctc --input x.npy \
        --target half.csv --target-lengths lengths.csv
    expect 1 "hypotheses 1 is 0.5; expected_edit_distance takes tokens, which are whole numbers" \
        eval expected_edit_distance --input list_scores.csv --target references.csv \
        --hypotheses half.csv
    expect 1 "input_lengths[1] = 5 is outside [0, 4]" eval ctc --input x.npy --target y.csv \
        --input-lengths long.csv --grad bad.npy
    expect 1 "ctc: target[0, 1] = 0 is the blank" eval ctc --input x.npy --target blank.csv
    expect 1 "ctc: target[0, 1] = 3 is outside [0, 3)" eval ctc --input x.npy --target high.csv
    expect 1 "ctc: input has 1 dimensions" eval ctc --input label.csv --target label.csv
    expect 1 "one length for each sequence" eval ctc --input x.npy --target y.csv \
        --input-lengths joined.csv
    expect 1 "there is no reduction" eval huber --input x.npy --target x.npy \
        --reduction length_mean
    wrong "--batch-first is for losses over sequences; huber is none" eval huber --input x.npy \
        --target x.npy --batch-first
    wrong "--blank is for losses with a parameter blank; huber has none" eval huber \
        --input x.npy --target x.npy --blank 1
    wrong "huber takes no such input: leave out --input-lengths" eval huber --input x.npy \
        --target x.npy --input-lengths frames.csv
    wrong "--group is for losses over regions" eval ctc --input x.npy --target y.csv --group row
    wrong "--ignore-index is for losses over classes" eval ctc --input x.npy --target y.csv \
        --ignore-index 0
    absent bad.npy
}

# A gnuplot that keeps its script and answers as if it had drawn.
pretend_gnuplot()
{
    mkdir tools
    printf '#!/bin/sh\ncat >script\necho "<svg> a picture of a map </svg>"\n' >tools/gnuplot
    chmod +x tools/gnuplot
}

# drawn ROW ARGUMENT...: a row of the map.
drawn()
{
    row=$1
    shift
    rm -f script
    found=$PATH
    PATH="$room/tools:$PATH"
    expect 0 "" plot ctc -o map.svg "$@"
    PATH=$found
    grep -qF -- "$row" script || fail "plot ctc $*: no row $row in: $(cat script)"
}

# Occupancies are softmax(scores) minus the gradient of the scores, by PyTorch.
drawing()
{
    pretend_gnuplot
    # shellcheck disable=SC2086
    for files in "x.npy --target y.csv" "x.npy --target joined.csv" \
        "batch.npy --batch-first --target y.csv"; do
        drawn "0.000319 0.6463 0.6074 0.6483 " --input $files $lengths
        grep -qF "'1' 0, '2' 1, 'blank 0' 2" script || fail "the rows are not labelled"
        drawn "0.3508 0.3919 0.3508 " --input $files $lengths --sequence 1
    done
    drawn "sequence 1 under ctc, loss 7.052" --input x.npy --target y.csv $lengths --sequence 1
    drawn "0.000319 0.6463 0.6074 0.6483 " --input one.npy --target label.csv
    drawn "made-up utterance"
    drawn "'1' 2, '4' 3, 'blank 0' 4"
    drawn "'blank 7' 4" --param blank=last
    drawn "title 'mine'" --title mine
    expect 0 "" eval log_softmax --input one.npy --class-axis 1 --value logs.npy --dtype f64
    drawn "0.000319 0.6463 0.6074 0.6483 " --input logs.npy --target label.csv --param logits=no
    if command -v gnuplot >/dev/null 2>&1; then
        expect 0 '"what": [' plot ctc -o ctc.png --json
        parses plot
        expect 0 "" plot ctc --input x.npy --target y.csv -o ctc.svg
        grep -q "</svg>" ctc.svg || fail "ctc.svg is not whole"
    fi
}

wrong_drawing()
{
    wrong "--what is for curves; ctc is drawn as a map" plot ctc --what gradient -o a.svg
    wrong "--range is for curves" plot ctc --range 0:1 -o a.svg
    wrong "--input is for the map of ctc; huber is drawn as a curve" plot huber --input x.npy \
        -o a.svg
    wrong "--input needs --target FILE" plot ctc --input x.npy -o a.svg
    wrong "--target needs --input FILE" plot ctc --target y.csv -o a.svg
    wrong "--sequence needs --input FILE" plot ctc --sequence 1 -o a.svg
    wrong "both want standard input" plot ctc --input - --target - -o a.svg
    wrong "draw them apart" plot ctc huber -o a.svg
    wrong "ctc is drawn alone" plot ctc ctc:blank=1 -o a.svg
    wrong "zero_infinity changes nothing of the picture" plot ctc:zero_infinity=yes -o a.svg
    wrong "logits tells what --input holds" plot ctc:logits=no -o a.svg
    wrong "--sequence: 1.5 is no whole number" plot ctc --input x.npy --target y.csv \
        --sequence 1.5 -o a.svg
    expect 1 "there is no sequence 2: it has 2, from 0" plot ctc --input x.npy --target y.csv \
        --sequence 2 -o a.svg
    expect 1 "3 dimensions, [T, N, C], or 2" plot ctc --input label.csv --target y.csv -o a.svg
    expect 1 "target 1 is 0.5; ctc takes labels" plot ctc --input x.npy --target half.csv -o a.svg
    expect 1 "--target-lengths FILE is needed" plot ctc --input x.npy --target joined.csv -o a.svg
    expect 1 "lengths for 2 sequences" plot ctc --input x.npy --target y.csv \
        --input-lengths joined.csv -o a.svg
    expect 1 "length 1 is 5, outside [0, 4]" plot ctc --input x.npy --target y.csv \
        --input-lengths long.csv --sequence 1 -o a.svg
    expect 1 "the targets of 2 sequences" plot ctc --input x.npy --target one.npy -o a.svg
    expect 1 "ctc: target[1] = 0 is the blank" plot ctc --input x.npy --target blank.csv -o a.svg
    expect 1 "no path of 2 frames can spell the target, whose 2 labels need 3" plot ctc \
        --input x.npy --target twice.csv --input-lengths short.csv -o a.svg
    expect 1 "NaN" plot ctc --input nan.csv --target label.csv -o a.svg
    expect 1 "probability 0" plot ctc --input masked.csv --target label.csv -o a.svg
    wrong "soft_edit_distance is drawn without its gradient" plot soft_edit_distance \
        --what gradient -o a.svg
    absent a.svg
    expect 0 "probability of the label in each of two rows" plot soft_edit_distance -o -
    expect 0 "lead of the right hypothesis over a wrong one" plot expected_edit_distance -o -
}

checking()
{
    losses="ctc soft_edit_distance expected_edit_distance"
    # shellcheck disable=SC2086
    expect 0 "pass" check $losses --points 200
    for property in gradient curvature differentiability ignored "no NaN"; do
        [ "$(grep -c "$property .*pass" out)" -eq 3 ] || fail "not three checks of $property"
    done
    # shellcheck disable=SC2086
    expect 1 "FAIL" check $losses --points 200 --break-gradient 1e-6
    [ "$(grep -c "gradient .*FAIL" out)" -eq 3 ] || fail "a broken gradient passes"
    [ "$(grep -c "curvature .*FAIL" out)" -eq 3 ] || fail "a broken curvature passes"
    # shellcheck disable=SC2086
    expect 0 "150 x 1 x 20 " bench $losses --size 4096 --classes 20 --seconds 0.01 --threads 1
    grep -q "^expected_edit_distance *12 x 8 x 40 " out || fail "no size of lists in: $(cat out)"
    expect 0 '"size": "150 x 2 x 10"' bench ctc --size 4096 --classes 10 --seconds 0.01 --json
    parses bench
}

catalogue()
{
    expect 0 "expected_edit_distance" list --family sequence
    ! grep -q "^huber" out || fail "huber is listed among the losses over sequences"
    expect 0 '"kind": "sequence"' show ctc --json
    parses show
    expect 0 '"input_lengths"' list --family sequence --json
    expect 0 "--input-lengths, --target-lengths" show ctc
    grep -qF -- "-log Σ_(π∈B⁻¹(l)) ∏_t y^t_(π_t)" out || fail "no formula in: $(cat out)"
    expect 0 "target       tokens of the references" show expected_edit_distance
    ! grep -q "references, in" out || fail "tokens have bounds"
    grep -qF -- "Σ_k p̂_kR_k" out || fail "no formula in: $(cat out)"
    expect 0 "--hypotheses (required)" show expected_edit_distance
    expect 0 'hypothesis\-lengths' --man
    for shell in bash zsh fish; do
        expect 0 "zero-infinity" --completion $shell
        grep -q "length_mean" out || fail "$shell does not complete length_mean"
    done
}

connectionist
connectionist_parameters
soft_edits
edits_of_lists
sums
wrong_sequences
drawing
wrong_drawing
checking
catalogue
finish
