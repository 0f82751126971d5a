"""Focal loss in LightGBM where two rows in a hundred are of the class that matters.

    python examples/python/focal_lightgbm.py

Trains LightGBM with its own objective and with losskit's sigmoid_focal, on three data sets, and
prints what each finds among held-out rows, a row counting as found when its score is above 0.
"""

import lightgbm as lgb
import numpy as np
from sklearn.datasets import make_classification

from losskit.boosting import initial_score, lightgbm_metric, lightgbm_objective

ROUNDS = 60
PARAMS = {"num_leaves": 7, "learning_rate": 0.1, "num_threads": 1, "verbose": -1, "seed": 0}
FOCAL = {"gamma": 2, "alpha": 0.9}  # alpha weighs the rare class
MEASURES = [lightgbm_metric(m, sklearn=True) for m in ("recall", "precision", "average_precision")]


def make_data(seed: int):
    """Features and labels: to train on, and held out."""
    X, y = make_classification(
        6000,
        20,
        n_informative=6,
        n_redundant=4,
        weights=[0.98],
        flip_y=0.01,
        class_sep=0.8,
        random_state=seed,
    )
    return X[::2], y[::2], X[1::2], y[1::2]


def scores_of_built_in(X, y, held_out) -> np.ndarray:
    model = lgb.train({**PARAMS, "objective": "binary"}, lgb.Dataset(X, y), ROUNDS)
    return model.predict(held_out, raw_score=True)


def scores_of_focal(X, y, held_out) -> np.ndarray:
    # An objective of one's own starts from 0, a long way from log-odds of 2 in 100.
    start = initial_score("sigmoid_focal", y, **FOCAL)
    data = lgb.Dataset(X, y, init_score=np.full(len(y), start))
    objective = lightgbm_objective("sigmoid_focal", **FOCAL)
    model = lgb.train({**PARAMS, "objective": objective}, data, ROUNDS)
    return model.predict(held_out) + start  # LightGBM does not add init_score


def main() -> None:
    print(f"{'data':<6}{'objective':<16}{'recall':>8}{'precision':>11}{'PR-AUC':>8}")
    for seed in range(3):
        X, y, held_out, truth = make_data(seed)
        for name, train in (("binary", scores_of_built_in), ("sigmoid_focal", scores_of_focal)):
            scores = train(X, y, held_out)
            recall, precision, area = (measure(truth, scores, None)[1] for measure in MEASURES)
            print(f"{seed:<6}{name:<16}{recall:>8.3f}{precision:>11.3f}{area:>8.3f}")
    print("\nFocal loss finds more of the rare class, and is wrong more often: it moves the")
    print("threshold. PR-AUC, which has none, tells whether the ranking is better as well.")


if __name__ == "__main__":
    main()
