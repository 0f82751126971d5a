#!/usr/bin/env python3
"""Writes balance.txt, which tests/test_learn_*.c compare losskit_learn with: scikit-learn's scalers,
class weights, covariances and probabilities, and exact arithmetic where it has none.

    tests/conformance/balance.py [FOLDER]

Deterministic. A line is a name, the count of its numbers, and the numbers."""

import fractions
import pathlib
import sys

import numpy
import scipy.special
import sklearn
from sklearn.covariance import EmpiricalCovariance
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, StandardScaler
from sklearn.utils.class_weight import compute_class_weight

random = numpy.random.default_rng(7)
lines = []


def put(name, numbers):
    flat = numpy.asarray(numbers, dtype=float).ravel()
    lines.append(f"{name} {flat.size} " + " ".join(float(x).hex() for x in flat))


def weights():
    labels = numpy.repeat([0, 1, 2], [70, 25, 5])
    put("weights.labels", labels)
    put("weights.inverse", compute_class_weight("balanced", classes=numpy.unique(labels), y=labels))
    for name, beta in [("zero", 0.0), ("nine", 0.9), ("999", 0.999), ("near_one", 1 - 2.0**-40)]:
        exact = fractions.Fraction(beta)
        sizes = [70, 25, 5]
        each = [(1 - exact) / (1 - exact**n) for n in sizes]
        mean = sum(n * w for n, w in zip(sizes, each)) / sum(sizes)
        put(f"weights.effective.{name}", [beta] + [float(w / mean) for w in each])


def scaling():
    x = random.normal(size=(40, 5)) * [1, 1e-3, 50, 1, 1] + [0, 1e4, -7, 0, 0]
    x[:, 4] = random.integers(-2, 5, size=40)
    put("scaling.features", x)
    for name, scaler in [("standard", StandardScaler()), ("min_max", MinMaxScaler()),
                         ("max_abs", MaxAbsScaler())]:
        put(f"scaling.{name}", scaler.fit_transform(x))


def mahalanobis():
    mix = random.normal(size=(4, 4))
    x = random.normal(size=(60, 4)) @ mix + [3, -1, 100, 0]
    query = random.normal(size=(50, 4)) * 3 @ mix + [3, -1, 100, 0]
    weight = random.integers(0, 4, size=60)
    put("mahalanobis.features", x)
    put("mahalanobis.query", query)
    put("mahalanobis.weight", weight)
    fitted = EmpiricalCovariance().fit(x)
    distance = numpy.sqrt(fitted.mahalanobis(x))
    put("mahalanobis.plain", numpy.sqrt(fitted.mahalanobis(query)))
    for share in [0, 0.5, 0.95, 1]:
        put(f"mahalanobis.quantile.{share}", numpy.quantile(distance, share, method="inverted_cdf"))

    mean = numpy.average(x, axis=0, weights=weight)
    covariance = numpy.cov(x.T, aweights=weight, ddof=0)
    put("mahalanobis.mean", mean)
    for shrinkage in [0, 0.25, 1]:
        shrunk = (1 - shrinkage) * covariance + shrinkage * numpy.diag(numpy.diag(covariance))
        inverse = numpy.linalg.inv(shrunk)
        each = [numpy.sqrt(d @ inverse @ d) for d in query - mean]
        put(f"mahalanobis.shrunk.{shrinkage}", each)
        train = numpy.array([numpy.sqrt(d @ inverse @ d) for d in x - mean])
        put(f"mahalanobis.weighted_quantile.{shrinkage}",
            numpy.quantile(numpy.repeat(train, weight), 0.9, method="inverted_cdf"))


def probabilities():
    score = numpy.concatenate([numpy.linspace(-3, 3, 13), [-40, -745, 40, 800]])
    put("probabilities.score", score)
    put("probabilities.sigmoid", scipy.special.expit(score))
    put("probabilities.sigmoid_2s", scipy.special.expit(2 * score))

    x = random.normal(size=(90, 3))
    y = numpy.argmax(x + random.normal(size=x.shape), axis=1)
    two = (y == 1).astype(int)
    wide = 3 * random.normal(size=(30, 3))
    calm = {"alpha": 0.3, "random_state": 1}
    for name, model in [("logistic", SGDClassifier(loss="log_loss", **calm)),
                        ("modified_huber", SGDClassifier(loss="modified_huber", **calm)),
                        ("softmax", LogisticRegression())]:
        for classes, target in [(2, two), (3, y)]:
            if name == "softmax" and classes == 2:
                continue
            model.fit(x, target)
            put(f"probabilities.{name}.{classes}.score", model.decision_function(wide))
            put(f"probabilities.{name}.{classes}", model.predict_proba(wide))


def prior():
    """Bayes: the probability under another prior is p new / trained, normalised."""
    trained, new = numpy.array([0.5, 0.2, 0.3]), numpy.array([0.9, 0.04, 0.06])
    score = random.normal(size=(20, 3))
    p = scipy.special.softmax(score, axis=1) * new / trained
    put("prior.trained", trained)
    put("prior.new", new)
    put("prior.score", score)
    put("prior.softmax", p / p.sum(axis=1, keepdims=True))
    logit = random.normal(size=20) * 2
    put("prior.logit", logit)
    yes, no = scipy.special.expit(logit) * 0.03 / 0.4, scipy.special.expit(-logit) * 0.97 / 0.6
    put("prior.two", yes / (yes + no))


for part in (weights, scaling, mahalanobis, probabilities, prior):
    part()
folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
text = f"# Made by tests/conformance/balance.py with scikit-learn {sklearn.__version__}.\n"
(folder / "balance.txt").write_text(text + "\n".join(lines) + "\n")
