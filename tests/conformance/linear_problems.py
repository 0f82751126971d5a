"""Makes linear_problems.txt, which tests/test_learn_linear.c reads: data, and for each loss the
objective at the optimum of a linear model, from formulas of their own in PyTorch and minimisers of
SciPy; coefficients of scikit-learn where it solves the same problem.

usage: linear_problems.py > linear_problems.txt"""

import warnings

import numpy as np
import scipy
import sklearn
import torch
from scipy.optimize import minimize
from sklearn import linear_model, svm

ROWS, FEATURES = 60, 5
L2 = 0.02


def make_data():
    rng = np.random.default_rng(7)
    x = rng.normal(size=(ROWS, FEATURES)) * np.array([1, 0.5, 2, 1, 0.3])
    x[rng.random(x.shape) < 0.3] = 0
    w = np.array([1.0, -2.0, 0.5, 0.0, 1.5])
    score = x @ w + 0.4
    number = score + 0.3 * rng.normal(size=ROWS)
    number[::9] += 8  # outliers
    positive = np.exp(0.3 * score) * rng.gamma(4, 0.25, size=ROWS)
    two = (score + 0.8 * rng.normal(size=ROWS) > 0).astype(float)
    three = np.digitize(score + 0.6 * rng.normal(size=ROWS), [-0.6, 1.2]).astype(float)
    weight = rng.integers(1, 4, size=ROWS).astype(float)
    return tuple(np.round(a, 6) for a in (x, number, positive, two, three, weight))


X, NUMBER, POSITIVE, TWO, THREE, WEIGHT = make_data()
TX = torch.tensor(X)
softplus = torch.nn.functional.softplus

# ---- losses of a margin, of a score and a target, of rows of scores ------------------------------


def of_margin(f):
    return lambda s, t: f((2 * t - 1) * s)


def of_residual(f):
    return lambda s, t: f(s - t)


def squared_hinge(m):
    return torch.clamp(1 - m, min=0) ** 2


def modified_huber(m):
    return torch.where(m >= -1, squared_hinge(m), -4 * m)


def huber(delta):
    return lambda r: torch.where(r.abs() < delta, 0.5 * r * r, delta * (r.abs() - 0.5 * delta))


def tukey(c, scale):
    def f(r):
        u = (r / (c * scale)) ** 2
        return c * c / 6 * (1 - torch.clamp(1 - u, min=0) ** 3)
    return f


def barron(alpha, c):
    b = abs(alpha - 2)
    return lambda r: b / alpha * (((r / c) ** 2 / b + 1) ** (alpha / 2) - 1)


def focal(s, t):
    p = torch.sigmoid((2 * t - 1) * s)
    weight = 0.75 - 0.5 * t
    return -weight * (1 - p) ** 2 * torch.log(p)


def squared_log_error(s, t):
    inside = (s > -1).all()
    return (torch.log1p(s) - torch.log1p(t)) ** 2 if inside else 1e3 + 0 * s


def balanced(s, t):
    beta = float((t == 0).double().mean())
    return beta * t * softplus(-s) + (1 - beta) * (1 - t) * softplus(s)


def log_p(s, t):
    return torch.log_softmax(s, 1)[torch.arange(len(t)), t.long()]


def smoothed(s, t):
    q = torch.log_softmax(s, 1)
    return -0.9 * log_p(s, t) - 0.1 * q.mean(1)


def js(s, t):
    q = torch.softmax(s, 1)
    y = torch.nn.functional.one_hot(t.long(), 3).double()
    m = 0.5 * (q + y)
    return 0.5 * (-torch.log(m[torch.arange(len(t)), t.long()]) + (q * torch.log(q / m)).sum(1))


def squared_weston_watkins(s, t):
    own = s[torch.arange(len(t)), t.long()][:, None]
    y = torch.nn.functional.one_hot(t.long(), 3).double()
    return ((1 - y) * torch.clamp(s - own + 1, min=0) ** 2).sum(1)


SMOOTH = [  # loss, parameters, target, formula, outputs, start from the Huber estimate
    ("logistic", [], "two", of_margin(lambda m: softplus(-m)), 1, 0),
    ("logistic", [1], "two", of_margin(lambda m: softplus(-m) / np.log(2)), 1, 0),
    ("squared_hinge", [], "two", of_margin(squared_hinge), 1, 0),
    ("modified_huber", [], "two", of_margin(modified_huber), 1, 0),
    ("exponential", [], "two", of_margin(lambda m: torch.exp(-m)), 1, 0),
    ("squared_error", [], "number", of_residual(lambda r: r * r), 1, 0),
    ("squared_error", [1], "number", of_residual(lambda r: r * r / 2), 1, 0),
    ("huber", [], "number", of_residual(huber(1)), 1, 0),
    ("smooth_l1", [0.5], "number", of_residual(lambda r: huber(0.5)(r) / 0.5), 1, 0),
    ("log_cosh", [], "number",
     of_residual(lambda r: r.abs() + softplus(-2 * r.abs()) - np.log(2)), 1, 0),
    ("expectile", [0.2], "number",
     of_residual(lambda r: r * r * (0.2 + 0.6 * (r > 0).double())), 1, 0),
    ("pseudo_huber", [0.7], "number",
     of_residual(lambda r: 0.49 * (torch.sqrt(1 + (r / 0.7) ** 2) - 1)), 1, 0),
    ("charbonnier", [0.1], "number", of_residual(lambda r: torch.sqrt(r * r + 0.01)), 1, 0),
    ("barron", [1.5, 0.8], "number", of_residual(barron(1.5, 0.8)), 1, 0),
    ("gaussian_nll", [], "number", of_residual(lambda r: r * r / 2), 1, 0),
    ("poisson", [], "positive", lambda s, t: torch.exp(s) - t * s, 1, 0),
    ("gamma", [], "positive", lambda s, t: s + t * torch.exp(-s), 1, 0),
    ("tweedie", [1.5], "positive",
     lambda s, t: 2 * t * torch.exp(-s / 2) + 2 * torch.exp(s / 2), 1, 0),
    ("squared_log_error", [], "positive",
     squared_log_error, 1, 0),
    ("tukey_biweight", [4.6851, 0.4], "number", of_residual(tukey(4.6851, 0.4)), 1, 1.345 * 0.4),
    ("cauchy", [0.5], "number",
     of_residual(lambda r: 0.125 * torch.log1p((r / 0.5) ** 2)), 1, 0.5),
    ("welsch", [0.9], "number",
     of_residual(lambda r: 0.405 * (1 - torch.exp(-(r / 0.9) ** 2))), 1, 0.9),
    ("geman_mcclure", [], "number", of_residual(lambda r: 0.5 * r * r / (1 + r * r)), 1, 1),
    ("barron", [0.5, 0.8], "number", of_residual(barron(0.5, 0.8)), 1, 0.8),
    ("sigmoid_cross_entropy", [], "two", of_margin(lambda m: softplus(-m)), 1, 0),
    ("sigmoid_cross_entropy", [3, 0], "two",
     lambda s, t: 3 * t * softplus(-s) + (1 - t) * softplus(s), 1, 0),
    ("balanced_sigmoid_cross_entropy", [], "two", balanced, 1, 0),
    ("sigmoid_focal", [], "two", focal, 1, 0),
    ("softmax_cross_entropy", [], "three", lambda s, t: -log_p(s, t), 3, 0),
    ("softmax_cross_entropy", [0.1, 0, 0, 0], "three", smoothed, 3, 0),
    ("linear_cross_entropy", [], "three", lambda s, t: -log_p(s, t), 3, 0),
    ("large_margin_softmax", [1, 0], "three", lambda s, t: -log_p(s, t), 3, 0),
    ("kl_divergence", [1, 0], "three", lambda s, t: -log_p(s, t), 3, 0),
    ("js_divergence", [1, 0], "three", js, 3, 0),
    ("softmax_focal", [], "three",
     lambda s, t: -(1 - torch.exp(log_p(s, t))) ** 2 * log_p(s, t), 3, 0),
    ("symmetric_cross_entropy", [], "three",
     lambda s, t: -0.1 * log_p(s, t) + 4 * (1 - torch.exp(log_p(s, t))), 3, 0),
    ("generalized_cross_entropy", [0.7], "three",
     lambda s, t: (1 - torch.exp(0.7 * log_p(s, t))) / 0.7, 3, 0),
    ("poly1", [], "three",
     lambda s, t: -log_p(s, t) + 1 - torch.exp(log_p(s, t)), 3, 0),
    ("multiclass_hinge", [0, 1, 2, 0], "three", squared_weston_watkins, 3, 0),
]
TARGETS = {"number": NUMBER, "positive": POSITIVE, "two": TWO, "three": THREE}


def smooth_optimum(f, target, outputs, l2, bias, weights, start):
    t, v = torch.tensor(target), torch.tensor(weights)
    n_w = outputs * FEATURES

    def objective(z):
        z = torch.tensor(z, requires_grad=True)
        w, b = z[:n_w].reshape(outputs, FEATURES), z[n_w:]
        s = TX @ w.T + (b if bias != "none" else 0)
        value = (v * f(s[:, 0] if outputs == 1 else s, t)).mean() + l2 / 2 * (w * w).sum()
        if bias == "penalised":
            value = value + l2 / 2 * (b * b).sum()
        value.backward()
        return float(value), z.grad.numpy()

    best = minimize(objective, start, jac=True, method="BFGS",
                    options={"gtol": 1e-11, "maxiter": 5000})
    best = minimize(objective, best.x, jac=True, method="L-BFGS-B",
                    options={"gtol": 1e-12, "ftol": 1e-16, "maxiter": 20000})
    return best.fun, best.x


def print_problem(loss, params, target, weighted, bias, l1, l2, tolerance, objective, x=()):
    words = [loss, target, str(int(weighted)), bias, f"{l1:.17g}", f"{l2:.17g}", str(len(params))]
    words += [f"{p:.17g}" for p in params] + [f"{tolerance:g}", f"{objective:.15g}", str(len(x))]
    print("problem", *words, *[f"{v:.12g}" for v in x])


def smooth_problems():
    for loss, params, target, f, outputs, delta in SMOOTH:
        for weighted, bias in ((0, "free"), (1, "penalised"), (0, "none")):
            if loss == "large_margin_softmax" and bias != "none":
                continue
            weights = WEIGHT if weighted else np.ones(ROWS)
            start = np.zeros(outputs * (FEATURES + 1))
            if delta:
                start = smooth_optimum(of_residual(huber(delta)), TARGETS[target], 1, L2, bias,
                                       weights, start)[1]
            value, _ = smooth_optimum(f, TARGETS[target], outputs, L2, bias, weights, start)
            print_problem(loss, params, target, weighted, bias, 0, L2, 1e-8, value)


# ---- losses with kinks: quadratic programs -------------------------------------------------------


def program(rows, offsets, slack_of, n_slack, weights, l2, outputs, bias, slope=0):
    """min mean(weights slack) + slope x + l2/2 |w|^2 with slack >= 0 and slack[slack_of] >= offsets -
    rows x."""
    n_w = outputs * FEATURES
    n_x = n_w + outputs
    penalty = np.zeros(n_x + n_slack)
    penalty[:n_w] = l2
    if bias == "penalised":
        penalty[n_w:n_x] = l2
    cost = np.zeros(n_x + n_slack)
    cost[:n_x] = slope
    cost[n_x:] = weights / ROWS
    a = np.zeros((len(rows), n_x + n_slack))
    a[:, :n_x] = rows
    a[np.arange(len(rows)), n_x + slack_of] = 1
    bounds = [(None, None)] * n_w + [(None, None) if bias != "none" else (0, 0)] * outputs
    bounds += [(0, None)] * n_slack
    start = np.concatenate([np.zeros(n_x), np.full(n_slack, np.abs(offsets).max() + 1)])
    best = minimize(lambda z: (cost @ z + 0.5 * penalty @ (z * z)), start,
                    jac=lambda z: cost + penalty * z, bounds=bounds, method="SLSQP",
                    constraints={"type": "ineq", "fun": lambda z: a @ z - offsets,
                                 "jac": lambda z: a},
                    options={"maxiter": 2000, "ftol": 1e-14})
    assert best.success, best.message
    return best.fun, best.x[:n_x]


ONE = np.hstack([X, np.ones((ROWS, 1))])


def hinge_optimum(bias, weights):
    y = 2 * TWO - 1
    return program(y[:, None] * ONE, np.ones(ROWS), np.arange(ROWS), ROWS, weights, L2, 1, bias)


def with_l1(rows, offsets, l1):
    """The same with slack >= w and slack >= -w for every weight, which costs l1."""
    one = np.eye(FEATURES, FEATURES + 1)
    order = np.concatenate([np.arange(ROWS), *[ROWS + np.arange(FEATURES)] * 2])
    return program(np.vstack([rows, one, -one]), np.concatenate([offsets, np.zeros(2 * FEATURES)]),
                   order, ROWS + FEATURES,
                   np.concatenate([np.ones(ROWS), np.full(FEATURES, l1 * ROWS)]), L2, 1, "free")[0]


def ramp_optimum(bias, weights, s):
    """Concave-convex procedure, from the hinge's solution."""
    rows = (2 * TWO - 1)[:, None] * ONE
    beyond = np.zeros(ROWS, bool)
    while True:
        slope = (weights * beyond) @ rows / ROWS
        _, x = program(rows, np.ones(ROWS), np.arange(ROWS), ROWS, weights, L2, 1, bias, slope)
        margins = rows @ x
        if (beyond == (margins < s)).all():
            break
        beyond = margins < s
    loss = np.minimum(1 - s, np.maximum(0, 1 - margins))
    penalised = x if bias == "penalised" else x[:-1]
    return (weights * loss).mean() + L2 / 2 * penalised @ penalised


def scaled_tukey_optimum(bias, weights, c):
    """The scale is the MAD of the residuals of the Huber estimate that it gives."""
    start, old = np.zeros(FEATURES + 1), 0
    while True:
        r = (ONE if bias != "none" else ONE * ([1] * FEATURES + [0])) @ start - NUMBER
        scale = 1.482602218505602 * np.median(np.abs(r - np.median(r)))
        if abs(scale - old) < 1e-12 * scale:
            break
        old = scale
        start = smooth_optimum(of_residual(huber(1.345 * scale)), NUMBER, 1, L2, bias, weights,
                               start)[1]
    return smooth_optimum(of_residual(tukey(c, scale)), NUMBER, 1, L2, bias, weights, start)[0]


def residual_optimum(bias, weights, up, down, epsilon):
    """slack >= up (r - epsilon) and slack >= down (-r - epsilon)"""
    rows = np.vstack([-up * ONE, down * ONE])
    offsets = np.concatenate([-up * (NUMBER + epsilon), down * (NUMBER - epsilon)])
    order = np.concatenate([np.arange(ROWS)] * 2)
    return program(rows, offsets, order, ROWS, weights, L2, 1, bias)


def classes_optimum(bias, weights, kind):
    rows, offsets, order, slacks = [], [], [], []
    for i in range(ROWS):
        y = int(THREE[i])
        for j in range(3):
            row = np.zeros(3 * FEATURES + 3)
            sign = 1 if j == y else -1
            if kind == "one_vs_all":
                row[j * FEATURES:(j + 1) * FEATURES] = sign * X[i]
                row[3 * FEATURES + j] = sign
            elif j == y:
                continue
            else:
                for c, s in ((y, 1), (j, -1)):
                    row[c * FEATURES:(c + 1) * FEATURES] = s * X[i]
                    row[3 * FEATURES + c] = s
            rows.append(row)
            offsets.append(1.0)
            order.append(i if kind == "crammer_singer" else len(order))
            slacks.append(weights[i])
    slack_weights = weights if kind == "crammer_singer" else np.array(slacks)
    return program(np.array(rows), np.array(offsets), np.array(order), len(slack_weights),
                   slack_weights, L2, 3, bias)


def kinked_problems():
    for weighted, bias in ((0, "free"), (1, "penalised"), (0, "none")):
        weights = WEIGHT if weighted else np.ones(ROWS)
        for loss, params, (up, down, epsilon) in (
                ("absolute_error", [], (1, 1, 0)), ("quantile", [0.3], (0.7, 0.3, 0)),
                ("epsilon_insensitive", [0.25], (1, 1, 0.25))):
            value, _ = residual_optimum(bias, weights, up, down, epsilon)
            print_problem(loss, params, "number", weighted, bias, 0, L2, 1e-6, value)
        print_problem("hinge", [], "two", weighted, bias, 0, L2, 1e-6,
                      hinge_optimum(bias, weights)[0])
        print_problem("ramp", [-0.5], "two", weighted, bias, 0, L2, 1e-6,
                      ramp_optimum(bias, weights, -0.5))
        print_problem("tukey_biweight", [4.6851, 0], "number", weighted, bias, 0, L2, 1e-5,
                      scaled_tukey_optimum(bias, weights, 4.6851))
        for kind, name in enumerate(("weston_watkins", "crammer_singer", "one_vs_all")):
            value, _ = classes_optimum(bias, weights, name)
            print_problem("multiclass_hinge", [kind, 1, 1, 0], "three", weighted, bias, 0, L2,
                          1e-6, value)
        print_problem("perceptron", [], "two", weighted, bias, 0, L2, 1e-12, 0)


def kinked_problems_with_l1():
    """For stochastic descent, which comes near."""
    l1 = 0.03
    value = with_l1((2 * TWO - 1)[:, None] * ONE, np.ones(ROWS), l1)
    print_problem("hinge", [], "two", 0, "free", l1, L2, 1e-3, value)


# ---- scikit-learn's own --------------------------------------------------------------------------


def value_at(f, target, w, b, l1, l2, penalised=False):
    s = TX @ torch.tensor(np.atleast_2d(w)).T + torch.tensor(np.atleast_1d(b))
    value = float(f(s[:, 0] if s.shape[1] == 1 else s, torch.tensor(target)).mean())
    flat = np.ravel(w)
    return value + l2 / 2 * (flat @ flat + (b @ b if penalised else 0)) + l1 * np.abs(flat).sum()


def sklearn_problems():
    logistic, cross_entropy = SMOOTH[0][3], lambda s, t: -log_p(s, t)
    m = linear_model.LogisticRegression(C=1 / (ROWS * L2), tol=1e-12, max_iter=100000)
    m.fit(X, TWO)
    print_problem("logistic", [], "two", 0, "free", 0, L2, 1e-8,
                  value_at(logistic, TWO, m.coef_[0], m.intercept_, 0, L2),
                  [*m.coef_[0], *m.intercept_])
    m.fit(X, THREE)
    print_problem("softmax_cross_entropy", [], "three", 0, "free", 0, L2, 1e-8,
                  value_at(cross_entropy, THREE, m.coef_, m.intercept_, 0, L2),
                  [*np.ravel(m.coef_)])
    m = linear_model.Ridge(alpha=ROWS * L2, solver="cholesky").fit(X, NUMBER)
    print_problem("squared_error", [1], "number", 0, "free", 0, L2, 1e-10,
                  value_at(SMOOTH[6][3], NUMBER, m.coef_, np.array([m.intercept_]), 0, L2),
                  [*m.coef_, m.intercept_])
    m = linear_model.LinearRegression().fit(X, NUMBER)
    print_problem("squared_error", [1], "number", 0, "free", 0, 0, 1e-10,
                  value_at(SMOOTH[6][3], NUMBER, m.coef_, np.array([m.intercept_]), 0, 0),
                  [*m.coef_, m.intercept_])
    for l1, l2 in ((0.3, 0.0), (0.2, 0.1), (0.05, 0.0)):
        m = linear_model.ElasticNet(alpha=l1 + l2, l1_ratio=l1 / (l1 + l2), tol=1e-14,
                                    max_iter=10**6).fit(X, NUMBER)
        print_problem("squared_error", [1], "number", 0, "free", l1, l2, 1e-9,
                      value_at(SMOOTH[6][3], NUMBER, m.coef_, np.array([m.intercept_]), l1, l2),
                      [*m.coef_, m.intercept_])
    l1 = 0.04
    m = linear_model.LogisticRegression(C=1 / (ROWS * l1), l1_ratio=1, solver="saga", tol=1e-14,
                                        max_iter=10**6).fit(X, TWO)
    print_problem("logistic", [], "two", 0, "free", l1, 0, 1e-8,
                  value_at(logistic, TWO, m.coef_[0], m.intercept_, l1, 0),
                  [*m.coef_[0], *m.intercept_])
    for loss, tolerance in (("squared_hinge", 1e-8), ("hinge", 1e-6)):
        m = svm.LinearSVC(loss=loss, C=1 / (ROWS * L2), tol=1e-12, max_iter=10**7, random_state=1)
        m.fit(X, TWO)
        f = squared_hinge if loss == "squared_hinge" else lambda t: torch.clamp(1 - t, min=0)
        print_problem(loss, [], "two", 0, "penalised", 0, L2, tolerance,
                      value_at(of_margin(f), TWO, m.coef_[0], m.intercept_, 0, L2, True),
                      [*m.coef_[0], *m.intercept_])


def main():
    warnings.simplefilter("ignore")
    print(f"# Made by tests/conformance/linear_problems.py with PyTorch {torch.__version__}, "
          f"SciPy {scipy.__version__} and scikit-learn {sklearn.__version__}.")
    print("data", ROWS, FEATURES)
    for i in range(ROWS):
        print(*[f"{v:.17g}" for v in (*X[i], NUMBER[i], POSITIVE[i], TWO[i], THREE[i], WEIGHT[i])])
    smooth_problems()
    kinked_problems()
    kinked_problems_with_l1()
    sklearn_problems()


main()
