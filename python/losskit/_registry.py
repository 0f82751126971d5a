"""The catalogue: every loss with its parameters, and the arguments of a call."""

from __future__ import annotations

import ctypes as c
import difflib
import keyword
import operator
from dataclasses import dataclass
from functools import cached_property

from . import _native as native

TRAITS = (
    "convex",
    "differentiable",
    "smooth",
    "lipschitz",
    "symmetric",
    "bounded",
    "distance based",
    "margin based",
    "proper",
    "bounds zero_one",
)
KINDS = ("pointwise", "rows", "linear", "region", "embedding", "sequence")


def real_number(value, name: str) -> float:
    """value as a float; TypeError with its name when it is no number."""
    try:
        return float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name} = {value!r}; expected a number") from None


def whole_number(value, name: str, bits: int = 64) -> int:
    """value as an int that a C integer of so many bits holds; TypeError or ValueError if not."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} = {value!r}; expected a whole number") from None
    if not -(1 << (bits - 1)) <= number < 1 << (bits - 1):
        raise ValueError(f"{name} = {number}; expected a whole number of {bits} bits")
    return number


@dataclass(frozen=True)
class Argument:
    """A tensor of a call: "class_weight"."""

    name: str
    meaning: str
    output: bool
    like: str


@dataclass(frozen=True)
class Parameter:
    """A number that shapes a loss: "delta" of huber."""

    name: str
    meaning: str
    default: float
    lowest: float
    highest: float
    named: dict[str, float]

    @cached_property
    def keyword(self) -> str:
        """Its name as a keyword argument: "lambda_" for lambda."""
        return self.name + "_" if keyword.iskeyword(self.name) else self.name

    @cached_property
    def is_flag(self) -> bool:
        return dict(self.named) == {"no": 0.0, "yes": 1.0}

    def number(self, value) -> float:
        """The number that a value stands for: True, 0.5, or one of its words."""
        if isinstance(value, str):
            if value in self.named:
                return self.named[value]
            words = ", ".join(f'"{word}"' for word in self.named) or "a number"
            raise ValueError(f'{self.name} = "{value}"; expected {words}')
        return real_number(value, self.name)


@dataclass(frozen=True)
class Loss:
    """What a loss says of itself."""

    id: int
    name: str
    family: str
    title: str
    tex: str
    source: str
    input: str
    target: str
    traits: tuple[str, ...]
    kind: str
    parameters: tuple[Parameter, ...]
    takes: tuple[str, ...]
    needs: tuple[str, ...]
    notes: str | None
    elsewhere: str | None
    auxiliary: str | None
    auxiliary_meaning: str | None
    curvature_modes: tuple[str, ...]

    @cached_property
    def keywords(self) -> frozenset[str]:
        """The parameters' names as keyword arguments."""
        return frozenset(p.keyword for p in self.parameters)


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()


def _read_arguments() -> tuple[Argument, ...]:
    found: list = []
    while True:
        pointer = native.lib.lk_argument_describe(len(found))
        if not pointer:
            break
        found.append(pointer.contents)
    return tuple(
        Argument(a.name.decode(), a.meaning.decode(), bool(a.output), found[a.like].name.decode())
        for a in found
    )


ARGUMENTS = _read_arguments()


def _names(bits: int) -> tuple[str, ...]:
    return tuple(a.name for i, a in enumerate(ARGUMENTS) if bits >> i & 1)


def _parameter(p: native.Parameter) -> Parameter:
    named = {n.name.decode(): n.value for n in p.named if n.name}
    return Parameter(p.name.decode(), p.meaning.decode(), p.preset, p.lowest, p.highest, named)


def _curvature_modes(info: native.LossInfo, takes: tuple[str, ...]) -> tuple[str, ...]:
    if "curvature" not in takes:
        return ()
    others = {"fisher": info.fisher_tex, "upper": info.upper_tex}
    return ("true", *(mode for mode, tex in others.items() if tex))


def _read_loss(number: int) -> Loss | None:
    pointer = native.lib.lk_loss_describe(number)
    if not pointer:
        return None
    info = pointer.contents
    needs = c.c_uint32()
    takes = _names(native.lib.lk_loss_takes(number, c.byref(needs)))
    return Loss(
        id=number,
        name=info.name.decode(),
        family=info.family.decode(),
        title=info.title.decode(),
        tex=info.tex.decode(),
        source=info.source.decode(),
        input=info.input.decode(),
        target=_text(info.target) or "",
        traits=tuple(t for k, t in enumerate(TRAITS) if info.traits >> k & 1),
        kind=KINDS[info.kind],
        parameters=tuple(_parameter(info.params[k]) for k in range(info.n_params)),
        takes=takes,
        needs=_names(needs.value),
        notes=_text(info.notes),
        elsewhere=_text(info.elsewhere),
        auxiliary=_text(info.auxiliary),
        auxiliary_meaning=_text(info.auxiliary_meaning),
        curvature_modes=_curvature_modes(info, takes),
    )


def _read_losses() -> dict[str, Loss]:
    losses: dict[str, Loss] = {}
    while (loss := _read_loss(len(losses) + 1)) is not None:
        losses[loss.name] = loss
    return losses


LOSSES = _read_losses()


def find_loss(name: str) -> Loss:
    """The loss of that name; ValueError with the nearest names when there is none."""
    if name in LOSSES:
        return LOSSES[name]
    near = difflib.get_close_matches(str(name), LOSSES, n=3)
    hint = f"; did you mean {' or '.join(near)}?" if near else "; losskit.losses has them all"
    raise ValueError(f"there is no loss {name!r}{hint}")
