#!/usr/bin/env python3
"""losskit train against LIBLINEAR: objective reached and time of the whole process, in turns.

usage: compare_liblinear.py LOSSKIT [FILE ...] [--rounds N]

LOSSKIT is the command. FILEs are in LIBSVM format, with two classes and labels -1 and +1; without
one, a sparse file is made: 20,000 rows of 75 of 40,000 features. C = 1, and the bias is penalised
as LIBLINEAR's -B 1 does it. Objectives are computed here, from both programs' model files, as
LIBLINEAR defines them: |w|^2 / 2 + C times the sum of the losses. Times are the least of the rounds;
a ratio below 1 means that losskit takes less."""

import argparse
import json
import math
import os
import random
import struct
import subprocess
import sys
import tempfile
import time

LOSSES = {  # name: formula of the margin, LIBLINEAR's solvers in the primal and in the dual
    "logistic": (lambda m: math.log1p(math.exp(-abs(m))) + max(0, -m), ("-s 0", "-s 7")),
    "squared_hinge": (lambda m: max(0, 1 - m) ** 2, ("-s 2", "-s 1")),
    "hinge": (lambda m: max(0, 1 - m), ("-s 3",)),
}
BOUND = 1e-6  # relative, of the objective against LIBLINEAR's at -e 1e-8


def make_file(path, rows=20000, features=40000, stored=75):
    """Frequent and rare features, as words are; labels of a sparse truth with noise."""
    rng = random.Random(1)
    truth = [rng.gauss(0, 1) if rng.random() < 0.2 else 0 for _ in range(features)]
    with open(path, "w", encoding="ascii") as file:
        for _ in range(rows):
            columns = set()
            while len(columns) < stored:
                columns.add(int(features * rng.random() ** 3))
            row = [(k, abs(rng.gauss(0, 1)) + 0.1) for k in sorted(columns)]
            size = math.sqrt(sum(v * v for _, v in row))
            score = sum(v * truth[k] for k, v in row) / size + rng.gauss(0, 0.3)
            file.write(("+1 " if score > 0 else "-1 ")
                       + " ".join(f"{k + 1}:{v / size:.6g}" for k, v in row) + "\n")


def read_rows(path):
    rows = []
    with open(path, encoding="ascii") as file:
        for line in file:
            label, *words = line.split()
            pairs = (word.split(":") for word in words)
            rows.append((1 if float(label) > 0 else -1, [(int(k) - 1, float(v)) for k, v in pairs]))
    return rows


def liblinear_weights(path):
    """Weights and bias; the first label of the model is the positive class."""
    with open(path, encoding="ascii") as file:
        lines = file.read().split("\n")
    sign = 1 if float(next(l for l in lines if l.startswith("label")).split()[1]) > 0 else -1
    values = [sign * float(v) for v in lines[lines.index("w") + 1:] if v.strip()]
    return values[:-1], values[-1]


def losskit_weights(path):
    with open(path, "rb") as file:
        data = file.read()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])

    def array(name):
        begin, end = (8 + size + o for o in header[name]["data_offsets"])
        return struct.unpack(f"<{(end - begin) // 8}d", data[begin:end])

    return array("weight"), array("bias")[0]


def objective(rows, loss, weights, bias):
    total = 0.5 * (math.fsum(w * w for w in weights) + bias * bias)
    return total + math.fsum(
        loss(y * (bias + sum(weights[k] * v for k, v in row))) for y, row in rows)


def run(command):
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - begin


def compare(losskit, path, rounds, scratch):
    rows = read_rows(path)
    fine = True
    print(f"{path}: {len(rows)} rows, {sum(len(r) for _, r in rows)} values stored")
    for name, (loss, solvers) in LOSSES.items():
        def ours_command(tolerance=None):
            command = [losskit, "train", path, "--model", "linear", "--loss", name, "--C", "1",
                       "--bias", "penalised", "--scale", "none", "-o", f"{scratch}/model"]
            return command + (["--tolerance", tolerance] if tolerance else [])

        def theirs_command(solver, *more):
            return ["liblinear-train", "-q", *solver.split(), "-B", "1", *more, path,
                    f"{scratch}/liblinear"]

        run(theirs_command(solvers[0] if name != "hinge" else "-s 3", "-e", "1e-8"))
        best = objective(rows, loss, *liblinear_weights(f"{scratch}/liblinear"))
        run(ours_command("1e-9"))
        tight = objective(rows, loss, *losskit_weights(f"{scratch}/model"))
        off = (tight - best) / best
        fine &= off <= BOUND
        print(f"  {name}: {tight:.9g} with --tolerance 1e-9, {off:+.1e} from LIBLINEAR at -e 1e-8")
        for solver in solvers:
            ours = theirs = math.inf
            for _ in range(rounds):
                theirs = min(theirs, run(theirs_command(solver)))
                ours = min(ours, run(ours_command()))
            a = objective(rows, loss, *losskit_weights(f"{scratch}/model"))
            b = objective(rows, loss, *liblinear_weights(f"{scratch}/liblinear"))
            good = a <= b * (1 + 1e-9) and ours <= theirs
            fine &= good
            print(f"    against {solver}: {ours:.3f} s and {theirs:.3f} s, ratio "
                  f"{ours / theirs:.2f}; objective {(a - b) / b:+.1e}{'' if good else '  WORSE'}")
    return fine


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("losskit")
    parser.add_argument("files", nargs="*")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        files = options.files
        if not files:
            files = [os.path.join(scratch, "sparse.svm")]
            make_file(files[0])
        results = [compare(options.losskit, file, options.rounds, scratch) for file in files]
    return 0 if all(results) else 1


sys.exit(main())
