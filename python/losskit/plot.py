"""Pictures of losses with matplotlib.

    >>> from losskit import plot
    >>> axes = plot.curve("huber", what=("value", "gradient"), delta=[0.5, 1, 2])
    >>> [line.get_label() for line in axes[0].lines]
    ['delta = 0.5', 'delta = 1', 'delta = 2']

Lines differ in their dashes as well as in their brightness: they can be told apart without colour.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib import pyplot
from matplotlib.axes import Axes

from . import _functions, value_and_grad

_WHAT = ("value", "gradient", "curvature")
_DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 3)))
_BRIGHTEST = 0.6
_UNITS = {"reduction": "none"}  # derivatives of the single values, not of their mean


def _function(name: str, kinds: tuple[str, ...]) -> _functions.Function:
    function = _functions.FUNCTIONS.get(name)
    if function is None:
        raise ValueError(f"{name!r} is no loss; losskit.losses names them")
    if function.loss.kind not in kinds or "target" not in function.loss.needs:
        raise ValueError(f"{name} cannot be drawn this way: it is no loss of {' or '.join(kinds)}")
    return function


def _is_list(value) -> bool:
    return isinstance(value, (Sequence, np.ndarray)) and not isinstance(value, str)


def _variants(parameters: dict) -> list[tuple[str, dict]]:
    """A label and parameters for each line; at most one parameter may be a list."""
    lists = [k for k, v in parameters.items() if _is_list(v)]
    if len(lists) > 1:
        raise ValueError(f"{' and '.join(lists)} are lists; one parameter at a time may be")
    if not lists:
        return [("", parameters)]
    (name,) = lists
    shown = name.rstrip("_")
    return [
        (f"{shown} = {v if isinstance(v, str) else format(v, 'g')}", {**parameters, name: v})
        for v in parameters[name]
    ]


def _quantities(name: str, x: np.ndarray, target, what: Sequence[str], parameters: dict) -> dict:
    """value, gradient and curvature of each element of x, as far as what names them."""
    curvature = {"curvature": "true"} if "curvature" in what else {}
    call = getattr(value_and_grad, name)
    found = call(x, target, **parameters, **_UNITS, **curvature)
    return dict(zip(_WHAT, found))


def _check_what(what) -> tuple[str, ...]:
    what = (what,) if isinstance(what, str) else tuple(what)
    for quantity in what:
        if quantity not in _WHAT:
            known = ", ".join(f'"{word}"' for word in _WHAT)
            raise ValueError(f"what = {quantity!r}; expected some of {known}")
    return what


def _default_target(function: _functions.Function) -> float:
    if function.loss.family in ("margin", "binary"):
        return 1.0
    return 1.0 if function.loss.name in ("gamma", "tweedie", "poisson") else 0.0


def _default_range(function: _functions.Function) -> tuple[float, float]:
    if function.loss.name == "binary_cross_entropy":
        return 0.001, 0.999
    return (-0.9, 4.0) if function.loss.name == "squared_log_error" else (-4.0, 4.0)


def _style(axes: Axes, xlabel: str, ylabel: str) -> None:
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="0.9", linewidth=0.6)
    axes.set_axisbelow(True)


def curve(
    name: str,
    *,
    what: str | Sequence[str] = "value",
    target: float | None = None,
    range: tuple[float, float] | None = None,
    points: int = 801,
    axes: Axes | Sequence[Axes] | None = None,
    **parameters,
) -> Axes | tuple[Axes, ...]:
    """A pointwise loss as a function of its input, at one target.

    what
        "value", "gradient", "curvature", or several, each on axes of its own
    target
        1 for losses of two classes, counts and positive numbers, otherwise 0
    range
        of the input; by default -4 to 4, or where the loss is defined
    axes
        to draw on, as many as what names; new ones by default
    parameters
        of the loss; one of them may be a list, which gives a line for each of its values

    Returns the Axes, a tuple of them where what is no single word. Raises ValueError for a loss
    that is not pointwise, and what losskit.<name> raises.
    """
    function = _function(name, ("pointwise",))
    names = _check_what(what)
    target = _default_target(function) if target is None else target
    x = np.linspace(*(_default_range(function) if range is None else range), points)
    lines = [
        (label, _quantities(name, x, target, names, chosen))
        for label, chosen in _variants(parameters)
    ]
    drawn = _axes(axes, len(names))
    for one, quantity in zip(drawn, names):
        for k, (label, found) in enumerate(lines):
            grey = _BRIGHTEST * k / max(len(lines) - 1, 1)
            one.plot(x, found[quantity], ls=_DASHES[k % len(_DASHES)], color=str(grey), label=label)
        _style(one, f"{function.loss.input}, target {target:g}", quantity)
    if len(lines) > 1:
        drawn[0].legend(frameon=False)
    drawn[0].set_title(function.loss.title)
    return drawn[0] if isinstance(what, str) else drawn


def _axes(axes, count: int) -> tuple[Axes, ...]:
    if axes is None:
        size = (4.8 * count, 3.6)
        axes = pyplot.subplots(1, count, squeeze=False, figsize=size, layout="constrained")[1][0]
    found = (axes,) if isinstance(axes, Axes) else tuple(axes)
    if len(found) != count:
        raise ValueError(f"axes: {len(found)} for {count} to draw")
    return found


def surface(
    name: str,
    *,
    what: str = "value",
    label: int = 0,
    range: tuple[float, float] = (-4.0, 4.0),
    points: int = 121,
    levels: int = 12,
    axes: Axes | None = None,
    **parameters,
) -> Axes:
    """A loss over rows of two scores, at one label: contours over the plane of the scores.

    what
        "value", or "gradient": that of the label's score; "curvature" likewise

    Returns the Axes. Raises ValueError for a loss that takes no labels of rows.
    """
    function = _function(name, ("rows",))
    (quantity,) = _check_what((what,))
    if label not in (0, 1):
        raise ValueError(f"label = {label!r}; there are two classes, 0 and 1")
    side = np.linspace(*range, points)
    scores = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    labels = np.full(len(scores), label)
    found = _quantities(function.loss.name, scores, labels, (quantity,), parameters)[quantity]
    height = found if quantity == "value" else found[:, label]
    (one,) = _axes(axes, 1)
    height = height.reshape(points, points)
    one.contourf(side, side, height, levels=levels, cmap="Greys")
    lines = one.contour(side, side, height, levels=levels, colors="black", linewidths=0.6)
    one.clabel(lines, fontsize="small")
    _style(one, "score of class 0", "score of class 1")
    one.set_title(f"{function.loss.title}: {quantity}, label {label}")
    one.set_aspect("equal")
    return one
