"""Options in pairs, and the text format that tests/test_conformance.c reads.

A file is a sequence of words; the meaning of a line is its first word:

    pairs N                      so many pairs of options occur in the file's cases
    case OPTION=VALUE ...        a case begins
    reason TEXT                  why losskit's answer is meant to differ from PyTorch's
    loss NAME PARAMETER ...
    call REDUCTION CLASS_AXIS IGNORE_INDEX FLAGS
    in MEMBER DTYPE SHAPE        an input of lk_call, its numbers on the following lines
    out MEMBER DTYPE SHAPE       an output that is expected
    result VALUE NORMALIZER COUNT
    end

A shape is its extents with commas between, or "-" for a single number."""

import itertools
import random

import numpy as np

REDUCTIONS = {"mean": 0, "sum": 1, "none": 2, "batchmean": 3, "length_mean": 5}
EMPTY_IS_NAN = 16
BATCH_FIRST = 32


def pairs_of(choice):
    return set(itertools.combinations(sorted(f"{k}={v}" for k, v in choice.items()), 2))


def choices(options, valid):
    every = (dict(zip(options, values)) for values in itertools.product(*options.values()))
    return [choice for choice in every if valid(choice)]


def possible_pairs(options, valid):
    return set().union(*(pairs_of(choice) for choice in choices(options, valid)))


def covering(options, valid, seed, more=0):
    """Choices of options in which every pair of values that is possible occurs, and `more` others.
    Greedy: always the choice that has the most pairs that are still missing."""
    rng = random.Random(seed)
    every = choices(options, valid)
    rng.shuffle(every)
    candidates = [(choice, pairs_of(choice)) for choice in every]
    missing = possible_pairs(options, valid)
    chosen = []
    while missing:
        choice, pairs = max(candidates, key=lambda c: len(c[1] & missing))
        chosen.append(choice)
        missing -= pairs
    return chosen + rng.sample(every, min(more, len(every)))


def text_of(number):
    number = float(number)
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 and (
        number or str(number)[0] != "-") else repr(number)


def wrapped(words, width=100):
    line = ""
    for word in words:
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = ""
        line += (" " if line else "") + word
    yield line


class Case:
    """One call of losskit and what has to come out of it."""

    def __init__(self, loss, params, options, reduction="mean", class_axis=1, ignore_index=-100,
                 flags=0, reason=None):
        self.loss, self.params, self.options, self.reason = loss, params, options, reason
        self.call = (REDUCTIONS[reduction], class_axis, ignore_index, flags)
        self.arrays = []
        self.result = None

    def put(self, way, member, array, dtype="f64"):
        self.arrays.append((way, member, dtype, np.asarray(array)))

    def lines(self):
        yield "case " + " ".join(f"{k}={v}" for k, v in self.options.items())
        if self.reason:
            yield "reason " + self.reason
        yield " ".join(["loss", self.loss, *map(text_of, self.params)])
        yield "call " + " ".join(map(str, self.call))
        for way, member, dtype, array in self.arrays:
            yield f"{way} {member} {dtype} {','.join(map(str, array.shape)) or '-'}"
            if array.size:
                yield from wrapped(map(text_of, array.ravel()))
        if self.result is not None:
            yield "result " + " ".join(map(text_of, self.result))
        yield "end"


def write(path, cases, version):
    pairs = set().union(*(pairs_of(case.options) for case in cases))
    lines = [f"# Made by tests/conformance/generate.py with PyTorch {version}.",
             f"pairs {len(pairs)}"]
    for case in cases:
        lines += case.lines()
    path.write_text("\n".join(lines) + "\n")
    return len(pairs)
