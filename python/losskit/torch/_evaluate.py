"""A call of a loss on tensors: the short way of eager mode, or the operator."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.autograd import Function, forward_ad
from torch.nn import Parameter

from . import _operators
from ._compute import check_tensor, compute, compute_pair
from ._plan import FACTS, GRADIENT, INPUT, MEAN, SAMPLE, TARGET, UPSTREAM, VALUE, Plan, plan_of
from ._weights import WEIGHTS, weighted

_transforms_active = torch._C._are_functorch_transforms_active
_modes = torch._C._len_torch_dispatch_stack
_is_batched = torch._C._functorch.is_legacy_batchedtensor  # of is_grads_batched

_PAIR = INPUT, TARGET
_INPUT_GRADIENT = (GRADIENT,)


class _Evaluate(Function):
    """The short way: no dispatcher, and the gradient is handed on without a copy."""

    @staticmethod
    def forward(ctx, request, *tensors):
        plan, scale, dtype, arguments, wanted = request
        ctx.request = request
        ctx.gradients = None
        ctx.save_for_backward(*tensors)
        if wanted == _INPUT_GRADIENT and plan.reduces and arguments == _PAIR:
            found = compute_pair(plan, scale, *tensors, True)
            if found is not None:
                value, slope = found
                ctx.gradients = [slope]
                return value
        if not plan.multiplies:
            return compute(plan, scale, dtype, arguments, tensors, (VALUE,))[0]
        value, *ctx.gradients = compute(plan, scale, dtype, arguments, tensors, (VALUE, *wanted))
        return value

    @staticmethod
    def backward(ctx, upstream):
        # They are this node's alone, so they may change in place and become somebody's gradient.
        gradients, ctx.gradients = ctx.gradients, None
        if torch.is_grad_enabled() or not _is_plain(upstream) or _is_batched(upstream):
            plan, scale, dtype, arguments, wanted = ctx.request
            gradients = _operators.pull_back(
                plan, scale, dtype, arguments, ctx.saved_tensors, wanted, upstream
            )
        elif gradients is None:
            gradients = _gradients_again(ctx, upstream)
        elif upstream.dim():
            for g in gradients:
                g.mul_(_operators.spread(upstream, ctx.request[0], g))
        elif upstream.item() != 1.0:
            for g in gradients:
                g.mul_(upstream)
        found = iter(gradients)
        return None, *[next(found) if need else None for need in ctx.needs_input_grad[1:]]


# Function.apply itself does no more than to look for transforms, which are ruled out here.
_apply = super(Function, _Evaluate).apply


def _gradients_again(ctx, upstream) -> list[Tensor]:
    """For the second backward through a node, and where each value's upstream is mixed in C."""
    plan, scale, dtype, arguments, wanted = ctx.request
    tensors = ctx.saved_tensors
    if plan.reduces:
        scale *= upstream.item()
    else:
        arguments, tensors = (*arguments, UPSTREAM), (*tensors, upstream)
    return compute(plan, scale, dtype, arguments, tensors, wanted)


def _is_plain(tensor: Tensor) -> bool:
    """Whether nobody has to see the operator: no subclass, mode or transform."""
    kind = type(tensor)
    return (kind is Tensor or kind is Parameter) and not _transforms_active() and not _modes()


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
    divisor: int | None = None,
    class_axis: int = 1,
    ignore_index: int = -100,
    grouping: int = SAMPLE,
    ignore_target: float = 0.0,
) -> Tensor:
    """The value of a loss, reduced or not.

    arguments: what the tensors are; the first is the input. divisor: what a reduced value is
    divided by; a size, so that in compiled code it may be a symbol.
    """
    facts = FACTS[loss]
    wanted: tuple[int, ...] = ()
    plain = True
    with_gradient = torch.is_grad_enabled()
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
    if torch.compiler.is_compiling() or not plain or _transforms_active() or _modes():
        outputs = (VALUE, *wanted) if facts.multiplies(reduction) else (VALUE,)
        value = _operators.call_with(options, 1.0, dtype, arguments, tensors, outputs)[0]
        return value if divisor is None else value / divisor
    if divisor is None:
        scale = 1.0
    else:
        scale = 1.0 / divisor if divisor else math.nan
    plan = plan_of(*options)
    if forward_ad._current_level >= 0:
        _refuse_tangents(plan, tensors)
    if wanted:
        return _apply((plan, scale, dtype, arguments, wanted), *tensors)
    if plan.reduces and arguments == _PAIR:
        found = compute_pair(plan, scale, *tensors, False)
        if found is not None:
            return found[0]
    return compute(plan, scale, dtype, arguments, tensors, (VALUE,))[0]
