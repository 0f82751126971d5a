#!/usr/bin/env python3
"""usage: scripts/python_stubs.py [--check]

Writes __init__.pyi, value_and_grad.pyi, jax.pyi and, where PyTorch is installed, torch/__init__.pyi
of python/losskit, the typed signatures of every loss, from the catalogue of the installed losskit;
--check fails where they are stale.
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
from pathlib import Path

from losskit._functions import FUNCTIONS, Function

PACKAGE = Path(__file__).resolve().parents[1] / "python" / "losskit"

HEADER = """\
# Written by scripts/python_stubs.py.
from collections.abc import Mapping
from typing import Any, Literal, Protocol, SupportsIndex, TypeAlias, overload

import numpy as np
import numpy.typing as npt
"""
ARRAYS = """
class _SupportsDLPack(Protocol):
    def __dlpack__(self, *args: Any, **kwargs: Any) -> Any: ...
    def __dlpack_device__(self) -> tuple[Any, Any]: ...

_Array: TypeAlias = npt.ArrayLike | _SupportsDLPack
_Values: TypeAlias = np.ndarray[Any, np.dtype[Any]]
"""
REDUCTIONS = """\
_Reduced: TypeAlias = Literal["mean", "sum", "batch_mean", "batchmean", "weighted_mean"]
_ReducedSequence: TypeAlias = _Reduced | Literal["length_mean"]
"""
INIT = """
from . import value_and_grad as value_and_grad
from ._registry import Loss

__version__: str
losses: Mapping[str, Loss]

def isa_name() -> str: ...
def num_threads() -> int: ...
def set_num_threads(threads: int) -> None: ...
def version() -> str: ...
"""
JAX = """\
# Written by scripts/python_stubs.py.
from typing import Literal, SupportsIndex, TypeAlias

from jax import Array as _Values
from jax.typing import ArrayLike as _Array

"""
TORCH = """\
# Written by scripts/python_stubs.py.
from collections.abc import Sequence
from typing import Any, Literal, SupportsIndex, TypeAlias

import torch
from torch import Tensor as _Values
from torch import Tensor as _Array
from torch import nn

_Lengths: TypeAlias = _Array | Sequence[int] | int
"""
CENTER_STEP = "def center_step(input: _Array, target: _Array, centers: _Array) -> _Values: ..."
# Arguments of torch.nn.functional whose default does not tell their type.
OF_TORCH = {
    "reduction": 'Literal["mean", "sum", "none"]',
    "size_average": "bool | None",
    "reduce": "bool | None",
    "dim": "int | None",
    "dtype": "torch.dtype | None",
    "ignore_index": "int | None",
    "options": "Any",
    "var": "_Array | float",
    "margin": "float",
    "p": "float",
    "input_lengths": "_Lengths",
    "target_lengths": "_Lengths",
}
OPTIONS = {
    "labels": 'Literal["signed", "01"]',
    "ignore_target": "float | None",
    "ignore_index": "SupportsIndex",
    "class_axis": "SupportsIndex",
    "grouping": 'Literal["sample", "batch", "class", "sample_class", "row"]',
    "batch_first": "bool",
    "empty_is_nan": "bool",
}
DERIVATIVES = [
    'wrt: str | tuple[str, ...] = "input"',
    "upstream: _Array | None = None",
    'curvature: Literal["true", "fisher", "upper"] | None = None',
    "curvature_floor: float | None = None",
    "vector: _Array | None = None",
]


def annotation(f: Function, p: inspect.Parameter) -> str:
    if p.name in OPTIONS:
        return OPTIONS[p.name]
    parameter = next((q for q in f.loss.parameters if q.keyword == p.name), None)
    if parameter is None:
        return "_Array" if p.default is p.empty else "_Array | None"
    if parameter.is_flag:
        return "bool"
    words = ", ".join(f'"{word}"' for word in parameter.named)
    kinds = ["float", *([f"Literal[{words}]"] if words else [])]
    return " | ".join(kinds + (["_Array"] if p.name == f.auxiliary else []))


def reduced(f: Function) -> str:
    return "_ReducedSequence" if f.loss.kind == "sequence" else "_Reduced"


def arguments(f: Function, reduction: str) -> list[str]:
    """A line for each argument. reduction: its annotation, with its default."""
    lines: list[str] = []
    for p in f.signature.parameters.values():
        if p.kind is p.KEYWORD_ONLY and "*" not in lines:
            lines.append("*")
        if p.name == "reduction":
            lines.append(f"reduction: {reduction}")
            continue
        default = "" if p.default is p.empty else f" = {p.default!r}".replace("'", '"')
        lines.append(f"{p.name}: {annotation(f, p)}{default}")
    return lines


def definition(name: str, lines: list[str], result: str) -> str:
    return "\n".join([f"def {name}(", *(f"    {line}," for line in lines), f") -> {result}: ..."])


def value(name: str, f: Function) -> str:
    none = definition(name, arguments(f, 'Literal["none"]'), "_Values")
    if "reduction" not in f.signature.parameters:
        return none
    number = definition(name, arguments(f, f'{reduced(f)} = "mean"'), "float")
    return f"@overload\n{number}\n@overload\n{none}"


def annotation_of_torch(function: str, p: inspect.Parameter) -> str:
    """Of an argument of torch.nn.functional."""
    if function == "kl_div" and p.name == "reduction":
        return 'Literal["mean", "sum", "none", "batchmean"]'
    if p.name in OF_TORCH:
        return OF_TORCH[p.name]
    if p.default is None:
        return "_Array | None"
    return "_Array" if p.default is p.empty else type(p.default).__name__


def lines_of_torch(function) -> list[str]:
    lines: list[str] = []
    for p in inspect.signature(function).parameters.values():
        if p.kind is p.KEYWORD_ONLY and "*" not in lines:
            lines.append("*")
        default = "" if p.default is p.empty else f" = {p.default!r}".replace("'", '"')
        lines.append(f"{p.name}: {annotation_of_torch(function.__name__, p)}{default}")
    return lines


def module(name: str, kind: type, base: type) -> str:
    """A class. base: PyTorch's of the same name, or nn.Module."""
    if base.__name__ == name:
        return f"class {name}(nn.{name}): ..."
    f = FUNCTIONS[kind.loss]
    own = [p for p in inspect.signature(kind.__init__).parameters.values() if p.name != "self"]
    first = [str(p).replace("'", "") for p in own if p.kind is p.POSITIONAL_OR_KEYWORD]
    options = kind.__signature__.parameters
    reduction = f'{reduced(f)} | Literal["none"] = "mean"'
    lines = ["self", *first, "*"]
    lines += [line for line in arguments(f, reduction) if line.split(":")[0] in options]
    made = definition("__init__", lines, "None")
    called = "def forward(self, *tensors: _Array, **more: _Array) -> _Values: ..."
    body = "\n".join(f"    {line}" for line in [*made.split("\n"), called])
    return f"class {name}(nn.Module):\n{body}"


def torch_stub() -> str:
    """torch/__init__.pyi: the catalogue's functions, torch.nn.functional's, and the modules."""
    from losskit.torch import _functional
    from losskit.torch._modules import MODULES

    parts = [TORCH + REDUCTIONS, CENTER_STEP]
    for name, f in FUNCTIONS.items():
        if name not in _functional.__all__:
            lines = arguments(f, f'{reduced(f)} | Literal["none"] = "mean"')
            lines = [line.replace("_lengths: _Array", "_lengths: _Lengths") for line in lines]
            parts.append(definition(name, lines, "_Values"))
    for name in _functional.__all__:
        parts.append(definition(name, lines_of_torch(getattr(_functional, name)), "_Values"))
    parts += [module(name, kind, kind.__mro__[1]) for name, kind in MODULES.items()]
    return "\n".join([*parts, ""])


def stubs() -> dict[str, str]:
    """The text of each file by its name."""
    values = [value(name, f) for name, f in FUNCTIONS.items()]
    gradients, traced = [], []
    for name, f in FUNCTIONS.items():
        lines = arguments(f, f'{reduced(f)} | Literal["none"] = "mean"')
        gradients.append(definition(name, lines + DERIVATIVES, "tuple[Any, ...]"))
        traced.append(definition(name, lines, "_Values"))
    plain_header = HEADER.replace("from collections.abc import Mapping\n", "")
    plain_header = plain_header.replace(", overload", "")
    found = {
        "__init__.pyi": "\n".join([HEADER + INIT + ARRAYS + REDUCTIONS, *values, ""]),
        "value_and_grad.pyi": "\n".join([plain_header + ARRAYS + REDUCTIONS, *gradients, ""]),
        "jax.pyi": "\n".join([JAX + REDUCTIONS, *traced, ""]),
    }
    if importlib.util.find_spec("torch"):
        found["torch/__init__.pyi"] = torch_stub()
    return found


def main() -> int:
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        print(__doc__, file=sys.stderr)
        return 2
    stale = 0
    for name, text in stubs().items():
        path = PACKAGE / name
        if path.exists() and path.read_text() == text:
            continue
        if check:
            print(f"{path} is stale: run scripts/python_stubs.py", file=sys.stderr)
            stale = 1
        else:
            path.write_text(text)
    return stale


if __name__ == "__main__":
    sys.exit(main())
