"""Docstrings from the catalogue."""

from __future__ import annotations

import textwrap

from ._examples import example
from ._functions import Function
from ._registry import ARGUMENTS

_OPTIONS = {
    "reduction": '"mean", "sum", "none", "batch_mean" or "weighted_mean"',
    "labels": '"signed": targets are -1 and +1; "01": 0 and 1',
    "ignore_target": "elements whose target is this number take no part",
    "ignore_index": "rows with this label take no part",
    "class_axis": "the axis of the classes; a vector is one row",
    "grouping": 'what is one region: "sample", "batch", "class", "sample_class" or "row"',
    "batch_first": "input is [N, T, C], not [T, N, C]",
    "empty_is_nan": "a mean of nothing is NaN, not 0",
}
_RETURNS = """\
Returns the reduced value as a float; with reduction "none", an array of one value for each unit.
Computed in float64 for a float64 input, else in float32."""
_RETURNS_VALUES = """\
Returns an array of the shape and dtype of input. Computed in float64 for a float64 input, else in
float32."""
_RAISES = """\
Raises ValueError for numbers outside the loss's domain or shapes that do not fit, and TypeError for
arrays that it does not take."""
_MEANINGS = {a.name: a.meaning for a in ARGUMENTS}


def _entry(name: str, text: str) -> str:
    wrapped = textwrap.fill(text, 92, initial_indent="        ", subsequent_indent="        ")
    return f"    {name}\n{wrapped}"


def _parameter_text(p) -> str:
    words = ", ".join(f'"{w}"' for w in p.named) if not p.is_flag else ""
    bounds = f"{p.lowest:g} to {p.highest:g}"
    return p.meaning + ("" if p.is_flag else f"; {bounds}") + (f", or {words}" if words else "")


def docstring(f: Function) -> str:
    """What help() shows of a loss."""
    loss = f.loss
    parts = [f"{loss.title}.", "", f"    {loss.tex}", ""]
    parts += ["Arguments"]
    for name in f.points:
        text = {"input": loss.input, "target": loss.target}.get(name) or _MEANINGS[name]
        parts.append(_entry(name, text))
    if f.auxiliary and f.auxiliary not in [p.name for p in loss.parameters]:
        parts.append(_entry(f.auxiliary, loss.auxiliary_meaning or "third input"))
    for p in loss.parameters:
        parts.append(_entry(p.keyword, _parameter_text(p)))
    for name in f.tensors:
        parts.append(_entry(name, _MEANINGS[name]))
    for name in f.presets:
        text = _OPTIONS[name]
        if name == "reduction" and loss.kind == "sequence":
            text += ', or "length_mean": each over the length of its target, then the mean'
        parts.append(_entry(name, text))
    parts += ["", _RETURNS if "reduction" in f.presets else _RETURNS_VALUES, "", _RAISES, ""]
    parts += ["Example", *(f"    {line}" for line in example(loss)), ""]
    if loss.traits:
        parts += [f"Traits: {', '.join(loss.traits)}.", ""]
    if loss.notes:
        parts += [textwrap.fill(loss.notes, 96), ""]
    if loss.elsewhere:
        parts += [textwrap.fill(f"Elsewhere: {loss.elsewhere}", 96), ""]
    parts.append(textwrap.fill(f"Source: {loss.source}", 96))
    return "\n".join(parts)
