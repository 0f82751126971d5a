"""Losses with a distribution for each row, and the functions that make one."""

import numpy as np
import torch
import torch.nn.functional as F

from derivatives import AXES, SHAPES, class_axis, classes_of, derive, has, make_upstream, numbers
from derivatives import placed, probabilities, put_vector, rows_of, summed, tensor
from vectors import Case, covering


def kl_div():
    options = {"shape": ["vector", "rows", "single", "rank3", "rank4"], "axis": list(AXES),
               "log_target": [0, 1], "logits": [0, 1], "zeros": ["no", "yes"],
               "reduction": ["none", "mean", "sum", "batchmean"], "upstream": ["no", "yes"],
               "second": ["no", "yes"]}

    def valid(choice):
        if choice["shape"] == "vector" and choice["axis"] != "second":
            return False
        return choice["zeros"] == "no" or not choice["log_target"] and choice["shape"] != "single"

    cases, rng = [], np.random.default_rng(6)
    for choice in covering(options, valid, 6, 30):
        cases.append(kl_case(choice, rng))
    return options, valid, cases


def kl_difference(choice, classes):
    """What losskit's answer is times PyTorch's, and why."""
    if choice["reduction"] == "mean":
        return classes, "PyTorch's mean divides by the elements, losskit's by the rows"
    if choice["reduction"] == "batchmean" and choice["shape"] == "vector":
        return classes, "PyTorch's batch of a vector is its classes, losskit's the one row"
    if choice["reduction"] == "none":
        return 1, "PyTorch's value is of each element, losskit's of each row"
    return 1, None


def kl_case(choice, rng):
    shape, reduction = SHAPES[choice["shape"]], choice["reduction"]
    axis, classes = (1 if len(shape) > 1 else 0), classes_of(shape)
    x, p = numbers(rng, shape), probabilities(rng, shape, has(choice, "zeros"))
    if not choice["logits"]:
        x = np.round(torch.log_softmax(tensor(x), axis).numpy(), 4)
    if choice["log_target"]:
        p = np.round(np.log(p + 0.01), 4)
    scale, reason = kl_difference(choice, classes)
    case = Case("kl_divergence", (choice["logits"], choice["log_target"]), choice, reduction,
                class_axis(choice), reason=reason)
    upstream = make_upstream(rng, choice, rows_of(shape))
    case.put("in", "input", placed(x, choice))
    case.put("in", "target", placed(p, choice))
    if upstream is not None:
        case.put("in", "upstream", upstream)
    put_vector(case, rng, choice, shape)

    def loss(reduction):
        def of(a, t):
            q = torch.log_softmax(a, axis) if choice["logits"] else a
            value = F.kl_div(q, t, reduction=reduction, log_target=bool(choice["log_target"]))
            return value.sum(axis) if reduction == "none" else value
        return of

    leaves = [("input", x, "gradient")]
    if not has(choice, "zeros"): # PyTorch's derivative is then infinite or NaN
        leaves.append(("target", p, "target_gradient"))
    derive_kl(case, choice, leaves, loss(reduction), upstream, scale, p)
    value = scale * loss(reduction)(tensor(x), tensor(p))
    case.put("out", "value", loss("none")(tensor(x), tensor(p)).numpy())
    rows = int(np.prod(rows_of(shape)))
    batch = shape[0] if len(shape) > 1 else 1
    divisor = {"mean": rows, "batchmean": batch}.get(reduction, 1)
    case.result = (summed(value, reduction), divisor, rows)
    return case


def derive_kl(case, choice, leaves, loss, upstream, scale, p):
    if len(leaves) == 1:
        derive(case, choice, leaves, lambda a: loss(a, tensor(p)), upstream, scale)
    else:
        derive(case, choice, leaves, loss, upstream, scale)


def softmax():
    options = {"function": ["softmax", "log_softmax"], "axis": list(AXES),
               "shape": ["vector", "rows", "single", "rank3", "rank4"],
               "upstream": ["no", "yes"], "second": ["no", "yes"], "reduction": ["none"]}

    def valid(choice):
        return choice["shape"] != "vector" or choice["axis"] == "second"

    cases, rng = [], np.random.default_rng(7)
    for choice in covering(options, valid, 7):
        shape = SHAPES[choice["shape"]]
        axis = 1 if len(shape) > 1 else 0
        x, upstream = numbers(rng, shape), make_upstream(rng, choice, shape)
        case = Case(choice["function"], (), choice, "none", class_axis(choice))
        case.put("in", "input", placed(x, choice))
        if upstream is not None:
            case.put("in", "upstream", placed(upstream, choice))
        put_vector(case, rng, choice, shape)

        def function(a, name=choice["function"], axis=axis):
            return getattr(torch, name)(a, axis)

        case.put("out", "value", placed(function(tensor(x)).numpy(), choice))
        derive(case, choice, [("input", x, "gradient")], function, upstream)
        cases.append(case)
    return options, valid, cases
