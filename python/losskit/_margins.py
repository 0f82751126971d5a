"""Losses of raw margins, the scores that boosted trees and linear models add up."""

from __future__ import annotations

import numpy as np

from ._arrays import view
from ._call import CURVATURE_FLOOR, CURVATURES, Call, choose
from ._functions import FUNCTIONS
from ._registry import find_loss

# Losses of log E[y]: their margin is the logarithm of the prediction.
LOG_LINK = ("poisson", "gamma", "tweedie")

_NOT_OF_MARGINS = {
    "zero_one": "has no slope to follow; logistic and hinge stand in for it",
    "binary_cross_entropy": "takes probabilities, which margins are not; "
    "sigmoid_cross_entropy is the same of margins",
    "nll": "takes log-probabilities, which margins are not; "
    "softmax_cross_entropy is the same of margins",
}
_OPTIONS = ("labels", "class_weight")


def class_labels(target) -> np.ndarray:
    """Labels as int64: [n]. Boosting libraries keep them as floating-point numbers."""
    target = np.asarray(target)
    if target.dtype.kind in "iub":
        return target.astype(np.int64, copy=False)
    if target.dtype.kind != "f":
        raise TypeError(f"target has the dtype {target.dtype}; expected numbers of classes")
    with np.errstate(invalid="ignore"):
        labels = target.astype(np.int64)
    wrong = np.flatnonzero(labels != target)
    if wrong.size:
        at = wrong[0]
        raise ValueError(f"target[{at}] = {target[at]!s}; expected the number of a class")
    return labels


class MarginLoss:
    """A pointwise loss, or one over rows of class scores, of margins and targets.

    options: its parameters by name, its third input, and `labels` or `class_weight` where it takes
    them. Labels of margin losses are 0 and 1 unless labels="signed".
    """

    def __init__(self, name: str, options: dict) -> None:
        self.loss = find_loss(name)
        if name in _NOT_OF_MARGINS:
            raise ValueError(f"{name} {_NOT_OF_MARGINS[name]}")
        if self.loss.kind not in ("pointwise", "rows") or "target" not in self.loss.takes:
            raise ValueError(
                f"{name} is not a loss of margins; expected a pointwise loss, or one over rows of "
                "class scores with labels"
            )
        self.options = options
        if self.loss.family == "margin":
            self.options = {"labels": "01", **options}
        self._check_options()

    def __reduce__(self):
        return MarginLoss, (self.loss.name, self.options)

    @property
    def of_classes(self) -> bool:
        """Whether the loss is over rows: margins [n, K], targets classes."""
        return self.loss.kind == "rows"

    def _check_options(self) -> None:
        signature = FUNCTIONS[self.loss.name].signature.parameters
        known = {p.keyword for p in self.loss.parameters} | {self.loss.auxiliary, *_OPTIONS}
        unknown = [name for name in self.options if name not in known or name not in signature]
        if unknown:
            raise TypeError(f"{self.loss.name} has no parameter {', '.join(unknown)}")

    def probe(self, curvature: str) -> None:
        """Raises now what the options and the curvature mode would raise in training."""
        margins = np.zeros((0, 2) if self.of_classes else 0, np.float32)
        target = np.zeros(0, np.int64 if self.of_classes else np.float32)
        self.derivatives(margins, target, curvature=curvature)

    def call(self, margins, target, weight, reduction: str) -> Call:
        """A call with everything in it but outputs."""
        margins = np.asarray(margins)
        if self.of_classes:
            target = class_labels(target)
            if target.shape != margins.shape[:1] and margins.ndim == 2:
                raise ValueError(
                    f"{self.loss.name}: target has the shape {target.shape}; expected "
                    f"{margins.shape[:1]}, a class for each sample"
                )
            if margins.ndim != 2:
                raise ValueError(
                    f"{self.loss.name}: margins have the shape {margins.shape}; expected "
                    "[samples, classes], a column for each class"
                )
        else:
            target = np.asarray(target)
            if target.size != margins.size:
                raise ValueError(
                    f"{self.loss.name} takes single scores: there are margins of the shape "
                    f"{margins.shape} for {target.size} targets"
                )
            target = target.reshape(margins.shape)
        if weight is not None:
            weight = np.asarray(weight)
            if weight.size != len(margins):
                raise ValueError(
                    f"{self.loss.name}: weight has the shape {weight.shape}; expected "
                    f"{margins.shape[:1]}, one for each sample"
                )
            if not self.of_classes:
                weight = weight.reshape(-1, *[1] * (margins.ndim - 1))
        function = FUNCTIONS[self.loss.name]
        options = {"weight": weight, "reduction": reduction, **self.options}
        return function.prepare(function.bind((margins, target), options))

    def mean(self, margins, target, weight=None) -> float:
        """The mean over the samples, weighted."""
        return self.call(margins, target, weight, "weighted_mean").run()

    def derivatives(
        self, margins, target, weight=None, *, curvature="true", floor=None, scale=1.0, order="C"
    ) -> tuple[np.ndarray, np.ndarray]:
        """Gradient and curvature of each sample, weighted: float32, of the margins' shape.

        scale: what curvatures are multiplied by. order: "C" or "F", the layout of what is written.
        """
        call = self.call(margins, target, weight, "none")
        call.call.curvature_mode = choose(CURVATURES, curvature, "curvature")
        if floor is not None:
            call.call.flags |= CURVATURE_FLOOR
            call.call.curvature_floor = floor
        shape = np.shape(margins)
        gradient = np.empty(shape, np.float32, order=order)
        # A scaled curvature is rounded once: trees whose splits tie see the last bit.
        double = scale != 1 and np.asarray(margins).dtype == np.float64
        curved = np.empty(shape, np.float64 if double else np.float32, order=order)
        call.set("gradient", view(gradient, "gradient"))
        call.set("curvature", view(curved, "curvature"))
        call.run()
        if scale != 1:
            curved *= scale
        return gradient, curved.astype(np.float32, copy=False)

    def best_constant(self, target, weight=None) -> float:
        """The margin that is best for all samples when it must be the same for all.

        The best of 65 candidates, then the zero of the slope next to it. Losses that are not
        convex may have a better one between two candidates.
        """
        target = np.asarray(target, np.float64)
        if not target.size:
            raise ValueError("there is no best constant of no targets")
        wrong = np.flatnonzero(~np.isfinite(target))
        if wrong.size:
            raise ValueError(f"target[{wrong[0]}] = {target.flat[wrong[0]]}; expected a number")
        candidates = self._candidates(target)
        means = [self.mean(_same(c, target), target, weight) for c in candidates]
        best = min(range(len(means)), key=lambda k: (means[k], abs(candidates[k])))
        slope = self._slope(candidates[best], target, weight)
        if slope == 0:
            return float(candidates[best])
        beyond = best + (1 if slope < 0 else -1)
        if not 0 <= beyond < len(candidates):
            if self._is_of_predictions:
                return float(candidates[best])
            raise ValueError(
                f"{self.loss.name} has no best constant: it falls without end, as when all "
                "targets are of one class"
            )
        found = self._zero_of_slope(*sorted(candidates[[best, beyond]]), target, weight)
        better = self.mean(_same(found, target), target, weight) <= means[best]
        return found if better else float(candidates[best])

    @property
    def _is_of_predictions(self) -> bool:
        return self.loss.family == "regression" and self.loss.name not in LOG_LINK

    def _candidates(self, target: np.ndarray) -> np.ndarray:
        if self._is_of_predictions:
            return np.quantile(target, np.linspace(0, 1, 65))
        return np.linspace(-32, 32, 65)

    def _slope(self, at: float, target, weight) -> float:
        call = self.call(_same(at, target), target, weight, "weighted_mean")
        gradient = np.empty(target.shape)
        call.set("gradient", view(gradient, "gradient"))
        call.run()
        return float(gradient.sum())

    def _zero_of_slope(self, low: float, high: float, target, weight) -> float:
        middle = 0.5 * (low + high)
        while high - low > 1e-13 * max(1.0, abs(low), abs(high)):
            slope = self._slope(middle, target, weight)
            if slope == 0:
                break
            low, high = (middle, high) if slope < 0 else (low, middle)
            middle = 0.5 * (low + high)
        return float(middle)


def _same(number: float, like: np.ndarray) -> np.ndarray:
    """The number as an array, which takes no memory."""
    return np.broadcast_to(np.float64(number), like.shape)


def log_priors(target, weight=None, classes: int | None = None) -> np.ndarray:
    """log of the share of each class, [K]: the best constant margins of softmax cross-entropy."""
    labels = class_labels(target)
    if labels.size and labels.min() < 0:
        raise ValueError(f"target[{labels.argmin()}] = {labels.min()}; expected a class from 0")
    if weight is not None and np.shape(weight) != labels.shape:
        raise ValueError(
            f"weight has the shape {np.shape(weight)}; expected {labels.shape}, one for each sample"
        )
    counts = np.bincount(labels, weight, minlength=classes or 0).astype(np.float64)
    if classes is not None and counts.size > classes:
        raise ValueError(f"target holds the class {counts.size - 1}; there are {classes}")
    absent = np.flatnonzero(counts <= 0)
    if absent.size or not counts.size:
        which = f"class {absent[0]}" if absent.size else "any class"
        raise ValueError(f"target holds no samples of {which}, so that its share has no logarithm")
    return np.log(counts / counts.sum())
