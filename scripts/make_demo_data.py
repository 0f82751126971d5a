#!/usr/bin/env python3
"""Writes data/: three classic data sets, and held-out predictions of simple models on two of them,
by ten-fold cross-validation. Needs NumPy and scikit-learn (for the data); the files are in the
repository."""

import gzip
import pathlib

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
FOLDS = 10


def standardised(train, test):
    mean, spread = train.mean(0), train.std(0)
    with_one = lambda x: np.c_[(x - mean) / spread, np.ones(len(x))]
    return with_one(train), with_one(test)


def least_squares(x, y):
    return np.linalg.lstsq(x, y, rcond=None)[0]


def logistic_regression(x, y, penalty=1.0):
    """Newton's method on the penalised log-likelihood."""
    w = np.zeros(x.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-x @ w))
        hessian = (x.T * (p * (1 - p))) @ x + penalty * np.eye(len(w))
        w -= np.linalg.solve(hessian, x.T @ (p - y) + penalty * w)
    return w


def held_out(x, y, fit):
    fold = np.random.default_rng(0).permutation(len(y)) % FOLDS
    prediction = np.empty(len(y))
    for k in range(FOLDS):
        train, test = standardised(x[fold != k], x[fold == k])
        prediction[fold == k] = test @ fit(train, y[fold != k])
    return prediction


def write(name, header, columns, formats):
    rows = [",".join(f % v for f, v in zip(formats, row)) for row in zip(*columns)]
    (DATA / name).write_text("\n".join([header, *rows]) + "\n")


def write_set(name, features, label, x, y):
    """Numbers as the shortest decimals that read back as the same doubles; no time in the gzip."""
    number = lambda v: repr(float(v)).removesuffix(".0")
    lines = [",".join([*features, label])]
    lines += [",".join([*map(number, row), str(last)]) for row, last in zip(x, y)]
    text = "\n".join(lines) + "\n"
    (DATA / name).write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))


def write_sets():
    digits = load_digits()
    pixels = [f"pixel_{row}_{column}" for row in range(8) for column in range(8)]
    write_set("digits.csv.gz", pixels, "digit", digits.data, digits.target)
    cancer = load_breast_cancer()
    features = [name.replace(" ", "_") for name in cancer.feature_names]
    write_set("breast_cancer.csv.gz", features, "diagnosis", cancer.data,
              cancer.target_names[cancer.target])
    diabetes = load_diabetes(scaled=False)
    write_set("diabetes.csv.gz", diabetes.feature_names, "progression", diabetes.data,
              diabetes.target.astype(int))


def main():
    write_sets()
    x, y = load_breast_cancer(return_X_y=True)
    malignant = 1 - y
    logit = held_out(x, malignant, logistic_regression)
    write("breast_cancer_logits.csv", "logit,malignant", (logit, malignant), ("%.6f", "%d"))
    x, y = load_diabetes(return_X_y=True)
    write("diabetes_predictions.csv", "prediction,progression",
          (held_out(x, y, least_squares), y), ("%.4f", "%.0f"))


if __name__ == "__main__":
    main()
