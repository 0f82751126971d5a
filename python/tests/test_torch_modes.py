"""Every loss of the catalogue in every mode of PyTorch: gradcheck, double backward, compile, vmap,
autocast, opcheck. Each works, or is refused with a sentence; docs/python-torch.md has the table."""

from __future__ import annotations

import os
import warnings
from functools import partial
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

import losskit.torch as losskit_torch  # noqa: E402
from losskit._registry import LOSSES  # noqa: E402
from losskit.torch._catalogue import CATALOGUE, Packing  # noqa: E402
from losskit.torch._catalogue import FUNCTIONS  # noqa: E402
from losskit.torch._mixed import OF_SCORES  # noqa: E402
from losskit.torch._plan import FACTS, ID, VALUE, plan_of  # noqa: E402
from torch.func import grad, vmap  # noqa: E402

PAGE = Path(__file__).parents[2] / "docs" / "python-torch.md"
BEGIN, END = "<!-- modes: begin -->\n", "<!-- modes: end -->\n"
COLUMNS = ("gradcheck", "double backward", "compile", "vmap", "func.grad", "autocast")

N, C, D = 5, 4, 3


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _signs(g, shape):
    return torch.randint(0, 2, shape, generator=g).double() * 2 - 1


def _regression(g, loss):
    """Inputs and targets with residuals away from kinks, in the domain of the loss."""
    rand = partial(torch.rand, generator=g, dtype=torch.float64)
    target = rand(N, C) + 0.5
    if loss.name == "zero_one":
        return rand(N, C) + 0.5, _signs(g, (N, C))
    if loss.family == "margin":
        return rand(N, C) * 0.4 + 0.1, _signs(g, (N, C))
    if loss.family == "binary":
        if loss.name in ("sigmoid_focal", "balanced_sigmoid_cross_entropy"):
            return torch.randn(N, C, generator=g, dtype=torch.float64), (_signs(g, (N, C)) + 1) / 2
        if loss.name == "binary_cross_entropy":
            return rand(N, C) * 0.8 + 0.1, rand(N, C)
        return torch.randn(N, C, generator=g, dtype=torch.float64), rand(N, C)
    return target + rand(N, C) * 0.3 + 0.2, target


def arguments(name: str):
    """(differentiable tensors, the others, options) of a small call in float64."""
    loss = LOSSES[name]
    g = torch.Generator().manual_seed(7)
    rand = partial(torch.rand, generator=g, dtype=torch.float64)
    randn = partial(torch.randn, generator=g, dtype=torch.float64)
    labels = torch.randint(0, C, (N,), generator=g)
    if loss.kind == "pointwise":
        x, target = _regression(g, loss)
        extra = {"variance": rand(N, C) + 0.5} if name == "gaussian_nll" else {}
        # The automatic beta is a constant in the gradient, which differences see move.
        options = {"beta": 0.3} if name == "balanced_sigmoid_cross_entropy" else {}
        return {"input": x}, {"target": target, **extra}, options
    if loss.kind == "rows":
        if "target" not in loss.takes:
            return {"input": randn(N, C)}, {}, {}
        if name in ("kl_divergence", "js_divergence"):
            options = {"logits": True}
            return {"input": randn(N, C)}, {"target": randn(N, C).softmax(1)}, options
        x = randn(N, C).log_softmax(1) if name == "nll" else randn(N, C)
        return {"input": x}, {"target": labels}, {}
    if loss.kind == "linear":
        return {"input": randn(N, D), "weights": randn(C, D)}, {"target": labels}, {}
    if loss.kind == "region":
        x = randn(N, C) if name == "lovasz_hinge" else rand(N, C) * 0.8 + 0.1
        target = (_signs(g, (N, C)) + 1) / 2
        return {"input": x}, {"target": target}, {}
    if loss.kind == "embedding":
        points = {p: randn(N, D) for p in ("input", "other", "negative") if p in loss.takes}
        target = {
            "center": labels,
            "contrastive": torch.tensor([1, 0, 1, 0, 1]),
            "supervised_contrastive": torch.tensor([0, 1, 0, 1, 2]),
            "cosine_embedding": torch.tensor([1, -1, 1, -1, 1]),
        }
        others = {"target": target[name]} if name in target else {}
        if name == "center":
            others["centers"] = randn(C, D)
        options = {"margin": 3.0} if name in ("contrastive", "triplet_margin") else {}
        return points, others, options
    if name == "expected_edit_distance":
        target = torch.tensor([[1, 2], [2, 3]])
        return {"input": randn(2, 3)}, {
            "target": target,
            "hypotheses": torch.randint(1, 4, (2, 3, 2), generator=g),
        }, {}
    x = randn(6, 2, C) if name == "ctc" else randn(6, 2, C).softmax(2)
    return {"input": x}, {"target": torch.tensor([[1, 2], [2, 3]])}, {}


def _function(name, slopes, others, options):
    def f(*tensors):
        return CATALOGUE[name](**dict(zip(slopes, tensors)), **others, **options)

    return f


def _leaves(slopes):
    return tuple(t.clone().requires_grad_() for t in slopes.values())


def _gradcheck(name, slopes, others, options):
    for reduction in ("mean", "sum", "none"):
        more = options if FACTS[name].transform else {**options, "reduction": reduction}
        f = _function(name, slopes, others, more)
        assert torch.autograd.gradcheck(f, _leaves(slopes), check_batched_grad=False)


def _double(name, slopes, others, options):
    assert torch.autograd.gradgradcheck(_function(name, slopes, others, options), _leaves(slopes))


def _compile(name, slopes, others, options):
    torch._dynamo.reset()
    f = _function(name, slopes, others, options)
    compiled = torch.compile(f, fullgraph=True, backend="aot_eager")
    ours, theirs = _leaves(slopes), _leaves(slopes)
    values = compiled(*ours), f(*theirs)
    assert torch.equal(*values)
    upstream = torch.ones_like(values[0])
    found = torch.autograd.grad(values[0], ours, upstream)
    expected = torch.autograd.grad(values[1], theirs, upstream)
    for a, b in zip(found, expected):
        torch.testing.assert_close(a, b, rtol=1e-14, atol=0)


def _vmap(name, slopes, others, options):
    f = _function(name, slopes, others, options)
    batch = [torch.stack([t, t.flip(0)]) for t in slopes.values()]
    found = vmap(f)(*batch)
    for k in range(2):
        assert torch.equal(found[k], f(*(t[k] for t in batch)))


def _func_grad(name, slopes, others, options):
    f = _function(name, slopes, others, options)
    numbers = tuple(range(len(slopes)))
    found = grad(lambda *t: f(*t).sum(), numbers)(*slopes.values())
    leaves = _leaves(slopes)
    f(*leaves).sum().backward()
    for a, b in zip(found, leaves):
        torch.testing.assert_close(a, b.grad, rtol=1e-14, atol=0)


def _autocast(name, slopes, others, options):
    half = {k: t.bfloat16() for k, t in slopes.items()}
    leaves = _leaves(half)
    with torch.autocast("cpu", torch.bfloat16):
        value = _function(name, half, others, options)(*leaves)
    assert value.dtype is torch.float32
    single = _function(name, slopes, others, options)(*(t.float() for t in half.values()))
    torch.testing.assert_close(value, single, rtol=1e-5, atol=1e-6)
    value.sum().backward()
    assert all(t.grad.dtype is torch.bfloat16 for t in leaves)


MODES = dict(
    zip(COLUMNS, (_gradcheck, _double, _compile, _vmap, _func_grad, _autocast))
)

# What is refused, with a part of the sentence; all else has to work.
REFUSED: dict[tuple[str, str], str] = {}
for _name, _loss in LOSSES.items():
    has = {"curvature", "hessian_vector"} if _loss.kind == "pointwise" else {"hessian_vector"}
    if not has & {*_loss.takes} and _name not in OF_SCORES:
        REFUSED[_name, "double backward"] = "no second derivatives beyond the diagonal"


def _outcome(name: str, mode: str) -> str:
    """ "yes", or losskit's sentence."""
    try:
        MODES[mode](name, *arguments(name))
    except NotImplementedError as error:
        return str(error)
    return "yes"


@pytest.mark.parametrize("mode", COLUMNS)
@pytest.mark.parametrize("name", LOSSES)
def test_mode(name, mode):
    outcome = _outcome(name, mode)
    if (name, mode) in REFUSED:
        assert name in outcome and REFUSED[name, mode] in outcome
    else:
        assert outcome == "yes"


def test_page_has_the_table():
    """docs/python-torch.md says what is refused; LOSSKIT_WRITE_DOCS=1 writes it."""
    lines = [f"| loss | {' | '.join(COLUMNS)} |", "|---" * (len(COLUMNS) + 1) + "|"]
    for name in LOSSES:
        cells = ["no" if (name, mode) in REFUSED else "yes" for mode in COLUMNS]
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    found = PAGE.read_text()
    before, rest = found.split(BEGIN)
    after = rest.split(END)[1]
    wanted = before + BEGIN + "\n".join(lines) + "\n" + END + after
    if os.environ.get("LOSSKIT_WRITE_DOCS"):
        PAGE.write_text(wanted)
    else:
        assert found == wanted


@pytest.mark.parametrize("reduction", ["mean", "none"])
@pytest.mark.parametrize("name", LOSSES)
def test_opcheck(name, reduction):
    """The operator keeps what it promises to torch.compile, for every loss."""
    slopes, others, options = arguments(name)
    packing = Packing(FUNCTIONS[name])
    found = FUNCTIONS[name].bind((), {**slopes, **others, **options})
    numbers, tensors = packing.arguments(found)
    tensors = [tensors[0].clone().requires_grad_(), *tensors[1:]]
    plan = plan_of(name, packing.parameters(found), {"mean": 0, "none": 2}[reduction])
    twice = plan.multiplies and (name, "double backward") not in REFUSED
    outputs = [VALUE, ID["gradient"]] if twice else [VALUE]  # opcheck goes backward through both
    loss, parameters, *rest = plan.options
    result = torch.library.opcheck(
        torch.ops.losskit.evaluate.default,
        (tensors, list(numbers), outputs, 1.0, None, loss, list(parameters), *rest),
    )
    assert set(result.values()) == {"SUCCESS"}


def test_every_loss_has_a_function_and_a_module():
    words = {name.lower() for name in losskit_torch._MODULES}
    for name in LOSSES:
        assert hasattr(losskit_torch, name)
        plain = name.replace("_", "")
        assert plain + "loss" in words or plain in words
