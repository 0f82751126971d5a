"""The losses that PyTorch and losskit both have, run on PyTorch's own test inputs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.testing import assert_close

# Of losskit's results in a dtype, against PyTorch's in float64.
TOLERANCES = {
    torch.float64: {"rtol": 1e-9, "atol": 1e-11},
    torch.float32: {"rtol": 2e-5, "atol": 2e-6},
    torch.bfloat16: {"rtol": 3e-2, "atol": 2e-2},
}

# Why losskit refuses what PyTorch takes: (loss or "*", part of losskit's sentence, reason).
EXPLAINED = (
    ("*", "no double backward", "no Hessian-vector product"),
    ("poisson_nll_loss", "has no second derivative of the target", "target twice, with full"),
    ("multi_margin_loss", "margin = -3.14 is outside", "negative margin"),
)

# Where PyTorch's own gradient is NaN and losskit's is a number.
NAN_OF_PYTORCH = {"poisson_nll_loss": "PyTorch's gradient of a target of 0 is NaN"}


@dataclass
class Tally:
    """Counts of one loss."""

    passed: int = 0
    explained: Counter = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.passed + sum(self.explained.values()) + len(self.failed)


def explanation(loss: str, error: Exception) -> str | None:
    """The reason why losskit refuses, if it is one of those that are known."""
    for name, part, reason in EXPLAINED:
        if name in ("*", loss) and part in str(error):
            return reason
    return None


def copies(values, dtype=None):
    """The arguments once more: floating tensors are leaves, in another dtype where one is given."""
    if isinstance(values, Tensor):
        copy = values.detach().clone(memory_format=torch.preserve_format)
        if dtype and copy.is_floating_point():
            copy = copy.to(dtype)
        return copy.requires_grad_(values.requires_grad)
    if isinstance(values, (list, tuple)):
        return type(values)(copies(v, dtype) for v in values)
    if isinstance(values, dict):
        return {k: copies(v, dtype) for k, v in values.items()}
    return values


def leaves(values) -> list[Tensor]:
    """The tensors with gradients among the arguments."""
    if isinstance(values, Tensor):
        return [values] if values.requires_grad else []
    if isinstance(values, dict):
        values = list(values.values())
    if isinstance(values, (list, tuple)):
        return [leaf for v in values for leaf in leaves(v)]
    return []


def _first(output: Tensor, inputs: list[Tensor], upstream: Tensor, again: bool):
    return torch.autograd.grad(
        output, inputs, upstream, create_graph=again, allow_unused=True, materialize_grads=True
    )


def _second(gradients, inputs: list[Tensor], vectors):
    pairs = [(g, v) for g, v in zip(gradients, vectors) if g.requires_grad]
    if not pairs:
        return [torch.zeros_like(i) for i in inputs]
    total = sum((g * v).sum() for g, v in pairs)
    return torch.autograd.grad(total, inputs, allow_unused=True, materialize_grads=True)


def check(tally: Tally, loss: str, theirs, ours, args, kwargs, second: bool) -> None:
    """One input: forward, gradient and, where PyTorch has it, double backward; counted apart."""
    dtype = next(t.dtype for t in [*args, *kwargs.values()] if isinstance(t, Tensor))
    close = TOLERANCES[dtype]
    their_args, their_kwargs = copies((args, kwargs), torch.float64)
    our_args, our_kwargs = copies((args, kwargs))
    their_kwargs.pop("options", None)  # how to cut the work, which depends on the dtype
    expected = theirs(*their_args, **their_kwargs)
    found = _attempt(tally, loss, "forward", lambda: ours(*our_args, **our_kwargs))
    if found is None or not _same(tally, "forward", found, expected.to(dtype), close):
        return
    their_leaves, our_leaves = leaves((their_args, their_kwargs)), leaves((our_args, our_kwargs))
    if not their_leaves or not expected.requires_grad:
        return
    generator = torch.Generator().manual_seed(1)
    upstream = torch.rand(expected.shape, generator=generator).to(found)
    vectors = [torch.randn(t.shape, generator=generator).to(t) for t in our_leaves]
    expected_slopes = _first(expected, their_leaves, upstream.to(expected), second)
    slopes = _attempt(
        tally, loss, "gradient", lambda: _first(found, our_leaves, upstream, second)
    )
    expected_here = [s.to(dtype) for s in expected_slopes]
    if slopes is not None and loss in NAN_OF_PYTORCH:
        filled = [torch.where(e.isnan(), f, e) for e, f in zip(expected_here, slopes)]
        if any(e.isnan().any() and not f.isnan().any() for e, f in zip(expected_here, filled)):
            assert_close([*slopes], filled, **close)
            tally.explained[NAN_OF_PYTORCH[loss]] += 1
            return
    if slopes is None or not _same(tally, "gradient", [*slopes], expected_here, close):
        return
    if not second:
        return
    try:
        expected_second = _second(expected_slopes, their_leaves, vectors)
    except RuntimeError:  # PyTorch itself has no second derivative here
        return
    curved = _attempt(
        tally, loss, "double backward", lambda: _second(slopes, our_leaves, vectors)
    )
    if curved is not None:
        _same(tally, "double backward", curved, expected_second, close)


def _attempt(tally: Tally, loss: str, what: str, work):
    try:
        return work()
    except Exception as error:  # noqa: BLE001  (whatever it is, it is counted)
        reason = explanation(loss, error)
        if reason:
            tally.explained[reason] += 1
        else:
            tally.failed.append(f"{what}: {type(error).__name__}: {error}")
        return None


def _same(tally: Tally, what: str, found, expected, close) -> bool:
    try:
        assert_close(found, expected, equal_nan=True, **close)
    except AssertionError as error:
        tally.failed.append(f"{what}: {error}")
        return False
    tally.passed += 1
    return True


def table(tallies: dict[str, Tally]) -> str:
    """passed/total of every loss, as Markdown."""
    lines = ["| loss | passed/total | refused, and why |", "|---|---|---|"]
    for name, t in sorted(tallies.items()):
        reasons = ", ".join(f"{n} × {reason}" for reason, n in t.explained.items())
        lines.append(f"| `{name}` | {t.passed}/{t.total} | {reasons} |")
    return "\n".join(lines)
