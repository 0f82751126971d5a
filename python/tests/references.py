"""What every loss is, written a second time from its formula, in PyTorch and in double precision.

REFERENCES[name](**arguments) takes float64 tensors (labels int64), under the names that losskit's
function takes, and returns the loss of each unit. PyTorch differentiates it.
"""

from __future__ import annotations

import itertools
import math

import torch
import torch.nn.functional as F

REFERENCES = {}


def reference(function):
    REFERENCES[function.__name__] = function
    return function


def margin(name, formula):
    REFERENCES[name] = lambda input, target, **p: formula(input * target, **p)


def residual(name, formula):
    REFERENCES[name] = lambda input, target, **p: formula(input - target, **p)


# ---- margins ------------------------------------------------------------------------------------
margin("zero_one", lambda m: (m < 0).double() + 0 * m)
margin("logistic", lambda m, base2=False: F.softplus(-m) / (math.log(2) if base2 else 1))
margin("hinge", lambda m: (1 - m).clamp(min=0))
margin("squared_hinge", lambda m: (1 - m).clamp(min=0) ** 2)
margin("modified_huber", lambda m: torch.where(m >= -1, (1 - m).clamp(min=0) ** 2, -4 * m))
margin("ramp", lambda m, s=-0.5: (1 - m).clamp(0, 1 - s))
margin("exponential", lambda m: torch.exp(-m))
margin("perceptron", lambda m: (-m).clamp(min=0))


# ---- residuals ----------------------------------------------------------------------------------
residual("squared_error", lambda r, half=False: r**2 * (0.5 if half else 1))
residual("absolute_error", torch.abs)
residual("log_cosh", lambda r: torch.log(torch.cosh(r)))
residual("quantile", lambda r, q=0.5: torch.maximum((1 - q) * r, -q * r))
residual("expectile", lambda r, tau=0.5: torch.where(r > 0, (1 - tau) * r**2, tau * r**2))
residual("epsilon_insensitive", lambda r, epsilon=0.1: (r.abs() - epsilon).clamp(min=0))
residual("pseudo_huber", lambda r, delta=1.0: delta**2 * (torch.sqrt(1 + (r / delta) ** 2) - 1))
residual("charbonnier", lambda r, epsilon=0.001: torch.sqrt(r**2 + epsilon**2))
residual("cauchy", lambda r, c=2.3849: c**2 / 2 * torch.log1p((r / c) ** 2))
residual("welsch", lambda r, c=2.9846: c**2 / 2 * -torch.expm1(-((r / c) ** 2)))
residual("geman_mcclure", lambda r: r**2 / 2 / (1 + r**2))


@reference
def huber(input, target, delta=1.0):
    return F.huber_loss(input, target, reduction="none", delta=delta)


@reference
def smooth_l1(input, target, beta=1.0):
    return F.smooth_l1_loss(input, target, reduction="none", beta=beta)


@reference
def tukey_biweight(input, target, c=4.6851, scale=1.0):
    u = ((input - target) / (c * scale)) ** 2
    return c**2 / 6 * (1 - (1 - u).clamp(min=0) ** 3)


@reference
def barron(input, target, alpha=1.0, c=1.0):
    u = ((input - target) / c) ** 2
    if alpha == 2:
        return u / 2
    if alpha == 0:
        return torch.log1p(u / 2)
    b = abs(alpha - 2)
    return b / alpha * ((u / b + 1) ** (alpha / 2) - 1)


@reference
def squared_log_error(input, target):
    return (torch.log1p(input) - torch.log1p(target)) ** 2


@reference
def poisson(input, target, full=False):
    return F.poisson_nll_loss(input, target, full=full, reduction="none")


@reference
def gaussian_nll(input, target, variance, epsilon=1e-6, full=False):
    return F.gaussian_nll_loss(input, target, variance, full=full, eps=epsilon, reduction="none")


@reference
def gamma(input, target):
    return input + target * torch.exp(-input)


@reference
def tweedie(input, target, power=1.5):
    p = power
    return target * torch.exp((1 - p) * input) / (p - 1) + torch.exp((2 - p) * input) / (2 - p)


# ---- two classes --------------------------------------------------------------------------------
@reference
def sigmoid_cross_entropy(input, target, pos_weight=1.0, label_smoothing=0.0):
    target = target * (1 - label_smoothing) + label_smoothing / 2
    return F.binary_cross_entropy_with_logits(
        input, target, reduction="none", pos_weight=torch.as_tensor(pos_weight)
    )


@reference
def binary_cross_entropy(input, target):
    return -target * torch.log(input) - (1 - target) * torch.log1p(-input)


@reference
def balanced_sigmoid_cross_entropy(input, target, beta=None):
    if beta is None:  # of each sample: here a row, or a vector
        beta = 1 - target.reshape(-1 if target.ndim > 1 else 1, target.shape[-1]).mean(1, True)
        beta = 1 - target.mean(-1, keepdim=True)
    return beta * target * F.softplus(-input) + (1 - beta) * (1 - target) * F.softplus(input)


@reference
def sigmoid_focal(input, target, gamma=2.0, alpha=0.25):
    p = torch.sigmoid(input)
    p_t = p * target + (1 - p) * (1 - target)
    alpha_t = alpha * target + (1 - alpha) * (1 - target)
    ce = F.binary_cross_entropy_with_logits(input, target, reduction="none")
    return alpha_t * (1 - p_t) ** gamma * ce


# ---- rows of scores -----------------------------------------------------------------------------
def at_label(rows, target):
    return rows.gather(1, target[:, None])[:, 0]


@reference
def softmax(input):
    return torch.softmax(input, 1)


@reference
def log_softmax(input):
    return torch.log_softmax(input, 1)


@reference
def softmax_cross_entropy(input, target, label_smoothing=0.0, z_loss=0.0, softcap=0.0):
    if softcap:
        input = softcap * torch.tanh(input / softcap)
    value = F.cross_entropy(input, target, reduction="none", label_smoothing=label_smoothing)
    return value + z_loss * torch.logsumexp(input, 1) ** 2


@reference
def nll(input, target):
    return F.nll_loss(input, target, reduction="none")


@reference
def softmax_focal(input, target, gamma=2.0, alpha=1.0):
    log_p = at_label(torch.log_softmax(input, 1), target)
    return -alpha * (1 - log_p.exp()) ** gamma * log_p


def _log_probabilities(input, target, logits, log_target):
    return (torch.log_softmax(input, 1) if logits else input), (
        target if log_target else torch.log(target)
    )


@reference
def kl_divergence(input, target, logits=False, log_target=False):
    log_q, log_t = _log_probabilities(input, target, logits, log_target)
    return (log_t.exp() * (log_t - log_q)).sum(1)


@reference
def js_divergence(input, target, logits=False, log_target=False):
    log_q, log_t = _log_probabilities(input, target, logits, log_target)
    t, q = log_t.exp(), log_q.exp()
    log_m = torch.log((t + q) / 2)
    return (t * (log_t - log_m) + q * (log_q - log_m)).sum(1) / 2


@reference
def multiclass_hinge(input, target, kind="weston_watkins", margin=1.0, power=1.0, average=False):
    label = F.one_hot(target, input.shape[1]).bool()
    if kind == "one_vs_all":
        terms = (margin - torch.where(label, input, -input)).clamp(min=0) ** power
    else:
        gap = input - at_label(input, target)[:, None] + margin
        terms = gap.clamp(min=0).masked_fill(label, 0.0) ** power
    if kind == "crammer_singer":
        return terms.max(1).values
    return terms.sum(1) / (input.shape[1] if average else 1)


@reference
def symmetric_cross_entropy(input, target, alpha=0.1, beta=1.0, log_zero=-4.0):
    log_p = at_label(torch.log_softmax(input, 1), target)
    return -alpha * log_p - beta * log_zero * (1 - log_p.exp())


@reference
def generalized_cross_entropy(input, target, q=0.7):
    return (1 - at_label(torch.softmax(input, 1), target) ** q) / q


@reference
def poly1(input, target, epsilon=1.0):
    log_p = at_label(torch.log_softmax(input, 1), target)
    return -log_p + epsilon * (1 - log_p.exp())


# ---- rows under a linear layer ------------------------------------------------------------------
@reference
def linear_cross_entropy(input, target, weights, bias=None, **p):
    return softmax_cross_entropy(F.linear(input, weights, bias), target, **p)


def _with_label_score(scores, target, label_score):
    label = F.one_hot(target, scores.shape[1]).bool()
    return F.cross_entropy(
        torch.where(label, label_score[:, None], scores), target, reduction="none"
    )


@reference
def large_margin_softmax(input, target, weights, m=4.0, lambda_=5.0):
    scores = input @ weights.T
    plain = at_label(scores, target)
    size = input.norm(dim=1) * weights.norm(dim=1)[target]
    angle = torch.acos(plain / size)
    k = torch.floor(angle.detach() * m / math.pi)
    psi = (-1.0) ** k * torch.cos(m * angle) - 2 * k
    return _with_label_score(scores, target, (lambda_ * plain + size * psi) / (1 + lambda_))


def _cosines(a, b):
    return F.normalize(a, dim=1) @ F.normalize(b, dim=1).T


@reference
def arcface(input, target, weights, s=64.0, m=0.5):
    cosines = _cosines(input, weights)
    angle = torch.acos(at_label(cosines, target))
    past = torch.cos(angle) - m * math.sin(m)
    return _with_label_score(
        s * cosines, target, s * torch.where(angle + m > math.pi, past, torch.cos(angle + m))
    )


@reference
def cosface(input, target, weights, s=64.0, m=0.35):
    cosines = _cosines(input, weights)
    return _with_label_score(s * cosines, target, s * (at_label(cosines, target) - m))


# ---- regions: a group is a sample ---------------------------------------------------------------
def _sums(input, target, logits):
    p = (torch.sigmoid(input) if logits else input).flatten(1)
    return p, target.flatten(1)


@reference
def dice(input, target, smooth=1.0, power=1.0, logits=False):
    p, g = _sums(input, target, logits)
    overlap = (p * g).sum(1)
    return 1 - (2 * overlap + smooth) / ((p**power).sum(1) + (g**power).sum(1) + smooth)


@reference
def tversky(input, target, alpha=0.5, beta=0.5, smooth=1.0, logits=False):
    p, g = _sums(input, target, logits)
    overlap = (p * g).sum(1)
    false = alpha * (p * (1 - g)).sum(1) + beta * ((1 - p) * g).sum(1)
    return 1 - (overlap + smooth) / (overlap + false + smooth)


@reference
def focal_tversky(input, target, gamma=4 / 3, **p):
    return tversky(input, target, **p) ** gamma


@reference
def jaccard(input, target, smooth=1.0, logits=False):
    return tversky(input, target, 1.0, 1.0, smooth, logits)


@reference
def lovasz_hinge(input, target):
    values = []
    for x, g in zip(input.flatten(1), target.flatten(1)):
        errors, order = torch.sort(1 - x * (2 * g - 1), descending=True)
        g = g[order]
        jaccards = 1 - (g.sum() - g.cumsum(0)) / (g.sum() + (1 - g).cumsum(0))
        steps = torch.diff(jaccards, prepend=torch.zeros(1, dtype=jaccards.dtype))
        values.append((errors.clamp(min=0) * steps).sum())
    return torch.stack(values)


@reference
def l1_norm(input, target=0.0):
    return (input - target).abs().flatten(1).sum(1)


@reference
def l2_norm(input, target=0.0):
    return (input - target).flatten(1).norm(dim=1)


# ---- features -----------------------------------------------------------------------------------
@reference
def center(input, target, centers):
    return ((input - centers[target]) ** 2).sum(1) / 2


@reference
def contrastive(input, target, other, margin=1.0):
    d = (input - other).norm(dim=1)
    return (target * d**2 + (1 - target) * (margin - d).clamp(min=0) ** 2) / 2


@reference
def triplet_margin(input, other, negative, margin=1.0, p=2.0, swap=False, epsilon=1e-6):
    return F.triplet_margin_loss(
        input, other, negative, margin, p=p, eps=epsilon, swap=swap, reduction="none"
    )


@reference
def info_nce(input, other, temperature=0.1, symmetric=False):
    scores = _cosines(input, other) / temperature
    own = torch.arange(len(input))
    forward = F.cross_entropy(scores, own, reduction="none")
    if not symmetric:
        return forward
    return (forward + F.cross_entropy(scores.T, own, reduction="none")) / 2


@reference
def supervised_contrastive(input, target, temperature=0.1):
    scores = _cosines(input, input) / temperature
    own = torch.eye(len(input), dtype=torch.bool)
    log_p = scores - torch.logsumexp(scores.masked_fill(own, -math.inf), 1, keepdim=True)
    positive = (target[:, None] == target[None, :]) & ~own
    return -(log_p * positive).sum(1) / positive.sum(1)


@reference
def cosine_embedding(input, target, other, margin=0.0):
    return F.cosine_embedding_loss(input, other, target, margin=margin, reduction="none")


# ---- sequences ----------------------------------------------------------------------------------
@reference
def ctc(input, target, logits=True, input_lengths=None, target_lengths=None):
    frames, sequences, _ = input.shape
    if input_lengths is None:
        input_lengths = torch.full((sequences,), frames)
    if target_lengths is None:
        target_lengths = torch.full((sequences,), target.shape[1])
    log_p = torch.log_softmax(input, 2) if logits else input
    return F.ctc_loss(log_p, target, input_lengths, target_lengths, reduction="none")


@reference
def soft_edit_distance(input, target, gamma=1.0, logits=False):
    p = torch.softmax(input, 2) if logits else input

    def softmin(*terms):
        return -gamma * torch.logsumexp(-torch.stack(terms) / gamma, 0)

    values = []
    for n, labels in enumerate(target):
        row = [torch.tensor(float(j), dtype=p.dtype) for j in range(len(labels) + 1)]
        for i in range(len(p)):
            new = [torch.tensor(i + 1.0, dtype=p.dtype)]
            for j, label in enumerate(labels):
                new.append(softmin(row[j + 1] + 1, new[j] + 1, row[j] + 1 - p[i, n, label]))
            row = new
        values.append(row[-1])
    return torch.stack(values)


def edit_distance(a, b) -> int:
    row = list(range(len(b) + 1))
    for i, x in enumerate(a):
        diagonal, row[0] = row[0], i + 1
        for j, y in enumerate(b):
            diagonal, row[j + 1] = row[j + 1], min(
                row[j + 1] + 1, row[j] + 1, diagonal + (x != y)
            )
    return row[-1]


@reference
def expected_edit_distance(input, target, hypotheses, normalize=False):
    distances = torch.tensor(
        [
            [edit_distance(h, t) / (len(t) if normalize else 1) for h in candidates]
            for candidates, t in zip(hypotheses.tolist(), target.tolist())
        ],
        dtype=input.dtype,
    )
    return (torch.softmax(input, 1) * distances).sum(1)


def product(**choices):
    """Every combination of keyword arguments."""
    for values in itertools.product(*choices.values()):
        yield dict(zip(choices, values))
