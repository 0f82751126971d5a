"""What a call of losskit.torch remembers of earlier calls makes no difference but in time."""

import subprocess
import sys

import pytest

torch = pytest.importorskip("torch")

import losskit.torch as L  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from losskit._functions import FUNCTIONS  # noqa: E402
from losskit.torch._catalogue import make  # noqa: E402
from torch.testing import assert_close  # noqa: E402

PAIRED = [n for n, f in FUNCTIONS.items() if {"input", "target"} <= {*f.loss.takes}]
G = torch.Generator().manual_seed(1)


def _rand(*shape, dtype=torch.float32):
    return (torch.rand(*shape, generator=G) * 0.8 + 0.1).to(dtype)


# Targets of as many kinds as there are: each loss takes some of them.
TARGETS = {
    "numbers": lambda shape: _rand(*shape),
    "wide numbers": lambda shape: _rand(*shape, dtype=torch.float64),
    "zero or one": lambda shape: torch.randint(0, 2, shape, generator=G),
    "signs": lambda shape: torch.randint(0, 2, shape, generator=G) * 2.0 - 1,
    "labels": lambda shape: torch.randint(0, shape[1], (shape[0], *shape[2:]), generator=G),
    "a row": lambda shape: _rand(*shape[-1:]),
}


def _told(loss, x, target, options):
    """Value and gradient, or what was raised."""
    x = x.clone().requires_grad_()
    try:
        value = loss(x, target, **options)
        upstream = torch.linspace(0.5, 2, value.numel()).to(value.dtype).view(value.shape)
        return value.detach(), *torch.autograd.grad(value, x, upstream)
    except (TypeError, ValueError, NotImplementedError) as error:
        return str(error)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("name", PAIRED)
def test_the_first_call_is_like_the_next(name, dtype):
    reductions = ("mean", "sum", "none") if "reduction" in FUNCTIONS[name].presets else (None,)
    computed = 0
    for reduction in reductions:
        options = {} if reduction is None else {"reduction": reduction}
        for shape in ((4, 6), (4, 5, 3), (3, 3)):
            x = _rand(*shape, dtype=dtype)
            for kind in TARGETS.values():
                target = kind(shape)
                loss = make(name)
                first = _told(loss, x, target, options)
                for _ in range(2):
                    again = _told(loss, x, target, options)
                    if isinstance(first, str):
                        assert again == first
                    else:
                        assert_close(again, first, rtol=1e-6, atol=1e-7, equal_nan=True)
                        computed += 1
    with_more = {*FUNCTIONS[name].loss.needs} - {"input", "target"}
    sequence = FUNCTIONS[name].loss.kind == "sequence"
    assert computed or with_more or sequence or FUNCTIONS[name].auxiliary


def test_tensors_among_the_options_are_read_at_each_call():
    x, y, delta = _rand(9), _rand(9) - 1, torch.tensor(1.0)
    for _ in range(2):
        L.huber(x, y, delta=delta)
    delta.fill_(0.1)
    assert_close(L.huber(x, y, delta=delta), L.huber(x, y, delta=0.1))
    module = L.QuantileLoss(q=torch.tensor(0.5))
    for q in (0.5, 0.9):
        module.load_state_dict({"q": torch.tensor(q)})
        assert_close(module(x, y), L.quantile(x, y, q=q))


def test_equal_options_of_other_types_are_others():
    x, y = _rand(4, 3), torch.tensor([0, 1, 2, 0])
    L.softmax_cross_entropy(x, y, ignore_index=1)
    with pytest.raises(TypeError, match="ignore_index"):
        L.softmax_cross_entropy(x, y, ignore_index=1.0)
    for _ in range(2):
        L.l1_norm(x, x * 0)
        L.l1_norm(x, None)


def test_a_target_that_wants_a_gradient_sets_the_dtype_as_ever():
    x, y = _rand(5), _rand(5, dtype=torch.float64)
    with torch.no_grad():
        for _ in range(2):
            assert L.squared_error(x, y).dtype is torch.float32
            wanted = y.clone().requires_grad_()
            assert L.squared_error(x, wanted).dtype is torch.float64


@pytest.mark.parametrize("reduction", ["mean", "none"])
def test_a_wrong_number_is_told_with_its_place(reduction):
    x, y = _rand(3, 5), _rand(3, 5)
    for place in (None, (2, 1), (2, 3)):
        y = y.clamp(0, 1)
        if place is not None:
            y[place] = 1.5
            with pytest.raises(ValueError, match=rf"target\[{place[0]}, {place[1]}\] = 1.5"):
                L.binary_cross_entropy(x, y, reduction=reduction)
        else:
            L.binary_cross_entropy(x, y, reduction=reduction)


def test_traces_hold_the_operator():
    x, y = _rand(4, 3), _rand(4, 3)
    for ours, theirs in (
        (lambda t: L.mse_loss(t, y), lambda t: F.mse_loss(t, y)),
        (lambda t: L.softmax(t, 1), lambda t: F.softmax(t, 1)),
        (lambda t: L.gaussian_nll(t, y, y), lambda t: F.gaussian_nll_loss(t, y, y, eps=1e-6)),
    ):
        ours(x)
        traced = torch.jit.trace(ours, (x,))
        assert_close(traced(x + 1), theirs(x + 1))


DEFAULT_DEVICE = """
import torch
x, y = torch.ones(3), torch.zeros(3)
torch.set_default_device("meta")
import losskit.torch as L
assert float(L.mse_loss(x, y)) == 1
weight = torch.ones(3, device="cpu", requires_grad=True)
assert float(L.huber_loss(x, y, weight=weight)) == 0.5
scores = torch.zeros(4, 1, 3, device="cpu").log_softmax(2)
assert L.ctc_loss(scores, torch.ones(1, 2, dtype=torch.int64, device="cpu"), [4], [2]).is_cpu
"""


def test_another_default_device():
    done = subprocess.run([sys.executable, "-c", DEFAULT_DEVICE], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
