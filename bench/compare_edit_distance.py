#!/usr/bin/env python3
"""losskit against rapidfuzz on edit distances of text, in one process, alternately.

    bench/compare_edit_distance.py build/liblosskit.so [--only WORD] [--rounds N] [--json]

Single pairs are called one by one: losskit through ctypes, whose half microsecond counts against it,
and by a C program beside the library (edit_calls) for what the library itself takes; rapidfuzz as it
is, and told the very distance as its score_hint, which nobody knows beforehand. Batches are 10^5 pairs
of 10 to 60 letters; rapidfuzz takes lists of Python strings, of its ways (a loop, map, cpdist) the
fastest counts; losskit takes one array and offsets, made beforehand, and once more made from the same
lists within the time. Times are the best of many rounds; all distances are compared."""

import argparse
import datetime
import json
import os
import pathlib
import platform
import random
import string
import subprocess
import time

from losskit_ctypes import Losskit, Texts, prepare_edit_distance
from report import cpu_name

PAIRS = 100000
LETTERS = string.ascii_lowercase + " "
CJK = "".join(map(chr, range(0x4e00, 0x4e00 + 3000)))


def text(random_source, length, letters=LETTERS):
    return "".join(random_source.choices(letters, k=length))


def with_errors(random_source, original, rate, letters=LETTERS):
    """A third of the errors each: one letter less, another one, one more."""
    out = []
    for letter in original:
        x = random_source.random() / rate if rate else 2
        if x < 1 / 3:
            continue
        out.append(random_source.choice(letters) if x < 2 / 3 else letter)
        if 2 / 3 <= x < 1:
            out.append(random_source.choice(letters))
    return "".join(out)


def single_cases():
    for length in (10, 30, 60, 500, 10**4, 10**5, 10**6):
        for rate in (None, 0.1, 0.01, 0.001):
            if length < 500 and rate in (0.01, 0.001) or length == 10**6 and rate != 0.001:
                continue
            yield length, rate, LETTERS, ""
    for length in (30, 500, 10**4):
        yield length, 0.1, CJK, ", Chinese"


def best_of(runs, rounds, repeat):
    """The fastest round of each, taking turns."""
    best = [float("inf")] * len(runs)
    for _ in range(rounds):
        for k, run in enumerate(runs):
            start = time.perf_counter()
            for _ in range(repeat):
                run()
            best[k] = min(best[k], (time.perf_counter() - start) / repeat)
    return best


def own_time(library_path, pair, rounds):
    """What a C program measures, or None where it was not built."""
    program = pathlib.Path(library_path).resolve().parent / "edit_calls"
    if not program.exists() or len(pair[0]) >= 1 << 20 or not pair[0].isascii():
        return None
    done = subprocess.run([program, str(rounds)], input="\n".join(pair) + "\n", check=True,
                          capture_output=True, text=True)
    return float(done.stdout) / 1e9


def measure_single(library, path, case, rounds):
    from rapidfuzz.distance import Levenshtein
    length, rate, letters, note = case
    source = random.Random(2026)
    first = text(source, length, letters)
    pair = (first, with_errors(source, first, rate, letters) if rate else
            text(source, length, letters))
    run, distances = prepare_edit_distance(library, Texts(pair[:1]), Texts(pair[1:]))
    run()
    expected = distances[0]
    assert expected == Levenshtein.distance(*pair, score_hint=max(31, expected)), case
    distance, hint = Levenshtein.distance, max(31, expected)
    cells = length * length
    repeat = 2000 if cells < 10**4 else 100 if cells < 10**6 else 1
    if cells >= 10**10: # the slow ones
        rounds = max(2, rounds // 8)
    runs = [run, lambda: distance(*pair, score_hint=hint)]
    if cells <= 10**10: # it takes half a minute beyond
        runs.append(lambda: distance(*pair))
    best = best_of(runs, rounds, repeat)
    kind = f"{100 * rate:g} % errors" if rate else "unrelated"
    row = {"case": f"{length} characters, {kind}{note}", "distance": expected,
           "losskit_us": best[0] * 1e6, "rapidfuzz_told_us": best[1] * 1e6,
           "ratio_told": best[1] / best[0]}
    if len(best) > 2:
        row.update(rapidfuzz_us=best[2] * 1e6, ratio=best[2] / best[0])
    own = own_time(path, pair, rounds)
    if own:
        row.update(losskit_c_us=own * 1e6, ratio_told_c=best[1] / own)
        row.update({"ratio_c": best[2] / own} if len(best) > 2 else {})
    return row


def measure_batch(library, rate, letters, note, tokens, threads, rounds):
    from rapidfuzz import process
    from rapidfuzz.distance import Levenshtein
    source = random.Random(2027)
    firsts = [text(source, source.randint(10, 60), letters) for _ in range(PAIRS)]
    seconds = [with_errors(source, first, rate, letters) if rate else
               text(source, source.randint(10, 60), letters) for first in firsts]
    distance = Levenshtein.distance
    library.set_threads(threads)
    run, distances = prepare_edit_distance(library, Texts(firsts, tokens),
                                           Texts(seconds, tokens))

    def packed():
        prepare_edit_distance(library, Texts(firsts, tokens), Texts(seconds, tokens))[0]()

    runs = [run, packed, lambda: list(map(distance, firsts, seconds)),
            lambda: [distance(a, b) for a, b in zip(firsts, seconds)],
            lambda: process.cpdist(firsts, seconds, scorer=distance, workers=threads)]
    ours, whole, *theirs = best_of(runs, rounds, 1)
    library.set_threads(0)
    assert list(distances) == runs[2](), note
    kind = f"{100 * rate:g} % errors" if rate else "unrelated"
    return {"case": f"{kind}{note}, {threads} thread{'s' * (threads > 1)}",
            "losskit_us": ours * 1e6, "losskit_packed_us": whole * 1e6,
            "rapidfuzz_us": min(theirs) * 1e6, "ratio": min(theirs) / ours,
            "ratio_packed": min(theirs) / whole}


SINGLE = {"losskit µs": "losskit_us", "in C µs": "losskit_c_us", "rapidfuzz µs": "rapidfuzz_us",
          "told µs": "rapidfuzz_told_us", "rapidfuzz / losskit": "ratio", "/ in C": "ratio_c",
          "told / in C": "ratio_told_c"}
BATCH = {"losskit µs": "losskit_us", "from lists µs": "losskit_packed_us",
         "rapidfuzz µs": "rapidfuzz_us", "rapidfuzz / losskit": "ratio",
         "/ from lists": "ratio_packed"}


def digits(name, value):
    if value is None:
        return ""
    return f"{value:.2f}" if name.startswith("ratio") else (
        f"{value:.0f}" if value >= 100 else f"{value:.3g}")


def table(title, columns, rows):
    lines = [f"| {title} | {' | '.join(columns)} |", "|---|" + "---:|" * len(columns)]
    for row in rows:
        cells = " | ".join(digits(name, row.get(name)) for name in columns.values())
        lines.append(f"| {row['case']} | {cells} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("library", help="path of liblosskit.so")
    parser.add_argument("--only", default="", help="single or batch")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    options = parser.parse_args()
    import rapidfuzz
    library = Losskit(options.library)
    library.set_threads(1)
    singles, batches = [], []
    if options.only in ("", "single"):
        singles = [measure_single(library, options.library, case, options.rounds)
                   for case in single_cases()]
    if options.only in ("", "batch"):
        kinds = [(None, LETTERS, "", Texts.CHARACTERS), (0.1, LETTERS, "", Texts.CHARACTERS),
                 (0.1, CJK, ", Chinese", Texts.CHARACTERS),
                 (0.1, CJK, ", Chinese, as integers", Texts.INTEGERS)]
        batches = [measure_batch(library, *kind, threads, options.rounds)
                   for threads in (1, 2) for kind in kinds]
    machine = f"{cpu_name()}, {os.cpu_count()} cores, {platform.system()}"
    if options.json:
        print(json.dumps({"schema": 1, "isa": library.isa(), "rapidfuzz": rapidfuzz.__version__,
                          "machine": machine, "pairs": singles,
                          "batches": batches}, indent=1))
        return
    print(f"{machine}, {datetime.date.today()}: losskit {library.isa()}, rapidfuzz "
          f"{rapidfuzz.__version__}\n")
    if singles:
        print(table("one pair", SINGLE, singles))
    if batches:
        print(table(f"{PAIRS} pairs of 10 to 60 characters", BATCH, batches))


if __name__ == "__main__":
    main()
