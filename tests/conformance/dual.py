"""Writes dual.txt: optima of linear models with losses that have corners, for test_learn_dual.c.

Each is found as a quadratic program in the primal, weights, bias and slacks, by the interior point
method Clarabel; where scikit-learn has the model, its LIBSVM or LIBLINEAR has to agree.

    python3 dual.py > dual.txt
"""
import itertools
import sys

import clarabel
import numpy as np
import scipy.sparse
from sklearn.svm import SVC, SVR, LinearSVC

N, D, K = 24, 3, 3
rng = np.random.default_rng(3)
X = np.round(rng.normal(size=(N, D)), 3)
X[5] = X[4]
X[7] = 0
margin = np.where(X @ [1, -2, 0.5] + rng.normal(size=N) > 0.3, 1.0, -1.0)
number = np.round(X @ [0.5, 1, -1] + 2 + rng.standard_t(2, size=N), 3)
label = np.argmax(X + rng.normal(size=(N, K)), axis=1).astype(float)
weight = np.round(rng.uniform(0, 3, size=N), 3)
weight[2] = 0
shift = np.round(rng.uniform(-0.5, 0.5, size=N), 3)

BINARY = [("hinge", []), ("squared_hinge", []), ("modified_huber", []), ("perceptron", [])]
REGRESSION = [("epsilon_insensitive", [0.3]), ("absolute_error", []), ("quantile", [0.2]),
              ("huber", [0.7])]
CLASSES = [("multiclass_hinge", [kind, delta, power, average]) for kind, delta, power, average in
           [(0, 1, 1, 0), (1, 1, 1, 0), (2, 1, 1, 0), (0, 1, 2, 0), (1, 0.5, 2, 0), (2, 2, 2, 1),
            (1, 2, 1, 1)]]


# A loss is the least sum of linear . s + 1/2 square . s^2 over slacks s >= 0 with, for each side
# (a, b), the sum of the slacks of that side >= a z + b.
def pieces(loss, p):
    """Of each side: (a, b as a multiple of 1 or of y, [(linear, square) of its slacks])."""
    return {
        "hinge": lambda: [(-1, 1, [(1, 0)])],
        "squared_hinge": lambda: [(-1, 1, [(0, 2)])],
        "modified_huber": lambda: [(-1, 1, [(0, 2), (4, 0)])],
        "perceptron": lambda: [(-1, 0, [(1, 0)])],
        "epsilon_insensitive": lambda: [(1, -p[0], [(1, 0)]), (-1, -p[0], [(1, 0)])],
        "absolute_error": lambda: [(1, 0, [(1, 0)]), (-1, 0, [(1, 0)])],
        "quantile": lambda: [(1, 0, [(1 - p[0], 0)]), (-1, 0, [(p[0], 0)])],
        "huber": lambda: [(1, 0, [(0, 1), (p[0], 0)]), (-1, 0, [(0, 1), (p[0], 0)])],
    }[loss]()


class Program:
    """min 1/2 x P x + q x with A x <= b, of which the first n variables are weights and biases."""

    def __init__(self, n):
        self.linear, self.square = [0.0] * n, [0.0] * n
        self.rows, self.bounds = [], []

    def add(self, linear, square):
        self.linear.append(linear)
        self.square.append(square)
        self.rows.append({len(self.linear) - 1: -1.0})
        self.bounds.append(0.0)
        return len(self.linear) - 1

    def at_least(self, slacks, terms, constant):
        """sum of slacks >= sum of terms + constant"""
        row = dict(terms)
        for k in slacks:
            row[k] = row.get(k, 0) - 1.0
        self.rows.append(row)
        self.bounds.append(-constant)

    def solve(self):
        n = len(self.linear)
        A = scipy.sparse.lil_matrix((len(self.rows), n))
        for i, row in enumerate(self.rows):
            for k, v in row.items():
                A[i, k] = v
        settings = clarabel.DefaultSettings()
        settings.verbose = False
        settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-12
        P = scipy.sparse.diags(self.square).tocsc()
        r = clarabel.DefaultSolver(P, np.array(self.linear), A.tocsc(), np.array(self.bounds),
                                   [clarabel.NonnegativeConeT(len(self.rows))], settings).solve()
        if str(r.status) not in ("Solved", "AlmostSolved"):
            sys.exit(f"clarabel: {r.status}")
        return r.obj_val


def score_of(i, first, bias_at, bias):
    terms = {first + j: X[i, j] for j in range(D)}
    if bias != 2:
        terms[bias_at] = 1.0
    return terms


def binary_or_regression(loss, p, bias, c, t, l2, y):
    m = Program(D + 1)
    m.square[:D] = [l2] * D
    m.square[D] = l2 if bias == 1 else 0.0
    for i in range(N):
        z = score_of(i, 0, D, bias)
        for k, v in z.items():
            m.linear[k] += t[i] / N * v
        for a, b, costs in pieces(loss, p):
            slacks = [m.add(c[i] / N * linear, c[i] / N * square) for linear, square in costs]
            sign = a * y[i] if y is margin else a
            m.at_least(slacks, {k: sign * v for k, v in z.items()}, b if y is margin else b - a * y[i])
    return m.solve()


def classes(p, bias, c, l2):
    kind, delta, power, average = p
    m = Program(K * D + K)
    m.square[:K * D] = [l2] * (K * D)
    m.square[K * D:] = [l2 if bias == 1 else 0.0] * K
    for i in range(N):
        factor = c[i] / N / (K if average else 1)
        z = [score_of(i, k * D, K * D + k, bias) for k in range(K)]
        y = int(label[i])
        slack = None
        for k in range(K):
            if kind != 2 and k == y:
                continue
            if kind != 1 or slack is None:
                slack = m.add(factor if power == 1 else 0.0, 2 * factor if power == 2 else 0.0)
            terms = {} if kind == 2 and k == y else dict(z[k])
            for at, v in z[y].items():
                if kind != 2 or k == y:
                    terms[at] = terms.get(at, 0) - v
            m.at_least([slack], terms, delta)
    return m.solve()


def check_scikit(loss, p, bias, weighted, shifted, l2, value):
    """Objectives of scikit-learn's own solutions, where it has the model."""
    c = weight if weighted else np.ones(N)
    C = 1 / (N * l2)
    if shifted or (weighted and loss == "multiclass_hinge"):
        return
    if loss == "hinge" and bias == 0:
        m = SVC(kernel="linear", C=C, tol=1e-12).fit(X, margin, c)
        z, w = m.decision_function(X), m.coef_.ravel()
        got = (c * np.maximum(0, 1 - margin * z)).mean() + l2 / 2 * w @ w
    elif loss == "epsilon_insensitive" and bias == 0:
        m = SVR(kernel="linear", C=C, epsilon=p[0], tol=1e-12).fit(X, number, c)
        w = m.coef_.ravel()
        got = (c * np.maximum(0, abs(m.predict(X) - number) - p[0])).mean() + l2 / 2 * w @ w
    elif loss == "squared_hinge" and bias == 1:
        m = LinearSVC(dual=True, C=C, tol=1e-12, max_iter=1000000).fit(X, margin, c)
        w, b = m.coef_.ravel(), m.intercept_[0]
        z = X @ w + b
        got = (c * np.maximum(0, 1 - margin * z) ** 2).mean() + l2 / 2 * (w @ w + b * b)
    elif loss == "multiclass_hinge" and p == [1, 1, 1, 0] and bias == 1:
        m = LinearSVC(multi_class="crammer_singer", C=C, tol=1e-12, max_iter=1000000).fit(X, label)
        z = X @ m.coef_.T + m.intercept_
        own = np.eye(K, dtype=bool)[label.astype(int)]
        lead = z[own] - np.where(own, -np.inf, z).max(axis=1)
        got = np.maximum(0, 1 - lead).mean() + l2 / 2 * ((m.coef_ ** 2).sum() +
                                                         (m.intercept_ ** 2).sum())
    else:
        return
    if abs(got - value) > 1e-6 * abs(value):
        sys.exit(f"{loss} {p} bias {bias}: {value!r}, scikit-learn has {got!r}")


def main():
    print("# dual.py wrote this. x1 x2 x3 margin number label weight shift; then the optima")
    for i in range(N):
        print(*X[i], margin[i], number[i], label[i], weight[i], shift[i])
    print("# loss n_params params bias weighted shifted l2 objective")
    for loss, p in BINARY + REGRESSION + CLASSES:
        y = number if (loss, p) in REGRESSION else margin
        for bias, (weighted, shifted), l2 in itertools.product((0, 1, 2), ((0, 0), (1, 0), (1, 1)),
                                                               (0.02, 0.5)):
            if shifted and loss in ("multiclass_hinge", "perceptron"):
                continue
            c = weight if weighted else np.ones(N)
            t = shift if shifted else np.zeros(N)
            if loss == "multiclass_hinge":
                value = classes(p, bias, c, l2)
            else:
                value = binary_or_regression(loss, p, bias, c, t, l2, y)
            check_scikit(loss, p, bias, weighted, shifted, l2, value)
            print(loss, len(p), *p, bias, weighted, shifted, l2, repr(float(value)), flush=True)


main()
