"""Metrics of losskit_learn.h on raw margins: scores of class 1 [n], or of each class [n, K]."""

from __future__ import annotations

import ctypes as c
from collections.abc import Callable

import numpy as np

from . import _native as native
from ._learn import Average, Classification, ClassMetrics, Regression
from ._margins import class_labels
from ._native import check

_P, _N = c.c_void_p, c.c_int64
_AverageP = c.POINTER(Average)
_RegressionP = c.POINTER(Regression)
_declare = native._declare
_declare("lk_roc_auc", c.c_int, _N, _P, _P, _P, c.POINTER(c.c_double))
_declare("lk_average_precision", c.c_int, _N, _P, _P, _P, c.POINTER(c.c_double))
_declare("lk_roc_auc_classes", c.c_int, _N, _N, _P, _P, _P, _P, _AverageP)
_declare("lk_average_precision_classes", c.c_int, _N, _N, _P, _P, _P, _P, _AverageP)
_declare("lk_classify_scores", c.c_int, _N, _N, _P, c.c_double, _P)
_declare("lk_confusion_matrix", c.c_int, _N, _N, _P, _P, _P, _P)
_declare(
    "lk_classification_metrics",
    c.c_int, _N, _P, c.c_double, c.POINTER(ClassMetrics), c.POINTER(Classification),
)  # fmt: skip
_declare(
    "lk_regression_metrics",
    c.c_int, _N, _N, _P, _P, _P, c.c_double, _RegressionP, _RegressionP,
)  # fmt: skip

Metric = Callable[[np.ndarray, np.ndarray, "np.ndarray | None"], float]


def _arrays(margins, target, weight) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """C-ordered float64, and weights of the samples; ValueError when they do not fit."""
    margins = np.ascontiguousarray(margins, np.float64)
    target = np.asarray(target)
    if target.size == margins.size:
        target = target.reshape(margins.shape)
    weight = None if weight is None else np.ascontiguousarray(weight, np.float64)
    if len(target) != len(margins) or (weight is not None and weight.shape != (len(margins),)):
        raise ValueError(
            f"margins {margins.shape}, targets {target.shape}"
            + ("" if weight is None else f" and weights {weight.shape}")
            + " do not fit"
        )
    return margins, target, weight


def _address(x: np.ndarray | None) -> int | None:
    return None if x is None else x.ctypes.data


def _ranking(name: str) -> Metric:
    """lk_roc_auc or lk_average_precision; of more than two classes the mean over them."""
    of_two = getattr(native.lib, f"lk_{name}")
    of_classes = getattr(native.lib, f"lk_{name}_classes")

    def measure(margins, target, weight=None) -> float:
        margins, target, weight = _arrays(margins, target, weight)
        labels = np.ascontiguousarray(class_labels(target))
        addresses = [_address(x) for x in (labels, margins, weight)]
        if margins.ndim == 1:
            found = c.c_double()
            check(of_two(len(margins), *addresses, found))
            return found.value
        average = Average()
        check(of_classes(*margins.shape, *addresses, None, average))
        return average.macro

    return measure


def _classification(read: Callable[[Classification, c.Array], float]) -> Metric:
    """Of the class with the largest margin; of one margin, class 1 when it is above 0."""

    def measure(margins, target, weight=None) -> float:
        margins, target, weight = _arrays(margins, target, weight)
        labels = np.ascontiguousarray(class_labels(target))
        columns = 1 if margins.ndim == 1 else margins.shape[1]
        classes = max(columns, 2)
        predicted = np.empty(len(margins), np.int64)
        matrix = np.empty((classes, classes))
        lib, n = native.lib, len(margins)
        check(lib.lk_classify_scores(n, columns, margins.ctypes.data, 0.0, predicted.ctypes.data))
        check(
            lib.lk_confusion_matrix(
                n,
                classes,
                labels.ctypes.data,
                predicted.ctypes.data,
                _address(weight),
                matrix.ctypes.data,
            )
        )
        each, found = (ClassMetrics * classes)(), Classification()
        check(lib.lk_classification_metrics(classes, matrix.ctypes.data, 1.0, each, found))
        return read(found, each)

    return measure


def _of_class_1(name: str) -> Metric:
    """Of two classes that of class 1; of more the mean over the classes that occur."""
    return _classification(
        lambda found, each: getattr(each[1] if len(each) == 2 else found.macro, name)
    )


def _regression(name: str) -> Metric:
    def measure(margins, target, weight=None) -> float:
        margins, target, weight = _arrays(margins, target, weight)
        target = np.ascontiguousarray(target, np.float64)
        if target.shape != margins.shape:
            raise ValueError(f"margins {margins.shape} and targets {target.shape} do not fit")
        outputs = 1 if margins.ndim == 1 else margins.shape[1]
        found = Regression()
        addresses = [_address(x) for x in (target, margins, weight)]
        check(
            native.lib.lk_regression_metrics(len(margins), outputs, *addresses, 0.5, None, found)
        )
        return getattr(found, name)

    return measure


# By name, with whether more is better.
METRICS: dict[str, tuple[Metric, bool]] = {
    "roc_auc": (_ranking("roc_auc"), True),
    "average_precision": (_ranking("average_precision"), True),
    "accuracy": (_classification(lambda found, each: found.accuracy), True),
    "balanced_accuracy": (_classification(lambda found, each: found.balanced_accuracy), True),
    "matthews": (_classification(lambda found, each: found.matthews), True),
    "precision": (_of_class_1("precision"), True),
    "recall": (_of_class_1("recall"), True),
    "f1": (_of_class_1("f"), True),
    "r2": (_regression("r2"), True),
    "mean_absolute_error": (_regression("mean_absolute_error"), False),
    "mean_squared_error": (_regression("mean_squared_error"), False),
}
