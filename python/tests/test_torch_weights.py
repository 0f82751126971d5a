"""Gradients of weights: of units and of classes, against differences and against PyTorch."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

import losskit.torch as L  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from losskit._registry import LOSSES  # noqa: E402
from losskit.torch._catalogue import CATALOGUE  # noqa: E402
from losskit.torch._mixed import OF_SCORES  # noqa: E402
from torch.autograd import gradcheck, gradgradcheck  # noqa: E402
from torch.testing import assert_close  # noqa: E402
from test_torch_modes import C, N, arguments  # noqa: E402

REDUCTIONS = ("mean", "sum", "none", "batch_mean", "weighted_mean")
WEIGHTED = [name for name, loss in LOSSES.items() if "weight" in loss.takes]
CLASS_WEIGHTED = [name for name, loss in LOSSES.items() if "class_weight" in loss.takes]


def _rand(*shape):
    g = torch.Generator().manual_seed(3)
    return torch.rand(shape, generator=g, dtype=torch.float64) + 0.5


def _with(name: str, weights: dict, more: dict):
    """(function of input and weights, their leaves, the same call with constant weights)."""
    slopes, others, options = arguments(name)
    x = slopes.pop("input")

    def f(x, *w):
        given = {**slopes, **others, **options, **more, **dict(zip(weights, w))}
        return CATALOGUE[name](input=x, **given)

    leaves = [t.clone().requires_grad_() for t in (x, *weights.values())]
    return f, leaves, f(x, *weights.values())


def _has_twice(name: str) -> bool:
    loss = LOSSES[name]
    return loss.kind == "pointwise" or "hessian_vector" in loss.takes or name in OF_SCORES


def _check(name, weights, more):
    f, leaves, value = _with(name, weights, more)
    assert_close(f(*leaves).detach(), value, rtol=1e-13, atol=1e-15)
    assert gradcheck(f, leaves, nondet_tol=1e-12)
    if _has_twice(name):
        assert gradgradcheck(f, leaves, nondet_tol=1e-12)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", WEIGHTED)
def test_weights_of_units(name, reduction):
    values = CATALOGUE[name](**_all(name), reduction="none")
    weights = {"weight": _rand(*values.shape)}
    if name == "supervised_contrastive" and "mean" in reduction:
        with pytest.raises(NotImplementedError, match="no gradient of weight in a mean, which"):
            _check(name, weights, {"reduction": reduction})
    else:
        _check(name, weights, {"reduction": reduction})


def _all(name):
    slopes, others, options = arguments(name)
    return {**slopes, **others, **options}


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", CLASS_WEIGHTED)
def test_weights_of_classes(name, reduction, both):
    """With an ignored label; class 3 has no row."""
    weights = {"class_weight": _rand(C)} | ({"weight": _rand(N)} if both else {})
    _check(name, weights, {"reduction": reduction, "target": torch.tensor([0, 2, -100, 2, 1])})


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_weights_of_classes_with_probabilities(reduction, smoothing):
    target = _rand(N, C).softmax(1)
    more = {"target": target, "reduction": reduction, "label_smoothing": smoothing}
    weights = {"class_weight": _rand(C), "weight": _rand(N)}
    more["smooth_masked"] = True
    _check("softmax_cross_entropy", weights, more)


@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_constant_weights_of_classes(reduction, soft):
    """They stay with the library, which smooths labels and adds the z-loss."""
    more = {"class_weight": _rand(C), "label_smoothing": 0.2, "z_loss": 0.1, "reduction": reduction}
    if soft:
        more["target"] = _rand(N, C).softmax(1)
    _check("softmax_cross_entropy", {"weight": _rand(N)}, more)


def test_ignored_targets():
    target = _rand(N, C)
    target[1, 2] = target[3] = 0.25
    for reduction in REDUCTIONS:
        more = {"ignore_target": 0.25, "reduction": reduction, "target": target}
        _check("huber", {"weight": _rand(C)}, more)
    nans = torch.where(target == 0.25, torch.nan, target)
    _check("huber", {"weight": _rand(C)}, {"ignore_target": float("nan"), "target": nans})


@pytest.mark.parametrize("name", ["huber", "softmax_cross_entropy"])
@pytest.mark.parametrize("reduction", ["mean", "batch_mean", "weighted_mean"])
def test_nothing_counts(name, reduction):
    target = torch.full((3,), -100) if name != "huber" else torch.full((3, C), 9.0)
    more = {"ignore_index": -100} if name != "huber" else {"ignore_target": 9.0}
    w = torch.ones(3, 1 if name == "huber" else 3)[0].requires_grad_()
    x = torch.zeros(3, C, requires_grad=True)
    for empty in (False, True):
        options = {**more, "reduction": reduction, "empty_is_nan": empty}
        value = CATALOGUE[name](x, target, weight=w, **options)
        constant = CATALOGUE[name](x, target, weight=w.detach(), **options)
        assert_close(value.detach(), constant.detach(), equal_nan=True)
        gx, gw = torch.autograd.grad(value, (x, w))
        assert not gx.any() and not gw.any()


def _twice(f, leaves):
    leaves = [t.detach().clone().requires_grad_() for t in leaves]
    value = f(*leaves)
    slopes = torch.autograd.grad(value.sum(), leaves, create_graph=True)
    product = sum((s * (k + 1) * torch.cos(s.detach() * 9)).sum() for k, s in enumerate(slopes))
    return [value, *slopes, *torch.autograd.grad(product, leaves)]


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize(
    "name", ["mse_loss", "l1_loss", "huber_loss", "multilabel_soft_margin_loss", "cross_entropy"]
)
def test_as_pytorch(name, reduction):
    """Of input, target and weight at once, where PyTorch has a gradient of the weight."""
    x, y = torch.randn(N, C, dtype=torch.float64), _rand(N, C).softmax(1)
    w = _rand(*((N, C) if name in ("mse_loss", "l1_loss", "huber_loss") else (C,)))
    more = {"label_smoothing": 0.1} if name == "cross_entropy" else {}
    found, expected = (
        _twice(
            lambda a, b, c, f=getattr(m, name): f(a, b, weight=c, reduction=reduction, **more),
            (x, y, w),
        )
        for m in (L, F)
    )
    assert_close(found, expected)


def test_batch_mean_divides_by_rows():
    """Whatever the weights of their labels are."""
    more = {"reduction": "batch_mean", "target": torch.tensor([0, 2, -100, 2, 1])}
    _check("softmax_cross_entropy", {"class_weight": _rand(C) / 100}, more)


@pytest.mark.parametrize("grouping", ["batch", "class", "sample_class", "row"])
def test_groups(grouping):
    more = {"grouping": grouping, "reduction": "batch_mean"}
    values = CATALOGUE["dice"](**_all("dice"), grouping=grouping, reduction="none")
    _check("dice", {"weight": _rand(*values.shape)}, more)


def test_sums_are_in_double():
    x, y = torch.tensor([2.0**14, 1.0, 2.0**14]), torch.zeros(3)
    w = torch.tensor([1.0, 1.0, -1.0])
    for weight in (w, w.clone().requires_grad_()):
        assert L.mse_loss(x, y, weight=weight, reduction="sum") == 1


def test_a_weight_of_zero_takes_a_unit_out():
    w = torch.tensor([1.0, 0.0]).requires_grad_()
    value = L.squared_error(torch.tensor([1.0, torch.inf]), torch.zeros(2), weight=w)
    assert value == 0.5
    value.backward()
    assert w.grad[0] == 0.5


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_other_dtypes(dtype):
    x, y = _rand(N, C).to(dtype).requires_grad_(), _rand(N, C).to(dtype).flip(0)
    w = _rand(N, C).float().requires_grad_()
    found = L.huber(x, y, weight=w)
    assert found.dtype is dtype
    assert_close(found.detach(), L.huber(x.detach(), y, weight=w.detach()))
    gx, gw = torch.autograd.grad(found, (x, w))
    assert gx.dtype is dtype and gw.dtype is torch.float32
    assert_close(gw, L.huber(x.detach().float(), y, reduction="none") / (N * C))
    with torch.autocast("cpu", torch.bfloat16):
        assert L.huber(x, y, weight=w).dtype is (torch.float32)


@pytest.mark.parametrize("name", WEIGHTED)
def test_half_precision(name):
    """Single values and sums are in float32, whatever else there is beside the input."""
    given = {
        k: t.bfloat16() if isinstance(t, torch.Tensor) and t.is_floating_point() else t
        for k, t in _all(name).items()
    }
    if name == "supervised_contrastive":
        given["reduction"] = "sum"
    points = [k for k in ("input", "weights", "other", "negative") if k in given]
    for k in points:
        given[k].requires_grad_()
    w = torch.tensor(1.5, requires_grad=True)
    found = CATALOGUE[name](**given, weight=w)
    expected = CATALOGUE[name](**given, weight=w.detach())
    assert found.dtype is expected.dtype is torch.bfloat16
    assert_close(found, expected)
    leaves = [given[k] for k in points]
    slopes = torch.autograd.grad(found, [*leaves, w])
    assert_close(slopes[:-1], torch.autograd.grad(expected, leaves), rtol=2e-2, atol=1e-2)
    assert_close(slopes[-1], expected.detach().float() / 1.5, rtol=1e-2, atol=0)


def test_modes():
    x, y, w = torch.randn(N, C), _rand(N, C).float(), _rand(C).float().requires_grad_()
    [expected] = torch.autograd.grad(L.huber(x, y, weight=w), w)
    compiled = torch.compile(lambda w: L.huber(x, y, weight=w), fullgraph=True, backend="aot_eager")
    assert_close(torch.autograd.grad(compiled(w), w)[0], expected)
    gradient = torch.func.grad(lambda w: L.huber(x, y, weight=w))
    assert_close(gradient(w.detach()), expected)
    both = torch.stack([w, 2 * w]).detach()
    assert_close(torch.func.vmap(gradient)(both), torch.stack([expected, expected]))


X, LABELS = torch.zeros(2, 3), torch.tensor([0, 2])


@pytest.mark.parametrize(
    "sentence, call",
    [
        ("no gradient of class_weight with label_smoothing",
         lambda w: L.cross_entropy(X, LABELS, w, label_smoothing=0.1)),
        ("no gradient of class_weight with z_loss",
         lambda w: L.softmax_cross_entropy(X, LABELS, class_weight=w, z_loss=0.1)),
        ("no gradient of weight in a mean of regions with masked",
         lambda w: L.dice(X, X, weight=w[:2], mask=X == 0)),
        ('no gradient of weight under reduction = "length_mean"',
         lambda w: L.ctc(X[:, None], LABELS[None, 1:], weight=w[:1], reduction="length_mean")),
        ("has no gradient of pos_weight",
         lambda w: L.binary_cross_entropy_with_logits(X, X, pos_weight=w)),
    ],
)
def test_what_is_refused(sentence, call):
    with pytest.raises(NotImplementedError, match=sentence):
        call(torch.ones(3, requires_grad=True))


def test_weights_that_do_not_fit():
    with pytest.raises(ValueError, match=r"class_weight has the shape \(2,\); expected \(3,\)"):
        L.cross_entropy(X, LABELS, torch.ones(2, requires_grad=True))
    with pytest.raises(ValueError, match=r"weight has the shape \(2,\), which does not broadcast"):
        L.huber(X, X, weight=torch.ones(2, requires_grad=True))
