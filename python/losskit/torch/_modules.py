"""The losses as modules.

Those that PyTorch has are subclasses of PyTorch's own: constructor, buffers, state and text are
inherited, the computation is losskit's. The others are made from the catalogue: ramp is RampLoss,
what shapes the loss goes to the constructor, tensors go to forward.
"""

from __future__ import annotations

import inspect

import torch
from torch import Tensor, nn

from .._functions import FUNCTIONS
from . import _functional
from ._catalogue import CATALOGUE, center_step

# PyTorch's class, the function, the attributes that are its keyword arguments.
_OF_TORCH = (
    (nn.L1Loss, "l1_loss", ("reduction",)),
    (nn.MSELoss, "mse_loss", ("reduction",)),
    (nn.SmoothL1Loss, "smooth_l1_loss", ("reduction", "beta")),
    (nn.HuberLoss, "huber_loss", ("reduction", "delta")),
    (nn.PoissonNLLLoss, "poisson_nll_loss", ("log_input", "full", "eps", "reduction")),
    (nn.GaussianNLLLoss, "gaussian_nll_loss", ("full", "eps", "reduction")),
    (nn.SoftMarginLoss, "soft_margin_loss", ("reduction",)),
    (nn.BCELoss, "binary_cross_entropy", ("weight", "reduction")),
    (
        nn.BCEWithLogitsLoss,
        "binary_cross_entropy_with_logits",
        ("weight", "pos_weight", "reduction"),
    ),
    (nn.MultiLabelSoftMarginLoss, "multilabel_soft_margin_loss", ("weight", "reduction")),
    (
        nn.CrossEntropyLoss,
        "cross_entropy",
        ("weight", "ignore_index", "reduction", "label_smoothing"),
    ),
    (nn.NLLLoss, "nll_loss", ("weight", "ignore_index", "reduction")),
    (nn.MultiMarginLoss, "multi_margin_loss", ("p", "margin", "weight", "reduction")),
    (nn.KLDivLoss, "kl_div", ("reduction", "log_target")),
    (nn.TripletMarginLoss, "triplet_margin_loss", ("margin", "p", "eps", "swap", "reduction")),
    (nn.CosineEmbeddingLoss, "cosine_embedding_loss", ("margin", "reduction")),
    (nn.CTCLoss, "ctc_loss", ("blank", "reduction", "zero_infinity")),
    (nn.Softmax, "softmax", ("dim",)),
    (nn.LogSoftmax, "log_softmax", ("dim",)),
)


def _of_torch(base: type, name: str, attributes: tuple[str, ...]) -> type:
    function = getattr(_functional, name)

    def forward(self, *tensors) -> Tensor:
        return function(*tensors, **{a: getattr(self, a) for a in attributes})

    doc = f"torch.nn.{base.__name__}, computed by losskit.torch.{name}."
    return type(base.__name__, (base,), {"forward": forward, "__doc__": doc, "__module__": _HOME})


def _linear_cross_entropy_forward(self, input: Tensor, target: Tensor) -> Tensor:
    shape = (self.num_classes, *self.out_features)
    bias = self.linear.bias
    return _functional.linear_cross_entropy(
        input,
        self.linear.weight.reshape(*shape, self.linear.in_features),
        target,
        linear_bias=None if bias is None else bias.reshape(shape),
        weight=self.weight,
        reduction=self.reduction,
        ignore_index=self.ignore_index,
        label_smoothing=self.label_smoothing,
    )


class _Loss(nn.Module):
    """A loss of the catalogue. Options that are tensors are buffers."""

    loss: str

    def __init__(self, **options) -> None:
        super().__init__()
        known = self.__signature__.parameters
        unknown = ", ".join(sorted(options.keys() - known.keys()))
        if unknown:
            raise TypeError(f"{type(self).__name__} has no option {unknown}")
        self.options = {}
        for name, parameter in known.items():
            value = options.get(name, parameter.default)
            if isinstance(value, Tensor):
                self.register_buffer(name, value)
            else:
                self.options[name] = value

    def forward(self, *tensors, **more) -> Tensor:
        return CATALOGUE[self.loss](*tensors, **more, **self.options, **self._buffers)

    def extra_repr(self) -> str:
        presets = self.__signature__.parameters
        return ", ".join(
            f"{name}={value!r}"
            for name, value in self.options.items()
            if value != presets[name].default
        )


class _LinearLoss(_Loss):
    """A loss on top of a linear layer that it holds: weights [C, D], and where it has one, bias."""

    def __init__(self, in_features: int, num_classes: int, **options) -> None:
        super().__init__(**options)
        layer = nn.Linear(in_features, num_classes)
        self.weights = layer.weight
        if "bias" in FUNCTIONS[self.loss].loss.takes:
            self.bias = layer.bias

    def forward(self, *tensors, **more) -> Tensor:
        return super().forward(*tensors, **more, **self._parameters)


class _CenterLoss(_Loss):
    """Center loss with its centers, a buffer [C, D] that each forward pass in training moves."""

    def __init__(self, num_classes: int, in_features: int, rate: float = 0.5, **options) -> None:
        super().__init__(**options)
        self.rate = rate
        self.register_buffer("centers", torch.zeros(num_classes, in_features))

    def forward(self, input: Tensor, target: Tensor, **more) -> Tensor:
        centers = self.centers.clone() if self.training else self.centers
        value = CATALOGUE["center"](input, target, centers, **more, **self.options)
        if self.training:
            self.centers -= self.rate * center_step(input, target, centers)
        return value


def _class_name(loss: str) -> str:
    return "".join(word.capitalize() for word in loss.split("_")) + "Loss"


def _of_catalogue(loss: str) -> type:
    function = FUNCTIONS[loss]
    per_call = {*function.points, *function.tensors} - {"class_weight"}
    if function.auxiliary not in [p.name for p in function.loss.parameters]:
        per_call.add(function.auxiliary)
    options = [
        p.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for name, p in function.signature.parameters.items()
        if name not in per_call
    ]
    base = {"linear": _LinearLoss}.get(function.loss.kind, _Loss)
    if loss == "center":
        base = _CenterLoss
    members = {
        "loss": loss,
        "__signature__": inspect.Signature(options),
        "__doc__": f"{function.loss.title}: losskit.torch.{loss} as a module.",
        "__module__": _HOME,
    }
    return type(_class_name(loss), (base,), members)


_HOME = __package__
MODULES: dict[str, type] = {}
for _row in _OF_TORCH:
    MODULES[_row[0].__name__] = _of_torch(*_row)
if hasattr(nn, "LinearCrossEntropyLoss"):  # since PyTorch 2.13
    MODULES["LinearCrossEntropyLoss"] = type(
        "LinearCrossEntropyLoss",
        (nn.LinearCrossEntropyLoss,),
        {
            "forward": _linear_cross_entropy_forward,
            "__doc__": "torch.nn.LinearCrossEntropyLoss, computed by losskit.torch.",
            "__module__": _HOME,
        },
    )
for _name in FUNCTIONS:
    if _class_name(_name).lower() not in map(str.lower, MODULES) and _name not in (
        "softmax",
        "log_softmax",
    ):
        MODULES[_class_name(_name)] = _of_catalogue(_name)
