"""losskit.sklearn: scikit-learn's own checks, the same answers as its models, and scorers."""

import copy
import pickle

import numpy as np
import pytest

import losskit

pytest.importorskip("sklearn")

from sklearn import datasets, linear_model, svm
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss, mean_absolute_error, mean_poisson_deviance
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from losskit.sklearn import LossClassifier, RobustRegressor, scorer

sparse = pytest.importorskip("scipy.sparse")


def _what_a_gap_forgives(estimator) -> dict[str, str]:
    """The dual ends near the optimum, not at it: repeated rows are another way there."""
    if estimator.loss != "hinge":
        return {}
    reason = "the dual solver ends when the duality gap is small"
    return {
        "check_sample_weight_equivalence_on_dense_data": reason,
        "check_sample_weight_equivalence_on_sparse_data": reason,
    }


@parametrize_with_checks(
    [
        RobustRegressor(),
        RobustRegressor(loss="squared_error"),
        RobustRegressor(loss="log_cosh", solver="lbfgs"),
        LossClassifier(),
        LossClassifier(loss="squared_hinge", l2=0.1, solver="newton", tol=1e-12),
        LossClassifier(loss="hinge", l2=0.1),
        LossClassifier(loss="softmax_cross_entropy"),
        LossClassifier(loss="sigmoid_focal", loss_params={"gamma": 1}, solver="lbfgs"),
    ],
    expected_failed_checks=_what_a_gap_forgives,
)
def test_scikit_learns_checks(estimator, check):
    check(estimator)


# ---- the same answers as scikit-learn's own models -----------------------------------------------


@pytest.fixture(scope="module")
def diabetes():
    X, y = datasets.load_diabetes(return_X_y=True)
    return StandardScaler().fit_transform(X), y


@pytest.fixture(scope="module")
def cancer():
    X, y = datasets.load_breast_cancer(return_X_y=True)
    return StandardScaler().fit_transform(X), y


@pytest.fixture(scope="module")
def wine():
    X, y = datasets.load_wine(return_X_y=True)
    return StandardScaler().fit_transform(X), y


def weights(n):
    return np.random.default_rng(0).uniform(0.5, 2, n)


@pytest.mark.parametrize("weighted", [False, True])
def test_squared_error_is_ridge(diabetes, weighted):
    X, y = diabetes
    w = weights(len(y)) if weighted else np.ones(len(y))
    ours = RobustRegressor(loss="squared_error", l2=0.3).fit(X, y, w)
    theirs = linear_model.Ridge(alpha=0.3 * w.sum() / 2, tol=1e-10).fit(X, y, w)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-6)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-6)
    assert ours.score(X, y) == pytest.approx(theirs.score(X, y))


def test_squared_error_with_l1_is_the_lasso(diabetes):
    X, y = diabetes
    ours = RobustRegressor(loss="squared_error", l1=20.0, l2=0, tol=1e-8).fit(X, y)
    theirs = linear_model.Lasso(alpha=10.0, tol=1e-10).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-4)
    assert (ours.coef_ == 0).sum() == (theirs.coef_ == 0).sum() > 0


def test_absolute_error_is_the_median_regression(diabetes):
    X, y = diabetes
    ours = RobustRegressor(loss="absolute_error", tol=1e-6, random_state=0).fit(X, y)
    theirs = linear_model.QuantileRegressor(quantile=0.5, alpha=0).fit(X, y)
    least = mean_absolute_error(y, theirs.predict(X))
    assert least <= mean_absolute_error(y, ours.predict(X)) <= least * 1.002


def test_poisson_predicts_the_mean(diabetes):
    X, y = diabetes
    ours = RobustRegressor(loss="poisson", l2=0.1).fit(X, y)
    theirs = linear_model.PoissonRegressor(alpha=0.1, tol=1e-10).fit(X, y)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-4)
    assert mean_poisson_deviance(y, ours.predict(X)) > 0


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("loss", ["logistic", "sigmoid_cross_entropy"])
def test_logistic_is_logistic_regression(cancer, loss, weighted):
    X, y = cancer
    w = weights(len(y)) if weighted else np.ones(len(y))
    ours = LossClassifier(loss=loss, l2=0.02).fit(X, y, w)
    theirs = linear_model.LogisticRegression(C=1 / (0.02 * w.sum()), tol=1e-9, max_iter=5000)
    theirs.fit(X, y, w)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-5)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-5)
    np.testing.assert_allclose(ours.predict_log_proba(X), theirs.predict_log_proba(X), atol=1e-3)


def test_softmax_is_multinomial_regression(wine):
    X, y = wine
    ours = LossClassifier(loss="softmax_cross_entropy", l2=0.05).fit(X, y)
    theirs = linear_model.LogisticRegression(C=1 / (0.05 * len(y)), tol=1e-9, max_iter=5000)
    theirs.fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-5)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-5)


def test_softmax_of_two_classes_has_one_score(cancer):
    X, y = cancer
    model = LossClassifier(loss="softmax_cross_entropy").fit(X, y)
    scores = model.decision_function(X)
    assert scores.shape == (len(y),)
    np.testing.assert_array_equal(scores > 0, model.predict(X) == 1)
    np.testing.assert_allclose(1 / (1 + np.exp(-scores)), model.predict_proba(X)[:, 1])


def test_squared_error_of_classes_has_its_boundary_at_a_half(cancer):
    X, y = cancer
    model = LossClassifier(loss="squared_error").fit(X, y)
    scores = model.decision_function(X)
    np.testing.assert_array_equal(scores > 0, model.predict(X) == 1)
    theirs = linear_model.Ridge(alpha=1e-4 * len(y) / 2).fit(X, y).predict(X)
    np.testing.assert_allclose(scores, theirs - 0.5, atol=1e-6)


def test_huber_of_classes_is_that_of_stochastic_gradient_descent(cancer):
    """scikit-learn's classes are -1 and +1, ours 0 and 1: residuals and delta are half as large."""
    X, y = cancer
    X = StandardScaler().fit_transform(X)
    names = np.array(["m", "b"])[y]
    theirs = linear_model.SGDClassifier(
        "huber", epsilon=0.4, alpha=0.1, average=True, max_iter=300, tol=None, random_state=0,
        learning_rate="constant", eta0=0.002,
    ).fit(X, names)  # fmt: skip
    ours = LossClassifier("huber", loss_params={"delta": 0.2}, l2=0.1).fit(X, names)
    np.testing.assert_allclose(2 * ours.coef_, theirs.coef_, atol=5e-3)
    np.testing.assert_allclose(
        2 * ours.decision_function(X), theirs.decision_function(X), atol=0.05
    )
    np.testing.assert_array_equal(ours.decision_function(X) > 0, ours.predict(X) == "m")
    assert (ours.predict(X) == theirs.predict(X)).mean() > 0.995


def test_squared_hinge_is_a_support_vector_machine(cancer):
    X, y = cancer
    ours = LossClassifier(loss="squared_hinge", l2=0.02, solver="newton", fit_intercept=False)
    ours.fit(X, y)
    theirs = svm.LinearSVC(C=1 / (0.02 * len(y)), fit_intercept=False, tol=1e-9, max_iter=50000)
    np.testing.assert_allclose(ours.coef_, theirs.fit(X, y).coef_, atol=1e-4)
    assert (ours.intercept_ == 0).all()


# ---- what they are for ---------------------------------------------------------------------------


@pytest.mark.parametrize("loss, params", [("huber", {"delta": 50}), ("absolute_error", None),
                                          ("tukey_biweight", {"scale": "mad"})])  # fmt: skip
def test_robust_regression_ignores_outliers(diabetes, loss, params):
    X, y = diabetes
    bad = y.copy()
    bad[::10] += 3000
    clean = mean_absolute_error(y, linear_model.LinearRegression().fit(X, y).predict(X))
    spoilt = mean_absolute_error(y, linear_model.LinearRegression().fit(X, bad).predict(X))
    robust = RobustRegressor(loss=loss, loss_params=params).fit(X, bad)
    assert spoilt > 4 * clean
    assert mean_absolute_error(y, robust.predict(X)) < 1.1 * clean


def test_focal_and_class_weights_find_more_of_a_rare_class():
    X, y = datasets.make_classification(4000, 10, weights=[0.96], flip_y=0.02, random_state=1)

    def recall(**options):
        return LossClassifier(**options).fit(X, y).predict(X)[y == 1].mean()

    plain = recall()
    focal = {"loss": "sigmoid_focal", "loss_params": {"alpha": 0.95}, "solver": "lbfgs"}
    assert recall(**focal) > plain + 0.05
    assert recall(class_weight="balanced") > plain + 0.05


# ---- labels, rows, settings ----------------------------------------------------------------------


@pytest.mark.parametrize("labels", [["b", "a"], [7, -3], [True, False], ["x", "z", "y"], [5, 0, 2]])
@pytest.mark.parametrize("loss", ["logistic", "hinge", "softmax_cross_entropy"])
def test_labels_of_any_type(labels, loss):
    rng = np.random.default_rng(6)
    k = rng.integers(0, len(labels), 150)
    X = rng.normal(size=(150, 3)) + 6 * np.eye(3)[k]
    y = np.array(labels)[k]
    model = LossClassifier(loss=loss).fit(X, y)
    assert (model.predict(X) == y).mean() > 0.95
    assert model.predict(X).dtype == y.dtype
    assert set(model.classes_) == set(labels)
    copy = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copy.decision_function(X), model.decision_function(X))


@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_sparse_rows_are_the_same_as_dense_ones(wine, index):
    X, y = wine
    X = np.where(np.abs(X) < 0.5, 0, X)
    rows = sparse.csr_matrix(X)
    rows.indices, rows.indptr = rows.indices.astype(index), rows.indptr.astype(index)
    dense = LossClassifier(loss="softmax_cross_entropy", l2=0.1).fit(X, y)
    thin = clone(dense).fit(rows, y)
    np.testing.assert_allclose(thin.coef_, dense.coef_, atol=1e-6)
    np.testing.assert_allclose(thin.predict_proba(rows), dense.predict_proba(X), atol=1e-6)
    # Columns out of order, and one number in two parts.
    half = sparse.csr_matrix(
        (np.r_[rows.data, rows.data] / 2, np.r_[rows.indices, rows.indices],
         np.r_[rows.indptr, rows.indptr[1:] + rows.indptr[-1]]), shape=(2 * len(y), X.shape[1]),
    )[: len(y)]  # fmt: skip
    shuffled = sparse.csr_matrix(
        (np.concatenate([[v, v] for v in half.data]), np.repeat(half.indices, 2), 2 * half.indptr),
        shape=half.shape,
    )
    before = shuffled.data.copy()
    again = clone(dense).fit(shuffled, y)
    np.testing.assert_allclose(again.coef_, dense.coef_, atol=1e-6)
    np.testing.assert_array_equal(shuffled.data, before)


def test_probabilities_only_where_the_loss_has_them(cancer):
    X, y = cancer
    for loss, has in (("logistic", True), ("hinge", False), ("sigmoid_focal", True),
                      ("multiclass_hinge", False), ("modified_huber", True)):  # fmt: skip
        model = LossClassifier(loss=loss, solver="lbfgs" if has else "auto")
        assert hasattr(model, "predict_proba") == hasattr(model, "predict_log_proba") == has, loss
        if has:
            p = model.fit(X, y).predict_proba(X)
            np.testing.assert_allclose(p.sum(axis=1), 1)


def test_an_estimator_that_cannot_be_trained_has_no_probabilities():
    assert not hasattr(LossClassifier(loss="logistik"), "predict_proba")
    assert not hasattr(LossClassifier(loss_params={"gamma": 1}), "predict_proba")


def test_the_solver_and_its_limits(cancer, diabetes):
    assert LossClassifier().fit(*cancer).solver_ == "newton"
    assert RobustRegressor(loss="quantile").fit(*diabetes).solver_ == "dual"
    with pytest.warns(ConvergenceWarning, match="lbfgs ended after 2 iterations"):
        model = LossClassifier(solver="lbfgs", max_iter=2).fit(*cancer)
    assert model.n_iter_ == 2
    a, b = (LossClassifier(loss="hinge", random_state=s).fit(*cancer).coef_ for s in (1, 1))
    np.testing.assert_array_equal(a, b)


REFUSED = [
    (LossClassifier(loss="logistik"), ValueError, "did you mean logistic"),
    (LossClassifier(loss="zero_one"), NotImplementedError, "no slope"),
    (LossClassifier(loss="logistic", solver="qr"), NotImplementedError, "least squares"),
    (LossClassifier(solver="magic"), ValueError, "solver = 'magic'"),
    (LossClassifier(l2=-1), ValueError, "l2 = -1"),
    (LossClassifier(tol=2), ValueError, "tolerance = 2"),
    (LossClassifier(loss_params={"gamma": 1}), TypeError, "gamma"),
    (LossClassifier(loss="dice"), NotImplementedError, "no loss of single rows"),
    (LossClassifier(loss="poisson"), ValueError, "poisson is a loss of numbers .count, or any"),
    (LossClassifier(loss="squared_log_error"), ValueError, "RobustRegressor takes it"),
    (LossClassifier(loss="perceptron"), ValueError, "all weights are 0"),
    (RobustRegressor(loss="hinge"), ValueError, "LossClassifier"),
    (RobustRegressor(loss_params={"delta": -1}), ValueError, "delta = -1"),
]


@pytest.mark.parametrize("model, error, sentence", REFUSED)
def test_refusals(model, error, sentence, cancer):
    with pytest.raises(error, match=sentence):
        model.fit(*cancer)


def test_weights_that_are_all_zero(diabetes):
    X, y = diabetes
    with pytest.raises(ValueError, match="sum of sample_weight|non-zero"):
        RobustRegressor().fit(X, y, np.zeros(len(y)))


# ---- scorers -------------------------------------------------------------------------------------


def test_scorers_of_numbers(diabetes):
    X, y = diabetes
    model = linear_model.LinearRegression().fit(X, y)
    w = weights(len(y))
    for loss, name in (("squared_error", "neg_mean_squared_error"),
                       ("absolute_error", "neg_mean_absolute_error")):  # fmt: skip
        ours = cross_val_score(model, X, y, scoring=scorer(loss))
        np.testing.assert_allclose(ours, cross_val_score(model, X, y, scoring=name))
    assert scorer("huber", delta=9)(model, X, y, w) == pytest.approx(
        -np.average(losskit.huber(model.predict(X), y, delta=9, reduction="none"), weights=w)
    )
    counts = linear_model.PoissonRegressor().fit(X, y)
    deviance = mean_poisson_deviance(y, counts.predict(X))
    perfect = np.mean(y - y * np.log(y))
    assert -scorer("poisson")(counts, X, y) == pytest.approx(deviance / 2 + perfect)


def test_scorers_of_classes(cancer, wine):
    forest = RandomForestClassifier(8, max_depth=2, min_samples_leaf=15, random_state=0)
    for data, losses in ((cancer, ("logistic", "sigmoid_cross_entropy", "softmax_cross_entropy")),
                         (wine, ("softmax_cross_entropy",))):  # fmt: skip
        X, y = data
        y = np.array(["n", "m", "k"])[y]
        for model in (linear_model.LogisticRegression(), LossClassifier(loss=losses[-1]), forest):
            model.fit(X, y)
            p = np.maximum(model.predict_proba(X), 1e-12)
            expected = -log_loss(y, p / p.sum(axis=1, keepdims=True), labels=model.classes_)
            for loss in losses:
                assert scorer(loss)(model, X, y) == pytest.approx(expected), (model, loss)


def test_a_scorer_in_a_search(cancer):
    X, y = cancer
    score = pickle.loads(pickle.dumps(scorer("sigmoid_focal", gamma=2)))
    pipeline = make_pipeline(StandardScaler(), LossClassifier(loss="sigmoid_focal"))
    grid = {"lossclassifier__l2": [1e-3, 10.0]}
    search = GridSearchCV(pipeline, grid, scoring=score, cv=3).fit(X, y)
    assert search.best_params_ == {"lossclassifier__l2": 1e-3}
    assert search.best_score_ < 0
    assert repr(score) == "scorer('sigmoid_focal', gamma=2)"


def test_refusals_of_scorers(cancer, wine):
    with pytest.raises(ValueError, match="did you mean huber"):
        scorer("hubber")
    with pytest.raises(TypeError, match="gamma"):
        scorer("huber", gamma=1)
    model = LossClassifier().fit(*wine)
    with pytest.raises(ValueError, match="single scores"):
        scorer("logistic")(model, *wine)
    with pytest.raises(ValueError, match="does not know the class 9"):
        scorer("softmax_cross_entropy")(model, wine[0], np.full(len(wine[1]), 9))
    regression = linear_model.LinearRegression().fit(*cancer)
    with pytest.raises(TypeError, match="logistic is a loss of classes; LinearRegression has no"):
        scorer("logistic")(regression, *cancer)
    words = LossClassifier().fit(cancer[0], np.array(["m", "b"])[cancer[1]])
    with pytest.raises(TypeError, match="huber is a loss of numbers; LossClassifier predicts m"):
        scorer("huber")(words, *cancer)
    groups = KMeans(2, n_init=1).fit(cancer[0])
    groups.classes_ = np.array([0, 1])
    with pytest.raises(TypeError, match="KMeans has neither decision_function nor predict_proba"):
        scorer("logistic")(groups, *cancer)


def test_searches_in_several_processes(cancer):
    search = GridSearchCV(
        LossClassifier(random_state=0), {"loss": ["logistic", "hinge"]},
        scoring=scorer("logistic"), cv=2, n_jobs=2,
    ).fit(*cancer)  # fmt: skip
    one = clone(search).set_params(n_jobs=1).fit(*cancer)
    np.testing.assert_array_equal(
        search.cv_results_["mean_test_score"], one.cv_results_["mean_test_score"]
    )


def test_copies_predict_the_same(cancer):
    model = LossClassifier().fit(*cancer)
    expected = model.predict_proba(cancer[0])
    for again in (copy.copy(model), copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(again.predict_proba(cancer[0]), expected)
