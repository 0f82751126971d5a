"""The C library: its structures, its functions, and its failures as exceptions."""

from __future__ import annotations

import ctypes as c
import os
import sys
from pathlib import Path

MAX_PARAMS = 6
MAX_KINKS = 4
MAX_NAMED = 3

F32, F64, F16, BF16 = 0x0220, 0x0240, 0x0210, 0x0410
I32, I64, U8, BOOL = 0x0020, 0x0040, 0x0108, 0x0608


class Device(c.Structure):
    _fields_ = [("type", c.c_int32), ("id", c.c_int32)]


class DType(c.Structure):
    _fields_ = [("code", c.c_uint8), ("bits", c.c_uint8), ("lanes", c.c_uint16)]


class Tensor(c.Structure):
    """lk_tensor, field for field DLPack's DLTensor."""

    _fields_ = [
        ("data", c.c_void_p),
        ("device", Device),
        ("ndim", c.c_int32),
        ("dtype", DType),
        ("shape", c.POINTER(c.c_int64)),
        ("strides", c.POINTER(c.c_int64)),
        ("byte_offset", c.c_uint64),
    ]


TensorP = c.POINTER(Tensor)


class Result(c.Structure):
    _fields_ = [("value", c.c_double), ("normalizer", c.c_double), ("count", c.c_int64)]


class Call(c.Structure):
    _fields_ = [
        ("size", c.c_size_t),
        ("input", TensorP),
        ("target", TensorP),
        ("auxiliary", TensorP),
        ("weight", TensorP),
        ("upstream", TensorP),
        ("value", TensorP),
        ("gradient", TensorP),
        ("curvature", TensorP),
        ("target_gradient", TensorP),
        ("auxiliary_gradient", TensorP),
        ("result", c.POINTER(Result)),
        ("reduction", c.c_int),
        ("curvature_mode", c.c_int),
        ("flags", c.c_uint32),
        ("ignore_target", c.c_double),
        ("curvature_floor", c.c_double),
        ("workspace", c.c_void_p),
        ("workspace_size", c.c_size_t),
        ("class_weight", TensorP),
        ("vector", TensorP),
        ("hessian_vector", TensorP),
        ("ignore_index", c.c_int64),
        ("class_axis", c.c_int32),
        ("weights", TensorP),
        ("bias", TensorP),
        ("weights_gradient", TensorP),
        ("bias_gradient", TensorP),
        ("mask", TensorP),
        ("grouping", c.c_int),
        ("other", TensorP),
        ("negative", TensorP),
        ("centers", TensorP),
        ("other_gradient", TensorP),
        ("negative_gradient", TensorP),
        ("center_step", TensorP),
        ("input_lengths", TensorP),
        ("target_lengths", TensorP),
        ("hypotheses", TensorP),
        ("hypothesis_lengths", TensorP),
    ]


class Affine(c.Structure):
    _fields_ = [("constant", c.c_double), ("factor", c.c_double), ("param", c.c_int)]


class Kink(c.Structure):
    _fields_ = [("at", Affine), ("order", c.c_int)]


class NamedValue(c.Structure):
    _fields_ = [("name", c.c_char_p), ("value", c.c_double)]


class Parameter(c.Structure):
    _fields_ = [
        ("name", c.c_char_p),
        ("meaning", c.c_char_p),
        ("preset", c.c_double),
        ("lowest", c.c_double),
        ("highest", c.c_double),
        ("named", NamedValue * MAX_NAMED),
    ]


class Domain(c.Structure):
    _fields_ = [("lowest", c.c_double), ("highest", c.c_double), ("kind", c.c_int)]


class LossInfo(c.Structure):
    _fields_ = [
        ("name", c.c_char_p),
        ("family", c.c_char_p),
        ("title", c.c_char_p),
        ("tex", c.c_char_p),
        ("source", c.c_char_p),
        ("input", c.c_char_p),
        ("target", c.c_char_p),
        ("input_domain", Domain),
        ("target_domain", Domain),
        ("traits", c.c_uint32),
        ("lipschitz", Affine),
        ("bound", Affine),
        ("axis", c.c_int),
        ("n_kinks", c.c_int),
        ("kinks", Kink * MAX_KINKS),
        ("n_params", c.c_int),
        ("params", Parameter * MAX_PARAMS),
        ("gradient_tex", c.c_char_p),
        ("curvature_tex", c.c_char_p),
        ("fisher_tex", c.c_char_p),
        ("upper_tex", c.c_char_p),
        ("target_gradient_tex", c.c_char_p),
        ("auxiliary", c.c_char_p),
        ("auxiliary_meaning", c.c_char_p),
        ("auxiliary_gradient_tex", c.c_char_p),
        ("auxiliary_domain", Domain),
        ("auxiliary_param", c.c_int),
        ("kind", c.c_int),
        ("takes", c.c_uint32),
        ("needs", c.c_uint32),
        ("notes", c.c_char_p),
        ("elsewhere", c.c_char_p),
    ]


class Argument(c.Structure):
    _fields_ = [
        ("name", c.c_char_p),
        ("meaning", c.c_char_p),
        ("offset", c.c_size_t),
        ("output", c.c_int),
        ("like", c.c_int),
    ]


def _find_library() -> str:
    suffix = {"darwin": ".dylib", "win32": ".dll"}.get(sys.platform, ".so")
    places = [Path(__file__).parent / f"liblosskit_python{suffix}"]
    chosen = os.environ.get("LOSSKIT_LIBRARY")
    if chosen:
        places.insert(0, Path(chosen))
    for place in places:
        if place.exists():
            return str(place)
    raise ImportError(
        f"losskit: its library is not at {' or '.join(map(str, places))}; "
        "install the package with pip, or set LOSSKIT_LIBRARY"
    )


lib = c.CDLL(_find_library())


def _declare(name: str, result, *arguments) -> None:
    function = getattr(lib, name)
    function.restype = result
    function.argtypes = arguments


_declare("lk_version", c.c_char_p)
_declare("lk_last_error", c.c_char_p)
_declare("lk_isa_name", c.c_char_p)
_declare("lk_num_threads", c.c_int)
_declare("lk_set_num_threads", None, c.c_int)
_declare("lk_loss_describe", c.POINTER(LossInfo), c.c_int)
_declare("lk_loss_takes", c.c_uint32, c.c_int, c.POINTER(c.c_uint32))
_declare("lk_argument_describe", c.POINTER(Argument), c.c_int)
_declare("lk_evaluate", c.c_int, c.c_int, c.POINTER(c.c_double), c.c_int, c.POINTER(Call))
_declare(
    "lk_workspace_size",
    c.c_int,
    c.c_int,
    c.POINTER(c.c_double),
    c.c_int,
    c.POINTER(Call),
    c.POINTER(c.c_size_t),
)
_declare(
    "lk_value_shape", c.c_int, c.c_int, c.POINTER(Call), c.POINTER(c.c_int32), c.POINTER(c.c_int64)
)

OK, INVALID, OUT_OF_DOMAIN, NO_MEMORY, UNSUPPORTED = range(5)


def check(status: int) -> None:
    """Raises what a status other than OK stands for, with the library's sentence."""
    if status == OK:
        return
    sentence = lib.lk_last_error().decode()
    if status == NO_MEMORY:
        raise MemoryError(sentence)
    if status == UNSUPPORTED:
        raise NotImplementedError(sentence)
    raise ValueError(sentence)


def version() -> str:
    """The version of the C library, "0.1.0"."""
    return lib.lk_version().decode()


def isa_name() -> str:
    """The kernels in use: "x86-64-v4", "neon" ... The environment variable LOSSKIT_ISA caps it."""
    return lib.lk_isa_name().decode()


def num_threads() -> int:
    """Threads for large calls."""
    return lib.lk_num_threads()


def set_num_threads(threads: int) -> None:
    """Sets the threads for large calls; 0 restores the default, LOSSKIT_THREADS or all CPUs."""
    if not hasattr(threads, "__index__") or not 0 <= threads < 2**31:
        raise ValueError(f"threads = {threads!r}; expected a whole number from 0")
    lib.lk_set_num_threads(threads)
