"""losskit.boosting against XGBoost's and LightGBM's own objectives, and what only it can train."""

import pickle

import numpy as np
import pytest

from losskit.boosting import (
    initial_score,
    lightgbm_metric,
    lightgbm_objective,
    probabilities,
    xgboost_metric,
    xgboost_objective,
)

datasets = pytest.importorskip("sklearn.datasets")
metrics = pytest.importorskip("sklearn.metrics")
lgb = pytest.importorskip("lightgbm")
xgb = pytest.importorskip("xgboost")

# What the frameworks' float32 sums allow, and what the issue asks for.
TOLERANCE = 1e-5
XGB = {"max_depth": 4, "nthread": 1}
LGB = {"num_leaves": 15, "verbose": -1, "num_threads": 1, "deterministic": True}
ROUNDS = 8


@pytest.fixture(scope="module")
def cancer():
    return datasets.load_breast_cancer(return_X_y=True)


@pytest.fixture(scope="module")
def wine():
    return datasets.load_wine(return_X_y=True)


@pytest.fixture(scope="module")
def digits():
    return datasets.load_digits(return_X_y=True)


@pytest.fixture(scope="module", params=[0, 1, 2])
def rare(request):
    """Two in a hundred are of class 1: a half to train on, a half to test."""
    X, y = datasets.make_classification(
        6000, 20, n_informative=6, n_redundant=4, weights=[0.98], flip_y=0.01, class_sep=0.8,
        random_state=request.param,
    )  # fmt: skip
    return X[::2], y[::2], X[1::2], y[1::2]


@pytest.fixture(scope="module")
def outliers():
    """Diabetes with a tenth of the training targets far off."""
    X, y = datasets.load_diabetes(return_X_y=True)
    train, test = X[::2], X[1::2]
    target = y[::2].copy()
    target[::10] += 3000
    return train, target, test, y[1::2]


def weights(n):
    return np.random.default_rng(0).uniform(0.5, 2, n)


def far(a, b):
    return np.abs(np.asarray(a) - np.asarray(b)).max()


# ---- the same trees as the built-in objectives ---------------------------------------------------


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("loss", ["logistic", "sigmoid_cross_entropy"])
def test_xgboost_logistic_is_the_built_in_one(cancer, loss, weighted):
    X, y = cancer
    data = xgb.DMatrix(X, y, weight=weights(len(y)) if weighted else None)
    own = xgb.train({**XGB, "objective": "binary:logistic", "base_score": 0.5}, data, ROUNDS)
    ours = xgb.train({**XGB, "base_score": 0.0}, data, ROUNDS, obj=xgboost_objective(loss))
    margins = ours.predict(data)
    assert far(own.predict(data, output_margin=True), margins) < TOLERANCE
    assert far(own.predict(data), probabilities(loss, margins)[:, 1]) < TOLERANCE


def test_xgboost_starts_from_the_same_score(cancer):
    X, y = cancer
    w = weights(len(y))
    data = xgb.DMatrix(X, y, weight=w)
    own = xgb.train({**XGB, "objective": "binary:logistic"}, data, ROUNDS)
    start = initial_score("logistic", y, w)
    ours = xgb.train({**XGB, "base_score": start}, data, ROUNDS, obj=xgboost_objective("logistic"))
    assert far(own.predict(data, output_margin=True), ours.predict(data)) < TOLERANCE


@pytest.mark.parametrize("weighted", [False, True])
def test_xgboost_softmax_is_the_built_in_one(wine, weighted):
    X, y = wine
    data = xgb.DMatrix(X, y, weight=weights(len(y)) if weighted else None)
    params = {**XGB, "num_class": 3, "base_score": 0.5}
    own = xgb.train({**params, "objective": "multi:softprob"}, data, ROUNDS)
    objective = xgboost_objective("softmax_cross_entropy", curvature_scale=2)
    ours = xgb.train(params, data, ROUNDS, obj=objective)
    margins = ours.predict(data, output_margin=True)
    assert far(own.predict(data, output_margin=True), margins) < TOLERANCE
    assert far(own.predict(data), probabilities("softmax_cross_entropy", margins)) < TOLERANCE


def test_the_curvature_scale_is_what_makes_softmax_the_same(wine):
    X, y = wine
    data = xgb.DMatrix(X, y)
    params = {**XGB, "num_class": 3, "base_score": 0.5}
    own = xgb.train({**params, "objective": "multi:softprob"}, data, ROUNDS)
    ours = xgb.train(params, data, ROUNDS, obj=xgboost_objective("softmax_cross_entropy"))
    unlike = far(own.predict(data, output_margin=True), ours.predict(data, output_margin=True))
    assert unlike > 0.01


def test_xgboost_of_several_targets(cancer):
    X, _ = cancer
    data = xgb.DMatrix(X[:, 2:], X[:, :2], weight=weights(len(X)))
    params = {**XGB, "base_score": 0.0}
    own = xgb.train({**params, "objective": "reg:squarederror"}, data, ROUNDS)
    objective = xgboost_objective("squared_error", half=True)
    ours = xgb.train({**params, "num_target": 2}, data, ROUNDS, obj=objective)
    assert far(own.predict(data), ours.predict(data)) < TOLERANCE


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("loss", ["logistic", "sigmoid_cross_entropy"])
def test_lightgbm_logistic_is_the_built_in_one(cancer, loss, weighted):
    X, y = cancer
    w = weights(len(y)) if weighted else None
    own = lgb.train({**LGB, "objective": "binary"}, lgb.Dataset(X, y, weight=w), ROUNDS)
    start = initial_score(loss, y, w)
    data = lgb.Dataset(X, y, weight=w, init_score=np.full(len(y), start))
    ours = lgb.train({**LGB, "objective": lightgbm_objective(loss)}, data, ROUNDS)
    margins = ours.predict(X) + start
    assert far(own.predict(X, raw_score=True), margins) < TOLERANCE
    assert far(own.predict(X), probabilities(loss, margins)[:, 1]) < TOLERANCE


# digits has splits that tie: the curvatures have to be the same to the last bit.
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", ["wine", "digits"])
def test_lightgbm_softmax_is_the_built_in_one(name, weighted, request):
    X, y = request.getfixturevalue(name)
    classes = int(y.max()) + 1
    w = weights(len(y)) if weighted else None
    params = {**LGB, "num_class": classes}
    own = lgb.train({**params, "objective": "multiclass"}, lgb.Dataset(X, y, weight=w), ROUNDS)
    start = initial_score("softmax_cross_entropy", y, w)
    objective = lightgbm_objective(
        "softmax_cross_entropy", curvature_scale=classes / (classes - 1)
    )
    data = lgb.Dataset(X, y, weight=w, init_score=np.tile(start, (len(y), 1)))
    ours = lgb.train({**params, "objective": objective}, data, ROUNDS)
    margins = ours.predict(X) + start
    assert far(own.predict(X, raw_score=True), margins) < TOLERANCE
    assert far(own.predict(X), probabilities("softmax_cross_entropy", margins)) < TOLERANCE


# ---- scikit-learn's interfaces -------------------------------------------------------------------


def test_xgboost_classifier(cancer, wine):
    for (X, y), loss, scale in ((cancer, "logistic", 1), (wine, "softmax_cross_entropy", 2)):
        w = weights(len(y))
        params = {"n_estimators": ROUNDS, "base_score": 0.5, **XGB}
        own = xgb.XGBClassifier(**params).fit(X, y, sample_weight=w)
        objective = xgboost_objective(loss, sklearn=True, curvature_scale=scale)
        ours = xgb.XGBClassifier(objective=objective, **params).fit(X, y, sample_weight=w)
        assert far(own.predict_proba(X), ours.predict_proba(X)) < TOLERANCE
        assert (own.predict(X) == ours.predict(X)).all()
        without = xgb.XGBClassifier(objective=objective, **params).fit(X, y)
        assert far(without.predict_proba(X), ours.predict_proba(X)) > 1e-3


def test_lightgbm_classifier(cancer):
    X, y = cancer
    w = weights(len(y))
    params = {"n_estimators": ROUNDS, **LGB}
    own = lgb.LGBMClassifier(boost_from_average=False, **params).fit(X, y, sample_weight=w)
    objective = lightgbm_objective("logistic", sklearn=True)
    ours = lgb.LGBMClassifier(objective=objective, **params).fit(X, y, sample_weight=w)
    assert far(own.predict(X, raw_score=True), ours.predict(X, raw_score=True)) < TOLERANCE


def test_regressors(outliers):
    X, y, _, _ = outliers
    start = initial_score("squared_error", y)
    ours = xgb.XGBRegressor(
        n_estimators=ROUNDS, base_score=start,
        objective=xgboost_objective("squared_error", half=True, sklearn=True), **XGB,
    ).fit(X, y)  # fmt: skip
    own = xgb.XGBRegressor(n_estimators=ROUNDS, base_score=start, **XGB).fit(X, y)
    assert far(own.predict(X), ours.predict(X)) < TOLERANCE * np.abs(y).max()
    ours = lgb.LGBMRegressor(
        n_estimators=ROUNDS,
        objective=lightgbm_objective("squared_error", half=True, sklearn=True), **LGB,
    ).fit(X, y, init_score=np.full(len(y), start))  # fmt: skip
    own = lgb.LGBMRegressor(n_estimators=ROUNDS, **LGB).fit(X, y)
    assert far(own.predict(X), ours.predict(X) + start) < TOLERANCE * np.abs(y).max()


# ---- what it is for ------------------------------------------------------------------------------


def recall(truth, margins):
    return metrics.recall_score(truth, margins > 0)


FOCAL = {"gamma": 2, "alpha": 0.9}


def test_focal_finds_more_of_a_rare_class_in_xgboost(rare):
    X, y, test, truth = rare
    data, held_out = xgb.DMatrix(X, y), xgb.DMatrix(test)
    params = {**XGB, "eta": 0.1, "min_child_weight": 0.01}
    own = xgb.train({**params, "objective": "binary:logistic"}, data, 60)
    params["base_score"] = initial_score("sigmoid_focal", y, **FOCAL)
    ours = xgb.train(params, data, 60, obj=xgboost_objective("sigmoid_focal", **FOCAL))
    before = recall(truth, own.predict(held_out, output_margin=True))
    assert recall(truth, ours.predict(held_out)) > before + 0.05


def test_focal_finds_more_of_a_rare_class_in_lightgbm(rare):
    X, y, test, truth = rare
    params = {**LGB, "num_leaves": 7}
    own = lgb.train({**params, "objective": "binary"}, lgb.Dataset(X, y), 60)
    start = initial_score("sigmoid_focal", y, **FOCAL)
    params["objective"] = lightgbm_objective("sigmoid_focal", **FOCAL)
    data = lgb.Dataset(X, y, init_score=np.full(len(y), start))
    ours = lgb.train(params, data, 60)
    before = recall(truth, own.predict(test, raw_score=True))
    assert recall(truth, ours.predict(test) + start) > before + 0.05


ROBUST = [
    ("huber", {"delta": 30}, 0.1),
    ("pseudo_huber", {"delta": 30}, 0.1),
    ("cauchy", {"c": 50}, 0.1),
    ("welsch", {"c": 100}, 0.1),
    ("absolute_error", {}, 5.0),
]


@pytest.mark.parametrize("loss, options, rate", ROBUST)
def test_robust_losses_ignore_outliers(outliers, loss, options, rate):
    X, y, test, truth = outliers
    start = initial_score(loss, y, **options)
    params = {"max_depth": 3, "eta": rate, "base_score": start, "nthread": 1}
    model = xgb.train(params, xgb.DMatrix(X, y), 60, obj=xgboost_objective(loss, **options))
    assert np.abs(model.predict(xgb.DMatrix(test)) - truth).mean() < 60

    params = {**LGB, "num_leaves": 7, "min_data_in_leaf": 10, "learning_rate": rate}
    data = lgb.Dataset(X, y, init_score=np.full(len(y), start))
    objective = lightgbm_objective(loss, **options)
    model = lgb.train({**params, "objective": objective}, data, 60)
    assert np.abs(model.predict(test) + start - truth).mean() < 60


def test_squared_error_does_not(outliers):
    X, y, test, truth = outliers
    params = {"max_depth": 3, "eta": 0.1, "objective": "reg:squarederror", "nthread": 1}
    model = xgb.train(params, xgb.DMatrix(X, y), 60)
    assert np.abs(model.predict(xgb.DMatrix(test)) - truth).mean() > 200


SOFTMAX_FAMILY = [
    "softmax_focal",
    "multiclass_hinge",
    "symmetric_cross_entropy",
    "generalized_cross_entropy",
    "poly1",
]


@pytest.mark.parametrize("loss", SOFTMAX_FAMILY)
def test_the_softmax_family_trains(wine, loss):
    X, y = wine
    train, test = slice(0, None, 2), slice(1, None, 2)
    data = xgb.DMatrix(X[train], y[train])
    params = {"max_depth": 3, "num_class": 3, "base_score": 0.0, "nthread": 1}
    model = xgb.train(params, data, 20, obj=xgboost_objective(loss))
    margins = model.predict(xgb.DMatrix(X[test]), output_margin=True)
    assert (margins.argmax(axis=1) == y[test]).mean() > 0.85

    params = {**LGB, "num_class": 3, "min_data_in_leaf": 5, "objective": lightgbm_objective(loss)}
    model = lgb.train(params, lgb.Dataset(X[train], y[train]), 20)
    assert (model.predict(X[test]).argmax(axis=1) == y[test]).mean() > 0.85


# ---- beside what the frameworks do themselves ----------------------------------------------------


def test_a_classifier_with_an_objective_can_be_cloned_and_pickled(cancer):
    sklearn_base = pytest.importorskip("sklearn.base")
    X, y = cancer
    model = xgb.XGBClassifier(
        n_estimators=2, objective=xgboost_objective("logistic", sklearn=True), nthread=1
    )
    fitted = sklearn_base.clone(model).fit(X, y)
    copy = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(copy.predict_proba(X), fitted.predict_proba(X))


def test_frameworks_report_the_same_loss_as_their_own_metrics(cancer):
    X, y = cancer
    w = weights(len(y))
    data = xgb.DMatrix(X, y, weight=w)
    seen: dict = {}
    xgb.train(
        {**XGB, "objective": "binary:logistic", "eval_metric": "logloss"}, data, 3,
        evals=[(data, "train")], evals_result=seen, verbose_eval=False,
    )  # fmt: skip
    own = seen["train"]["logloss"]
    xgb.train(
        {**XGB, "base_score": initial_score("logistic", y, w), "disable_default_eval_metric": 1},
        data, 3, obj=xgboost_objective("logistic"), custom_metric=xgboost_metric("logistic"),
        evals=[(data, "train")], evals_result=seen, verbose_eval=False,
    )  # fmt: skip
    np.testing.assert_allclose(seen["train"]["logistic"], own, atol=TOLERANCE)

    data = lgb.Dataset(X, y, weight=w, init_score=np.full(len(y), initial_score("logistic", y, w)))
    seen = {}
    lgb.train(
        {**LGB, "objective": lightgbm_objective("logistic"), "metric": "none"}, data, 3,
        valid_sets=[data], feval=lightgbm_metric("logistic"),
        callbacks=[lgb.record_evaluation(seen)],
    )  # fmt: skip
    ours = seen["training"]["logistic"]
    lgb.train(
        {**LGB, "objective": "binary", "metric": "binary_logloss"},
        lgb.Dataset(X, y, weight=w), 3, valid_sets=[lgb.Dataset(X, y, weight=w)],
        callbacks=[lgb.record_evaluation(seen)],
    )  # fmt: skip
    np.testing.assert_allclose(seen["valid_0"]["binary_logloss"], ours, atol=TOLERANCE)


def test_sklearn_metrics_in_the_frameworks(cancer):
    X, y = cancer
    model = xgb.XGBClassifier(
        n_estimators=2, objective=xgboost_objective("logistic", sklearn=True), nthread=1,
        eval_metric=xgboost_metric("average_precision", sklearn=True),
    ).fit(X, y, eval_set=[(X, y)], verbose=False)  # fmt: skip
    seen = model.evals_result()["validation_0"]["average_precision"]
    margins = model.predict(X, output_margin=True)
    assert seen[-1] == pytest.approx(metrics.average_precision_score(y, margins))


def test_an_error_of_the_objective_ends_the_training(cancer):
    X, y = cancer
    with pytest.raises(ValueError, match="target"):
        xgb.train(XGB, xgb.DMatrix(X, y + 5), 1, obj=xgboost_objective("logistic"))
    with pytest.raises(ValueError, match="target"):
        params = {**LGB, "objective": lightgbm_objective("logistic")}
        lgb.train(params, lgb.Dataset(X, y + 5), 1)
