"""A call of a loss on tensors: the short way of eager mode, or the operator."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.autograd import Function, forward_ad
from torch.nn import Parameter

from . import _operators
from ._compute import (
    check_tensor,
    compute,
    derive_pair,
    layout_of,
    transform,
    transform_gradient,
    transform_layout_of,
    value_of_pair,
)
from ._plan import FACTS, GRADIENT, INPUT, MEAN, SAMPLE, TARGET, UPSTREAM, VALUE, Plan, plan_of
from ._weights import WEIGHTS, weighted

_transforms_active = torch._C._are_functorch_transforms_active
_modes = torch._C._len_torch_dispatch_stack
_tracing = torch._C._get_tracing_state
_is_compiling = torch.compiler.is_compiling
_with_gradient = torch.is_grad_enabled
_strided = torch.strided
_is_batched = torch._C._functorch.is_legacy_batchedtensor  # of is_grads_batched

PAIR = INPUT, TARGET
_INPUT_GRADIENT = (GRADIENT,)


class _Evaluate(Function):
    """The short way: no dispatcher, and the gradient is handed on without a copy."""

    @staticmethod
    def forward(ctx, request, *tensors):
        ctx.request = request
        plan, scale, dtype, arguments, wanted, _ = request
        ctx.gradients = None
        ctx.save_for_backward(*tensors)
        if not plan.multiplies:
            return compute(plan, scale, dtype, arguments, tensors, (VALUE,))[0]
        value, *found = compute(plan, scale, dtype, arguments, tensors, (VALUE, *wanted))
        ctx.gradients = _in_places(ctx, found)
        return value

    @staticmethod
    def backward(ctx, upstream):
        # They are this node's alone, so they may change in place and become somebody's gradient.
        gradients, ctx.gradients = ctx.gradients, None
        if _needs_operator(upstream):
            return _gradients_again(ctx, upstream, _pull_back)
        if gradients is None:
            return _gradients_again(ctx, upstream, _compute_again)
        if upstream.dim() or upstream.item() != 1.0:
            for g in gradients:
                if g is not None:
                    g.mul_(_operators.spread(upstream, ctx.request[0], g))
        return gradients


class _EvaluateTransform(Function):
    """_Evaluate of softmax and log_softmax, whose gradient costs least from their value."""

    @staticmethod
    def forward(ctx, request, input):
        ctx.request = request
        plan, scale, dtype, arguments, _, layout = request
        if layout is None:
            [value] = compute(plan, scale, dtype, arguments, (input,), (VALUE,))
        else:
            value = transform(layout, input)
        ctx.save_for_backward(input, value)
        return value

    @staticmethod
    def backward(ctx, upstream):
        input, value = ctx.saved_tensors
        plan, scale, dtype, arguments, wanted, layout = ctx.request
        if _needs_operator(upstream):
            return None, *_pull_back(plan, scale, dtype, arguments, (input,), wanted, upstream)
        if layout is not None and upstream.dtype is dtype and _is_ready(upstream):
            return None, transform_gradient(layout, input, value, upstream)
        arguments, tensors = (INPUT, UPSTREAM, VALUE), (input, upstream, value)
        return None, *compute(plan.from_value(), scale, dtype, arguments, tensors, wanted)


def _needs_operator(upstream: Tensor) -> bool:
    """Whether a gradient is to be differentiated once more, or seen by a mode or transform."""
    return (
        _with_gradient()
        or type(upstream) is not Tensor
        or _transforms_active()
        or _modes()
        or _is_batched(upstream)
    )


class _EvaluatePair(_Evaluate):
    """_Evaluate of an input and a target with a layout."""

    @staticmethod
    def forward(ctx, request, input, target):
        ctx.request = request
        ctx.save_for_backward(input, target)
        value, slope = derive_pair(request[5], request[1], input, target)
        ctx.gradients = None, slope, None
        return value


# Function.apply itself does no more than to look for transforms, which are ruled out here.
_apply = super(Function, _Evaluate).apply
_apply_pair = super(Function, _EvaluatePair).apply
_apply_transform = super(Function, _EvaluateTransform).apply


def _in_places(ctx, gradients: list[Tensor]) -> tuple[Tensor | None, ...]:
    """The gradients in the places of the arguments of apply() that they belong to."""
    found = iter(gradients)
    return None, *[next(found) if need else None for need in ctx.needs_input_grad[1:]]


def _gradients_again(ctx, upstream, how: Callable) -> tuple[Tensor | None, ...]:
    plan, scale, dtype, arguments, wanted, layout = ctx.request
    tensors = ctx.saved_tensors
    if layout is None or layout.form is None:
        return _in_places(ctx, how(plan, scale, dtype, arguments, tensors, wanted, upstream))
    viewed = [t.view(layout.form) for t in tensors]
    [found] = how(plan, scale, dtype, arguments, viewed, wanted, upstream)
    return None, found.view(tensors[0].shape), None


_pull_back = _operators.pull_back  # for transforms, and to be differentiated once more


def _compute_again(plan, scale, dtype, arguments, tensors, wanted, upstream) -> list[Tensor]:
    """For the second backward through a node, and where each value's upstream is mixed in C."""
    if plan.reduces:
        scale *= upstream.item()
    else:
        arguments, tensors = (*arguments, UPSTREAM), (*tensors, upstream)
    return compute(plan, scale, dtype, arguments, tensors, wanted)


def _refuse_tangents(plan: Plan, tensors) -> None:
    if any(forward_ad.unpack_dual(t).tangent is not None for t in tensors):
        raise NotImplementedError(
            f"{plan.loss.name} has no forward-mode derivatives; use backward, torch.func.grad or "
            "torch.func.vjp"
        )


def evaluate(
    arguments: tuple[int, ...],
    tensors: tuple[Tensor, ...],
    loss: str,
    parameters: tuple[float, ...] = (),
    reduction: int = MEAN,
    flags: int = 0,
    class_axis: int = 1,
    ignore_index: int = -100,
    grouping: int = SAMPLE,
    ignore_target: float = 0.0,
    *,
    divisor: int | None = None,
) -> Tensor:
    """The value of a loss, reduced or not.

    arguments: what the tensors are; the first is the input. divisor: what a reduced value is
    divided by; a size, so that in compiled code it may be a symbol.
    """
    facts = FACTS[loss]
    wanted: tuple[int, ...] = ()
    plain = True
    with_gradient = _with_gradient()
    of_weights = False
    for argument, tensor in zip(arguments, tensors):
        kind = type(tensor)
        if kind is not Tensor and kind is not Parameter:
            check_tensor(facts, argument, tensor)
            plain = False
        if not tensor.is_cpu:
            check_tensor(facts, argument, tensor)
        if with_gradient and tensor.requires_grad:
            if argument in WEIGHTS:
                of_weights = True
            else:
                wanted += (facts.derivative(argument),)
    dtype = tensors[0].dtype
    if not dtype.is_floating_point:
        check_tensor(facts, INPUT, tensors[0])
    if torch.is_autocast_enabled("cpu") and dtype.itemsize == 2:
        dtype = torch.float32
    options = loss, parameters, reduction, flags, class_axis, ignore_index, grouping, ignore_target
    if of_weights:
        return weighted(evaluate, dict(zip(arguments, tensors)), options, divisor)
    if not plain or _is_seen():
        outputs = (VALUE, *wanted) if facts.multiplies(reduction) else (VALUE,)
        value = _operators.call_with(options, 1.0, dtype, arguments, tensors, outputs)[0]
        return value if divisor is None else value / divisor
    plan = plan_of(*options)
    scale = _scale(divisor)
    if forward_ad._current_level >= 0:
        _refuse_tangents(plan, tensors)
    if wanted and facts.transform and dtype.itemsize >= 4:  # a shorter value is not exact enough
        return _apply_transform((plan, scale, dtype, arguments, wanted, None), *tensors)
    if wanted:
        return _apply((plan, scale, dtype, arguments, wanted, None), *tensors)
    return compute(plan, scale, dtype, arguments, tensors, (VALUE,))[0]


def _scale(divisor: int | None) -> float:
    if divisor is None:
        return 1.0
    return 1.0 / divisor if divisor else math.nan


def evaluate_pair(
    input: Tensor,
    target: Tensor,
    options: tuple,
    fit: Callable,
    divisor: int | None = None,
    form: Callable | None = None,
) -> Tensor:
    """The value of a loss of input and target, most often in few steps.

    options: the loss, its parameters, reduction, flags ..., as evaluate() takes them.
    fit(options, input, target) checks the two and returns them as the loss wants them; whether it
    has to change them depends on their shapes and dtypes alone. form(shape): the shape to view
    both in; where that takes a copy, and the value is reduced, they stay as they are.
    """
    kind, target_kind = type(input), type(target)
    fitted = None
    if (
        (kind is Tensor or kind is Parameter)
        and (target_kind is Tensor or target_kind is Parameter)
        and not _is_seen()
        and forward_ad._current_level < 0
    ):
        plan = plan_of(*options)
        key = input.shape, target.shape, input.dtype, target.dtype, form
        layout = plan.layouts.get(key)
        if layout is None:
            fitted = fit(options, input, target)
            if fitted[0] is input and fitted[1] is target:
                layout = layout_of(plan, key, input, target, form and form(input.shape))
        if (  # _is_ready() of both, in place for speed
            layout is not None
            and input.layout is target.layout is _strided
            and input.is_cpu
            and target.is_cpu
            and input.is_contiguous()
            and target.is_contiguous()
            and not input.is_neg()
            and not target.is_neg()
        ):
            scale = 1.0 if divisor is None else _scale(divisor)
            try:
                if not (_with_gradient() and (input.requires_grad or target.requires_grad)):
                    return value_of_pair(layout, scale, input, target)
                if plan.multiplies and not target.requires_grad:
                    request = plan, scale, None, PAIR, _INPUT_GRADIENT, layout
                    return _apply_pair(request, input, target)
            except ValueError:
                pass  # the long way says where, in the tensor's own shape
    input, target = fitted or fit(options, input, target)
    if form is not None:
        shape = form(input.shape)
        # Dimensions can always be split.
        if len(shape) > input.dim() or (input.is_contiguous() and target.is_contiguous()):
            input, target = input.view(shape), target.view(shape)
    return evaluate(PAIR, (input, target), *options, divisor=divisor)


def _is_seen() -> bool:
    """Whether a compiler, transform, mode or tracer has to see the operator."""
    return _is_compiling() or _transforms_active() or _modes() or _tracing() is not None


def evaluate_transform(input: Tensor, options: tuple) -> Tensor:
    """softmax or log_softmax. options: as evaluate() takes them."""
    kind = type(input)
    if (
        (kind is Tensor or kind is Parameter)
        and not _is_seen()
        and forward_ad._current_level < 0
    ):
        plan = plan_of(*options)
        dtype = input.dtype
        layout = plan.layouts.get((input.shape, dtype)) or transform_layout_of(plan, input)
        if layout is not None and _is_ready(input):
            if _with_gradient() and input.requires_grad:
                request = plan, 1.0, dtype, (INPUT,), _INPUT_GRADIENT, layout
                return _apply_transform(request, input)
            return transform(layout, input)
    return evaluate((INPUT,), (input,), *options)


def _is_ready(tensor: Tensor) -> bool:
    """Whether C can read the elements, one after the other, as they are."""
    return (
        tensor.layout is _strided
        and tensor.is_cpu
        and tensor.is_contiguous()
        and not tensor.is_neg()
    )
