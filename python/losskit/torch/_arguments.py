"""Arguments as torch.nn.functional takes them: reductions, and tensors that fit each other."""

from __future__ import annotations

import warnings

import torch
from torch import Tensor
from torch.nn import _reduction

from .. import _call
from ._plan import MEAN, NONE, SUM

_REDUCTIONS = {"mean": MEAN, "sum": SUM, "none": NONE}
WEIGHTED_MEAN, LENGTH_MEAN = _call.REDUCTIONS["weighted_mean"], _call.REDUCTIONS["length_mean"]
NAN = _call.EMPTY_IS_NAN


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


def fit(options: tuple, input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Input and target of one shape and dtype."""
    try:
        if input.shape == target.shape and input.dtype is target.dtype:
            return input, target
    except AttributeError:
        pass
    check_tensors(options[0], input=input, target=target)
    return together(input, target)


def fit_or_warn(options: tuple, input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """The same, with PyTorch's warning where one of them is broadcast."""
    check_tensors(options[0], input=input, target=target)
    if input.shape != target.shape:
        warnings.warn(
            f"Using a target size ({target.size()}) that is different to the input size "
            f"({input.size()}). This will likely lead to incorrect results due to broadcasting. "
            "Please ensure they have the same size.",
            stacklevel=4,
        )
    return fit(options, input, target)


def fit_alike(options: tuple, input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """The same, where PyTorch broadcasts none of them."""
    check_tensors(options[0], input=input, target=target)
    if target.shape != input.shape:
        raise ValueError(
            f"Target size ({target.size()}) must be the same as input size ({input.size()})"
        )
    return fit(options, input, target)
