"""scikit-learn's side of losskit: scorers from any loss, and linear models trained with any loss.

    >>> import numpy as np
    >>> from losskit.sklearn import LossClassifier, RobustRegressor, scorer
    >>> X = np.arange(20.0).reshape(-1, 1)
    >>> y = 3 * X[:, 0] + 1
    >>> y[4] = 1000                                  # an outlier
    >>> model = RobustRegressor(loss="tukey_biweight").fit(X, y)
    >>> print(f"{model.coef_[0]:.3f} {model.intercept_:.3f}")
    3.000 1.000
    >>> from sklearn.model_selection import cross_val_score
    >>> scores = cross_val_score(model, X, y, scoring=scorer("huber", delta=2))

The models minimise, with losskit's own solvers,

    mean of weight * loss + l2 / 2 |w|^2 + l1 |w|_1

the weights being scaled to the mean 1; the intercept is not penalised. They take dense rows and
sparse ones. Features of very different scale want a StandardScaler before them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state, compute_sample_weight
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from ._learn import Dataset, link_of, train_linear
from ._margins import LOG_LINK, MarginLoss
from ._registry import find_loss

__all__ = ["LossClassifier", "RobustRegressor", "scorer"]

_FLOATS = (np.float64, np.float32)


# ---- scorers -------------------------------------------------------------------------------------


class _Scorer:
    """Minus the mean loss of an estimator's predictions or scores."""

    def __init__(self, loss: str, options: dict) -> None:
        self._loss = MarginLoss(loss, options)
        self._loss.probe("true")

    def __repr__(self) -> str:
        options = "".join(f", {key}={value!r}" for key, value in self._loss.options.items())
        return f"scorer({self._loss.loss.name!r}{options})"

    def __call__(self, estimator, X, y_true, sample_weight=None) -> float:
        name = self._loss.loss.name
        if self._loss.loss.family == "regression":
            margins = _numbers(name, estimator, estimator.predict(X))
            if name in LOG_LINK:
                margins = np.log(margins)
            return -self._loss.mean(margins, y_true, sample_weight)
        labels = _labels_of(name, estimator, y_true)
        margins = _scores(name, estimator, X)
        if self._loss.of_classes and margins.ndim == 1:
            margins = np.stack([np.zeros_like(margins), margins], axis=1)
        return -self._loss.mean(margins, labels, sample_weight)


def _numbers(loss: str, estimator, predictions) -> np.ndarray:
    predictions = np.asarray(predictions)
    if predictions.dtype.kind not in "iufb":
        raise TypeError(
            f"{loss} is a loss of numbers; {type(estimator).__name__} predicts "
            f"{predictions.flat[0]!s}"
        )
    return predictions.astype(np.float64)


def _labels_of(loss: str, estimator, y_true) -> np.ndarray:
    """The number of each label among the estimator's classes."""
    classes = getattr(estimator, "classes_", None)
    if classes is None:
        raise TypeError(
            f"{loss} is a loss of classes; {type(estimator).__name__} has no classes_, as a fitted "
            "classifier has"
        )
    y_true = np.asarray(y_true)
    labels = np.searchsorted(classes, y_true)
    unknown = classes[np.minimum(labels, len(classes) - 1)] != y_true
    if unknown.any():
        raise ValueError(f"the estimator does not know the class {y_true[unknown][0]!s}")
    return labels


def _scores(loss: str, estimator, X) -> np.ndarray:
    """[n] of two classes, [n, K] of more: decision_function, or the logarithms of predict_proba."""
    if hasattr(estimator, "decision_function"):
        return np.asarray(estimator.decision_function(X), np.float64)
    if not hasattr(estimator, "predict_proba"):
        raise TypeError(
            f"{loss} needs scores of classes; {type(estimator).__name__} has neither "
            "decision_function nor predict_proba"
        )
    p = np.asarray(estimator.predict_proba(X), np.float64)
    logarithms = np.log(np.maximum(p, np.finfo(np.float64).tiny))
    return logarithms[:, 1] - logarithms[:, 0] if p.shape[1] == 2 else logarithms


def scorer(loss: str, **options: Any) -> Callable[..., float]:
    """A scorer for cross_val_score, GridSearchCV ...: minus the mean loss, so that more is better.

    loss
        of numbers, of what the estimator's predict gives (poisson, gamma and tweedie: of its
        logarithm); of classes, of its decision_function or else the logarithms of predict_proba
    options
        the loss's parameters

    It is called (estimator, X, y, sample_weight=None) and can be pickled. Raises ValueError,
    TypeError or NotImplementedError for what the loss does not take.
    """
    return _Scorer(loss, options)


# ---- linear models -------------------------------------------------------------------------------


class _Linear(BaseEstimator):
    """What the two models share."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _train(self, X, target, sample_weight, classes: int | None = None) -> None:
        described = find_loss(self.loss)
        weight = None
        if sample_weight is not None:
            weight = _check_sample_weight(
                sample_weight, X, dtype=np.float64, ensure_non_negative=True
            )
            if weight.sum() == 0:
                raise ValueError("the sum of sample_weight is 0")
            weight = weight * (len(weight) / weight.sum())
        self.model_, report = train_linear(
            Dataset(X, target, weight, classes),
            described.name,
            self.loss_params,
            l1=self.l1,
            l2=self.l2,
            bias="free" if self.fit_intercept else "none",
            solver=self.solver,
            tolerance=0.0 if self.tol is None else self.tol,
            iterations=0 if self.max_iter is None else self.max_iter,
            seed=int(check_random_state(self.random_state).randint(2**31)),
        )
        self.n_iter_ = report.iterations
        self.solver_ = report.solver
        if not report.converged:
            warnings.warn(
                f"{report.solver} ended after {report.iterations} iterations without meeting its "
                "rule; scale the features, or raise max_iter or tol",
                ConvergenceWarning,
                stacklevel=3,
            )
        tensors = self.model_.tensors()
        self.coef_ = tensors["weight"]
        self.intercept_ = tensors.get("bias", np.zeros(len(self.coef_)))

    def _raw_scores(self, X) -> np.ndarray:
        check_is_fitted(self, "model_")
        X = validate_data(self, X, accept_sparse="csr", dtype=_FLOATS, reset=False)
        return self.model_.scores(X)


_PARAMETERS = """
    Parameters
    ----------
    loss : str
        {loss}
    loss_params : dict or None
        The loss's parameters by name: {{"delta": 2.0}}.
    l1, l2 : float
        Penalties, not negative.
    fit_intercept : bool
        Whether there is an intercept; it is not penalised.
    solver : str
        "auto", or one of docs/solvers.md: "newton", "lbfgs", "dual", "proximal", "sgd", "qr",
        "irls", "cccp".
    tol : float or None
        Of the solver's stopping rule, in (0, 1); None is its own.
    max_iter : int or None
        Most iterations; None is the solver's own limit.
    random_state : int, RandomState or None
        Of the order of rows (dual, sgd).
{more}
    Attributes
    ----------
    coef_, intercept_
        {weights}
    n_iter_ : int
    solver_ : str
        The solver that was used.
    n_features_in_, feature_names_in_
        As in scikit-learn.
"""


class RobustRegressor(RegressorMixin, _Linear):
    __doc__ = """Linear regression with any regression loss: huber unless told otherwise.

    Losses with a scale (huber's delta) want it in the targets' units. Of poisson, gamma and
    tweedie the linear score is the logarithm of what is predicted.
    """ + _PARAMETERS.format(
        loss="huber, absolute_error, quantile, tukey_biweight, squared_error, poisson ...",
        more="",
        weights="[features], float",
    )

    def __init__(
        self,
        loss: str = "huber",
        *,
        loss_params: dict[str, Any] | None = None,
        l1: float = 0.0,
        l2: float = 1e-4,
        fit_intercept: bool = True,
        solver: str = "auto",
        tol: float | None = None,
        max_iter: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.loss = loss
        self.loss_params = loss_params
        self.l1 = l1
        self.l2 = l2
        self.fit_intercept = fit_intercept
        self.solver = solver
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> RobustRegressor:
        """X [n, features], dense or sparse; y [n]; sample_weight [n] or None. Returns self."""
        if find_loss(self.loss).family != "regression":
            raise ValueError(f"{self.loss} is no loss of numbers; LossClassifier takes classes")
        X, y = validate_data(
            self, X, y, accept_sparse="csr", dtype=_FLOATS, y_numeric=True, multi_output=False
        )
        self._train(X, y, sample_weight)
        self.coef_ = self.coef_[0]
        self.intercept_ = float(self.intercept_[0])
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Predictions [n]."""
        scores = self._raw_scores(X)[:, 0]
        return np.exp(scores) if self.loss in LOG_LINK else scores


def _check_loss_of_classes(loss: str) -> None:
    """Refuses losses that a linear score cannot tell classes apart with."""
    described = find_loss(loss)
    if described.family == "regression" and "distance based" not in described.traits:
        raise ValueError(
            f"{loss} is a loss of numbers ({described.target}), not of classes; RobustRegressor "
            "takes it"
        )
    if loss == "perceptron":
        raise ValueError(
            "perceptron is least, 0, where all weights are 0, which tells no classes apart; hinge "
            "is the same loss with a margin"
        )


def _has_probabilities(estimator) -> bool:
    try:
        link = link_of(estimator.loss, estimator.loss_params, 2)
        link.probabilities(np.empty((0, link.info.outputs)))
    except (NotImplementedError, TypeError, ValueError) as reason:
        raise AttributeError(str(reason)) from None
    return True


class LossClassifier(ClassifierMixin, _Linear):
    __doc__ = """Linear classification with any loss of margins, logits or class scores.

    Losses of single scores train one class against the rest when there are more than two; losses
    over rows (softmax_cross_entropy, softmax_focal, multiclass_hinge ...) train them together.
    Losses of residuals (squared_error, huber ...) see the class as the numbers 0 and 1, and the
    boundary is 1/2. predict_proba is there when the loss has probabilities: logistic has, hinge has
    not.
    """ + _PARAMETERS.format(
        loss="logistic, hinge, squared_hinge, sigmoid_focal, softmax_cross_entropy, ramp ...",
        more="""    class_weight : dict, "balanced" or None
        As in scikit-learn; times sample_weight.
""",
        weights="[1 or classes, features], [1 or classes]",
    )

    def __init__(
        self,
        loss: str = "logistic",
        *,
        loss_params: dict[str, Any] | None = None,
        l1: float = 0.0,
        l2: float = 1e-4,
        fit_intercept: bool = True,
        solver: str = "auto",
        tol: float | None = None,
        max_iter: int | None = None,
        random_state: Any = None,
        class_weight: Any = None,
    ) -> None:
        self.loss = loss
        self.loss_params = loss_params
        self.l1 = l1
        self.l2 = l2
        self.fit_intercept = fit_intercept
        self.solver = solver
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state
        self.class_weight = class_weight

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> LossClassifier:
        """X [n, features], dense or sparse; y [n]: labels of any type. Returns self."""
        _check_loss_of_classes(self.loss)
        X, y = validate_data(self, X, y, accept_sparse="csr", dtype=_FLOATS)
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"y has one class, {self.classes_[0]!s}; a classifier needs samples of two or more"
            )
        if self.class_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X, dtype=np.float64)
            sample_weight = sample_weight * compute_sample_weight(self.class_weight, y)
        self._train(X, labels, sample_weight, len(self.classes_))
        return self

    def decision_function(self, X: Any) -> np.ndarray:
        """Scores: [n] of two classes, above 0 for classes_[1]; [n, classes] of more."""
        scores = self._raw_scores(X)
        if len(self.classes_) > 2:
            return scores
        if scores.shape[1] == 2:
            return scores[:, 1] - scores[:, 0]
        return scores[:, 0] - self.model_.info.boundary

    def predict(self, X: Any) -> np.ndarray:
        """Labels [n]."""
        scores = self._raw_scores(X)
        return self.classes_[self.model_.classes(scores)]

    @available_if(_has_probabilities)
    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities [n, classes]."""
        scores = self._raw_scores(X)
        return self.model_.probabilities(scores)

    @available_if(_has_probabilities)
    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Their logarithms."""
        return np.log(self.predict_proba(X))
