"""What the families of cases share: data, PyTorch's derivatives, the place of the class axis."""

import numpy as np
import torch

SHAPES = {"vector": (4,), "rows": (5, 4), "single": (3, 1), "rank3": (3, 4, 2),
          "rank4": (2, 3, 2, 2), "wide": (2, 101)}
AXES = {"second": 1, "last": -1, "first": 0}


def tensor(array):
    return torch.tensor(np.asarray(array, np.float64))


def classes_of(shape):
    return shape[1] if len(shape) > 1 else shape[0]


def rows_of(shape):
    return shape[:1] + shape[2:] if len(shape) > 1 else ()


def class_axis(choice):
    return AXES[choice.get("axis", "second")]


def placed(array, choice):
    """From PyTorch's class axis 1 to that of the case."""
    array = np.asarray(array)
    return np.moveaxis(array, 1, class_axis(choice)) if array.ndim > 1 else array


def has(choice, option):
    return choice.get(option) == "yes"


def numbers(rng, shape, spread=2.0):
    return np.round(rng.normal(0, spread, shape), 3)


def probabilities(rng, shape, zeros=False):
    p = rng.dirichlet(np.ones(classes_of(shape)), rows_of(shape))
    if zeros:
        p[..., 0] = 0
    return np.round(np.moveaxis(p, -1, 1) if len(shape) > 1 else p, 4)


def make_upstream(rng, choice, rows):
    if not has(choice, "upstream"):
        return None
    return numbers(rng, rows if choice["reduction"] == "none" else ())


def derive(case, choice, leaves, loss, upstream, scale=1.0):
    """Adds the gradients of loss(leaves) * upstream; leaves: (input member or None, its numbers,
    gradient member). The first also has second derivatives, when the choice asks for them."""
    factor = scale * (1.0 if upstream is None else tensor(upstream))
    arrays = [tensor(array).requires_grad_() for _, array, _ in leaves]
    total = (loss(*arrays) * factor).sum()
    for (_, _, member), slope in zip(leaves, torch.autograd.grad(total, arrays)):
        case.put("out", member, placed(slope.numpy(), choice))
    if not has(choice, "second"):
        return
    rest = [a.detach() for a in arrays[1:]]
    first = arrays[0].detach()
    hessian = torch.autograd.functional.hessian(lambda x: (loss(x, *rest) * factor).sum(), first)
    hessian = hessian.reshape(first.numel(), first.numel())
    case.put("out", "curvature", placed(hessian.diagonal().reshape(first.shape).numpy(), choice))
    if "vector" in (member for _, member, _, _ in case.arrays):
        vector = next(array for _, member, _, array in case.arrays if member == "vector")
        axis = class_axis(choice)
        vector = np.moveaxis(vector, axis, 1) if vector.ndim > 1 else vector
        product = hessian @ tensor(vector).reshape(-1)
        case.put("out", "hessian_vector", placed(product.reshape(first.shape).numpy(), choice))


def put_vector(case, rng, choice, shape):
    if has(choice, "second"):
        case.put("in", "vector", placed(numbers(rng, shape, 1.0), choice))


def summed(value, reduction):
    return float(value.sum()) if reduction == "none" else float(value)
