#!/usr/bin/env python3
"""Writes the vectors that tests/test_conformance.c compares losskit with: values and derivatives of
PyTorch 2.13 in double precision, for every pair of options of its losses over rows and features.

    tests/conformance/generate.py [FOLDER]

Deterministic. Where losskit means to differ the case says why and holds its documented answer."""

import pathlib
import sys
import warnings

import torch

import distribution_cases
import feature_cases
import label_cases
import sequence_cases
from special_cases import special_cases
from vectors import pairs_of, possible_pairs, write

FAMILIES = [label_cases.cross_entropy, label_cases.cross_entropy_extras, label_cases.nll,
            label_cases.linear_cross_entropy, label_cases.multi_margin, distribution_cases.kl_div,
            distribution_cases.softmax, feature_cases.triplet_margin,
            feature_cases.cosine_embedding, sequence_cases.ctc]


def main():
    assert torch.__version__.startswith("2.13"), torch.__version__
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", "reduction: 'mean' divides") # of kl_div, on purpose
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
    version = torch.__version__.split("+")[0]
    for family in FAMILIES:
        options, valid, cases = family()
        covered = set().union(*(pairs_of(case.options) for case in cases))
        missing = possible_pairs(options, valid) - covered
        assert not missing, sorted(missing)
        pairs = write(folder / f"{family.__name__}.txt", cases, version)
        print(f"{family.__name__}: {len(cases)} cases, every one of {pairs} pairs of options")
    cases = special_cases()
    write(folder / "special.txt", cases, version)
    print(f"special: {len(cases)} cases")


if __name__ == "__main__":
    main()
