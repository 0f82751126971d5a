#!/usr/bin/env python3
"""Coefficients of src/cpu/vmath.h: minimax polynomials by the Remez exchange, in 200 bits.

Each set approximates F(x) on [a, b] so that |weight(x) (P(x) - F(x))| is smallest; the weight turns
the error of P into the relative error of the function that uses it. Needs mpmath.
"""
from mpmath import (atanh, cos, cosh, exp, expm1, log, log1p, lu_solve, matrix, mp, mpf, nstr, pi,
                    polyval, sqrt, tanh, workprec)

mp.prec = 200
TINY = mpf(2) ** -50  # below, a quotient of differences is replaced by its limit


def remez(func, weight, a, b, degree, iterations=10, grid=1200):
    """Coefficients, lowest first, and the largest weighted error on the grid."""
    a, b = mpf(a), mpf(b)
    count = degree + 2
    nodes = [(a + b) / 2 - (b - a) / 2 * cos(pi * (2 * k + 1) / (2 * count)) for k in range(count)]
    xs = [(a + b) / 2 - (b - a) / 2 * cos(pi * k / grid) for k in range(grid + 1)]
    fs = [func(x) for x in xs]
    # A weight that vanishes would leave P free at that point: keep it above 1/10000 of its peak.
    peak = max(weight(x) for x in xs)
    floored = lambda x: max(weight(x), peak / 10000)
    ws = [floored(x) for x in xs]
    best = None
    for _ in range(iterations):
        system, right = matrix(count, count), matrix(count, 1)
        for i, x in enumerate(nodes):
            for j in range(degree + 1):
                system[i, j] = x ** j
            system[i, degree + 1] = (-1) ** i / floored(x)
            right[i] = func(x)
        solution = lu_solve(system, right)
        coefficients = [solution[j] for j in range(degree + 1)]
        errors = [(polyval(coefficients[::-1], x) - f) * w for x, f, w in zip(xs, fs, ws)]
        largest = max(abs(e) for e in errors)
        if best is None or largest < best[1]:
            best = (coefficients, largest)
        # One extremum between consecutive sign changes.
        extrema, current = [], 0
        for i in range(1, len(xs)):
            if (errors[i] > 0) != (errors[current] > 0):
                extrema.append(current)
                current = i
            elif abs(errors[i]) > abs(errors[current]):
                current = i
        extrema.append(current)
        while len(extrema) > count:
            extrema.pop(0 if abs(errors[extrema[0]]) < abs(errors[extrema[-1]]) else -1)
        if len(extrema) < count:
            break
        nodes = [xs[i] for i in extrema]
    return best


def to_single(func, weight, a, b, coefficients, points=80):
    """The coefficients as f32 numbers: each, from the lowest, is rounded and the others are fitted
    again by least squares, so that later ones make up for what rounding an earlier one lost."""
    a, b = mpf(a), mpf(b)
    xs = [(a + b) / 2 - (b - a) / 2 * cos(pi * (2 * k + 1) / (2 * points)) for k in range(points)]
    ws, fs = [weight(x) for x in xs], [func(x) for x in xs]
    rounded, rest = [], list(coefficients)
    while rest:
        with workprec(24):
            rounded.append(+rest[0])
        first, free = len(rounded), len(rest) - 1
        if free == 0:
            break
        system, right = matrix(points, free), matrix(points, 1)
        for i, x in enumerate(xs):
            for j in range(free):
                system[i, j] = ws[i] * x ** (first + j)
            right[i] = ws[i] * (fs[i] - polyval(rounded[::-1], x))
        rest = list(lu_solve(system, right))
    return rounded, max(w * abs(polyval(rounded[::-1], x) - f) for x, w, f in zip(xs, ws, fs))


def limited(func, limit):
    return lambda x: limit if abs(x) < TINY else func(x)


# e^r = 1 + r + r^2 Q(r)
EXP = limited(lambda r: (expm1(r) - r) / r ** 2, mpf(1) / 2)
EXP_WEIGHT = lambda r: r ** 2 / exp(r)
# log(1 + f) = f + f^2 Q(f), and = f - f^2/2 + f^3 T(f)
LOG1P_Q = limited(lambda f: (log1p(f) - f) / f ** 2, -mpf(1) / 2)
LOG1P_T = limited(lambda f: (log1p(f) - f + f ** 2 / 2) / f ** 3, mpf(1) / 3)
LOG1P_Q_WEIGHT = limited(lambda f: f ** 2 / log1p(f), TINY)
LOG1P_T_WEIGHT = limited(lambda f: f ** 3 / log1p(f), TINY)
# log(1 + f) = 2 atanh(s), s = f / (2 + f): = 2 s + s z P(z), z = s^2
LOG1P_P = limited(lambda z: 2 * (atanh(sqrt(z)) / sqrt(z) - 1) / z, mpf(2) / 3)
LOG1P_P_WEIGHT = limited(lambda z: z * sqrt(z) / (2 * atanh(sqrt(z))), TINY)
# tanh r = r + r z T(z) and log cosh r = z/2 + z^2 G(z), z = r^2
TANH = limited(lambda z: (tanh(sqrt(z)) / sqrt(z) - 1) / z, -mpf(1) / 3)
LOG_COSH = limited(lambda z: (log(cosh(sqrt(z))) - z / 2) / z ** 2, -mpf(1) / 12)
HALF_LN2 = log(2) / 2 * mpf("1.0001")

SETS = {
    "exp f32": (EXP, EXP_WEIGHT, -HALF_LN2, HALF_LN2, 4, 9),
    "exp f64": (EXP, EXP_WEIGHT, -HALF_LN2, HALF_LN2, 9, 20),
    "log1p unit f32": (LOG1P_Q, LOG1P_Q_WEIGHT, 0, 1, 8, 9),
    "log1p f32": (LOG1P_T, LOG1P_T_WEIGHT, sqrt(mpf(1) / 2) - 1, sqrt(2) - 1, 7, 9),
    "log1p f64": (LOG1P_P, LOG1P_P_WEIGHT, 0, mpf(1) / 9, 9, 20),
    "tanh f32": (TANH, lambda z: z, 0, mpf("0.4"), 4, 9),
    "tanh f64": (TANH, lambda z: z, 0, mpf("0.4"), 11, 20),
    "log cosh f32": (LOG_COSH, lambda z: 2 * z, 0, 1, 6, 9),
    "log cosh f64": (LOG_COSH, lambda z: 2 * z, 0, 1, 13, 20),
}


def main():
    for name, (func, weight, a, b, degree, digits) in SETS.items():
        coefficients, error = remez(func, weight, a, b, degree)
        if name.endswith("f32"):
            coefficients, error = to_single(func, weight, a, b, coefficients)
        print(f"{name}: error 2^{float(log(error, 2)):.1f} on [{nstr(a, 5)}, {nstr(b, 5)}]")
        for power, value in enumerate(coefficients):
            print(f"    x^{power}  {nstr(value, digits)}")


if __name__ == "__main__":
    main()
