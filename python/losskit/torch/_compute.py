"""One call of the C library on tensors."""

from __future__ import annotations

import ctypes as c
import os
import struct
from collections.abc import Callable

import torch
from torch import Tensor

from .. import _native as native
from ._plan import GRADIENT, INPUT, LIKE, TARGET, VALUE, Facts, Plan

_evaluate = native.lib.lk_python_evaluate
_evaluate.restype = c.c_int
_evaluate.argtypes = [c.c_char_p]

_CODES = {
    torch.float32: native.F32,
    torch.float64: native.F64,
    torch.float16: native.F16,
    torch.bfloat16: native.BF16,
    torch.int32: native.I32,
    torch.int64: native.I64,
    torch.uint8: native.U8,
    torch.bool: native.BOOL,
}
_MOST_DIMENSIONS = 64
_packers: dict[int, Callable[..., bytes]] = {}

_follows = "LOSSKIT_THREADS" not in os.environ
_threads = 0


def _follow_threads() -> None:
    """Takes over the number of PyTorch's threads when it has changed."""
    global _threads
    threads = torch.get_num_threads()
    if threads != _threads:
        _threads = threads
        native.set_num_threads(threads)


def _words(argument: int, tensor: Tensor) -> tuple[int, ...]:
    """lk_packed_tensor of request.c, its shape and strides."""
    shape = tensor.shape
    if tensor.is_contiguous():
        return argument, tensor.data_ptr(), _CODES[tensor.dtype], len(shape), 0, *shape
    code, strides = _CODES[tensor.dtype], tensor.stride()
    return argument, tensor.data_ptr(), code, len(shape), 1, *shape, *strides


def _pack(scale: float, words: list[int]) -> bytes:
    """The request after the plan's head."""
    count = len(words)
    packer = _packers.get(count)
    if packer is None:
        packer = _packers[count] = struct.Struct(f"d{count}q").pack
    return packer(scale, *words)


def check_tensor(facts: Facts, argument: int, tensor: Tensor) -> None:
    """Raises TypeError, and says why, for a tensor that the library cannot read."""
    name = f"{facts.loss.name}: {facts.name_of(argument)}"
    if not isinstance(tensor, Tensor):
        raise TypeError(f"{name} is a {type(tensor).__name__}; expected a torch.Tensor")
    if not tensor.is_cpu:
        raise TypeError(f"{name} is on the device {tensor.device}; losskit computes on the CPU")
    if tensor.layout is not torch.strided:
        raise TypeError(f"{name} has the layout {tensor.layout}; expected torch.strided")
    if tensor.dtype not in _CODES:
        raise TypeError(
            f"{name} has the dtype {tensor.dtype}; expected float32, float64, float16, bfloat16, "
            "int32, int64, uint8 or bool"
        )
    if argument == INPUT and not tensor.dtype.is_floating_point:
        raise TypeError(f"{name} has the dtype {tensor.dtype}; expected floating point numbers")


def compute(plan: Plan, scale: float, dtype, arguments, tensors, outputs) -> list[Tensor]:
    """The outputs, in their order. dtype: of VALUE; None means the input's.

    The first tensor is the input. scale multiplies the reduced value and all derivatives.
    """
    if _follows:
        _follow_threads()
    try:
        return _request(plan, scale, dtype, arguments, tensors, outputs)
    except (KeyError, RuntimeError):  # a dtype or a layout that has no strides to read
        for argument, tensor in zip(arguments, tensors):
            check_tensor(plan.facts, argument, tensor)
        raise


def _request(plan: Plan, scale: float, dtype, arguments, tensors, outputs) -> list[Tensor]:
    source = tensors[0]
    dtype = dtype or source.dtype
    words = [0, source.dtype is torch.float64, len(arguments) + len(outputs)]
    for argument, tensor in zip(arguments, tensors):
        if tensor.is_neg():
            resolved = [t.resolve_neg() for t in tensors]
            return _request(plan, scale, dtype, arguments, resolved, outputs)
        words += _words(argument, tensor)
    found = []
    for output in outputs:
        if output == GRADIENT:
            result = torch.empty_like(source)
        elif output != VALUE:
            result = torch.empty_like(tensors[arguments.index(LIKE[output])])
        elif plan.reduces:
            result = source.new_empty((), dtype=None if words[1] else torch.float32)
            words[0] = result.data_ptr()
            words[2] -= 1
            found.append(result)
            continue
        else:
            result = source.new_empty(plan.value_shape(source.shape), dtype=dtype)
        words += _words(output, result)
        found.append(result)
    _send(plan.header() + _pack(scale, words))
    if words[0]:
        place = outputs.index(VALUE)
        if found[place].dtype is not dtype:
            found[place] = found[place].to(dtype)
    return found


def _send(request: bytes) -> None:
    status = _evaluate(request)
    if status:
        native.check(status)


_WIDTHS = {torch.float32: 0, torch.float64: 1}


def _is_plain(tensor: Tensor) -> bool:
    """Whether its elements lie in memory one after the other, as they are."""
    return tensor.layout is torch.strided and tensor.is_contiguous() and not tensor.is_neg()


def compute_pair(plan: Plan, scale: float, input: Tensor, target: Tensor, gradient: bool):
    """(value, gradient or None) of a reduced loss of input and target, in few steps; or None.

    For the common case, float32 or float64 tensors in C order: there each microsecond of a small
    call counts.
    """
    dtype = input.dtype
    if (
        dtype not in _WIDTHS
        or target.dtype not in _CODES
        or not _is_plain(input)
        or not _is_plain(target)
    ):
        return None
    if _follows:
        _follow_threads()
    shape, target_shape = input.shape, target.shape
    if plan.is_elementwise and shape == target_shape:
        shape = target_shape = (input.numel(),)
    code, ndim = _CODES[dtype], len(shape)
    value = input.new_empty(())
    words = [
        value.data_ptr(), _WIDTHS[dtype], 3 if gradient else 2,
        INPUT, input.data_ptr(), code, ndim, 0, *shape,
        TARGET, target.data_ptr(), _CODES[target.dtype], len(target_shape), 0, *target_shape,
    ]  # fmt: skip
    slope = None
    if gradient:
        slope = torch.empty_like(input)
        words += (GRADIENT, slope.data_ptr(), code, ndim, 0, *shape)
    _send(plan.header() + _pack(scale, words))
    return value, slope
