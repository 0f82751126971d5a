# Written by scripts/python_stubs.py.
from collections.abc import Mapping
from typing import Any, Literal, Protocol, SupportsIndex, TypeAlias, overload

import numpy as np
import numpy.typing as npt

from . import value_and_grad as value_and_grad
from ._registry import Loss

__version__: str
losses: Mapping[str, Loss]

def isa_name() -> str: ...
def num_threads() -> int: ...
def set_num_threads(threads: int) -> None: ...
def version() -> str: ...

class _SupportsDLPack(Protocol):
    def __dlpack__(self, *args: Any, **kwargs: Any) -> Any: ...
    def __dlpack_device__(self) -> tuple[Any, Any]: ...

_Array: TypeAlias = npt.ArrayLike | _SupportsDLPack
_Values: TypeAlias = np.ndarray[Any, np.dtype[Any]]
_Reduced: TypeAlias = Literal["mean", "sum", "batch_mean", "batchmean", "weighted_mean"]
_ReducedSequence: TypeAlias = _Reduced | Literal["length_mean"]

@overload
def zero_one(
    input: _Array,
    target: _Array,
    *,
    tolerance: float | Literal["sign"] = "sign",
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    labels: Literal["signed", "01"] = "signed",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def zero_one(
    input: _Array,
    target: _Array,
    *,
    tolerance: float | Literal["sign"] = "sign",
    weight: _Array | None = None,
    reduction: Literal["none"],
    labels: Literal["signed", "01"] = "signed",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def logistic(
    input: _Array,
    target: _Array,
    *,
    base2: bool = False,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    labels: Literal["signed", "01"] = "signed",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def logistic(
    input: _Array,
    target: _Array,
    *,
    base2: bool = False,
    weight: _Array | None = None,
    reduction: Literal["none"],
    labels: Literal["signed", "01"] = "signed",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def hinge(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    labels: Literal["signed", "01"] = "signed",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def hinge(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    reduction: Literal["none"],
    labels: Literal["signed", "01"] = "signed",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def squared_hinge(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    labels: Literal["signed", "01"] = "signed",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def squared_hinge(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    reduction: Literal["none"],
    labels: Literal["signed", "01"] = "signed",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def modified_huber(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    labels: Literal["signed", "01"] = "signed",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def modified_huber(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    reduction: Literal["none"],
    labels: Literal["signed", "01"] = "signed",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def ramp(
    input: _Array,
    target: _Array,
    *,
    s: float = -0.5,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    labels: Literal["signed", "01"] = "signed",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def ramp(
    input: _Array,
    target: _Array,
    *,
    s: float = -0.5,
    weight: _Array | None = None,
    reduction: Literal["none"],
    labels: Literal["signed", "01"] = "signed",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def exponential(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    labels: Literal["signed", "01"] = "signed",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def exponential(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    reduction: Literal["none"],
    labels: Literal["signed", "01"] = "signed",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def perceptron(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    labels: Literal["signed", "01"] = "signed",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def perceptron(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    reduction: Literal["none"],
    labels: Literal["signed", "01"] = "signed",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def squared_error(
    input: _Array,
    target: _Array,
    *,
    half: bool = False,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def squared_error(
    input: _Array,
    target: _Array,
    *,
    half: bool = False,
    weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def absolute_error(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def absolute_error(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def huber(
    input: _Array,
    target: _Array,
    *,
    delta: float = 1.0,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def huber(
    input: _Array,
    target: _Array,
    *,
    delta: float = 1.0,
    weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def smooth_l1(
    input: _Array,
    target: _Array,
    *,
    beta: float | Literal["absolute"] = 1.0,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def smooth_l1(
    input: _Array,
    target: _Array,
    *,
    beta: float | Literal["absolute"] = 1.0,
    weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def log_cosh(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def log_cosh(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def tukey_biweight(
    input: _Array,
    target: _Array,
    *,
    c: float = 4.6851,
    scale: float | Literal["mad", "mad_per_row"] | _Array = 1.0,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def tukey_biweight(
    input: _Array,
    target: _Array,
    *,
    c: float = 4.6851,
    scale: float | Literal["mad", "mad_per_row"] | _Array = 1.0,
    weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def quantile(
    input: _Array,
    target: _Array,
    *,
    q: float = 0.5,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def quantile(
    input: _Array,
    target: _Array,
    *,
    q: float = 0.5,
    weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def expectile(
    input: _Array,
    target: _Array,
    *,
    tau: float = 0.5,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def expectile(
    input: _Array,
    target: _Array,
    *,
    tau: float = 0.5,
    weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def epsilon_insensitive(
    input: _Array,
    target: _Array,
    *,
    epsilon: float = 0.1,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def epsilon_insensitive(
    input: _Array,
    target: _Array,
    *,
    epsilon: float = 0.1,
    weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def squared_log_error(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def squared_log_error(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def pseudo_huber(
    input: _Array,
    target: _Array,
    *,
    delta: float = 1.0,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def pseudo_huber(
    input: _Array,
    target: _Array,
    *,
    delta: float = 1.0,
    weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def charbonnier(
    input: _Array,
    target: _Array,
    *,
    epsilon: float = 0.001,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def charbonnier(
    input: _Array,
    target: _Array,
    *,
    epsilon: float = 0.001,
    weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def cauchy(
    input: _Array,
    target: _Array,
    *,
    c: float = 2.3849,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def cauchy(
    input: _Array,
    target: _Array,
    *,
    c: float = 2.3849,
    weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def welsch(
    input: _Array,
    target: _Array,
    *,
    c: float = 2.9846,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def welsch(
    input: _Array,
    target: _Array,
    *,
    c: float = 2.9846,
    weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def geman_mcclure(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def geman_mcclure(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def barron(
    input: _Array,
    target: _Array,
    *,
    alpha: float = 1.0,
    c: float = 1.0,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def barron(
    input: _Array,
    target: _Array,
    *,
    alpha: float = 1.0,
    c: float = 1.0,
    weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def poisson(
    input: _Array,
    target: _Array,
    *,
    full: bool = False,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def poisson(
    input: _Array,
    target: _Array,
    *,
    full: bool = False,
    weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def gaussian_nll(
    input: _Array,
    target: _Array,
    variance: _Array,
    *,
    epsilon: float = 1e-06,
    full: bool = False,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def gaussian_nll(
    input: _Array,
    target: _Array,
    variance: _Array,
    *,
    epsilon: float = 1e-06,
    full: bool = False,
    weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def gamma(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def gamma(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def tweedie(
    input: _Array,
    target: _Array,
    *,
    power: float = 1.5,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def tweedie(
    input: _Array,
    target: _Array,
    *,
    power: float = 1.5,
    weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def sigmoid_cross_entropy(
    input: _Array,
    target: _Array,
    *,
    pos_weight: float | _Array = 1.0,
    label_smoothing: float = 0.0,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def sigmoid_cross_entropy(
    input: _Array,
    target: _Array,
    *,
    pos_weight: float | _Array = 1.0,
    label_smoothing: float = 0.0,
    weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def binary_cross_entropy(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def binary_cross_entropy(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def balanced_sigmoid_cross_entropy(
    input: _Array,
    target: _Array,
    *,
    beta: float | Literal["auto"] | _Array = "auto",
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def balanced_sigmoid_cross_entropy(
    input: _Array,
    target: _Array,
    *,
    beta: float | Literal["auto"] | _Array = "auto",
    weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def sigmoid_focal(
    input: _Array,
    target: _Array,
    *,
    gamma: float = 2.0,
    alpha: float | Literal["none"] = 0.25,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def sigmoid_focal(
    input: _Array,
    target: _Array,
    *,
    gamma: float = 2.0,
    alpha: float | Literal["none"] = 0.25,
    weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def softmax(
    input: _Array,
    *,
    class_axis: SupportsIndex = 1,
) -> _Values: ...
def log_softmax(
    input: _Array,
    *,
    class_axis: SupportsIndex = 1,
) -> _Values: ...
@overload
def softmax_cross_entropy(
    input: _Array,
    target: _Array,
    *,
    label_smoothing: float = 0.0,
    z_loss: float = 0.0,
    softcap: float | Literal["off"] = "off",
    smooth_masked: bool = False,
    weight: _Array | None = None,
    class_weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_index: SupportsIndex = -100,
    class_axis: SupportsIndex = 1,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def softmax_cross_entropy(
    input: _Array,
    target: _Array,
    *,
    label_smoothing: float = 0.0,
    z_loss: float = 0.0,
    softcap: float | Literal["off"] = "off",
    smooth_masked: bool = False,
    weight: _Array | None = None,
    class_weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_index: SupportsIndex = -100,
    class_axis: SupportsIndex = 1,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def nll(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    class_weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_index: SupportsIndex = -100,
    class_axis: SupportsIndex = 1,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def nll(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    class_weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_index: SupportsIndex = -100,
    class_axis: SupportsIndex = 1,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def softmax_focal(
    input: _Array,
    target: _Array,
    *,
    gamma: float = 2.0,
    alpha: float = 1.0,
    weight: _Array | None = None,
    class_weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_index: SupportsIndex = -100,
    class_axis: SupportsIndex = 1,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def softmax_focal(
    input: _Array,
    target: _Array,
    *,
    gamma: float = 2.0,
    alpha: float = 1.0,
    weight: _Array | None = None,
    class_weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_index: SupportsIndex = -100,
    class_axis: SupportsIndex = 1,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def kl_divergence(
    input: _Array,
    target: _Array,
    *,
    logits: bool = False,
    log_target: bool = False,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_index: SupportsIndex = -100,
    class_axis: SupportsIndex = 1,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def kl_divergence(
    input: _Array,
    target: _Array,
    *,
    logits: bool = False,
    log_target: bool = False,
    weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_index: SupportsIndex = -100,
    class_axis: SupportsIndex = 1,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def js_divergence(
    input: _Array,
    target: _Array,
    *,
    logits: bool = False,
    log_target: bool = False,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_index: SupportsIndex = -100,
    class_axis: SupportsIndex = 1,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def js_divergence(
    input: _Array,
    target: _Array,
    *,
    logits: bool = False,
    log_target: bool = False,
    weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_index: SupportsIndex = -100,
    class_axis: SupportsIndex = 1,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def multiclass_hinge(
    input: _Array,
    target: _Array,
    *,
    kind: float | Literal["weston_watkins", "crammer_singer", "one_vs_all"] = "weston_watkins",
    margin: float = 1.0,
    power: float = 1.0,
    average: bool = False,
    weight: _Array | None = None,
    class_weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_index: SupportsIndex = -100,
    class_axis: SupportsIndex = 1,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def multiclass_hinge(
    input: _Array,
    target: _Array,
    *,
    kind: float | Literal["weston_watkins", "crammer_singer", "one_vs_all"] = "weston_watkins",
    margin: float = 1.0,
    power: float = 1.0,
    average: bool = False,
    weight: _Array | None = None,
    class_weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_index: SupportsIndex = -100,
    class_axis: SupportsIndex = 1,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def symmetric_cross_entropy(
    input: _Array,
    target: _Array,
    *,
    alpha: float = 0.1,
    beta: float = 1.0,
    log_zero: float = -4.0,
    weight: _Array | None = None,
    class_weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_index: SupportsIndex = -100,
    class_axis: SupportsIndex = 1,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def symmetric_cross_entropy(
    input: _Array,
    target: _Array,
    *,
    alpha: float = 0.1,
    beta: float = 1.0,
    log_zero: float = -4.0,
    weight: _Array | None = None,
    class_weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_index: SupportsIndex = -100,
    class_axis: SupportsIndex = 1,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def generalized_cross_entropy(
    input: _Array,
    target: _Array,
    *,
    q: float = 0.7,
    weight: _Array | None = None,
    class_weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_index: SupportsIndex = -100,
    class_axis: SupportsIndex = 1,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def generalized_cross_entropy(
    input: _Array,
    target: _Array,
    *,
    q: float = 0.7,
    weight: _Array | None = None,
    class_weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_index: SupportsIndex = -100,
    class_axis: SupportsIndex = 1,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def poly1(
    input: _Array,
    target: _Array,
    *,
    epsilon: float = 1.0,
    weight: _Array | None = None,
    class_weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_index: SupportsIndex = -100,
    class_axis: SupportsIndex = 1,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def poly1(
    input: _Array,
    target: _Array,
    *,
    epsilon: float = 1.0,
    weight: _Array | None = None,
    class_weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_index: SupportsIndex = -100,
    class_axis: SupportsIndex = 1,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def linear_cross_entropy(
    input: _Array,
    target: _Array,
    weights: _Array,
    *,
    label_smoothing: float = 0.0,
    z_loss: float = 0.0,
    softcap: float | Literal["off"] = "off",
    smooth_masked: bool = False,
    bias: _Array | None = None,
    weight: _Array | None = None,
    class_weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_index: SupportsIndex = -100,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def linear_cross_entropy(
    input: _Array,
    target: _Array,
    weights: _Array,
    *,
    label_smoothing: float = 0.0,
    z_loss: float = 0.0,
    softcap: float | Literal["off"] = "off",
    smooth_masked: bool = False,
    bias: _Array | None = None,
    weight: _Array | None = None,
    class_weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_index: SupportsIndex = -100,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def large_margin_softmax(
    input: _Array,
    target: _Array,
    weights: _Array,
    *,
    m: float = 4.0,
    lambda_: float = 5.0,
    weight: _Array | None = None,
    class_weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_index: SupportsIndex = -100,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def large_margin_softmax(
    input: _Array,
    target: _Array,
    weights: _Array,
    *,
    m: float = 4.0,
    lambda_: float = 5.0,
    weight: _Array | None = None,
    class_weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_index: SupportsIndex = -100,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def arcface(
    input: _Array,
    target: _Array,
    weights: _Array,
    *,
    s: float = 64.0,
    m: float = 0.5,
    weight: _Array | None = None,
    class_weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_index: SupportsIndex = -100,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def arcface(
    input: _Array,
    target: _Array,
    weights: _Array,
    *,
    s: float = 64.0,
    m: float = 0.5,
    weight: _Array | None = None,
    class_weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_index: SupportsIndex = -100,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def cosface(
    input: _Array,
    target: _Array,
    weights: _Array,
    *,
    s: float = 64.0,
    m: float = 0.35,
    weight: _Array | None = None,
    class_weight: _Array | None = None,
    reduction: _Reduced = "mean",
    ignore_index: SupportsIndex = -100,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def cosface(
    input: _Array,
    target: _Array,
    weights: _Array,
    *,
    s: float = 64.0,
    m: float = 0.35,
    weight: _Array | None = None,
    class_weight: _Array | None = None,
    reduction: Literal["none"],
    ignore_index: SupportsIndex = -100,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def dice(
    input: _Array,
    target: _Array,
    *,
    smooth: float = 1.0,
    power: float = 1.0,
    logits: bool = False,
    weight: _Array | None = None,
    mask: _Array | None = None,
    reduction: _Reduced = "mean",
    grouping: Literal["sample", "batch", "class", "sample_class", "row"] = "sample",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def dice(
    input: _Array,
    target: _Array,
    *,
    smooth: float = 1.0,
    power: float = 1.0,
    logits: bool = False,
    weight: _Array | None = None,
    mask: _Array | None = None,
    reduction: Literal["none"],
    grouping: Literal["sample", "batch", "class", "sample_class", "row"] = "sample",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def tversky(
    input: _Array,
    target: _Array,
    *,
    alpha: float = 0.5,
    beta: float = 0.5,
    smooth: float = 1.0,
    logits: bool = False,
    weight: _Array | None = None,
    mask: _Array | None = None,
    reduction: _Reduced = "mean",
    grouping: Literal["sample", "batch", "class", "sample_class", "row"] = "sample",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def tversky(
    input: _Array,
    target: _Array,
    *,
    alpha: float = 0.5,
    beta: float = 0.5,
    smooth: float = 1.0,
    logits: bool = False,
    weight: _Array | None = None,
    mask: _Array | None = None,
    reduction: Literal["none"],
    grouping: Literal["sample", "batch", "class", "sample_class", "row"] = "sample",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def focal_tversky(
    input: _Array,
    target: _Array,
    *,
    alpha: float = 0.5,
    beta: float = 0.5,
    gamma: float = 1.3333333333333333,
    smooth: float = 1.0,
    logits: bool = False,
    weight: _Array | None = None,
    mask: _Array | None = None,
    reduction: _Reduced = "mean",
    grouping: Literal["sample", "batch", "class", "sample_class", "row"] = "sample",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def focal_tversky(
    input: _Array,
    target: _Array,
    *,
    alpha: float = 0.5,
    beta: float = 0.5,
    gamma: float = 1.3333333333333333,
    smooth: float = 1.0,
    logits: bool = False,
    weight: _Array | None = None,
    mask: _Array | None = None,
    reduction: Literal["none"],
    grouping: Literal["sample", "batch", "class", "sample_class", "row"] = "sample",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def jaccard(
    input: _Array,
    target: _Array,
    *,
    smooth: float = 1.0,
    logits: bool = False,
    weight: _Array | None = None,
    mask: _Array | None = None,
    reduction: _Reduced = "mean",
    grouping: Literal["sample", "batch", "class", "sample_class", "row"] = "sample",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def jaccard(
    input: _Array,
    target: _Array,
    *,
    smooth: float = 1.0,
    logits: bool = False,
    weight: _Array | None = None,
    mask: _Array | None = None,
    reduction: Literal["none"],
    grouping: Literal["sample", "batch", "class", "sample_class", "row"] = "sample",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def lovasz_hinge(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    mask: _Array | None = None,
    reduction: _Reduced = "mean",
    grouping: Literal["sample", "batch", "class", "sample_class", "row"] = "sample",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def lovasz_hinge(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    mask: _Array | None = None,
    reduction: Literal["none"],
    grouping: Literal["sample", "batch", "class", "sample_class", "row"] = "sample",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def l1_norm(
    input: _Array,
    target: _Array | None = None,
    *,
    weight: _Array | None = None,
    mask: _Array | None = None,
    reduction: _Reduced = "mean",
    grouping: Literal["sample", "batch", "class", "sample_class", "row"] = "sample",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def l1_norm(
    input: _Array,
    target: _Array | None = None,
    *,
    weight: _Array | None = None,
    mask: _Array | None = None,
    reduction: Literal["none"],
    grouping: Literal["sample", "batch", "class", "sample_class", "row"] = "sample",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def l2_norm(
    input: _Array,
    target: _Array | None = None,
    *,
    weight: _Array | None = None,
    mask: _Array | None = None,
    reduction: _Reduced = "mean",
    grouping: Literal["sample", "batch", "class", "sample_class", "row"] = "sample",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def l2_norm(
    input: _Array,
    target: _Array | None = None,
    *,
    weight: _Array | None = None,
    mask: _Array | None = None,
    reduction: Literal["none"],
    grouping: Literal["sample", "batch", "class", "sample_class", "row"] = "sample",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def center(
    input: _Array,
    target: _Array,
    centers: _Array,
    *,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    empty_is_nan: bool = False,
) -> float: ...
@overload
def center(
    input: _Array,
    target: _Array,
    centers: _Array,
    *,
    weight: _Array | None = None,
    reduction: Literal["none"],
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def contrastive(
    input: _Array,
    target: _Array,
    other: _Array,
    *,
    margin: float = 1.0,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    empty_is_nan: bool = False,
) -> float: ...
@overload
def contrastive(
    input: _Array,
    target: _Array,
    other: _Array,
    *,
    margin: float = 1.0,
    weight: _Array | None = None,
    reduction: Literal["none"],
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def triplet_margin(
    input: _Array,
    other: _Array,
    negative: _Array,
    *,
    margin: float = 1.0,
    p: float | Literal["inf"] = 2.0,
    swap: bool = False,
    epsilon: float = 1e-06,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    empty_is_nan: bool = False,
) -> float: ...
@overload
def triplet_margin(
    input: _Array,
    other: _Array,
    negative: _Array,
    *,
    margin: float = 1.0,
    p: float | Literal["inf"] = 2.0,
    swap: bool = False,
    epsilon: float = 1e-06,
    weight: _Array | None = None,
    reduction: Literal["none"],
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def info_nce(
    input: _Array,
    other: _Array,
    *,
    temperature: float = 0.1,
    symmetric: bool = False,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    empty_is_nan: bool = False,
) -> float: ...
@overload
def info_nce(
    input: _Array,
    other: _Array,
    *,
    temperature: float = 0.1,
    symmetric: bool = False,
    weight: _Array | None = None,
    reduction: Literal["none"],
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def supervised_contrastive(
    input: _Array,
    target: _Array,
    *,
    temperature: float = 0.1,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    empty_is_nan: bool = False,
) -> float: ...
@overload
def supervised_contrastive(
    input: _Array,
    target: _Array,
    *,
    temperature: float = 0.1,
    weight: _Array | None = None,
    reduction: Literal["none"],
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def cosine_embedding(
    input: _Array,
    target: _Array,
    other: _Array,
    *,
    margin: float = 0.0,
    weight: _Array | None = None,
    reduction: _Reduced = "mean",
    empty_is_nan: bool = False,
) -> float: ...
@overload
def cosine_embedding(
    input: _Array,
    target: _Array,
    other: _Array,
    *,
    margin: float = 0.0,
    weight: _Array | None = None,
    reduction: Literal["none"],
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def ctc(
    input: _Array,
    target: _Array,
    *,
    blank: float | Literal["last"] = 0.0,
    logits: bool = True,
    zero_infinity: bool = False,
    torch_gradient: bool = False,
    weight: _Array | None = None,
    input_lengths: _Array | None = None,
    target_lengths: _Array | None = None,
    reduction: _ReducedSequence = "mean",
    batch_first: bool = False,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def ctc(
    input: _Array,
    target: _Array,
    *,
    blank: float | Literal["last"] = 0.0,
    logits: bool = True,
    zero_infinity: bool = False,
    torch_gradient: bool = False,
    weight: _Array | None = None,
    input_lengths: _Array | None = None,
    target_lengths: _Array | None = None,
    reduction: Literal["none"],
    batch_first: bool = False,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def soft_edit_distance(
    input: _Array,
    target: _Array,
    *,
    gamma: float = 1.0,
    logits: bool = False,
    weight: _Array | None = None,
    input_lengths: _Array | None = None,
    target_lengths: _Array | None = None,
    reduction: _ReducedSequence = "mean",
    batch_first: bool = False,
    empty_is_nan: bool = False,
) -> float: ...
@overload
def soft_edit_distance(
    input: _Array,
    target: _Array,
    *,
    gamma: float = 1.0,
    logits: bool = False,
    weight: _Array | None = None,
    input_lengths: _Array | None = None,
    target_lengths: _Array | None = None,
    reduction: Literal["none"],
    batch_first: bool = False,
    empty_is_nan: bool = False,
) -> _Values: ...
@overload
def expected_edit_distance(
    input: _Array,
    target: _Array,
    hypotheses: _Array,
    *,
    normalize: bool = False,
    weight: _Array | None = None,
    target_lengths: _Array | None = None,
    hypothesis_lengths: _Array | None = None,
    reduction: _ReducedSequence = "mean",
    empty_is_nan: bool = False,
) -> float: ...
@overload
def expected_edit_distance(
    input: _Array,
    target: _Array,
    hypotheses: _Array,
    *,
    normalize: bool = False,
    weight: _Array | None = None,
    target_lengths: _Array | None = None,
    hypothesis_lengths: _Array | None = None,
    reduction: Literal["none"],
    empty_is_nan: bool = False,
) -> _Values: ...
