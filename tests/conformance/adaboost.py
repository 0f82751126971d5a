"""Writes adaboost.txt: AdaBoost of scikit-learn on stumps with the least weighted error, for
test_learn_adaboost.c. (scikit-learn's own trees choose by Gini impurity.)

    python3 adaboost.py > adaboost.txt
"""
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import AdaBoostClassifier

ROUNDS = 40
rng = np.random.default_rng(1)
pick = rng.permutation(569)[:120]
X, y = load_breast_cancer(return_X_y=True)
X, y = np.round(X[pick][:, [0, 1, 6, 27, 24]], 3), y[pick]
X[:, 2] = np.where(X[:, 2] < 0.05, 0, X[:, 2])  # zeros and
X[:, 1] = np.round(X[:, 1] - 19)  # ties
flip = rng.random(120) < 0.08
y = np.where(flip, 1 - y, y)
weight = np.round(rng.uniform(0, 2, 120), 2)


class Stump(ClassifierMixin, BaseEstimator):
    def fit(self, X, y, sample_weight):
        self.classes_ = np.array([0, 1])
        s = np.where(y == 1, 1, -1) * sample_weight
        best = (-1,)
        for f in range(X.shape[1]):
            values = np.unique(X[:, f])
            for t in np.concatenate([[-np.inf], (values[1:] + values[:-1]) / 2]):
                edge = (np.where(X[:, f] > t, 1, -1) * s).sum()
                if abs(edge) > best[0] + 1e-12:
                    best = (abs(edge), f, t, np.sign(edge))
        _, self.feature_, self.threshold_, self.sign_ = best
        return self

    def predict(self, X):
        h = np.where(X[:, self.feature_] > self.threshold_, self.sign_, -self.sign_)
        return (h > 0).astype(int)


print("# adaboost.py wrote this: x1 .. x5, class, weight of 120 rows")
for i in range(120):
    print(*X[i], y[i], weight[i])
for name, w in (("equal", np.ones(120)), ("weighted", weight)):
    m = AdaBoostClassifier(Stump(), n_estimators=ROUNDS).fit(X, y, w)
    f = np.zeros(120)
    print(f"# {name}: feature threshold sign theta error training_error, of each round")
    for k, stump in enumerate(m.estimators_):
        # scikit-learn's weights are 2 theta
        f += m.estimator_weights_[k] / 2 * np.where(stump.predict(X) == 1, 1, -1)
        print(stump.feature_, repr(float(stump.threshold_)), int(stump.sign_),
              repr(float(m.estimator_weights_[k] / 2)), repr(float(m.estimator_errors_[k])),
              repr(float((w * ((f > 0) != (y == 1))).sum() / w.sum())))
