#!/usr/bin/env python3
"""usage: make_sparse_data.py [--rows N] [--features N] [--mean N] [--noise SHARE] [--seed N] FILE

Writes a LIBSVM file like one of word counts: two classes, sparse rows of length 1, few frequent
features and many rare ones (Zipf's law), and a share of wrong labels. The same arguments write the
same bytes. Needs the standard library alone."""

import argparse
import bisect
import itertools
import math
import random


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[1])
    parser.add_argument("--rows", type=int, default=20000)
    parser.add_argument("--features", type=int, default=40000)
    parser.add_argument("--mean", type=int, default=75, help="nonzeros of a row, on average")
    parser.add_argument("--noise", type=float, default=0.05, help="share of wrong labels")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("file")
    return parser.parse_args()


def normal(draw):
    """Box and Muller; random.gauss() keeps a state that versions of Python need not share."""
    return math.sqrt(-2 * math.log(1 - draw())) * math.cos(2 * math.pi * draw())


def rows(options):
    """Yields the sorted {feature: value} of each row and its label."""
    draw = random.Random(options.seed).random
    shares = list(itertools.accumulate(1 / (k + 2) for k in range(options.features)))
    number = list(range(1, options.features + 1))
    for k in range(options.features - 1, 0, -1):  # frequent features get any number
        other = int(draw() * (k + 1))
        number[k], number[other] = number[other], number[k]
    truth = [normal(draw) for _ in range(options.features + 1)]
    for word in number[:100]:  # says nothing, as "the" and "of" do: the classes are balanced
        truth[word] = 0
    for _ in range(options.rows):
        wanted = 1 + int(draw() * (2 * options.mean - 1))
        counts = {}
        while len(counts) < wanted:
            word = number[bisect.bisect(shares, draw() * shares[-1], hi=options.features - 1)]
            counts[word] = counts.get(word, 0) + 1
        weight = {word: 1 + math.log(count) for word, count in counts.items()}
        length = math.sqrt(sum(v * v for v in weight.values()))
        row = {word: weight[word] / length for word in sorted(weight)}
        positive = sum(truth[word] * value for word, value in row.items()) > 0
        yield row, positive != (draw() < options.noise)


def main():
    options = parse_arguments()
    with open(options.file, "w", encoding="ascii", newline="\n") as out:
        for row, positive in rows(options):
            pairs = " ".join(f"{word}:{value:.6g}" for word, value in row.items())
            out.write(f"{'+1' if positive else '-1'} {pairs}\n")


if __name__ == "__main__":
    main()
