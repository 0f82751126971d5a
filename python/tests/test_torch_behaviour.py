"""How losses behave as tensors do: layouts, gradients, errors, threads, processes."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
import warnings

import pytest

torch = pytest.importorskip("torch")

import losskit  # noqa: E402
import losskit.torch as L  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from losskit._call import GROUPINGS  # noqa: E402
from losskit.torch import _compute, _evaluate  # noqa: E402
from losskit.torch._plan import plan_of  # noqa: E402
from losskit.torch._catalogue import CATALOGUE  # noqa: E402
from torch import nn  # noqa: E402
from torch._dynamo.testing import CompileCounterWithBackend  # noqa: E402
from torch._subclasses.fake_tensor import FakeTensorMode  # noqa: E402
from torch.testing import assert_close  # noqa: E402


def _both(ours, theirs, x, upstream=None):
    """Values and gradients of the same function by losskit and by PyTorch."""
    found = []
    for f in (ours, theirs):
        leaf = x.detach().clone().requires_grad_()
        value = f(leaf)
        value.backward(torch.ones_like(value) if upstream is None else upstream)
        found.append((value.detach(), leaf.grad))
    return found


LAYOUTS = {
    "transposed": lambda x: x.t(),
    "every second": lambda x: x[::2, 1::2],
    "flipped columns": lambda x: x[:, torch.arange(7, -1, -1)],
    "expanded": lambda x: x[:, :1].expand(-1, 5),
    "permuted": lambda x: x.reshape(2, 4, 8).permute(2, 0, 1),
    "one number": lambda x: x[0, 0],
    "nothing": lambda x: x[:0],
    "offset": lambda x: x.flatten()[3:],
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_layouts(layout, reduction):
    change = LAYOUTS[layout]
    torch.manual_seed(0)
    x, y = torch.randn(8, 8, dtype=torch.float64), torch.randn(8, 8, dtype=torch.float64)
    ours, theirs = _both(
        lambda t: L.smooth_l1_loss(change(t), change(y), reduction=reduction),
        lambda t: F.smooth_l1_loss(change(t), change(y), reduction=reduction),
        x,
    )
    assert_close(ours, theirs, equal_nan=True)


def test_strided_tensors_are_not_copied(monkeypatch):
    """Strides go to C as they are."""
    seen = []
    original = _compute._words
    monkeypatch.setattr(
        _compute, "_words", lambda a, t: seen.append(t.data_ptr()) or original(a, t)
    )
    x, y = torch.randn(6, 4).t(), torch.randn(4, 1).expand(4, 6)
    L.mse_loss(x, y)
    assert seen[:2] == [x.data_ptr(), y.data_ptr()]


@pytest.mark.parametrize("n", [1, 5])
def test_negative_bit(n):
    z = torch.randn(n, dtype=torch.complex128)
    x, y = z.conj().imag, torch.randn(n, dtype=torch.float64)
    assert x.is_neg()
    assert_close(L.mse_loss(x, y), F.mse_loss(x, y))
    assert_close(L.mse_loss(x, y, reduction="none"), F.mse_loss(x, y, reduction="none"))


@pytest.mark.parametrize("reduction", ["mean", "none"])
def test_gradients_of_targets_and_broadcasts(reduction):
    x = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    y = torch.randn(3, dtype=torch.float64, requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pairs = [f(x, y, reduction=reduction).sum() for f in (L.huber_loss, F.huber_loss)]
    assert_close(*(torch.autograd.grad(v, (x, y)) for v in pairs))


def test_gradients_of_other_inputs():
    """Weights, bias, other, negative and variance, by differences."""
    g = torch.Generator().manual_seed(0)

    def rand(*shape):
        return torch.rand(*shape, generator=g, dtype=torch.float64).requires_grad_()

    labels = torch.tensor([0, 2, 1])
    points, weights = (rand(3, 2), rand(3, 2), rand(3, 2)), rand(4, 2)
    check = torch.autograd.gradcheck
    assert check(
        lambda x, w, b: L.linear_cross_entropy(x, w, labels, linear_bias=b),
        (points[0], weights, rand(4)),
    )
    assert check(lambda x, w: L.arcface(x, labels, w, reduction="none"), (points[0], weights))
    assert check(lambda *t: L.triplet_margin(*t, margin=5.0, reduction="none"), points)
    assert check(lambda *t: L.gaussian_nll(*t), points)
    assert check(lambda *t: L.js_divergence(*t), points[:2])


def test_only_what_is_needed_is_computed(monkeypatch):
    asked = []

    def spy(name, wanted):
        original = getattr(_evaluate, name)
        monkeypatch.setattr(
            _evaluate, name, lambda *args: asked.append(wanted(args[-1])) or original(*args)
        )

    spy("value_of_pair", lambda last: False)
    spy("derive_pair", lambda last: True)
    spy("compute", lambda outputs: _evaluate.GRADIENT in outputs)
    x, t = torch.randn(4, 3), torch.tensor([0, 1, 2, 0])
    for reduction in ("mean", "none"):
        asked.clear()
        x.requires_grad_(False)
        L.cross_entropy(x, t, reduction=reduction)
        x.requires_grad_()
        with torch.no_grad():
            L.cross_entropy(x, t, reduction=reduction)
        L.cross_entropy(x, t, reduction=reduction)
        assert asked == [False, False, True]


def test_gradient_is_handed_on_without_a_copy():
    x = torch.randn(1000, requires_grad=True)
    loss = L.mse_loss(x, torch.randn(1000))
    place = loss.grad_fn.gradients[1].data_ptr()
    loss.backward()
    assert x.grad.data_ptr() == place


def test_what_is_no_plain_pair_goes_the_long_way():
    """Also where plain tensors of the same shapes went the short way before."""
    x, y = torch.randn(4, 5), torch.randn(4, 5)
    want = L.mse_loss(x, y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wrong = x.to_sparse(), x.to_sparse_csr(), x.to_mkldnn(), x.to("meta")
    for t in wrong:
        with pytest.raises(TypeError, match="input (has the layout|is on the device meta)"):
            L.mse_loss(t, y)
        with pytest.raises(TypeError, match="target (has the layout|is on the device meta)"):
            L.mse_loss(x, t)
    assert_close(L.mse_loss(torch._neg_view(-x), y), want)
    assert_close(L.mse_loss(x, y.t().contiguous().t()), want)
    for _ in range(2):
        with pytest.warns(UserWarning, match="target size"):
            L.mse_loss(x, y[:1])


@pytest.mark.parametrize("reduction", ["none", "sum", "mean", "batchmean"])
@pytest.mark.parametrize("shape", [(), (5,), (64, 64)])
def test_pairs_that_are_viewed_in_another_shape(reduction, shape):
    """kl_div, once and twice backward, in the common order of memory and in another."""
    x, y = (torch.rand(shape, dtype=torch.float64) + 0.1 for _ in range(2))

    def derivatives(function, x):
        x = x.detach().requires_grad_()
        value = function(x, y, reduction=reduction)
        upstream = torch.linspace(1, 2, value.numel()).double().view(value.shape).requires_grad_()
        [first] = torch.autograd.grad(value, x, upstream, retain_graph=True)
        [again] = torch.autograd.grad(value, x, upstream, retain_graph=True)
        [slope] = torch.autograd.grad(value, x, upstream, create_graph=True)
        return value, first, again, *torch.autograd.grad((slope**2).sum(), upstream)

    for change in (lambda t: t, lambda t: t.mT.contiguous().mT if t.dim() == 2 else t):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ours, theirs = (derivatives(f, change(x.log())) for f in (L.kl_div, F.kl_div))
        assert_close(ours, theirs)


def test_layouts_are_bounded(monkeypatch):
    monkeypatch.setattr(_compute, "_MOST_LAYOUTS", 3)
    plan = plan_of("huber", (0.5,), 0, 16)
    for n in range(1, 9):
        x, y = torch.randn(n), torch.randn(n)
        assert_close(L.huber_loss(x, y, delta=0.5), F.huber_loss(x, y, delta=0.5))
        assert 0 < len(plan.layouts) <= 3


def test_backward_twice():
    x, y = torch.randn(9, requires_grad=True), torch.randn(9)
    for reduction in ("mean", "none"):
        x.grad = None
        loss = L.mse_loss(x, y, reduction=reduction)
        up = torch.randn_like(loss)
        loss.backward(up, retain_graph=True)
        once = x.grad.clone()
        loss.backward(up)
        assert_close(x.grad, 2 * once)


def test_batched_upstream():
    x, y = torch.randn(4, requires_grad=True), torch.randn(4)
    loss = L.mse_loss(x, y, reduction="none")
    [g] = torch.autograd.grad(loss, x, torch.eye(4), is_grads_batched=True)
    assert_close(g, torch.diag(2 * (x - y)).detach())


def test_checkpoint():
    x, y = torch.randn(4, requires_grad=True), torch.randn(4)
    torch.utils.checkpoint.checkpoint(
        lambda t: L.mse_loss(t.exp(), y), x, use_reentrant=False
    ).backward()
    found, x.grad = x.grad, None
    F.mse_loss(x.exp(), y).backward()
    assert_close(found, x.grad)


def test_double_backward_of_a_gradient_penalty():
    x = torch.randn(6, 4, dtype=torch.float64, requires_grad=True)
    t = torch.randint(0, 4, (6,))
    found = []
    for f in (L.cross_entropy, F.cross_entropy):
        [g] = torch.autograd.grad(f(x, t), x, create_graph=True)
        found += torch.autograd.grad(g.pow(2).sum(), x)
    assert_close(*found)


def test_third_derivative_is_refused():
    x, y = torch.randn(3, requires_grad=True), torch.zeros(3)
    [g] = torch.autograd.grad(L.log_cosh(x, y), x, create_graph=True)
    [h] = torch.autograd.grad(g.sum(), x, create_graph=True)
    with pytest.raises(NotImplementedError, match="log_cosh has no further derivatives"):
        h.sum().backward()


def test_nothing_and_everything_ignored():
    """PyTorch's NaN under PyTorch's names, 0 under losskit's."""
    x, none = torch.randn(3, 4, requires_grad=True), torch.full((3,), -100)
    value = L.cross_entropy(x, none)
    assert value.isnan()
    value.backward()
    assert torch.equal(x.grad, torch.zeros(3, 4))
    assert L.softmax_cross_entropy(x, none) == 0
    assert L.mse_loss(torch.empty(0), torch.empty(0)).isnan()
    assert L.squared_error(torch.empty(0), torch.empty(0)) == 0
    assert L.squared_error(torch.empty(0), torch.empty(0), empty_is_nan=True).isnan()


@pytest.mark.parametrize("size_average", [None, True, False])
@pytest.mark.parametrize("reduce", [None, True, False])
def test_deprecated_reductions(size_average, reduce):
    x, y = torch.randn(3, 4), torch.randn(3, 4)
    options = {"size_average": size_average, "reduce": reduce}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert_close(L.l1_loss(x, y, **options), F.l1_loss(x, y, **options))
        assert_close(
            L.kl_div(x, y.softmax(1), **options), F.kl_div(x, y.softmax(1), **options)
        )


def test_weights_divide_the_mean_as_in_pytorch():
    x, y, w = torch.randn(3, 4), torch.randn(3, 4), torch.rand(3, 4)
    for name in ("mse_loss", "l1_loss", "huber_loss"):
        for reduction in ("mean", "sum", "none"):
            ours, theirs = (
                getattr(m, name)(x, y, reduction=reduction, weight=w) for m in (L, F)
            )
            assert_close(ours, theirs)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("shape", [(5,), (6, 5), (4, 5, 3), (2, 5, 3, 4)])
def test_cross_entropy(shape, reduction, weighted, smoothing):
    """Labels with ignored ones and probabilities, class weights, smoothing, any layout."""
    g = torch.Generator().manual_seed(0)
    x = torch.randn(shape, generator=g, dtype=torch.float64)
    axis = 1 if len(shape) > 1 else 0
    rows = [n for k, n in enumerate(shape) if k != axis]
    labels = torch.randint(0, 5, rows, generator=g)
    if labels.dim():
        labels.flatten()[0] = 3
    options = {
        "weight": torch.rand(5, generator=g, dtype=torch.float64) if weighted else None,
        "reduction": reduction,
        "label_smoothing": smoothing,
    }
    soft = torch.randn(shape, generator=g, dtype=torch.float64).softmax(axis)
    for target, more in ((labels, {"ignore_index": 3}), (soft, {})):
        ours, theirs = _both(
            lambda t: L.cross_entropy(t, target, **options, **more),  # noqa: B023
            lambda t: F.cross_entropy(t, target, **options, **more),  # noqa: B023
            x,
        )
        assert_close(ours, theirs, equal_nan=True)


SHAPES = [
    *(("dice", (2, 3, 4), {"grouping": word}) for word in GROUPINGS),
    *(("softmax_cross_entropy", (2, 3, 4), {"class_axis": k}) for k in (0, 1, 2, -1)),
    ("softmax", (2, 3, 4), {"class_axis": 0}),
    ("ctc", (6, 2, 3), {}),
    ("ctc", (2, 6, 3), {"batch_first": True}),
    ("ctc", (6, 3), {}),
]


@pytest.mark.parametrize(("name", "shape", "options"), SHAPES)
def test_values_have_the_shape_that_c_gives_them(name, shape, options):
    """Against losskit on NumPy arrays, which asks the library."""
    x = torch.rand(shape)
    more = {} if name == "softmax" else {"reduction": "none"}
    target = {
        "dice": (torch.rand(shape) > 0.5).float(),
        "ctc": torch.ones((2, 2) if len(shape) == 3 else (2,), dtype=torch.int64),
    }.get(name)
    if name == "softmax_cross_entropy":
        rows = list(shape)
        del rows[options["class_axis"]]
        target = torch.ones(rows, dtype=torch.int64)
    tensors = (x,) if target is None else (x, target)
    found = CATALOGUE[name](*tensors, **options, **more)
    expected = getattr(losskit, name)(*(t.numpy() for t in tensors), **options, **more)
    assert_close(found, torch.as_tensor(expected))
    meta = FakeTensorMode(allow_non_fake_inputs=True)
    with meta:
        fakes = [meta.from_tensor(t) for t in tensors]
        assert CATALOGUE[name](*fakes, **options, **more).shape == found.shape


def test_modules_keep_pytorchs_state():
    weight = torch.rand(4)
    theirs = nn.CrossEntropyLoss(weight, label_smoothing=0.1)
    ours = L.CrossEntropyLoss(torch.ones(4), label_smoothing=0.1)
    ours.load_state_dict(theirs.state_dict())
    x, t = torch.randn(5, 4), torch.randint(0, 4, (5,))
    assert_close(ours(x, t), theirs(x, t))
    assert isinstance(ours, nn.CrossEntropyLoss)


def test_modules_of_the_catalogue():
    x, y = torch.randn(5), torch.randn(5)
    assert_close(L.HuberLoss(delta=2.0)(x, y), L.huber(x, y, delta=2.0))
    assert repr(L.RampLoss(s=-1.0)) == "RampLoss(s=-1.0)"
    again = pickle.loads(pickle.dumps(L.RampLoss(s=-1.0)))
    assert again.options == L.RampLoss(s=-1.0).options
    weighted = L.SoftmaxFocalLoss(class_weight=torch.rand(3), gamma=1.0)
    assert "class_weight" in dict(weighted.named_buffers())
    weighted(torch.randn(2, 3), torch.tensor([0, 2]))
    with pytest.raises(TypeError, match="RampLoss has no option margin"):
        L.RampLoss(margin=1.0)
    face = L.ArcfaceLoss(3, 4, s=8.0)
    face(torch.randn(2, 3), torch.tensor([0, 3])).backward()
    assert face.weights.grad.shape == (4, 3)


def test_center_loss_moves_its_centers():
    module = L.CenterLoss(2, 3, rate=1.0)
    x = torch.tensor([[2.0, 0.0, 0.0], [2.0, 0.0, 0.0]], requires_grad=True)
    labels = torch.tensor([1, 1])
    value = module(x, labels)
    assert value == 2.0  # half of the squared distance, the mean of both
    value.backward()
    assert_close(module.centers, torch.tensor([[0.0, 0.0, 0.0], [4 / 3, 0.0, 0.0]]))
    before = module.centers.clone()
    module.eval()(x, labels)
    assert torch.equal(module.centers, before)


def test_errors():
    x, y = torch.randn(3), torch.randn(3)
    with pytest.raises(TypeError, match="squared_error: input is on the device meta"):
        L.mse_loss(x.to("meta"), y.to("meta"))
    with pytest.raises(TypeError, match="target has the dtype torch.complex64"):
        L.hinge(x, torch.ones(3, dtype=torch.complex64))
    with pytest.raises(TypeError, match="input has the layout torch.sparse_coo"):
        L.squared_error(x.to_sparse(), y)
    with pytest.raises(TypeError, match="expected floating point numbers"):
        L.mse_loss(x.int(), y.int())
    with pytest.raises(TypeError, match="target is a list"):
        L.huber(x, [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"target\[1\] = 7 is outside \[0, 3\)"):
        L.cross_entropy(torch.randn(2, 3), torch.tensor([0, 7]))
    with pytest.raises(ValueError, match="reduction = .bad.; expected"):
        L.mse_loss(x, y, reduction="bad")
    with pytest.raises(NotImplementedError, match="has no gradient of pos_weight"):
        L.sigmoid_cross_entropy(x, x.abs() / 9, pos_weight=torch.rand(3, requires_grad=True))
    with pytest.raises(TypeError, match="missing a required argument: 'target'"):
        L.huber(x)
    with pytest.raises(TypeError, match="unexpected keyword argument 'delt'"):
        L.huber(x, y, delt=2.0)
    with pytest.raises(NotImplementedError, match="no forward-mode derivatives"):
        torch.func.jvp(lambda t: L.mse_loss(t, y), (x,), (y,))
    with torch.autograd.forward_ad.dual_level():
        dual = torch.autograd.forward_ad.make_dual(x, y)
        with pytest.raises(NotImplementedError, match="no forward-mode derivatives"):
            L.mse_loss(dual, y)


class _Wrapper(torch.Tensor):
    """A tensor of another class; what is done with it is recorded."""

    seen: list[str] = []

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        cls.seen.append(str(function))
        return super().__torch_function__(function, types, args, kwargs or {})


def test_subclasses_see_the_operator():
    x, y = torch.randn(3), torch.zeros(3)
    _Wrapper.seen.clear()
    found = L.mse_loss(x.as_subclass(_Wrapper), y)
    assert_close(found.as_subclass(torch.Tensor), F.mse_loss(x, y))
    assert any("losskit.evaluate" in name for name in _Wrapper.seen)


def test_autocast_computes_in_float32():
    x, t = torch.randn(6, 4).bfloat16(), torch.randint(0, 4, (6,))
    with torch.autocast("cpu", torch.bfloat16):
        ours, theirs = _both(lambda v: L.cross_entropy(v, t), lambda v: F.cross_entropy(v, t), x)
    assert ours[0].dtype is theirs[0].dtype is torch.float32
    assert ours[1].dtype is theirs[1].dtype is torch.bfloat16
    assert_close(ours, theirs)


def test_compile_with_sizes_that_change():
    torch._dynamo.reset()
    counter = CompileCounterWithBackend("aot_eager")
    f = torch.compile(
        lambda x, y: L.kl_div(x, y, reduction="batchmean") + L.cross_entropy(x, y),
        fullgraph=True,
        backend=counter,
        dynamic=True,
    )
    compiled = []
    for n in (3, 5, 9):
        x, y = torch.randn(n, 4, requires_grad=True), torch.randn(n, 4).softmax(1)
        f(x, y).backward()
        [g] = torch.autograd.grad(F.kl_div(x, y, reduction="batchmean") + F.cross_entropy(x, y), x)
        assert_close(x.grad, g)
        compiled.append(counter.frame_count)
    assert compiled[0] == compiled[-1]


def test_a_network_learns():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1), nn.Flatten(0))
    x = torch.randn(200, 2)
    y = torch.where(x[:, 0] * x[:, 1] > 0, 1.0, -1.0)
    optimiser = torch.optim.Adam(net.parameters(), 0.05)
    first = None
    for _ in range(150):
        loss = L.squared_hinge(net(x), y)
        first = first or loss.item()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss.item() < first / 5


# ---- threads and processes --------------------------------------------------------------------


def _large():
    g = torch.Generator().manual_seed(0)
    return torch.randn(1 << 18, generator=g), torch.randn(1 << 18, generator=g)


def _value_and_gradient(x, y):
    leaf = x.clone().requires_grad_()
    value = L.log_cosh(leaf, y)
    value.backward()
    return value.detach(), leaf.grad


def test_threads_follow_pytorch_and_bits_stay():
    before = torch.get_num_threads()
    x, y = _large()
    try:
        found = []
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            found.append(_value_and_gradient(x, y))
            if "LOSSKIT_THREADS" not in os.environ:
                assert losskit.num_threads() == threads
            torch.mm(torch.randn(200, 200), torch.randn(200, 200))
        assert all(torch.equal(a, b) for f in found[1:] for a, b in zip(found[0], f))
    finally:
        torch.set_num_threads(before)


def test_several_python_threads_at_once():
    """Beside PyTorch's own OpenMP, which the threads keep busy too."""
    x, y = _large()
    expected = _value_and_gradient(x, y)
    wrong = []

    def work():
        for _ in range(5):
            torch.mm(torch.randn(150, 150), torch.randn(150, 150)).exp_()
            found = _value_and_gradient(x, y)
            if not all(torch.equal(a, b) for a, b in zip(found, expected)):
                wrong.append(found)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong


class _Losses(torch.utils.data.Dataset):
    """Each item is a large loss, computed in the worker."""

    def __len__(self):
        return 4

    def __getitem__(self, index):
        x, y = _large()
        return torch.stack([L.log_cosh(x, y), L.huber_loss(x, y)])


def test_workers_of_a_data_loader_after_fork():
    x, y = _large()
    expected = torch.stack([L.log_cosh(x, y), L.huber_loss(x, y)])
    loader = torch.utils.data.DataLoader(
        _Losses(), batch_size=1, num_workers=2, multiprocessing_context="fork", timeout=120
    )
    items = [item[0] for item in loader]
    assert len(items) == 4
    assert all(torch.equal(item, expected) for item in items)


def test_chosen_threads_stand():
    """LOSSKIT_THREADS is not overruled by PyTorch."""
    code = (
        "import torch, losskit, losskit.torch as L\n"
        "torch.set_num_threads(1)\n"
        "L.mse_loss(torch.ones(3), torch.zeros(3))\n"
        "assert losskit.num_threads() == 3\n"
    )
    environment = {**os.environ, "LOSSKIT_THREADS": "3"}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, timeout=120)
