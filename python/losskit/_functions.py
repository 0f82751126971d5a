"""The losses as functions, made from the catalogue."""

from __future__ import annotations

import inspect

import numpy as np

from . import _call
from ._arrays import array_of, dtype_of, floating_view, view
from ._call import Call, choose
from ._registry import ARGUMENTS, LOSSES, Loss, real_number, whole_number

_KEYWORD = inspect.Parameter.KEYWORD_ONLY
_POSITIONAL = inspect.Parameter.POSITIONAL_OR_KEYWORD

# Tensors that a caller passes by position, in this order, where the loss needs them.
_POINTS = ("input", "target", "other", "negative", "centers", "weights", "hypotheses")
_OPTIONAL_TENSORS = (
    "bias",
    "weight",
    "class_weight",
    "mask",
    "input_lengths",
    "target_lengths",
    "hypothesis_lengths",
)
_OUTPUTS = {a.name: a for a in ARGUMENTS if a.output}
DERIVATIVES = {
    name: output
    for name, output in (
        ("input", "gradient"),
        ("centers", "center_step"),
        *((a.name, f"{a.name}_gradient") for a in ARGUMENTS if not a.output),
    )
    if output in _OUTPUTS
}


FLOATING_ARRAYS = frozenset(
    ("input", "auxiliary", "other", "negative", "centers", "weights", "bias")
)


def option_presets(loss: Loss) -> dict[str, object]:
    """Keyword options of a loss beside tensors and parameters, with their defaults."""
    options: dict[str, object] = {"reduction": "mean"}
    if loss.family == "margin":
        options["labels"] = "signed"
    if loss.kind == "pointwise":
        options["ignore_target"] = None
    if loss.kind in ("rows", "linear") and "target" in loss.takes:
        options["ignore_index"] = -100
    if loss.kind == "rows":
        options["class_axis"] = 1
    if loss.kind == "region":
        options["grouping"] = "sample"
        options["ignore_target"] = None
    if loss.kind == "sequence" and "hypotheses" not in loss.takes:
        options["batch_first"] = False
    options["empty_is_nan"] = False
    if "target" not in loss.takes and loss.kind == "rows":  # softmax, log_softmax
        return {"class_axis": 1}
    return options


def reduction_of(loss: Loss, options: dict) -> int:
    """The number of the reduction that options ask for; losses without one take none."""
    word = options.get("reduction", "none")
    if word == "length_mean" and loss.kind != "sequence":
        raise ValueError(f'{loss.name}: reduction = "length_mean" is for losses of sequences')
    return choose(_call.REDUCTIONS, word, "reduction")


def _is_on(options: dict, name: str) -> bool:
    value = options.get(name, False)
    if not isinstance(value, (bool, int, np.bool_)):
        raise TypeError(f"{name} = {value!r}; expected True or False")
    return bool(value)


def flags_of(options: dict) -> int:
    """The flags of a call that options ask for."""
    flags = choose(_call.LABELS, options.get("labels", "signed"), "labels")
    if options.get("ignore_target") is not None:
        flags |= _call.IGNORE
    if _is_on(options, "empty_is_nan"):
        flags |= _call.EMPTY_IS_NAN
    if _is_on(options, "batch_first"):
        flags |= _call.BATCH_FIRST
    return flags


def ignored_target(options: dict) -> float:
    """The target whose elements take no part; of no account where there is none."""
    ignored = options.get("ignore_target")
    return 0.0 if ignored is None else real_number(ignored, "ignore_target")


def apply_options(call: Call, options: dict) -> None:
    """Sets what is no tensor in a call."""
    c = call.call
    c.reduction = reduction_of(call.loss, options)
    if "class_axis" in options:
        c.class_axis = whole_number(options["class_axis"], "class_axis", 32)
    if "ignore_index" in options:
        c.ignore_index = whole_number(options["ignore_index"], "ignore_index")
    if "grouping" in options:
        c.grouping = choose(_call.GROUPINGS, options["grouping"], "grouping")
    c.flags = flags_of(options)
    c.ignore_target = ignored_target(options)


class Function:
    """A loss that can be called; what it says of itself is in `loss`."""

    def __init__(self, loss: Loss) -> None:
        self.loss = loss
        self.points = tuple(p for p in _POINTS if p in loss.takes)
        self.tensors = tuple(t for t in _OPTIONAL_TENSORS if t in loss.takes)
        self._tensors = self.points + self.tensors
        self._needs = {p for p in self.points if p in loss.needs}
        # A third input is an array under the name of the parameter that it stands in for.
        self.auxiliary = loss.auxiliary
        self.presets = option_presets(loss)
        self.signature = inspect.Signature(self._parameters())
        parameters = self.signature.parameters
        self._names = parameters.keys()
        self._positional = tuple(k for k, p in parameters.items() if p.kind is _POSITIONAL)
        self._defaults = {k: p.default for k, p in parameters.items() if p.default is not p.empty}

    def _parameters(self) -> list[inspect.Parameter]:
        empty = inspect.Parameter.empty
        found = [
            inspect.Parameter(p, _POSITIONAL, default=empty if p in self.loss.needs else None)
            for p in self.points
        ]
        names = [p.keyword for p in self.loss.parameters]
        if self.auxiliary and self.auxiliary not in names:
            found.append(inspect.Parameter(self.auxiliary, _POSITIONAL))
        for p in self.loss.parameters:
            default: object = p.default
            for word, number in p.named.items():
                if number == p.default and not p.is_flag:
                    default = word
            found.append(
                inspect.Parameter(
                    p.keyword, _KEYWORD, default=bool(p.default) if p.is_flag else default
                )
            )
        found += [inspect.Parameter(t, _KEYWORD, default=None) for t in self.tensors]
        found += [inspect.Parameter(k, _KEYWORD, default=v) for k, v in self.presets.items()]
        return found

    def split(self, arguments: dict) -> tuple[dict, dict]:
        """The arrays among arguments, by their name in the C library, and the parameters."""
        arrays = {name: arguments[name] for name in self._tensors if arguments[name] is not None}
        if not arrays.keys() >= self._needs:
            missing = next(p for p in self.points if p in self._needs - arrays.keys())
            raise TypeError(f"{self.loss.name}: {missing} is None; expected an array")
        parameters = {p.keyword: arguments[p.keyword] for p in self.loss.parameters}
        if self.auxiliary is not None:
            auxiliary = arguments[self.auxiliary]
            if self.auxiliary not in parameters or not isinstance(auxiliary, (str, int, float)):
                parameters.pop(self.auxiliary, None)
                arrays["auxiliary"] = auxiliary
        return arrays, parameters

    def shown(self, name: str) -> str:
        """The name by which a caller knows an array."""
        return self.auxiliary if name == "auxiliary" else name

    def prepare(self, arguments: dict) -> Call:
        """A call with everything in it but outputs. arguments: by name, defaults filled in."""
        arrays, parameters = self.split(arguments)
        call = Call(self.loss.name, parameters)
        for name, x in arrays.items():
            as_view = floating_view if name in FLOATING_ARRAYS else view
            call.set(name, as_view(x, self.shown(name)))
        apply_options(call, arguments)
        return call

    def bind(self, args: tuple, kwargs: dict) -> dict:
        """The arguments by name with defaults filled in: inspect's bind(), a tenth of its time."""
        arguments = self._defaults.copy()
        given = dict(zip(self._positional, args))
        arguments.update(given)
        arguments.update(kwargs)
        if (
            len(args) > len(self._positional)
            or len(arguments) != len(self._names)  # something is missing
            or not kwargs.keys() <= self._names
            or len({**given, **kwargs}) != len(given) + len(kwargs)  # something comes twice
        ):
            try:
                self.signature.bind(*args, **kwargs)
            except TypeError as wrong:
                raise TypeError(f"{self.loss.name}: {wrong}") from None
        return arguments

    def value(self, *args, **kwargs):
        arguments = self.bind(args, kwargs)
        call = self.prepare(arguments)
        if arguments.get("reduction", "none") != "none":
            return call.run()
        out = new_output(call, call.value_shape())
        call.set("value", view(out, "value"))
        call.run()
        return out

    def derivatives(self, args, kwargs, wrt, upstream, curvature, curvature_floor, vector):
        if curvature is None and curvature_floor is not None:
            raise ValueError(f"curvature_floor = {curvature_floor!r} without a curvature to raise")
        arguments = self.bind(args, kwargs)
        call = self.prepare(arguments)
        names = _names_of(wrt)
        outputs = {name: self._gradient_output(call, name) for name in names}
        if upstream is not None:
            call.set("upstream", floating_view(upstream, "upstream"))
        diagonal = vector is not None and self.loss.kind == "pointwise"
        mode = "true" if diagonal and curvature is None else curvature
        curved = None if mode is None else self._curvature_output(call, mode, curvature_floor)
        product = None if vector is None or diagonal else self._product_output(call, vector)
        value = None
        if arguments.get("reduction", "none") == "none":
            value = new_output(call, call.value_shape())
            call.set("value", view(value, "value"))
        result = call.run()
        if diagonal:
            product = _times(curved, vector, self.loss.name)
        found = [_narrow(outputs[name], self._source(call, name)) for name in names]
        gradients = found[0] if isinstance(wrt, str) else tuple(found)
        second = [] if curvature is None else [curved]
        second += [] if vector is None else [product]
        return (result if value is None else value, gradients, *second)

    def _curvature_output(self, call: Call, mode, floor) -> np.ndarray:
        call.call.curvature_mode = choose(_call.CURVATURES, mode, "curvature")
        if floor is not None:
            call.call.flags |= _call.CURVATURE_FLOOR
            call.call.curvature_floor = real_number(floor, "curvature_floor")
        curved = new_output(call, shape_of(call.call.input))
        call.set("curvature", view(curved, "curvature"))
        return curved

    def _product_output(self, call: Call, vector) -> np.ndarray:
        if "hessian_vector" not in self.loss.takes:
            raise NotImplementedError(f"{self.loss.name} has no Hessian-vector product")
        call.set("vector", floating_view(vector, "vector"))
        product = new_output(call, shape_of(call.call.input))
        call.set("hessian_vector", view(product, "hessian_vector"))
        return product

    def _source(self, call: Call, name: str):
        return getattr(call.call, "auxiliary" if name == self.auxiliary else name)

    def _gradient_output(self, call: Call, name: str) -> np.ndarray:
        output = DERIVATIVES.get("auxiliary" if name == self.auxiliary else name)
        if output is None or output not in self.loss.takes:
            known = [k for k, v in DERIVATIVES.items() if v in self.loss.takes]
            raise ValueError(
                f"{self.loss.name} has no gradient of {name!r}; wrt may name "
                + ", ".join(self.auxiliary if k == "auxiliary" else k for k in known)
            )
        if not self._source(call, name):
            raise ValueError(f"{self.loss.name}: there is no {name} to take the gradient of")
        out = new_output(call, shape_of(getattr(call.call, _OUTPUTS[output].like)))
        call.set(output, view(out, output))
        return out


def _names_of(wrt) -> tuple[str, ...]:
    names = (wrt,) if isinstance(wrt, str) else wrt
    if not isinstance(names, (tuple, list)) or not all(isinstance(n, str) for n in names):
        raise TypeError(f"wrt = {wrt!r}; expected the name of an array, or a tuple of names")
    return tuple(names)


def _times(diagonal: np.ndarray, vector, loss: str) -> np.ndarray:
    """A Hessian that is its diagonal times a vector that broadcasts to it."""
    vector = array_of(floating_view(vector, "vector"))
    try:
        return (diagonal * np.broadcast_to(vector, diagonal.shape)).astype(diagonal.dtype)
    except ValueError:
        raise ValueError(
            f"{loss}: vector has the shape {vector.shape}; expected {diagonal.shape}, that of input"
        ) from None


def _narrow(gradient: np.ndarray, pointer) -> np.ndarray:
    """The gradient of an array that was spread over the input's shape: the sum over the copies."""
    shape = shape_of(pointer)
    if gradient.shape == shape:
        return gradient
    axes = spread_axes(gradient.shape, shape)
    return gradient.sum(axis=axes, dtype=gradient.dtype).reshape(shape)


def spread_axes(shape, narrow) -> tuple[int, ...]:
    """The axes along which an array of the shape `narrow` was repeated to have the other shape."""
    more = len(shape) - len(narrow)
    repeated = (more + k for k, n in enumerate(narrow) if n == 1 and shape[more + k] != 1)
    return (*range(more), *repeated)


def shape_of(pointer) -> tuple[int, ...]:
    t = pointer.contents
    return tuple(t.shape[k] for k in range(t.ndim))


def new_output(call: Call, shape) -> np.ndarray:
    """An array of the input's dtype."""
    d = call.call.input.contents.dtype
    return np.empty(shape, dtype_of(d.code << 8 | d.bits))


FUNCTIONS = {name: Function(loss) for name, loss in LOSSES.items()}
