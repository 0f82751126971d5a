"""Arguments for every loss: random ones of the right shapes and domains, and parameters to try."""

from __future__ import annotations

import numpy as np

from losskit._registry import LOSSES
from references import product

PARAMETERS = {
    "logistic": [{}, {"base2": True}],
    "ramp": [{}, {"s": 0.3}, {"s": -2.0}],
    "squared_error": [{}, {"half": True}],
    "huber": [{}, {"delta": 0.3}, {"delta": 5.0}],
    "smooth_l1": [{}, {"beta": 0.3}, {"beta": 5.0}],
    "tukey_biweight": [{}, {"c": 1.5, "scale": 0.5}],
    "quantile": [{}, {"q": 0.9}],
    "expectile": [{}, {"tau": 0.1}],
    "epsilon_insensitive": [{}, {"epsilon": 0.5}],
    "pseudo_huber": [{}, {"delta": 0.5}],
    "charbonnier": [{}, {"epsilon": 0.5}],
    "cauchy": [{}, {"c": 0.7}],
    "welsch": [{}, {"c": 0.7}],
    "barron": [{"alpha": a, "c": c} for a in (-2.0, 0.0, 1.0, 1.5, 2.0) for c in (1.0, 0.5)],
    "gaussian_nll": [{}, {"full": True}],
    "poisson": [{}, {"full": True}],
    "tweedie": [{}, {"power": 1.2}, {"power": 1.9}],
    "sigmoid_cross_entropy": [{}, {"pos_weight": 3.0}, {"label_smoothing": 0.2}],
    "balanced_sigmoid_cross_entropy": [{}, {"beta": 0.8}],
    "sigmoid_focal": [{}, {"gamma": 0.5, "alpha": 0.7}],
    "softmax_cross_entropy": [
        {},
        {"label_smoothing": 0.1},
        {"z_loss": 0.01},
        {"softcap": 2.0},
        {"label_smoothing": 0.2, "z_loss": 0.1},
    ],
    "softmax_focal": [{}, {"gamma": 0.5, "alpha": 0.3}],
    "kl_divergence": [*product(logits=(False, True), log_target=(False, True))],
    "js_divergence": [*product(logits=(False, True), log_target=(False, True))],
    "multiclass_hinge": [
        *product(kind=("weston_watkins", "crammer_singer", "one_vs_all"), power=(1.0, 2.0)),
        {"margin": 0.4, "average": True},
    ],
    "symmetric_cross_entropy": [{}, {"alpha": 1.0, "beta": 0.2, "log_zero": -6.0}],
    "generalized_cross_entropy": [{}, {"q": 0.2}],
    "poly1": [{}, {"epsilon": -0.5}],
    "linear_cross_entropy": [{}, {"label_smoothing": 0.1}, {"z_loss": 0.01}],
    "large_margin_softmax": [{}, {"m": 2.0, "lambda_": 0.0}, {"m": 3.0, "lambda_": 1.0}],
    "arcface": [{"s": 4.0}, {"s": 2.0, "m": 0.2}],
    "cosface": [{"s": 4.0}, {"s": 2.0, "m": 0.2}],
    "dice": [{}, {"smooth": 0.2, "power": 2.0}, {"logits": True}],
    "tversky": [{}, {"alpha": 0.3, "beta": 0.7, "smooth": 0.1}, {"logits": True}],
    "focal_tversky": [{}, {"gamma": 0.75, "alpha": 0.3}, {"logits": True}],
    "jaccard": [{}, {"smooth": 0.1}, {"logits": True}],
    "contrastive": [{}, {"margin": 2.0}],
    "triplet_margin": [{}, {"margin": 3.0, "p": 1.0}, {"p": 3.0}, {"swap": True}],
    "info_nce": [{}, {"temperature": 1.0, "symmetric": True}],
    "supervised_contrastive": [{}, {"temperature": 1.0}],
    "cosine_embedding": [{}, {"margin": 0.3}],
    "ctc": [{}, {"logits": False}],
    "soft_edit_distance": [{}, {"gamma": 0.2}, {"logits": True}],
    "expected_edit_distance": [{}, {"normalize": True}],
}


def parameters(name: str) -> list[dict]:
    return PARAMETERS.get(name, [{}])


def _probabilities(rng, shape) -> np.ndarray:
    e = np.exp(rng.normal(size=shape))
    return e / e.sum(-1, keepdims=True)


def _pointwise(loss, rng) -> dict:
    x = 1.5 * rng.normal(size=(4, 5))
    if loss.family == "margin":
        return {"input": x, "target": rng.choice([-1.0, 1.0], size=x.shape)}
    if loss.name == "sigmoid_focal":
        return {"input": x, "target": rng.choice([0.0, 1.0], size=x.shape)}
    if loss.family == "binary":
        given = {"input": x, "target": rng.uniform(0.05, 0.95, size=x.shape)}
        if loss.name == "binary_cross_entropy":
            given["input"] = rng.uniform(0.05, 0.95, size=x.shape)
        return given
    positive = {"squared_log_error", "poisson", "gamma", "tweedie"}
    t = 1.5 * rng.normal(size=x.shape)
    given = {"input": x, "target": np.exp(t) + 0.1 if loss.name in positive else t}
    if loss.name == "squared_log_error":
        given["input"] = np.exp(x)
    if loss.name == "gaussian_nll":
        given["variance"] = rng.uniform(0.3, 2.0, size=x.shape)
    return given


def _rows(loss, rng, p) -> dict:
    x = 2 * rng.normal(size=(6, 4))
    if loss.name in ("softmax", "log_softmax"):
        return {"input": x}
    if loss.name in ("kl_divergence", "js_divergence"):
        t = _probabilities(rng, x.shape)
        return {
            "input": x if p["logits"] else np.log(_probabilities(rng, x.shape)),
            "target": np.log(t) if p["log_target"] else t,
        }
    if loss.name == "nll":
        x = np.log(_probabilities(rng, x.shape))
    return {"input": x, "target": rng.integers(0, 4, size=6)}


def _linear(loss, rng) -> dict:
    given = {
        "input": rng.normal(size=(6, 3)),
        "target": rng.integers(0, 4, size=6),
        "weights": rng.normal(size=(4, 3)),
    }
    if "bias" in loss.takes:
        given["bias"] = rng.normal(size=4)
    return given


def _region(loss, rng, p) -> dict:
    shape = (3, 2, 4)
    x = rng.normal(size=shape)
    t = rng.choice([0.0, 1.0], size=shape)
    if loss.name.endswith("norm"):
        t = rng.normal(size=shape)
    elif loss.name != "lovasz_hinge" and not p.get("logits"):
        x = rng.uniform(0.05, 0.95, size=shape)
    return {"input": x, "target": t}


def _embedding(loss, rng) -> dict:
    n, d = 6, 3
    given = {"input": rng.normal(size=(n, d))}
    targets = {
        "center": rng.integers(0, 4, size=n),
        "supervised_contrastive": np.array([0, 1, 0, 2, 1, 2]),
        "contrastive": rng.integers(0, 2, size=n),
        "cosine_embedding": rng.choice([-1, 1], size=n),
    }
    if "target" in loss.takes:
        given["target"] = targets[loss.name]
    for point in ("other", "negative"):
        if point in loss.takes:
            given[point] = rng.normal(size=(n, d))
    if "centers" in loss.takes:
        given["centers"] = rng.normal(size=(4, d))
    return given


def _sequence(loss, rng, p) -> dict:
    if loss.name == "expected_edit_distance":
        return {
            "input": rng.normal(size=(3, 4)),
            "target": rng.integers(0, 3, size=(3, 5)),
            "hypotheses": rng.integers(0, 3, size=(3, 4, 5)),
        }
    x = rng.normal(size=(8, 2, 4))
    if not p.get("logits", loss.name == "ctc"):
        x = _probabilities(rng, x.shape)
        if loss.name == "ctc":
            x = np.log(x)
    return {"input": x, "target": rng.integers(1, 4, size=(2, 3))}


def arguments(name: str, seed: int = 0, **p) -> dict[str, np.ndarray]:
    """Arrays in double precision, labels int64, for a loss with these parameters."""
    loss = LOSSES[name]
    rng = np.random.default_rng([seed, loss.id])
    if loss.kind == "pointwise":
        return _pointwise(loss, rng)
    if loss.kind == "rows":
        return _rows(loss, rng, p)
    if loss.kind == "linear":
        return _linear(loss, rng)
    if loss.kind == "region":
        return _region(loss, rng, p)
    if loss.kind == "embedding":
        return _embedding(loss, rng)
    return _sequence(loss, rng, p)
