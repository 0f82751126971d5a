#!/usr/bin/env python3
"""losskit against PyTorch's CPU on losses over rows, regions, features and sequences: value and gradients of
the mean, f32, in one process, alternately, and the memory that a linear layer's loss needs.

    bench/compare_families.py build/liblosskit.so [--only WORD] [--rounds N] [--json]

PyTorch runs its forward and backward as a training loop does, eagerly; both results are compared
before anything is timed. Times are the best of many rounds. `of copy` is the time that PyTorch's
copy_ takes to read and write as many bytes as the scores and their gradient have, by losskit's."""

import argparse
import datetime
import json
import os
import pathlib
import platform
import subprocess
import sys

import numpy as np

from losskit_ctypes import BATCH_MEAN, LENGTH_MEAN, MEAN, Losskit

LINEAR = (1024, 512, 32000)


class Case:
    """One loss and shape. `draw` makes the inputs by the names of lk_call's members, `slopes` tells
    which of them get a gradient and where losskit puts it, `theirs` is PyTorch's function."""

    def __init__(self, loss, text, draw, theirs, params=(), slopes=None, reduction=MEAN,
                 copied=False, tolerance=1e-3):
        self.loss, self.text, self.draw, self.theirs, self.params = loss, text, draw, theirs, params
        self.slopes = slopes or {"input": "gradient"}
        self.reduction, self.copied, self.tolerance = reduction, copied, tolerance

    def arrays(self):
        return {name: np.ascontiguousarray(array) for name, array in
                self.draw(np.random.default_rng(2026)).items()}

    def ours(self, library, arrays):
        """The call, and the gradients that it fills."""
        slopes = {slope: np.zeros(arrays[name].shape, arrays[name].dtype)
                  for name, slope in self.slopes.items()}
        return library.prepare(self.loss, {**arrays, **slopes}, self.params, self.reduction), slopes

    def pytorch(self, arrays):
        """Forward and backward, and the leaves that they leave gradients in."""
        import torch
        inputs = {name: torch.from_numpy(array) for name, array in arrays.items()}
        leaves = {name: inputs[name].clone().requires_grad_() for name in self.slopes}
        inputs.update(leaves)

        def run():
            for leaf in leaves.values():
                leaf.grad = None
            loss = self.theirs(**inputs)
            loss.backward()
            return loss

        return run, leaves


def normal(rng, *shape):
    return rng.standard_normal(shape, np.float32)


def labelled(*shape):
    """Scores with the class axis at 1, and labels."""
    def draw(rng):
        rows = shape[:1] + shape[2:]
        return {"input": 3 * normal(rng, *shape), "target": rng.integers(0, shape[1], rows)}
    return draw


def distributions(logits, *shape):
    def draw(rng):
        scores = 3 * normal(rng, *shape)
        target = np.exp(normal(rng, *shape))
        if not logits:
            scores -= np.log(np.exp(scores).sum(1, keepdims=True))
        return {"input": scores, "target": target / target.sum(1, keepdims=True)}
    return draw


def pairs(rng):
    shape = (16384, 256)
    return {"input": normal(rng, *shape), "other": normal(rng, *shape),
            "target": rng.integers(0, 2, shape[0]) * 2 - 1}


def points(members, *shape):
    return lambda rng: {name: normal(rng, *shape) for name in members}


def draw_center(rng):
    return {"input": normal(rng, 16384, 256), "target": rng.integers(0, 100, 16384),
            "centers": normal(rng, 100, 256)}


def draw_linear(rng):
    n, d, c = LINEAR
    return {"input": normal(rng, n, d), "weights": normal(rng, c, d) / 16,
            "target": rng.integers(0, c, n)}


def draw_masks(rng):
    shape = (16, 1, 512, 512)
    return {"input": 2 * normal(rng, *shape),
            "target": rng.integers(0, 2, shape).astype(np.float32)}


def utterances(frames, count, classes, labels):
    def draw(rng):
        return {"input": normal(rng, frames, count, classes),
                "target": rng.integers(1, classes, (count, labels)),
                "input_lengths": np.full(count, frames), "target_lengths": np.full(count, labels)}
    return draw


# PyTorch's side; lazily, so that the memory of losskit can be measured without it
def functions():
    import torch
    import torch.nn.functional as F

    def focal(input, target):
        ce = F.cross_entropy(input, target, reduction="none")
        return ((1 - torch.exp(-ce)) ** 2 * ce).mean()

    def dice(input, target):
        p, t = torch.sigmoid(input).flatten(1), target.flatten(1)
        return (1 - (2 * (p * t).sum(1) + 1) / (p.sum(1) + t.sum(1) + 1)).mean()

    return {
        "ce": lambda input, target: F.cross_entropy(input, target),
        "kl": lambda input, target: F.kl_div(input, target, reduction="batchmean"),
        "kl_logits": lambda input, target: F.kl_div(torch.log_softmax(input, 1), target,
                                                    reduction="batchmean"),
        "smooth": lambda input, target: F.cross_entropy(input, target, label_smoothing=0.1),
        "nll": lambda input, target: F.nll_loss(input, target),
        "hinge": lambda input, target: F.multi_margin_loss(input, target),
        "cosine": lambda input, other, target: F.cosine_embedding_loss(input, other, target),
        "focal": focal,
        "dice": dice,
        "triplet": lambda input, other, negative: F.triplet_margin_loss(input, other, negative),
        "center": lambda input, target, centers:
            0.5 * ((input - centers[target]) ** 2).sum(1).mean(),
        "ctc": lambda input, target, input_lengths, target_lengths:
            F.ctc_loss(input.log_softmax(2), target, input_lengths, target_lengths),
        "linear": lambda input, weights, target: F.cross_entropy(F.linear(input, weights), target),
    }


def theirs(key):
    return lambda **inputs: functions()[key](**inputs)


LINEAR_CASE = Case("linear_cross_entropy", "x".join(map(str, LINEAR)), draw_linear,
                   theirs("linear"), slopes={"input": "gradient", "weights": "weights_gradient"})


def cases():
    rows = [(32, 10), (65536, 10), (4096, 1000), (512, 32000), (256, 128256), (4, 21, 512, 512)]
    triple = ("input", "other", "negative")
    speech = [(10, 1, 5, 3), (150, 64, 80, 40), (150, 1, 5000, 40), (1500, 16, 80, 300)]
    return [
        *(Case("softmax_cross_entropy", "x".join(map(str, shape)), labelled(*shape), theirs("ce"),
               copied=True) for shape in rows),
        Case("softmax_cross_entropy", "4096x1000, smoothing .1", labelled(4096, 1000),
             theirs("smooth"), (0.1, 0, 0, 0)),
        Case("softmax_cross_entropy", "4096x1000, soft targets",
             distributions(1, 4096, 1000), theirs("ce")),
        Case("nll", "4096x1000", labelled(4096, 1000), theirs("nll")),
        Case("multiclass_hinge", "4096x1000", labelled(4096, 1000), theirs("hinge"), (0, 1, 1, 1)),
        Case("kl_divergence", "4096x1000, log-probabilities", distributions(0, 4096, 1000),
             theirs("kl"), (0, 0), reduction=BATCH_MEAN),
        Case("kl_divergence", "4096x1000, logits", distributions(1, 4096, 1000),
             theirs("kl_logits"), (1, 0), reduction=BATCH_MEAN),
        Case("softmax_focal", "65536x10", labelled(65536, 10), theirs("focal"), (2, 1)),
        Case("softmax_focal", "4096x1000", labelled(4096, 1000), theirs("focal"), (2, 1)),
        Case("dice", "16x1x512x512, logits", draw_masks, theirs("dice"), (1, 1, 1)),
        Case("triplet_margin", "16384x256", points(triple, 16384, 256), theirs("triplet"),
             (1, 2, 0, 1e-6), dict(zip(triple, ("gradient", "other_gradient",
                                                "negative_gradient")))),
        Case("cosine_embedding", "16384x256", pairs, theirs("cosine"), (0,),
             {"input": "gradient", "other": "other_gradient"}),
        Case("center", "16384x256, 100 classes", draw_center, theirs("center")),
        *(Case("ctc", "T{} N{} C{} U{}".format(*sizes), utterances(*sizes), theirs("ctc"),
               reduction=LENGTH_MEAN, tolerance=1e-2) # PyTorch's f32 logarithms lose that much
          for sizes in speech),
        LINEAR_CASE,
    ]


def check(case, ours, slopes, run, leaves):
    """Both give the same; the gradients to a part of their largest element."""
    value, expected = ours(), float(run().detach())
    assert abs(value - expected) <= 1e-4 * (1 + abs(value)), (case.loss, value, expected)
    for name, leaf in leaves.items():
        want = leaf.grad.numpy()
        error = np.abs(slopes[case.slopes[name]] - want).max()
        assert error <= case.tolerance * np.abs(want).max(), (case.loss, case.text, name, error)


def measure(library, case, rounds):
    import torch
    from compare_pytorch import best_times
    arrays = case.arrays()
    ours, slopes = case.ours(library, arrays)
    run, leaves = case.pytorch(arrays)
    check(case, ours, slopes, run, leaves)
    turns = [ours, run]
    if case.copied:
        source, to = torch.from_numpy(arrays["input"]), torch.empty(arrays["input"].shape)
        turns.append(lambda: to.copy_(source))
    repeat = max(1, 20000 // arrays["input"].size)
    best = best_times(turns, repeat, rounds, pause=0.005)
    row = {"loss": case.loss, "shape": case.text, "losskit_ms": best[0] * 1e3,
           "pytorch_ms": best[1] * 1e3, "ratio": best[1] / best[0]}
    if case.copied:
        row.update(copy_ms=best[2] * 1e3, of_copy=best[2] / best[0])
    return row


def rounding(library, case):
    """The largest errors of both f32 gradients, as parts of the largest element, measured against
    PyTorch in double precision."""
    arrays = case.arrays()
    ours, slopes = case.ours(library, arrays)
    wide = {name: a.astype(np.float64) if a.dtype == np.float32 else a
            for name, a in arrays.items()}
    gradients = []
    for run, leaves in (case.pytorch(arrays), case.pytorch(wide)):
        run()
        gradients.append(leaves["input"].grad.numpy())
    ours()
    theirs, exact = gradients
    return {"shape": case.text,
            "losskit": float(np.abs(slopes["gradient"] - exact).max() / np.abs(exact).max()),
            "pytorch": float(np.abs(theirs - exact).max() / np.abs(exact).max())}


# ---- memory ----
def small_copy(arrays):
    """A few rows, for everything that is set up on the first call."""
    few = {name: array[:16] for name, array in arrays.items()}
    few["target"] = few["target"] % 16
    return few


def status(key):
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"/proc/self/status has no {key}")


def peak_of(path, who, threads):
    """MiB by which one value and gradients of the linear layer raise this process's peak."""
    arrays = LINEAR_CASE.arrays()
    if who == "losskit":
        library = Losskit(path)
        library.set_threads(threads)
        LINEAR_CASE.ours(library, small_copy(arrays))[0]()
        run, _ = LINEAR_CASE.ours(library, arrays)
    else:
        import torch
        torch.set_num_threads(threads)
        LINEAR_CASE.pytorch(small_copy(arrays))[0]()
        run, _ = LINEAR_CASE.pytorch(arrays)
    pathlib.Path("/proc/self/clear_refs").write_text("5") # the peak begins here
    before = status("VmRSS")
    run()
    return status("VmHWM") - before


def memory(path, threads):
    script = pathlib.Path(__file__)
    peaks = {who: float(subprocess.run(
        [sys.executable, str(script), path, "--peak", who, "--threads", str(threads)], check=True,
        capture_output=True, text=True).stdout) for who in ("losskit", "pytorch")}
    n, d, c = LINEAR
    return dict(peaks, scores=4 * n * c / 2**20, gradients=4 * (n + c) * d / 2**20)


# ---- output ----
def digits(ms):
    return f"{ms:.0f}" if ms >= 100 else f"{ms:.3g}"


def table(rows):
    lines = ["| loss | shape | losskit ms | PyTorch ms | PyTorch / losskit | of copy |",
             "|---|---|---:|---:|---:|---:|"]
    for row in rows:
        copy = f"{row['of_copy']:.2f}" if "of_copy" in row else ""
        lines.append(f"| {row['loss']} | {row['shape']} | {digits(row['losskit_ms'])} | "
                     f"{digits(row['pytorch_ms'])} | {row['ratio']:.1f} | {copy} |")
    return "\n".join(lines)


def memory_text(peaks):
    return (f"\nPeak memory of linear_cross_entropy {LINEAR_CASE.text} above its inputs, the "
            f"{peaks['gradients']:.0f} MiB of its gradients included: losskit "
            f"{peaks['losskit']:.0f} MiB, PyTorch {peaks['pytorch']:.0f} MiB. The scores alone are "
            f"{peaks['scores']:.0f} MiB.")


def rounding_text(row):
    return (f"\nLargest error of the f32 gradient of ctc {row['shape']}, as a part of its largest "
            f"element, against PyTorch in double precision: losskit {row['losskit']:.1e}, PyTorch "
            f"{row['pytorch']:.1e}.")


def machine():
    from report import cpu_name
    return f"{cpu_name()}, {os.cpu_count()} cores, {platform.system()}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("library", help="path of liblosskit.so")
    parser.add_argument("--only", default="", help="losses with this in their name")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    parser.add_argument("--peak", choices=["losskit", "pytorch"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peak:
        print(peak_of(options.library, options.peak, options.threads))
        return
    import torch
    torch.set_num_threads(options.threads)
    library = Losskit(options.library)
    library.set_threads(options.threads)
    chosen = [case for case in cases() if options.only in case.loss]
    rows = [measure(library, case, options.rounds) for case in chosen]
    long = [rounding(library, case) for case in chosen if case.loss == "ctc"][-1:]
    peaks = memory(options.library, options.threads) if LINEAR_CASE in chosen else None
    if options.json:
        print(json.dumps({"schema": 1, "isa": library.isa(), "torch": torch.__version__,
                          "threads": options.threads, "machine": machine(), "losses": rows,
                          "peak_mib": peaks, "rounding": long}, indent=1))
        return
    print(f"{machine()}, {datetime.date.today()}: losskit {library.isa()}, PyTorch "
          f"{torch.__version__}, {options.threads} threads, NumPy {np.__version__}\n")
    print(table(rows))
    for row in long:
        print(rounding_text(row))
    if peaks:
        print(memory_text(peaks))


if __name__ == "__main__":
    main()
