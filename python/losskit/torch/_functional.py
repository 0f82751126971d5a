"""The losses that torch.nn.functional has, with its names, arguments and semantics.

What each of them is in the catalogue:

    mse_loss                            squared_error
    l1_loss                             absolute_error
    smooth_l1_loss                      smooth_l1
    huber_loss                          huber
    poisson_nll_loss                    poisson, of the logarithm of the input if need be
    gaussian_nll_loss                   gaussian_nll
    soft_margin_loss                    logistic
    binary_cross_entropy                binary_cross_entropy
    binary_cross_entropy_with_logits    sigmoid_cross_entropy
    multilabel_soft_margin_loss         sigmoid_cross_entropy, averaged over the classes
    cross_entropy                       softmax_cross_entropy
    nll_loss                            nll
    linear_cross_entropy                linear_cross_entropy
    multi_margin_loss                   multiclass_hinge, Weston and Watkins, averaged
    kl_div                              kl_divergence
    softmax, log_softmax                the same
    triplet_margin_loss                 triplet_margin
    cosine_embedding_loss               cosine_embedding
    ctc_loss                            ctc of log-probabilities, with PyTorch's gradient

The mean over nothing is NaN here, as in PyTorch; the catalogue's own functions say 0.
"""

from __future__ import annotations

from ._classes import (
    cross_entropy,
    kl_div,
    linear_cross_entropy,
    log_softmax,
    multi_margin_loss,
    nll_loss,
    softmax,
)
from ._elements import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    gaussian_nll_loss,
    huber_loss,
    l1_loss,
    mse_loss,
    multilabel_soft_margin_loss,
    poisson_nll_loss,
    smooth_l1_loss,
    soft_margin_loss,
)
from ._vectors import (
    cosine_embedding_loss,
    ctc_loss,
    triplet_margin_loss,
)

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cosine_embedding_loss",
    "cross_entropy",
    "ctc_loss",
    "gaussian_nll_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "linear_cross_entropy",
    "log_softmax",
    "mse_loss",
    "multi_margin_loss",
    "multilabel_soft_margin_loss",
    "nll_loss",
    "poisson_nll_loss",
    "smooth_l1_loss",
    "soft_margin_loss",
    "softmax",
    "triplet_margin_loss",
]
