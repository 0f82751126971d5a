"""Regression with scikit-learn where a tenth of the targets are far off.

    python examples/python/robust_sklearn.py

Spoils targets of the diabetes data, fits scikit-learn's least squares and losskit's
RobustRegressor with several losses, and chooses huber's delta by cross-validation with a robust
scorer: a mean squared error would choose what fits the outliers.
"""

import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from losskit.sklearn import RobustRegressor, scorer

MODELS = {
    "least squares (scikit-learn)": LinearRegression(),
    "squared_error": RobustRegressor(loss="squared_error"),
    "absolute_error": RobustRegressor(loss="absolute_error", random_state=0),
    "huber, delta = 50": RobustRegressor(loss="huber", loss_params={"delta": 50.0}),
    "tukey_biweight, MAD scale": RobustRegressor(
        loss="tukey_biweight", loss_params={"scale": "mad"}
    ),
}


def main() -> None:
    X, y = load_diabetes(return_X_y=True)
    X, held_out, y, truth = train_test_split(X, y, test_size=0.3, random_state=0)
    rng = np.random.default_rng(0)
    spoilt = y.copy()
    spoilt[rng.choice(len(y), len(y) // 10, replace=False)] += 3000

    def error(model) -> float:
        return float(np.abs(model.predict(held_out) - truth).mean())

    print("mean absolute error on clean held-out rows, a tenth of the training targets off by 3000")
    for name, regressor in MODELS.items():
        model = make_pipeline(StandardScaler(), regressor).fit(X, spoilt)
        print(f"  {name:<30}{error(model):8.1f}")

    search = GridSearchCV(
        make_pipeline(StandardScaler(), RobustRegressor(loss="huber")),
        {"robustregressor__loss_params": [{"delta": d} for d in (5.0, 50.0, 500.0, 5000.0)]},
        scoring=scorer("absolute_error"),
        cv=5,
    ).fit(X, spoilt)
    chosen = search.best_params_["robustregressor__loss_params"]["delta"]
    print(f"  {f'huber, delta = {chosen:g} by search':<30}{error(search):8.1f}")


if __name__ == "__main__":
    main()
