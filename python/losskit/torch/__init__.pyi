# Written by scripts/python_stubs.py.
from collections.abc import Sequence
from typing import Any, Literal, SupportsIndex, TypeAlias

import torch
from torch import Tensor as _Values
from torch import Tensor as _Array
from torch import nn

_Lengths: TypeAlias = _Array | Sequence[int] | int
_Reduced: TypeAlias = Literal["mean", "sum", "batch_mean", "batchmean", "weighted_mean"]
_ReducedSequence: TypeAlias = _Reduced | Literal["length_mean"]

def center_step(input: _Array, target: _Array, centers: _Array) -> _Values: ...
def zero_one(
    input: _Array,
    target: _Array,
    *,
    tolerance: float | Literal["sign"] = "sign",
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    labels: Literal["signed", "01"] = "signed",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def logistic(
    input: _Array,
    target: _Array,
    *,
    base2: bool = False,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    labels: Literal["signed", "01"] = "signed",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def hinge(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    labels: Literal["signed", "01"] = "signed",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def squared_hinge(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    labels: Literal["signed", "01"] = "signed",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def modified_huber(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    labels: Literal["signed", "01"] = "signed",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def ramp(
    input: _Array,
    target: _Array,
    *,
    s: float = -0.5,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    labels: Literal["signed", "01"] = "signed",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def exponential(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    labels: Literal["signed", "01"] = "signed",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def perceptron(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    labels: Literal["signed", "01"] = "signed",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def squared_error(
    input: _Array,
    target: _Array,
    *,
    half: bool = False,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def absolute_error(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def huber(
    input: _Array,
    target: _Array,
    *,
    delta: float = 1.0,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def smooth_l1(
    input: _Array,
    target: _Array,
    *,
    beta: float | Literal["absolute"] = 1.0,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def log_cosh(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def tukey_biweight(
    input: _Array,
    target: _Array,
    *,
    c: float = 4.6851,
    scale: float | Literal["mad", "mad_per_row"] | _Array = 1.0,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def quantile(
    input: _Array,
    target: _Array,
    *,
    q: float = 0.5,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def expectile(
    input: _Array,
    target: _Array,
    *,
    tau: float = 0.5,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def epsilon_insensitive(
    input: _Array,
    target: _Array,
    *,
    epsilon: float = 0.1,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def squared_log_error(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def pseudo_huber(
    input: _Array,
    target: _Array,
    *,
    delta: float = 1.0,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def charbonnier(
    input: _Array,
    target: _Array,
    *,
    epsilon: float = 0.001,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def cauchy(
    input: _Array,
    target: _Array,
    *,
    c: float = 2.3849,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def welsch(
    input: _Array,
    target: _Array,
    *,
    c: float = 2.9846,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def geman_mcclure(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def barron(
    input: _Array,
    target: _Array,
    *,
    alpha: float = 1.0,
    c: float = 1.0,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def poisson(
    input: _Array,
    target: _Array,
    *,
    full: bool = False,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def gaussian_nll(
    input: _Array,
    target: _Array,
    variance: _Array,
    *,
    epsilon: float = 1e-06,
    full: bool = False,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def gamma(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def tweedie(
    input: _Array,
    target: _Array,
    *,
    power: float = 1.5,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def sigmoid_cross_entropy(
    input: _Array,
    target: _Array,
    *,
    pos_weight: float | _Array = 1.0,
    label_smoothing: float = 0.0,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def balanced_sigmoid_cross_entropy(
    input: _Array,
    target: _Array,
    *,
    beta: float | Literal["auto"] | _Array = "auto",
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def sigmoid_focal(
    input: _Array,
    target: _Array,
    *,
    gamma: float = 2.0,
    alpha: float | Literal["none"] = 0.25,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
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
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_index: SupportsIndex = -100,
    class_axis: SupportsIndex = 1,
    empty_is_nan: bool = False,
) -> _Values: ...
def nll(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    class_weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_index: SupportsIndex = -100,
    class_axis: SupportsIndex = 1,
    empty_is_nan: bool = False,
) -> _Values: ...
def softmax_focal(
    input: _Array,
    target: _Array,
    *,
    gamma: float = 2.0,
    alpha: float = 1.0,
    weight: _Array | None = None,
    class_weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_index: SupportsIndex = -100,
    class_axis: SupportsIndex = 1,
    empty_is_nan: bool = False,
) -> _Values: ...
def kl_divergence(
    input: _Array,
    target: _Array,
    *,
    logits: bool = False,
    log_target: bool = False,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_index: SupportsIndex = -100,
    class_axis: SupportsIndex = 1,
    empty_is_nan: bool = False,
) -> _Values: ...
def js_divergence(
    input: _Array,
    target: _Array,
    *,
    logits: bool = False,
    log_target: bool = False,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_index: SupportsIndex = -100,
    class_axis: SupportsIndex = 1,
    empty_is_nan: bool = False,
) -> _Values: ...
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
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_index: SupportsIndex = -100,
    class_axis: SupportsIndex = 1,
    empty_is_nan: bool = False,
) -> _Values: ...
def symmetric_cross_entropy(
    input: _Array,
    target: _Array,
    *,
    alpha: float = 0.1,
    beta: float = 1.0,
    log_zero: float = -4.0,
    weight: _Array | None = None,
    class_weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_index: SupportsIndex = -100,
    class_axis: SupportsIndex = 1,
    empty_is_nan: bool = False,
) -> _Values: ...
def generalized_cross_entropy(
    input: _Array,
    target: _Array,
    *,
    q: float = 0.7,
    weight: _Array | None = None,
    class_weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_index: SupportsIndex = -100,
    class_axis: SupportsIndex = 1,
    empty_is_nan: bool = False,
) -> _Values: ...
def poly1(
    input: _Array,
    target: _Array,
    *,
    epsilon: float = 1.0,
    weight: _Array | None = None,
    class_weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_index: SupportsIndex = -100,
    class_axis: SupportsIndex = 1,
    empty_is_nan: bool = False,
) -> _Values: ...
def large_margin_softmax(
    input: _Array,
    target: _Array,
    weights: _Array,
    *,
    m: float = 4.0,
    lambda_: float = 5.0,
    weight: _Array | None = None,
    class_weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_index: SupportsIndex = -100,
    empty_is_nan: bool = False,
) -> _Values: ...
def arcface(
    input: _Array,
    target: _Array,
    weights: _Array,
    *,
    s: float = 64.0,
    m: float = 0.5,
    weight: _Array | None = None,
    class_weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_index: SupportsIndex = -100,
    empty_is_nan: bool = False,
) -> _Values: ...
def cosface(
    input: _Array,
    target: _Array,
    weights: _Array,
    *,
    s: float = 64.0,
    m: float = 0.35,
    weight: _Array | None = None,
    class_weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    ignore_index: SupportsIndex = -100,
    empty_is_nan: bool = False,
) -> _Values: ...
def dice(
    input: _Array,
    target: _Array,
    *,
    smooth: float = 1.0,
    power: float = 1.0,
    logits: bool = False,
    weight: _Array | None = None,
    mask: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    grouping: Literal["sample", "batch", "class", "sample_class", "row"] = "sample",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
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
    reduction: _Reduced | Literal["none"] = "mean",
    grouping: Literal["sample", "batch", "class", "sample_class", "row"] = "sample",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
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
    reduction: _Reduced | Literal["none"] = "mean",
    grouping: Literal["sample", "batch", "class", "sample_class", "row"] = "sample",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def jaccard(
    input: _Array,
    target: _Array,
    *,
    smooth: float = 1.0,
    logits: bool = False,
    weight: _Array | None = None,
    mask: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    grouping: Literal["sample", "batch", "class", "sample_class", "row"] = "sample",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def lovasz_hinge(
    input: _Array,
    target: _Array,
    *,
    weight: _Array | None = None,
    mask: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    grouping: Literal["sample", "batch", "class", "sample_class", "row"] = "sample",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def l1_norm(
    input: _Array,
    target: _Array | None = None,
    *,
    weight: _Array | None = None,
    mask: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    grouping: Literal["sample", "batch", "class", "sample_class", "row"] = "sample",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def l2_norm(
    input: _Array,
    target: _Array | None = None,
    *,
    weight: _Array | None = None,
    mask: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    grouping: Literal["sample", "batch", "class", "sample_class", "row"] = "sample",
    ignore_target: float | None = None,
    empty_is_nan: bool = False,
) -> _Values: ...
def center(
    input: _Array,
    target: _Array,
    centers: _Array,
    *,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    empty_is_nan: bool = False,
) -> _Values: ...
def contrastive(
    input: _Array,
    target: _Array,
    other: _Array,
    *,
    margin: float = 1.0,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    empty_is_nan: bool = False,
) -> _Values: ...
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
    reduction: _Reduced | Literal["none"] = "mean",
    empty_is_nan: bool = False,
) -> _Values: ...
def info_nce(
    input: _Array,
    other: _Array,
    *,
    temperature: float = 0.1,
    symmetric: bool = False,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    empty_is_nan: bool = False,
) -> _Values: ...
def supervised_contrastive(
    input: _Array,
    target: _Array,
    *,
    temperature: float = 0.1,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    empty_is_nan: bool = False,
) -> _Values: ...
def cosine_embedding(
    input: _Array,
    target: _Array,
    other: _Array,
    *,
    margin: float = 0.0,
    weight: _Array | None = None,
    reduction: _Reduced | Literal["none"] = "mean",
    empty_is_nan: bool = False,
) -> _Values: ...
def ctc(
    input: _Array,
    target: _Array,
    *,
    blank: float | Literal["last"] = 0.0,
    logits: bool = True,
    zero_infinity: bool = False,
    torch_gradient: bool = False,
    weight: _Array | None = None,
    input_lengths: _Lengths | None = None,
    target_lengths: _Lengths | None = None,
    reduction: _ReducedSequence | Literal["none"] = "mean",
    batch_first: bool = False,
    empty_is_nan: bool = False,
) -> _Values: ...
def soft_edit_distance(
    input: _Array,
    target: _Array,
    *,
    gamma: float = 1.0,
    logits: bool = False,
    weight: _Array | None = None,
    input_lengths: _Lengths | None = None,
    target_lengths: _Lengths | None = None,
    reduction: _ReducedSequence | Literal["none"] = "mean",
    batch_first: bool = False,
    empty_is_nan: bool = False,
) -> _Values: ...
def expected_edit_distance(
    input: _Array,
    target: _Array,
    hypotheses: _Array,
    *,
    normalize: bool = False,
    weight: _Array | None = None,
    target_lengths: _Lengths | None = None,
    hypothesis_lengths: _Lengths | None = None,
    reduction: _ReducedSequence | Literal["none"] = "mean",
    empty_is_nan: bool = False,
) -> _Values: ...
def binary_cross_entropy(
    input: _Array,
    target: _Array,
    weight: _Array | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: Literal["mean", "sum", "none"] = "mean",
) -> _Values: ...
def binary_cross_entropy_with_logits(
    input: _Array,
    target: _Array,
    weight: _Array | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: Literal["mean", "sum", "none"] = "mean",
    pos_weight: _Array | None = None,
) -> _Values: ...
def cosine_embedding_loss(
    input1: _Array,
    input2: _Array,
    target: _Array,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: Literal["mean", "sum", "none"] = "mean",
) -> _Values: ...
def cross_entropy(
    input: _Array,
    target: _Array,
    weight: _Array | None = None,
    size_average: bool | None = None,
    ignore_index: int | None = -100,
    reduce: bool | None = None,
    reduction: Literal["mean", "sum", "none"] = "mean",
    label_smoothing: float = 0.0,
) -> _Values: ...
def ctc_loss(
    log_probs: _Array,
    targets: _Array,
    input_lengths: _Lengths,
    target_lengths: _Lengths,
    blank: int = 0,
    reduction: Literal["mean", "sum", "none"] = "mean",
    zero_infinity: bool = False,
) -> _Values: ...
def gaussian_nll_loss(
    input: _Array,
    target: _Array,
    var: _Array | float,
    full: bool = False,
    eps: float = 1e-06,
    reduction: Literal["mean", "sum", "none"] = "mean",
) -> _Values: ...
def huber_loss(
    input: _Array,
    target: _Array,
    reduction: Literal["mean", "sum", "none"] = "mean",
    delta: float = 1.0,
    weight: _Array | None = None,
) -> _Values: ...
def kl_div(
    input: _Array,
    target: _Array,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: Literal["mean", "sum", "none", "batchmean"] = "mean",
    log_target: bool = False,
) -> _Values: ...
def l1_loss(
    input: _Array,
    target: _Array,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: Literal["mean", "sum", "none"] = "mean",
    weight: _Array | None = None,
) -> _Values: ...
def linear_cross_entropy(
    input: _Array,
    linear_weight: _Array,
    target: _Array,
    *,
    linear_bias: _Array | None = None,
    weight: _Array | None = None,
    reduction: Literal["mean", "sum", "none"] = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    options: Any = None,
) -> _Values: ...
def log_softmax(
    input: _Array,
    dim: int | None = None,
    _stacklevel: int = 3,
    dtype: torch.dtype | None = None,
) -> _Values: ...
def mse_loss(
    input: _Array,
    target: _Array,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: Literal["mean", "sum", "none"] = "mean",
    weight: _Array | None = None,
) -> _Values: ...
def multi_margin_loss(
    input: _Array,
    target: _Array,
    p: float = 1,
    margin: float = 1.0,
    weight: _Array | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: Literal["mean", "sum", "none"] = "mean",
) -> _Values: ...
def multilabel_soft_margin_loss(
    input: _Array,
    target: _Array,
    weight: _Array | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: Literal["mean", "sum", "none"] = "mean",
) -> _Values: ...
def nll_loss(
    input: _Array,
    target: _Array,
    weight: _Array | None = None,
    size_average: bool | None = None,
    ignore_index: int | None = -100,
    reduce: bool | None = None,
    reduction: Literal["mean", "sum", "none"] = "mean",
) -> _Values: ...
def poisson_nll_loss(
    input: _Array,
    target: _Array,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-08,
    reduce: bool | None = None,
    reduction: Literal["mean", "sum", "none"] = "mean",
) -> _Values: ...
def smooth_l1_loss(
    input: _Array,
    target: _Array,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: Literal["mean", "sum", "none"] = "mean",
    beta: float = 1.0,
) -> _Values: ...
def soft_margin_loss(
    input: _Array,
    target: _Array,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: Literal["mean", "sum", "none"] = "mean",
) -> _Values: ...
def softmax(
    input: _Array,
    dim: int | None = None,
    _stacklevel: int = 3,
    dtype: torch.dtype | None = None,
) -> _Values: ...
def triplet_margin_loss(
    anchor: _Array,
    positive: _Array,
    negative: _Array,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-06,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: Literal["mean", "sum", "none"] = "mean",
) -> _Values: ...
class L1Loss(nn.L1Loss): ...
class MSELoss(nn.MSELoss): ...
class SmoothL1Loss(nn.SmoothL1Loss): ...
class HuberLoss(nn.HuberLoss): ...
class PoissonNLLLoss(nn.PoissonNLLLoss): ...
class GaussianNLLLoss(nn.GaussianNLLLoss): ...
class SoftMarginLoss(nn.SoftMarginLoss): ...
class BCELoss(nn.BCELoss): ...
class BCEWithLogitsLoss(nn.BCEWithLogitsLoss): ...
class MultiLabelSoftMarginLoss(nn.MultiLabelSoftMarginLoss): ...
class CrossEntropyLoss(nn.CrossEntropyLoss): ...
class NLLLoss(nn.NLLLoss): ...
class MultiMarginLoss(nn.MultiMarginLoss): ...
class KLDivLoss(nn.KLDivLoss): ...
class TripletMarginLoss(nn.TripletMarginLoss): ...
class CosineEmbeddingLoss(nn.CosineEmbeddingLoss): ...
class CTCLoss(nn.CTCLoss): ...
class Softmax(nn.Softmax): ...
class LogSoftmax(nn.LogSoftmax): ...
class LinearCrossEntropyLoss(nn.LinearCrossEntropyLoss): ...
class ZeroOneLoss(nn.Module):
    def __init__(
        self,
        *,
        tolerance: float | Literal["sign"] = "sign",
        reduction: _Reduced | Literal["none"] = "mean",
        labels: Literal["signed", "01"] = "signed",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class LogisticLoss(nn.Module):
    def __init__(
        self,
        *,
        base2: bool = False,
        reduction: _Reduced | Literal["none"] = "mean",
        labels: Literal["signed", "01"] = "signed",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class HingeLoss(nn.Module):
    def __init__(
        self,
        *,
        reduction: _Reduced | Literal["none"] = "mean",
        labels: Literal["signed", "01"] = "signed",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class SquaredHingeLoss(nn.Module):
    def __init__(
        self,
        *,
        reduction: _Reduced | Literal["none"] = "mean",
        labels: Literal["signed", "01"] = "signed",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class ModifiedHuberLoss(nn.Module):
    def __init__(
        self,
        *,
        reduction: _Reduced | Literal["none"] = "mean",
        labels: Literal["signed", "01"] = "signed",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class RampLoss(nn.Module):
    def __init__(
        self,
        *,
        s: float = -0.5,
        reduction: _Reduced | Literal["none"] = "mean",
        labels: Literal["signed", "01"] = "signed",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class ExponentialLoss(nn.Module):
    def __init__(
        self,
        *,
        reduction: _Reduced | Literal["none"] = "mean",
        labels: Literal["signed", "01"] = "signed",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class PerceptronLoss(nn.Module):
    def __init__(
        self,
        *,
        reduction: _Reduced | Literal["none"] = "mean",
        labels: Literal["signed", "01"] = "signed",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class SquaredErrorLoss(nn.Module):
    def __init__(
        self,
        *,
        half: bool = False,
        reduction: _Reduced | Literal["none"] = "mean",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class AbsoluteErrorLoss(nn.Module):
    def __init__(
        self,
        *,
        reduction: _Reduced | Literal["none"] = "mean",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class LogCoshLoss(nn.Module):
    def __init__(
        self,
        *,
        reduction: _Reduced | Literal["none"] = "mean",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class TukeyBiweightLoss(nn.Module):
    def __init__(
        self,
        *,
        c: float = 4.6851,
        scale: float | Literal["mad", "mad_per_row"] | _Array = 1.0,
        reduction: _Reduced | Literal["none"] = "mean",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class QuantileLoss(nn.Module):
    def __init__(
        self,
        *,
        q: float = 0.5,
        reduction: _Reduced | Literal["none"] = "mean",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class ExpectileLoss(nn.Module):
    def __init__(
        self,
        *,
        tau: float = 0.5,
        reduction: _Reduced | Literal["none"] = "mean",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class EpsilonInsensitiveLoss(nn.Module):
    def __init__(
        self,
        *,
        epsilon: float = 0.1,
        reduction: _Reduced | Literal["none"] = "mean",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class SquaredLogErrorLoss(nn.Module):
    def __init__(
        self,
        *,
        reduction: _Reduced | Literal["none"] = "mean",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class PseudoHuberLoss(nn.Module):
    def __init__(
        self,
        *,
        delta: float = 1.0,
        reduction: _Reduced | Literal["none"] = "mean",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class CharbonnierLoss(nn.Module):
    def __init__(
        self,
        *,
        epsilon: float = 0.001,
        reduction: _Reduced | Literal["none"] = "mean",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class CauchyLoss(nn.Module):
    def __init__(
        self,
        *,
        c: float = 2.3849,
        reduction: _Reduced | Literal["none"] = "mean",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class WelschLoss(nn.Module):
    def __init__(
        self,
        *,
        c: float = 2.9846,
        reduction: _Reduced | Literal["none"] = "mean",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class GemanMcclureLoss(nn.Module):
    def __init__(
        self,
        *,
        reduction: _Reduced | Literal["none"] = "mean",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class BarronLoss(nn.Module):
    def __init__(
        self,
        *,
        alpha: float = 1.0,
        c: float = 1.0,
        reduction: _Reduced | Literal["none"] = "mean",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class PoissonLoss(nn.Module):
    def __init__(
        self,
        *,
        full: bool = False,
        reduction: _Reduced | Literal["none"] = "mean",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class GammaLoss(nn.Module):
    def __init__(
        self,
        *,
        reduction: _Reduced | Literal["none"] = "mean",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class TweedieLoss(nn.Module):
    def __init__(
        self,
        *,
        power: float = 1.5,
        reduction: _Reduced | Literal["none"] = "mean",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class SigmoidCrossEntropyLoss(nn.Module):
    def __init__(
        self,
        *,
        pos_weight: float | _Array = 1.0,
        label_smoothing: float = 0.0,
        reduction: _Reduced | Literal["none"] = "mean",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class BinaryCrossEntropyLoss(nn.Module):
    def __init__(
        self,
        *,
        reduction: _Reduced | Literal["none"] = "mean",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class BalancedSigmoidCrossEntropyLoss(nn.Module):
    def __init__(
        self,
        *,
        beta: float | Literal["auto"] | _Array = "auto",
        reduction: _Reduced | Literal["none"] = "mean",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class SigmoidFocalLoss(nn.Module):
    def __init__(
        self,
        *,
        gamma: float = 2.0,
        alpha: float | Literal["none"] = 0.25,
        reduction: _Reduced | Literal["none"] = "mean",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class SoftmaxCrossEntropyLoss(nn.Module):
    def __init__(
        self,
        *,
        label_smoothing: float = 0.0,
        z_loss: float = 0.0,
        softcap: float | Literal["off"] = "off",
        smooth_masked: bool = False,
        class_weight: _Array | None = None,
        reduction: _Reduced | Literal["none"] = "mean",
        ignore_index: SupportsIndex = -100,
        class_axis: SupportsIndex = 1,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class SoftmaxFocalLoss(nn.Module):
    def __init__(
        self,
        *,
        gamma: float = 2.0,
        alpha: float = 1.0,
        class_weight: _Array | None = None,
        reduction: _Reduced | Literal["none"] = "mean",
        ignore_index: SupportsIndex = -100,
        class_axis: SupportsIndex = 1,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class KlDivergenceLoss(nn.Module):
    def __init__(
        self,
        *,
        logits: bool = False,
        log_target: bool = False,
        reduction: _Reduced | Literal["none"] = "mean",
        ignore_index: SupportsIndex = -100,
        class_axis: SupportsIndex = 1,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class JsDivergenceLoss(nn.Module):
    def __init__(
        self,
        *,
        logits: bool = False,
        log_target: bool = False,
        reduction: _Reduced | Literal["none"] = "mean",
        ignore_index: SupportsIndex = -100,
        class_axis: SupportsIndex = 1,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class MulticlassHingeLoss(nn.Module):
    def __init__(
        self,
        *,
        kind: float | Literal["weston_watkins", "crammer_singer", "one_vs_all"] = "weston_watkins",
        margin: float = 1.0,
        power: float = 1.0,
        average: bool = False,
        class_weight: _Array | None = None,
        reduction: _Reduced | Literal["none"] = "mean",
        ignore_index: SupportsIndex = -100,
        class_axis: SupportsIndex = 1,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class SymmetricCrossEntropyLoss(nn.Module):
    def __init__(
        self,
        *,
        alpha: float = 0.1,
        beta: float = 1.0,
        log_zero: float = -4.0,
        class_weight: _Array | None = None,
        reduction: _Reduced | Literal["none"] = "mean",
        ignore_index: SupportsIndex = -100,
        class_axis: SupportsIndex = 1,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class GeneralizedCrossEntropyLoss(nn.Module):
    def __init__(
        self,
        *,
        q: float = 0.7,
        class_weight: _Array | None = None,
        reduction: _Reduced | Literal["none"] = "mean",
        ignore_index: SupportsIndex = -100,
        class_axis: SupportsIndex = 1,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class Poly1Loss(nn.Module):
    def __init__(
        self,
        *,
        epsilon: float = 1.0,
        class_weight: _Array | None = None,
        reduction: _Reduced | Literal["none"] = "mean",
        ignore_index: SupportsIndex = -100,
        class_axis: SupportsIndex = 1,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class LargeMarginSoftmaxLoss(nn.Module):
    def __init__(
        self,
        in_features: int,
        num_classes: int,
        *,
        m: float = 4.0,
        lambda_: float = 5.0,
        class_weight: _Array | None = None,
        reduction: _Reduced | Literal["none"] = "mean",
        ignore_index: SupportsIndex = -100,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class ArcfaceLoss(nn.Module):
    def __init__(
        self,
        in_features: int,
        num_classes: int,
        *,
        s: float = 64.0,
        m: float = 0.5,
        class_weight: _Array | None = None,
        reduction: _Reduced | Literal["none"] = "mean",
        ignore_index: SupportsIndex = -100,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class CosfaceLoss(nn.Module):
    def __init__(
        self,
        in_features: int,
        num_classes: int,
        *,
        s: float = 64.0,
        m: float = 0.35,
        class_weight: _Array | None = None,
        reduction: _Reduced | Literal["none"] = "mean",
        ignore_index: SupportsIndex = -100,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class DiceLoss(nn.Module):
    def __init__(
        self,
        *,
        smooth: float = 1.0,
        power: float = 1.0,
        logits: bool = False,
        reduction: _Reduced | Literal["none"] = "mean",
        grouping: Literal["sample", "batch", "class", "sample_class", "row"] = "sample",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class TverskyLoss(nn.Module):
    def __init__(
        self,
        *,
        alpha: float = 0.5,
        beta: float = 0.5,
        smooth: float = 1.0,
        logits: bool = False,
        reduction: _Reduced | Literal["none"] = "mean",
        grouping: Literal["sample", "batch", "class", "sample_class", "row"] = "sample",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class FocalTverskyLoss(nn.Module):
    def __init__(
        self,
        *,
        alpha: float = 0.5,
        beta: float = 0.5,
        gamma: float = 1.3333333333333333,
        smooth: float = 1.0,
        logits: bool = False,
        reduction: _Reduced | Literal["none"] = "mean",
        grouping: Literal["sample", "batch", "class", "sample_class", "row"] = "sample",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class JaccardLoss(nn.Module):
    def __init__(
        self,
        *,
        smooth: float = 1.0,
        logits: bool = False,
        reduction: _Reduced | Literal["none"] = "mean",
        grouping: Literal["sample", "batch", "class", "sample_class", "row"] = "sample",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class LovaszHingeLoss(nn.Module):
    def __init__(
        self,
        *,
        reduction: _Reduced | Literal["none"] = "mean",
        grouping: Literal["sample", "batch", "class", "sample_class", "row"] = "sample",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class L1NormLoss(nn.Module):
    def __init__(
        self,
        *,
        reduction: _Reduced | Literal["none"] = "mean",
        grouping: Literal["sample", "batch", "class", "sample_class", "row"] = "sample",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class L2NormLoss(nn.Module):
    def __init__(
        self,
        *,
        reduction: _Reduced | Literal["none"] = "mean",
        grouping: Literal["sample", "batch", "class", "sample_class", "row"] = "sample",
        ignore_target: float | None = None,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class CenterLoss(nn.Module):
    def __init__(
        self,
        num_classes: int,
        in_features: int,
        rate: float = 0.5,
        *,
        reduction: _Reduced | Literal["none"] = "mean",
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class ContrastiveLoss(nn.Module):
    def __init__(
        self,
        *,
        margin: float = 1.0,
        reduction: _Reduced | Literal["none"] = "mean",
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class InfoNceLoss(nn.Module):
    def __init__(
        self,
        *,
        temperature: float = 0.1,
        symmetric: bool = False,
        reduction: _Reduced | Literal["none"] = "mean",
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class SupervisedContrastiveLoss(nn.Module):
    def __init__(
        self,
        *,
        temperature: float = 0.1,
        reduction: _Reduced | Literal["none"] = "mean",
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class SoftEditDistanceLoss(nn.Module):
    def __init__(
        self,
        *,
        gamma: float = 1.0,
        logits: bool = False,
        reduction: _ReducedSequence | Literal["none"] = "mean",
        batch_first: bool = False,
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
class ExpectedEditDistanceLoss(nn.Module):
    def __init__(
        self,
        *,
        normalize: bool = False,
        reduction: _ReducedSequence | Literal["none"] = "mean",
        empty_is_nan: bool = False,
    ) -> None: ...
    def forward(self, *tensors: _Array, **more: _Array) -> _Values: ...
