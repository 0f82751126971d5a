"""losskit.jax against formulas in jax.numpy, and against what NumPy's functions give."""

import os
import subprocess
import sys

import numpy as np
import pytest

jax = pytest.importorskip("jax")

import jax.numpy as jnp  # noqa: E402
import losskit  # noqa: E402
import losskit.jax as lj  # noqa: E402
import torch  # noqa: E402
from cases import arguments, parameters  # noqa: E402
from jax.extend.core import jaxprs_in_params  # noqa: E402
from losskit import value_and_grad  # noqa: E402
from losskit._functions import DERIVATIVES  # noqa: E402
from losskit._registry import LOSSES  # noqa: E402
from references import REFERENCES  # noqa: E402


@pytest.fixture(autouse=True, scope="module")
def double_precision():
    with jax.enable_x64(True):
        yield


def softmax_cross_entropy(z, y):
    return -jnp.take_along_axis(jax.nn.log_softmax(z, 1), y[:, None], 1)[:, 0]


# Formulas that XLA differentiates, of per-unit values.
FORMULAS = {
    "squared_error": lambda input, target: (input - target) ** 2,
    "log_cosh": lambda input, target: jnp.log(jnp.cosh(input - target)),
    "huber": lambda input, target: jnp.where(
        jnp.abs(input - target) <= 1,
        0.5 * (input - target) ** 2,
        jnp.abs(input - target) - 0.5,
    ),
    "logistic": lambda input, target: jax.nn.softplus(-input * target),
    "poisson": lambda input, target: jnp.exp(input) - target * input,
    "gaussian_nll": lambda input, target, variance: 0.5
    * (jnp.log(variance) + (input - target) ** 2 / variance),
    "softmax_cross_entropy": lambda input, target: softmax_cross_entropy(input, target),
    "log_softmax": lambda input: jax.nn.log_softmax(input, 1),
    "linear_cross_entropy": lambda input, target, weights, bias: softmax_cross_entropy(
        input @ weights.T + bias, target
    ),
    "dice": lambda input, target: 1
    - (2 * (input * target).sum((1, 2)) + 1) / (input.sum((1, 2)) + target.sum((1, 2)) + 1),
    "contrastive": lambda input, target, other: 0.5
    * (
        target * ((input - other) ** 2).sum(1)
        + (1 - target) * jnp.maximum(1 - jnp.sqrt(((input - other) ** 2).sum(1)), 0) ** 2
    ),
    "info_nce": lambda input, other: softmax_cross_entropy(
        10
        * (input / jnp.linalg.norm(input, axis=1, keepdims=True))
        @ (other / jnp.linalg.norm(other, axis=1, keepdims=True)).T,
        jnp.arange(len(input)),
    ),
}


def floating(given: dict) -> dict:
    return {k: v for k, v in given.items() if v.dtype.kind == "f"}


def differentiable(name: str, given: dict) -> tuple[str, ...]:
    takes = LOSSES[name].takes
    outputs = {k: DERIVATIVES.get("auxiliary" if k == "variance" else k) for k in floating(given)}
    return tuple(k for k, v in outputs.items() if v in takes and k != "centers")


def as_jax(given: dict) -> dict:
    return {k: jnp.asarray(v) for k, v in given.items()}


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("reduction", ["mean", "none"])
def test_formulas(name, reduction):
    """Value, gradients and their use under an upstream gradient: eager, jit, and vmap of both."""
    given = as_jax(arguments(name))
    names = differentiable(name, given)
    options = {} if name == "log_softmax" else {"reduction": reduction}
    upstream = jax.random.normal(jax.random.key(1), FORMULAS[name](**given).shape)
    rest = {k: v for k, v in given.items() if k not in names}

    def ours(chosen):
        value = getattr(lj, name)(**chosen, **rest, **options)
        return (value * (upstream if value.ndim else 3.0)).sum()

    def formula(chosen):
        value = FORMULAS[name](**chosen, **rest)
        if reduction == "mean" and name != "log_softmax":
            return 3.0 * value.mean()
        return (value * upstream).sum()

    chosen = {k: given[k] for k in names}
    expected = jax.value_and_grad(formula)(chosen)
    batch = jax.tree.map(lambda a: jnp.stack([a, 0.9 * a, 0.8 * a]), chosen)
    expected_batch = jax.vmap(jax.value_and_grad(formula))(batch)
    for wrapped in (lambda f: f, jax.jit):
        found = wrapped(jax.value_and_grad(ours))(chosen)
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-9), found, expected)
        found = wrapped(jax.vmap(jax.value_and_grad(ours)))(batch)
        jax.tree.map(
            lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-9), found, expected_batch
        )


@pytest.mark.parametrize(
    "name, p",
    [pytest.param(n, p, id=f"{n}-{'-'.join(map(str, p.values()))}")
     for n in LOSSES for p in parameters(n)[:2]],
)
def test_every_loss(name, p):
    """Values against the formulas in PyTorch, gradients of all arguments against NumPy's."""
    given = arguments(name, **p)
    value = REFERENCES[name](**{k: torch.tensor(v) for k, v in given.items()}, **p).mean().item()
    names = differentiable(name, given)
    options = {} if name in ("softmax", "log_softmax") else {"reduction": "mean"}
    _, expected = getattr(value_and_grad, name)(**given, **p, **options, wrt=names)

    def ours(chosen):
        result = getattr(lj, name)(**{**as_jax(given), **chosen}, **p, **options)
        return result if options else result.mean()

    found, gradients = jax.jit(jax.value_and_grad(ours))({k: jnp.asarray(given[k]) for k in names})
    assert found == pytest.approx(value, rel=1e-9, abs=1e-11)
    for k, e in zip(names, expected):
        if not options:
            continue
        np.testing.assert_allclose(gradients[k], e, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("dtype", [jnp.float16, jnp.bfloat16, jnp.float32, jnp.float64])
def test_dtypes(dtype):
    x, t = jnp.array([1.0, 2.0, 4.0], dtype), jnp.array([1.5, 2.0, 1.0])
    wide = jnp.float64 if dtype == jnp.float64 else jnp.float32
    value, gradient = jax.value_and_grad(lj.squared_error)(x, t)
    assert value.dtype == wide and gradient.dtype == dtype
    assert value == pytest.approx((0.25 + 0 + 9) / 3)
    np.testing.assert_allclose(gradient.astype("f4"), [-1 / 3, 0, 2], rtol=1e-2)
    units = lj.squared_error(x, t, reduction="none")
    assert units.dtype == wide
    np.testing.assert_array_equal(units, [0.25, 0, 9])
    _, both = jax.value_and_grad(lj.squared_error, argnums=(0, 1))(x, t)
    assert [g.dtype for g in both] == [dtype, t.dtype]


def test_single_precision_without_x64():
    with jax.enable_x64(False):
        value, gradient = jax.value_and_grad(lj.huber)(jnp.array([1.0, 4.0]), jnp.zeros(2))
        assert value.dtype == gradient.dtype == jnp.float32
        assert value == 2.0
        assert lj.huber([1, 4], [0, 0]) == 2.0


def test_vmap_maps_what_it_is_told(rng):
    z, y = jnp.asarray(rng.normal(size=(5, 4, 3))), jnp.asarray(rng.integers(0, 3, size=(5, 4)))
    each = [losskit.softmax_cross_entropy(np.asarray(z[i]), np.asarray(y[i])) for i in range(5)]
    np.testing.assert_allclose(jax.vmap(lj.softmax_cross_entropy)(z, y), each)
    shared = [losskit.softmax_cross_entropy(np.asarray(z[i]), np.asarray(y[0])) for i in range(5)]
    over_scores = jax.vmap(lj.softmax_cross_entropy, in_axes=(0, None))
    np.testing.assert_allclose(over_scores(z, y[0]), shared)
    table = jax.vmap(over_scores, in_axes=(None, 0))(z, y)  # every score with every target
    expected = [
        [losskit.softmax_cross_entropy(np.asarray(z[i]), np.asarray(y[j])) for i in range(5)]
        for j in range(5)
    ]
    np.testing.assert_allclose(table, expected)
    swapped = jax.vmap(over_scores, in_axes=(None, 0), out_axes=1)(z, y)
    np.testing.assert_allclose(swapped, np.transpose(expected))
    last = jax.vmap(lj.softmax_cross_entropy, in_axes=(2, None))(jnp.moveaxis(z, 0, 2), y[0])
    np.testing.assert_allclose(last, shared)


def test_vmap_of_one_and_of_none():
    x = jnp.array([[1.0, 4.0]])
    assert jax.vmap(lj.huber)(x, jnp.zeros((1, 2))).tolist() == [2.0]
    assert jax.vmap(lj.huber)(jnp.zeros((0, 2)), jnp.zeros((0, 2))).shape == (0,)


def test_jacobian_of_values(rng):
    z, y = jnp.asarray(rng.normal(size=(4, 3))), jnp.array([0, 2, 1, 1])
    ours = jax.jacrev(lambda z: lj.softmax_cross_entropy(z, y, reduction="none"))(z)
    np.testing.assert_allclose(ours, jax.jacrev(lambda z: softmax_cross_entropy(z, y))(z))
    x, t = jnp.asarray(rng.normal(size=5)), jnp.asarray(rng.normal(size=5))
    np.testing.assert_allclose(
        jax.jacrev(lambda x: lj.squared_error(x, t, reduction="none"))(x), np.diag(2 * (x - t))
    )


def test_scan_descends(rng):
    a, t = jnp.asarray(rng.normal(size=(30, 4))), jnp.asarray(rng.normal(size=30))

    def train(loss):
        def step(w, _):
            value, slope = jax.value_and_grad(lambda w: loss(a @ w, t))(w)
            return w - 0.1 * slope, value

        return jax.jit(lambda: jax.lax.scan(step, jnp.zeros(4), length=50))()

    w, values = train(lj.log_cosh)
    expected, wanted = train(lambda x, t: jnp.log(jnp.cosh(x - t)).mean())
    np.testing.assert_allclose(w, expected, rtol=1e-9)
    np.testing.assert_allclose(values, wanted, rtol=1e-9)
    assert values[-1] < values[0]


def test_broadcast_arguments(rng):
    x, t = jnp.asarray(rng.normal(size=(4, 5))), jnp.asarray(rng.normal(size=(1, 5)))
    ours = jax.grad(lj.squared_error, argnums=(0, 1))(x, t)
    formula = jax.grad(lambda x, t: ((x - t) ** 2).mean(), argnums=(0, 1))(x, t)
    for a, b in zip(ours, formula):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b)
    slope = jax.grad(lj.squared_error, argnums=1)(x, 0.5)
    assert slope.shape == ()
    np.testing.assert_allclose(slope, -2 * (x - 0.5).mean())


def test_weights_and_options(rng):
    z, y = rng.normal(size=(6, 3)), np.array([0, 2, 1, -100, 2, 0])
    w, cw = rng.uniform(size=6), rng.uniform(size=3)
    given = {"weight": w, "class_weight": cw, "label_smoothing": 0.1}
    for reduction in ("mean", "sum", "batch_mean", "weighted_mean"):
        assert lj.softmax_cross_entropy(z, y, **given, reduction=reduction) == pytest.approx(
            losskit.softmax_cross_entropy(z, y, **given, reduction=reduction)
        )
    assert lj.hinge(z, z > 0, labels="01") == pytest.approx(losskit.hinge(z, z > 0, labels="01"))
    assert lj.huber(z, z * 0 - 9, ignore_target=-9) == 0
    assert lj.softmax_cross_entropy(z.T, y, class_axis=0) == pytest.approx(
        losskit.softmax_cross_entropy(z, y)
    )
    per_class = lj.dice(z[None] ** 0, z[None] > 0, grouping="batch", reduction="none")
    assert per_class.shape == ()
    assert np.isnan(lj.huber(np.empty(0), np.empty(0), empty_is_nan=True))


def test_errors():
    x, labels = jnp.zeros((2, 3)), jnp.array([0, 7])
    with pytest.raises(ValueError, match="reduction = 'median'"):
        lj.huber(x, x, reduction="median")
    with pytest.raises(TypeError, match="unexpected keyword argument 'delt'"):
        lj.huber(x, x, delt=1)
    with pytest.raises(TypeError, match="input has the dtype complex"):
        lj.huber(x * 1j, x)
    with pytest.raises(TypeError, match="delta = .*expected a number"):
        jax.jit(lambda d: lj.huber(x, x, delta=d))(1.0)
    for call in (lj.softmax_cross_entropy, jax.jit(lj.softmax_cross_entropy)):
        with pytest.raises(jax.errors.JaxRuntimeError, match=r"target\[1\] = 7 is outside"):
            call(x, labels).block_until_ready()
    with pytest.raises(ValueError, match="huber: delta = -1"):
        lj.huber(x, x, delta=-1)
    with pytest.raises(NotImplementedError, match="huber has no gradient of weight"):
        jax.grad(lambda w: lj.huber(x, x, weight=w))(x)
    with pytest.raises(NotImplementedError, match="hinge has no gradient of target"):
        jax.grad(lj.hinge, argnums=1)(x, x + 1)
    with pytest.raises(NotImplementedError, match="center has no gradient of centers"):
        jax.grad(lambda c: lj.center(x, jnp.array([0, 1]), c))(x)


WRONG_SHAPES = {
    "target has extent 4 where input has 3": lambda x: lj.huber(x, jnp.zeros((2, 4))),
    "weight has extent 5": lambda x: lj.huber(x, x, weight=jnp.zeros(5)),
    "target has extent 3 where the rows": lambda x: lj.softmax_cross_entropy(x, jnp.zeros(3, int)),
    "labels are i32, i64 or u8": lambda x: lj.softmax_cross_entropy(x, jnp.zeros(2)),
    "class_axis 5 is not an axis": lambda x: lj.poly1(x, jnp.zeros(2, int), class_axis=5),
    "weights have 4 columns, input has 3": lambda x: lj.linear_cross_entropy(
        x, jnp.zeros(2, int), jnp.zeros((7, 4))
    ),
    r"other has shape \[2, 9\]": lambda x: lj.cosine_embedding(x, jnp.ones(2), jnp.zeros((2, 9))),
    "mask has extent 4": lambda x: lj.dice(x, x, mask=jnp.zeros(4)),
    "target_lengths is not one number": lambda x: lj.ctc(
        x, jnp.ones(2, int), input_lengths=jnp.array(2), target_lengths=jnp.ones(4, int)
    ),
}


@pytest.mark.parametrize("sentence", WRONG_SHAPES)
def test_wrong_shapes_are_told_when_traced(sentence):
    f = WRONG_SHAPES[sentence]
    x = jax.ShapeDtypeStruct((2, 3), jnp.float64)
    batch = jax.ShapeDtypeStruct((5, 2, 3), jnp.float64)
    for transformed, given in ((f, x), (jax.jit(f), x), (jax.grad(f), x), (jax.vmap(f), batch)):
        with pytest.raises(ValueError, match=sentence):
            jax.eval_shape(transformed, given)


@pytest.mark.parametrize("flat", [False, True])
def test_lengths_that_only_the_numbers_tell(flat, rng):
    """Tracing neither reads lengths nor takes them for wrong."""
    x = rng.normal(size=(9, 2, 4))
    lengths = np.array([3, 2])
    target = rng.integers(1, 4, size=5 if flat else (2, 3))
    found = jax.jit(lambda n: lj.ctc(x, target, input_lengths=[9, 7], target_lengths=n))(lengths)
    expected = losskit.ctc(x, target, input_lengths=np.array([9, 7]), target_lengths=lengths)
    assert found == pytest.approx(expected)
    with pytest.raises(jax.errors.JaxRuntimeError, match="add up to|outside"):
        jax.jit(lambda n: lj.ctc(x, target, target_lengths=n))(lengths + 7).block_until_ready()


# ---- forward mode, and second derivatives --------------------------------------------------------


def per_unit_hessians(name: str) -> bool:
    loss = LOSSES[name]
    product = loss.kind == "rows" and {"hessian_vector", "target"} <= {*loss.takes}
    return (loss.kind == "pointwise" or product) and name != "zero_one"


def torch_total(name, given, p, upstream):
    """The loss of the input as PyTorch's formula has it, each unit times an upstream gradient."""
    t = {k: torch.tensor(v) for k, v in given.items()}
    u = torch.tensor(upstream)
    return lambda x: (REFERENCES[name](**{**t, "input": x}, **p) * u).sum()


@pytest.mark.parametrize(
    "name, p",
    [pytest.param(n, p, id=f"{n}-{'-'.join(map(str, p.values()))}")
     for n in LOSSES if per_unit_hessians(n) for p in parameters(n)[:2]],
)
def test_hessians(name, p, rng):
    given = arguments(name, **p)
    upstream = rng.normal(size=REFERENCES[name](
        **{k: torch.tensor(v) for k, v in given.items()}, **p).shape)  # fmt: skip
    x = torch.tensor(given["input"])
    expected = torch.autograd.functional.hessian(torch_total(name, given, p, upstream), x)
    rest = {k: v for k, v in as_jax(given).items() if k != "input"}

    def total(x):
        each = getattr(lj, name)(x, **rest, **p, reduction="none")
        return (each * upstream).sum()

    def weighted(x):
        return getattr(lj, name)(x, **rest, **p, reduction="sum", weight=jnp.abs(upstream))

    found = jax.jit(jax.hessian(total))(jnp.asarray(given["input"]))
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)
    positive = torch_total(name, given, p, np.abs(upstream))
    expected = torch.autograd.functional.hessian(positive, x)
    found = jax.jacrev(jax.jacrev(weighted))(jnp.asarray(given["input"]))
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)


PAIRS = {
    "forward over reverse": lambda f: jax.jacfwd(jax.grad(f)),
    "reverse over reverse": lambda f: jax.jacrev(jax.grad(f)),
    "forward over forward": lambda f: jax.jacfwd(jax.jacfwd(f)),
    "reverse over forward": lambda f: jax.jacrev(jax.jacfwd(f)),
    "of a checkpoint": lambda f: jax.hessian(jax.checkpoint(f)),
    "of jit": lambda f: jax.hessian(jax.jit(f)),
}


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("name", ["log_cosh", "softmax_cross_entropy"])
def test_pairs_of_modes(pair, name):
    """Eager, under jit, and mapped over the input while the rest is shared."""
    given = as_jax(arguments(name))
    rest = {k: v for k, v in given.items() if k != "input"}
    ours = PAIRS[pair](lambda x: getattr(lj, name)(x, **rest))
    formula = jax.hessian(lambda x: FORMULAS[name](x, **rest).mean())
    x = given["input"]
    batch = jnp.stack([x, 0.5 * x])
    expected = jax.vmap(formula)(batch)
    np.testing.assert_allclose(ours(x), expected[0], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(jax.jit(ours)(x), expected[0], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(jax.jit(jax.vmap(ours))(batch), expected, rtol=1e-9, atol=1e-12)


def test_hessian_of_a_difference(rng):
    """Of input and target together, where one of the two is spread over the other."""
    x, t = jnp.asarray(rng.normal(size=(3, 2))), jnp.asarray(rng.normal(size=(1, 2)))
    ours = jax.hessian(lj.log_cosh, argnums=(0, 1))(x, t)
    formula = jax.hessian(lambda x, t: jnp.log(jnp.cosh(x - t)).mean(), argnums=(0, 1))(x, t)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-12), ours, formula)


@pytest.mark.parametrize("name", FORMULAS)
def test_forward_mode(name):
    """Of the mean of every loss; along all arrays at once; and through jacfwd."""
    given = as_jax(arguments(name))
    names = differentiable(name, given)
    if name == "log_softmax":
        with pytest.raises(TypeError, match="forward-mode"):
            jax.jvp(lj.log_softmax, (given["input"],), (given["input"],))
        return
    rest = {k: v for k, v in given.items() if k not in names}
    chosen = {k: given[k] for k in names}
    along = {k: jnp.cos(7 * v) for k, v in chosen.items()}

    def ours(chosen):
        return getattr(lj, name)(**chosen, **rest)

    def formula(chosen):
        return FORMULAS[name](**chosen, **rest).mean()

    for wrapped in (lambda f: f, jax.jit):
        found = wrapped(lambda c, a: jax.jvp(ours, (c,), (a,)))(chosen, along)
        np.testing.assert_allclose(found, jax.jvp(formula, (chosen,), (along,)), rtol=1e-9)
    found, expected = jax.jacfwd(ours)(chosen), jax.jacfwd(formula)(chosen)
    for k in names:
        np.testing.assert_allclose(found[k], expected[k], rtol=1e-9, atol=1e-12)


def test_forward_mode_of_single_values(rng):
    z, y = jnp.asarray(rng.normal(size=(2, 3, 4))), jnp.asarray(rng.integers(0, 3, size=(2, 4)))
    ours = jax.jacfwd(lambda z: lj.softmax_cross_entropy(z, y, reduction="none"))(z)
    moved = jnp.moveaxis(z, 1, 2).reshape(8, 3)
    formula = jax.jacfwd(
        lambda z: softmax_cross_entropy(jnp.moveaxis(z, 1, 2).reshape(8, 3), y.reshape(8))
    )(z)
    np.testing.assert_allclose(ours.reshape(8, 2, 3, 4), formula, atol=1e-12)
    last = jax.jacfwd(lambda m: lj.softmax_cross_entropy(m, y.ravel(), reduction="none",
                                                         class_axis=-1))(moved)  # fmt: skip
    expected = jax.jacfwd(lambda m: softmax_cross_entropy(m, y.ravel()))(moved)
    np.testing.assert_allclose(last, expected, atol=1e-12)
    one = jax.jacfwd(lambda v: lj.softmax_cross_entropy(v, y[0, 0], reduction="none"))(z[0, :, 0])
    np.testing.assert_allclose(one, jax.nn.softmax(z[0, :, 0]) - jax.nn.one_hot(y[0, 0], 3))


@pytest.mark.parametrize("dtype", [jnp.float16, jnp.bfloat16, jnp.float32])
def test_dtypes_of_tangents(dtype):
    x, t = jnp.array([1.0, 2.0, 4.0], dtype), jnp.zeros(3)
    value, tangent = jax.jvp(lambda x: lj.squared_error(x, t), (x,), (jnp.ones(3, dtype),))
    assert value.dtype == tangent.dtype == jnp.float32
    assert tangent == pytest.approx(14 / 3, rel=1e-2)
    product = jax.jvp(jax.grad(lambda x: lj.squared_error(x, t)), (x,), (x,))[1]
    assert product.dtype == dtype
    np.testing.assert_allclose(product.astype("f4"), 2 / 3 * np.array([1, 2, 4]), rtol=1e-2)


def test_refused_derivatives():
    x, signs = jnp.array([[0.5, -1.0], [2.0, 0.25]]), jnp.array([[1.0, -1.0], [1.0, 1.0]])
    thrice = jax.grad(jax.grad(jax.grad(lambda s: lj.log_cosh(s, 0.5))))
    soft = jax.nn.softmax(x)
    for f, sentence in (
        (lambda: thrice(1.0), "log_cosh has no third derivatives"),
        (lambda: jax.jacfwd(jax.hessian(lj.softmax_cross_entropy))(x, jnp.array([0, 1])),
         "softmax_cross_entropy has no third derivatives"),
        (lambda: jax.hessian(lj.dice)(soft, soft), "dice has no second derivatives"),
        (lambda: jax.hessian(lambda x: lj.softmax(x).sum())(x), "softmax has no second deriv"),
        (lambda: jax.hessian(lambda x: lj.info_nce(x, x, reduction="none").sum())(x),
         "info_nce has no second derivatives"),
        (lambda: jax.hessian(lambda x: lj.gaussian_nll(x, x, x * x + 1))(x),
         "second derivatives of input and target alone, not of variance"),
        (lambda: jax.hessian(lj.softmax_cross_entropy, argnums=(0, 1))(x, soft),
         "second derivatives of input alone, not of target"),
        (lambda: jax.jvp(lambda w: lj.huber(x, x, weight=w), (x,), (x,)),
         "huber has no gradient of weight"),
        (lambda: jax.jvp(lambda t: lj.hinge(x, t), (signs,), (x,)), "no gradient of target"),
    ):  # fmt: skip
        with pytest.raises(NotImplementedError, match=sentence):
            f()


def ffi_results(f, *arrays) -> list[int]:
    """How many results each call of the library has that f makes."""

    def walk(jaxpr):
        for equation in jaxpr.eqns:
            if equation.primitive.name == "ffi_call":
                yield len(equation.outvars)
            else:
                for inner in jaxprs_in_params(equation.params):
                    yield from walk(inner)

    return [*walk(jax.make_jaxpr(f)(*arrays).jaxpr)]


def compiled_calls(f, *arrays) -> int:
    """How often the program that XLA makes of f calls the library."""
    return f.lower(*arrays).compile().as_text().count('custom_call_target="losskit"')


def test_only_what_is_asked_for_is_computed():
    """One call gives the value and the gradients that are needed, and no others."""
    x = jnp.ones((4, 3))
    assert ffi_results(lambda x: lj.huber(x, x), x) == [1]
    assert ffi_results(jax.grad(lj.huber), x, x) == [2]
    assert ffi_results(jax.value_and_grad(lj.huber, argnums=(0, 1)), x, x) == [3]
    assert ffi_results(lambda x: jax.jvp(lambda x: lj.huber(x, 0.0), (x,), (x,)), x) == [2]
    product = jax.jit(lambda x, v: jax.jvp(jax.grad(lj.huber), (x, x), (v, jnp.zeros_like(v))))
    assert compiled_calls(product, x, x) == 1  # value, gradient and curvature
    labels = jnp.array([0, 1, 2, 0])
    product = jax.jit(lambda x, v: jax.jvp(lambda x: jax.grad(lj.poly1)(x, labels), (x,), (v,))[1])
    assert compiled_calls(product, x, x) == 1


def test_doctest_of_the_module():
    """Its example, in a process of its own: JAX computes in single precision by default."""
    code = (
        "import doctest, losskit.jax as m, sys\n"
        "result = doctest.testmod(m)\n"
        "sys.exit(result.failed or result.attempted < 5)"
    )
    environment = {**os.environ, "JAX_ENABLE_X64": "0"}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
