"""The losses that torch.nn.functional has, with its names, arguments and semantics.

What each of them is in the catalogue:

    mse_loss                            squared_error
    l1_loss                             absolute_error
    smooth_l1_loss                      smooth_l1
    huber_loss                          huber
    poisson_nll_loss                    poisson, of the logarithm of the input if need be
    gaussian_nll_loss                   gaussian_nll
    soft_margin_loss                    logistic
    binary_cross_entropy                binary_cross_entropy
    binary_cross_entropy_with_logits    sigmoid_cross_entropy
    multilabel_soft_margin_loss         sigmoid_cross_entropy, averaged over the classes
    cross_entropy                       softmax_cross_entropy
    nll_loss                            nll
    linear_cross_entropy                linear_cross_entropy
    multi_margin_loss                   multiclass_hinge, Weston and Watkins, averaged
    kl_div                              kl_divergence
    softmax, log_softmax                the same
    triplet_margin_loss                 triplet_margin
    cosine_embedding_loss               cosine_embedding
    ctc_loss                            ctc of log-probabilities, with PyTorch's gradient

The mean over nothing is NaN here, as in PyTorch; the catalogue's own functions say 0.
"""

from __future__ import annotations

import math
import warnings

import torch
from torch import Tensor
from torch.nn import _reduction

from .. import _call
from .._registry import real_number
from ._catalogue import lengths_of
from ._evaluate import evaluate
from ._plan import AUXILIARY, CLASS_WEIGHT, ID, INPUT, MEAN, NONE, SUM, TARGET, WEIGHT

_REDUCTIONS = {"mean": MEAN, "sum": SUM, "none": NONE}
_WEIGHTED_MEAN, _LENGTH_MEAN = _call.REDUCTIONS["weighted_mean"], _call.REDUCTIONS["length_mean"]
_NAN = _call.EMPTY_IS_NAN
_PAIR = (INPUT, TARGET)


def _reduction_of(word: str, size_average=None, reduce=None) -> int:
    if size_average is not None or reduce is not None:
        word = _reduction.legacy_get_string(size_average, reduce)
    try:
        return _REDUCTIONS[word]
    except KeyError:
        pass
    raise ValueError(f'reduction = {word!r}; expected "mean", "sum" or "none"')


def _check_tensors(loss: str, **tensors) -> None:
    """Raises TypeError for an argument that is no tensor."""
    for name, tensor in tensors.items():
        if not isinstance(tensor, Tensor):
            kind = type(tensor).__name__
            raise TypeError(f"{loss}: {name} is a {kind}; expected a torch.Tensor")


def _together(*tensors: Tensor) -> tuple[Tensor, ...]:
    """The tensors in one shape and one floating dtype, as PyTorch's arithmetic takes them."""
    dtype = tensors[0].dtype
    for t in tensors[1:]:
        dtype = torch.promote_types(dtype, t.dtype)
    return torch.broadcast_tensors(*(t.to(dtype) for t in tensors))


def _pair(loss: str, input: Tensor, target: Tensor, warn=False) -> tuple[Tensor, Tensor]:
    try:
        if input.shape == target.shape and input.dtype is target.dtype:
            return input, target
    except AttributeError:
        pass
    _check_tensors(loss, input=input, target=target)
    if warn and input.shape != target.shape:
        warnings.warn(
            f"Using a target size ({target.size()}) that is different to the input size "
            f"({input.size()}). This will likely lead to incorrect results due to broadcasting. "
            "Please ensure they have the same size.",
            stacklevel=4,
        )
    return _together(input, target)


def _distance(loss, parameters, input, target, reduction, weight, weighted_mean) -> Tensor:
    """A loss of input - target."""
    input, target = _pair(loss, input, target, warn=True)
    if weight is None:
        return evaluate(_PAIR, (input, target), loss, parameters, reduction, _NAN)
    _check_tensors(loss, weight=weight)
    if weight.shape != input.shape:
        raise ValueError("Weights and input must have the same size.")
    if reduction == MEAN:
        reduction = weighted_mean
    arguments, tensors = (INPUT, TARGET, WEIGHT), (input, target, weight)
    return evaluate(arguments, tensors, loss, parameters, reduction, _NAN)


def mse_loss(
    input, target, size_average=None, reduce=None, reduction="mean", weight=None
) -> Tensor:
    """torch.nn.functional.mse_loss. With a weight the mean divides by the sum of the weights."""
    reduction = _reduction_of(reduction, size_average, reduce)
    return _distance("squared_error", (0.0,), input, target, reduction, weight, _WEIGHTED_MEAN)


def l1_loss(
    input, target, size_average=None, reduce=None, reduction="mean", weight=None
) -> Tensor:
    """torch.nn.functional.l1_loss. With a weight the mean divides by the sum of the weights."""
    reduction = _reduction_of(reduction, size_average, reduce)
    return _distance("absolute_error", (), input, target, reduction, weight, _WEIGHTED_MEAN)


def smooth_l1_loss(
    input, target, size_average=None, reduce=None, reduction="mean", beta=1.0
) -> Tensor:
    """torch.nn.functional.smooth_l1_loss."""
    reduction = _reduction_of(reduction, size_average, reduce)
    return _distance("smooth_l1", (real_number(beta, "beta"),), input, target, reduction, None, MEAN)


def huber_loss(input, target, reduction="mean", delta=1.0, weight=None) -> Tensor:
    """torch.nn.functional.huber_loss. The mean divides by the elements, whatever the weights."""
    reduction = _reduction_of(reduction)
    return _distance("huber", (real_number(delta, "delta"),), input, target, reduction, weight, MEAN)


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
    reduction = _reduction_of(reduction, size_average, reduce)
    input, target = _pair("poisson_nll_loss", input, target)
    parameters = (float(full),)
    if log_input:
        return evaluate(_PAIR, (input, target), "poisson", parameters, reduction, _NAN)
    dtype = input.dtype
    if dtype.itemsize == 2:  # a logarithm in half precision would be too coarse
        input, target = input.float(), target.float()
    tensors = (torch.log(input + eps), target)
    loss = evaluate(_PAIR, tensors, "poisson", parameters, reduction, _NAN)
    return (loss - (eps * input.numel() if reduction == SUM else eps)).to(dtype)


def gaussian_nll_loss(input, target, var, full=False, eps=1e-6, reduction="mean") -> Tensor:
    """torch.nn.functional.gaussian_nll_loss."""
    reduction = _reduction_of(reduction)
    _check_tensors("gaussian_nll_loss", input=input, target=target)
    if not isinstance(var, Tensor):
        if real_number(var, "var") < 0:
            raise ValueError("var has negative entry/entries")
        var = input.new_full((), var)
    elif var.shape != input.shape:
        var = _variance(input, var)
    input, target, var = _together(input, target, var)
    arguments, tensors = (INPUT, TARGET, AUXILIARY), (input, target, var)
    parameters = (float(eps), float(full))
    return evaluate(arguments, tensors, "gaussian_nll", parameters, reduction, _NAN)


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
    reduction = _reduction_of(reduction, size_average, reduce)
    tensors = _pair("soft_margin_loss", input, target)
    return evaluate(_PAIR, tensors, "logistic", (0.0,), reduction, _NAN)


def binary_cross_entropy(
    input, target, weight=None, size_average=None, reduce=None, reduction="mean"
) -> Tensor:
    """torch.nn.functional.binary_cross_entropy."""
    reduction = _reduction_of(reduction, size_average, reduce)
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
    reduction = _reduction_of(reduction, size_average, reduce)
    name, parameters = "sigmoid_cross_entropy", (1.0, 0.0)
    return _binary(name, parameters, input, target, weight, pos_weight, reduction)


def _binary(loss, parameters, input, target, weight, auxiliary, reduction, divisor=None) -> Tensor:
    _check_tensors(loss, input=input, target=target)
    if target.shape != input.shape:
        raise ValueError(
            f"Target size ({target.size()}) must be the same as input size ({input.size()})"
        )
    arguments, tensors = _PAIR, _pair(loss, input, target)
    if weight is not None:
        arguments, tensors = (*arguments, WEIGHT), (*tensors, weight)
    if auxiliary is not None:
        arguments, tensors = (*arguments, AUXILIARY), (*tensors, auxiliary)
    return evaluate(arguments, tensors, loss, parameters, reduction, _NAN, divisor)


def multilabel_soft_margin_loss(
    input, target, weight=None, size_average=None, reduce=None, reduction="mean"
) -> Tensor:
    """torch.nn.functional.multilabel_soft_margin_loss."""
    reduction = _reduction_of(reduction, size_average, reduce)
    _check_tensors("multilabel_soft_margin_loss", input=input, target=target)
    divisor = input.shape[-1] if reduction == SUM else None
    loss = _binary(
        "sigmoid_cross_entropy", (1.0, 0.0), input, target, weight, None, reduction, divisor
    )
    return loss.mean(-1) if reduction == NONE else loss


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
    reduction = _reduction_of(reduction, size_average, reduce)
    if isinstance(target, Tensor) and target.dtype.is_floating_point:
        _check_tensors("cross_entropy", input=input)
        if ignore_index >= 0:
            raise ValueError("ignore_index is not supported for floating point target")
        if target.dtype is not input.dtype:
            input, target = _together(input, target)
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
    arguments, tensors = _PAIR, (input, target)
    if weight is not None:
        arguments, tensors = (*arguments, CLASS_WEIGHT), (*tensors, weight)
    return evaluate(
        arguments, tensors, loss, parameters, reduction, _NAN, ignore_index=ignore_index
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
    reduction = _reduction_of(reduction, size_average, reduce)
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
    _check_tensors("linear_cross_entropy", input=input, linear_weight=linear_weight, target=target)
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
        _reduction_of(reduction),
        _NAN,
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
    reduction = _reduction_of(reduction, size_average, reduce)
    _check_tensors("multi_margin_loss", input=input, target=target)
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
    _check_tensors("kl_div", input=input, target=target)
    input, target = _pair("kl_div", input, target)
    parameters = (0.0, float(log_target))
    if reduction == "batchmean" and size_average is None and reduce is None:
        divisor = input.shape[0] if input.dim() else None
        reduction = SUM
    else:
        reduction = _reduction_of(reduction, size_average, reduce)
        divisor = input.numel() if reduction == MEAN else None
    if reduction == NONE or not input.dim():
        # Rows of one element each, for a value of each element.
        input, target = input.unsqueeze(-1), target.unsqueeze(-1)
    else:
        input, target = _as_rows(input, target)
        reduction = SUM
    return evaluate(
        _PAIR, (input, target), "kl_divergence", parameters, reduction, 0, divisor, class_axis=-1
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
    _check_tensors(loss, input=input)
    if dim is None:
        raise TypeError(f"{loss}: dim is missing; PyTorch's choice for None is deprecated")
    if dtype is not None:
        input = input.to(dtype)
    if not input.numel():
        return input.clone()
    if not input.dim():
        return _transform(loss, input.unsqueeze(0), dim, None).squeeze(0)
    return evaluate((INPUT,), (input,), loss, (), NONE, class_axis=dim)


def _features(*tensors: Tensor) -> tuple[Tensor, ...]:
    """Tensors of the same shape with two dimensions, the last of them kept."""
    if tensors[0].dim() == 1:
        return tuple(t.unsqueeze(0) for t in tensors)
    return tuple(t.flatten(0, -2) for t in tensors)


def triplet_margin_loss(
    anchor,
    positive,
    negative,
    margin=1.0,
    p=2,
    eps=1e-6,
    swap=False,
    size_average=None,
    reduce=None,
    reduction="mean",
) -> Tensor:
    """torch.nn.functional.triplet_margin_loss, for p of at least 1."""
    reduction = _reduction_of(reduction, size_average, reduce)
    _check_tensors("triplet_margin_loss", anchor=anchor, positive=positive, negative=negative)
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    if not anchor.dim() == positive.dim() == negative.dim():
        raise ValueError(
            "The anchor, positive, and negative tensors are expected to have the same number of "
            f"dimensions, but got: anchor {anchor.dim()}D, positive {positive.dim()}D, and "
            f"negative {negative.dim()}D inputs"
        )
    tensors = anchor, positive, negative
    if not (
        anchor.shape == positive.shape == negative.shape
        and anchor.dtype is positive.dtype is negative.dtype
    ):
        tensors = _together(*tensors)
    shape = tensors[0].shape[:-1]
    if len(shape) != 1:
        tensors = _features(*tensors)
    parameters = (float(margin), float(p), float(swap), float(eps))
    arguments = (INPUT, ID["other"], ID["negative"])
    loss = evaluate(arguments, tensors, "triplet_margin", parameters, reduction, _NAN)
    return loss.reshape(shape) if reduction == NONE and len(shape) != 1 else loss


def cosine_embedding_loss(
    input1, input2, target, margin=0, size_average=None, reduce=None, reduction="mean"
) -> Tensor:
    """torch.nn.functional.cosine_embedding_loss; targets are 1 and -1."""
    reduction = _reduction_of(reduction, size_average, reduce)
    _check_tensors("cosine_embedding_loss", input1=input1, input2=input2, target=target)
    if input1.shape != input2.shape or input1.dtype is not input2.dtype:
        input1, input2 = _together(input1, input2)
    if target.shape != input1.shape[:-1]:
        raise ValueError(
            f"target has the shape {tuple(target.shape)}; expected {tuple(input1.shape[:-1])}"
        )
    target = target.detach()  # PyTorch has no gradient of it, and does not mind the wish for one
    shape = target.shape
    if len(shape) != 1:
        input1, input2 = _features(input1, input2)
        target = target.reshape(-1)
    arguments = (INPUT, TARGET, ID["other"])
    tensors = (input1, target, input2)
    loss = evaluate(arguments, tensors, "cosine_embedding", (float(margin),), reduction, _NAN)
    return loss.reshape(shape) if reduction == NONE and len(shape) != 1 else loss


def _lengths(lengths, name: str, shape) -> Tensor:
    """The lengths of a batch of that shape, also where it is a single one."""
    if not isinstance(lengths, Tensor):
        lengths = lengths_of(lengths, name)
    if lengths.numel() != math.prod(shape):
        raise ValueError(f"ctc_loss: there are {lengths.numel()} {name} for {math.prod(shape)} rows")
    return lengths.reshape(shape)


def ctc_loss(
    log_probs,
    targets,
    input_lengths,
    target_lengths,
    blank=0,
    reduction="mean",
    zero_infinity=False,
) -> Tensor:
    """torch.nn.functional.ctc_loss, with the gradient that PyTorch returns.

    That gradient is the one of the scores under a log_softmax, not of log_probs themselves.
    """
    reduction = _reduction_of(reduction)
    _check_tensors("ctc_loss", log_probs=log_probs, targets=targets)
    shape = log_probs.shape[1:2] if log_probs.dim() == 3 else ()
    lengths = [
        _lengths(input_lengths, "input_lengths", shape),
        _lengths(target_lengths, "target_lengths", shape),
    ]
    return evaluate(
        (INPUT, TARGET, ID["input_lengths"], ID["target_lengths"]),
        (log_probs, targets, *lengths),
        "ctc",
        (float(blank), 0.0, float(zero_infinity), 1.0),
        _LENGTH_MEAN if reduction == MEAN else reduction,
        _NAN,
    )
