#!/bin/sh
# test_metrics.sh BINARY: error rates of texts on the command line. Expected numbers were counted by
# hand.
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
    wrong "which metric? --cer, --wer or both" metrics hyp.txt ref.txt
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

rates
lines
refusals
finish
