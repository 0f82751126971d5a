"""The losses as functions of JAX on the CPU.

    >>> import jax, jax.numpy as jnp
    >>> import losskit.jax as lj
    >>> prediction, truth = jnp.array([1.0, 2.0, 4.0]), jnp.array([1.5, 2.0, 1.0])
    >>> float(jax.jit(lj.huber)(prediction, truth))
    0.875
    >>> (3 * jax.grad(lj.huber)(prediction, truth)).tolist()
    [-0.5, 0.0, 1.0]

Names, parameters and reductions are those of losskit.<name>; parameters and options are static,
arrays may be traced. jit, vmap, scan, grad, value_and_grad and jacrev go through them. What is
differentiated is computed in the pass that gives the value; nothing else is.

XLA calls the C library itself (jax.ffi): no callback into Python, no copy. The value is float64 for
a float64 input and float32 for any other, reduced or not; gradients have the dtype of their array.

Errors in shapes and parameters are ValueError or TypeError where tracing sees them. What only the
numbers tell, a label out of range, comes when the computation runs, as jax.errors.JaxRuntimeError
with the library's sentence. Forward-mode and second derivatives are refused by JAX, as is the
gradient of an array that the loss has none of (weights of samples) by a NotImplementedError.
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
    def scales(self) -> bool:
        """Whether an upstream gradient can be multiplied to the gradient afterwards."""
        return self.reduced or self.function.loss.kind == "pointwise"


def _plan(function: Function, arguments: dict) -> tuple[_Plan, tuple[jax.Array, ...]]:
    arrays, parameters = function.split(arguments)
    arrays = {k: _array(x, k, function.shown(k)) for k, x in arrays.items()}
    call = Call(function.loss.name, parameters)
    for name, x in arrays.items():
        call.set(name, View(0, _CODES[x.dtype.name], x.shape, None, None))
    apply_options(call, arguments)
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


def _evaluate(plan: _Plan, arrays, outputs: tuple[str, ...], upstream=None) -> dict:
    """The library's results by name, "value" being the reduced one where there is one."""
    given = dict(zip(plan.arguments, arrays))
    shapes, results = [], []
    for name in outputs:
        if name == "value":
            shapes.append(jax.ShapeDtypeStruct(plan.value_shape, _wide(given["input"].dtype)))
            results.append(_REDUCED if plan.reduced else _IDS["value"])
        else:
            like = given[_LIKE[name]]
            shapes.append(jax.ShapeDtypeStruct(like.shape, given["input"].dtype))
            results.append(_IDS[name])
    names = plan.arguments
    if upstream is not None:
        names, arrays = (*names, "upstream"), (*arrays, upstream)
    # Operands that vmap leaves alone get an extent of 1, by which the handler knows them.
    call = jax.ffi.ffi_call(_TARGET, shapes, vmap_method="expand_dims")
    static = {
        k: np.array(v, np.float64) if isinstance(v, tuple) else np.int64(v)
        for k, v in plan.attributes
    }
    found = call(
        *arrays,
        **static,
        arguments=np.array([_IDS[k] for k in names], np.int64),
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


def _scale(gradient: jax.Array, upstream: jax.Array) -> jax.Array:
    return (upstream * gradient.astype(upstream.dtype)).astype(gradient.dtype)


def _no_gradient(x: jax.Array):
    dtype = x.dtype if jnp.issubdtype(x.dtype, jnp.floating) else jax.dtypes.float0
    return np.zeros(x.shape, dtype)


@lru_cache(maxsize=1024)
def _differentiable(plan: _Plan):
    """The loss of this plan as a function of its arrays that JAX can differentiate."""

    @jax.custom_vjp
    def loss(*arrays):
        return _evaluate(plan, arrays, ("value",))["value"]

    def forward(*arrays):
        values = tuple(a.value for a in arrays)
        asked = _gradient_names(plan, [a.perturbed for a in arrays])
        outputs = tuple(DERIVATIVES[k] for k in asked) if plan.scales else ()
        found = _evaluate(plan, values, ("value", *outputs))
        # The keys are static, and say for which arrays backward() has to find a gradient.
        return found["value"], (values, {k: found.get(DERIVATIVES[k]) for k in asked})

    def backward(saved, upstream):
        values, gradients = saved
        if isinstance(upstream, jax.custom_derivatives.SymbolicZero):
            upstream = jnp.zeros(upstream.shape, upstream.dtype)
        if plan.scales:
            gradients = {k: _scale(g, upstream) for k, g in gradients.items()}
        else:
            outputs = {k: DERIVATIVES[k] for k in gradients}
            found = _evaluate(plan, values, tuple(outputs.values()), upstream)
            gradients = {k: found[output] for k, output in outputs.items()}
        return tuple(
            _narrow(gradients[k], x) if k in gradients else _no_gradient(x)
            for k, x in zip(plan.arguments, values)
        )

    loss.defvjp(forward, backward, symbolic_zeros=True)
    return loss


def _make(name: str):
    function = FUNCTIONS[name]

    def loss(*args, **kwargs):
        plan, arrays = _plan(function, function.bind(args, kwargs))
        return _differentiable(plan)(*arrays)

    loss.__name__ = loss.__qualname__ = name
    loss.__signature__ = function.signature
    loss.__doc__ = f"{function.loss.title} for JAX: see losskit.{name} and losskit.jax."
    return loss


for _name in FUNCTIONS:
    globals()[_name] = _make(_name)
del _name

__all__ = list(FUNCTIONS)
