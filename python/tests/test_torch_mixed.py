"""Second derivatives over several tensors, by differences and against PyTorch."""

from __future__ import annotations

import warnings

import pytest

torch = pytest.importorskip("torch")

import losskit.torch as L  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from losskit._registry import LOSSES  # noqa: E402
from losskit.torch._catalogue import CATALOGUE, FUNCTIONS, Packing  # noqa: E402
from losskit.torch._plan import (  # noqa: E402
    AUXILIARY,
    FACTS,
    GRADIENT,
    INPUT,
    TARGET,
    UPSTREAM,
    VALUE,
    plan_of,
)
from test_torch_modes import C, N, arguments  # noqa: E402
from torch.autograd import gradcheck, gradgradcheck  # noqa: E402
from torch.testing import assert_close  # noqa: E402

OF_TARGETS = [name for name, facts in FACTS.items() if TARGET in facts.derivatives]
NO_SECOND = [name for name in OF_TARGETS if LOSSES[name].kind == "region"]
# Whose mixed derivatives follow from nothing that the library has.
INPUT_ALONE = ("squared_log_error", "js_divergence")


def _rand(*shape):
    g = torch.Generator().manual_seed(5)
    return torch.rand(shape, generator=g, dtype=torch.float64)


def _leaves(*tensors):
    return [t.clone().requires_grad_() for t in tensors]


def _check(f, *tensors):
    leaves = _leaves(*tensors)
    assert gradcheck(f, leaves, nondet_tol=1e-12)
    assert gradgradcheck(f, leaves, nondet_tol=1e-12)


def _tensors(name):
    """(tensors with gradients, target and third input among them, by name; options)."""
    slopes, others, options = arguments(name)
    if name == "softmax_cross_entropy":
        others = {"target": _rand(N, C).softmax(1)}
    elif name in OF_TARGETS and others["target"].unique().numel() == 2:
        # The ends of the domain, which differences would leave.
        others = {"target": 0.8 * _rand(N, C) + 0.1}
    return {**slopes, **others}, options


@pytest.mark.parametrize("reduction", ["mean", "sum", "none", "weighted_mean"])
@pytest.mark.parametrize("name", OF_TARGETS)
def test_with_the_target(name, reduction):
    given, options = _tensors(name)
    values = CATALOGUE[name](**given, **options, reduction="none")
    weight = 0.5 + _rand(*values.shape)

    def f(*tensors):
        named = dict(zip(given, tensors))
        return CATALOGUE[name](**named, **options, weight=weight, reduction=reduction)

    if name in NO_SECOND or name in INPUT_ALONE:
        sentence = "no second derivatives" if name in NO_SECOND else "not together with target"
        with pytest.raises(NotImplementedError, match=f"{name} has.* {sentence}"):
            _check(f, *given.values())
    else:
        _check(f, *given.values())


@pytest.mark.parametrize("name", [n for n in OF_TARGETS if n not in NO_SECOND])
def test_with_one_alone(name):
    """Only one of the two requires a gradient, or only one is differentiated."""
    given, options = _tensors(name)
    for alone in ("input", "target"):
        if name in INPUT_ALONE and alone == "target":
            continue

        def f(t):
            return CATALOGUE[name](**{**given, alone: t}, **options)  # noqa: B023

        _check(f, given[alone])
    if name in INPUT_ALONE:
        return
    x, t = _leaves(given["input"], given["target"])
    rest = {k: v for k, v in given.items() if k not in ("input", "target")}
    value = CATALOGUE[name](x, t, **rest, **options)
    up = _rand(*x.shape)
    [gx] = torch.autograd.grad(value, x, create_graph=True)
    [gt] = torch.autograd.grad(value, t, create_graph=True)
    [mixed] = torch.autograd.grad(gx, t, up, retain_graph=True)
    [back] = torch.autograd.grad(gt, x, mixed, retain_graph=True, allow_unused=True)
    # <up, H mixed> is <mixed, H up>: the block and its transpose.
    assert_close((back * up).sum(), (mixed * mixed).sum())


OPTIONS = [
    ("sigmoid_cross_entropy", {"pos_weight": 3.0, "label_smoothing": 0.2}),
    ("sigmoid_cross_entropy", {"pos_weight": torch.tensor([1.0, 2.0, 0.5, 4.0])}),
    ("balanced_sigmoid_cross_entropy", {"beta": torch.tensor([0.1, 0.2, 0.5, 0.9])}),
    ("softmax_cross_entropy", {"label_smoothing": 0.2, "z_loss": 0.1}),
    ("softmax_cross_entropy", {"class_weight": torch.tensor([1.0, 2.0, 0.5, 4.0])}),
    ("softmax_cross_entropy", {"class_axis": 0, "label_smoothing": 0.1}),
    ("kl_divergence", {"logits": True, "log_target": True}),
    ("kl_divergence", {"logits": False, "log_target": True}),
    ("kl_divergence", {"logits": False, "log_target": False}),
    ("kl_divergence", {"logits": True, "class_axis": 0}),
    ("tweedie", {"power": 1.2}),
    ("gaussian_nll", {"full": True, "epsilon": 0.1}),
    ("huber", {"delta": 0.3}),
]


@pytest.mark.parametrize(("name", "options"), OPTIONS)
def test_options(name, options):
    given, preset = _tensors(name)
    if options.get("log_target"):
        given["target"] = given["target"].log()
    more = {**preset, **options}
    _check(lambda *t: CATALOGUE[name](**dict(zip(given, t)), **more), *given.values())


@pytest.mark.parametrize("ignored", [0.0, 1.0, 0.25, float("nan")])
@pytest.mark.parametrize("name", ["sigmoid_cross_entropy", "poisson", "huber"])
def test_ignored_targets_stay_ignored(name, ignored):
    """Whatever targets stand in for those that count, none of them is the ignored one."""
    x, target = _rand(6, C), _rand(6, C)
    target[0], target[1], target[2] = 0.25, 0.0, 1.0
    if ignored != ignored:
        target[3] = ignored
    x, t = _leaves(x, target)
    value = CATALOGUE[name](x, t, ignore_target=ignored)
    slopes = torch.autograd.grad(value, (x, t), create_graph=True)
    ups = _rand(6, C), _rand(6, C).flip(0)
    found = torch.autograd.grad(slopes, (x, t), ups)
    a, b = _leaves(x.detach(), target)
    counts = ~target.isnan() if ignored != ignored else target != ignored
    value = CATALOGUE[name](a[counts], b[counts])
    slopes = torch.autograd.grad(value, (a, b), create_graph=True)
    assert_close(found, torch.autograd.grad(slopes, (a, b), ups))


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none", "weighted_mean"])
def test_linear_cross_entropy(reduction, bias):
    labels = torch.tensor([0, 2, -100, 2, 1])
    options = {
        "class_weight": _rand(C) + 0.5, "weight": _rand(N) + 0.5, "label_smoothing": 0.1,
        "z_loss": 0.2, "softcap": 3.0, "reduction": reduction,
    }  # fmt: skip
    tensors = [_rand(N, 3) * 4, _rand(C, 3), *([_rand(C)] if bias else [])]
    _check(
        lambda x, w, b=None: L._CATALOGUE["linear_cross_entropy"](x, labels, w, bias=b, **options),
        *tensors,
    )


def _twice(f, tensors, reduction):
    leaves = _leaves(*tensors)
    value = f(*leaves, reduction=reduction)
    up = _rand(*value.shape).requires_grad_()
    slopes = torch.autograd.grad(value, leaves, up, create_graph=True)
    vectors = [_rand(*s.shape) * (k + 1) for k, s in enumerate(slopes)]
    return torch.autograd.grad(slopes, [*leaves, up], vectors)


PAIRED = {
    "binary_cross_entropy": (0.8 * _rand(N, C) + 0.1, _rand(N, C).flip(0)),
    "binary_cross_entropy_with_logits": (4 * _rand(N, C) - 2, _rand(N, C).flip(0)),
    "poisson_nll_loss": (_rand(N, C), 4 * _rand(N, C).flip(0)),
    "gaussian_nll_loss": (_rand(N, C), _rand(N, C).flip(0), _rand(N, C) + 0.2),
    "cross_entropy": (_rand(N, C, 2), _rand(N, C, 2).flip(0).softmax(1)),
    "kl_div": (_rand(N, C).log_softmax(1), _rand(N, C).flip(0)),
    "smooth_l1_loss": (_rand(N, C), 4 * _rand(N, C).flip(0)),
}


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", PAIRED)
def test_as_pytorch(name, reduction):
    """Also in the upstream gradient."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found, expected = (_twice(getattr(m, name), PAIRED[name], reduction) for m in (L, F))
    assert_close(found, expected)


@pytest.mark.parametrize(
    "name",
    ["huber", "gaussian_nll", "poisson", "sigmoid_cross_entropy", "softmax_cross_entropy",
     "kl_divergence", "linear_cross_entropy"],
)  # fmt: skip
def test_opcheck(name):
    """Backward through the operator's gradients of all tensors, as torch.compile sees it."""
    given, options = _tensors(name)
    packing = Packing(FUNCTIONS[name])
    found = FUNCTIONS[name].bind((), {**given, **options})
    numbers, tensors = packing.arguments(found)
    derivatives = FACTS[name].derivatives
    tensors = [t.clone().requires_grad_(k in derivatives) for k, t in zip(numbers, tensors)]
    outputs = [VALUE, *(derivatives[k] for k in numbers if k in derivatives)]
    loss, parameters, *rest = plan_of(name, packing.parameters(found)).options
    result = torch.library.opcheck(
        torch.ops.losskit.evaluate.default,
        (tensors, list(numbers), outputs, 1.0, None, loss, list(parameters), *rest),
    )
    assert set(result.values()) == {"SUCCESS"}


def test_secants_do_not_cancel():
    """Of poisson the mixed derivative is -1, however large the gradient."""
    x, t = _leaves(torch.tensor([-20.0, 0.0, 20.0, 30.0]), torch.tensor([0.0, 1.0, 3e9, 2.0**31]))
    [g] = torch.autograd.grad(L.poisson(x, t, reduction="sum"), x, create_graph=True)
    [mixed] = torch.autograd.grad(g.sum(), t)
    assert_close(mixed, -torch.ones(4), rtol=3e-7, atol=0)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_secants_do_not_overflow(dtype):
    x, t = _leaves(torch.tensor([-2.0, 0.0, 2.0], dtype=dtype), torch.ones(3, dtype=dtype))
    [g] = torch.autograd.grad(L.poisson(x, t, reduction="sum"), x, create_graph=True)
    assert torch.equal(torch.autograd.grad(g.sum(), t)[0], torch.full((3,), -1.0, dtype=dtype))


def test_a_target_of_zero():
    x, t = _leaves(torch.tensor([[-1.0, -2.0]]), torch.tensor([[0.0, 1.0]]))
    slopes = torch.autograd.grad(L.kl_divergence(x, t, reduction="sum"), (x, t), create_graph=True)
    found = torch.autograd.grad(slopes, (x, t), [torch.ones(1, 2)] * 2)
    assert_close(found[0], torch.tensor([[-1.0, -1.0]]))
    assert_close(found[1], torch.tensor([[-1.0, 0.0]]))


def test_what_is_refused():
    x, t = _leaves(_rand(4), 2 * _rand(4))
    slopes = torch.autograd.grad(L.poisson(x, t, full=True), (x, t), create_graph=True)
    torch.autograd.grad(slopes[0].sum(), (x, t), retain_graph=True)
    with pytest.raises(NotImplementedError, match="poisson with full has no second derivative of"):
        slopes[1].sum().backward()
    x, t = _leaves(_rand(4), _rand(4).round())
    [g] = torch.autograd.grad(L.balanced_sigmoid_cross_entropy(x, t), x, create_graph=True)
    with pytest.raises(NotImplementedError, match="with beta from the targets has second"):
        g.sum().backward()


@pytest.mark.parametrize("name", ["squared_error", "gaussian_nll"])
def test_upstream_of_the_operator_is_refused(name):
    """Only a direct call has one there: the functions multiply by it."""
    numbers, tensors = [INPUT, TARGET, AUXILIARY, UPSTREAM], _leaves(*[_rand(4) + 0.1] * 4)
    if name == "squared_error":
        del numbers[2], tensors[2]
    defaults = tuple(p.default for p in LOSSES[name].parameters)
    loss, parameters, *rest = plan_of(name, defaults).options
    [g] = torch.ops.losskit.evaluate(
        tensors, numbers, [GRADIENT], 1.0, None, loss, list(parameters), *rest
    )
    with pytest.raises(NotImplementedError, match=f"{name} has second .* upstream; detach"):
        g.sum().backward()


def test_third_derivatives_are_right_or_refused():
    """The mixed one of gamma, -e^-x, is made of gradients, which are differentiated again."""
    x, t = _leaves(_rand(4), _rand(4) + 0.5)
    [gt] = torch.autograd.grad(L.gamma(x, t, reduction="sum"), t, create_graph=True)
    [mixed] = torch.autograd.grad(gt.sum(), x, create_graph=True)
    [third] = torch.autograd.grad(mixed.sum(), x, create_graph=True)
    assert_close(third, torch.exp(-x))
    with pytest.raises(NotImplementedError, match="gamma has no further derivatives"):
        third.sum().backward()


def test_one_class():
    """Its probability is 1 whatever the score, and no target's gradient depends on it."""
    x, t = _leaves(_rand(3, 1), _rand(3, 1))
    [g] = torch.autograd.grad(L.softmax_cross_entropy(x, t), x, create_graph=True)
    assert_close(torch.autograd.grad(g.sum(), (x, t)), (torch.zeros_like(x), torch.zeros_like(t)))


def test_transforms():
    x, t = _rand(N, C), _rand(N, C)
    slope = torch.func.grad(
        lambda t: torch.func.grad(lambda a: L.gaussian_nll(a, t, 1 + x * 0))(x).sum()
    )(t)
    assert_close(slope, -torch.ones(N, C, dtype=torch.float64) / (N * C))
    found, expected = (
        torch.func.jacrev(torch.func.jacrev(m.binary_cross_entropy_with_logits), 1)(x[0], t[0])
        for m in (L, F)
    )
    assert_close(found, expected)


def test_half_precision():
    """The scores of a linear layer are not rounded to half precision on the way."""
    labels = torch.tensor([0, 1, 2, 3, 0])
    points, weights = _rand(N, 3).bfloat16(), _rand(C, 3).bfloat16()
    points[:, 0] = weights[:, 0] = 8  # scores from 64 on, whose differences are below 2
    a, w = _leaves(points, weights)
    b, v = _leaves(a.detach().double(), w.detach().double())
    found = []
    for value, leaves in (
        (L.linear_cross_entropy(a, w, labels), (a, w)),
        (F.cross_entropy(F.linear(b, v), labels), (b, v)),
    ):
        slopes = torch.autograd.grad(value, leaves, create_graph=True)
        found.append(torch.autograd.grad(slopes, leaves, [torch.ones_like(s) for s in slopes]))
    assert all(g.dtype is torch.bfloat16 for g in found[0])
    assert_close([g.double() for g in found[0]], [*found[1]], rtol=6e-3, atol=1e-3)
