"""One call of a loss: options as the C library wants them, and the call itself."""

from __future__ import annotations

import ctypes as c

from . import _native as native
from ._arrays import View
from ._registry import LOSSES, Loss

REDUCTIONS = {
    "mean": 0,
    "sum": 1,
    "none": 2,
    "batch_mean": 3,
    "batchmean": 3,
    "weighted_mean": 4,
    "length_mean": 5,
}
CURVATURES = {"true": 0, "fisher": 1, "upper": 2}
GROUPINGS = {"sample": 0, "batch": 1, "class": 2, "sample_class": 3, "row": 4}
LABELS = {"signed": 0, "01": 2}
ACCUMULATE, LABELS_01, IGNORE, CURVATURE_FLOOR, EMPTY_IS_NAN, BATCH_FIRST = 1, 2, 4, 8, 16, 32
VALUE_GIVEN = 64


def choose(words: dict[str, int], value, name: str) -> int:
    """The number of a word."""
    try:
        return words[value]
    except (KeyError, TypeError):
        known = ", ".join(f'"{word}"' for word in words)
        raise ValueError(f"{name} = {value!r}; expected one of {known}") from None


def pack_parameters(loss: Loss, values: dict) -> c.Array:
    """The parameters in the library's order; those that are missing have their defaults."""
    if not values.keys() <= loss.keywords:
        unknown = ", ".join(sorted(values.keys() - loss.keywords))
        raise TypeError(f"{loss.name} has no parameter {unknown}")
    numbers = [p.number(values.get(p.keyword, p.default)) for p in loss.parameters]
    return _PARAMETERS[len(numbers)](*numbers)


_PARAMETERS = tuple(c.c_double * max(n, 1) for n in range(native.MAX_PARAMS + 1))
_new_call = native.Call.from_buffer_copy
_EMPTY_CALL = bytes(native.Call(size=c.sizeof(native.Call), ignore_index=-100, class_axis=1))
_lk_evaluate = native.lib.lk_evaluate


class Call:
    """A call in the making. The views that it is given live as long as it does."""

    __slots__ = ("loss", "parameters", "call", "result", "_views")

    def __init__(self, name: str, parameters: dict | None = None) -> None:
        self.loss = LOSSES[name]
        self.parameters = pack_parameters(self.loss, parameters or {})
        self.result = native.Result()
        self.call = _new_call(_EMPTY_CALL)
        self.call.result = c.pointer(self.result)
        self._views: list[View] = []

    def set(self, argument: str, view: View | None) -> None:
        """Sets a tensor; None leaves it out."""
        if view is None:
            return
        if argument not in self.loss.takes:
            raise TypeError(f"{self.loss.name} takes no {argument}")
        self._views.append(view)
        setattr(self.call, argument, c.pointer(view.tensor))

    def value_shape(self) -> tuple[int, ...]:
        """The shape of the values before reduction; the input has to be set."""
        ndim = c.c_int32()
        shape = (c.c_int64 * max(self.call.input.contents.ndim, 1))()
        native.check(native.lib.lk_value_shape(self.loss.id, self.call, c.byref(ndim), shape))
        return tuple(shape[: ndim.value])

    def check(self) -> None:
        """Raises what run() would for shapes, dtypes, parameters and options, without computing.

        Lengths of sequences are read, other arrays are not; numbers out of range are not told.
        """
        loss = self.loss
        n = len(loss.parameters)
        size = c.c_size_t()
        status = native.lib.lk_workspace_size(loss.id, self.parameters, n, self.call, size)
        if status != native.OUT_OF_DOMAIN:
            native.check(status)

    def run(self) -> float:
        """Computes; the reduced value."""
        loss = self.loss
        native.check(_lk_evaluate(loss.id, self.parameters, len(loss.parameters), self.call))
        return self.result.value
