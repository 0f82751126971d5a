"""The losses of torch.nn.functional over single elements."""

from __future__ import annotations

import torch
from torch import Tensor

from .._registry import real_number
from ._arguments import (
    NAN,
    WEIGHTED_MEAN,
    check_tensors,
    fit,
    fit_alike,
    fit_or_warn,
    reduction_of,
    together,
)
from ._evaluate import PAIR, evaluate, evaluate_pair
from ._plan import AUXILIARY, INPUT, MEAN, NONE, SUM, TARGET, WEIGHT


def _weighted(options: tuple, input, target, weight) -> Tensor:
    """A loss of input - target with weights of the input's shape."""
    input, target = fit_or_warn(options, input, target)
    check_tensors(options[0], weight=weight)
    if weight.shape != input.shape:
        raise ValueError("Weights and input must have the same size.")
    return evaluate((INPUT, TARGET, WEIGHT), (input, target, weight), *options)


def mse_loss(
    input, target, size_average=None, reduce=None, reduction="mean", weight=None
) -> Tensor:
    """torch.nn.functional.mse_loss. With a weight the mean divides by the sum of the weights."""
    reduction = reduction_of(reduction, size_average, reduce)
    if weight is None:
        options = "squared_error", (0.0,), reduction, NAN
        return evaluate_pair(input, target, options, fit_or_warn)
    options = "squared_error", (0.0,), _by_weights(reduction), NAN
    return _weighted(options, input, target, weight)


def l1_loss(
    input, target, size_average=None, reduce=None, reduction="mean", weight=None
) -> Tensor:
    """torch.nn.functional.l1_loss. With a weight the mean divides by the sum of the weights."""
    reduction = reduction_of(reduction, size_average, reduce)
    if weight is None:
        options = "absolute_error", (), reduction, NAN
        return evaluate_pair(input, target, options, fit_or_warn)
    options = "absolute_error", (), _by_weights(reduction), NAN
    return _weighted(options, input, target, weight)


def _by_weights(reduction: int) -> int:
    return WEIGHTED_MEAN if reduction == MEAN else reduction


def smooth_l1_loss(
    input, target, size_average=None, reduce=None, reduction="mean", beta=1.0
) -> Tensor:
    """torch.nn.functional.smooth_l1_loss."""
    reduction = reduction_of(reduction, size_average, reduce)
    options = "smooth_l1", (real_number(beta, "beta"),), reduction, NAN
    return evaluate_pair(input, target, options, fit_or_warn)


def huber_loss(input, target, reduction="mean", delta=1.0, weight=None) -> Tensor:
    """torch.nn.functional.huber_loss. The mean divides by the elements, whatever the weights."""
    options = "huber", (real_number(delta, "delta"),), reduction_of(reduction), NAN
    if weight is None:
        return evaluate_pair(input, target, options, fit_or_warn)
    return _weighted(options, input, target, weight)


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
    options = "poisson", (float(full),), reduction_of(reduction, size_average, reduce), NAN
    if log_input:
        return evaluate_pair(input, target, options, fit)
    input, target = fit(options, input, target)
    dtype = input.dtype
    if dtype.itemsize == 2:  # a logarithm in half precision would be too coarse
        input, target = input.float(), target.float()
    loss = evaluate_pair(torch.log(input + eps), target, options, fit)
    return (loss - (eps * input.numel() if reduction == "sum" else eps)).to(dtype)


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
    return evaluate_pair(input, target, ("logistic", (0.0,), reduction, NAN), fit)


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
    options = loss, parameters, reduction, NAN
    if weight is None and auxiliary is None:
        return evaluate_pair(input, target, options, fit_alike, divisor)
    arguments, tensors = PAIR, fit_alike(options, input, target)
    if weight is not None:
        arguments, tensors = (*arguments, WEIGHT), (*tensors, weight)
    if auxiliary is not None:
        arguments, tensors = (*arguments, AUXILIARY), (*tensors, auxiliary)
    return evaluate(arguments, tensors, *options, divisor=divisor)


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
