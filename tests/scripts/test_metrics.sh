#!/bin/sh
# test_metrics.sh BINARY: error rates of texts and metrics of arrays on the command line. Expected
# numbers were counted by hand.
. "$(dirname "$0")/command_checks.sh"

printf 'the cat sat on the mat\nna\303\257ve caf\303\251\n\nkitten\n' >ref.txt
printf 'the cat sit on mat\nnaive cafe\n\nsitting\n' >hyp.txt
printf '\357\273\277the cat sit on mat\r\nnaive cafe\r\n\r\nsitting' >windows.txt
gzip -c hyp.txt >hyp.txt.gz
printf 'a\nb\n' >two.txt
printf 'a\nb\377\nc\nd\n' >bad.txt
printf 'one\ntwo\nthr\342\202\nfour\n' >cut.txt
printf '\n\n' >blank.txt
printf '\377\376a\000' >utf16.txt
: >empty.txt

characters="cer 0.263157895: 10 edits (1 insertions, 4 deletions, 5 substitutions) of 38 characters; \
1 of 4 lines right"
words="wer 0.555555556: 5 edits (0 insertions, 1 deletions, 4 substitutions) of 9 words; 1 of 4 lines \
right"

rates()
{
    expect 0 "$characters" metrics --cer hyp.txt ref.txt
    expect 0 "$words" metrics --wer hyp.txt ref.txt
    expect 0 "$words" metrics --cer --wer hyp.txt ref.txt
    expect 0 "$characters" metrics --wer --cer hyp.txt.gz ref.txt
    expect 0 "$characters" metrics --cer windows.txt ref.txt --threads 2
    expect 0 "cer 0: 0 edits" metrics --cer ref.txt ref.txt
    expect 0 "cer 0: 0 edits" metrics --cer empty.txt empty.txt
    expect 0 "wer 0: 0 edits (0 insertions, 0 deletions, 0 substitutions) of 0 words; 2 of 2" \
        metrics --wer blank.txt blank.txt
    expect 0 "wer 1: 2 edits (0 insertions, 2 deletions, 0 substitutions) of 2 words" \
        metrics --wer blank.txt two.txt
    checks=$((checks + 1))
    "$losskit" metrics --cer - ref.txt <hyp.txt | grep -qF "cer 0.263157895" ||
        fail "the hypotheses are not read from standard input"
}

lines()
{
    tab=$(printf '\t')
    expect 0 "cer${tab}1${tab}5${tab}0${tab}4${tab}1${tab}22" metrics --cer --per-line hyp.txt ref.txt
    expect 0 "wer${tab}4${tab}1${tab}0${tab}0${tab}1${tab}1" metrics --wer --per-line hyp.txt ref.txt
    checks=$((checks + 1))
    [ "$(grep -c . out)" -eq 6 ] || fail "not a heading, four lines and a rate: $(cat out)"
    expect 0 '"edits": 10' metrics --cer --json hyp.txt ref.txt
    parses metrics --cer --json
    expect 0 '"per_line": [' metrics --wer --json --per-line hyp.txt ref.txt
    parses metrics --wer --json --per-line
}

refusals()
{
    refused "hyp.txt: line 2, column 1: \"naive cafe\" is not a number; texts take --cer or --wer" \
        metrics hyp.txt ref.txt
    wrong "" metrics --cer hyp.txt
    wrong "both want standard input" metrics --cer - -
    wrong "--threads" metrics --cer hyp.txt ref.txt --threads none
    refused "hyp.txt has 4 lines, two.txt has 2" metrics --cer hyp.txt two.txt
    refused "bad.txt: line 2 is not UTF-8 at its byte 1, byte 3 of the file (0xff)" metrics --cer bad.txt ref.txt
    refused "bad.txt: line 2 is not UTF-8 at its byte 1, byte 3 of the file (0xff)" metrics --wer hyp.txt bad.txt
    refused "cut.txt: line 3 is not UTF-8 at its byte 3, byte 11 of the file (0xe2)" metrics --cer ref.txt cut.txt
    refused "blank.txt: it holds no characters, so that there is no error rate; two.txt has 2" \
        metrics --cer two.txt blank.txt
    refused "nothing.txt" metrics --cer nothing.txt ref.txt
    refused "utf16.txt: it is UTF-16 text; expected UTF-8" metrics --cer utf16.txt ref.txt
}

printf '1\n0\n1\n1\n' >truth.csv
printf '0.9\n0.2\n0.4\n0.9\n' >chance.csv
printf '1\n0\n0\n1\n' >label.csv
printf '3\n-1\n-2\n3\n' >score.csv
printf '0.1,0.9\n0.8,0.2\n0.6,0.4\n0.1,0.9\n' >two.csv
printf '1,5,2\n4,1,3\n0,1,9\n' >three.csv
printf '1\n2\n2\n' >three_truth.csv
printf '1\n3\n2\n' >three_wrong.csv
printf '1\n1\n0\n1\n' >weight.csv
printf '2.5\n0\n2\n8\n' >number.csv
printf '3\n-0.5\n2\n7\n' >number_truth.csv
printf 'size,price\n1,3\n2,-0.5\n3,2\n4,7\n' >data.csv
printf '1\n0\nnan\n1\n' >nan.csv
printf '1\n0\n' >short.csv
printf '7\n7\n-1\n7\n' >signs.csv
printf '1\n1\n1\n1\n' >ones.csv

# line NAME VALUE ARGUMENT...: the summary tells the value.
line()
{
    name=$1
    value=$2
    shift 2
    expect 0 "$(printf '%-24s%s' "$name" "$value")" metrics "$@"
}

# row CELLS ARGUMENT...: a line of a table has the cells, whatever the space between.
row()
{
    cells=$1
    shift
    expect 0 "" metrics "$@"
    tr -s ' ' <out | sed 's/ $//' | grep -qxF -- "$cells" || fail "metrics $*: no row $cells: $(cat out)"
}

classes()
{
    expect 0 "4 samples; the predictions are labels of 2 classes, by their looks (--task)" \
        metrics label.csv truth.csv
    line accuracy 0.75 label.csv truth.csv
    line "balanced accuracy" 0.833333 label.csv truth.csv
    line "Matthews correlation" 0.57735 label.csv truth.csv
    line "Cohen's kappa" 0.5 label.csv truth.csv
    row "0 0.5000 1.0000 0.6667 1" label.csv truth.csv
    row "1 1.0000 0.6667 0.8000 3" label.csv truth.csv
    row "macro 0.7500 0.8333 0.7333 4" label.csv truth.csv
    row "weighted 0.8750 0.7500 0.7667 4" label.csv truth.csv
    row "1 1 2" label.csv truth.csv
    row "1 1.0000 0.6667 0.7143 3" label.csv truth.csv --beta 2
    line accuracy 1 label.csv truth.csv --weight weight.csv
    # What never occurs among the predictions is 0 / 0, and told.
    row "0 0.0000* 0.0000 0.0000 1" ones.csv truth.csv
    expect 0 "* 0 / 0, which counts as 0" metrics ones.csv truth.csv
    line "Matthews correlation" "0*" ones.csv truth.csv
    expect 0 '"matthews"' metrics ones.csv truth.csv --json
    tr -d ' \n' <out | grep -qF '"undefined":["matthews"]' || fail "JSON does not tell what is undefined"
    tr -d ' \n' <out | grep -qF '"undefined":["precision"]' || fail "JSON does not tell of which class"
    row "-1 0.0000* 0.0000* 0.0000* 0" signs.csv signs.csv \
        --weight weight.csv
}

scores()
{
    expect 0 "probabilities of 2 classes, by their looks (--task); 1 is positive, 1 is predicted above 0.5" \
        metrics chance.csv truth.csv
    line accuracy 0.75 chance.csv truth.csv
    line AUC 1 chance.csv truth.csv
    line "log loss" 0.337539 chance.csv truth.csv
    line "Brier score" 0.105 chance.csv truth.csv
    line "calibration error (ECE)" 0.25 chance.csv truth.csv
    line "calibration error (ECE)" 0.15 chance.csv truth.csv --bins 1
    line accuracy 1 chance.csv truth.csv --threshold 0.3
    line "log loss" 0.337539 two.csv truth.csv
    line AUC 0.666667 score.csv truth.csv --task scores
    line "average precision" 0.916667 score.csv truth.csv --task scores
    line "average precision" 0.5 score.csv truth.csv --task scores --positive 0
    line accuracy 0.666667 three.csv three_truth.csv
    expect 0 "scores of 3 classes" metrics three.csv three_truth.csv
    line "top-2 accuracy" 1 three.csv three_truth.csv --top 2
    checks=$((checks + 1))
    "$losskit" metrics - truth.csv <chance.csv | grep -qF "0.337539" ||
        fail "the predictions are not read from standard input"
    # All of one class: no AUC, and no failure.
    expect 0 '"auc": null' metrics chance.csv ones.csv --json
    parses metrics chance.csv ones.csv --json
    expect 0 '"log_loss": 0.3375' metrics chance.csv truth.csv --json
    parses metrics chance.csv truth.csv --json
}

numbers()
{
    expect 0 "the predictions are numbers, by their looks" metrics number.csv number_truth.csv
    line "mean squared error" 0.375 number.csv number_truth.csv
    line "mean squared error" 0.375 number.csv data.csv:price
    line "mean absolute error" 0.5 number.csv number_truth.csv
    line "median absolute error" 0.5 number.csv number_truth.csv
    line "largest error" 1 number.csv number_truth.csv
    line R2 0.948608 number.csv number_truth.csv
    line "explained variance" 0.957173 number.csv number_truth.csv
    line "pinball loss at 0.9" 0.15 number.csv number_truth.csv --quantile 0.9
    line R2 0 number.csv ones.csv --task numbers
    expect 0 "The truth does not vary" metrics number.csv ones.csv --task numbers
    expect 0 '"mean_squared_error": 0.375' metrics number.csv number_truth.csv --json
    parses metrics number.csv number_truth.csv --json
}

pictures()
{
    for curve in roc pr calibration confusion; do
        expect 0 "" metrics chance.csv truth.csv --plot $curve.svg --curve $curve
        tail -n 3 $curve.svg | grep -q '</svg>' || fail "$curve.svg is no whole picture"
    done
    grep -q 'ROC, AUC 1.0000' roc.svg || fail "the AUC is not in the title"
    grep -q 'average precision 1.0000' pr.svg || fail "the average precision is not in the title"
    expect 0 "" metrics label.csv truth.csv --plot only.png --size 300x300
    head -c 4 only.png | grep -q PNG || fail "only.png is no PNG"
    refused "no sample is negative; ROC is not defined" \
        metrics chance.csv ones.csv --plot none.svg
    absent none.svg
    wrong "none.jpg: the name must end in .svg or .png" metrics chance.csv truth.csv --plot none.jpg
    wrong "--curve and --size are of a picture" metrics chance.csv truth.csv --curve pr
    wrong "labels alone have no such curve" metrics label.csv truth.csv --plot a.svg --curve roc
    wrong "--curve calibration takes probabilities" \
        metrics chance.csv truth.csv --task scores --curve calibration --plot a.svg
    absent a.svg
}

wrong_arrays()
{
    refused "chance.csv has 4 samples, short.csv has 2" metrics chance.csv short.csv
    refused "short.csv has 2 samples, truth.csv has 4" metrics label.csv truth.csv --weight short.csv
    refused "nan.csv: sample 2 is nan" metrics nan.csv truth.csv
    refused "the label of sample 1 is 3; three.csv has scores of the classes 0 to 2" \
        metrics three.csv three_wrong.csv
    refused "chance.csv: the label of sample 0 is 0.9; expected a whole number" \
        metrics chance.csv truth.csv --task classes
    refused "sample 0 has the probability 3; expected 0 to 1, or --task scores" \
        metrics score.csv truth.csv --task probabilities
    refused "it has 3 different labels; one column of scores is of two" \
        metrics chance.csv score.csv --task scores
    refused "three.csv has 3 columns, three_truth.csv has 1" \
        metrics three.csv three_truth.csv --task numbers
    refused "weight[1] = -1; expected a finite number that is not negative" \
        metrics label.csv truth.csv --weight score.csv
    wrong "--bins says nothing about labels" metrics label.csv truth.csv --bins 4
    wrong "--beta says nothing about numbers" metrics number.csv number_truth.csv --beta 2
    wrong "--plot says nothing about numbers" metrics number.csv number_truth.csv --plot a.svg
    wrong "--weight says nothing about texts" metrics --cer hyp.txt ref.txt --weight weight.csv
    wrong "--per-line is for texts" metrics label.csv truth.csv --per-line
    wrong "no sample has the label 3" metrics label.csv truth.csv --positive 3
    wrong "--positive is one of two labels; there are 3" \
        metrics three.csv three_truth.csv --positive 1
    wrong "--threshold is for one column of scores; there are 3" \
        metrics three.csv three_truth.csv --threshold 1
    wrong "--top: 3 of 3 classes" metrics three.csv three_truth.csv --top 3
    wrong "two of the inputs want standard input" metrics - -
    wrong 'there is no "class"' metrics label.csv truth.csv --task class
}

rates
lines
refusals
classes
scores
numbers
pictures
wrong_arrays
finish
