"""Arrays of every kind: dtypes, strides, byte orders, owners. None is copied that need not be."""

import gc
import sys
import weakref

import losskit
import ml_dtypes
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from losskit import _arrays, value_and_grad

X = np.array([[0.5, -1.25, 2.0], [3.0, 0.25, -0.75]])
T = np.array([[1.0, 0.0, 0.5], [1.0, -2.0, 0.0]])


def mse(x, t):
    return float(((np.asarray(x, np.float64) - np.asarray(t, np.float64)) ** 2).mean())


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ml_dtypes.bfloat16])
def test_floating_dtypes(dtype):
    x = X.astype(dtype)
    value, gradient = value_and_grad.squared_error(x, T)
    assert value == mse(X, T)  # the numbers are exact in all of them
    assert gradient.dtype == x.dtype
    np.testing.assert_allclose(
        gradient.astype("f8"), 2 * (X - T) / 6, rtol=float(ml_dtypes.finfo(x.dtype).eps)
    )
    units = losskit.squared_error(x, T, reduction="none")
    assert units.dtype == x.dtype and units.shape == x.shape


@pytest.mark.parametrize("dtype", ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "?"])
def test_whole_numbers_as_targets(dtype):
    t = np.array([[1, 0, 1], [0, 1, 1]]).astype(dtype)
    assert losskit.squared_error(X, t) == mse(X, t)


@pytest.mark.parametrize("dtype", ["i1", "i2", "i4", "i8", "u1", "u2", "u4"])
def test_labels(dtype):
    labels = np.array([2, 0])
    value = losskit.softmax_cross_entropy(X, labels.astype(dtype))
    assert value == losskit.softmax_cross_entropy(X, labels)


def test_whole_numbers_as_inputs_are_float64():
    value, gradient = value_and_grad.squared_error([1, 2, 5], [0, 0, 1])
    assert value == 7 and gradient.dtype == np.float64
    assert losskit.squared_error(np.array([1, 2, 5], np.int16), [0, 0, 1]) == 7


@pytest.mark.parametrize("dtype", ["c16", "u8", "O", "U3", "M8[s]"])
def test_other_dtypes_are_refused(dtype):
    with pytest.raises(TypeError, match="target has the dtype"):
        losskit.squared_error(np.zeros(2), np.zeros(2).astype(dtype))


@pytest.mark.parametrize("x, sentence", [
    ([1, None, "a"], "it holds None, a NoneType; expected a dtype of numbers"),
    (np.array([1.5, 2.0], object), "it holds 1.5, a float"),
    (np.array([], object), "it is empty"),
    ({1.0: 2}, "it is a dict"),
    ((x for x in [1.0]), "it is a generator"),
])  # fmt: skip
def test_python_objects_are_told(x, sentence):
    with pytest.raises(TypeError, match=f"input has the dtype object: {sentence}"):
        losskit.huber(x, [1.0, 2.0])


def test_shapes_of_lists_and_numbers():
    assert losskit.squared_error([1.0, 3.0], [1.0, 1.0]) == 2
    assert losskit.squared_error(3.0, 1.0) == 4
    value, gradient = value_and_grad.squared_error(3.0, 1.0, reduction="none")
    assert value.shape == gradient.shape == () and gradient == 4
    assert losskit.squared_error(np.float32(3), 1) == 4


@pytest.mark.parametrize(
    "spread",
    [
        lambda a: a[::-1],
        lambda a: a[:, ::-1],
        lambda a: np.asfortranarray(a),
        lambda a: a.T.copy().T,
        lambda a: np.repeat(a, 3, axis=1)[:, ::3],
        lambda a: np.broadcast_to(a[:1], a.shape),
        lambda a: a[1:1],
    ],
)
def test_strides(spread):
    x, t = spread(X), spread(T)
    plain = np.ascontiguousarray(x), np.ascontiguousarray(t)
    value, gradient = value_and_grad.squared_error(x, t)
    expected, slope = value_and_grad.squared_error(*plain)
    assert value == expected
    np.testing.assert_array_equal(gradient, slope)
    if x.size and not x.flags.c_contiguous:  # read where it lies
        view = _arrays.view(x, "input")
        assert view.tensor.data == x.ctypes.data


def test_broadcasting():
    for t in (T[0], T[:, :1], T[:1], np.array(0.5), 0.5):
        assert losskit.squared_error(X, t) == mse(X, t)


def test_byte_order():
    assert losskit.squared_error(X.astype(">f8"), T.astype(">f4")) == mse(X, T)
    assert losskit.softmax_cross_entropy(X, np.array([2, 0], ">i4")) == pytest.approx(
        losskit.softmax_cross_entropy(X, [2, 0])
    )


def test_misaligned():
    room = np.zeros(X.nbytes + 1, np.uint8)
    x = room[1:].view(np.float64).reshape(X.shape)
    x[:] = X
    assert not x.flags.aligned
    assert losskit.squared_error(x, T) == mse(X, T)
    packed = np.zeros(6, [("a", "u1"), ("b", "f4")])
    packed["b"] = X.ravel()
    assert losskit.squared_error(packed["b"], T.ravel()) == mse(X, T)
    assert losskit.squared_error(np.array(2.0, ">f8"), 0.0) == 4


def test_read_only():
    x = X.copy()
    x.flags.writeable = False
    value, gradient = value_and_grad.squared_error(x, T)
    assert value == mse(X, T) and gradient.flags.writeable


def test_inputs_are_left_alone():
    x, t = X.copy(), T.copy()
    value_and_grad.squared_error(x, t, wrt=("input", "target"))
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(t, T)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_torch_through_dlpack(dtype):
    x, t = torch.tensor(X).to(dtype), torch.tensor(T)
    assert losskit.squared_error(x, t) == mse(X, T)
    assert losskit.squared_error(x.T, t.T) == mse(X, T)
    assert losskit.squared_error(x.expand(4, 2, 3), t) == mse(X, T)
    assert _arrays.view(x[:, 1:], "input").tensor.data == x.data_ptr() + x.element_size()


def test_torch_labels():
    for dtype in (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64):
        value = losskit.softmax_cross_entropy(torch.tensor(X), torch.tensor([2, 0], dtype=dtype))
        assert value == losskit.softmax_cross_entropy(X, [2, 0])
    with pytest.raises(TypeError, match="target has the dtype uint64"):
        losskit.softmax_cross_entropy(X, torch.tensor([2, 0], dtype=torch.uint64))
    with pytest.raises(TypeError, match="input has the dtype complex64"):
        losskit.softmax_cross_entropy(torch.zeros(2, 3, dtype=torch.complex64), [2, 0])


def test_dlpack_memory_is_given_back():
    x = torch.tensor(X)
    gone = weakref.ref(x)
    view = _arrays.view(x, "input")
    del x
    gc.collect()
    assert gone() is not None and view.shape == X.shape
    del view
    gc.collect()
    assert gone() is None


def test_other_devices_are_refused():
    class OnGpu:
        def __dlpack_device__(self):
            return (2, 1)

        def __dlpack__(self):
            raise AssertionError("asked for memory of another device")

    with pytest.raises(TypeError, match="input is on the device 2:1.* computes on the CPU"):
        losskit.huber(OnGpu(), 0.0)


def test_array_interface():
    class Borrowed:
        __array_interface__ = X.__array_interface__

    assert losskit.squared_error(Borrowed(), T) == mse(X, T)


def test_masked_arrays_are_refused():
    with pytest.raises(TypeError, match="input is a masked array.*weight=~mask"):
        losskit.huber(np.ma.masked_invalid([1.0, np.nan]), [0.0, 0.0])


def test_subclasses_are_arrays(tmp_path):
    mapped = np.memmap(tmp_path / "x", np.float64, "w+", shape=X.shape)
    mapped[:] = X
    assert losskit.squared_error(mapped, T) == mse(X, T)


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0), (2, 0, 4)])
def test_empty(shape):
    x = np.empty(shape)
    value, gradient = value_and_grad.huber(x, x)
    assert value == 0 and gradient.shape == shape
    assert losskit.huber(x, x, reduction="none").shape == shape


def test_bfloat16_without_ml_dtypes(monkeypatch):
    x = torch.tensor(X, dtype=torch.bfloat16)
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    assert losskit.squared_error(x, T) == mse(X, T)
    with pytest.raises(TypeError, match="needs the package ml_dtypes"):
        value_and_grad.squared_error(x, T)


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_any_view_of_any_array(data):
    """Slices, steps, permutations and broadcast shapes of arrays give what their copies give."""
    dtype = data.draw(st.sampled_from(["f2", "f4", "f8", ">f4", ">f8"]))
    shape = data.draw(hnp.array_shapes(min_dims=1, max_dims=4, max_side=6))
    numbers = st.integers(-64, 64).map(lambda n: n / 8)
    base = data.draw(hnp.arrays(dtype, shape, elements=numbers))
    x = base[data.draw(hnp.basic_indices(shape, allow_newaxis=False, allow_ellipsis=False))]
    x = np.asarray(x).transpose(data.draw(st.permutations(range(np.ndim(x)))))
    small = data.draw(hnp.broadcastable_shapes(x.shape, max_dims=x.ndim, max_side=6))
    try:
        fits = np.broadcast_shapes(x.shape, small) == x.shape
    except ValueError:
        fits = False
    t = data.draw(hnp.arrays("f4", small if fits else x.shape, elements=numbers))
    value, gradient = value_and_grad.squared_error(x, t, reduction="none")
    plain = x.astype(dtype.replace(">", ""))
    expected, slope = value_and_grad.squared_error(
        np.ascontiguousarray(plain).reshape(x.shape),
        np.broadcast_to(t, x.shape).copy(),
        reduction="none",
    )
    np.testing.assert_array_equal(value, expected)
    np.testing.assert_array_equal(gradient, slope)
    wide = (plain.astype("f8") - t) ** 2
    np.testing.assert_allclose(value.astype("f8"), wide.astype(plain.dtype), rtol=1e-3)
