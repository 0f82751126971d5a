"""A call of a loss on tensors: the short way of eager mode, or the operator."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.autograd import Function, forward_ad
from torch.nn import Parameter

from . import _operators
from ._compute import check_tensor, compute, is_readable
from ._plan import FACTS, INPUT, MEAN, SAMPLE, UPSTREAM, VALUE, Plan, plan_of

_transforms_active = torch._C._are_functorch_transforms_active
_modes = torch._C._len_torch_dispatch_stack


class _Evaluate(Function):
    """The short way: no dispatcher, and the gradient is handed on without a copy."""

    @staticmethod
    def forward(ctx, plan: Plan, scale, dtype, arguments, *tensors):
        derivatives = plan.facts.derivatives
        wanted = tuple(
            derivatives[a] for a, need in zip(arguments, ctx.needs_input_grad[4:]) if need
        )
        ctx.request = plan, scale, dtype, arguments
        ctx.wanted = wanted
        ctx.save_for_backward(*tensors)
        if not plan.multiplies:
            ctx.gradients = None
            return compute(plan, scale, dtype, arguments, tensors, (VALUE,))[0]
        value, *ctx.gradients = compute(plan, scale, dtype, arguments, tensors, (VALUE, *wanted))
        return value

    @staticmethod
    def backward(ctx, upstream):
        # They are this node's alone, so they may change in place and become somebody's gradient.
        gradients, ctx.gradients = ctx.gradients, None
        if torch.is_grad_enabled() or not _is_plain((upstream,)):
            request = (*ctx.request, ctx.saved_tensors, ctx.wanted, upstream)
            return _place(ctx, _operators.pull_back(*request))
        if gradients is None:
            gradients = _gradients_again(ctx, upstream)
        elif upstream.dim():
            for g in gradients:
                g.mul_(_operators.spread(upstream, ctx.request[0], g))
        elif upstream.item() != 1.0:
            for g in gradients:
                g.mul_(upstream)
        return _place(ctx, gradients)


def _gradients_again(ctx, upstream) -> list[Tensor]:
    """For the second backward through a node, and where each value's upstream is mixed in C."""
    plan, scale, dtype, arguments = ctx.request
    tensors = ctx.saved_tensors
    if plan.reduces:
        scale *= upstream.item()
    else:
        arguments, tensors = (*arguments, UPSTREAM), (*tensors, upstream)
    return compute(plan, scale, dtype, arguments, tensors, ctx.wanted)


def _place(ctx, gradients):
    found = iter(gradients)
    return (
        None, None, None, None, *(next(found) if need else None for need in ctx.needs_input_grad[4:])
    )  # fmt: skip


def _is_plain(tensors) -> bool:
    """Whether nobody has to see the operator: no subclass, mode or transform."""
    for t in tensors:
        if type(t) is not Tensor and type(t) is not Parameter:
            return False
    return not _transforms_active() and not _modes()


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
    *,
    scale: float = 1.0,
    class_axis: int = 1,
    ignore_index: int = -100,
    grouping: int = SAMPLE,
    ignore_target: float = 0.0,
) -> Tensor:
    """The value of a loss, reduced or not.

    arguments: what the tensors are; the first is the input. scale multiplies a reduced value.
    """
    facts = FACTS[loss]
    wanted = []
    with_gradient = torch.is_grad_enabled()
    for argument, tensor in zip(arguments, tensors):
        if not isinstance(tensor, Tensor) or not is_readable(tensor):
            check_tensor(facts, argument, tensor)
        if with_gradient and tensor.requires_grad:
            wanted.append(facts.derivative(argument))
    dtype = tensors[0].dtype
    if not dtype.is_floating_point:
        check_tensor(facts, INPUT, tensors[0])
    if torch.is_autocast_enabled("cpu") and dtype.itemsize == 2:
        dtype = torch.float32
    options = loss, parameters, reduction, flags, class_axis, ignore_index, grouping, ignore_target
    if torch.compiler.is_compiling() or not _is_plain(tensors):
        outputs = (VALUE, *wanted) if facts.multiplies(reduction) else (VALUE,)
        return _operators.call_with(options, scale, dtype, arguments, tensors, outputs)[0]
    plan = plan_of(*options)
    if forward_ad._current_level >= 0:
        _refuse_tangents(plan, tensors)
    if wanted:
        return _Evaluate.apply(plan, scale, dtype, arguments, *tensors)
    return compute(plan, scale, dtype, arguments, tensors, (VALUE,))[0]
