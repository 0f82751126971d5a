#!/bin/sh
# test_metrics.sh BINARY: error rates of text on the command line.
set -u

losskit=$1
case $losskit in
/*) ;;
*) losskit=$PWD/$losskit ;;
esac
room=$(mktemp -d) || exit 1
trap 'rm -rf "$room"' EXIT
cd "$room" || exit 1
failures=0
checks=0

fail()
{
    failures=$((failures + 1))
    echo "FAIL: $*"
}

# expect STATUS FRAGMENT ARGUMENT...: the fragment is part of what is printed on either stream.
expect()
{
    status=$1
    fragment=$2
    shift 2
    checks=$((checks + 1))
    "$losskit" metrics "$@" >out 2>err </dev/null
    got=$?
    [ $got -eq "$status" ] || fail "metrics $*: status $got, expected $status: $(cat err)"
    cat out err | grep -qF -- "$fragment" || fail "metrics $*: no \"$fragment\" in: $(cat out err)"
    [ "$status" -eq 0 ] || grep -q '^losskit: ' err || fail "metrics $*: no sentence on stderr"
    [ "$status" -eq 0 ] || [ ! -s out ] || fail "metrics $*: a failure printed data: $(cat out)"
}

# The whole of standard output.
prints()
{
    expected=$1
    shift
    expect 0 "" "$@"
    printf "$expected" >wanted
    cmp -s out wanted || fail "metrics $*: printed: $(cat out)"
}

parses()
{
    command -v python3 >/dev/null 2>&1 || return 0
    checks=$((checks + 1))
    python3 -c "import json; j = json.load(open('out')); assert $1, j" || fail "JSON: $1"
}

tab=$(printf '\t')
printf 'the cat sat\nkitten\n\nsame\n' >h.txt
printf 'the cat sat down\nsitting\n\nsame\n' >r.txt
printf '\357\273\277the cat sat\r\nkitten\r\n\r\nsame' >dos.txt
printf 'one line\n' >one.txt
printf '\n\n' >blank.txt
printf 'x y\n\n' >filled.txt
printf 'fine\nna\303\257ve\nabc\377\n' >invalid.txt
printf 'fine\nnaive\nabcd\n' >valid.txt
: >empty.txt

rates()
{
    # 5 deletions; 2 substitutions and a deletion; of 16 + 7 + 0 + 4 characters
    prints 'cer             0.296296296\nedits           8\ninsertions      0\ndeletions       6\nsubstitutions   2\nreference       27 characters\nlines           4\ncorrect lines   2\n' --cer h.txt r.txt
    prints 'wer             0.333333333\nedits           2\ninsertions      0\ndeletions       1\nsubstitutions   1\nreference       6 words\nlines           4\ncorrect lines   2\n' --wer h.txt r.txt
    # the other way round: deletions become insertions, and the length is that of the other text
    expect 0 "insertions      6" --cer r.txt h.txt
    expect 0 "reference       21 characters" --cer r.txt h.txt
    expect 0 "wer             0" --wer h.txt h.txt
    expect 0 "correct lines   4" --cer h.txt h.txt
    expect 0 "cer             0.296296296" --cer --wer h.txt r.txt
    expect 0 "wer             0.333333333" --cer --wer h.txt r.txt
    prints 'cer             0\nedits           0\ninsertions      0\ndeletions       0\nsubstitutions   0\nreference       0 characters\nlines           0\ncorrect lines   0\n' --cer empty.txt empty.txt
    expect 0 "cer             0" --cer blank.txt blank.txt
    # a line without a reference counts by its insertions
    printf 'x\n' | cat - one.txt >two.txt
    printf '\n' | cat - one.txt >other.txt
    expect 0 "wer             0.5" --wer two.txt other.txt
}

lines()
{
    expect 0 "wer${tab}1${tab}1${tab}0${tab}1${tab}0${tab}4" --wer --per-line h.txt r.txt
    expect 0 "wer${tab}2${tab}1${tab}0${tab}0${tab}1${tab}1" --wer --per-line h.txt r.txt
    expect 0 "cer${tab}2${tab}3${tab}0${tab}1${tab}2${tab}7" --cer --wer --per-line h.txt r.txt
    expect 0 "metric${tab}line${tab}edits" --cer --per-line h.txt r.txt
    [ "$(grep -c "^cer$tab" out)" -eq 4 ] || fail "not one row for each line"
}

json()
{
    expect 0 '"schema": 1' --cer --wer --json h.txt r.txt
    parses "set(j) == {'schema', 'cer', 'wer'} and j['wer']['rate'] == 2 / 6"
    parses "j['cer'] == dict(rate=8 / 27, edits=8, insertions=0, deletions=6, substitutions=2, hypothesis_length=21, reference_length=27, lines=4, correct_lines=2)"
    expect 0 '"per_line"' --wer --json --per-line h.txt r.txt
    parses "len(j['wer']['per_line']) == 4 and j['wer']['per_line'][0]['deletions'] == 1"
}

files()
{
    expect 0 "cer             0.296296296" --cer dos.txt r.txt
    gzip -k r.txt
    expect 0 "cer             0.296296296" --cer h.txt r.txt.gz
    checks=$((checks + 1))
    "$losskit" metrics --cer - r.txt <h.txt | grep -q "0.296296296" || fail "standard input"
    expect 1 "h.txt has 4 lines, but one.txt has 1" --cer h.txt one.txt
    expect 1 "none.txt: cannot be opened" --cer h.txt none.txt
    expect 1 "invalid.txt: line 3 is not UTF-8 at byte 15 of the file (0xff)" --cer invalid.txt valid.txt
    expect 1 "invalid.txt: line 3 is not UTF-8 at byte 15 of the file (0xff)" --wer valid.txt invalid.txt
    expect 1 "blank.txt: it holds no tokens to divide by, but filled.txt has 2" --wer filled.txt blank.txt
}

usage()
{
    expect 2 "metrics needs --cer or --wer, or both" h.txt r.txt
    expect 2 "metrics needs --cer|--wer HYPOTHESIS REFERENCE" --cer h.txt
    expect 2 '"x" is one argument too many' --cer h.txt r.txt x
    expect 2 "both texts want standard input" --cer - -
    expect 2 "has no option --werr (did you mean --wer?)" --werr h.txt r.txt
    expect 0 "Usage: losskit metrics" --help
    "$losskit" --man >out
    grep -q "losskit metrics" out || fail "the man page lacks it"
    "$losskit" --completion bash >out
    grep -q "per-line" out || fail "the completion lacks it"
}

rates
lines
json
files
usage
echo "$checks checks, $failures failures"
[ $failures -eq 0 ]
