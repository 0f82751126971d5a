"""The operator losskit::evaluate: what torch.compile, torch.func and tensor subclasses see.

One operator serves every loss and every derivative of it, since a call of the C library does:

    evaluate(tensors, arguments, outputs, ...) -> tensors

`arguments` and `outputs` say, as numbers of lk_argument_id, what the tensors are. Its gradient is
made of calls of itself: a gradient's gradient comes from the curvature of a pointwise loss and from
the Hessian-vector product of one over rows, and what they give over several tensors is in _mixed.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.autograd import Function

from . import _mixed
from ._compute import compute
from ._plan import (
    DERIVATIVES,
    GRADIENT,
    HESSIAN_VECTOR,
    INPUT,
    LIKE,
    UPSTREAM,
    VALUE,
    VECTOR,
    Plan,
    class_axis,
    plan_of,
)

_library = torch.library.Library("losskit", "DEF")
_library.define(
    "evaluate(Tensor[] tensors, int[] arguments, int[] outputs, float scale, ScalarType? dtype, "
    "str loss, float[] parameters, int reduction, int flags, int class_axis, int ignore_index, "
    "int grouping, float ignore_target) -> Tensor[]",
    tags=(torch.Tag.pt2_compliant_tag,),
)
_transforms_active = torch._C._are_functorch_transforms_active
_GRADIENTS = frozenset(DERIVATIVES.values())
_operator = torch.ops.losskit.evaluate.default


def call(plan: Plan, scale, dtype, arguments, tensors, outputs) -> list[Tensor]:
    """The operator with a plan; as compute(), through PyTorch's dispatcher."""
    return call_with(plan.options, scale, dtype, arguments, tensors, outputs)


def call_with(options, scale, dtype, arguments, tensors, outputs) -> list[Tensor]:
    """The same with the options of a plan."""
    if not torch.compiler.is_compiling() and _transforms_active():
        return list(_Transformed.apply(options, scale, dtype, arguments, outputs, *tensors))
    return _dispatch(options, scale, dtype, arguments, outputs, tensors)


def _dispatch(options, scale, dtype, arguments, outputs, tensors) -> list[Tensor]:
    name, parameters, *rest = options
    return _operator(
        list(tensors), list(arguments), list(outputs), scale, dtype, name, list(parameters), *rest
    )


def _plan(name, parameters, *rest) -> Plan:
    try:
        return plan_of(name, tuple(parameters), *rest)
    except TypeError:  # symbols have no hash
        return Plan(name, tuple(parameters), *rest)


@torch._disable_dynamo  # as torch.library.custom_op does: what C computes is not to be traced
def _run(tensors, arguments, outputs, scale, dtype, *options) -> list[Tensor]:
    return compute(_plan(*options), scale, dtype, arguments, tensors, outputs)


def _fake(tensors, arguments, outputs, scale, dtype, *options) -> list[Tensor]:
    plan = _plan(*options)
    sources = dict(zip(arguments, tensors))
    source = sources[INPUT]

    def result(output: int) -> Tensor:
        if output != VALUE:
            return torch.empty_like(sources[LIKE[output]])
        shape = () if plan.reduces else plan.value_shape(source.shape)
        return source.new_empty(shape, dtype=dtype or source.dtype)

    return [result(output) for output in outputs]


def spread(upstream: Tensor, plan: Plan, like: Tensor) -> Tensor:
    """An upstream gradient of the values in a shape that multiplies a gradient."""
    if plan.loss.kind != "rows" or upstream.dim() == like.dim() or plan.reduces:
        return upstream
    return upstream.unsqueeze(class_axis(plan.options, like.dim()))


def pull_back(plan: Plan, scale, dtype, arguments, tensors, outputs, upstream) -> list[Tensor]:
    """The gradients in `outputs` for an upstream gradient, themselves differentiable."""
    if plan.multiplies:
        found = call(plan, scale, dtype, arguments, tensors, outputs)
        return [g * spread(upstream, plan, g).to(g.dtype) for g in found]
    tensors, arguments = (*tensors, upstream), (*arguments, UPSTREAM)
    return call(plan, scale, dtype, arguments, tensors, outputs)


def _setup_context(ctx, inputs, output) -> None:
    tensors, *ctx.rest = inputs
    ctx.set_materialize_grads(False)
    ctx.save_for_backward(*tensors, *output)


def _backward(ctx, cotangents):
    arguments, outputs, scale, dtype, *options = ctx.rest
    gradients = _gradients(
        ctx, _plan(*options), scale, dtype, arguments, outputs, cotangents, ctx.needs_input_grad[0]
    )
    # An empty list has to come back as one: PyTorch flattens what it gave.
    nothing = [[] if isinstance(x, (list, tuple)) and not x else None for x in ctx.rest]
    return gradients, *nothing


def _gradients(ctx, plan, scale, dtype, arguments, outputs, cotangents, needs):
    count = len(arguments)
    tensors, results = ctx.saved_tensors[:count], ctx.saved_tensors[count:]
    needed = [a for a, need in zip(arguments, needs) if need]
    step = _Step(
        plan, scale, dtype, arguments, tensors,
        dict(zip(outputs, results)), dict(zip(outputs, cotangents)), needed,
    )  # fmt: skip
    found = step.gradients()
    return [found.get(a) for a in arguments]


class _Transformed(Function):
    """The operator under torch.func, which an operator's registered gradient does not reach."""

    @staticmethod
    def forward(options, scale, dtype, arguments, outputs, *tensors):
        return tuple(_dispatch(options, scale, dtype, arguments, outputs, tensors))

    @staticmethod
    def setup_context(ctx, inputs, output) -> None:
        ctx.rest, tensors = inputs[:5], inputs[5:]
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(*tensors, *output)

    @staticmethod
    def backward(ctx, *cotangents):
        options, scale, dtype, arguments, outputs = ctx.rest
        gradients = _gradients(
            ctx, _plan(*options), scale, dtype, arguments, outputs, cotangents,
            ctx.needs_input_grad[5:],
        )  # fmt: skip
        return None, None, None, None, None, *gradients

    @staticmethod
    def jvp(ctx, *tangents):
        raise NotImplementedError(
            "losskit has no forward-mode derivatives; use backward, torch.func.grad or "
            "torch.func.vjp"
        )

    @staticmethod
    def vmap(info, in_dims, options, scale, dtype, arguments, outputs, *tensors):
        found = [
            call_with(options, scale, dtype, arguments, of_sample, outputs)
            for of_sample in _samples(info.batch_size, in_dims[5:], tensors)
        ]
        return tuple(torch.stack(r) for r in zip(*found)), (0,) * len(outputs)


class _Step:
    """The gradient of one call of the operator, from the cotangents of its outputs."""

    def __init__(self, plan, scale, dtype, arguments, tensors, results, cotangents, needed):
        self.plan = plan
        self.shared = (scale, dtype)
        self.arguments = tuple(arguments)
        self.tensors = tuple(tensors)
        self.given = dict(zip(self.arguments, self.tensors))
        self.results = results
        self.cotangents = {k: v for k, v in cotangents.items() if v is not None}
        self.needed = needed
        self.found: dict[int, Tensor] = {}

    def gradients(self) -> dict[int, Tensor]:
        if not self.cotangents:
            return self.found
        if self.plan.facts.transform and UPSTREAM in self.arguments:
            self._of_transform()
            return self.found
        slopes = {k: v for k, v in self.cotangents.items() if k != VALUE}
        if not slopes.keys() <= _GRADIENTS:
            raise NotImplementedError(f"{self.plan.loss.name} has no further derivatives")
        if VALUE in self.cotangents:
            self._of_value(self.cotangents[VALUE])
        if slopes:
            self._of_gradients(slopes)
        return self.found

    def _add(self, argument: int, gradient: Tensor) -> None:
        if argument in self.needed:
            known = self.found.get(argument)
            self.found[argument] = gradient if known is None else known + gradient

    def call(self, output: int, changed=None, options=None, scale=None) -> Tensor:
        """An output of a call like this one: with other tensors, None for one left out, options."""
        given = {k: t for k, t in {**self.given, **(changed or {})}.items() if t is not None}
        scale = self.shared[0] if scale is None else scale
        return call_with(
            options or self.plan.options, scale, self.shared[1], tuple(given),
            tuple(given.values()), (output,),
        )[0]  # fmt: skip

    def _of_value(self, upstream: Tensor) -> None:
        plan = self.plan
        wanted = {a: plan.facts.derivative(a) for a in self.needed}
        if plan.multiplies and all(output in self.results for output in wanted.values()):
            for argument, output in wanted.items():
                g = self.results[output]
                self._add(argument, g * spread(upstream, plan, g).to(g.dtype))
            return
        found = pull_back(
            plan, *self.shared, self.arguments, self.tensors, tuple(wanted.values()), upstream
        )
        for argument, gradient in zip(wanted, found):
            self._add(argument, gradient)

    def _of_gradients(self, slopes: dict[int, Tensor]) -> None:
        """The Hessian times the cotangents of the gradients."""
        sources = {output: source for source, output in self.plan.facts.derivatives.items()}
        vectors = {sources[output]: slope for output, slope in slopes.items()}
        for argument, gradient in _mixed.products(self, vectors):
            self._add(argument, gradient)

    def _of_transform(self) -> None:
        """Of the product of a transform's Jacobian, transposed, with an upstream gradient."""
        if HESSIAN_VECTOR in self.cotangents:
            raise NotImplementedError(f"{self.plan.loss.name} has no third derivatives")
        vector = self.cotangents[GRADIENT]
        if INPUT in self.needed:
            self._add(INPUT, self.call(HESSIAN_VECTOR, {VECTOR: vector}))
        if UPSTREAM in self.needed:
            self._add(UPSTREAM, self._push_forward(vector))

    def _push_forward(self, vector: Tensor) -> Tensor:
        """The Jacobian times a vector. That of softmax is symmetric."""
        if self.plan.loss.name == "softmax":
            return self.call(GRADIENT, {UPSTREAM: vector})
        return _mixed.log_softmax_push_forward(self, vector)


def _samples(size: int, axes, tensors):
    """The tensors of one sample after the other: the reduction of each is its own."""
    for k in range(size):
        yield [t if axis is None else t.select(axis, k) for t, axis in zip(tensors, axes)]


def _vmap(info, in_dims, tensors, *rest):
    found = [_operator(t, *rest) for t in _samples(info.batch_size, in_dims[0], tensors)]
    outputs = rest[1]
    return [torch.stack(results) for results in zip(*found)], [0] * len(outputs)


_library.impl("evaluate", _run, "CPU")
torch.library.register_fake("losskit::evaluate", _fake, lib=_library)
torch.library.register_autograd(
    "losskit::evaluate", _backward, setup_context=_setup_context, lib=_library
)
torch.library.register_vmap("losskit::evaluate", _vmap, lib=_library)
