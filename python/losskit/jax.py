"""The losses as functions of JAX on the CPU.

    >>> import jax, jax.numpy as jnp
    >>> import losskit.jax as lj
    >>> prediction, truth = jnp.array([1.0, 2.0, 4.0]), jnp.array([1.5, 2.0, 1.0])
    >>> float(jax.jit(lj.huber)(prediction, truth))
    0.875
    >>> (3 * jax.grad(lj.huber)(prediction, truth)).tolist()
    [-0.5, 0.0, 1.0]

Names, parameters and reductions are those of losskit.<name>; parameters and options are static,
arrays may be traced. jit, vmap, scan, grad, jvp, jacrev, jacfwd and hessian go through them. What
is differentiated is computed in the pass that gives the value; nothing else is.

XLA calls the C library itself (jax.ffi): no callback into Python, no copy. The value is float64 for
a float64 input and float32 for any other, reduced or not; gradients have the dtype of their array.

Second derivatives are there of pointwise losses and of the softmax family with a target, with
respect to the input (of losses of a difference to the target, too). Forward mode is there of every
reduced loss, and with reduction "none" of these. The rest is refused: gradients of arrays that the
loss has none of (weights of samples), second derivatives beyond these and third ones by
NotImplementedError, forward mode by JAX's TypeError.

Errors in shapes, dtypes and parameters are ValueError or TypeError when the function is traced.
What only the numbers tell, a label out of range, comes when the computation runs, as
jax.errors.JaxRuntimeError with the library's sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np

from . import _native as native
from ._arrays import FLOATING, View
from ._call import Call
from ._functions import (
    DERIVATIVES,
    FLOATING_ARRAYS,
    FUNCTIONS,
    Function,
    apply_options,
    spread_axes,
)
from ._registry import ARGUMENTS

_TARGET = "losskit"
jax.ffi.register_ffi_target(_TARGET, jax.ffi.pycapsule(native.lib.lk_jax_handler), platform="cpu")

_IDS = {a.name: k for k, a in enumerate(ARGUMENTS)}
_LIKE = {a.name: a.like for a in ARGUMENTS if a.output}
_REDUCED = -1  # a result that is no argument: the reduced value
_CODES = {
    "float32": native.F32,
    "float64": native.F64,
    "float16": native.F16,
    "bfloat16": native.BF16,
    "int32": native.I32,
    "int64": native.I64,
    "uint8": native.U8,
    "bool": native.BOOL,
}


def _array(x, name: str, shown: str) -> jax.Array:
    """x as an array of a dtype that the library reads."""
    x = jnp.asarray(x)
    code = _CODES.get(x.dtype.name)
    if name in FLOATING_ARRAYS and code not in FLOATING:
        if not (jnp.issubdtype(x.dtype, jnp.integer) or x.dtype == bool):
            raise TypeError(f"{shown} has the dtype {x.dtype}; expected a floating one")
        return x.astype(jnp.result_type(float))
    if code is None:
        if x.dtype.name in ("int8", "int16", "uint16"):
            return x.astype(jnp.int32)
        raise TypeError(f"{shown} has the dtype {x.dtype}; expected {', '.join(_CODES)}")
    return x


@dataclass(frozen=True)
class _Plan:
    """What is static about a call: everything but the arrays' contents."""

    name: str
    arguments: tuple[str, ...]  # the arrays, by their name in the C library; "input" first
    reduced: bool
    attributes: tuple[tuple[str, object], ...]
    value_shape: tuple[int, ...]

    @property
    def function(self) -> Function:
        return FUNCTIONS[self.name]

    @property
    def is_local(self) -> bool:
        """Whether each number of the arrays has a part in one value alone.

        Then gradients times tangents, summed, are the value's tangent.
        """
        loss = self.function.loss
        local = loss.kind == "pointwise" or (loss.kind == "rows" and "target" in loss.takes)
        return self.reduced or local

    @property
    def class_axis(self) -> int:
        ndim = dict(self.attributes)["ndim"]
        return dict(self.attributes)["class_axis"] % ndim if ndim > 1 else 0


# What the views of traced arrays, whose numbers are not known, show everywhere.
_ZERO = np.zeros(1)


def _outline(name: str, x, arrays: dict) -> View:
    """A view of the shape and dtype of a traced array."""
    if not name.endswith("_lengths"):
        return View(_ZERO.ctypes.data, _CODES[x.dtype.name], x.shape, (0,) * x.ndim, None)
    lengths = np.zeros(x.shape, x.dtype)
    if name == "target_lengths" and arrays["target"].ndim == 1 and lengths.size:
        lengths.flat[0] = arrays["target"].size  # one sequence after the other: they add up to it
    return View(lengths.ctypes.data, _CODES[x.dtype.name], x.shape, None, lengths)


def _plan(function: Function, arguments: dict) -> tuple[_Plan, tuple[jax.Array, ...]]:
    arrays, parameters = function.split(arguments)
    arrays = {k: _array(x, k, function.shown(k)) for k, x in arrays.items()}
    call = Call(function.loss.name, parameters)
    for name, x in arrays.items():
        call.set(name, _outline(name, x, arrays))
    apply_options(call, arguments)
    call.check()
    settings = call.call
    attributes = (
        ("loss", function.loss.id),
        ("ndim", arrays["input"].ndim),
        ("parameters", (*call.parameters[: len(function.loss.parameters)], settings.ignore_target)),
        *((k, getattr(settings, k)) for k in ("reduction", "flags", "class_axis")),
        *((k, getattr(settings, k)) for k in ("ignore_index", "grouping")),
    )
    reduced = arguments.get("reduction", "none") != "none"
    shape = () if reduced else call.value_shape()
    return _Plan(function.loss.name, tuple(arrays), reduced, attributes, shape), tuple(
        arrays.values()
    )


def _wide(dtype) -> np.dtype:
    """The dtype of values for an input's."""
    return np.dtype(np.float64 if dtype == np.float64 else np.float32)


def _evaluate(plan: _Plan, arrays, outputs: tuple[str, ...], **more: jax.Array) -> dict:
    """The library's results by name, "value" being the reduced one where there is one.

    more: further arguments by name, "upstream" or "vector".
    """
    given = dict(zip(plan.arguments, arrays)) | more
    shapes, results = [], []
    for name in outputs:
        if name == "value":
            shapes.append(jax.ShapeDtypeStruct(plan.value_shape, _wide(given["input"].dtype)))
            results.append(_REDUCED if plan.reduced else _IDS["value"])
        else:
            like = given[_LIKE[name]]
            shapes.append(jax.ShapeDtypeStruct(like.shape, given["input"].dtype))
            results.append(_IDS[name])
    # Operands that vmap leaves alone get an extent of 1, by which the handler knows them.
    call = jax.ffi.ffi_call(_TARGET, shapes, vmap_method="expand_dims")
    static = {
        k: np.array(v, np.float64) if isinstance(v, tuple) else np.int64(v)
        for k, v in plan.attributes
    }
    found = call(
        *given.values(),
        **static,
        arguments=np.array([_IDS[k] for k in given], np.int64),
        results=np.array(results, np.int64),
    )
    return dict(zip(outputs, found))


def _gradient_names(plan: _Plan, perturbed) -> tuple[str, ...]:
    """The arguments whose gradients are asked for; refuses those that the loss has none of."""
    function = plan.function
    asked = tuple(k for k, wanted in zip(plan.arguments, perturbed) if wanted)
    for name in asked:
        output = DERIVATIVES.get(name)
        if output not in function.loss.takes or name == "centers":
            raise NotImplementedError(
                f"{plan.name} has no gradient of {function.shown(name)}; "
                "jax.lax.stop_gradient() says that none is meant"
            )
    return asked


def _narrow(gradient: jax.Array, like: jax.Array) -> jax.Array:
    """The gradient of an array that was spread over the input's shape: the sum over the copies."""
    axes = spread_axes(gradient.shape, like.shape)
    if axes:
        gradient = gradient.sum(axis=axes, dtype=_wide(gradient.dtype))
    return gradient.reshape(like.shape).astype(like.dtype)


def _no_gradient(x: jax.Array):
    dtype = x.dtype if jnp.issubdtype(x.dtype, jnp.floating) else jax.dtypes.float0
    return np.zeros(x.shape, dtype)


def _is_zero(x) -> bool:
    return isinstance(x, jax.custom_derivatives.SymbolicZero)


def _times(a: jax.Array, b: jax.Array) -> jax.Array:
    wide = _wide(a.dtype)
    return a.astype(wide) * b.astype(wide)


# ---- losses whose derivatives are products with tangents -----------------------------------------


@lru_cache(maxsize=1024)
def _with_tangents(plan: _Plan, asked: tuple[str, ...] = ()):
    """Value and gradients of what is asked for, (value, *gradients), of the arrays of a plan.

    The rule is linear in the tangents, so that JAX makes forward and backward mode of it.
    """

    @jax.custom_jvp
    def loss(*arrays):
        outputs = ("value", *(DERIVATIVES[k] for k in asked))
        return tuple(_evaluate(plan, arrays, outputs).values())

    def first(primals, moved):
        names = _gradient_names(plan, [k in moved for k in plan.arguments])
        value, *gradients = _with_tangents(plan, names)(*primals)
        return (value,), (_along(plan, gradients, [moved[k] for k in names]),)

    def second(primals, moved):
        names = _gradient_names(plan, [k in moved or k in asked for k in plan.arguments])
        _check_second_derivatives(plan, {*asked, *names})
        primals = _closed(f"{plan.name} has no third derivatives")(*primals)
        pointwise = plan.function.loss.kind == "pointwise"
        outputs = ("value", *(DERIVATIVES[k] for k in names), *["curvature"] * pointwise)
        found = _evaluate(plan, primals, outputs)
        slopes = {k: found[DERIVATIVES[k]] for k in names}
        tangent = _along(plan, [slopes[k] for k in moved], moved.values())
        if pointwise:
            bends = _of_curvature(found["curvature"], asked, moved)
        else:
            bends = [_of_hessian(plan, primals, moved["input"])]
        return (found["value"], *(slopes[k] for k in asked)), (tangent, *bends)

    def rule(primals, tangents):
        moved = {k: t for k, t in zip(plan.arguments, tangents) if not _is_zero(t)}
        return (second if asked else first)(primals, moved)

    loss.defjvp(rule, symbolic_zeros=True)
    return loss


def _along(plan: _Plan, gradients, tangents) -> jax.Array:
    """The tangent of the value: gradients times tangents, summed over what has a part in it."""
    return sum(_along_one(plan, g, t) for g, t in zip(gradients, tangents))


def _along_one(plan: _Plan, gradient: jax.Array, tangent: jax.Array) -> jax.Array:
    if plan.reduced:  # a dot product: its transpose is one multiplication, without an array of ones
        wide, every = _wide(gradient.dtype), tuple(range(gradient.ndim))
        a, b = gradient.astype(wide), jnp.broadcast_to(tangent, gradient.shape).astype(wide)
        return jax.lax.dot_general(a, b, ((every, every), ((), ())))
    product = _times(gradient, tangent)
    return product if plan.function.loss.kind == "pointwise" else product.sum(plan.class_axis)


# What a residual input - target is multiplied by, as seen from the two.
_SIGNS = {"input": 1, "target": -1}


def _check_second_derivatives(plan: _Plan, names: set[str]) -> None:
    loss = plan.function.loss
    if loss.kind == "pointwise":
        has = set(_SIGNS) if "distance based" in loss.traits else {"input"}
    else:
        has = {"input"} if "hessian_vector" in loss.takes else set()
    if not has:
        raise NotImplementedError(f"losskit.jax.{plan.name} has no second derivatives")
    if names - has:
        shown = ", ".join(sorted(plan.function.shown(k) for k in names - has))
        raise NotImplementedError(
            f"{plan.name} has second derivatives of {' and '.join(sorted(has))} alone, not of "
            f"{shown}; jax.lax.stop_gradient() says that none is meant"
        )


def _of_curvature(curvature: jax.Array, asked, moved: dict) -> list[jax.Array]:
    """The tangents of the gradients of a pointwise loss."""
    bend = _times(curvature, sum(_SIGNS[k] * t for k, t in moved.items()))
    return [(_SIGNS[k] * bend).astype(curvature.dtype) for k in asked]


def _of_hessian(plan: _Plan, arrays, vector: jax.Array) -> jax.Array:
    """The Hessian with respect to the input times a vector.

    To JAX it is the solution of a linear system with a symmetric matrix, since that is what it can
    map over, transpose and differentiate without looking inside.
    """

    def product(_, v):
        return _evaluate(plan, arrays, ("hessian_vector",), vector=v)["hessian_vector"]

    return jax.lax.custom_linear_solve(lambda v: v, vector, product, symmetric=True)


@lru_cache(maxsize=1024)
def _closed(sentence: str):
    """A function that gives its arrays as they are, and refuses to be differentiated."""

    @jax.custom_jvp
    def same(*arrays):
        return arrays

    def rule(primals, tangents):
        raise NotImplementedError(sentence)

    same.defjvp(rule)
    return same


# ---- losses whose derivatives take an upstream gradient ------------------------------------------


@lru_cache(maxsize=1024)
def _with_cotangents(plan: _Plan):
    """The loss of this plan as a function of its arrays, with its gradient."""
    closed = _closed(f"losskit.jax.{plan.name} has no second derivatives")

    @jax.custom_vjp
    def loss(*arrays):
        return _evaluate(plan, arrays, ("value",))["value"]

    def forward(*arrays):
        values = closed(*(a.value for a in arrays))
        asked = _gradient_names(plan, [a.perturbed for a in arrays])
        # The keys are static, and say for which arrays backward() has to find a gradient.
        return _evaluate(plan, values, ("value",))["value"], (values, dict.fromkeys(asked))

    def backward(saved, upstream):
        values, asked = saved
        if _is_zero(upstream):
            upstream = jnp.zeros(upstream.shape, upstream.dtype)
        *values, upstream = closed(*values, upstream)
        outputs = tuple(DERIVATIVES[k] for k in asked)
        found = _evaluate(plan, values, outputs, upstream=upstream)
        return tuple(
            _narrow(found[DERIVATIVES[k]], x) if k in asked else _no_gradient(x)
            for k, x in zip(plan.arguments, values)
        )

    loss.defvjp(forward, backward, symbolic_zeros=True)
    return loss


def _make(name: str):
    function = FUNCTIONS[name]

    def loss(*args, **kwargs):
        plan, arrays = _plan(function, function.bind(args, kwargs))
        if plan.is_local:
            return _with_tangents(plan)(*arrays)[0]
        return _with_cotangents(plan)(*arrays)

    loss.__name__ = loss.__qualname__ = name
    loss.__signature__ = function.signature
    loss.__doc__ = f"{function.loss.title} for JAX: see losskit.{name} and losskit.jax."
    return loss


for _name in FUNCTIONS:
    globals()[_name] = _make(_name)
del _name

__all__ = list(FUNCTIONS)
