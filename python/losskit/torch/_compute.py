"""One call of the C library on tensors."""

from __future__ import annotations

import ctypes as c
import os
import struct
from collections.abc import Callable
from functools import lru_cache

import torch
from torch import Tensor

from .. import _native as native
from ._plan import GRADIENT, INPUT, LIKE, TARGET, UPSTREAM, VALUE, Facts, Plan

_evaluate = native.lib.lk_python_evaluate
_evaluate.restype = c.c_int
_evaluate.argtypes = [c.c_char_p, c.c_char_p]

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
_REDUCED = -1  # in place of an argument: the reduced value

# PyTorch's number of threads is taken over when it has changed, unless the user has set losskit's.
_follows = "LOSSKIT_THREADS" not in os.environ
_threads = 0
_pytorch_threads = torch.get_num_threads


def _follow_threads() -> None:
    global _threads
    _threads = _pytorch_threads()
    native.set_num_threads(_threads)


def _words(argument: int, tensor: Tensor) -> tuple[int, ...]:
    """lk_packed_tensor of request.c, its shape and strides."""
    shape = tensor.shape
    if tensor.is_contiguous():
        return argument, _CODES[tensor.dtype], len(shape), 0, *shape
    return argument, _CODES[tensor.dtype], len(shape), 1, *shape, *tensor.stride()


@lru_cache(maxsize=256)
def _packer(format: str, count: int) -> Callable[..., bytes]:
    """Packs what stands in the format, and a number of integers."""
    return struct.Struct(f"{format}{count}q").pack


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
    if _follows and _threads != _pytorch_threads():
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
    words = [len(arguments) + len(outputs)]
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
            output = _REDUCED
            result = torch.empty_like(_reduced_like(source.dtype))
        else:
            result = source.new_empty(plan.value_shape(source.shape), dtype=dtype)
        words += _words(output, result)
        found.append(result)
    places = [t.data_ptr() for t in (*tensors, *found)]
    request = plan.header() + _packer("", len(words))(*words)
    status = _evaluate(request, _packer("d", len(places))(scale, *places))
    if status:
        native.check(status)
    if plan.reduces and VALUE in outputs:
        place = outputs.index(VALUE)
        if found[place].dtype is not dtype:
            found[place] = found[place].to(dtype)
    return found


_NARROW, _WIDE = (
    torch.empty((), dtype=dtype, device="cpu") for dtype in (torch.float32, torch.float64)
)


def _reduced_like(dtype: torch.dtype) -> Tensor:
    """A tensor like that which takes a reduced value."""
    return _WIDE if dtype is torch.float64 else _NARROW


# The short way: float32 or float64 input, in C order, of a shape seen before. There each tenth of a
# microsecond of a small call counts.

_MOST_LAYOUTS = 1024
_pack_two_places = struct.Struct("d2q").pack
_pack_places = struct.Struct("d3q").pack
_pack_all_places = struct.Struct("d4q").pack
_empty_like = torch.empty_like


def _describe(plan: Plan, *tensors: tuple[int, int, tuple[int, ...]]) -> bytes:
    """The request for tensors in C order: what each is, the code of its dtype, and its shape."""
    words = [len(tensors)]
    for argument, code, shape in tensors:
        words += argument, code, len(shape), 0, *shape
    return plan.header() + _packer("", len(words))(*words)


def _keep(plan: Plan, key: tuple, layout):
    if len(plan.layouts) >= _MOST_LAYOUTS:
        plan.layouts.clear()
    plan.layouts[key] = layout
    return layout


class Layout:
    """The request for a pair of tensors of some shapes and dtypes, without and with a gradient."""

    __slots__ = ("value", "both", "like", "values", "form")

    def __init__(self, plan: Plan, input: Tensor, target: Tensor, form) -> None:
        self.form = form
        target_shape = target.shape
        if plan.is_elementwise and input.shape == target_shape:
            shape = target_shape = (input.numel(),)
        elif form is not None:
            shape = target_shape = form
        else:
            shape = input.shape
        code = _CODES[input.dtype]
        self.values = () if plan.reduces else plan.value_shape(shape)
        tensors = (
            (INPUT, code, shape),
            (TARGET, _CODES[target.dtype], target_shape),
            (_REDUCED if plan.reduces else VALUE, code, self.values),
        )
        self.value = _describe(plan, *tensors)
        self.both = _describe(plan, *tensors, (GRADIENT, code, shape))
        # A reduced value is allocated like another: that is quicker than by its shape.
        self.like = _reduced_like(input.dtype) if plan.reduces else None

    def new_value(self, input: Tensor) -> Tensor:
        return input.new_empty(self.values) if self.like is None else _empty_like(self.like)


def layout_of(plan: Plan, key: tuple, input: Tensor, target: Tensor, form=None) -> Layout | None:
    """The layout of a pair; None where there is no short way. form: the shape to take both for."""
    if input.dtype not in (torch.float32, torch.float64) or target.dtype not in _CODES:
        return None
    return _keep(plan, key, Layout(plan, input, target, form))


def value_of_pair(layout: Layout, scale: float, input: Tensor, target: Tensor) -> Tensor:
    """The value. Both tensors lie in C order, in the memory of the CPU."""
    if _follows and _threads != _pytorch_threads():
        _follow_threads()
    value = layout.new_value(input)
    places = _pack_places(scale, input.data_ptr(), target.data_ptr(), value.data_ptr())
    status = _evaluate(layout.value, places)
    if status:
        native.check(status)
    return value


def derive_pair(layout: Layout, scale: float, input: Tensor, target: Tensor):
    """(value, gradient) of such tensors."""
    value = layout.new_value(input)
    return value, _derive(layout.both, scale, input, target, value)


def _derive(request: bytes, scale: float, input, second: Tensor, third: Tensor) -> Tensor:
    if _follows and _threads != _pytorch_threads():
        _follow_threads()
    slope = _empty_like(input)
    places = _pack_all_places(
        scale, input.data_ptr(), second.data_ptr(), third.data_ptr(), slope.data_ptr()
    )
    status = _evaluate(request, places)
    if status:
        native.check(status)
    return slope


class TransformLayout:
    """The requests for the value of a softmax, and for its gradient from that."""

    __slots__ = ("value", "gradient")

    def __init__(self, plan: Plan, input: Tensor) -> None:
        code, shape = _CODES[input.dtype], input.shape
        self.value = _describe(plan, (INPUT, code, shape), (VALUE, code, shape))
        arguments = INPUT, UPSTREAM, VALUE, GRADIENT
        self.gradient = _describe(plan.from_value(), *((a, code, shape) for a in arguments))


def transform_layout_of(plan: Plan, input: Tensor) -> TransformLayout | None:
    """The layout of a softmax's input; None where there is no short way."""
    if input.dtype not in (torch.float32, torch.float64):
        return None
    return _keep(plan, (input.shape, input.dtype), TransformLayout(plan, input))


def transform(layout: TransformLayout, input: Tensor) -> Tensor:
    """The softmax of a tensor that lies in C order, in the memory of the CPU."""
    if _follows and _threads != _pytorch_threads():
        _follow_threads()
    value = _empty_like(input)
    places = _pack_two_places(1.0, input.data_ptr(), value.data_ptr())
    status = _evaluate(layout.value, places)
    if status:
        native.check(status)
    return value


def transform_gradient(layout: TransformLayout, input, value: Tensor, upstream: Tensor) -> Tensor:
    """Its gradient; all three are such tensors, of one shape and dtype."""
    return _derive(layout.gradient, 1.0, input, upstream, value)
