"""CTC: every pair of options of PyTorch's ctc_loss, and where losskit means to differ from it."""

import numpy as np
import torch
import torch.nn.functional as F

from derivatives import tensor
from vectors import BATCH_FIRST, Case, covering

FRAMES, BATCH, CLASSES, LABELS = 6, 3, 4, 3
OPTIONS = {"input": ["logits", "log_probabilities", "torch_gradient"],
           "blank": ["first", "middle", "last"],
           "layout": ["time_first", "batch_first", "one"],
           "target": ["padded", "concatenated"],
           "label": ["i32", "i64"],
           "input_lengths": ["full", "varied"],
           "target_lengths": ["full", "varied"],
           "length": ["i32", "i64"],
           "reduction": ["length_mean", "sum", "none"],
           "impossible": ["none", "inf", "zero"],
           "upstream": ["yes", "no"]}
BLANKS = {"first": 0, "middle": 2, "last": CLASSES - 1}
WHY_GRADIENT = ("PyTorch returns the gradient of the scores for that of the log-probabilities "
                "(pytorch#52241)")
WHY_IMPOSSIBLE = "PyTorch's gradient of an impossible target is NaN: losskit's is 0"


def is_valid(o):
    if o["layout"] == "one" and (o["target"] == "concatenated" or o["impossible"] != "none"):
        return False
    if o["upstream"] == "yes" and o["reduction"] != "none":
        return False
    # an infinite term makes every other gradient of PyTorch's sum NaN or not; only single ones
    # can be compared
    if o["impossible"] == "inf" and o["reduction"] != "none":
        return False
    return not (o["impossible"] != "none" and o["input_lengths"] == "full")


class Problem:
    def __init__(self, o, rng):
        self.o = o
        self.n = 1 if o["layout"] == "one" else BATCH
        self.blank = BLANKS[o["blank"]]
        self.scores = np.round(rng.normal(0, 2, (FRAMES, self.n, CLASSES)), 3)
        labels = [c for c in range(CLASSES) if c != self.blank]
        self.target = rng.choice(labels, (self.n, LABELS))
        self.input_lengths = np.full(self.n, FRAMES)
        self.target_lengths = np.full(self.n, LABELS)
        if o["input_lengths"] == "varied":
            self.input_lengths = np.array([5, FRAMES, FRAMES - 1][:self.n])
        if o["target_lengths"] == "varied":
            self.target_lengths = np.array([2, 0, LABELS][:self.n])
        if o["impossible"] != "none":
            self.input_lengths[0] = self.target_lengths[0] - 1
        self.concatenated = np.concatenate([t[:k] for t, k in
                                            zip(self.target, self.target_lengths)])
        for row, k in zip(self.target, self.target_lengths):
            row[k:] = -7 # padding is not read
        self.upstream = np.round(rng.normal(0, 1, self.n), 3) if o["upstream"] == "yes" else None

    def possible(self):
        return self.o["impossible"] == "none"

    def pytorch(self):
        """Value, its scores' gradient, log-probabilities, and what PyTorch calls their gradient."""
        reduction = {"length_mean": "mean"}.get(self.o["reduction"], self.o["reduction"])
        scores = tensor(self.scores).requires_grad_()
        logs = scores.log_softmax(2)
        logs.retain_grad()
        padded = np.where(self.target < 0, self.blank, self.target)
        value = F.ctc_loss(logs, torch.tensor(padded), torch.tensor(self.input_lengths),
                           torch.tensor(self.target_lengths), self.blank, reduction,
                           self.o["impossible"] == "zero")
        up = torch.ones_like(value) if self.upstream is None else tensor(self.upstream)
        value.backward(up)
        return (value.detach().numpy(), scores.grad.numpy(), logs.detach().numpy(),
                logs.grad.numpy())


def place(problem, array):
    """From [T, N, C] to the layout of the case."""
    layout = problem.o["layout"]
    if layout == "one":
        return array[:, 0]
    return array.transpose(1, 0, 2) if layout == "batch_first" else array


def clean(problem, gradient, y):
    """PyTorch's numbers where they are right, 0 for impossible targets, and for frames beyond an
    utterance 0 of whatever kind."""
    gradient = gradient.copy()
    if not problem.possible():
        gradient[:, 0] = 0
    for n, length in enumerate(problem.input_lengths):
        assert problem.o["impossible"] == "inf" and n == 0 or not gradient[length:, n].any()
    return gradient


def case_of(o, rng):
    p = Problem(o, rng)
    value, gradient, logs, torch_gradient = p.pytorch()
    logits = o["input"] == "logits"
    reason = WHY_IMPOSSIBLE if o["impossible"] == "inf" else None
    reduction = o["reduction"]
    if o["input"] == "log_probabilities":
        reason = WHY_GRADIENT
    out = gradient if logits else torch_gradient
    out = clean(p, out, logs)
    if o["input"] == "log_probabilities": # exp(input) - occupancy becomes -occupancy
        scale = np.ones(p.n) if p.upstream is None else p.upstream.copy()
        if reduction == "length_mean":
            scale /= np.maximum(p.target_lengths, 1) * p.n
        for n, length in enumerate(p.input_lengths):
            if n or p.possible():
                out[:length, n] -= scale[n] * np.exp(logs[:length, n])
    case = Case("ctc", (p.blank, logits, o["impossible"] == "zero",
                        o["input"] == "torch_gradient"), o, reduction,
                flags=BATCH_FIRST if o["layout"] == "batch_first" else 0, reason=reason)
    one = o["layout"] == "one"
    case.put("in", "input", place(p, p.scores if logits else logs))
    case.put("in", "target", p.target[0] if one else p.concatenated
             if o["target"] == "concatenated" else p.target, o["label"])
    if o["input_lengths"] == "varied":
        case.put("in", "input_lengths", p.input_lengths[0] if one else p.input_lengths, o["length"])
    if o["target_lengths"] == "varied" or o["target"] == "concatenated":
        case.put("in", "target_lengths", p.target_lengths[0] if one else p.target_lengths,
                 o["length"])
    if p.upstream is not None:
        case.put("in", "upstream", p.upstream[0] if one else p.upstream)
    if reduction == "none":
        case.put("out", "value", value if not one else np.reshape(value, ()))
        case.result = (float(np.sum(value)), 1, p.n)
    else:
        case.result = (float(value), p.n if reduction == "length_mean" else 1, p.n)
    case.put("out", "gradient", place(p, out))
    return case


def ctc():
    rng = np.random.default_rng(4)
    chosen = covering(OPTIONS, is_valid, seed=4, more=40)
    return OPTIONS, is_valid, [case_of(o, rng) for o in chosen]
