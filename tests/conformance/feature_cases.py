"""Losses over features."""

import numpy as np
import torch
import torch.nn.functional as F

from derivatives import derive, has, make_upstream, numbers, summed, tensor
from vectors import Case, covering


def feature_case(name, params, choice, rng, members, loss, target=None):
    """members: (input member, numbers, gradient member)."""
    rows, reduction = members[0][1].shape[:1], choice["reduction"]
    case = Case(name, params, choice, reduction)
    for member, array, _ in members:
        case.put("in", member, array)
    if target is not None:
        case.put("in", "target", target, choice["labels"])
    upstream = make_upstream(rng, choice, rows)
    if upstream is not None:
        case.put("in", "upstream", upstream)
    arrays = [tensor(array) for _, array, _ in members]
    case.put("out", "value", loss("none")(*arrays).numpy())
    derive(case, choice, members, loss(reduction), upstream)
    value = summed(loss(reduction)(*arrays), reduction)
    case.result = (value, rows[0] if reduction == "mean" else 1, rows[0])
    return case


def triplet_margin():
    options = {"shape": ["5,3", "3,1", "4,8"], "p": [1, 2, 3, 1.5, float("inf")], "swap": [0, 1],
               "margin": [0.5, 3.0], "epsilon": [1e-6, 0.05], "upstream": ["no", "yes"],
               "reduction": ["none", "mean", "sum"], "second": ["no", "yes"]}

    def valid(choice):
        return True

    cases, rng = [], np.random.default_rng(8)
    for choice in covering(options, valid, 8, 20):
        shape = tuple(map(int, choice["shape"].split(",")))
        members = [(member, numbers(rng, shape), slope) for member, slope in
                   (("input", "gradient"), ("other", "other_gradient"),
                    ("negative", "negative_gradient"))]

        def loss(reduction, c=choice):
            return lambda a, b, n: F.triplet_margin_loss(
                a, b, n, margin=c["margin"], p=c["p"], swap=bool(c["swap"]), eps=c["epsilon"],
                reduction=reduction)

        params = (choice["margin"], choice["p"], choice["swap"], choice["epsilon"])
        cases.append(feature_case("triplet_margin", params, choice, rng, members, loss))
    return options, valid, cases


def cosine_embedding():
    options = {"shape": ["5,3", "3,1", "4,8"], "margin": [0.0, 0.5, -0.3],
               "reduction": ["none", "mean", "sum"], "labels": ["f64", "i32", "i64"],
               "upstream": ["no", "yes"], "second": ["no", "yes"]}

    def valid(choice):
        return True

    cases, rng = [], np.random.default_rng(9)
    for choice in covering(options, valid, 9, 20):
        shape = tuple(map(int, choice["shape"].split(",")))
        members = [("input", numbers(rng, shape), "gradient"),
                   ("other", numbers(rng, shape), "other_gradient")]
        target = rng.permutation(np.resize([1, -1], shape[:1]))

        def loss(reduction, margin=choice["margin"], target=target):
            return lambda a, b: F.cosine_embedding_loss(a, b, torch.tensor(target), margin=margin,
                                                        reduction=reduction)

        cases.append(feature_case("cosine_embedding", (choice["margin"],), choice, rng, members,
                                  loss, target))
    return options, valid, cases
