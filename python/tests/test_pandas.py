"""pandas' frames and columns wherever arrays go."""

import numpy as np
import pytest

import losskit
from losskit import value_and_grad

pd = pytest.importorskip("pandas")


@pytest.fixture
def frame(rng):
    a, b = rng.normal(size=(2, 40))
    numbers = {"a": a, "b": b, "class": rng.integers(0, 2, 40), "w": rng.uniform(size=40)}
    return pd.DataFrame(numbers, index=range(100, 140))


def test_columns_and_frames(frame):
    a, b, w = (frame[name].to_numpy() for name in "abw")
    squares = (a - b) ** 2
    assert losskit.squared_error(frame["a"], frame["b"]) == pytest.approx(squares.mean())
    weighted = losskit.squared_error(frame.a, frame.b, weight=frame.w, reduction="weighted_mean")
    assert weighted == pytest.approx(np.average(squares, weights=w))
    each = losskit.squared_error(frame[["a", "b"]], frame[["b", "a"]], reduction="none")
    np.testing.assert_allclose(each, np.stack([squares, squares], axis=1))
    _, gradient = value_and_grad.squared_error(frame["a"], frame["b"], reduction="sum")
    np.testing.assert_allclose(gradient, 2 * (a - b))
    scores = np.stack([a, b], axis=1)
    log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    expected = -log_p[np.arange(40), frame["class"]].mean()
    for labels in (frame["class"], frame["class"].astype("Int64"), frame["class"].astype("int8")):
        found = losskit.softmax_cross_entropy(frame[["a", "b"]], labels)
        assert found == pytest.approx(expected)


def test_columns_go_together_by_position_not_by_index(frame):
    shuffled = frame["b"].set_axis(frame.index[::-1])
    assert losskit.huber(frame["a"], shuffled) == losskit.huber(frame["a"], frame["b"])


def test_missing_numbers(frame):
    missing = frame["b"].astype("Float64").where(frame["w"] > 0.5)
    found = losskit.squared_error(frame["a"], missing, reduction="none")
    np.testing.assert_array_equal(np.isnan(found), missing.isna())
    with pytest.raises(ValueError, match="labels are i32, i64 or u8"):
        labels = frame["class"].astype("Int64").where(frame["w"] > 0.5)
        losskit.softmax_cross_entropy(frame[["a", "b"]], labels)


def test_columns_of_words(frame):
    with pytest.raises(TypeError, match="dtype object: it holds '(no|yes)', a str; .*astype"):
        losskit.huber(frame["a"], frame["class"].map({0: "no", 1: "yes"}))


def test_models(frame):
    sklearn = pytest.importorskip("losskit.sklearn", exc_type=ImportError)
    X = frame[["a", "b"]]
    names = frame["class"].map({0: "no", 1: "yes"})
    for labels in (names, names.astype("category")):
        model = sklearn.LossClassifier().fit(X, labels, sample_weight=frame["w"])
        assert model.feature_names_in_.tolist() == ["a", "b"]
        assert model.classes_.tolist() == ["no", "yes"]
        plain = sklearn.LossClassifier().fit(
            X.to_numpy(), names.to_numpy(), sample_weight=frame["w"].to_numpy()
        )
        np.testing.assert_array_equal(model.coef_, plain.coef_)
        np.testing.assert_array_equal(model.predict(X), plain.predict(X.to_numpy()))
        assert sklearn.scorer("logistic")(model, X, labels) == pytest.approx(
            sklearn.scorer("logistic")(plain, X.to_numpy(), names.to_numpy())
        )
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(frame[["b", "a"]])
    line = sklearn.RobustRegressor("squared_error", l2=0).fit(X, 3 * frame["a"] - frame["b"] + 2)
    np.testing.assert_allclose([*line.coef_, line.intercept_], [3, -1, 2], atol=1e-9)


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_trees(frame, library):
    trees = pytest.importorskip(library)
    boosting = pytest.importorskip("losskit.boosting")
    make = getattr(boosting, f"{library}_objective")
    metric = getattr(boosting, f"{library}_metric")("logistic", sklearn=True)
    quiet = {"verbose": -1, "min_child_samples": 5} if library == "lightgbm" else {}
    kinds = {"xgboost": "XGB", "lightgbm": "LGBM"}
    X, weight = frame[["a", "b"]], frame["w"]
    for kind, loss, target in (
        ("Classifier", "logistic", frame["class"]),
        ("Regressor", "huber", frame["a"] - frame["b"]),
    ):
        build = getattr(trees, kinds[library] + kind)
        model = build(objective=make(loss, sklearn=True), n_estimators=5, **quiet)
        model.fit(X, target, sample_weight=weight)
        plain = build(objective=make(loss, sklearn=True), n_estimators=5, **quiet)
        plain.fit(X.to_numpy(), target.to_numpy(), sample_weight=weight.to_numpy())
        margin = {"output_margin" if library == "xgboost" else "raw_score": True}
        margins = model.predict(X, **margin)
        np.testing.assert_array_equal(margins, plain.predict(X.to_numpy(), **margin))
        assert np.ptp(margins) > 0.1
    signed = 2 * frame["class"] - 1
    loss = np.average(np.log1p(np.exp(-signed * frame["a"])), weights=weight)
    arguments = (frame["class"], frame["a"])
    found = metric(*arguments, weight) if library == "lightgbm" else metric(
        *arguments, sample_weight=weight
    )  # fmt: skip
    assert (found[1] if library == "lightgbm" else found) == pytest.approx(loss)


def test_starts(frame):
    boosting = pytest.importorskip("losskit.boosting")
    share = np.average(frame["class"], weights=frame["w"])
    found = boosting.initial_score("logistic", frame["class"], frame["w"])
    assert found == pytest.approx(np.log(share / (1 - share)))
    p = boosting.probabilities("logistic", frame["a"])
    np.testing.assert_allclose(p[:, 1], 1 / (1 + np.exp(-frame["a"])))
