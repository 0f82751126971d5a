"""Losses with a label for each row: cross-entropy, log-likelihood, hinge, the linear layer."""

import numpy as np
import torch
import torch.nn.functional as F

from derivatives import AXES, SHAPES, class_axis, classes_of, derive, has, make_upstream, numbers
from derivatives import placed, probabilities, put_vector, rows_of, summed, tensor
from vectors import EMPTY_IS_NAN, Case, covering

EMPTY = "PyTorch's mean of nothing is NaN; losskit's is 0 unless the flag asks for NaN"


def valid_labels(choice):
    shape, ignore = SHAPES[choice.get("shape", "rows")], choice["ignore"]
    if ignore in ("some", "class") and (shape == (4,) or shape == (3, 1) and ignore == "class"):
        return False # the only row, or class, would be ignored: that is "all"
    if len(shape) == 1 and choice.get("axis", "second") != "second":
        return False
    return not (choice["labels"] == "u8" and ignore == "some") # -100


def make_labels(rng, choice, classes, rows):
    """Labels and the ignore_index: -100 (some), -1 or 255 (other, all), or a class."""
    labels = rng.integers(0, classes, rows)
    ignore, index = choice["ignore"], -100
    if ignore == "other" or ignore == "all":
        index = 255 if choice["labels"] == "u8" else -1
    if ignore == "class":
        flat = labels.reshape(-1)
        index = int(flat[0])
        if flat.size > 1:
            flat[1] = (index + 1) % classes
    if ignore == "all":
        labels = np.full(rows, index)
    if ignore in ("some", "other") and labels.size > 1:
        labels.reshape(-1)[::3] = index
    return labels, index


def label_totals(choice, labels, index, weights):
    counted = labels != index
    count = int(counted.sum())
    divisor = 1.0
    if choice["reduction"] == "mean":
        divisor = float(weights[labels[counted]].sum()) if weights is not None else float(count)
    return divisor, count


def reduced_label_case(cases, new_case, value, divisor, count, slopes):
    """The case itself, and its twin with EMPTY_IS_NAN when there is nothing to average."""
    if divisor:
        case = new_case(0, None)
        slopes(case)
        case.result = (value, divisor, count)
        cases.append(case)
        return
    for flags, answer in ((0, 0.0), (EMPTY_IS_NAN, float("nan"))):
        case = new_case(flags, None if flags else EMPTY)
        slopes(case)
        case.result = (answer, 0, count)
        cases.append(case)


def label_case(cases, name, params, choice, rng, leaf, function, shape, extra=()):
    """A loss of scores or log-probabilities and hard labels. function(leaves, labels, weight,
    ignore_index, reduction); extra: further leaves, (input member, numbers, gradient member)."""
    classes, rows = classes_of(shape), rows_of(shape)
    weights = np.round(rng.uniform(0.3, 3, classes), 2) if has(choice, "class_weight") else None
    labels, index = make_labels(rng, choice, classes, rows)
    upstream = make_upstream(rng, choice, rows)
    divisor, count = label_totals(choice, labels, index, weights)
    leaves = [("input", leaf, "gradient"), *extra]

    def loss(reduction):
        weight = None if weights is None else tensor(weights)
        return lambda *xs: function(xs, torch.tensor(labels), weight, index, reduction)

    def new_case(flags, reason):
        case = Case(name, params, choice, choice["reduction"], class_axis(choice), index, flags,
                    reason)
        case.put("in", "input", placed(leaf, choice))
        for member, array, _ in extra:
            case.put("in", member, array)
        case.put("in", "target", labels, choice["labels"])
        if weights is not None:
            case.put("in", "class_weight", weights)
        if upstream is not None:
            case.put("in", "upstream", upstream)
        put_vector(case, case_rng, choice, leaf.shape)
        case.put("out", "value", loss("none")(*(tensor(a) for _, a, _ in leaves)).numpy())
        return case

    def slopes(case):
        if divisor:
            derive(case, choice, leaves, loss(choice["reduction"]), upstream)
        else: # nothing to average: all derivatives are 0
            derive(case, choice, leaves, loss("sum"), 0.0)

    case_rng = np.random.default_rng(int(rng.integers(1 << 30)))
    value = loss(choice["reduction"])(*(tensor(a) for _, a, _ in leaves))
    assert divisor or bool(torch.isnan(value)), "PyTorch has changed its mean of nothing"
    reduced_label_case(cases, new_case, summed(value, choice["reduction"]), divisor, count, slopes)


def uniform_weights(weight, classes):
    return torch.ones(classes, dtype=torch.float64) if weight is None else weight


LABEL_OPTIONS = {"shape": ["vector", "rows", "single", "rank3", "rank4"], "axis": list(AXES),
                 "class_weight": ["no", "yes"], "ignore": ["none", "some", "other", "class", "all"],
                 "labels": ["i64", "i32", "u8"], "reduction": ["none", "mean", "sum"],
                 "upstream": ["no", "yes"]}


def cross_entropy():
    options = dict(LABEL_OPTIONS, smoothing=[0.0, 0.1], second=["no", "yes"],
                   target=["hard", "soft", "sums"], shape=list(SHAPES))
    options["labels"] = ["i64", "i32", "u8", "f64"]

    def valid(choice):
        if (choice["target"] == "hard") == (choice["labels"] == "f64"):
            return False
        return valid_labels(choice) and (choice["target"] == "hard" or choice["ignore"] == "none")

    cases, rng = [], np.random.default_rng(1)
    for choice in covering(options, valid, 1, 80):
        shape, smoothing = SHAPES[choice["shape"]], choice["smoothing"]
        params = (smoothing, 0, 0, 0)
        if choice["target"] != "hard":
            cases.append(soft_case(choice, rng, shape, params))
            continue

        def function(xs, labels, weight, index, reduction, smoothing=smoothing):
            return F.cross_entropy(xs[0], labels, weight, ignore_index=index, reduction=reduction,
                                   label_smoothing=smoothing)

        label_case(cases, "softmax_cross_entropy", params, choice, rng, numbers(rng, shape),
                   function, shape)
    return options, valid, cases


def soft_case(choice, rng, shape, params, index=-100, reason=None):
    x, target = numbers(rng, shape), probabilities(rng, shape)
    if choice["target"] == "sums": # does not sum to 1
        target = np.round(target * rng.uniform(0.2, 2), 3)
    weights = np.round(rng.uniform(0.3, 3, classes_of(shape)), 2)
    weight = tensor(weights) if has(choice, "class_weight") else None
    upstream = make_upstream(rng, choice, rows_of(shape))
    case = Case("softmax_cross_entropy", params, choice, choice["reduction"], class_axis(choice),
                index, 0, reason)
    case.put("in", "input", placed(x, choice))
    case.put("in", "target", placed(target, choice))
    if weight is not None:
        case.put("in", "class_weight", weights)
    if upstream is not None:
        case.put("in", "upstream", upstream)
    put_vector(case, rng, choice, shape)

    def loss(reduction):
        return lambda a, t: F.cross_entropy(a, t, weight, reduction=reduction,
                                            label_smoothing=params[0])

    value = loss(choice["reduction"])(tensor(x), tensor(target))
    case.put("out", "value", loss("none")(tensor(x), tensor(target)).numpy())
    derive(case, choice, [("input", x, "gradient"), ("target", target, "target_gradient")],
           loss(choice["reduction"]), upstream)
    rows = int(np.prod(rows_of(shape)))
    case.result = (summed(value, choice["reduction"]),
                   rows if choice["reduction"] == "mean" else 1, rows)
    return case


def cross_entropy_extras():
    """z_loss and softcap, which PyTorch lacks, composed of its functions."""
    options = {"z_loss": [0.0, 0.25], "softcap": [0.0, 3.0], "smoothing": [0.0, 0.1],
               "class_weight": ["no", "yes"], "ignore": ["none", "some"], "second": ["no", "yes"],
               "reduction": ["none", "mean", "sum"], "labels": ["i64"], "upstream": ["no", "yes"],
               "shape": ["rows", "wide"]}
    cases, rng = [], np.random.default_rng(2)
    for choice in covering(options, valid_labels, 2, 20):
        shape = SHAPES[choice["shape"]]
        cap, zed = choice["softcap"], choice["z_loss"]

        def function(xs, labels, weight, index, reduction, choice=choice, cap=cap, zed=zed):
            a = cap * torch.tanh(xs[0] / cap) if cap else xs[0]
            value = F.cross_entropy(a, labels, weight, ignore_index=index, reduction="none",
                                    label_smoothing=choice["smoothing"])
            value = value + zed * torch.logsumexp(a, 1) ** 2 * (labels != index)
            if reduction != "mean":
                return value if reduction == "none" else value.sum()
            counted = labels[labels != index]
            return value.sum() / uniform_weights(weight, a.shape[1])[counted].sum()

        label_case(cases, "softmax_cross_entropy", (choice["smoothing"], zed, cap, 0), choice, rng,
                   numbers(rng, shape), function, shape)
    return options, valid_labels, cases


def nll():
    cases, rng = [], np.random.default_rng(3)

    def function(xs, labels, weight, index, reduction):
        return F.nll_loss(xs[0], labels, weight, ignore_index=index, reduction=reduction)

    for choice in covering(LABEL_OPTIONS, valid_labels, 3, 20):
        shape = SHAPES[choice["shape"]]
        x = torch.log_softmax(tensor(numbers(rng, shape)), 1 if len(shape) > 1 else 0).numpy()
        label_case(cases, "nll", (), choice, rng, np.round(x, 4), function, shape)
    return LABEL_OPTIONS, valid_labels, cases


def linear_cross_entropy():
    options = dict(LABEL_OPTIONS, smoothing=[0.0, 0.1], bias=["no", "yes"])
    del options["shape"], options["axis"]
    cases, rng = [], np.random.default_rng(4)
    for choice in covering(options, valid_labels, 4, 25):

        def function(xs, labels, weight, index, reduction, choice=choice):
            return F.cross_entropy(F.linear(*xs), labels, weight, ignore_index=index,
                                   reduction=reduction, label_smoothing=choice["smoothing"])

        extra = [("weights", numbers(rng, (4, 3), 1.0), "weights_gradient")]
        if has(choice, "bias"):
            extra.append(("bias", numbers(rng, (4,), 1.0), "bias_gradient"))
        linear_case(cases, choice, rng, function, extra)
    return options, valid_labels, cases


def linear_case(cases, choice, rng, function, extra):
    label_case(cases, "linear_cross_entropy", (choice["smoothing"], 0, 0, 0), choice, rng,
               numbers(rng, (5, 3)), function, (5, 4), extra)


def multi_margin():
    options = {"shape": ["vector", "rows", "single"], "axis": list(AXES), "p": [1, 2],
               "margin": [1.0, 0.4], "class_weight": ["no", "yes"], "upstream": ["no", "yes"],
               "reduction": ["none", "mean", "sum"], "labels": ["i64", "i32", "u8"],
               "ignore": ["none"]}
    cases, rng = [], np.random.default_rng(5)
    for choice in covering(options, valid_labels, 5, 20):
        shape = SHAPES[choice["shape"]]

        def function(xs, labels, weight, index, reduction, choice=choice):
            return F.multi_margin_loss(xs[0], labels, choice["p"], choice["margin"], weight,
                                       reduction=reduction)

        plain = dict(choice)
        label_case(cases, "multiclass_hinge", (0, choice["margin"], choice["p"], 1), plain, rng,
                   numbers(rng, shape), function, shape)
        case = cases[-1]
        if choice["reduction"] == "mean": # divides by the rows, whatever the weights
            case.result = (case.result[0], max(1, int(np.prod(rows_of(shape)))), case.result[2])
    return options, valid_labels, cases
