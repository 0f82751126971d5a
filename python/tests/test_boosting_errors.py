"""What losskit.boosting and losskit.sklearn refuse, with the value and its place."""

import numpy as np
import pytest

pytest.importorskip("losskit._learn", exc_type=ImportError)
from losskit._learn import link_of, train_linear  # noqa: E402
from losskit.boosting import initial_score, probabilities, xgboost_objective  # noqa: E402


def softmax(target, margins, weight=None):
    objective = xgboost_objective("softmax_cross_entropy", sklearn=True)
    return objective(np.array(target), margins, sample_weight=weight)


@pytest.mark.parametrize(
    "error, sentence, call",
    [
        (ValueError, r"target has the shape \(1,\); expected \(2,\)",
         lambda: softmax([1], np.zeros((2, 3)))),
        (ValueError, r"weight has the shape \(1,\); expected \(2,\)",
         lambda: softmax([1, 0], np.zeros((2, 3)), np.ones(1))),
        (ValueError, r"weight has the shape \(1,\)",
         lambda: initial_score("huber", [1.0, 2.0], [1.0])),
        (ValueError, r"weight has the shape \(3,\); expected \(2,\)",
         lambda: initial_score("softmax_cross_entropy", [0, 1], [1, 2, 3])),
        (ValueError, r"target\[1\] = nan", lambda: initial_score("huber", [1.0, np.nan])),
        (TypeError, "target has the dtype <U1",
         lambda: initial_score("softmax_cross_entropy", ["a", "b"])),
        (TypeError, "curvature_floor = 'a'; expected a number",
         lambda: xgboost_objective("huber", curvature_floor="a")),
        (TypeError, "curvature_scale = None",
         lambda: xgboost_objective("huber", curvature_scale=None)),
        (ValueError, r"margins have the shape \(3, 1\); expected \[samples, two classes or more\]",
         lambda: probabilities("softmax_cross_entropy", np.zeros((3, 1)))),
        (ValueError, r"scores have the shape \(3, 1\); expected \[rows, 2\]",
         lambda: link_of("softmax_cross_entropy", None, 2).probabilities(np.zeros((3, 1)))),
        (ValueError, r"scores have the shape \(3,\)",
         lambda: link_of("softmax_cross_entropy", None, 2).classes(np.zeros(3))),
        (TypeError, r"parameters of huber are \[1\]; expected a dict",
         lambda: train_linear(None, "huber", [1])),
        (TypeError, "l2 = 'a'; expected a number", lambda: train_linear(None, "huber", l2="a")),
        (TypeError, "iterations = 1.5; expected a whole number",
         lambda: train_linear(None, "huber", iterations=1.5)),
    ],
)  # fmt: skip
def test_refusals(error, sentence, call):
    with pytest.raises(error, match=sentence):
        call()
