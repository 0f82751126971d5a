"""Second derivatives over several tensors: the Hessian times the cotangents of the gradients.

No loss is written down here. What the C library computes of the input alone, gradient, curvature
and Hessian-vector product, gives the blocks between the input x and another tensor by what is known
of a whole family:

- A loss of x - t has the curvature as every block, up to the sign.
- A loss that the mean minimises, whatever its distribution, has a gradient that is affine in t
  (Osband's principle), and so have the binary ones, t l(x, 1) + (1 - t) l(x, 0): the block is the
  slope of a secant, and the second derivative in t is zero, where no term of t alone is added.
- The density e^-l of gaussian_nll solves the heat equation, l_v = (l_xx - l_x^2) / 2, and l_xx does
  not depend on x: l_xv = -l_x l_xx and l_vv = l_xx l_x^2 - l_xx^2 / 2.
- The gradient of kl_divergence in the logarithm z of a prediction is -f t, f a factor of the row:
  l_zt = -f and l_tt = f / t. With the target's logarithm s in place of t it is -f e^s: l_zs = l_z
  and l_ss = l_s - l_z.
- The target's gradient of softmax_cross_entropy is -f log_softmax(x), f a factor of row and class.
- A loss of the scores s = x W^T + b has the blocks that the chain rule gives.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache

import torch
from torch import Tensor

from .. import _call
from ._plan import (
    AUXILIARY,
    CURVATURE,
    GRADIENT,
    HESSIAN_VECTOR,
    ID,
    INPUT,
    NONE,
    STATISTICS,
    TARGET,
    TARGET_GRADIENT,
    UPSTREAM,
    VALUE,
    VECTOR,
    WEIGHT,
    Plan,
    class_axis,
)

WEIGHTS, BIAS = ID["weights"], ID["bias"]
# Of a loss on top of a linear layer, the loss of its scores, with the same parameters.
OF_SCORES = {"linear_cross_entropy": "softmax_cross_entropy"}

Vectors = dict[int, Tensor]
Products = Iterator[tuple[int, Tensor]]


def products(step, vectors: Vectors) -> Products:
    """(argument, a part of its gradient) of the gradients' cotangents, for what step needs.

    step: one call of the operator, that gave these gradients; step.call() makes others like it.
    """
    plan: Plan = step.plan
    loss = plan.loss
    others = {*vectors, *step.needed} - {INPUT}
    if loss.name in OF_SCORES:
        return _through_layer(step, vectors)
    if loss.kind == "pointwise":
        blocks = _blocks(step, others)
        if blocks is not None:
            return _pointwise(step.needed, vectors, blocks)
    elif "hessian_vector" in loss.takes and others <= {TARGET}:
        if loss.name == "kl_divergence":
            return _of_divergence(step, vectors)
        if not others:
            return _of_rows(step, vectors, straight=loss.name == "nll")
        if loss.name == "softmax_cross_entropy":
            return _of_rows(step, vectors, _cross_entropy_block(step))
    raise NotImplementedError(_refusal(plan, others))


def _refusal(plan: Plan, others) -> str:
    loss, facts = plan.loss, plan.facts
    if loss.kind != "pointwise" and "hessian_vector" not in loss.takes:
        return f"{loss.name} has no second derivatives beyond the diagonal: no double backward"
    names = " and ".join(facts.name_of(a) for a in sorted(others))
    return (
        f"{loss.name} has second derivatives of the input alone, not together with {names}; detach "
        "the others"
    )


# ---- elements ---------------------------------------------------------------------------------

Blocks = dict[tuple[int, int], Callable[[], Tensor] | None]


def _pointwise(needed, vectors: Vectors, blocks: Blocks) -> Products:
    """Each element has a Hessian of its own: its entry of a <= b is block a, b; None is zero."""
    for a in needed:
        for b, vector in vectors.items():
            block = blocks[min(a, b), max(a, b)]
            yield a, block() * vector if block else torch.zeros_like(vector)


def _blocks(step, others) -> Blocks | None:
    plan: Plan = step.plan
    loss = plan.loss
    curvature = cache(lambda: step.call(CURVATURE))
    if not others:
        return {(INPUT, INPUT): curvature}
    if loss.name == "gaussian_nll" and others <= {TARGET, AUXILIARY}:
        return _of_distance(curvature) | _of_variance(step, curvature)
    if others != {TARGET} or TARGET_GRADIENT not in plan.facts.derivatives.values():
        return None
    if "distance based" in loss.traits:
        return _of_distance(curvature)
    if "proper" in loss.traits or loss.family == "binary":
        if _counts_targets(step):
            raise NotImplementedError(
                f"{loss.name} with {loss.auxiliary} from the targets has second derivatives of the "
                f"input alone; give {loss.auxiliary} as a number, or detach the target"
            )
        mixed = cache(lambda: _secant(step))
        return {(INPUT, INPUT): curvature, (INPUT, TARGET): mixed} | _of_target_alone(step)
    return None


def _of_distance(curvature: Callable[[], Tensor]) -> Blocks:
    return {
        (INPUT, INPUT): curvature,
        (INPUT, TARGET): lambda: -curvature(),
        (TARGET, TARGET): curvature,
    }


def _of_variance(step, curvature: Callable[[], Tensor]) -> Blocks:
    options = list(step.plan.options)
    options[2] = NONE

    @cache
    def single(output: int) -> Tensor:
        """Neither weighted nor reduced: of a product of derivatives one alone has the factor."""
        return step.call(output, {WEIGHT: None, UPSTREAM: None}, tuple(options), scale=1.0)

    cross = cache(lambda: step.call(GRADIENT) * single(CURVATURE))
    return {
        (INPUT, AUXILIARY): lambda: -cross(),
        (TARGET, AUXILIARY): cross,
        (AUXILIARY, AUXILIARY): lambda: (
            cross() * single(GRADIENT) - curvature() * single(CURVATURE) / 2
        ),
    }


def _counts_targets(step) -> bool:
    """Whether a parameter is a statistic of all targets: not one may be replaced then."""
    loss = step.plan.loss
    return AUXILIARY not in step.given and any(
        value == p.named.get(word)
        for p, value in zip(loss.parameters, step.plan.options[1])
        for word in STATISTICS
    )


def _of_target_alone(step) -> Blocks:
    """The second derivative in the target: zero, unless terms of the target alone are added."""
    loss = step.plan.loss

    def refuse() -> Tensor:
        raise NotImplementedError(
            f"{loss.name} with full has no second derivative of the target: the library has none "
            "of the terms that full adds; detach the target, or leave full out"
        )

    adds = any(p.name == "full" and n for p, n in zip(loss.parameters, step.plan.options[1]))
    return {(TARGET, TARGET): refuse if adds else None}


def _secant(step) -> Tensor:
    """The slope of the gradient in the target, of which it is an affine function.

    The second place lies at the other end of the domain, so that the difference does not cancel.
    Targets that are ignored stay what they are, and none becomes one.
    """
    flags, ignored = step.plan.options[3], step.plan.options[7]
    ignores = bool(flags & _call.IGNORE)
    target = step.given[TARGET].detach()
    if step.plan.loss.family == "binary":
        middle, ends = 0.5, ((1.0, 0.75), (0.0, 0.25))
    else:  # from 0 on
        middle, ends = 2.0**30, ((2.0**60, 2.0**59), (1.0, 2.0))
    above, below = (next(e for e in end if not (ignores and e == ignored)) for end in ends)
    source = step.given[INPUT]
    real = torch.float64 if source.dtype is torch.float64 else torch.float32
    wide, here = source.to(real), target.to(real)  # half precision would overflow
    there = torch.where(here < middle, above, below).to(real)
    apart = there - here
    if ignores:
        out = here.isnan() if math.isnan(ignored) else here == ignored
        there, apart = torch.where(out, here, there), torch.where(out, 1.0, apart)
    rise = step.call(GRADIENT, {INPUT: wide, TARGET: there}) - step.call(GRADIENT, {INPUT: wide})
    return (rise / apart).to(source.dtype)


# ---- rows -------------------------------------------------------------------------------------


def _of_rows(step, vectors: Vectors, block=None, target_block=None, straight=False) -> Products:
    """block: (of the target's vector, of the input's), what the mixed block makes of them.

    straight: the loss is linear in the input.
    """
    source, target = vectors.get(INPUT), vectors.get(TARGET)
    if INPUT in step.needed:
        if source is not None:
            bent = None if straight else step.call(HESSIAN_VECTOR, {VECTOR: source})
            yield INPUT, torch.zeros_like(source) if bent is None else bent
        if target is not None:
            yield INPUT, block[0](target)
    if TARGET in step.needed:
        if source is not None:
            yield TARGET, block[1](source)
        if target is not None:
            yield TARGET, target_block() * target if target_block else torch.zeros_like(target)


def _through_log_softmax(step, factor: Callable[[], Tensor]):
    """The mixed block: log_softmax's Jacobian, its rows times a factor."""
    return (
        lambda vector: log_softmax_pull_back(step, factor() * vector),
        lambda vector: factor() * log_softmax_push_forward(step, vector),
    )


def _cross_entropy_block(step):
    @cache
    def factor() -> Tensor:
        """Told by the target's gradient at equal scores, where log_softmax is -log C."""
        source = step.given[INPUT]
        at_equal_scores = step.call(TARGET_GRADIENT, {INPUT: torch.zeros_like(source)})
        return at_equal_scores / -math.log(max(source.shape[_axis(step)], 2))

    return _through_log_softmax(step, factor)


def _of_divergence(step, vectors: Vectors) -> Products:
    name, (logits, log_target), *rest = step.plan.options
    target = step.given[TARGET]
    changed = {INPUT: log_softmax(step)} if logits else {}

    def of_logarithms(output: int, target: Tensor) -> Tensor:
        given = {**changed, TARGET: target}
        return step.call(output, given, (name, (0.0, log_target), *rest))

    @cache
    def block() -> Tensor:
        return of_logarithms(GRADIENT, target if log_target else torch.ones_like(target))

    def target_block() -> Tensor:
        if log_target:
            return of_logarithms(TARGET_GRADIENT, target) - block()
        return torch.where(target == 0, 0.0, -block() / target)  # of 0 the gradient is 0

    if logits:
        both = _through_log_softmax(step, block)
    else:
        both = (lambda vector: block() * vector,) * 2
    return _of_rows(step, vectors, both, target_block, straight=not logits)


def _axis(step) -> int:
    return class_axis(step.plan.options, step.given[INPUT].dim())


def _transform(step, name: str, output: int, upstream: Tensor | None = None) -> Tensor:
    options = (name, (), NONE, 0, *step.plan.options[4:])
    only = {a: None for a in step.given if a != INPUT} | {UPSTREAM: upstream}
    return step.call(output, only, options, scale=1.0)


def log_softmax(step) -> Tensor:
    return _transform(step, "log_softmax", VALUE)


def log_softmax_pull_back(step, vector: Tensor) -> Tensor:
    """log_softmax's Jacobian, transposed, times a vector."""
    return _transform(step, "log_softmax", GRADIENT, vector)


def log_softmax_push_forward(step, vector: Tensor) -> Tensor:
    """log_softmax's Jacobian times a vector."""
    p = _transform(step, "softmax", VALUE)
    return vector - (p * vector).sum(_axis(step), keepdim=True)


# ---- a linear layer ---------------------------------------------------------------------------


def _through_layer(step, vectors: Vectors) -> Products:
    """Of the scores s = x W^T + b; all N x C of them are held here.

    With g the gradient in s and r = dx W^T + x dW^T + db the tangent of the scores, the cotangents
    are dx, dW and db, the product to differentiate is <g, r>. Its gradient in s is H r, and x and W
    stand in r as well.
    """
    given = step.given
    source, weights, bias = given[INPUT], given[WEIGHTS], given.get(BIAS)
    if source.dtype.itemsize == 2:
        source, weights = source.float(), weights.float()
        bias = None if bias is None else bias.float()
    scores = torch.nn.functional.linear(source, weights, bias)
    tangent = torch.zeros_like(scores)
    dx, dw, db = (vectors.get(a) for a in (INPUT, WEIGHTS, BIAS))
    if dx is not None:
        tangent = tangent + dx.to(scores.dtype) @ weights.mT
    if dw is not None:
        tangent = tangent + source @ dw.to(scores.dtype).mT
    if db is not None:
        tangent = tangent + db
    name, parameters, reduction, flags, _, *rest = step.plan.options
    options = OF_SCORES[name], parameters, reduction, flags, -1, *rest
    changed = {INPUT: scores, WEIGHTS: None, BIAS: None}
    g = step.call(GRADIENT, changed, options)
    bent = step.call(HESSIAN_VECTOR, {**changed, VECTOR: tangent}, options)
    if INPUT in step.needed:
        found = bent @ weights
        yield INPUT, (found if dw is None else found + g @ dw.to(g.dtype)).to(given[INPUT].dtype)
    if WEIGHTS in step.needed:
        found = bent.mT @ source
        found = found if dx is None else found + g.mT @ dx.to(g.dtype)
        yield WEIGHTS, found.to(given[WEIGHTS].dtype)
    if BIAS in step.needed:
        yield BIAS, bent.sum(0).to(given[BIAS].dtype)
    if UPSTREAM in step.needed:
        single = step.call(GRADIENT, {**changed, UPSTREAM: None}, options)
        yield UPSTREAM, (single * tangent).sum(-1).to(given[UPSTREAM].dtype)
