"""losskit.boosting by itself: derivatives, initial scores, metrics and what is refused."""

import pickle

import numpy as np
import pytest

import losskit
from losskit.boosting import (
    initial_score,
    lightgbm_metric,
    lightgbm_objective,
    probabilities,
    xgboost_metric,
    xgboost_objective,
)

metrics = pytest.importorskip("sklearn.metrics")

# ---- gradients and curvatures --------------------------------------------------------------------


class Data:
    """What an objective asks of a DMatrix or a Dataset."""

    def __init__(self, label, weight=None):
        self.label, self.weight = label, weight

    def get_label(self):
        return self.label

    def get_weight(self):
        return self.weight


def test_each_sample_has_its_own_gradient_times_its_weight():
    rng = np.random.default_rng(1)
    margins, y, w = rng.normal(size=50), rng.integers(0, 2, 50), rng.uniform(0.5, 2, 50)
    objective = xgboost_objective("sigmoid_focal", gamma=1.5, curvature="true", curvature_floor=0.1)
    gradient, curvature = objective(margins, Data(y, w))
    _, expected, curved = losskit.value_and_grad.sigmoid_focal(
        margins, y, gamma=1.5, reduction="none", curvature="true"
    )
    np.testing.assert_allclose(gradient, expected * w, rtol=1e-6)
    np.testing.assert_allclose(curvature, np.maximum(curved, 0.1) * w, rtol=1e-6)
    assert curved.min() < 0.1


def test_the_curvature_that_is_chosen_without_being_told():
    def at(name, margins, target, **options):
        return xgboost_objective(name, **options)(np.array(margins), Data(np.array(target)))[1]

    assert at("huber", [30.0], [0.0]) == np.float32(1 / 30)  # fisher: delta / |r|
    assert at("hinge", [0.0], [1]) == 1  # a kink
    assert at("generalized_cross_entropy", [[9.0, -9.0]], [1])[0, 0] == np.float32(1e-2)
    assert at("softmax_cross_entropy", [[40.0, -40.0]], [0])[0, 0] == np.float32(1e-6)
    assert at("huber", [0.0], [0.0], curvature="upper", curvature_scale=3) == 3


def test_the_catalogue_tells_curvature_modes():
    modes = {name: losskit.losses[name].curvature_modes for name in losskit.losses}
    assert modes["huber"] == ("true", "fisher", "upper")
    assert modes["exponential"] == ("true", "fisher")
    assert modes["hinge"] == modes["softmax_cross_entropy"] == ("true",)
    for name, known in modes.items():
        if losskit.losses[name].kind == "pointwise" and name != "gaussian_nll":
            for mode in {"fisher", "upper"} - set(known):
                with pytest.raises(NotImplementedError):
                    losskit.value_and_grad.__dict__[name](
                        np.zeros(0), np.zeros(0), curvature=mode
                    )


def test_labels_of_margin_losses():
    margins, zeros_ones, signs = np.array([0.3, -2.0]), np.array([1, 0]), np.array([1, -1])
    a = xgboost_objective("logistic")(margins, Data(zeros_ones))
    b = xgboost_objective("logistic", labels="signed")(margins, Data(signs))
    np.testing.assert_array_equal(a, b)
    with pytest.raises(ValueError, match=r"target\[1\] = -1"):
        xgboost_objective("logistic")(margins, Data(signs))


def test_lightgbm_gets_fortran_order_and_xgboost_c_order():
    margins, y = np.zeros((4, 3)), np.array([0.0, 1, 2, 1])
    for array in lightgbm_objective("softmax_cross_entropy")(margins, Data(y)):
        assert array.dtype == np.float32 and array.flags.f_contiguous and array.shape == (4, 3)
    fortran = np.asfortranarray(margins)
    for array in xgboost_objective("softmax_cross_entropy")(fortran, Data(y)):
        assert array.dtype == np.float32 and array.flags.c_contiguous and array.shape == (4, 3)


@pytest.mark.parametrize("make", [xgboost_objective, lightgbm_objective])
@pytest.mark.parametrize("sklearn", [False, True])
def test_objectives_can_be_pickled(make, sklearn):
    objective = make("sigmoid_focal", gamma=3, sklearn=sklearn)
    copy = pickle.loads(pickle.dumps(objective))
    margins, y = np.linspace(-2, 2, 5), np.array([0, 1, 0, 1, 1])
    args = (y, margins) if sklearn else (margins, Data(y))
    if sklearn and make is lightgbm_objective:
        args += (None,)
    np.testing.assert_array_equal(copy(*args), objective(*args))
    told = f"{make.__name__}('sigmoid_focal', {'sklearn=True, ' if sklearn else ''}gamma=3"
    told += ", curvature='fisher', curvature_floor=1e-06, curvature_scale=1.0)"
    assert repr(copy) == told
    again = eval(told, {make.__name__: make})
    np.testing.assert_array_equal(again(*args), objective(*args))


# ---- initial scores ------------------------------------------------------------------------------


def test_initial_scores_are_the_known_ones():
    rng = np.random.default_rng(2)
    y, t, w = rng.random(501) < 0.2, rng.normal(size=501), rng.uniform(0.5, 2, 501)
    p = np.average(y, weights=w)
    assert initial_score("logistic", y, w) == pytest.approx(np.log(p / (1 - p)), abs=1e-9)
    assert initial_score("exponential", y, w) == pytest.approx(np.log(p / (1 - p)) / 2, abs=1e-9)
    assert initial_score("hinge", y) == initial_score("ramp", y) == -1
    assert initial_score("squared_error", t, w) == pytest.approx(np.average(t, weights=w))
    assert initial_score("absolute_error", t) == pytest.approx(np.median(t), abs=1e-9)
    assert initial_score("quantile", t, q=0.9) == pytest.approx(np.quantile(t, 0.9), abs=1e-9)
    for loss in ("poisson", "gamma", "tweedie"):
        assert initial_score(loss, np.exp(t)) == pytest.approx(np.log(np.exp(t).mean()))
    shares = initial_score("softmax_cross_entropy", [0, 1, 1, 2.0], [1, 1, 1, 3])
    np.testing.assert_allclose(np.exp(shares), [1 / 6, 1 / 3, 1 / 2])


@pytest.mark.parametrize("loss", ["tukey_biweight", "welsch", "cauchy", "sigmoid_focal", "huber"])
def test_no_constant_on_a_grid_is_better(loss):
    rng = np.random.default_rng(3)
    t = np.concatenate([rng.normal(size=60), rng.normal(9, 1, 40)])
    if loss == "sigmoid_focal":
        t = (t > 5).astype(float)
    function = getattr(losskit, loss)
    best = function(np.full(t.size, initial_score(loss, t)), t)
    grid = min(function(np.full(t.size, c), t) for c in np.linspace(-3, 12, 301))
    assert best <= grid + 1e-12


def test_initial_scores_that_do_not_exist():
    with pytest.raises(ValueError, match="logistic has no best constant"):
        initial_score("logistic", np.ones(5))
    with pytest.raises(ValueError, match="no samples of class 1"):
        initial_score("softmax_cross_entropy", [0, 2])
    with pytest.raises(ValueError, match="no samples of class 2"):
        initial_score("softmax_cross_entropy", [0, 1], classes=3)
    with pytest.raises(ValueError, match="no targets"):
        initial_score("huber", [])
    with pytest.raises(TypeError, match="single scores"):
        initial_score("huber", [1.0], classes=2)


# ---- metrics -------------------------------------------------------------------------------------


def test_metrics_are_those_of_scikit_learn():
    rng = np.random.default_rng(4)
    y, w = rng.integers(0, 2, 300), rng.uniform(0.5, 2, 300)
    s = rng.normal(size=300) + y
    predicted = s > 0
    expected = {
        "roc_auc": metrics.roc_auc_score(y, s, sample_weight=w),
        "average_precision": metrics.average_precision_score(y, s, sample_weight=w),
        "accuracy": metrics.accuracy_score(y, predicted, sample_weight=w),
        "balanced_accuracy": metrics.balanced_accuracy_score(y, predicted, sample_weight=w),
        "matthews": metrics.matthews_corrcoef(y, predicted, sample_weight=w),
        "precision": metrics.precision_score(y, predicted, sample_weight=w),
        "recall": metrics.recall_score(y, predicted, sample_weight=w),
        "f1": metrics.f1_score(y, predicted, sample_weight=w),
        "r2": metrics.r2_score(y, s, sample_weight=w),
        "mean_absolute_error": metrics.mean_absolute_error(y, s, sample_weight=w),
        "mean_squared_error": metrics.mean_squared_error(y, s, sample_weight=w),
    }
    for name, value in expected.items():
        assert xgboost_metric(name)(s, Data(y, w)) == (name, pytest.approx(value)), name
        assert xgboost_metric(name, sklearn=True)(y, s, sample_weight=w) == pytest.approx(value)
        told = (name, pytest.approx(value), not name.startswith("mean"))
        assert lightgbm_metric(name)(s, Data(y, w)) == told
        assert lightgbm_metric(name, sklearn=True)(y, s, w) == told


def test_metrics_can_be_pickled():
    s, data = np.array([0.5, -1.0, 2.0]), Data(np.array([1.0, 0, 0]))
    for name, options in (("sigmoid_focal", {"gamma": 1}), ("roc_auc", {})):
        metric = lightgbm_metric(name, **options)
        assert pickle.loads(pickle.dumps(metric))(s, data) == metric(s, data)
    told = "xgboost_metric('sigmoid_focal', sklearn=True, gamma=1)"
    assert repr(xgboost_metric("sigmoid_focal", sklearn=True, gamma=1)) == told


def test_metrics_of_several_classes():
    rng = np.random.default_rng(5)
    y = rng.integers(0, 4, 200)
    s = rng.normal(size=(200, 4)) + np.eye(4)[y]
    predicted = s.argmax(axis=1)
    data = Data(y.astype(np.float32))
    assert xgboost_metric("accuracy")(s, data)[1] == metrics.accuracy_score(y, predicted)
    f1 = metrics.f1_score(y, predicted, average="macro")
    assert xgboost_metric("f1")(s, data)[1] == pytest.approx(f1)
    auc = np.mean([metrics.roc_auc_score(y == k, s[:, k]) for k in range(4)])
    assert xgboost_metric("roc_auc")(np.asfortranarray(s), data)[1] == pytest.approx(auc)


# ---- refusals ------------------------------------------------------------------------------------

REFUSED = [
    ("hubr", {}, ValueError, "did you mean huber"),
    ("zero_one", {}, ValueError, "no slope"),
    ("nll", {}, ValueError, "softmax_cross_entropy"),
    ("binary_cross_entropy", {}, ValueError, "sigmoid_cross_entropy"),
    ("dice", {}, ValueError, "not a loss of margins"),
    ("softmax", {}, ValueError, "not a loss of margins"),
    ("kl_divergence", {}, ValueError, "probabilities"),
    ("hinge", {"curvature": "fisher"}, NotImplementedError, "no Fisher"),
    ("exponential", {"curvature": "upper"}, NotImplementedError, "upper bound"),
    ("softmax_cross_entropy", {"curvature": "fisher"}, NotImplementedError, "true curvature"),
    ("huber", {"curvature": "newton"}, ValueError, "'newton'"),
    ("huber", {"curvature_floor": -1}, ValueError, "curvature_floor = -1"),
    ("huber", {"curvature_scale": 0}, ValueError, "curvature_scale = 0"),
    ("huber", {"delta": -1}, ValueError, "delta = -1"),
    ("huber", {"gamma": 2}, TypeError, "gamma"),
    ("huber", {"labels": "01"}, TypeError, "labels"),
    ("gaussian_nll", {}, TypeError, "variance"),
]


@pytest.mark.parametrize("loss, options, error, sentence", REFUSED)
@pytest.mark.parametrize("make", [xgboost_objective, lightgbm_objective])
def test_refusals(make, loss, options, error, sentence):
    with pytest.raises(error, match=sentence):
        make(loss, **options)


def test_refusals_in_training():
    softmax, logistic = xgboost_objective("softmax_cross_entropy"), xgboost_objective("logistic")
    with pytest.raises(ValueError, match=r"target\[1\] = 0.5"):
        softmax(np.zeros((2, 3)), Data(np.array([1, 0.5])))
    with pytest.raises(ValueError, match=r"target\[1\] = nan"):
        softmax(np.zeros((2, 3)), Data(np.array([1, np.nan])))
    with pytest.raises(ValueError, match=r"target\[1\] = 3"):
        softmax(np.zeros((2, 3)), Data(np.array([1.0, 3])))
    with pytest.raises(ValueError, match="a column for each class"):
        softmax(np.zeros(2), Data(np.array([1.0, 0])))
    with pytest.raises(ValueError, match="single scores"):
        logistic(np.zeros((2, 3)), Data(np.array([1.0, 0])))


def test_probabilities_know_the_loss():
    margins = np.array([-1.0, 0.0, 3.0])
    for loss, factor in (("logistic", 1), ("sigmoid_focal", 1), ("exponential", 2)):
        p = probabilities(loss, margins)
        np.testing.assert_allclose(p[:, 1], 1 / (1 + np.exp(-factor * margins)))
        np.testing.assert_allclose(p.sum(axis=1), 1)
    rows = np.array([[0.0, 1.0, 5.0]])
    e = np.exp(2 * np.tanh(rows / 2))
    np.testing.assert_allclose(probabilities("softmax_cross_entropy", rows, softcap=2), e / e.sum())


def test_refusals_of_metrics_and_probabilities():
    with pytest.raises(ValueError, match="no metric 'foo'.*roc_auc"):
        xgboost_metric("foo")
    with pytest.raises(TypeError, match="beta"):
        lightgbm_metric("f1", beta=2)
    with pytest.raises(NotImplementedError, match="hinge"):
        probabilities("hinge", [0.0])
    with pytest.raises(ValueError, match="expected"):
        probabilities("logistic", [[0.0, 1.0]])
