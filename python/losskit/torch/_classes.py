"""The losses of torch.nn.functional over rows of classes, and the softmax."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .._registry import real_number
from ._arguments import NAN, PAIR, check_tensors, pair, reduction_of, together
from ._evaluate import evaluate
from ._plan import CLASS_WEIGHT, ID, INPUT, MEAN, NONE, SUM, TARGET


def cross_entropy(
    input,
    target,
    weight=None,
    size_average=None,
    ignore_index=-100,
    reduce=None,
    reduction="mean",
    label_smoothing=0.0,
) -> Tensor:
    """torch.nn.functional.cross_entropy. Labels may also be int32 or uint8."""
    reduction = reduction_of(reduction, size_average, reduce)
    if isinstance(target, Tensor) and target.dtype.is_floating_point:
        check_tensors("cross_entropy", input=input)
        if ignore_index >= 0:
            raise ValueError("ignore_index is not supported for floating point target")
        if target.dtype is not input.dtype:
            input, target = together(input, target)
    name, parameters = "softmax_cross_entropy", _smoothing(label_smoothing)
    return _labelled(name, parameters, input, target, weight, ignore_index, reduction)


def _smoothing(label_smoothing) -> tuple[float, ...]:
    """Parameters of a cross-entropy: no z-loss, no soft cap, and labels for all classes."""
    return real_number(label_smoothing, "label_smoothing"), 0.0, 0.0, 1.0


def _labelled(loss, parameters, input, target, weight, ignore_index, reduction) -> Tensor:
    """A loss over rows of classes. The catalogue would repeat a single label for all rows."""
    try:
        per_target = 1 if target.dtype.is_floating_point else input.shape[min(input.dim(), 2) - 1]
        fits = target.numel() * per_target == input.numel()
    except (AttributeError, IndexError):
        fits = True  # evaluate() says what is no tensor, or has no classes
    if not fits:
        raise ValueError(
            f"{loss}: target of the shape {tuple(target.shape)} does not fit input of the shape "
            f"{tuple(input.shape)}; expected a label for each row, or probabilities for all classes"
        )
    arguments, tensors = PAIR, (input, target)
    if weight is not None:
        arguments, tensors = (*arguments, CLASS_WEIGHT), (*tensors, weight)
    return evaluate(
        arguments, tensors, loss, parameters, reduction, NAN, ignore_index=ignore_index
    )


def nll_loss(
    input,
    target,
    weight=None,
    size_average=None,
    ignore_index=-100,
    reduce=None,
    reduction="mean",
) -> Tensor:
    """torch.nn.functional.nll_loss. Labels may also be int32 or uint8."""
    reduction = reduction_of(reduction, size_average, reduce)
    return _labelled("nll", (), input, target, weight, ignore_index, reduction)


def linear_cross_entropy(
    input,
    linear_weight,
    target,
    *,
    linear_bias=None,
    weight=None,
    reduction="mean",
    ignore_index=None,
    label_smoothing=0.0,
    options=None,
) -> Tensor:
    """torch.nn.functional.linear_cross_entropy; of labels, the scores are never held at once.

    Targets that are probabilities and weights of more than two dimensions take the scores first,
    then cross_entropy. `options` is there for PyTorch's callers: it says how PyTorch cuts its work
    into chunks, which never changes the loss; losskit cuts by itself.
    """
    del options
    check_tensors("linear_cross_entropy", input=input, linear_weight=linear_weight, target=target)
    if linear_weight.dim() != 2 or target.dtype.is_floating_point:
        if target.dtype.is_floating_point and ignore_index is not None:
            raise ValueError(
                "linear_cross_entropy: ignore_index cannot be specified when target contains "
                "probabilities"
            )
        return cross_entropy(
            _scores(input, linear_weight, linear_bias),
            target,
            weight=weight,
            reduction=reduction,
            ignore_index=-100 if ignore_index is None else ignore_index,
            label_smoothing=label_smoothing,
        )
    if target.shape != input.shape[:-1]:
        raise ValueError(
            f"linear_cross_entropy: target has the shape {tuple(target.shape)}; labels need that "
            f"of input without its features, {tuple(input.shape[:-1])}"
        )
    single = input.dim() == 1
    if single:
        input, target = input.unsqueeze(0), target.unsqueeze(0)
    arguments = (INPUT, TARGET, ID["weights"])
    tensors = (input, target, linear_weight)
    if linear_bias is not None:
        arguments, tensors = (*arguments, ID["bias"]), (*tensors, linear_bias)
    if weight is not None:
        arguments, tensors = (*arguments, CLASS_WEIGHT), (*tensors, weight)
    loss = evaluate(
        arguments,
        tensors,
        "linear_cross_entropy",
        _smoothing(label_smoothing),
        reduction_of(reduction),
        NAN,
        ignore_index=-100 if ignore_index is None else ignore_index,
    )
    return loss.squeeze(0) if single and reduction == "none" else loss


def _scores(input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """input weight^T + bias for weights [C, d..., D]: [N, C, d...]."""
    if bias is not None and bias.shape != weight.shape[:-1]:
        raise ValueError(
            f"linear_bias has the shape {tuple(bias.shape)}; expected {tuple(weight.shape[:-1])}"
        )
    if input.dim() == 1 and weight.dim() > 2:
        raise ValueError(
            f"linear_weight has the shape {tuple(weight.shape)}; of more than two dimensions it "
            "needs an input of two"
        )
    flat = None if bias is None else bias.reshape(-1)
    scores = torch.nn.functional.linear(input, weight.reshape(-1, weight.shape[-1]), flat)
    return scores.reshape(*input.shape[:-1], *weight.shape[:-1])


def multi_margin_loss(
    input,
    target,
    p=1,
    margin=1.0,
    weight=None,
    size_average=None,
    reduce=None,
    reduction="mean",
) -> Tensor:
    """torch.nn.functional.multi_margin_loss."""
    reduction = reduction_of(reduction, size_average, reduce)
    check_tensors("multi_margin_loss", input=input, target=target)
    if p not in (1, 2):
        raise ValueError(f"p = {p!r}; only p == 1 and p == 2 supported")
    if input.dim() < 2:
        input, target = input.reshape(-1), target.reshape(())
    parameters = (0.0, float(margin), float(p), 1.0)
    # No label is -1: PyTorch ignores none here.
    return _labelled("multiclass_hinge", parameters, input, target, weight, -1, reduction)


def kl_div(
    input, target, size_average=None, reduce=None, reduction="mean", log_target=False
) -> Tensor:
    """torch.nn.functional.kl_div: "mean" divides by the elements, "batchmean" by the batch."""
    check_tensors("kl_div", input=input, target=target)
    input, target = pair("kl_div", input, target)
    parameters = (0.0, float(log_target))
    if reduction == "batchmean" and size_average is None and reduce is None:
        divisor = input.shape[0] if input.dim() else None
        reduction = SUM
    else:
        reduction = reduction_of(reduction, size_average, reduce)
        divisor = input.numel() if reduction == MEAN else None
    if reduction == NONE or not input.dim():
        # Rows of one element each, for a value of each element.
        input, target = input.unsqueeze(-1), target.unsqueeze(-1)
    else:
        input, target = _as_rows(input, target)
        reduction = SUM
    return evaluate(
        PAIR, (input, target), "kl_divergence", parameters, reduction, 0, divisor, class_axis=-1
    )


def _as_rows(input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """For a sum over all elements: rows of the length that costs least."""
    if torch.compiler.is_compiling():  # whose sizes may be symbols
        return input, target
    length = math.gcd(input.numel(), 4096)
    if length < 256 or not (input.is_contiguous() and target.is_contiguous()):
        return input, target
    return input.view(-1, length), target.view(-1, length)


def softmax(input, dim=None, _stacklevel=3, dtype=None) -> Tensor:
    """torch.nn.functional.softmax; dim is required."""
    return _transform("softmax", input, dim, dtype)


def log_softmax(input, dim=None, _stacklevel=3, dtype=None) -> Tensor:
    """torch.nn.functional.log_softmax; dim is required."""
    return _transform("log_softmax", input, dim, dtype)


def _transform(loss, input, dim, dtype) -> Tensor:
    check_tensors(loss, input=input)
    if dim is None:
        raise TypeError(f"{loss}: dim is missing; PyTorch's choice for None is deprecated")
    if dtype is not None:
        input = input.to(dtype)
    if not input.numel():
        return input.clone()
    if not input.dim():
        return _transform(loss, input.unsqueeze(0), dim, None).squeeze(0)
    return evaluate((INPUT,), (input,), loss, (), NONE, class_axis=dim)
