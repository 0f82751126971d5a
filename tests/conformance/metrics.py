#!/usr/bin/env python3
"""Writes the vectors that tests/test_learn_metrics.c compares losskit's metrics with: those of
scikit-learn 1.9.

    tests/conformance/metrics.py [FILE]

Deterministic. A case is a line `case KIND NAME` and lines `KEY NUMBER...`; matrices are in C order.
Average precision of a class against the rest and the calibration errors, which scikit-learn has not
under these names, are made from what it has."""

import pathlib
import sys
import warnings

import numpy as np
import sklearn
from sklearn import metrics
from sklearn.calibration import calibration_curve

random = np.random.default_rng(20)
lines = []


def case(kind, name, **values):
    lines.append(f"case {kind} {name}")
    for key, value in values.items():
        if value is not None:
            numbers = np.asarray(value, dtype=float).ravel()
            lines.append(" ".join([key] + [repr(float(x)) for x in numbers]))


def integers(n, weighted):
    return np.array([0.25, 0.5, 1, 2, 0])[random.integers(0, 5, n)] if weighted else None


def classes(name, truth, predicted, n_classes, beta, weight=None):
    each = metrics.precision_recall_fscore_support(
        truth, predicted, beta=beta, labels=range(n_classes), sample_weight=weight,
        zero_division=0)
    averages = {a: metrics.precision_recall_fscore_support(
        truth, predicted, beta=beta, average=a, sample_weight=weight, zero_division=0)[:3]
        for a in ("micro", "macro", "weighted")}
    kappa = metrics.cohen_kappa_score(truth, predicted, sample_weight=weight)
    case("classes", name, classes=n_classes, beta=beta, truth=truth, predicted=predicted,
         weight=weight,
         matrix=metrics.confusion_matrix(truth, predicted, labels=range(n_classes),
                                         sample_weight=weight),
         accuracy=metrics.accuracy_score(truth, predicted, sample_weight=weight),
         balanced=metrics.balanced_accuracy_score(truth, predicted, sample_weight=weight),
         matthews=metrics.matthews_corrcoef(truth, predicted, sample_weight=weight),
         kappa=None if np.isnan(kappa) else kappa,
         precision=each[0], recall=each[1], f=each[2], support=each[3], **averages)


def ranking(name, truth, scores, weight=None):
    roc = {}
    for key, drop in (("every", False), ("corners", True)):
        x, y, threshold = metrics.roc_curve(truth, scores, sample_weight=weight,
                                            drop_intermediate=drop)
        roc |= {f"{key}_x": x, f"{key}_y": y, f"{key}_threshold": threshold}
    y, x, threshold = metrics.precision_recall_curve(truth, scores, sample_weight=weight)
    case("ranking", name, truth=truth, scores=scores, weight=weight, **roc, pr_x=x[::-1],
         pr_y=y[::-1], pr_threshold=np.append(threshold, np.inf)[::-1],
         auc=metrics.roc_auc_score(truth, scores, sample_weight=weight),
         precision=metrics.average_precision_score(truth, scores, sample_weight=weight))


def rest(name, truth, scores, weight=None):
    n_classes = scores.shape[1]
    ones = np.eye(n_classes, dtype=int)[truth]
    areas = {}
    for key, measure in (("auc", metrics.roc_auc_score), ("ap", metrics.average_precision_score)):
        for average, word in ((None, "each"), ("macro", "macro"), ("weighted", "weighted")):
            areas[f"{key}_{word}"] = measure(ones, scores, average=average, sample_weight=weight)
    tops = [metrics.top_k_accuracy_score(truth, scores, k=k, labels=range(n_classes),
                                         sample_weight=weight) for k in range(1, n_classes)]
    case("rest", name, classes=n_classes, truth=truth, scores=scores, weight=weight, **areas,
         top=tops)


def calibration(truth, p, bins, strategy):
    """That of scikit-learn, which has no weights."""
    y, x = calibration_curve(truth, p, n_bins=bins, strategy=strategy)
    edges = (np.linspace(0, 1, bins + 1) if strategy == "uniform"
             else np.percentile(p, np.linspace(0, 1, bins + 1) * 100))
    count = np.bincount(np.searchsorted(edges[1:-1], p), minlength=bins)
    count = count[count > 0]
    gap = np.abs(y - x)
    return {f"{strategy}_x": x, f"{strategy}_y": y, f"{strategy}_weight": count,
            f"{strategy}_ece": np.sum(count * gap) / len(p), f"{strategy}_mce": gap.max()}


def probabilities(name, truth, p, weight=None, bins=None, logits=None):
    curves = {}
    columns = 1 if p.ndim == 1 else p.shape[1]
    if bins:
        for strategy in ("uniform", "quantile"):
            curves |= calibration(truth, p, bins, strategy)
    labels = range(max(columns, 2))
    case("probabilities", name, columns=columns, truth=truth, probabilities=p, weight=weight,
         bins=bins, logits=logits,
         log_loss=metrics.log_loss(truth, p, sample_weight=weight, labels=labels),
         brier=metrics.brier_score_loss(
             truth, p, sample_weight=weight, **({"labels": labels} if columns > 1 else {})),
         **curves)


def regression(name, truth, predicted, quantile, weight=None):
    outputs = 1 if truth.ndim == 1 else truth.shape[1]
    log = (truth > -1).all() and (predicted > -1).all()
    both = {"sample_weight": weight}
    errors = np.abs(truth - predicted)
    used = errors if weight is None else errors[weight > 0]
    case("regression", name, outputs=outputs, quantile=quantile, truth=truth, predicted=predicted,
         weight=weight, mse=metrics.mean_squared_error(truth, predicted, **both),
         rmse=metrics.root_mean_squared_error(truth, predicted, **both),
         mae=metrics.mean_absolute_error(truth, predicted, **both),
         median=metrics.median_absolute_error(truth, predicted, **both), max=used.max(),
         r2=metrics.r2_score(truth, predicted, **both),
         explained=metrics.explained_variance_score(truth, predicted, **both),
         mape=metrics.mean_absolute_percentage_error(truth, predicted, **both),
         msle=metrics.mean_squared_log_error(truth, predicted, **both) if log else None,
         pinball=metrics.mean_pinball_loss(truth, predicted, alpha=quantile, **both))


def class_cases():
    for weighted in (False, True):
        word = "weighted" if weighted else "plain"
        for n_classes, beta in ((2, 1), (3, 2), (7, 0.5)):
            truth = random.integers(0, n_classes, 60)
            predicted = np.where(random.random(60) < 0.6, truth, random.integers(0, n_classes, 60))
            classes(f"{n_classes}_{word}", truth, predicted, n_classes, beta, integers(60, weighted))
    truth = np.array([0] * 99 + [1])
    classes("all_majority", truth, np.zeros(100, int), 2, 1)
    classes("never_predicted", [0, 1, 2, 2], [0, 1, 1, 0], 3, 1)
    classes("never_there", [0, 1, 1, 0], [0, 1, 2, 2], 3, 1)
    classes("absent_class", [0, 3, 3, 0, 1], [0, 3, 1, 0, 1], 5, 1)
    classes("all_wrong", [0, 0, 1, 1], [1, 1, 0, 0], 2, 1)
    classes("one_class", [1, 1, 1], [1, 1, 1], 2, 1)
    classes("one_sample", [2], [0], 3, 1)


def ranking_cases():
    for weighted in (False, True):
        word = "weighted" if weighted else "plain"
        truth = random.integers(0, 2, 70)
        clear = np.round(truth + random.normal(size=70), 6)
        ranking(f"distinct_{word}", truth, clear, integers(70, weighted))
        ranking(f"tied_{word}", truth, np.round(clear), integers(70, weighted))
    ranking("all_tied", [0, 1, 1, 0, 1], [2.0] * 5)
    ranking("perfect", [0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4])
    ranking("reversed", [0, 0, 1, 1], [0.4, 0.3, 0.2, 0.1])
    ranking("two", [1, 0], [0.0, -0.0])


def rest_cases():
    for weighted in (False, True):
        for n_classes in (3, 5):
            truth = random.integers(0, n_classes, 50)
            scores = np.round(np.eye(n_classes)[truth] + random.normal(size=(50, n_classes)), 6)
            rest(f"{n_classes}_{'weighted' if weighted else 'plain'}", truth, scores,
                 integers(50, weighted))


def probability_cases():
    for weighted in (False, True):
        word = "weighted" if weighted else "plain"
        z = random.normal(size=80) * 2
        truth = (random.random(80) < 1 / (1 + np.exp(-z))).astype(int)
        p = np.round(1 / (1 + np.exp(-z)), 2)
        probabilities(f"binary_{word}", truth, p, integers(80, weighted))
        for n_classes in (2, 4):
            logits = np.round(random.normal(size=(40, n_classes)) * 2, 3)
            e = np.exp(logits)
            p = e / e.sum(axis=1, keepdims=True)
            label = random.integers(0, n_classes, 40)
            probabilities(f"{n_classes}_{word}", label, p, integers(40, weighted), logits=logits)
    for bins in (1, 5, 10, 30):
        truth = random.integers(0, 2, 90)
        p = np.round(np.clip(0.3 * truth + random.random(90), 0, 1), 2)
        probabilities(f"bins_{bins}", truth, p, bins=bins)
    probabilities("certain", np.array([0, 1, 0, 1]), np.array([0.0, 1.0, 1.0, 0.0]), bins=3)


def regression_cases():
    for weighted in (False, True):
        word = "weighted" if weighted else "plain"
        for n in (2, 31, 64):
            truth = np.round(random.gamma(2, 2, n), 4)
            predicted = np.round(truth * np.exp(random.normal(size=n) / 2), 4)
            weight = None
            if weighted:
                weight = np.maximum(integers(n, True), [1] + [0] * (n - 2) + [1])
            regression(f"{n}_{word}", truth, predicted, 0.9, weight)
    truth = np.round(random.normal(size=(20, 3)), 4)
    regression("three_outputs", truth, np.round(truth + random.normal(size=(20, 3)), 4), 0.25,
               integers(20, True))
    regression("shifted", 1e6 + np.arange(10.0), 1e6 + np.arange(10.0)[::-1], 0.5)
    regression("constant_wrong", np.full(4, 3.0), np.array([3.0, 2.0, 3.0, 4.0]), 0.5)
    regression("constant_right", np.full(4, 3.0), np.full(4, 3.0), 0.5)
    regression("zeros", np.array([0.0, 1.0, -2.0]), np.array([0.5, 1.0, -1.0]), 0.5)


def main():
    assert sklearn.__version__.startswith("1.9"), sklearn.__version__
    warnings.filterwarnings("ignore")
    default = pathlib.Path(__file__).parent / "metrics.txt"
    for cases in (class_cases, ranking_cases, rest_cases, probability_cases, regression_cases):
        cases()
    text = f"# scikit-learn {sklearn.__version__}; written by metrics.py\n" + "\n".join(lines) + "\n"
    pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else default).write_text(text)


if __name__ == "__main__":
    main()
