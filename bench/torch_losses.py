"""Forward and backward of every loss that PyTorch has too, in eager mode, against PyTorch.

    python bench/torch_losses.py [--sizes 256,4096] [--classes 64] [--threads 2] [--seconds 0.5]

Prints a table in Markdown. The two take turns and the least of the repeats counts: what else the
machine does hits both.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Callable, Iterator

import losskit
import losskit.torch
import torch
import torch.nn.functional

SIZES = (256, 1 << 12, 1 << 16, 1 << 20, 1 << 24)
Case = tuple[str, dict, tuple]


def elements(n: int, g: torch.Generator) -> Iterator[Case]:
    """Losses over elements."""
    x, y = torch.randn(n, generator=g), torch.randn(n, generator=g)
    p, q = torch.rand(n, generator=g), torch.rand(n, generator=g)
    signs = torch.where(y > 0, 1.0, -1.0)
    for name in ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"):
        yield name, {}, (x, y)
    yield "poisson_nll_loss", {}, (x, p)
    yield "gaussian_nll_loss", {}, (x, y, q + 0.1)
    yield "soft_margin_loss", {}, (x, signs)
    yield "binary_cross_entropy", {}, (p, q)
    yield "binary_cross_entropy_with_logits", {}, (x, q)


def rows(n: int, classes: int, g: torch.Generator) -> Iterator[Case]:
    """Losses over rows of scores."""
    shape = max(n // classes, 1), classes
    x = torch.randn(shape, generator=g)
    labels = torch.randint(0, classes, shape[:1], generator=g)
    soft, logs = torch.randn(shape, generator=g).softmax(1), x.log_softmax(1)
    yield "cross_entropy", {}, (x, labels)
    yield "cross_entropy", {"label_smoothing": 0.1}, (x, labels)
    yield "cross_entropy", {}, (x, soft)
    yield "nll_loss", {}, (logs, labels)
    yield "multi_margin_loss", {}, (x, labels)
    yield "multilabel_soft_margin_loss", {}, (x, soft)
    yield "kl_div", {"reduction": "batchmean"}, (logs, soft)
    yield "kl_div", {"reduction": "none"}, (logs, soft)
    yield "softmax", {"dim": 1}, (x,)
    yield "log_softmax", {"dim": 1}, (x,)
    weight = torch.randn(classes, classes, generator=g)
    yield "linear_cross_entropy", {}, (x, weight, labels)


def points(n: int, width: int, g: torch.Generator) -> Iterator[Case]:
    """Losses over features and sequences."""
    shape = max(n // width, 1), width
    a, b, c = (torch.randn(shape, generator=g) for _ in range(3))
    signs = torch.where(torch.rand(shape[0], generator=g) > 0.5, 1.0, -1.0)
    yield "triplet_margin_loss", {}, (a, b, c)
    yield "cosine_embedding_loss", {}, (a, b, signs)
    frames = max(n // (width * 8), 8)
    scores = torch.randn(frames, 8, width, generator=g).log_softmax(2)
    labels = torch.randint(1, width, (8, min(frames // 4, 50)), generator=g)
    lengths = torch.full((8,), frames), torch.full((8,), labels.shape[1])
    yield "ctc_loss", {}, (scores, labels, *lengths)


def step(library, name: str, options: dict, tensors: tuple) -> Callable[[], None]:
    """One forward and backward pass."""
    function = getattr(library, name)
    x = tensors[0].clone().requires_grad_()
    upstream = torch.rand_like(function(x, *tensors[1:], **options))
    upstream = None if not upstream.dim() else upstream

    def go() -> None:
        x.grad = None
        function(x, *tensors[1:], **options).backward(upstream)

    return go


def take_turns(steps, seconds: float) -> list[float]:
    """The least time of each, in microseconds."""
    start = time.perf_counter()
    for s in steps:
        s()
    repeat = max(1, min(200, int(len(steps) * 5e-3 / (time.perf_counter() - start))))
    best = [float("inf")] * len(steps)
    end = start + seconds
    rounds = 0
    while rounds < 5 or time.perf_counter() < end:
        rounds += 1
        for k, s in enumerate(steps):
            begin = time.perf_counter()
            for _ in range(repeat):
                s()
            best[k] = min(best[k], (time.perf_counter() - begin) / repeat * 1e6)
    return best


def table(sizes, classes: int, seconds: float) -> Iterator[str]:
    """The lines of a Markdown table; one column of ratios for each size."""
    yield "| loss | " + " | ".join(f"n = {n}: PyTorch | losskit | ratio" for n in sizes) + " |"
    yield "|---" + "|---:" * (3 * len(sizes)) + "|"
    cells: dict[str, list[str]] = {}
    for n in sizes:
        g = torch.Generator().manual_seed(0)
        width = min(classes, n // 8)
        for name, options, tensors in (*elements(n, g), *rows(n, width, g), *points(n, width, g)):
            theirs, ours = take_turns(
                [step(m, name, options, tensors) for m in (torch.nn.functional, losskit.torch)],
                seconds,
            )
            soft = ", probabilities" if name == "cross_entropy" and tensors[1].dim() > 1 else ""
            told = "".join(f", {k} = {v}" for k, v in options.items() if k != "dim")
            key = f"`{name}`{told}{soft}"
            cells.setdefault(key, []).append(f"{theirs:.1f} | {ours:.1f} | {ours / theirs:.2f}")
            times = f"{theirs:11.1f} {ours:11.1f} {ours / theirs:7.2f}"
            print(f"{n:9} {key:60} {times}", file=sys.stderr)
    for key, columns in cells.items():
        yield f"| {key} | {' | '.join(columns)} |"


def recycle_memory() -> None:
    """Has malloc keep what is freed: else chance decides whose blocks go back to the system, and
    cost a page fault for every 4 KiB at the next call. A training process soon does the same."""
    torch.empty(30 << 20, dtype=torch.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--classes", type=int, default=64)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=0.5, help="for each loss and size")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(given.threads)
    recycle_memory()
    print(
        f"PyTorch {torch.__version__}, losskit {losskit.version()} on {losskit.isa_name()}, "
        f"{given.threads} threads, {given.classes} classes, float32; microseconds.\n"
    )
    sizes = [int(n) for n in given.sizes.split(",")]
    for line in table(sizes, given.classes, given.seconds):
        print(line)


if __name__ == "__main__":
    main()
