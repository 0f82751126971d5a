"""Every loss with its gradient: `value, gradient = value_and_grad.huber(input, target)`.

Beside the arguments of the loss itself:

    wrt
        of what the gradient is: "input", or a tuple of names ("input", "weights", "bias"), which
        gives a tuple of gradients. Of center loss's centers it is the step to subtract.
    upstream
        gradient of what follows, of the shape of the value; the gradients are multiplied by it
    curvature
        "true", "fisher" or "upper": the diagonal of the second derivative comes back as well
    curvature_floor
        raises each curvature to at least so much
    vector
        an array that broadcasts to input: the Hessian with respect to input, times the vector,
        comes back last. Of pointwise losses, whose Hessian is diagonal, it is the curvature times
        the vector: in the mode and with the floor of `curvature` where they are given

`value, gradient, curvature, product = value_and_grad.huber(..., curvature="true", vector=v)`: what
is not asked for is left out. All derivatives are those of the reduced loss, times upstream.
"""

from __future__ import annotations

import inspect as _inspect

from ._functions import FUNCTIONS as _FUNCTIONS


_OPTIONS = [
    _inspect.Parameter(name, _inspect.Parameter.KEYWORD_ONLY, default=default)
    for name, default in (
        ("wrt", "input"), ("upstream", None), ("curvature", None), ("curvature_floor", None),
        ("vector", None),
    )
]  # fmt: skip


def _make(name: str):
    function = _FUNCTIONS[name]

    def loss(
        *args,
        wrt="input",
        upstream=None,
        curvature=None,
        curvature_floor=None,
        vector=None,
        **kwargs,
    ):
        asked = (wrt, upstream, curvature, curvature_floor, vector)
        return function.derivatives(args, kwargs, *asked)

    loss.__name__ = loss.__qualname__ = name
    loss.__signature__ = function.signature.replace(
        parameters=[*function.signature.parameters.values(), *_OPTIONS]
    )
    loss.__doc__ = f"Value and gradient of {name}: see losskit.{name} and losskit.value_and_grad."
    return loss


for _name in _FUNCTIONS:
    globals()[_name] = _make(_name)
del _name

__all__ = list(_FUNCTIONS)
