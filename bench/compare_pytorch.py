#!/usr/bin/env python3
"""losskit against PyTorch's CPU: value and gradient of the mean, f32, in one process, alternately.

    bench/compare_pytorch.py build/liblosskit.so [--json]

PyTorch runs its forward and backward as a training loop does; losskit runs through ctypes, whose
cost of about a microsecond a call counts against losskit. Times are the best of many alternating
runs; the ratio is PyTorch / losskit, so more than 1 means that losskit is faster. Both results are
compared before anything is timed."""

import argparse
import json
import time

import numpy as np
import torch
import torch.nn.functional as F

from losskit_ctypes import Losskit

SIZES = (1, 16, 256, 4096, 1 << 24)


def signs(rng, n):
    return rng.integers(0, 2, n) * 2 - 1


def composed_log_cosh(x, y):
    r = x - y
    return (r + F.softplus(-2 * r) - 0.6931471805599453).mean()


def composed_focal(x, y, gamma=2.0, alpha=0.25):
    ce = F.binary_cross_entropy_with_logits(x, y, reduction="none")
    p = torch.sigmoid(x)
    fade = (1 - (p * y + (1 - p) * (1 - y))) ** gamma
    return ((alpha * y + (1 - alpha) * (1 - y)) * fade * ce).mean()


# losskit's name, PyTorch's function, input, target, parameters, in PyTorch or composed of its parts
def cases():
    normal = lambda rng, n: rng.normal(0, 3, n)
    unit = lambda rng, n: rng.uniform(0.001, 0.999, n)
    return [
        ("squared_error", F.mse_loss, normal, normal, (), "has"),
        ("absolute_error", F.l1_loss, normal, normal, (), "has"),
        ("huber", F.huber_loss, normal, normal, (1.0,), "has"),
        ("smooth_l1", F.smooth_l1_loss, normal, normal, (1.0,), "has"),
        ("logistic", F.soft_margin_loss, normal, signs, (0.0,), "has"),
        ("sigmoid_cross_entropy", F.binary_cross_entropy_with_logits, normal, unit, (1.0, 0.0),
         "has"),
        ("binary_cross_entropy", F.binary_cross_entropy, unit, unit, (), "has"),
        ("poisson", F.poisson_nll_loss, lambda rng, n: rng.normal(0, 1, n),
         lambda rng, n: rng.poisson(2, n), (0.0,), "has"),
        ("gaussian_nll", lambda x, y, v: F.gaussian_nll_loss(x, y, v), normal, normal, (1e-6, 0.0),
         "has"),
        ("log_cosh", composed_log_cosh, normal, normal, (), "composed"),
        ("sigmoid_focal", composed_focal, normal, lambda rng, n: rng.integers(0, 2, n),
         (2.0, 0.25), "composed"),
    ]


def prepare(library, case, n):
    """The two callables, after checking that they agree."""
    name, function, draw_input, draw_target, params, _ = case
    rng = np.random.default_rng(n)
    arrays = {"input": draw_input(rng, n).astype(np.float32),
              "target": draw_target(rng, n).astype(np.float32),
              "gradient": np.zeros(n, np.float32)}
    if name == "gaussian_nll":
        arrays["auxiliary"] = rng.uniform(0.5, 2, n).astype(np.float32)
    ours = library.prepare(name, arrays, params)
    x = torch.from_numpy(arrays["input"].copy()).requires_grad_()
    rest = [torch.from_numpy(arrays[k]) for k in ("target", "auxiliary") if k in arrays]

    def theirs():
        x.grad = None
        loss = function(x, *rest)
        loss.backward()
        return loss

    mean, expected = ours(), theirs().detach()
    assert abs(mean - float(expected)) <= 1e-4 * (1 + abs(mean)), (name, mean, float(expected))
    error = np.abs(arrays["gradient"] - x.grad.numpy()).max() * n
    assert error <= 1e-4, (name, error)
    return ours, theirs


def best_times(functions, repeat, rounds, pause=0):
    """Best seconds a call for each function, in turns; a pause lets the other's threads, which spin
    for a while after their work, come to rest."""
    best = [float("inf")] * len(functions)
    for _ in range(rounds):
        for k, function in enumerate(functions):
            time.sleep(pause)
            start = time.perf_counter()
            for _ in range(repeat):
                function()
            best[k] = min(best[k], (time.perf_counter() - start) / repeat)
    return best


def measure(library):
    rows = []
    for case in cases():
        row = {"loss": case[0], "pytorch": case[5], "sizes": {}}
        for n in SIZES:
            functions = prepare(library, case, n)
            repeat, rounds = (1, 15) if n > 1 << 20 else (max(20, 20000 // n), 15)
            ours, theirs = best_times(functions, min(repeat, 300), rounds)
            row["sizes"][n] = {"losskit_us": ours * 1e6, "pytorch_us": theirs * 1e6,
                               "ratio": theirs / ours}
        rows.append(row)
    return rows


def table(rows):
    lines = ["| loss | PyTorch | " + " | ".join(f"n = {n}" for n in SIZES) + " | ms at 2^24 |",
             "|---|---|" + "---:|" * (len(SIZES) + 1)]
    for row in rows:
        ratios = " | ".join(f"{row['sizes'][n]['ratio']:.1f}" for n in SIZES)
        large = row["sizes"][SIZES[-1]]
        lines.append(f"| {row['loss']} | {row['pytorch']} | {ratios} | "
                     f"{large['losskit_us'] / 1e3:.1f} / {large['pytorch_us'] / 1e3:.1f} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("library", help="path of liblosskit.so")
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    options = parser.parse_args()
    library = Losskit(options.library)
    rows = measure(library)
    if options.json:
        print(json.dumps({"schema": 1, "isa": library.isa(), "torch": torch.__version__,
                          "threads": torch.get_num_threads(), "losses": rows}, indent=1))
    else:
        print(f"losskit {library.isa()}, PyTorch {torch.__version__}, "
              f"{torch.get_num_threads()} threads; PyTorch time / losskit time\n")
        print(table(rows))


if __name__ == "__main__":
    main()
