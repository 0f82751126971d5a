"""Objectives, initial scores and metrics for XGBoost and LightGBM from losskit's losses.

    >>> from losskit.boosting import initial_score, xgboost_objective
    >>> xgboost_objective("huber", curvature_floor=0.1)
    xgboost_objective('huber', curvature='fisher', curvature_floor=0.1, curvature_scale=1.0)
    >>> round(initial_score("logistic", [0, 0, 0, 1]), 4)      # log(1 / 3)
    -1.0986

`xgboost.train(params, data, obj=objective)` and `lightgbm.train({"objective": objective}, data)`
take them; with sklearn=True they are what XGBClassifier, LGBMClassifier and the regressors take as
`objective`. All can be pickled.

Trees add up raw margins, so that is what objectives and metrics see and what a model trained with
them predicts: `probabilities` makes probabilities of them. Targets of margin losses are 0 and 1.
Neither library starts from the best constant when the objective is not its own: `initial_score`
is that constant, to be given as base_score, base_margin or init_score.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ._margins import MarginLoss, log_priors
from ._registry import LOSSES, Loss, real_number

Derivatives = Callable[..., tuple[np.ndarray, np.ndarray]]

__all__ = [
    "initial_score",
    "lightgbm_metric",
    "lightgbm_objective",
    "probabilities",
    "xgboost_metric",
    "xgboost_objective",
]


def _made(maker: str, name: str, sklearn: bool, *options: dict) -> str:
    """How something was made: "xgboost_metric('huber', delta=2)"."""
    shown = [f", {key}={value!r}" for given in options for key, value in given.items()]
    return f"{maker}({name!r}{', sklearn=True' if sklearn else ''}{''.join(shown)})"


class _Objective:
    """Gradient and curvature of a loss as a boosting library wants them."""

    _order = "C"
    _maker = ""
    _sklearn = False

    def __init__(self, loss, options, curvature, curvature_floor, curvature_scale) -> None:
        self._loss = MarginLoss(loss, options)
        described = self._loss.loss
        if curvature is None:
            curvature = "fisher" if "fisher" in described.curvature_modes else "true"
        if curvature_floor is None:
            curvature_floor = _default_floor(described, curvature)
        curvature_floor = real_number(curvature_floor, "curvature_floor")
        curvature_scale = real_number(curvature_scale, "curvature_scale")
        if not (np.isfinite(curvature_floor) and curvature_floor >= 0):
            raise ValueError(f"curvature_floor = {curvature_floor}; expected a number from 0")
        if not (np.isfinite(curvature_scale) and curvature_scale > 0):
            raise ValueError(f"curvature_scale = {curvature_scale}; expected a number above 0")
        self._curvature = curvature
        self._floor = curvature_floor
        self._scale = curvature_scale
        self._loss.probe(curvature)

    def __repr__(self) -> str:
        curved = {
            "curvature": self._curvature,
            "curvature_floor": self._floor,
            "curvature_scale": self._scale,
        }
        name, options = self._loss.loss.name, self._loss.options
        return _made(self._maker, name, self._sklearn, options, curved)

    def _derivatives(self, margins, target, weight) -> tuple[np.ndarray, np.ndarray]:
        return self._loss.derivatives(
            margins,
            target,
            _weights(weight),
            curvature=self._curvature,
            floor=self._floor,
            scale=self._scale,
            order=self._order,
        )


def _default_floor(loss: Loss, curvature: str) -> float:
    if "differentiable" not in loss.traits:
        return 1.0
    may_be_negative = curvature == "true" and "convex" not in loss.traits
    return 1e-2 if may_be_negative else 1e-6


def _weights(weight) -> np.ndarray | None:
    """None for XGBoost's empty array, which means that there are none."""
    return None if weight is None or not np.size(weight) else weight


class _XGBoostObjective(_Objective):
    _maker = "xgboost_objective"

    def __call__(self, predt, dtrain) -> tuple[np.ndarray, np.ndarray]:
        return self._derivatives(predt, dtrain.get_label(), dtrain.get_weight())


class _XGBoostSklearnObjective(_Objective):
    _maker = "xgboost_objective"
    _sklearn = True

    def __call__(self, y_true, y_pred, *, sample_weight=None) -> tuple[np.ndarray, np.ndarray]:
        return self._derivatives(y_pred, y_true, sample_weight)


class _LightGBMObjective(_Objective):
    _order = "F"  # LightGBM keeps the scores of a class together
    _maker = "lightgbm_objective"

    def __call__(self, preds, train_data) -> tuple[np.ndarray, np.ndarray]:
        return self._derivatives(preds, train_data.get_label(), train_data.get_weight())


class _LightGBMSklearnObjective(_Objective):
    _order = "F"
    _maker = "lightgbm_objective"
    _sklearn = True

    # LightGBM counts the arguments: with three, the third one is the weights.
    def __call__(self, y_true, y_pred, weight) -> tuple[np.ndarray, np.ndarray]:
        return self._derivatives(y_pred, y_true, weight)


def xgboost_objective(
    loss: str,
    *,
    sklearn: bool = False,
    curvature: str | None = None,
    curvature_floor: float | None = None,
    curvature_scale: float = 1.0,
    **options,
) -> Derivatives:
    """An objective for xgboost.train(obj=...), or, with sklearn, XGBClassifier and XGBRegressor.

    loss
        name of a pointwise loss, or of one over rows of class scores that takes labels
    sklearn
        the objective is called (y_true, y_pred, *, sample_weight) instead of (predt, dtrain)
    curvature
        "true", clipped at the floor; "fisher", never negative; or "upper", a bound. By default
        "fisher" where the loss has it, else "true". docs/curvature.md has them all.
    curvature_floor
        least curvature of a sample, before its weight and curvature_scale. By default 1e-6; 1e-2
        where the curvature may be negative, that is, "true" of losses that are not convex; and 1
        for losses with kinks, whose curvature is 0 (steps are then those of gradient descent, and
        want a learning rate of the targets' size)
    curvature_scale
        what curvatures are multiplied by. XGBoost's own softmax takes 2 p (1 - p):
        curvature_scale=2 of "softmax_cross_entropy".
    options
        the loss's parameters, and `labels` ("01", or "signed") or `class_weight`

    It returns (gradient, curvature), float32 of the margins' shape, times the samples' weights:
    [n], or [n, K] for losses over rows. A pointwise loss takes [n, T] of T targets.

    Raises ValueError or TypeError for what the loss does not take, and NotImplementedError for a
    curvature that it does not have. In training, ValueError for targets that it does not take.
    """
    make = _XGBoostSklearnObjective if sklearn else _XGBoostObjective
    return make(loss, options, curvature, curvature_floor, curvature_scale)


def lightgbm_objective(
    loss: str,
    *,
    sklearn: bool = False,
    curvature: str | None = None,
    curvature_floor: float | None = None,
    curvature_scale: float = 1.0,
    **options,
) -> Derivatives:
    """The same for lightgbm.train(params={"objective": ...}), or LGBMClassifier and LGBMRegressor.

    See xgboost_objective. With sklearn it is called (y_true, y_pred, weight), else
    (preds, train_data). Arrays [n, K] come in Fortran's order, which LightGBM takes as they are.
    LightGBM's own softmax takes K / (K - 1) p (1 - p): that is its curvature_scale.
    """
    make = _LightGBMSklearnObjective if sklearn else _LightGBMObjective
    return make(loss, options, curvature, curvature_floor, curvature_scale)


class _Metric:
    """The mean of a loss, or a metric of losskit_learn, on raw margins."""

    _maker = ""
    _sklearn = False

    def __init__(self, metric: str, options: dict) -> None:
        self.__name__ = metric
        self._options = options
        if metric in LOSSES:
            self._loss: MarginLoss | None = MarginLoss(metric, options)
            self._loss.probe("true")
            self.higher_is_better = False
            return
        from ._metrics import METRICS

        if metric not in METRICS:
            raise ValueError(
                f"there is no metric {metric!r}; expected the name of a loss, or one of "
                + ", ".join(METRICS)
            )
        if options:
            raise TypeError(f"{metric} has no parameter {', '.join(options)}")
        self._loss = None
        self.higher_is_better = METRICS[metric][1]

    def __repr__(self) -> str:
        return _made(self._maker, self.__name__, self._sklearn, self._options)

    def _value(self, margins, target, weight) -> float:
        if self._loss is not None:
            return self._loss.mean(margins, target, _weights(weight))
        from ._metrics import METRICS

        return METRICS[self.__name__][0](margins, target, _weights(weight))


class _XGBoostMetric(_Metric):
    _maker = "xgboost_metric"

    def __call__(self, predt, dtrain) -> tuple[str, float]:
        return self.__name__, self._value(predt, dtrain.get_label(), dtrain.get_weight())


class _XGBoostSklearnMetric(_Metric):
    _maker = "xgboost_metric"
    _sklearn = True

    def __call__(self, y_true, y_pred, *, sample_weight=None) -> float:
        return self._value(y_pred, y_true, sample_weight)


class _LightGBMMetric(_Metric):
    _maker = "lightgbm_metric"

    def __call__(self, preds, eval_data) -> tuple[str, float, bool]:
        value = self._value(preds, eval_data.get_label(), eval_data.get_weight())
        return self.__name__, value, self.higher_is_better


class _LightGBMSklearnMetric(_Metric):
    _maker = "lightgbm_metric"
    _sklearn = True

    def __call__(self, y_true, y_pred, weight) -> tuple[str, float, bool]:
        return self.__name__, self._value(y_pred, y_true, weight), self.higher_is_better


def xgboost_metric(metric: str, *, sklearn: bool = False, **options) -> Callable:
    """A metric for xgboost.train(custom_metric=...), or, with sklearn, `eval_metric`.

    metric
        a loss, whose mean it is (options: its parameters); or "roc_auc", "average_precision",
        "accuracy", "balanced_accuracy", "matthews", "precision", "recall", "f1", "r2",
        "mean_absolute_error" or "mean_squared_error". A class is the one with the largest margin;
        of one margin, class 1 when it is above 0. Precision, recall and F1 are those of class 1,
        or of more classes their means.

    It sees raw margins when the objective is a callable, as those here are: XGBoost passes
    predictions otherwise. Early stopping on a metric that should rise needs maximize=True (in
    xgboost.callback.EarlyStopping). Samples are weighted.

    Raises ValueError or TypeError for what there is not, and ImportError where the library was
    built without training and the metric is no loss.
    """
    return (_XGBoostSklearnMetric if sklearn else _XGBoostMetric)(metric, options)


def lightgbm_metric(metric: str, *, sklearn: bool = False, **options) -> Callable:
    """The same for lightgbm.train(feval=...), or, with sklearn, fit(eval_metric=...).

    See xgboost_metric. LightGBM is told whether more is better.
    """
    return (_LightGBMSklearnMetric if sklearn else _LightGBMMetric)(metric, options)


def initial_score(
    loss: str, target, weight=None, *, classes: int | None = None, **options
) -> float | np.ndarray:
    """The margin to start from: the constant with the least mean loss.

    Of a pointwise loss a float, found by bisection on its slope; of one over rows an array [K], the
    logarithms of the classes' shares, which are best for softmax_cross_entropy and a start for the
    others. classes: K, where the highest classes may be absent from target.

    XGBoost takes it as base_score (of xgboost.train and XGBRegressor; XGBClassifier wants a
    probability there) or as base_margin of each sample, and adds base_score to predictions by
    itself. LightGBM takes init_score of each sample, and does not add it: add it to what
    predict(raw_score=True) gives.

    Raises ValueError where no constant is best: all targets of one class, a class without samples.
    """
    described = MarginLoss(loss, options)
    weight = _weights(weight)
    if described.of_classes:
        return log_priors(target, weight, classes)
    if classes is not None:
        raise TypeError(f"{loss} takes single scores, not {classes} classes")
    return described.best_constant(target, weight)


def probabilities(loss: str, margins, **options) -> np.ndarray:
    """Probabilities of the classes from raw margins.

    margins: [n] of a pointwise loss for two classes, or [n, K]. Returns [n, 2] or [n, K]: the
    softmax or the sigmoid of the margins, or what else the loss makes of them. What the loss's own
    weights (pos_weight, alpha) and focus do to them is not taken back.

    Raises NotImplementedError for losses whose scores are no function of probabilities: hinge.
    """
    from ._learn import link_of

    described = MarginLoss(loss, options)
    margins = np.asarray(margins, np.float64)
    columns = margins.shape[-1] if described.of_classes and margins.ndim else 1
    if margins.ndim != (2 if described.of_classes else 1) or (described.of_classes and columns < 2):
        raise ValueError(
            f"margins have the shape {margins.shape}; expected "
            + ("[samples, two classes or more]" if described.of_classes else "[samples]")
        )
    parameters = {p.keyword for p in described.loss.parameters}
    numbers = {key: value for key, value in options.items() if key in parameters}
    return link_of(loss, numbers, max(columns, 2)).probabilities(margins.reshape(-1, columns))
