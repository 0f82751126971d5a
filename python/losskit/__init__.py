"""losskit: loss functions with value, gradient and curvature in one pass.

    >>> import numpy as np, losskit
    >>> prediction, truth = np.array([1.0, 2.0, 4.0]), np.array([1.5, 2.0, 1.0])
    >>> losskit.huber(prediction, truth, delta=1.0)
    0.875
    >>> value, gradient = losskit.value_and_grad.huber(prediction, truth)
    >>> gradient * 3
    array([-0.5,  0. ,  1. ])

Every loss of the catalogue is a function here, and again in `value_and_grad`. Arrays are NumPy's,
or those of any library that speaks DLPack or the array interface; none is copied.
"""

from __future__ import annotations

from . import value_and_grad
from ._docstrings import docstring as _docstring
from ._functions import FUNCTIONS as _FUNCTIONS
from ._native import isa_name, num_threads, set_num_threads, version
from ._registry import LOSSES as losses

__version__ = version()


def _make(name: str):
    function = _FUNCTIONS[name]

    def loss(*args, **kwargs):
        return function.value(*args, **kwargs)

    loss.__name__ = loss.__qualname__ = name
    loss.__signature__ = function.signature
    loss.__doc__ = _docstring(function)
    return loss


for _name in _FUNCTIONS:
    globals()[_name] = _make(_name)
del _name

__all__ = [
    *_FUNCTIONS,
    "isa_name",
    "losses",
    "num_threads",
    "set_num_threads",
    "value_and_grad",
    "version",
]
