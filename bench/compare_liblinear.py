#!/usr/bin/env python3
"""usage: compare_liblinear.py [--losskit FILE] [--liblinear FILE] [--runs N] [--threads N]
                            [--exact] [DATA ...]

Trains linear models with losskit and with LIBLINEAR's `train` as whole processes, alternately, and
prints how their objectives and times compare. DATA are LIBSVM files of two classes; without any, the
breast-cancer data that is shipped, scaled to [-1, 1], and rows of scripts/make_sparse_data.py.

The objective |w|^2 / 2 + C sum of losses, with the bias as one more weight (-B 1), is computed here
from the two model files, with the standard library alone. The table has two parts: the tolerance
1e-8, where losskit's objective may be 1e-6 above (LIBLINEAR gives up after 1000 passes over the rows,
so that it can also be far below), and each program's own default, where it may not be above and the
time not longer. A line that is not so ends with WORSE, and the exit status is 1."""

import argparse
import csv
import gzip
import json
import math
import os
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# -s of LIBLINEAR, losskit's loss, what is minimised
SOLVERS = [(3, "hinge", "dual"), (1, "squared_hinge", "dual"), (2, "squared_hinge", "primal"),
           (7, "logistic", "dual"), (0, "logistic", "primal")]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[1])
    parser.add_argument("--losskit", default=os.path.join(ROOT, "build", "losskit"))
    parser.add_argument("--liblinear",
                        default=shutil.which("liblinear-train") or shutil.which("train"))
    parser.add_argument("--runs", type=int, default=5, help="of each program; the median counts")
    parser.add_argument("--threads", type=int, default=1, help="of losskit")
    parser.add_argument("--C", type=float, default=1.0)
    parser.add_argument("--sparse-rows", type=int, default=20000)
    parser.add_argument("--exact", action="store_true", help="the first part alone")
    parser.add_argument("data", nargs="*")
    return parser.parse_args()


def make_breast_cancer(path):
    with gzip.open(os.path.join(ROOT, "data", "breast_cancer.csv.gz"), "rt", newline="") as file:
        rows = list(csv.reader(row for row in file if not row.startswith("#")))
    header, rows = rows[0], rows[1:]
    names = [n.strip().lower() for n in header]
    label = next((k for k, n in enumerate(names) if n in ("label", "class", "target", "diagnosis")),
                 len(header) - 1)
    first = rows[0][label]
    columns = [k for k in range(len(header)) if k != label]
    low = {k: min(float(r[k]) for r in rows) for k in columns}
    high = {k: max(float(r[k]) for r in rows) for k in columns}
    with open(path, "w") as out:
        for r in rows:
            cells = [(j, 2 * (float(r[k]) - low[k]) / ((high[k] - low[k]) or 1) - 1)
                     for j, k in enumerate(columns, 1)]
            out.write(("+1" if r[label] == first else "-1") +
                      "".join(f" {j}:{x!r}" for j, x in cells if x) + "\n")


def read_libsvm(path):
    rows, labels = [], []
    with open(path) as file:
        for line in file:
            cells = line.split("#")[0].split()
            if cells:
                labels.append(float(cells[0]))
                rows.append([(int(c.split(":")[0]) - 1, float(c.split(":")[1])) for c in cells[1:]])
    classes = sorted(set(labels))
    if len(classes) != 2:
        sys.exit(f"{path}: {len(classes)} classes; expected two")
    return rows, [1 if y == classes[1] else -1 for y in labels], classes


def read_liblinear_model(path, classes):
    with open(path) as file:
        head = {}
        for line in file:
            if line.strip() == "w":
                break
            key, *rest = line.split()
            head[key] = rest
        w = [float(line) for line in file]
    sign = 1 if float(head["label"][0]) == classes[1] else -1
    return [sign * x for x in w[:-1]], sign * w[-1]


def read_losskit_model(path):
    with open(path, "rb") as file:
        data = file.read()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])

    def tensor(name):
        if name not in header:
            return [0.0]
        if header[name]["dtype"] != "F64":
            sys.exit(f"{path}: {name} is {header[name]['dtype']}; expected F64")
        begin, end = header[name]["data_offsets"]
        return list(struct.unpack(f"<{(end - begin) // 8}d", data[8 + size + begin:8 + size + end]))

    return tensor("weight"), tensor("bias")[0]


def loss_of(name, m):
    if name == "hinge":
        return max(0.0, 1 - m)
    if name == "squared_hinge":
        return max(0.0, 1 - m) ** 2
    return math.log1p(math.exp(-m)) if m > 0 else -m + math.log1p(math.exp(m))


def objective(model, rows, labels, loss, C):
    w, b = model
    values = [0.5 * x * x for x in w] + [0.5 * b * b]
    for cells, y in zip(rows, labels):
        score = b + sum(w[j] * x for j, x in cells if j < len(w))
        values.append(C * loss_of(loss, y * score))
    return math.fsum(values)


def seconds(command):
    start = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: status {done.returncode}: {done.stderr.decode()[-300:]}")
    return time.perf_counter() - start


def compare(a, path, name, tolerance, folder):
    rows, labels, classes = read_libsvm(path)
    fine = True
    for solver, loss, form in SOLVERS:
        theirs, ours = os.path.join(folder, "theirs.model"), os.path.join(folder, "ours.safetensors")
        liblinear = [a.liblinear, "-q", "-s", str(solver), "-c", str(a.C), "-B", "1"]
        losskit = [a.losskit, "train", path, "--loss", loss, "--C", str(a.C), "--bias", "penalised",
                   "--scale", "none", "--threads", str(a.threads), "--quiet", "-o", ours]
        if tolerance:
            liblinear += ["-e", str(tolerance)]
            losskit += ["--tolerance", str(tolerance)]
        times = [(seconds(liblinear + [path, theirs]), seconds(losskit)) for _ in range(a.runs)]
        f_theirs = objective(read_liblinear_model(theirs, classes), rows, labels, loss, a.C)
        f_ours = objective(read_losskit_model(ours), rows, labels, loss, a.C)
        t_theirs, t_ours = (statistics.median(t) for t in zip(*times))
        ratio = statistics.median(t[1] / t[0] for t in times)
        off = (f_ours - f_theirs) / f_theirs
        good = off <= 1e-6 if tolerance else off <= 1e-9 and ratio <= 1
        fine &= good
        print(f"{name:<16} {loss:<14} -s {solver} {form:<7} {f_theirs:<20.12g} {off:>+10.1e}  "
              f"{t_theirs:>8.3f} {t_ours:>8.3f} {ratio:>6.2f}{'' if good else '  WORSE'}", flush=True)
    return fine


def main():
    a = parse_arguments()
    if not a.liblinear:
        sys.exit("LIBLINEAR's train is not on the PATH (Debian: liblinear-tools)")
    with tempfile.TemporaryDirectory() as folder:
        data = [(os.path.basename(p), p) for p in a.data]
        if not data:
            cancer, sparse = (os.path.join(folder, n) for n in ("cancer.libsvm", "sparse.libsvm"))
            make_breast_cancer(cancer)
            subprocess.run([sys.executable, os.path.join(ROOT, "scripts", "make_sparse_data.py"),
                            "--rows", str(a.sparse_rows), sparse], check=True)
            data = [("breast_cancer", cancer), ("generated", sparse)]
        fine = True
        for tolerance in (1e-8,) if a.exact else (1e-8, None):
            print(f"\ntolerance {tolerance or 'each its own default'}, C = {a.C:g}, "
                  f"{a.threads} thread(s), median of {a.runs} whole processes")
            print(f"{'data':<16} {'loss':<14} {'LIBLINEAR':<12} {'objective':<20} {'losskit':>10}  "
                  f"{'seconds':>8} {'losskit':>8} {'ratio':>6}")
            for name, path in data:
                fine &= compare(a, path, name, tolerance, folder)
    return 0 if fine else 1


sys.exit(main())
