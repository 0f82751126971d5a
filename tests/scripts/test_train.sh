#!/bin/sh
# test_train.sh BINARY: `losskit train` as its user sees it: sentences, files, interrupts, full disks.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/command_checks.sh"
shipped=$here/../../data

# Two overlapping clouds of 120 and 40 rows, one feature of another size, one that is constant.
awk 'BEGIN {
    print "a,b,big,same,kind"
    for (i = 0; i < 160; i++) {
        c = i % 4 == 0
        printf "%.6f,%.6f,%.3f,7,%s\n", sin(37 * i + 1) + 1.5 * c, cos(53 * i) - c,
            1000 * sin(91 * i) + 900 * c, c ? "yes" : "no"
    }
}' >two.csv
awk 'BEGIN {
    print "x,y,label"
    for (i = 0; i < 150; i++) {
        c = i % 3
        printf "%.6f,%.6f,%d\n", sin(37 * i + 1) + 2 * (c == 1), cos(53 * i) + 2 * (c == 2), c + 4
    }
}' >three.csv
awk 'BEGIN {
    print "x,y,price"
    for (i = 0; i < 100; i++) {
        x = sin(7 * i); y = cos(11 * i)
        printf "%.6f,%.6f,%.6f\n", x, y, 3 + 2 * x - y + 0.1 * sin(100 * i)
    }
}' >numbers.csv
awk 'BEGIN { for (i = 0; i < 80; i++) printf "%d 1:%.5f %d:%.5f\n", i % 2 ? 1 : -1,
    (i % 2) * 2 - 1 + sin(i), 2 + i % 5, cos(3 * i) }' >sparse.libsvm
mlp="--model mlp:8,4-tanh --epochs 3 --batch 16"

# same A B: two files are equal to the last byte.
same()
{
    checks=$((checks + 1))
    cmp -s "$1" "$2" || fail "$1 and $2 differ ($3)"
}

differ()
{
    checks=$((checks + 1))
    ! cmp -s "$1" "$2" || fail "$1 and $2 are the same ($3)"
}

usage()
{
    wrong "train needs DATA" train
    wrong "one argument too many" train two.csv three.csv
    wrong '--model: there is no "liner" (did you mean linear?)' train two.csv --model liner
    wrong "mlp needs the units" train two.csv --model mlp
    wrong '"0" is no layer' train two.csv --model mlp:0
    wrong '"8.5" is no layer' train two.csv --model mlp:4,8.5
    wrong 'there is no activation "rel"' train two.csv --model mlp:8-rel
    wrong "linear has no layers" train two.csv --model linear:8
    refused 'there is no loss "hing" (did you mean hinge?)' train two.csv --loss hing
    wrong "a linear model takes a single loss" train two.csv --loss 'hinge + logistic'
    wrong "--param needs --loss" train two.csv --param s=1
    refused "ramp has no parameter" train two.csv --loss ramp --param delta=1
    wrong "--dropout is for --model mlp; the model is linear" train two.csv --dropout 0.5
    wrong "--loss is for --model linear, mlp; the model is adaboost" train two.csv --model adaboost \
        --loss hinge
    wrong "--l2 and --C say the same" train two.csv --l2 1 --C 1
    wrong "--batch is for --solver sgd" train two.csv --batch 8
    wrong "--momentum is for --optimizer momentum" train two.csv $mlp --momentum 0.5
    wrong "--decay is for --schedule" train two.csv $mlp --decay 0.5
    wrong "--decay-epochs is for --schedule" train two.csv $mlp --decay-epochs 2
    wrong "--noise is for --resample over" train two.csv --noise 1
    wrong "--neighbours is for --resample smote" train two.csv --resample over --neighbours 3
    wrong "--ratio is for --resample" train two.csv --ratio 0.5
    wrong "--center-rate is for --loss with center" train two.csv $mlp --center-rate 0.1
    wrong "--margin-lambda is for --loss with large_margin_softmax" train two.csv $mlp --margin-lambda 5
    wrong "--initialization-scale is for" train two.csv $mlp --initialization-scale 0.1
    wrong "draws rows of its own" train two.csv --ensemble 2 --resample over
    wrong "is for a single model" train two.csv $mlp --ensemble 2 --checkpoint c.safetensors
    wrong "has no norm to penalise" train two.csv --model perceptron --bias penalised
    wrong "leave no rows to train on" train two.csv --validation 0.5 --test 0.5
    wrong "are the same file" train two.csv -o m --report m
    wrong "are the same file" train two.csv -o m --report ./m
    wrong "is named twice" train two.csv --class-weight yes=2,no=1,yes=3
    wrong "beyond the range" train two.csv --l2 1e999
    wrong "both want standard output" train two.csv --json -o -
    wrong "standard output cannot be kept" train two.csv $mlp --checkpoint -
    wrong "lets the learning rate grow" train two.csv $mlp --schedule step --decay 2
    absent m c.safetensors
}

# Every option with a value that it cannot have, and none of them writes anything.
values()
{
    mlp="--model mlp:8"
    while read -r option value more; do
        # shellcheck disable=SC2086
        wrong "--$option: " train two.csv "--$option=$value" $more -o m.safetensors \
            --report r.html
    done <<EOF
l1 -1
l2 x
C 0
C inf
bias fre
tolerance 0
iterations 0
iterations 1.5
solver dua
seed -1
threads 0
task class
validation 0
validation 1
test -0.5
scale std
class-weight heavy
class-weight effective:1
class-weight yes=-1,no=1
class-weight yes=
resample up
resample ovr
ratio 0 --resample over
ratio 2 --resample over
neighbours 0 --resample smote
noise -1 --resample over
ensemble 0
prior 0.5
prior yes=x
epochs 0 $mlp
batch 0 $mlp
learning-rate -1 $mlp
optimizer adm $mlp
momentum 2 $mlp
schedule cos $mlp
decay -1 $mlp
decay-epochs 0 $mlp
warmup -1 $mlp
patience x $mlp
clip -1 $mlp
dropout 1 $mlp
activation rel $mlp
initialization he $mlp
initialization-scale -1 $mlp
center-rate 2 $mlp
augment spin $mlp
augment shift=x $mlp
augment shift=-1 $mlp
averaged maybe --model perceptron
rounds 0 --model adaboost
shrinkage 2 --model mahalanobis
quantile 2 --model mahalanobis
EOF
    mlp="--model mlp:8,4-tanh --epochs 3 --batch 16"
    absent m.safetensors r.html
}

# Words that are in order but ask for what the data does not have.
refusals()
{
    refused 'no class "maybe"' train two.csv --class-weight maybe=2 -o m.safetensors
    refused 'no class "maybe"' train two.csv --prior maybe=1 -o m.safetensors
    refused "all shares sum to 0.7" train two.csv --prior yes=0.2,no=0.5 -o m.safetensors
    refused "is about classes" train numbers.csv --class-weight balanced -o m.safetensors
    refused "are no images" train two.csv $mlp --augment flip -o m.safetensors
    refused 'no class "x"' train two.csv --model mahalanobis --normal x -o m.safetensors
    head -3 two.csv >tiny.csv
    refused "is not one row" train tiny.csv --test 0.1 -o m.safetensors
    grep -v yes two.csv >single.csv
    refused "needs two classes" train single.csv --model mlp:4 -o m.safetensors
    refused "nowhere.csv" train nowhere.csv -o m.safetensors
    # A network that is far from all numbers says so.
    expect 0 "worse than the mean" train numbers.csv --model mlp:4 --loss quantile --param q=0.999 --l2 10 \
        --learning-rate 0.5
    expect 0 "" train numbers.csv --model mlp:4 --learning-rate 0.05
    ! grep -q "worse than the mean" out || fail "a good model is called worse than the mean"
    refused "every class weighs 0" train two.csv --class-weight yes=0,no=0
    # What is read is not written.
    cp two.csv own.csv
    for option in -o --report; do
        refused "give another file" train own.csv $option ./own.csv
        refused "give another file" train two.csv --test own.csv $option $PWD/own.csv
    done
    cmp -s two.csv own.csv || fail "train has written over its data"
    refused "no/m.safetensors" train two.csv -o no/m.safetensors
    refused "no/r.html" train two.csv --report no/r.html -o m.safetensors
    refused "nowhere.csv" train two.csv --test nowhere.csv -o m.safetensors
    refused "nowhere.safetensors" train two.csv $mlp --resume nowhere.safetensors -o m.safetensors
    absent m.safetensors
}

models()
{
    expect 0 "accuracy" train two.csv -o linear.safetensors
    expect 0 "logistic" train two.csv
    expect 0 "softmax_cross_entropy" train three.csv
    expect 0 "squared_error" train numbers.csv --task numbers
    expect 0 "hinge" train sparse.libsvm --loss hinge --C 1 --bias penalised -o svm.safetensors
    expect 0 "converged" train two.csv --loss squared_hinge --solver newton --tolerance 1e-6
    expect 0 "ramp" train two.csv --loss ramp --param s=-0.5
    expect 0 "huber(delta=2)" train numbers.csv --loss 'huber(delta=2)' --l1 0.01 --l2 0
    expect 0 "perceptron" train two.csv --model perceptron --averaged no --epochs 5
    expect 0 "stumps" train two.csv --model adaboost --rounds 5
    expect 0 "distances from the no rows" train two.csv --model mahalanobis --scale none \
        --shrinkage 0.5 --label kind --weight same
    expect 0 "2 times linear" train two.csv --ensemble 2 -o ensemble.safetensors
    expect 0 "mlp:8-relu,4-tanh" train two.csv $mlp -o mlp.safetensors
    expect 0 "center" train three.csv $mlp --loss 'softmax_cross_entropy + 0.01*center'
    expect 0 "test, 48 rows" train two.csv --test 0.3 --validation 0.2
    for file in linear svm ensemble mlp; do
        [ -s $file.safetensors ] || fail "$file.safetensors was not written"
    done
    expect 0 "" train two.csv -o - --quiet
    grep -qa '"weight"' out || fail "no model on standard output"
    grep -q "accuracy" err || fail "no summary beside a model on standard output"
}

# The same call gives the same bytes, whatever the number of threads; other seeds give others.
determinism()
{
    number=0
    for model in "--loss hinge" "--resample smote --prior natural" "--ensemble 3" \
        "--model perceptron" "--model adaboost" "$mlp --dropout 0.2 --validation 0.2" \
        "$mlp --loss softmax_cross_entropy+0.1*center --augment noise=0.1"; do
        number=$((number + 1))
        # shellcheck disable=SC2086
        for threads in 1 2; do
            expect 0 "" train two.csv $model --seed 5 --threads $threads -o "t$threads.safetensors"
        done
        same t1.safetensors t2.safetensors "$model"
    done
    expect 0 "" train two.csv $mlp --seed 6 -o t3.safetensors
    expect 0 "" train two.csv $mlp --seed 7 -o t4.safetensors
    differ t3.safetensors t4.safetensors "two seeds"
}

# Rows for validation and test move nothing: with others in their place the model is the same.
separation()
{
    cp two.csv near.csv
    sed '2,$s/^[^,]*,[^,]*,[^,]*/900,-900,1e9/' two.csv >far.csv
    for model in "" "--scale min-max --class-weight balanced" "--resample over --noise 0.1" \
        "--class-weight effective:0.99 --prior natural" "$mlp"; do
        # shellcheck disable=SC2086
        expect 0 "" train two.csv $model --validation near.csv --test near.csv -o near.safetensors
        # shellcheck disable=SC2086
        expect 0 "" train two.csv $model --validation far.csv --test far.csv -o far.safetensors
        same near.safetensors far.safetensors "$model"
    done
    # A share of the rows is not seen either: spoilt, 12 of 40 rows leave the model as it is.
    head -41 two.csv >forty.csv
    expect 0 "" train forty.csv --test 0.3 --seed 3 -o share.safetensors
    unseen=0
    row=2
    while [ $row -le 41 ]; do
        sed "${row}s/^[^,]*,/50,/" forty.csv >spoilt.csv
        expect 0 "" train spoilt.csv --test 0.3 --seed 3 -o spoilt.safetensors
        ! cmp -s share.safetensors spoilt.safetensors || unseen=$((unseen + 1))
        row=$((row + 1))
    done
    [ $unseen -eq 12 ] || fail "$unseen of 40 spoilt rows leave the model; 12 are for the test"
}

json_lines()
{
    expect 0 '"event":"result"' train two.csv $mlp --validation 0.2 --json
    [ "$(grep -c '"event":"progress"' out)" -eq 3 ] || fail "no line for each epoch: $(cat out)"
    if command -v python3 >/dev/null 2>&1; then
        checks=$((checks + 1))
        python3 - out <<'EOF' || fail "the lines of JSON are not as promised"
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
keys = {"schema", "event", "epoch", "of", "loss", "validation_loss", "validation_metric", "measure",
        "learning_rate", "seconds"}
assert all(set(x) == keys and x["schema"] == 1 for x in lines[:-1]), lines[0]
assert [x["epoch"] for x in lines[:-1]] == [1, 2, 3]
assert lines[-1]["rows"] == {"training": 128, "validation": 32, "test": 0}
assert set(lines[-1]["metrics"]) == {"training", "validation"}
EOF
        cut -d, -f1,2,5 two.csv >varied.csv
        for options in "" "--loss hinge" "--loss ramp" "--l1 0.1" "--solver sgd --iterations 3" "--loss squared_error" \
            "--model perceptron" "--model adaboost --rounds 3" "--ensemble 2" "--model mahalanobis" \
            "$mlp --loss contrastive" "$mlp --diagnose"; do
            checks=$((checks + 1))
            # shellcheck disable=SC2086
            "$losskit" train varied.csv $options --json >out 2>err </dev/null
            python3 - out <<'EOF' || fail "$options: the lines of JSON are not as the guide says: $(cat out)"
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
shown = {"schema", "event", "of", "loss", "validation_loss", "validation_metric", "measure", "learning_rate", "seconds"}
ends = {"result": {"schema", "event", "version", "model", "loss", "rows", "features", "training", "metrics",
                   "seconds", "output", "interrupted"},
        "diagnosis": {"schema", "event", "version", "unwell", "findings", "suspects", "first_loss", "last_loss",
                      "constant_loss", "sharpness"}}
for x in lines[:-1]:
    assert len(set(x) & {"epoch", "round", "iteration"}) == 1 and x["event"] == "progress", x
    assert set(x) - {"epoch", "round", "iteration", "member"} == shown, x
assert set(lines[-1]) == ends[lines[-1]["event"]], lines[-1]
EOF
        done
    fi
}

report()
{
    sed 's/kind/<kind> \& "so"/; s/yes/<b>\&yes/; s/no$/it'"'"'s no/' two.csv >'odd & <data>.csv'
    expect 0 "" train 'odd & <data>.csv' --validation 0.2 --report report.html
    ! grep -q '<data>\|<b>&yes\|<kind>' report.html || fail "text of the data is not escaped"
    grep -q 'odd &amp; &lt;data&gt;.csv' report.html || fail "the report does not name its data"
    expect 0 "" train three.csv $mlp --validation 0.2 --report classes.html
    expect 0 "" train numbers.csv --report numbers.html
    for page in report classes numbers; do
        grep -q '<svg' $page.html || fail "$page.html has no picture"
        ! grep -qi '<script\|<?xml\|<link\|<img' $page.html || fail "$page.html is not self-contained"
        command -v python3 >/dev/null 2>&1 || continue
        checks=$((checks + 1))
        python3 - $page.html <<'EOF' || fail "$page.html is not well formed"
import html.parser, sys
class Parser(html.parser.HTMLParser):
    stack, ids = [], set()
    def handle_starttag(self, tag, attributes):
        if tag not in ("meta", "br", "hr"): self.stack.append(tag)
        for key, value in attributes:
            if key == "id":
                assert value not in self.ids, f"id {value} twice"
                self.ids.add(value)
    def handle_startendtag(self, tag, attributes): pass
    def handle_endtag(self, tag):
        assert self.stack and self.stack.pop() == tag, (tag, self.getpos())
p = Parser()
p.feed(open(sys.argv[1]).read())
assert not p.stack, p.stack
EOF
    done
}

# A training that goes on from a checkpoint ends with the same bytes as one that was never stopped.
resuming()
{
    long="--model mlp:8 --batch 16 --dropout 0.1 --validation 0.2"
    # shellcheck disable=SC2086
    expect 0 "" train two.csv $long --epochs 6 -o whole.safetensors
    # shellcheck disable=SC2086
    expect 0 "" train two.csv $long --epochs 6 --checkpoint c.safetensors -o again.safetensors
    same whole.safetensors again.safetensors "with a checkpoint"
    expect 0 "" train two.csv -o linear.safetensors
    refused "no checkpoint" train two.csv $mlp --resume linear.safetensors
    refused "" train three.csv $mlp --resume c.safetensors
}

# wait_for FILE: until it is there, at most 30 s.
wait_for()
{
    tries=0
    while [ ! -s "$1" ] && [ $tries -lt 300 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
}

# A shell starts what runs beside it with SIGINT ignored; env of coreutils gives it back.
interrupts()
{
    if ! env --default-signal=INT true 2>/dev/null; then
        echo "skipped: interrupts, as env has no --default-signal"
        return
    fi
    for signal in INT TERM; do
        rm -f c.safetensors m.safetensors
        env --default-signal=INT "$losskit" train two.csv --model mlp:8 --batch 16 --epochs 20000 --validation 0.2 --quiet \
            --checkpoint c.safetensors -o m.safetensors >out 2>err </dev/null &
        child=$!
        wait_for c.safetensors
        kill -$signal $child
        wait $child
        status=$?
        checks=$((checks + 1))
        [ $status -eq 1 ] || fail "SIG$signal: status $status: $(cat err)"
        grep -q "was interrupted in epoch .*m.safetensors; --resume c.safetensors goes on" err ||
            fail "SIG$signal: no sentence: $(cat err)"
        grep -q "accuracy" out || fail "SIG$signal: no summary"
        epoch=$(sed -n 's/.*goes on after epoch \([0-9]*\).*/\1/p' err)
        expect 0 "accuracy" predict m.safetensors two.csv --metrics
        expect 0 "accuracy" predict c.safetensors two.csv --metrics
        absent
    done
    # Without a checkpoint it stops after the batch; the model is written, or nothing is there to be.
    rm -f m.safetensors
    for output in "-o m.safetensors" ""; do
        rm -f lines
        # shellcheck disable=SC2086
        "$losskit" train two.csv --model mlp:64 --batch 1 --epochs 20000 --json $output >lines 2>err \
            </dev/null &
        child=$!
        wait_for lines
        kill -TERM $child
        wait $child
        [ $? -eq 1 ] || fail "SIGTERM without a checkpoint: the status is not 1"
        [ -n "$output" ] && sentence="the model so far is in m.safetensors" || sentence="nothing was kept"
        grep -q "was interrupted in epoch [0-9]*; $sentence" err || fail "no sentence: $(cat err)"
        tail -1 lines | grep -q '"interrupted":true' || fail "the result tells of no interrupt"
    done
    expect 0 "accuracy" predict m.safetensors two.csv --metrics

    # The state that was kept is whole: both ways to the same end give the same bytes.
    last=$((epoch + 3))
    expect 0 "" train two.csv --model mlp:8 --batch 16 --epochs $last --validation 0.2 --json \
        --resume c.safetensors -o resumed.safetensors
    head -1 out | grep -q "\"epoch\":$((epoch + 1))," ||
        fail "resumed after epoch $epoch with $(head -1 out)"
    expect 0 "" train two.csv --model mlp:8 --batch 16 --epochs $last --validation 0.2 --quiet \
        -o straight.safetensors
    same resumed.safetensors straight.safetensors "resumed after epoch $epoch"

    # The second one ends at once; nothing half written stays.
    rm -f c.safetensors m.safetensors
    env --default-signal=INT "$losskit" train two.csv --model mlp:256,256 --batch 1 --epochs 2000 --quiet \
        --checkpoint c.safetensors -o m.safetensors >out 2>err </dev/null &
    child=$!
    wait_for c.safetensors
    kill -INT $child
    kill -INT $child 2>/dev/null
    wait $child
    [ $? -ne 0 ] || fail "two interrupts end with status 0"
    expect 0 "accuracy" predict c.safetensors two.csv --metrics
    absent
}

full_disk()
{
    expect 1 "No space left" train two.csv -o /dev/full
    expect 0 "" train two.csv $mlp --checkpoint c.safetensors -o m.safetensors
    cp c.safetensors c.old
    cp m.safetensors m.old
    (
        trap '' XFSZ
        ulimit -f 4
        "$losskit" train two.csv --model mlp:64 --epochs 3 --checkpoint c.safetensors >/dev/null 2>err
    )
    status=$?
    checks=$((checks + 1))
    [ $status -eq 0 ] || fail "a full disk for checkpoints: status $status: $(cat err)"
    grep -q "checkpoint: .*the training goes on" err || fail "a lost checkpoint is not told: $(cat err)"
    same c.safetensors c.old "the checkpoint before"
    (
        trap '' XFSZ
        ulimit -f 4
        "$losskit" train two.csv --model mlp:64 --epochs 3 -o m.safetensors >/dev/null 2>err
    )
    [ $? -eq 1 ] || fail "a full disk for the model: status is not 1: $(cat err)"
    same m.safetensors m.old "the model before"
    absent
}

not_finite()
{
    expect 0 "" train numbers.csv --model mlp:8 --epochs 1 -o m.safetensors
    cp m.safetensors m.old
    expect 1 "epoch" train numbers.csv --model mlp:8 --optimizer sgd --learning-rate 1e30 \
        --epochs 5 -o m.safetensors
    same m.safetensors m.old "after a loss that is not finite"
    absent
}

# accuracy_of PART: in the result that the last command printed as JSON.
accuracy_of()
{
    sed -n "\$s/.*\"$1\":{\"accuracy\":\([0-9.]*\).*/\1/p" out
}

at_least()
{
    checks=$((checks + 1))
    awk "BEGIN { exit !(\"$1\" + 0 >= $2) }" || fail "$3: accuracy \"$1\", expected $2"
}

shipped_data()
{
    expect 0 "" train breast_cancer --data "$shipped" --test 0.3 --json
    at_least "$(accuracy_of test)" 0.95 "breast cancer"
    expect 0 "" train digits --data "$shipped" --model mlp:64 --test 0.3 --json
    at_least "$(accuracy_of test)" 0.95 "digits"
}

# LOSSKIT_TEST_GROUPS: only these groups, for those who work on one.
for group in ${LOSSKIT_TEST_GROUPS:-usage values refusals models determinism separation json_lines report \
    resuming interrupts full_disk not_finite shipped_data}; do
    $group
done
finish
