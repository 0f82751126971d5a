"""What a call of a loss is, beside its tensors: packed once, and kept."""

from __future__ import annotations

import struct
from functools import lru_cache

from .. import _call
from .._native import MAX_PARAMS
from .._registry import ARGUMENTS, LOSSES, Loss, whole_number

# Numbers of the arguments of a call, as in lk_argument_id.
ID = {a.name: number for number, a in enumerate(ARGUMENTS)}
INPUT, TARGET, AUXILIARY, WEIGHT, UPSTREAM = (
    ID[name] for name in ("input", "target", "auxiliary", "weight", "upstream")
)
CLASS_WEIGHT, VECTOR = ID["class_weight"], ID["vector"]
VALUE, GRADIENT, CURVATURE = ID["value"], ID["gradient"], ID["curvature"]
TARGET_GRADIENT, HESSIAN_VECTOR = ID["target_gradient"], ID["hessian_vector"]
CENTER_STEP = ID["center_step"]

# Of each output, the input whose shape it has.
LIKE = {ID[a.name]: ID[a.like] for a in ARGUMENTS if a.output}
# Of each input, the output that is its gradient.
DERIVATIVES = {INPUT: GRADIENT} | {
    number: ID[f"{name}_gradient"] for name, number in ID.items() if f"{name}_gradient" in ID
}

MEAN, SUM, NONE = (_call.REDUCTIONS[word] for word in ("mean", "sum", "none"))
SAMPLE, BATCH, CLASS, SAMPLE_CLASS, ROW = _call.GROUPINGS.values()

# Words for a parameter that is taken from the numbers at hand: which they are, their shape tells.
STATISTICS = frozenset(("auto", "mad", "mad_per_row"))

_HEADER = struct.Struct(f"qq{MAX_PARAMS}d6qd")


class Facts:
    """What the operators need to know of a loss, whatever its options."""

    __slots__ = ("loss", "derivatives", "transform", "per_unit")

    def __init__(self, loss: Loss) -> None:
        self.loss = loss
        self.derivatives = {
            source: output
            for source, output in DERIVATIVES.items()
            if ARGUMENTS[output].name in loss.takes
        }
        # A transform, softmax, is no loss: its value has the input's shape, and no gradient of its
        # own.
        self.transform = loss.kind == "rows" and "target" not in loss.takes
        # Whether an element's gradient is of the value of one unit alone.
        self.per_unit = loss.kind in ("pointwise", "rows") and not self.transform

    def reduces(self, reduction: int) -> bool:
        return reduction != NONE and not self.transform

    def multiplies(self, reduction: int) -> bool:
        """Whether the gradient for an upstream gradient is the gradient times it."""
        return self.per_unit or self.reduces(reduction)

    def derivative(self, argument: int) -> int:
        """The output that is the gradient of an argument."""
        if argument in self.derivatives:
            return self.derivatives[argument]
        known = ", ".join(self.name_of(a) for a in self.derivatives)
        raise NotImplementedError(
            f"{self.loss.name} has no gradient of {self.name_of(argument)}; it has those of "
            f"{known}. Detach the tensor to hold it constant"
        )

    def name_of(self, argument: int) -> str:
        """The name of an argument as the loss calls it."""
        if argument == AUXILIARY:
            return self.loss.auxiliary or "auxiliary"
        return ARGUMENTS[argument].name


FACTS = {name: Facts(loss) for name, loss in LOSSES.items()}


def class_axis(options: tuple, ndim: int) -> int:
    """The axis of the classes of an input; options: of a plan."""
    return options[4] % ndim if ndim > 1 else 0


class Plan:
    """A loss with its parameters and options: the head of the request that C reads."""

    __slots__ = (
        "facts", "loss", "options", "_header", "_from_value", "reduces", "multiplies",
        "is_elementwise", "layouts",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        parameters: tuple[float, ...],
        reduction: int,
        flags: int,
        class_axis: int,
        ignore_index: int,
        grouping: int,
        ignore_target: float,
    ) -> None:
        self.facts = FACTS[name]
        self.loss = self.facts.loss
        self.options = (
            name, parameters, reduction, flags, class_axis, ignore_index, grouping, ignore_target
        )  # fmt: skip
        self._header: bytes | None = None
        self._from_value: Plan | None = None
        self.layouts: dict = {}  # of pairs of tensors, by their shapes and dtypes
        self.reduces = self.facts.reduces(reduction)
        self.multiplies = self.facts.multiplies(reduction)
        # Whether the shape plays no part, and any may stand for a vector.
        self.is_elementwise = (
            self.loss.kind == "pointwise"
            and reduction in (MEAN, SUM)
            and not any(STATISTICS & p.named.keys() for p in self.loss.parameters)
        )

    def header(self) -> bytes:
        """The head, which no two threads mind packing twice."""
        if self._header is None:
            name, parameters, *integers, ignore_target = self.options
            reduction, flags, class_axis, ignore_index, grouping = integers
            numbers = [*parameters, *[0.0] * (MAX_PARAMS - len(parameters))]
            self._header = _HEADER.pack(
                self.loss.id, len(parameters), *numbers, reduction, 0, flags, class_axis,
                ignore_index, grouping, ignore_target,
            )  # fmt: skip
        return self._header

    def from_value(self) -> Plan:
        """Of a transform: takes the gradient from the value."""
        if self._from_value is None:
            name, parameters, reduction, flags, *rest = self.options
            flags |= _call.VALUE_GIVEN
            self._from_value = Plan(name, parameters, reduction, flags, *rest)
        return self._from_value

    def value_shape(self, shape):
        """The shape of the values before reduction. As lk_value_shape, but of symbols too."""
        kind, grouping, flags, ndim = (
            self.loss.kind, self.options[6], self.options[3], len(shape)
        )  # fmt: skip
        if self.facts.transform or kind == "pointwise":
            return tuple(shape)
        if kind == "rows":
            axis = class_axis(self.options, ndim)
            return (*shape[:axis], *shape[axis + 1 :])
        if kind == "region":
            return {
                SAMPLE: shape[:1],
                BATCH: shape[:0],
                CLASS: shape[1:2],
                SAMPLE_CLASS: shape[:2],
                ROW: shape[:-1],
            }[grouping]
        if kind == "sequence" and "hypotheses" not in self.loss.takes:
            first = 0 if flags & _call.BATCH_FIRST else 1
            return shape[first : first + 1] if ndim == 3 else ()
        return shape[:-1]


@lru_cache(maxsize=4096, typed=True)
def plan_of(
    name: str,
    parameters: tuple[float, ...] = (),
    reduction: int = MEAN,
    flags: int = 0,
    class_axis: int = 1,
    ignore_index: int = -100,
    grouping: int = SAMPLE,
    ignore_target: float = 0.0,
) -> Plan:
    """The plan for these numbers. Parameters that are left out have their defaults."""
    axis = whole_number(class_axis, "class_axis", 32)
    label = whole_number(ignore_index, "ignore_index")
    return Plan(name, parameters, reduction, flags, axis, label, grouping, ignore_target)
