"""Every loss of the catalogue as a function of tensors, under losskit's names and arguments."""

from __future__ import annotations

import operator

import torch
from torch import Tensor

from .. import _call
from .._docstrings import docstring
from .._functions import FUNCTIONS, Function, flags_of, ignored_target, reduction_of
from ._compute import check_tensor, compute
from ._evaluate import PAIR, evaluate, evaluate_pair
from ._plan import AUXILIARY, CENTER_STEP, FACTS, ID, NONE, TARGET, plan_of
from ._weights import WEIGHTS

_LENGTHS = ("input_lengths", "target_lengths", "hypothesis_lengths")


def lengths_of(value, name: str) -> Tensor:
    """Lengths of sequences, a number or a list, as int64."""
    try:
        numbers = [operator.index(n) for n in value] if hasattr(value, "__iter__") else value
        return torch.tensor(numbers, dtype=torch.int64, device="cpu")
    except (TypeError, ValueError):
        raise TypeError(f"{name} = {value!r}; expected whole numbers") from None


class Packing:
    """How the arguments of a loss become those of evaluate()."""

    def __init__(self, function: Function) -> None:
        self.loss = function.loss
        self.auxiliary = function.auxiliary
        self.tensors = function.points + function.tensors

    def arguments(self, found: dict) -> tuple[tuple[int, ...], tuple[Tensor, ...]]:
        """What the tensors are, and the tensors."""
        numbers, tensors = [], []
        for name in self.tensors:
            value = found[name]
            if value is None:
                if name in self.loss.needs:
                    raise TypeError(f"{self.loss.name}: {name} is None; expected a torch.Tensor")
                continue
            if name in _LENGTHS and not isinstance(value, Tensor):
                value = lengths_of(value, name)
            numbers.append(ID[name])
            tensors.append(value)
        if self.auxiliary and isinstance(found[self.auxiliary], Tensor):
            numbers.append(AUXILIARY)
            tensors.append(found[self.auxiliary])
        return tuple(numbers), tuple(tensors)

    def parameters(self, found: dict) -> tuple[float, ...]:
        """The parameters in the library's order. A tensor stands in for its own."""
        return tuple(
            p.number(p.default if isinstance(found[p.keyword], Tensor) else found[p.keyword])
            if p.name == self.auxiliary
            else p.number(found[p.keyword])
            for p in self.loss.parameters
        )


def _spread(facts, numbers, tensors) -> tuple[Tensor, ...]:
    """Tensors with a gradient of the input's shape, in that shape; PyTorch sums the copies."""
    shape = tensors[0].shape
    return tuple(
        t.expand(shape)
        if number in (TARGET, AUXILIARY)
        and t.requires_grad
        and t.shape != shape
        and number in facts.derivatives
        else t
        for number, t in zip(numbers, tensors)
    )


def _same_dtype(numbers, tensors: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Input and other floating tensors that have gradients, in one dtype. Weights keep theirs."""
    together = [True, *(t.requires_grad for t in tensors[1:])]
    dtype = tensors[0].dtype
    for k, t in enumerate(tensors):
        if numbers[k] in WEIGHTS:
            together[k] = False
        elif together[k] and t.dtype is not dtype:
            dtype = torch.promote_types(dtype, t.dtype)
    return tuple(
        t.to(dtype) if t.dtype is not dtype and together[k] else t for k, t in enumerate(tensors)
    )


_MOST_KNOWN = 256
_PLAIN = frozenset((bool, int, float, str, type(None)))


def _is_pair(args: tuple) -> bool:
    """Whether they are two tensors, the second without a gradient, which would set the dtype."""
    return len(args) == 2 and isinstance(args[1], Tensor) and not args[1].requires_grad


def _key(kwargs: dict) -> tuple:
    """Keywords with their types: 1, 1.0 and True are equal."""
    return *kwargs.items(), *map(type, kwargs.values())


def make(name: str):
    """The function of a loss."""
    function = FUNCTIONS[name]
    packing = Packing(function)
    facts = FACTS[name]
    # The options of calls with an input and a target alone, by their keywords.
    known: dict[tuple, tuple] = {}

    def fit(options: tuple, *tensors: Tensor) -> tuple[Tensor, ...]:
        for number, tensor in zip(PAIR, tensors):
            check_tensor(facts, number, tensor)
        return tensors

    def loss(*args, **kwargs) -> Tensor:
        if known and not torch.compiler.is_compiling() and _is_pair(args):
            try:
                options = known.get(_key(kwargs))
            except TypeError:  # a list has no hash
                options = None
            if options is not None:
                return evaluate_pair(*args, options, fit)
        found = function.bind(args, kwargs)
        numbers, tensors = packing.arguments(found)
        for number, tensor in zip(numbers, tensors):
            if not isinstance(tensor, Tensor):
                check_tensor(facts, number, tensor)
        if len(tensors) > 1:
            tensors = _spread(facts, numbers, _same_dtype(numbers, tensors))
        options = (
            name,
            packing.parameters(found),
            reduction_of(function.loss, found),
            flags_of(found),
            found.get("class_axis", 1),
            found.get("ignore_index", -100),
            _call.choose(_call.GROUPINGS, found.get("grouping", "sample"), "grouping"),
            ignored_target(found),
        )
        value = evaluate(numbers, tensors, *options)
        if numbers == PAIR and _is_pair(args) and not torch.compiler.is_compiling():
            if _PLAIN.issuperset(map(type, kwargs.values())):  # what cannot change
                if len(known) >= _MOST_KNOWN:
                    known.clear()
                known[_key(kwargs)] = options
        return value

    loss.__name__ = loss.__qualname__ = name
    loss.__signature__ = function.signature
    loss.__doc__ = docstring(function).replace("as a float; with", "as a tensor; with")
    return loss


@torch.no_grad()
def center_step(input: Tensor, target: Tensor, centers: Tensor) -> Tensor:
    """What to subtract, times a rate, from the centers of center loss; of their shape.

    For class j it is the sum of c_j - x over the rows of that class, divided by 1 + their number.
    """
    arguments = ID["input"], TARGET, ID["centers"]
    tensors = input, target, centers
    for argument, tensor in zip(arguments, tensors):
        check_tensor(FACTS["center"], argument, tensor)
    plan = plan_of("center", (), NONE)
    return compute(plan, 1.0, None, arguments, tensors, (CENTER_STEP,))[0]


CATALOGUE = {name: make(name) for name in FUNCTIONS}
