"""Arguments as torch.nn.functional takes them: reductions, and tensors that fit each other."""

from __future__ import annotations

import warnings

import torch
from torch import Tensor
from torch.nn import _reduction

from .. import _call
from ._plan import INPUT, MEAN, NONE, SUM, TARGET

_REDUCTIONS = {"mean": MEAN, "sum": SUM, "none": NONE}
WEIGHTED_MEAN, LENGTH_MEAN = _call.REDUCTIONS["weighted_mean"], _call.REDUCTIONS["length_mean"]
NAN = _call.EMPTY_IS_NAN
PAIR = (INPUT, TARGET)


def reduction_of(word: str, size_average=None, reduce=None) -> int:
    if size_average is not None or reduce is not None:
        word = _reduction.legacy_get_string(size_average, reduce)
    try:
        return _REDUCTIONS[word]
    except KeyError:
        pass
    raise ValueError(f'reduction = {word!r}; expected "mean", "sum" or "none"')


def check_tensors(loss: str, **tensors) -> None:
    """Raises TypeError for an argument that is no tensor."""
    for name, tensor in tensors.items():
        if not isinstance(tensor, Tensor):
            kind = type(tensor).__name__
            raise TypeError(f"{loss}: {name} is a {kind}; expected a torch.Tensor")


def together(*tensors: Tensor) -> tuple[Tensor, ...]:
    """The tensors in one shape and one floating dtype, as PyTorch's arithmetic takes them."""
    dtype = tensors[0].dtype
    for t in tensors[1:]:
        dtype = torch.promote_types(dtype, t.dtype)
    return torch.broadcast_tensors(*(t.to(dtype) for t in tensors))


def pair(loss: str, input: Tensor, target: Tensor, warn=False) -> tuple[Tensor, Tensor]:
    try:
        if input.shape == target.shape and input.dtype is target.dtype:
            return input, target
    except AttributeError:
        pass
    check_tensors(loss, input=input, target=target)
    if warn and input.shape != target.shape:
        warnings.warn(
            f"Using a target size ({target.size()}) that is different to the input size "
            f"({input.size()}). This will likely lead to incorrect results due to broadcasting. "
            "Please ensure they have the same size.",
            stacklevel=4,
        )
    return together(input, target)
