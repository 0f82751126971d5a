"""The losses of torch.nn.functional over single elements."""

from __future__ import annotations

import torch
from torch import Tensor

from .._registry import real_number
from ._arguments import NAN, PAIR, WEIGHTED_MEAN, check_tensors, pair, reduction_of, together
from ._evaluate import evaluate
from ._plan import AUXILIARY, INPUT, MEAN, NONE, SUM, TARGET, WEIGHT


def _distance(loss, parameters, input, target, reduction, weight, weighted_mean) -> Tensor:
    """A loss of input - target."""
    input, target = pair(loss, input, target, warn=True)
    if weight is None:
        return evaluate(PAIR, (input, target), loss, parameters, reduction, NAN)
    check_tensors(loss, weight=weight)
    if weight.shape != input.shape:
        raise ValueError("Weights and input must have the same size.")
    if reduction == MEAN:
        reduction = weighted_mean
    arguments, tensors = (INPUT, TARGET, WEIGHT), (input, target, weight)
    return evaluate(arguments, tensors, loss, parameters, reduction, NAN)


def mse_loss(
    input, target, size_average=None, reduce=None, reduction="mean", weight=None
) -> Tensor:
    """torch.nn.functional.mse_loss. With a weight the mean divides by the sum of the weights."""
    reduction = reduction_of(reduction, size_average, reduce)
    return _distance("squared_error", (0.0,), input, target, reduction, weight, WEIGHTED_MEAN)


def l1_loss(
    input, target, size_average=None, reduce=None, reduction="mean", weight=None
) -> Tensor:
    """torch.nn.functional.l1_loss. With a weight the mean divides by the sum of the weights."""
    reduction = reduction_of(reduction, size_average, reduce)
    return _distance("absolute_error", (), input, target, reduction, weight, WEIGHTED_MEAN)


def smooth_l1_loss(
    input, target, size_average=None, reduce=None, reduction="mean", beta=1.0
) -> Tensor:
    """torch.nn.functional.smooth_l1_loss."""
    reduction = reduction_of(reduction, size_average, reduce)
    parameters = (real_number(beta, "beta"),)
    return _distance("smooth_l1", parameters, input, target, reduction, None, MEAN)


def huber_loss(input, target, reduction="mean", delta=1.0, weight=None) -> Tensor:
    """torch.nn.functional.huber_loss. The mean divides by the elements, whatever the weights."""
    reduction = reduction_of(reduction)
    parameters = (real_number(delta, "delta"),)
    return _distance("huber", parameters, input, target, reduction, weight, MEAN)


def poisson_nll_loss(
    input,
    target,
    log_input=True,
    full=False,
    size_average=None,
    eps=1e-8,
    reduce=None,
    reduction="mean",
) -> Tensor:
    """torch.nn.functional.poisson_nll_loss.

    Without log_input, input - target log(input + eps) is the loss of log(input + eps), less eps.
    """
    reduction = reduction_of(reduction, size_average, reduce)
    input, target = pair("poisson_nll_loss", input, target)
    parameters = (float(full),)
    if log_input:
        return evaluate(PAIR, (input, target), "poisson", parameters, reduction, NAN)
    dtype = input.dtype
    if dtype.itemsize == 2:  # a logarithm in half precision would be too coarse
        input, target = input.float(), target.float()
    tensors = (torch.log(input + eps), target)
    loss = evaluate(PAIR, tensors, "poisson", parameters, reduction, NAN)
    return (loss - (eps * input.numel() if reduction == SUM else eps)).to(dtype)


def gaussian_nll_loss(input, target, var, full=False, eps=1e-6, reduction="mean") -> Tensor:
    """torch.nn.functional.gaussian_nll_loss."""
    reduction = reduction_of(reduction)
    check_tensors("gaussian_nll_loss", input=input, target=target)
    if not isinstance(var, Tensor):
        if real_number(var, "var") < 0:
            raise ValueError("var has negative entry/entries")
        var = input.new_full((), var)
    elif var.shape != input.shape:
        var = _variance(input, var)
    input, target, var = together(input, target, var)
    arguments, tensors = (INPUT, TARGET, AUXILIARY), (input, target, var)
    parameters = (float(eps), float(full))
    return evaluate(arguments, tensors, "gaussian_nll", parameters, reduction, NAN)


def _variance(input: Tensor, var: Tensor) -> Tensor:
    """A variance that is shared along one dimension, ready to be broadcast."""
    if input.shape[:-1] == var.shape:
        return var.unsqueeze(-1)
    if input.dim() == var.dim():
        other = [v for n, v in zip(input.shape, var.shape) if n != v]
        if sum(other) == 1:
            return var
    raise ValueError("var is of incorrect size")


def soft_margin_loss(input, target, size_average=None, reduce=None, reduction="mean") -> Tensor:
    """torch.nn.functional.soft_margin_loss; targets are -1 and 1."""
    reduction = reduction_of(reduction, size_average, reduce)
    tensors = pair("soft_margin_loss", input, target)
    return evaluate(PAIR, tensors, "logistic", (0.0,), reduction, NAN)


def binary_cross_entropy(
    input, target, weight=None, size_average=None, reduce=None, reduction="mean"
) -> Tensor:
    """torch.nn.functional.binary_cross_entropy."""
    reduction = reduction_of(reduction, size_average, reduce)
    return _binary("binary_cross_entropy", (), input, target, weight, None, reduction)


def binary_cross_entropy_with_logits(
    input,
    target,
    weight=None,
    size_average=None,
    reduce=None,
    reduction="mean",
    pos_weight=None,
) -> Tensor:
    """torch.nn.functional.binary_cross_entropy_with_logits."""
    reduction = reduction_of(reduction, size_average, reduce)
    name, parameters = "sigmoid_cross_entropy", (1.0, 0.0)
    return _binary(name, parameters, input, target, weight, pos_weight, reduction)


def _binary(loss, parameters, input, target, weight, auxiliary, reduction, divisor=None) -> Tensor:
    check_tensors(loss, input=input, target=target)
    if target.shape != input.shape:
        raise ValueError(
            f"Target size ({target.size()}) must be the same as input size ({input.size()})"
        )
    arguments, tensors = PAIR, pair(loss, input, target)
    if weight is not None:
        arguments, tensors = (*arguments, WEIGHT), (*tensors, weight)
    if auxiliary is not None:
        arguments, tensors = (*arguments, AUXILIARY), (*tensors, auxiliary)
    return evaluate(arguments, tensors, loss, parameters, reduction, NAN, divisor)


def multilabel_soft_margin_loss(
    input, target, weight=None, size_average=None, reduce=None, reduction="mean"
) -> Tensor:
    """torch.nn.functional.multilabel_soft_margin_loss."""
    reduction = reduction_of(reduction, size_average, reduce)
    check_tensors("multilabel_soft_margin_loss", input=input, target=target)
    divisor = input.shape[-1] if reduction == SUM else None
    loss = _binary(
        "sigmoid_cross_entropy", (1.0, 0.0), input, target, weight, None, reduction, divisor
    )
    return loss.mean(-1) if reduction == NONE else loss
