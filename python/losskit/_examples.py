"""One example for each loss's docstring: arguments as source text, and the value.

The values do not come from the library: the tests compute them from the formulas, in PyTorch.
"""

from __future__ import annotations

from ._registry import Loss

_SCORES = "np.array([[2.0, 1.0, 0.0], [0.0, 3.0, 1.0]])"
_LOG_PROBABILITIES = "np.log([[0.5, 0.3, 0.2], [0.1, 0.8, 0.1]])"
_PROBABILITIES = "np.array([[0.6, 0.2, 0.2], [0.2, 0.7, 0.1]])"
_FEATURES = "np.array([[1.0, 0.0], [0.5, 2.0]])"
_OTHERS = "np.array([[0.5, 0.5], [1.0, 1.5]])"

_BY_FAMILY = {
    "margin": {"input": "np.array([0.5, -1.0, 2.0])", "target": "np.array([1.0, -1.0, -1.0])"},
    "regression": {"input": "np.array([0.5, 1.0, 3.0])", "target": "np.array([1.0, 1.0, 0.5])"},
    "binary": {"input": "np.array([0.3, -1.0, 2.0])", "target": "np.array([1.0, 0.0, 1.0])"},
    "classes": {"input": _SCORES, "target": "np.array([0, 2])"},
    "region": {"input": "np.array([[0.9, 0.2, 0.7]])", "target": "np.array([[1.0, 0.0, 1.0]])"},
    "embedding": {"input": _FEATURES, "other": _OTHERS},
    "sequence": {"input": "np.zeros((4, 1, 3))", "target": "np.array([[1, 2]])"},
}
_BY_KIND = {
    "linear": {
        "input": _FEATURES,
        "target": "np.array([1, 0])",
        "weights": "np.array([[0.9, 0.1], [0.2, 0.8], [-0.5, 0.5]])",
    }
}
_SOFT_TARGETS = {"input": _LOG_PROBABILITIES, "target": _PROBABILITIES}
_ONE_ROW = {"input": "np.log([[1.0, 2.0, 5.0]])"}
_BY_NAME = {
    "gaussian_nll": {**_BY_FAMILY["regression"], "variance": "np.array([1.0, 0.5, 2.0])"},
    "binary_cross_entropy": {
        "input": "np.array([0.3, 0.1, 0.8])",
        "target": "np.array([1.0, 0.0, 1.0])",
    },
    "softmax": _ONE_ROW,
    "log_softmax": _ONE_ROW,
    "nll": {"input": _LOG_PROBABILITIES, "target": "np.array([0, 2])"},
    "kl_divergence": _SOFT_TARGETS,
    "js_divergence": _SOFT_TARGETS,
    "center": {"input": _FEATURES, "target": "np.array([0, 1])", "centers": _OTHERS},
    "contrastive": {"input": _FEATURES, "target": "np.array([1, 0])", "other": _OTHERS},
    "triplet_margin": {
        "input": _FEATURES,
        "other": _OTHERS,
        "negative": "np.array([[0.0, 1.0], [1.0, 2.0]])",
    },
    "supervised_contrastive": {
        "input": "np.array([[1.0, 0.0], [0.8, 0.1], [0.0, 1.0], [0.2, 0.7]])",
        "target": "np.array([0, 0, 1, 1])",
    },
    "cosine_embedding": {"input": _FEATURES, "target": "np.array([1, -1])", "other": _OTHERS},
    "soft_edit_distance": {
        "input": "np.array([[[0.1, 0.9]], [[0.8, 0.2]]])",
        "target": "np.array([[1, 0]])",
    },
    "expected_edit_distance": {
        "input": "np.log([[0.75, 0.25]])",
        "target": "np.array([[1, 2, 3]])",
        "hypotheses": "np.array([[[1, 2, 3], [1, 3, 3]]])",
    },
}

# Means, rounded to six places.
_VALUES = {
    "zero_one": 0.333333,
    "logistic": 0.971422,
    "hinge": 1.166667,
    "squared_hinge": 3.083333,
    "modified_huber": 2.75,
    "ramp": 0.666667,
    "exponential": 2.787822,
    "perceptron": 0.666667,
    "squared_error": 2.166667,
    "absolute_error": 1.0,
    "huber": 0.708333,
    "smooth_l1": 0.708333,
    "log_cosh": 0.644561,
    "tukey_biweight": 0.814412,
    "quantile": 0.5,
    "expectile": 1.083333,
    "epsilon_insensitive": 0.933333,
    "squared_log_error": 0.348262,
    "pseudo_huber": 0.603539,
    "charbonnier": 1.000334,
    "cauchy": 0.743585,
    "welsch": 0.789677,
    "geman_mcclure": 0.177011,
    "barron": 0.603539,
    "poisson": 7.150847,
    "gaussian_nll": 0.5625,
    "gamma": 1.833101,
    "tweedie": 5.940888,
    "sigmoid_cross_entropy": 0.331515,
    "binary_cross_entropy": 0.510826,
    "balanced_sigmoid_cross_entropy": 0.145312,
    "sigmoid_focal": 0.014181,
    "softmax_cross_entropy": 1.288726,
    "nll": 1.497866,
    "softmax_focal": 0.874124,
    "kl_divergence": 0.036729,
    "js_divergence": 0.008736,
    "multiclass_hinge": 1.5,
    "symmetric_cross_entropy": 2.57,
    "generalized_cross_entropy": 0.735197,
    "poly1": 1.899008,
    "linear_cross_entropy": 1.428843,
    "large_margin_softmax": 1.904213,
    "arcface": 76.480415,
    "cosface": 67.301171,
    "dice": 0.125,
    "tversky": 0.103448,
    "focal_tversky": 0.048562,
    "jaccard": 0.1875,
    "lovasz_hinge": 0.533333,
    "l1_norm": 0.6,
    "l2_norm": 0.374166,
    "center": 0.25,
    "contrastive": 0.146447,
    "triplet_margin": 0.750001,
    "info_nce": 0.277593,
    "supervised_contrastive": 0.002033,
    "cosine_embedding": 0.617318,
    "ctc": 1.686399,
    "soft_edit_distance": -0.359815,
    "expected_edit_distance": 0.25,
}
_ARRAYS = {
    "softmax": "array([[0.125, 0.25 , 0.625]])",
    "log_softmax": "array([[-2.079442, -1.386294, -0.470004]])",
}


def arguments(loss: Loss) -> dict[str, str]:
    """Arguments of a loss as source text."""
    for table, key in ((_BY_NAME, loss.name), (_BY_KIND, loss.kind), (_BY_FAMILY, loss.family)):
        if key in table:
            return table[key]
    raise LookupError(f"no example for {loss.name}: put it into losskit/_examples.py")


def example(loss: Loss) -> list[str]:
    """The lines of a doctest."""
    given = arguments(loss)
    lines = [">>> import numpy as np, losskit"]
    lines += [f">>> {name} = {source}" for name, source in given.items()]
    call = f"losskit.{loss.name}({', '.join(given)})"
    if loss.name in _ARRAYS:
        return lines + [f">>> {call}.round(6)", _ARRAYS[loss.name]]
    return lines + [f">>> round({call}, 6)", repr(_VALUES[loss.name])]
