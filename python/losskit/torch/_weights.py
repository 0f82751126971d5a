"""Weights that require a gradient: a loss as the reduction of its single values.

The library gives no gradient of weights, and none is needed: the value of a unit is linear in them.
So the units' values come from it without the weights, and PyTorch multiplies and adds, which it
differentiates as often as one likes. A class's weight is one of the rows with its label, or of
its column in targets that hold a number for each class.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from .. import _call
from ._plan import (
    CLASS_WEIGHT,
    FACTS,
    ID,
    INPUT,
    MEAN,
    NONE,
    SUM,
    TARGET,
    WEIGHT,
    class_axis,
)

WEIGHTS = frozenset((WEIGHT, CLASS_WEIGHT))
_BATCH_MEAN, _WEIGHTED_MEAN, _LENGTH_MEAN = (
    _call.REDUCTIONS[word] for word in ("batch_mean", "weighted_mean", "length_mean")
)
# An LK_MEAN of these divides by the sum of the labels' class weights.
_WEIGHED_MEANS = ("softmax_cross_entropy", "linear_cross_entropy", "nll")

Given = dict[int, Tensor]


def weighted(evaluate: Callable[..., Tensor], given: Given, options, divisor) -> Tensor:
    """evaluate() of a loss, differentiable in its weights too. options: those of a plan."""
    loss, parameters, reduction, flags, axis, ignore_index, grouping, ignore_target = options
    _refuse_what_has_none(given, options)
    source = given[INPUT]
    dtype = source.dtype
    half = dtype.itemsize == 2
    if half:  # read as it is, and computed in float32: so are the sums
        given = {**given, INPUT: source.float()}
        if torch.is_autocast_enabled("cpu"):
            dtype = torch.float32
    weight, class_weight, target = (given.get(k) for k in (WEIGHT, CLASS_WEIGHT, TARGET))
    of_classes = class_weight is not None and class_weight.requires_grad
    soft = target is not None and target.dtype.is_floating_point
    left_out = (WEIGHT, CLASS_WEIGHT) if of_classes else (WEIGHT,)
    single = {k: t for k, t in given.items() if k not in left_out}
    if of_classes and soft:
        single[TARGET] = _in_the_targets(given, options)
        parameters = (0.0, *parameters[1:])
    values = evaluate(
        tuple(single), tuple(single.values()), loss, parameters, NONE, flags, axis, ignore_index,
        grouping, ignore_target,
    )  # fmt: skip
    counted = _counted(given, options)
    of_label = None
    if class_weight is not None and not soft:
        of_label = class_weight[(target if counted is None else target * counted).long()]
    total = _times(values, weight, loss)
    if of_classes and not soft:
        total = _times(total, of_label, loss)
    if reduction != NONE:
        share = of_label if loss in _WEIGHED_MEANS else None
        total = _reduced(total, options, counted, weight, share, source)
    total = total.to(dtype)
    return total if divisor is None else total / divisor


def _refuse_what_has_none(given: Given, options) -> None:
    loss, parameters, reduction, flags, *_ = options
    facts = FACTS[loss]
    reason = None
    if reduction == _LENGTH_MEAN:
        reason = 'under reduction = "length_mean"'
    elif reduction in (MEAN, _WEIGHTED_MEAN, _BATCH_MEAN):
        if loss == "supervised_contrastive":
            reason = "in a mean, which leaves rows without a partner out"
        elif facts.loss.kind == "region" and (ID["mask"] in given or flags & _call.IGNORE):
            reason = "in a mean of regions with masked or ignored elements"
    learned = [a for a in (WEIGHT, CLASS_WEIGHT) if a in given and given[a].requires_grad]
    if CLASS_WEIGHT in learned:
        _check_classes(given, options)
        named = dict(zip((p.name for p in facts.loss.parameters), parameters))
        soft = given[TARGET].dtype.is_floating_point
        if named.get("z_loss") and not soft:
            reason = "with z_loss, which has no weights"
        elif named.get("label_smoothing") and not (soft and named["smooth_masked"]):
            reason = "with label_smoothing"
    if reason:
        names = " and ".join(facts.name_of(a) for a in learned)
        raise NotImplementedError(
            f"{loss} has no gradient of {names} {reason}. Detach the tensor to hold it constant"
        )


def _check_classes(given: Given, options) -> None:
    source, weight = given[INPUT], given[CLASS_WEIGHT]
    if ID["weights"] in given:
        classes = given[ID["weights"]].shape[0]
    else:
        classes = source.shape[class_axis(options, source.dim())]
    if weight.shape != (classes,):
        raise ValueError(
            f"{options[0]}: class_weight has the shape {tuple(weight.shape)}; expected "
            f"{(classes,)}, one for each class"
        )


def _times(values: Tensor, weight: Tensor | None, loss: str) -> Tensor:
    """Values times weights; a weight of 0 contributes exactly 0."""
    if weight is None:
        return values
    try:
        weight = weight.expand(values.shape)
    except RuntimeError:
        raise ValueError(
            f"{loss}: weight has the shape {tuple(weight.shape)}, which does not broadcast to "
            f"that of the values, {tuple(values.shape)}"
        ) from None
    return weight * values.masked_fill((weight == 0) & ~values.isfinite(), 0.0)


def _counted(given: Given, options) -> Tensor | None:
    """Which units are not ignored; None: all."""
    loss, _, _, flags, _, ignore_index, _, ignore_target = options
    kind, target = FACTS[loss].loss.kind, given.get(TARGET)
    if kind in ("rows", "linear") and not target.dtype.is_floating_point:
        return target != ignore_index
    if kind == "pointwise" and flags & _call.IGNORE:
        source = given[INPUT]
        real = target.to(torch.float64 if source.dtype is torch.float64 else torch.float32)
        return ~real.isnan() if math.isnan(ignore_target) else real != ignore_target
    return None


def _in_the_targets(given: Given, options) -> Tensor:
    """Targets that hold a number for each class, times the weights of the classes."""
    target, source = given[TARGET], given[INPUT]
    axis = class_axis(options, source.dim())
    shape = [1] * source.dim()
    shape[axis] = -1
    smoothing = options[1][0]
    if smoothing:
        target = (1 - smoothing) * target + smoothing / source.shape[axis]
    return (target * given[CLASS_WEIGHT].reshape(shape)).to(target.dtype)


def _reduced(total: Tensor, options, counted, weight, of_label, source: Tensor) -> Tensor:
    """The sum, divided as lk_reduction says."""
    loss, _, reduction, flags, *_ = options
    result = total.sum(dtype=torch.float64)
    if reduction == SUM:
        return result
    share = torch.ones((), dtype=torch.float64, device="cpu")  # of each unit in what is divided by
    if reduction == _WEIGHTED_MEAN and weight is not None:
        share = share * weight
    if reduction != _BATCH_MEAN and of_label is not None:
        share = share * of_label
    if counted is not None:
        share = share.where(counted, 0.0)
    number = share.expand(total.shape).sum()
    if reduction == _BATCH_MEAN:
        first = total if FACTS[loss].loss.kind in ("rows", "sequence") else source
        extent = first.shape[0] if first.dim() else 1
        number = number.clamp(max=1) * extent
    empty = number == 0
    nothing = math.nan if flags & _call.EMPTY_IS_NAN else 0.0
    return torch.where(empty, nothing, result / torch.where(empty, 1.0, number))
