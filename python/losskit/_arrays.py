"""Arrays of any library as views for C, without a copy."""

from __future__ import annotations

import ctypes as c
import numbers
from types import SimpleNamespace

import numpy as np

from . import _native as native

_CODES = {
    np.dtype(np.float32): native.F32,
    np.dtype(np.float64): native.F64,
    np.dtype(np.float16): native.F16,
    np.dtype(np.int32): native.I32,
    np.dtype(np.int64): native.I64,
    np.dtype(np.uint8): native.U8,
    np.dtype(np.bool_): native.BOOL,
}
_DTYPES = {code: dtype for dtype, code in _CODES.items()}
FLOATING = frozenset((native.F32, native.F64, native.F16, native.BF16))

# Whole numbers that the C library does not read, but int64 holds.
_WIDENED = frozenset(map(np.dtype, (np.int8, np.int16, np.uint16, np.uint32)))

_new_tensor = native.Tensor.from_buffer_copy
_EMPTY_TENSORS = {
    code: bytes(native.Tensor(device=(1, 0), dtype=(code >> 8, code & 0xFF, 1)))
    for code in (*_DTYPES, native.BF16)
}
_EXTENTS = tuple(c.c_int64 * ndim for ndim in range(65))  # 64 is NumPy's limit


def _code_of(dtype: np.dtype) -> int | None:
    """code << 8 | bits of a NumPy dtype; bfloat16 is ml_dtypes' (JAX's), by its name."""
    return native.BF16 if dtype.name == "bfloat16" else _CODES.get(dtype)


class View:
    """An lk_tensor, and what it borrows from."""

    __slots__ = ("tensor", "shape", "code", "_owner")

    def __init__(self, pointer: int, code: int, shape, strides, owner) -> None:
        """strides: in elements, or None for C order."""
        self.shape = tuple(shape)
        self.code = code
        self._owner = owner
        ndim = len(self.shape)
        extents = _EXTENTS[ndim]
        # ctypes keeps what a field points to alive.
        self.tensor = tensor = _new_tensor(_EMPTY_TENSORS[code])
        tensor.data = pointer
        tensor.ndim = ndim
        tensor.shape = extents(*self.shape)
        if strides is not None:
            tensor.strides = extents(*strides)


def _contents(array: np.ndarray) -> str:
    """What an array of objects holds, for a sentence: its first element that is no number."""
    if not array.size:
        return "it is empty"
    items = array.ravel()
    odd = next((x for x in items if not isinstance(x, numbers.Number)), items[0])
    kind = f"a {type(odd).__name__}"
    return f"it holds {repr(odd)[:40]}, {kind}" if array.ndim else f"it is {kind}"


def _unusual_numpy(array: np.ndarray, name: str) -> View:
    """A view of an array that the C library cannot read as it stands, or not at once."""
    if isinstance(array, np.ma.MaskedArray):
        raise TypeError(
            f"{name} is a masked array, whose mask would be ignored; "
            "pass its data, and the mask as weight=~mask"
        )
    dtype = array.dtype.newbyteorder("=")
    if dtype in _WIDENED:
        dtype = np.dtype(np.int64)
    code = _code_of(dtype)
    if code is None:
        if dtype == object:
            raise TypeError(
                f"{name} has the dtype object: {_contents(array)}; expected a dtype of "
                "numbers, as astype(float) gives"
            )
        raise TypeError(
            f"{name} has the dtype {array.dtype}; expected float32, float64, float16, bfloat16, "
            "bool, or whole numbers of at most 64 bits with a sign"
        )
    size = dtype.itemsize
    if dtype != array.dtype or not array.flags.aligned or any(s % size for s in array.strides):
        array = array.astype(dtype, order="C", subok=False)
    strides = None if array.flags.c_contiguous else [s // size for s in array.strides]
    return View(array.ctypes.data, code, array.shape, strides, array)


def _view_of_numpy(array: np.ndarray, name: str) -> View:
    flags = array.flags
    code = _CODES.get(array.dtype)
    if code is None or not (flags.c_contiguous and flags.aligned) or type(array) is not np.ndarray:
        return _unusual_numpy(array, name)
    return View(array.__array_interface__["data"][0], code, array.shape, None, array)


class _ManagedTensor(c.Structure):
    """DLManagedTensor; what follows the tensor is not looked at."""

    _fields_ = [("tensor", native.Tensor)]


_capsule_pointer = c.pythonapi.PyCapsule_GetPointer
_capsule_pointer.restype = c.c_void_p
_capsule_pointer.argtypes = [c.py_object, c.c_char_p]

_DLPACK_KINDS = {0: "int", 1: "uint", 2: "float", 4: "bfloat", 5: "complex", 6: "bool"}
_WHOLE_KINDS = (0, 1)


def _view_of_dlpack(x, name: str) -> View:
    try:
        device = x.__dlpack_device__()
    except ValueError as reason:  # "Unknown device type meta for Dlpack"
        raise TypeError(f"{name}: {reason}") from None
    if int(device[0]) not in (1, 3):  # the CPU, and memory of the CPU that a GPU may read
        raise TypeError(
            f"{name} is on the device {int(device[0])}:{device[1]} of DLPack; "
            "losskit computes on the CPU"
        )
    try:
        capsule = x.__dlpack__()
    except (BufferError, RuntimeError) as reason:  # "Can't export tensors that require gradient"
        raise TypeError(f"{name}: {reason}") from None
    managed = _ManagedTensor.from_address(_capsule_pointer(capsule, b"dltensor"))
    t = managed.tensor
    code = t.dtype.code << 8 | t.dtype.bits
    if code not in _EMPTY_TENSORS or t.dtype.lanes != 1:
        if t.dtype.code in _WHOLE_KINDS and t.dtype.bits <= 32 and t.dtype.lanes == 1:
            return _view_of_numpy(np.from_dlpack(x), name)
        kind = _DLPACK_KINDS.get(t.dtype.code, f"DLPack's type {t.dtype.code} of ")
        raise TypeError(
            f"{name} has the dtype {kind}{t.dtype.bits}; expected float32, float64, float16, "
            "bfloat16, bool, or whole numbers of at most 64 bits with a sign"
        )
    shape = [t.shape[k] for k in range(t.ndim)]
    strides = [t.strides[k] for k in range(t.ndim)] if t.strides else None
    # The capsule is not renamed: it frees the tensor when it goes, after the view.
    return View((t.data or 0) + t.byte_offset, code, shape, strides, (x, capsule))


def view(x, name: str) -> View:
    """A view of x: a NumPy array, whatever speaks DLPack or the array interface, or numbers."""
    if isinstance(x, np.ndarray):
        return _view_of_numpy(x, name)
    if isinstance(x, View):
        return x
    if hasattr(x, "__dlpack__"):
        return _view_of_dlpack(x, name)
    try:
        array = np.asarray(x)
    except ValueError as reason:  # rows of different lengths
        raise ValueError(f"{name}: {reason}") from None
    return _view_of_numpy(array, name)


def floating_view(x, name: str) -> View:
    """The same; Python's whole numbers, and arrays of them, become float64."""
    v = view(x, name)
    if v.code in FLOATING:
        return v
    if not hasattr(x, "__array__") and hasattr(x, "__dlpack__"):
        x = np.from_dlpack(x)
    return _view_of_numpy(np.asarray(x, dtype=np.float64), name)


def dtype_of(code: int) -> np.dtype:
    """The NumPy dtype for outputs; bfloat16 needs ml_dtypes."""
    if code in _DTYPES:
        return _DTYPES[code]
    try:
        import ml_dtypes
    except ImportError:
        raise TypeError(
            "an output of bfloat16 needs the package ml_dtypes; "
            "or pass the input as float32"
        ) from None
    return np.dtype(ml_dtypes.bfloat16)


def array_of(v: View) -> np.ndarray:
    """What a view shows, as an array that is not a copy."""
    dtype = dtype_of(v.code)
    t = v.tensor
    strides = tuple(t.strides[k] * dtype.itemsize for k in range(t.ndim)) if t.strides else None
    interface = {
        "version": 3,
        "shape": v.shape,
        "typestr": f"|V{dtype.itemsize}",  # bfloat16 has no letter
        "data": (t.data or 0, True),
        "strides": strides,
    }
    return np.asarray(SimpleNamespace(__array_interface__=interface, owner=v)).view(dtype)
