"""The losses of torch.nn.functional over rows of classes, and the softmax."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .._registry import real_number
from ._arguments import NAN, check_tensors, fit, reduction_of, together
from ._evaluate import evaluate, evaluate_pair, evaluate_transform
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
    parameters = _smoothing(label_smoothing)
    options = "softmax_cross_entropy", parameters, reduction, NAN, 1, ignore_index
    return _of_classes(options, input, target, weight, _fit_classes)


def _smoothing(label_smoothing) -> tuple[float, ...]:
    """Parameters of a cross-entropy: no z-loss, no soft cap, and labels for all classes."""
    return real_number(label_smoothing, "label_smoothing"), 0.0, 0.0, 1.0


def _of_classes(options: tuple, input, target, weight, fit) -> Tensor:
    """A loss over rows of classes."""
    if weight is None:
        return evaluate_pair(input, target, options, fit)
    input, target = fit(options, input, target)
    arguments, tensors = (INPUT, TARGET, CLASS_WEIGHT), (input, target, weight)
    return evaluate(arguments, tensors, *options)


def _fit_classes(options: tuple, input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Labels, or probabilities of the input's dtype."""
    loss, ignore_index = options[0], options[5]
    check_tensors(loss, input=input, target=target)
    if target.dtype.is_floating_point:
        if ignore_index >= 0:
            raise ValueError("ignore_index is not supported for floating point target")
        if target.dtype is not input.dtype:
            input, target = together(input, target)
    return _fit_labels(options, input, target)


def _fit_labels(options: tuple, input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """A label for each row: the catalogue would repeat a single one for all of them."""
    loss = options[0]
    check_tensors(loss, input=input, target=target)
    per_target = 1
    if not target.dtype.is_floating_point and input.dim():  # evaluate() says what has no classes
        per_target = input.shape[min(input.dim(), 2) - 1]
    if target.numel() * per_target != input.numel():
        raise ValueError(
            f"{loss}: target of the shape {tuple(target.shape)} does not fit input of the shape "
            f"{tuple(input.shape)}; expected a label for each row, or probabilities for all classes"
        )
    return input, target


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
    options = "nll", (), reduction, NAN, 1, ignore_index
    return _of_classes(options, input, target, weight, _fit_labels)


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
    if p not in (1, 2):
        raise ValueError(f"p = {p!r}; only p == 1 and p == 2 supported")
    parameters = (0.0, float(margin), float(p), 1.0)
    # No label is -1: PyTorch ignores none here.
    options = "multiclass_hinge", parameters, reduction, NAN, 1, -1
    return _of_classes(options, input, target, weight, _fit_margins)


def _fit_margins(options: tuple, input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    check_tensors(options[0], input=input, target=target)
    if input.dim() < 2:
        input, target = input.reshape(-1), target.reshape(())
    return _fit_labels(options, input, target)


def kl_div(
    input, target, size_average=None, reduce=None, reduction="mean", log_target=False
) -> Tensor:
    """torch.nn.functional.kl_div: "mean" divides by the elements, "batchmean" by the batch."""
    check_tensors("kl_div", input=input, target=target)
    parameters = (0.0, float(log_target))
    divisor = None
    if reduction == "batchmean" and size_average is None and reduce is None:
        reduction = SUM
        divisor = input.shape[0] if input.dim() else None
    else:
        reduction = reduction_of(reduction, size_average, reduce)
    if reduction == MEAN:
        reduction = SUM
        shape, other = input.shape, target.shape
        divisor = math.prod(shape if shape == other else torch.broadcast_shapes(shape, other))
    form = _singles if reduction == NONE or not input.dim() else _long_rows
    options = "kl_divergence", parameters, reduction, 0, -1
    return evaluate_pair(input, target, options, fit, divisor, form)


def _singles(shape) -> tuple[int, ...]:
    """Rows of one element each, for a value of each element."""
    return *shape, 1


def _long_rows(shape) -> tuple[int, ...]:
    """For a sum over all elements: rows of the length that costs least."""
    if torch.compiler.is_compiling():  # whose sizes may be symbols
        return shape
    count = math.prod(shape)
    length = math.gcd(count, 4096)
    return (count // length, length) if length >= 256 else shape


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
    return evaluate_transform(input, (loss, (), NONE, 0, dim))
