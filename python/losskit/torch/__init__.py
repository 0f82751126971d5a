"""losskit's losses on PyTorch tensors.

    >>> import torch, losskit.torch as L
    >>> input = torch.tensor([1.0, 2.0, 4.0], requires_grad=True)
    >>> loss = L.huber_loss(input, torch.tensor([1.5, 2.0, 1.0]))
    >>> loss.backward()
    >>> input.grad * 3
    tensor([-0.5000,  0.0000,  1.0000])

Losses that torch.nn.functional has are here under its names, with its arguments and its semantics;
every loss of the catalogue is here under losskit's (`huber`, `ramp`), unless PyTorch uses the same
name. Modules: `MSELoss`, `CrossEntropyLoss` ... as in torch.nn, `RampLoss` ... of the catalogue.

Value and gradient come from one pass over the tensors; without gradients needed only the value is
computed. Tensors are read where they lie, whatever their strides, and have to be on the CPU.
"""

from __future__ import annotations

from . import _functional
from ._catalogue import CATALOGUE as _CATALOGUE
from ._catalogue import center_step
from ._modules import MODULES as _MODULES

globals().update(_CATALOGUE)
globals().update(_MODULES)

from ._functional import *  # noqa: E402, F403  (PyTorch's names win over the catalogue's)

__all__ = sorted({*_CATALOGUE, *_MODULES, *_functional.__all__, "center_step"})
