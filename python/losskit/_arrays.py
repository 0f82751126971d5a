"""Arrays of any library as views for C, without a copy."""

from __future__ import annotations

import ctypes as c

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
_DLPACK_KINDS = {2: "float", 4: "bfloat", 0: "int", 1: "uint", 6: "bool"}


def _code_of(dtype: np.dtype) -> int | None:
    """code << 8 | bits of a NumPy dtype; bfloat16 is ml_dtypes' (JAX's), by its name."""
    code = _CODES.get(dtype)
    return native.BF16 if code is None and dtype.name == "bfloat16" else code


class View:
    """An lk_tensor, and what it borrows from."""

    __slots__ = ("tensor", "shape", "code", "_owner", "_shape", "_strides")

    def __init__(self, pointer: int, code: int, shape, strides, owner) -> None:
        """strides: in elements, or None for C order."""
        ndim = len(shape)
        self.shape = tuple(shape)
        self.code = code
        self._owner = owner
        self._shape = (c.c_int64 * ndim)(*shape)
        self._strides = None if strides is None else (c.c_int64 * ndim)(*strides)
        self.tensor = native.Tensor(
            pointer,
            native.Device(1, 0),
            ndim,
            native.DType(code >> 8, code & 0xFF, 1),
            self._shape,
            self._strides,
            0,
        )


def _view_of_numpy(array: np.ndarray, name: str) -> View:
    code = _code_of(array.dtype)
    if code is None:
        raise TypeError(
            f"{name} has the dtype {array.dtype}; expected float32, float64, float16, bfloat16, "
            "int32, int64, uint8 or bool"
        )
    size = array.dtype.itemsize
    if not array.dtype.isnative or any(s % size for s in array.strides):
        array = np.ascontiguousarray(array, array.dtype.newbyteorder("="))
    strides = None
    if not array.flags.c_contiguous:
        strides = [s // size for s in array.strides]
    return View(array.ctypes.data, code, array.shape, strides, array)


class _ManagedTensor(c.Structure):
    """DLManagedTensor; what follows the tensor is not looked at."""

    _fields_ = [("tensor", native.Tensor)]


_capsule_pointer = c.pythonapi.PyCapsule_GetPointer
_capsule_pointer.restype = c.c_void_p
_capsule_pointer.argtypes = [c.py_object, c.c_char_p]


def _view_of_dlpack(x, name: str) -> View:
    device = x.__dlpack_device__()
    if int(device[0]) not in (1, 3):  # the CPU, and memory of the CPU that a GPU may read
        raise TypeError(
            f"{name} is on the device {int(device[0])}:{device[1]} of DLPack; "
            "losskit computes on the CPU"
        )
    capsule = x.__dlpack__()
    managed = _ManagedTensor.from_address(_capsule_pointer(capsule, b"dltensor"))
    t = managed.tensor
    code = t.dtype.code << 8 | t.dtype.bits
    shape = [t.shape[k] for k in range(t.ndim)]
    strides = [t.strides[k] for k in range(t.ndim)] if t.strides else None
    # The capsule is not renamed: it frees the tensor when it goes, after the view.
    return View((t.data or 0) + t.byte_offset, code, shape, strides, (x, capsule))


def view(x, name: str) -> View:
    """A view of x: a NumPy array, whatever speaks DLPack or the array interface, or numbers."""
    if isinstance(x, View):
        return x
    if isinstance(x, np.ndarray):
        return _view_of_numpy(x, name)
    if hasattr(x, "__dlpack__"):
        return _view_of_dlpack(x, name)
    return _view_of_numpy(np.asarray(x), name)


def floating_view(x, name: str) -> View:
    """The same; Python's whole numbers, and arrays of them, become float64."""
    v = view(x, name)
    if v.code in (native.F32, native.F64, native.F16, native.BF16):
        return v
    return _view_of_numpy(np.asarray(x, dtype=np.float64), name)


def dtype_of(code: int) -> np.dtype:
    """The NumPy dtype for outputs; bfloat16 needs ml_dtypes."""
    for dtype, known in _CODES.items():
        if known == code:
            return dtype
    try:
        import ml_dtypes
    except ImportError:
        raise TypeError(
            "an output of bfloat16 needs the package ml_dtypes; "
            "or pass the input as float32"
        ) from None
    return np.dtype(ml_dtypes.bfloat16)
