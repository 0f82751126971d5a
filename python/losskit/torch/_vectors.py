"""The losses of torch.nn.functional over feature vectors and sequences."""

from __future__ import annotations

import math

from torch import Tensor

from ._arguments import LENGTH_MEAN, NAN, check_tensors, reduction_of, together
from ._catalogue import lengths_of
from ._evaluate import evaluate
from ._plan import ID, INPUT, MEAN, NONE, TARGET


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
    reduction = reduction_of(reduction, size_average, reduce)
    check_tensors("triplet_margin_loss", anchor=anchor, positive=positive, negative=negative)
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
        tensors = together(*tensors)
    shape = tensors[0].shape[:-1]
    if len(shape) != 1:
        tensors = _features(*tensors)
    parameters = (float(margin), float(p), float(swap), float(eps))
    arguments = (INPUT, ID["other"], ID["negative"])
    loss = evaluate(arguments, tensors, "triplet_margin", parameters, reduction, NAN)
    return loss.reshape(shape) if reduction == NONE and len(shape) != 1 else loss


def cosine_embedding_loss(
    input1, input2, target, margin=0, size_average=None, reduce=None, reduction="mean"
) -> Tensor:
    """torch.nn.functional.cosine_embedding_loss; targets are 1 and -1."""
    reduction = reduction_of(reduction, size_average, reduce)
    check_tensors("cosine_embedding_loss", input1=input1, input2=input2, target=target)
    if input1.shape != input2.shape or input1.dtype is not input2.dtype:
        input1, input2 = together(input1, input2)
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
    loss = evaluate(arguments, tensors, "cosine_embedding", (float(margin),), reduction, NAN)
    return loss.reshape(shape) if reduction == NONE and len(shape) != 1 else loss


def _lengths(lengths, name: str, shape) -> Tensor:
    """The lengths of a batch of that shape, also where it is a single one."""
    if not isinstance(lengths, Tensor):
        lengths = lengths_of(lengths, name)
    if lengths.numel() != math.prod(shape):
        raise ValueError(
            f"ctc_loss: there are {lengths.numel()} {name} for {math.prod(shape)} sequences"
        )
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
    reduction = reduction_of(reduction)
    check_tensors("ctc_loss", log_probs=log_probs, targets=targets)
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
        LENGTH_MEAN if reduction == MEAN else reduction,
        NAN,
    )
