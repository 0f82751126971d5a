"""Single cases: the ends of the number range, masked classes, and where losskit means to differ."""

import numpy as np
import torch
import torch.nn.functional as F

from derivatives import tensor
from vectors import EMPTY_IS_NAN, Case

INF, NAN = float("inf"), float("nan")
X = np.array([[0.5, -1.25, 2.0, 0.125], [-0.75, 1.5, 0.25, -2.5], [3.0, 0.5, -0.5, 1.75]])
LABELS = np.array([2, 0, 3])


def masked(value=-INF):
    x = X.copy()
    x[0, 1] = x[2, 0] = value
    return x


def by_pytorch(name, x, labels=LABELS, smoothing=0.0, masked_param=0.0, result=True):
    """Cross-entropy, reduction none."""
    case = Case("softmax_cross_entropy", (smoothing, 0, 0, masked_param), {"special": name}, "none")
    a = tensor(x).requires_grad_()
    value = F.cross_entropy(a, torch.tensor(labels), reduction="none", label_smoothing=smoothing)
    value.sum().backward()
    case.put("in", "input", x)
    case.put("in", "target", labels, "i64")
    case.put("out", "value", value.detach().numpy())
    case.put("out", "gradient", a.grad.numpy())
    if result:
        case.result = (float(value.detach().sum()), 1, len(labels))
    return case


def smoothing_over_unmasked():
    """(1 - e)(-log p_y) + e / K sum over the K classes that are not masked of -log p."""
    x, smoothing = masked(), 0.1
    case = Case("softmax_cross_entropy", (smoothing, 0, 0, 0), {"special": "smoothing-masked"},
                "sum", reason="PyTorch's loss is inf: losskit smooths over unmasked classes only")
    value, gradient = np.zeros(3), np.zeros((3, 4))
    for row, label in enumerate(LABELS):
        open_classes = np.isfinite(x[row])
        z = x[row][open_classes]
        log_p = z - np.log(np.exp(z).sum())
        target = np.full(z.size, smoothing / z.size)
        target[open_classes[:label].sum()] += 1 - smoothing
        value[row] = -(target * log_p).sum()
        gradient[row, open_classes] = np.exp(log_p) - target
    case.put("in", "input", x)
    case.put("in", "target", LABELS, "i64")
    case.put("out", "value", value)
    case.put("out", "gradient", gradient)
    case.result = (value.sum(), 1, 3)
    return case


def soft_masked():
    x, target = masked(), np.array([[0.25, 0, 0.5, 0.25], [0.1, 0.2, 0.3, 0.4], [0, 0.5, 0, 0.5]])
    case = Case("softmax_cross_entropy", (0, 0, 0, 0), {"special": "soft-masked"}, "mean",
                reason="PyTorch's 0 * -inf is NaN: losskit's masked class with target 0 adds 0")
    z = np.where(np.isfinite(x), x, -1e300)
    log_p = z - np.log(np.exp(z).sum(1, keepdims=True))
    value = -np.where(target > 0, target * log_p, 0).sum(1)
    case.put("in", "input", x)
    case.put("in", "target", target)
    case.put("out", "value", value)
    case.put("out", "gradient", (np.exp(log_p) - target) / 3)
    case.result = (value.mean(), 3, 3)
    return case


def soft_ignore():
    target = np.array([[0.25, 0.25, 0.5, 0], [1, 0, 0, 0], [0, 0, 2.0, 0]])
    case = Case("softmax_cross_entropy", (0, 0, 0, 0), {"special": "soft-ignore"}, "mean",
                ignore_index=2,
                reason="PyTorch refuses ignore_index with soft targets: there are no labels to ignore")
    a = tensor(X).requires_grad_()
    value = F.cross_entropy(a, tensor(target), reduction="none")
    value.mean().backward()
    case.put("in", "input", X)
    case.put("in", "target", target)
    case.put("out", "value", value.detach().numpy())
    case.put("out", "gradient", a.grad.numpy())
    case.result = (float(value.detach().mean()), 3, 3)
    return case


def nothing(name, x, labels, weights, count, flags):
    """A mean whose weights add up to 0."""
    case = Case("softmax_cross_entropy", (0, 0, 0, 0), {"special": name}, "mean", flags=flags,
                reason=None if flags else "PyTorch's mean of nothing is NaN, losskit's 0")
    case.put("in", "input", x)
    case.put("in", "target", labels, "i64")
    if weights is not None:
        case.put("in", "class_weight", weights)
    case.put("out", "value", np.zeros(len(labels)))
    case.put("out", "gradient", np.zeros(x.shape))
    case.result = (NAN if flags else 0.0, 0, count)
    return case


def kl_absent_logarithm():
    x = np.log([[0.25, 0.5, 0.25], [0.125, 0.125, 0.75]])
    log_p = np.log([[0.5, 0.5, 1], [0.25, 0.75, 1]])
    log_p[:, 2] = -INF
    case = Case("kl_divergence", (0, 1), {"special": "kl-log-zero"}, "sum",
                reason="PyTorch's 0 * -inf is NaN: a class of probability 0 adds 0")
    p = np.exp(log_p)
    value = np.where(p > 0, p * (np.where(p > 0, log_p, 0) - x), 0).sum(1)
    case.put("in", "input", x)
    case.put("in", "target", log_p)
    case.put("out", "value", value)
    case.put("out", "gradient", -p)
    case.result = (value.sum(), 1, 2)
    return case


def kl_zero_target():
    """The derivative of p log p - p x by p, which at 0 is 0 by convention."""
    x = np.log([[0.25, 0.5, 0.25], [0.125, 0.125, 0.75]])
    p = np.array([[0.5, 0.5, 0], [0, 0.75, 0.25]])
    case = Case("kl_divergence", (0, 0), {"special": "kl-zero-target"}, "sum",
                reason="PyTorch's gradient of a target of 0 is -inf, losskit's 0")
    logarithm = np.log(np.where(p > 0, p, 1))
    case.put("in", "input", x)
    case.put("in", "target", p)
    case.put("out", "gradient", -p)
    case.put("out", "target_gradient", np.where(p > 0, logarithm - x + 1, 0))
    case.result = ((p * (logarithm - x)).sum(), 1, 2)
    return case


def zero_features():
    """A row of zeros has no direction, but PyTorch adds 1e-12 to the squares of the norms."""
    points = {"input": np.array([[0, 0, 0], [1, -2, 0.5], [0, 0, 0.0]]),
              "other": np.array([[1, 2, -0.5], [0, 0, 0], [0, 0, 0.0]])}
    target = np.array([1, -1, 1])
    case = Case("cosine_embedding", (-0.5,), {"special": "cosine-of-zero"}, "sum",
                reason="PyTorch's 1e-12 is a float: 2e-9 of the gradient of a row of zeros")
    a, b = leaves = [tensor(array).requires_grad_() for array in points.values()]
    squares = [(x * x).sum(1) + 1e-12 for x in leaves]
    cosine = (a * b).sum(1) / (squares[0] * squares[1]).sqrt()
    value = torch.where(torch.tensor(target) == 1, 1 - cosine, (cosine + 0.5).clamp(min=0))
    value.sum().backward()
    theirs = F.cosine_embedding_loss(*leaves, torch.tensor(target), margin=-0.5, reduction="none")
    slopes = torch.autograd.grad(theirs.sum(), leaves)
    assert all(torch.allclose(s, x.grad, rtol=1e-8, atol=0) for s, x in zip(slopes, leaves))
    for (member, array) in points.items():
        case.put("in", member, array)
    case.put("in", "target", target, "i64")
    case.put("out", "value", value.detach().numpy())
    case.put("out", "gradient", leaves[0].grad.numpy())
    case.put("out", "other_gradient", leaves[1].grad.numpy())
    case.result = (float(value.detach().sum()), 1, 3)
    return case


def equal_features(p, swap):
    """Triplets of equal points: the norms are 0, or n^(1/p) epsilon."""
    points = np.array([[1, -2, 0.5], [0, 0, 0]])
    case = Case("triplet_margin", (1, p, swap, 0), {"special": f"equal-triplet-{p}-{swap}"}, "sum")
    leaves = [tensor(points).requires_grad_() for _ in range(3)]
    value = F.triplet_margin_loss(*leaves, p=p, swap=bool(swap), eps=0.0, reduction="none")
    value.sum().backward()
    case.put("out", "value", value.detach().numpy())
    for member, slope, leaf in zip(("input", "other", "negative"),
                                   ("gradient", "other_gradient", "negative_gradient"), leaves):
        case.put("in", member, points)
        case.put("out", slope, leaf.grad.numpy())
    return case


def special_cases():
    empty, none = np.zeros((0, 4)), np.zeros(0, int)
    weights = np.array([0, 0, 0, 0.5])
    zero = np.array([0, 1, 2])
    whole = [-INF, -INF, -INF, -INF]
    return [
        by_pytorch("masked", masked()),
        by_pytorch("masked-label", masked(), np.array([1, 0, 3])),
        by_pytorch("masked-smoothing-inf", masked(), smoothing=0.1, masked_param=1.0),
        by_pytorch("all-masked-row", np.vstack([X, whole]), np.array([2, 0, 3, 1])),
        by_pytorch("nan-row", np.vstack([X, [0, NAN, 1, 2]]), np.array([2, 0, 3, 0])),
        by_pytorch("inf-row", np.vstack([X, [0, INF, 1, 2]]), np.array([2, 0, 3, 0])),
        by_pytorch("thousands", np.array([[1000, 2000, 3000, 4000.0], [-4000, 0, -1e300, 1e300]]),
                   np.array([3, 1])),
        by_pytorch("near-certain", np.array([[40, 0, 0, 0], [800, 0, -1.0, 1]]), np.array([0, 0])),
        smoothing_over_unmasked(), soft_masked(), soft_ignore(),
        nothing("no-weight", X, zero, weights, 3, 0),
        nothing("no-weight-nan", X, zero, weights, 3, EMPTY_IS_NAN),
        nothing("empty", empty, none, None, 0, 0),
        nothing("empty-nan", empty, none, None, 0, EMPTY_IS_NAN),
        kl_absent_logarithm(), kl_zero_target(), zero_features(),
        *(equal_features(p, swap) for p in (1, 2, 3) for swap in (0, 1)),
    ]
