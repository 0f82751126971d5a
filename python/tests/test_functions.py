"""Every loss on NumPy arrays, against its formula in PyTorch: value, gradients, curvature."""

import doctest

import losskit
import numpy as np
import pytest
import torch
from cases import arguments, parameters
from losskit import _examples, value_and_grad
from losskit._registry import LOSSES
from references import REFERENCES

CASES = [
    pytest.param(name, p, id=f"{name}-{'-'.join(map(str, p.values()))}")
    for name in LOSSES
    for p in parameters(name)
]
DIFFERENTIABLE = ("input", "target", "variance", "other", "negative", "weights", "bias")
GRADIENTS = {
    "input": "gradient",
    "variance": "auxiliary_gradient",
    **{k: f"{k}_gradient" for k in ("target", "other", "negative", "weights", "bias")},
}


def tensors(given: dict) -> dict:
    return {k: torch.tensor(v) for k, v in given.items()}


def test_every_loss_has_a_reference():
    assert set(REFERENCES) == set(LOSSES)
    assert len(LOSSES) == 63


@pytest.mark.parametrize("name, p", CASES)
def test_values(name, p):
    given = arguments(name, **p)
    expected = REFERENCES[name](**tensors(given), **p).numpy()
    loss = getattr(losskit, name)
    if name in ("softmax", "log_softmax"):
        np.testing.assert_allclose(loss(**given), expected, rtol=1e-12)
        return
    np.testing.assert_allclose(
        loss(**given, **p, reduction="none"), expected, rtol=1e-9, atol=1e-11
    )
    assert loss(**given, **p) == pytest.approx(expected.mean(), rel=1e-9, abs=1e-11)
    assert loss(**given, **p, reduction="sum") == pytest.approx(expected.sum(), rel=1e-9, abs=1e-9)
    weight = np.random.default_rng(1).uniform(size=expected.shape)
    if name != "balanced_sigmoid_cross_entropy":  # whose own beta counts weights
        assert loss(**given, **p, weight=weight, reduction="weighted_mean") == pytest.approx(
            (weight * expected).sum() / weight.sum(), rel=1e-9, abs=1e-11
        )


def gradient_names(name, p, given):
    takes = LOSSES[name].takes
    for k in given:
        constant = name == "balanced_sigmoid_cross_entropy" and "beta" not in p
        if k in GRADIENTS and GRADIENTS[k] in takes and given[k].dtype.kind == "f":
            if not (k == "target" and constant):  # the beta of the targets is not differentiated
                yield k


@pytest.mark.parametrize("name, p", CASES)
def test_gradients(name, p):
    given = arguments(name, **p)
    names = tuple(gradient_names(name, p, given))
    assert names[0] == "input"
    t = tensors(given)
    for k in names:
        t[k].requires_grad_()
    units = REFERENCES[name](**t, **p)
    upstream = np.random.default_rng(2).normal(size=units.shape)
    (units * torch.tensor(upstream)).sum().backward()
    options = {} if name in ("softmax", "log_softmax") else {"reduction": "none"}
    value, gradients = getattr(value_and_grad, name)(
        **given, **p, **options, wrt=names, upstream=upstream
    )
    np.testing.assert_allclose(value, units.detach(), rtol=1e-9, atol=1e-11)
    for k, gradient in zip(names, gradients):
        expected = t[k].grad
        if expected is None:
            expected = torch.zeros_like(t[k])
        if name == "ctc" and not p.get("logits", True):
            continue  # PyTorch's is not the derivative of what it says: see the next test
        np.testing.assert_allclose(gradient, expected, rtol=1e-7, atol=1e-9, err_msg=k)


def test_ctc_gradients_of_log_probabilities(rng):
    given = arguments("ctc", logits=False)
    _, own = value_and_grad.ctc(**given, logits=False, reduction="sum")
    step = 1e-6
    for index in [(0, 0, 0), (3, 1, 2), (7, 0, 1)]:
        up, down = given["input"].copy(), given["input"].copy()
        up[index] += step
        down[index] -= step
        target = given["target"]
        slope = (
            losskit.ctc(up, target, logits=False, reduction="sum")
            - losskit.ctc(down, target, logits=False, reduction="sum")
        ) / (2 * step)
        assert own[index] == pytest.approx(slope, rel=1e-6, abs=1e-8)
    t = tensors(given)
    t["input"].requires_grad_()
    REFERENCES["ctc"](**t, logits=False).sum().backward()
    _, torch_like = value_and_grad.ctc(
        **given, logits=False, reduction="sum", torch_gradient=True
    )
    np.testing.assert_allclose(torch_like, t["input"].grad, rtol=1e-9, atol=1e-11)


# PyTorch has no second derivative of ctc_loss; that of zero_one is 0 everywhere.
NO_HESSIAN = {"ctc", "zero_one"}


def has_curvature(name):
    return "curvature" in LOSSES[name].takes and name not in NO_HESSIAN


@pytest.mark.parametrize(
    "name, p",
    [c for c in CASES if has_curvature(c.values[0])],
)
def test_true_curvature(name, p):
    given = arguments(name, **p)
    t = tensors(given)

    def total(x):
        return REFERENCES[name](**{**t, "input": x}, **p).sum()

    hessian = torch.autograd.functional.hessian(total, t["input"])
    n = given["input"].size
    expected = torch.diagonal(hessian.reshape(n, n)).reshape(given["input"].shape)
    options = {} if name in ("softmax", "log_softmax") else {"reduction": "sum"}
    *_, curvature = getattr(value_and_grad, name)(**given, **p, **options, curvature="true")
    np.testing.assert_allclose(curvature, expected, rtol=1e-6, atol=1e-8)


def has_product(name):
    loss = LOSSES[name]
    return (loss.kind == "pointwise" and name != "zero_one") or "hessian_vector" in loss.takes


@pytest.mark.parametrize("name, p", [c for c in CASES if has_product(c.values[0])])
def test_hessian_vector_product(name, p, rng):
    given = arguments(name, **p)
    t = tensors(given)
    vector = rng.normal(size=given["input"].shape)
    upstream = rng.normal(size=REFERENCES[name](**t, **p).shape)

    def total(x):
        return (REFERENCES[name](**{**t, "input": x}, **p) * torch.tensor(upstream)).sum()

    _, expected = torch.autograd.functional.hvp(total, t["input"], torch.tensor(vector))
    options = {} if name in ("softmax", "log_softmax") else {"reduction": "sum"}
    options["upstream"] = upstream
    call = getattr(value_and_grad, name)
    value, gradient, product = call(**given, **p, **options, vector=vector)
    np.testing.assert_allclose(product, expected, rtol=1e-7, atol=1e-9)
    _, same, curvature, again = call(**given, **p, **options, vector=vector, curvature="true")
    np.testing.assert_array_equal(again, product)
    np.testing.assert_array_equal(same, gradient)
    assert curvature.shape == product.shape


def test_products_in_a_curvature_mode_and_of_other_arrays(rng):
    x, t = rng.normal(size=(4, 3)).astype("f4"), (rng.normal(size=(4, 3)) > 0).astype("f4")
    p = 1 / (1 + np.exp(-x.astype("f8")))
    call, options = value_and_grad.sigmoid_focal, {"gamma": 0, "alpha": "none", "reduction": "sum"}
    row = torch.tensor([1.0, -2.0, 4.0], dtype=torch.bfloat16)
    for vector in (row, [1, -2, 4], np.array([4.0, -2.0, 1.0])[::-1]):
        *_, fisher, product = call(x, t, **options, curvature="fisher", vector=vector)
        assert product.dtype == np.float32
        np.testing.assert_allclose(product, p * (1 - p) * [1, -2, 4], rtol=1e-5)
    *_, product = call(x, t, **options, curvature="fisher", curvature_floor=9, vector=x[::-1])
    np.testing.assert_allclose(product, 9 * x[::-1])
    assert call(np.empty((0, 2)), np.empty((0, 2)), vector=1.0)[2].shape == (0, 2)


def test_refusals_of_products():
    x = np.ones((2, 3))
    with pytest.raises(NotImplementedError, match="dice has no Hessian-vector product"):
        value_and_grad.dice(x, x, vector=x)
    with pytest.raises(ValueError, match=r"huber: vector has the shape \(2,\); expected \(2, 3\)"):
        value_and_grad.huber(x, x, vector=[1.0, 2.0])
    with pytest.raises(ValueError, match="vector has extent 4 where input has 3"):
        value_and_grad.softmax_cross_entropy(x, [0, 1], vector=np.ones(4))
    with pytest.raises(TypeError, match="vector has the dtype complex"):
        value_and_grad.huber(x, x, vector=1j * x)


def test_ctc_curvature():
    given = arguments("ctc")
    *_, curvature = value_and_grad.ctc(**given, reduction="sum", curvature="true")
    step = 1e-5
    for index in [(0, 0, 0), (3, 1, 2), (7, 0, 1)]:
        slopes = []
        for h in (step, -step):
            x = given["input"].copy()
            x[index] += h
            slopes.append(value_and_grad.ctc(x, given["target"], reduction="sum")[1][index])
        expected = (slopes[0] - slopes[1]) / (2 * step)
        assert curvature[index] == pytest.approx(expected, rel=1e-5, abs=1e-8)


def test_fisher_curvature_and_floor():
    x, t = np.array([-2.0, 0.0, 3.0]), np.array([0.0, 1.0, 1.0])
    p = 1 / (1 + np.exp(-x))
    call = value_and_grad.sigmoid_cross_entropy
    *_, fisher = call(x, t, reduction="sum", curvature="fisher")
    np.testing.assert_allclose(fisher, p * (1 - p))
    *_, raised = call(x, t, reduction="sum", curvature="fisher", curvature_floor=0.1)
    np.testing.assert_allclose(raised, np.maximum(p * (1 - p), 0.1))
    *_, upper = call(x, t, reduction="sum", curvature="upper")
    np.testing.assert_allclose(upper, 0.25)


@pytest.mark.parametrize("name", LOSSES)
def test_examples_of_the_docstrings(name):
    loss = LOSSES[name]
    given = {k: eval(v, {"np": np}) for k, v in _examples.arguments(loss).items()}
    expected = REFERENCES[name](**tensors(given))
    shown = _examples.example(loss)[-1]
    if name in ("softmax", "log_softmax"):
        shown = eval(shown, {"array": np.array})
        np.testing.assert_allclose(shown, expected.numpy(), atol=5.1e-7)
    else:
        assert float(shown) == pytest.approx(expected.mean().item(), abs=5.1e-7)
    assert max(len(line) for line in getattr(losskit, name).__doc__.splitlines()) < 160


@pytest.mark.parametrize("name", ["losskit", *LOSSES])
def test_doctests(name):
    owner = losskit if name == "losskit" else getattr(losskit, name)
    tests = doctest.DocTestFinder(recurse=False).find(owner, name, globs={})
    runner = doctest.DocTestRunner()
    assert sum(len(t.examples) for t in tests) >= 3
    for t in tests:
        assert runner.run(t).failed == 0


def test_reductions():
    x, t = np.arange(6.0).reshape(2, 3), np.zeros((2, 3))
    assert losskit.squared_error(x, t, reduction="sum") == 55
    assert losskit.squared_error(x, t) == pytest.approx(55 / 6)
    assert losskit.squared_error(x, t, reduction="batch_mean") == pytest.approx(55 / 2)
    assert losskit.squared_error(x, t, reduction="batchmean") == pytest.approx(55 / 2)
    w = np.array([[1.0, 0.0, 2.0]])
    assert losskit.squared_error(x, t, weight=w, reduction="weighted_mean") == pytest.approx(
        (0 + 8 + 9 + 50) / 6
    )


def test_ignored_targets_and_labels():
    x = np.array([1.0, 2.0, 3.0])
    assert losskit.squared_error(x, np.array([0.0, -9.0, 0.0]), ignore_target=-9) == 5
    scores, labels = np.array([[1.0, 0.0], [5.0, 0.0]]), np.array([1, -100])
    expected = torch.nn.functional.cross_entropy(torch.tensor(scores), torch.tensor(labels))
    assert losskit.softmax_cross_entropy(scores, labels) == pytest.approx(expected.item())
    assert losskit.softmax_cross_entropy(scores, np.array([1, 7]), ignore_index=7) == pytest.approx(
        expected.item()
    )


def test_class_axis_and_class_weight(rng):
    scores, labels = rng.normal(size=(3, 5, 2, 4)), rng.integers(0, 5, size=(3, 2, 4))
    w = rng.uniform(size=5)
    expected = torch.nn.functional.cross_entropy(
        torch.tensor(scores), torch.tensor(labels), torch.tensor(w)
    ).item()
    call = losskit.softmax_cross_entropy
    assert call(scores, labels, class_weight=w) == pytest.approx(expected)
    last = np.moveaxis(scores, 1, -1)
    assert call(last, labels, class_weight=w, class_axis=-1) == pytest.approx(expected)


def test_soft_targets(rng):
    scores = rng.normal(size=(3, 5))
    soft = rng.dirichlet(np.ones(5), size=3)
    expected = torch.nn.functional.cross_entropy(torch.tensor(scores), torch.tensor(soft)).item()
    assert losskit.softmax_cross_entropy(scores, soft) == pytest.approx(expected)


def test_labels_zero_and_one(rng):
    x, t = rng.normal(size=9), rng.integers(0, 2, size=9)
    assert losskit.hinge(x, t, labels="01") == losskit.hinge(x, 2 * t - 1)


def test_groupings(rng):
    x, t = rng.uniform(size=(3, 2, 4)), rng.choice([0.0, 1.0], size=(3, 2, 4))
    per = {"sample": (3,), "batch": (), "class": (2,), "sample_class": (3, 2), "row": (3, 2)}
    for grouping, shape in per.items():
        value = losskit.dice(x, t, grouping=grouping, reduction="none")
        assert value.shape == shape
    whole = losskit.dice(x, t, grouping="batch")
    assert whole == pytest.approx(REFERENCES["dice"](torch.tensor(x[None]), torch.tensor(t[None])))
    mask = rng.choice([False, True], size=x.shape)
    kept = torch.tensor(x[mask][None]), torch.tensor(t[mask][None])
    assert losskit.dice(x, t, grouping="batch", mask=mask) == pytest.approx(
        REFERENCES["dice"](*kept)
    )


def test_lengths_and_batch_first(rng):
    x, t = rng.normal(size=(9, 2, 4)), rng.integers(1, 4, size=(2, 3))
    frames, labels = np.array([9, 6]), np.array([3, 2])
    expected = REFERENCES["ctc"](
        torch.tensor(x),
        torch.tensor(t),
        input_lengths=torch.tensor(frames),
        target_lengths=torch.tensor(labels),
    )
    given = {"input_lengths": frames, "target_lengths": labels}
    value = losskit.ctc(x, t, **given, reduction="none")
    np.testing.assert_allclose(value, expected)
    swapped = losskit.ctc(x.swapaxes(0, 1), t, **given, batch_first=True, reduction="none")
    np.testing.assert_allclose(swapped, expected)
    assert losskit.ctc(x, t, **given, reduction="length_mean") == pytest.approx(
        (expected / torch.tensor(labels)).mean().item()
    )


def test_gradients_of_arrays_that_are_spread(rng):
    """The gradient of an array that broadcasts is the sum over its copies."""
    x, t, v = rng.normal(size=(4, 5)), rng.normal(size=5), rng.uniform(0.5, 1, size=(4, 1))
    tx, tt, tv = (torch.tensor(a, requires_grad=True) for a in (x, t, v))
    (0.5 * (torch.log(tv) + (tx - tt) ** 2 / tv)).mean().backward()
    _, gradients = value_and_grad.gaussian_nll(x, t, v, wrt=("input", "target", "variance"))
    for gradient, leaf in zip(gradients, (tx, tt, tv)):
        assert gradient.shape == leaf.shape
        np.testing.assert_allclose(gradient, leaf.grad, rtol=1e-9)


def test_center_step():
    x, centers = np.array([[1.0, 0.0], [3.0, 0.0]]), np.zeros((2, 2))
    _, step = value_and_grad.center(x, np.array([0, 0]), centers, wrt="centers")
    np.testing.assert_allclose(step, [[-4 / 3, 0], [0, 0]])


def test_words_for_numbers(rng):
    x, t = rng.normal(size=50), rng.normal(size=50)
    mad = np.median(np.abs(x - t - np.median(x - t))) * 1.4826
    assert losskit.tukey_biweight(x, t, scale="mad") == pytest.approx(
        losskit.tukey_biweight(x, t, scale=mad), rel=1e-4
    )
    assert losskit.sigmoid_focal(x, (t > 0) * 1.0, alpha="none") == pytest.approx(
        2 * losskit.sigmoid_focal(x, (t > 0) * 1.0, alpha=0.5)
    )


def test_arrays_for_parameters(rng):
    z, t = rng.normal(size=(4, 3)), rng.uniform(size=(4, 3))
    pos_weight = np.array([1.0, 2.0, 5.0])
    expected = torch.nn.functional.binary_cross_entropy_with_logits(
        torch.tensor(z), torch.tensor(t), pos_weight=torch.tensor(pos_weight)
    )
    assert losskit.sigmoid_cross_entropy(z, t, pos_weight=pos_weight) == pytest.approx(
        expected.item()
    )


def test_empty_is_nan():
    empty = np.empty(0)
    assert losskit.huber(empty, empty) == 0
    assert np.isnan(losskit.huber(empty, empty, empty_is_nan=True))


def test_nan_stays_where_it_is():
    x = np.array([1.0, np.nan, 3.0])
    value, gradient = value_and_grad.huber(x, np.zeros(3), reduction="none")
    assert np.isnan(value).tolist() == np.isnan(gradient).tolist() == [False, True, False]
