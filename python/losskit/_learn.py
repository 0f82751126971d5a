"""losskit_learn.h for Python: data sets, linear models, and the structures that metrics fill."""

from __future__ import annotations

import ctypes as c
import os
import weakref
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from . import _native as native
from ._arrays import view
from ._call import choose, pack_parameters
from ._native import check
from ._registry import find_loss, real_number, whole_number

if not hasattr(native.lib, "lk_train_linear"):
    raise ImportError(
        "losskit: this build of the library has no training and no metrics, which need CBLAS, "
        "LAPACKE, liblbfgs and jansson; install them and build it again with LOSSKIT_BUILD_LEARN=ON"
    )


class DatasetStruct(c.Structure):
    _fields_ = [
        ("rows", c.c_int64),
        ("features", c.c_int64),
        ("dense", c.c_void_p),
        ("starts", c.c_void_p),
        ("columns", c.c_void_p),
        ("values", c.c_void_p),
        ("targets", c.c_int64),
        ("target", c.c_void_p),
        ("weight", c.c_void_p),
        ("classes", c.c_int64),
    ]


class ModelInfo(c.Structure):
    _fields_ = [
        ("kind", c.c_int),
        ("loss", c.c_int),
        ("features", c.c_int64),
        ("outputs", c.c_int64),
        ("classes", c.c_int64),
        ("targets", c.c_int64),
        ("members", c.c_int64),
        ("class_names", c.POINTER(c.c_char_p)),
        ("boundary", c.c_double),
    ]


class LinearOptions(c.Structure):
    _fields_ = [
        ("size", c.c_size_t),
        ("loss", c.c_int),
        ("params", c.POINTER(c.c_double)),
        ("n_params", c.c_int),
        ("l1", c.c_double),
        ("l2", c.c_double),
        ("bias", c.c_int),
        ("solver", c.c_int),
        ("tolerance", c.c_double),
        ("iterations", c.c_int64),
        ("seed", c.c_uint64),
        ("learning_rate", c.c_double),
        ("batch", c.c_int64),
        ("progress", c.c_void_p),
        ("context", c.c_void_p),
    ]


class LinearReport(c.Structure):
    _fields_ = [
        ("solver", c.c_int),
        ("objective", c.c_double),
        ("gap", c.c_double),
        ("gradient", c.c_double),
        ("iterations", c.c_int64),
        ("converged", c.c_int),
        ("stopped", c.c_int),
    ]


class ClassMetrics(c.Structure):
    _fields_ = [
        ("precision", c.c_double),
        ("recall", c.c_double),
        ("f", c.c_double),
        ("support", c.c_double),
        ("undefined", c.c_uint32),
    ]


class Classification(c.Structure):
    _fields_ = [
        ("accuracy", c.c_double),
        ("balanced_accuracy", c.c_double),
        ("matthews", c.c_double),
        ("kappa", c.c_double),
        ("micro", ClassMetrics),
        ("macro", ClassMetrics),
        ("weighted", ClassMetrics),
        ("undefined", c.c_uint32),
    ]


class Average(c.Structure):
    _fields_ = [("macro", c.c_double), ("weighted", c.c_double), ("left_out", c.c_int64)]


class Regression(c.Structure):
    _fields_ = [
        ("mean_squared_error", c.c_double),
        ("root_mean_squared_error", c.c_double),
        ("mean_absolute_error", c.c_double),
        ("median_absolute_error", c.c_double),
        ("max_error", c.c_double),
        ("r2", c.c_double),
        ("explained_variance", c.c_double),
        ("mean_absolute_percentage_error", c.c_double),
        ("mean_squared_log_error", c.c_double),
        ("pinball", c.c_double),
        ("undefined", c.c_uint32),
    ]


_declare = native._declare
_DatasetP = c.POINTER(DatasetStruct)
_declare(
    "lk_dataset_create", c.c_int, native.TensorP, native.TensorP, native.TensorP, _DatasetP
)
_declare(
    "lk_dataset_create_sparse",
    c.c_int, c.c_int64, c.c_int64, *[c.c_void_p] * 5, _DatasetP,
)  # fmt: skip
_declare("lk_dataset_free", None, _DatasetP)
_declare("lk_dataset_set_classes", c.c_int, _DatasetP, c.c_int64)
_declare(
    "lk_train_linear",
    c.c_int, _DatasetP, c.POINTER(LinearOptions), c.POINTER(c.c_void_p), c.POINTER(LinearReport),
)  # fmt: skip
_declare("lk_solver_name", c.c_char_p, c.c_int)
_declare("lk_model_describe", None, c.c_void_p, c.POINTER(ModelInfo))
_declare("lk_model_free", None, c.c_void_p)
_declare("lk_model_predict", c.c_int, c.c_void_p, _DatasetP, c.c_void_p)
_declare("lk_model_classify", c.c_int, c.c_void_p, c.c_int64, c.c_void_p, c.c_void_p)
_declare("lk_model_probabilities", c.c_int, c.c_void_p, c.c_int64, c.c_void_p, c.c_void_p)
_declare("lk_model_tensors", c.c_int64, c.c_void_p)
_declare(
    "lk_model_tensor",
    c.c_int, c.c_void_p, c.c_int64, c.POINTER(c.c_char_p), native.TensorP,
)  # fmt: skip
_declare(
    "lk_model_write", c.c_int, c.c_void_p, c.POINTER(c.c_void_p), c.POINTER(c.c_size_t)
)
_declare("lk_model_read", c.c_int, c.c_char_p, c.c_size_t, c.POINTER(c.c_void_p))

# The library's bytes come from the C library's malloc.
_free = c.CDLL("ucrtbase" if os.name == "nt" else None).free
_free.argtypes, _free.restype = [c.c_void_p], None

BIASES = {"free": 0, "penalised": 1, "none": 2}


def _read_solvers() -> dict[str, int]:
    found: dict[str, int] = {}
    while (name := native.lib.lk_solver_name(len(found))) is not None:
        found[name.decode()] = len(found)
    return found


SOLVERS = _read_solvers()


def _doubles(x) -> np.ndarray | None:
    return None if x is None else np.ascontiguousarray(x, np.float64)


def _address(x: np.ndarray | None) -> int | None:
    return None if x is None else x.ctypes.data


class Dataset:
    """Rows that the library has copied: X [n, features] dense, or a SciPy CSR matrix.

    target, weight: [n] or None. With classes, target holds 0 .. classes - 1. Raises ValueError for
    numbers that are not finite, weights below 0 and labels outside the classes.
    """

    def __init__(self, X, target=None, weight=None, classes: int | None = None) -> None:
        self.struct = DatasetStruct()
        self._release = weakref.finalize(self, native.lib.lk_dataset_free, self.struct)
        if hasattr(X, "indptr"):
            self._copy_sparse(X, _doubles(target), _doubles(weight))
        else:
            views = [
                None if x is None else view(x, name)
                for name, x in (("X", X), ("target", target), ("weight", weight))
            ]
            tensors = [None if v is None else v.tensor for v in views]
            check(native.lib.lk_dataset_create(*tensors, self.struct))
        if classes is not None:
            check(native.lib.lk_dataset_set_classes(self.struct, classes))

    def _copy_sparse(self, X, target, weight) -> None:
        if X.format != "csr":
            raise TypeError(f"X is a sparse matrix of the format {X.format}; expected csr")
        rows, features = X.shape
        for name, x in (("target", target), ("weight", weight)):
            if x is not None and x.shape != (rows,):
                raise ValueError(f"{name} has the shape {x.shape}; expected ({rows},)")
        if not X.has_canonical_format:
            X = X.copy()
            X.sum_duplicates()
        starts = np.ascontiguousarray(X.indptr, np.int64)
        columns = np.ascontiguousarray(X.indices, np.int32)
        values = _doubles(X.data)
        if starts[-1] > min(columns.size, values.size):
            raise ValueError(f"X ends at {starts[-1]}; it has {values.size} numbers")
        check(
            native.lib.lk_dataset_create_sparse(
                rows,
                features,
                *(_address(x) for x in (starts, columns, values, target, weight)),
                self.struct,
            )
        )


class Model:
    """A trained model: owns the library's, and can be pickled."""

    def __init__(self, pointer: c.c_void_p) -> None:
        self._pointer = pointer
        self._release = weakref.finalize(self, native.lib.lk_model_free, pointer)
        self.info = ModelInfo()
        native.lib.lk_model_describe(pointer, self.info)

    def to_bytes(self) -> bytes:
        """The model as a safetensors file."""
        address, size = c.c_void_p(), c.c_size_t()
        check(native.lib.lk_model_write(self._pointer, address, size))
        try:
            return c.string_at(address, size.value)
        finally:
            _free(address)

    @classmethod
    def from_bytes(cls, data: bytes) -> Model:
        """The model of such a file; ValueError when it is not one."""
        pointer = c.c_void_p()
        check(native.lib.lk_model_read(data, len(data), pointer))
        return cls(pointer)

    def __reduce__(self):
        return Model.from_bytes, (self.to_bytes(),)

    def tensors(self) -> dict[str, np.ndarray]:
        """Copies of the weights by name: "weight" [outputs, features], "bias" [outputs]."""
        found = {}
        for index in range(native.lib.lk_model_tensors(self._pointer)):
            name, tensor = c.c_char_p(), native.Tensor()
            check(native.lib.lk_model_tensor(self._pointer, index, name, tensor))
            shape = tuple(tensor.shape[k] for k in range(tensor.ndim))
            kind = c.c_double if tensor.dtype.bits == 64 else c.c_float
            numbers = (kind * int(np.prod(shape))).from_address(tensor.data)
            found[name.value.decode()] = np.array(numbers).reshape(shape)
        return found

    def scores(self, X) -> np.ndarray:
        """What the loss calls its input: [n, outputs]."""
        data = Dataset(X)
        scores = np.empty((data.struct.rows, self.info.outputs))
        check(native.lib.lk_model_predict(self._pointer, data.struct, scores.ctypes.data))
        return scores

    def _checked(self, scores) -> np.ndarray:
        scores = _doubles(scores)
        if scores.ndim != 2 or scores.shape[1] != self.info.outputs:
            raise ValueError(
                f"scores have the shape {scores.shape}; expected [rows, {self.info.outputs}]"
            )
        return scores

    def classes(self, scores: np.ndarray) -> np.ndarray:
        """The class of each row of scores [n, outputs]: int64 [n]."""
        scores = self._checked(scores)
        found = np.empty(len(scores), np.int64)
        check(
            native.lib.lk_model_classify(
                self._pointer, len(scores), scores.ctypes.data, found.ctypes.data
            )
        )
        return found

    def probabilities(self, scores: np.ndarray) -> np.ndarray:
        """[n, classes]. NotImplementedError where the loss has none."""
        scores = self._checked(scores)
        found = np.empty((len(scores), self.info.classes))
        check(
            native.lib.lk_model_probabilities(
                self._pointer, len(scores), scores.ctypes.data, found.ctypes.data
            )
        )
        return found


@dataclass(frozen=True)
class Report:
    """How a training ended."""

    solver: str
    objective: float
    gap: float
    gradient: float
    iterations: int
    converged: bool


def train_linear(
    data: Dataset,
    loss: str,
    parameters: dict | None = None,
    *,
    l1: float = 0.0,
    l2: float = 1e-4,
    bias: str = "free",
    solver: str = "auto",
    tolerance: float = 0.0,
    iterations: int = 0,
    seed: int = 0,
) -> tuple[Model, Report]:
    """lk_train_linear: mean of weight * loss + l2 / 2 |w|^2 + l1 |w|_1."""
    described = find_loss(loss)
    if parameters is not None and not isinstance(parameters, Mapping):
        raise TypeError(f"the parameters of {loss} are {parameters!r}; expected a dict")
    params = pack_parameters(described, parameters or {})
    options = LinearOptions(
        size=c.sizeof(LinearOptions),
        loss=described.id,
        params=c.cast(params, c.POINTER(c.c_double)),
        n_params=len(described.parameters),
        l1=real_number(l1, "l1"),
        l2=real_number(l2, "l2"),
        bias=choose(BIASES, bias, "bias"),
        solver=choose(SOLVERS, solver, "solver"),
        tolerance=real_number(tolerance, "tolerance"),
        iterations=whole_number(iterations, "iterations"),
        seed=seed,
        learning_rate=0.0,
        batch=32,
    )
    pointer, report = c.c_void_p(), LinearReport()
    check(native.lib.lk_train_linear(data.struct, options, pointer, report))
    return Model(pointer), Report(
        solver=native.lib.lk_solver_name(report.solver).decode(),
        objective=report.objective,
        gap=report.gap,
        gradient=report.gradient,
        iterations=report.iterations,
        converged=bool(report.converged),
    )


def link_of(loss: str, parameters: dict | None, classes: int) -> Model:
    """A model whose probabilities are those of the loss; what it predicts is of no account."""
    labels = np.arange(classes)
    data = Dataset(np.zeros((classes, 1)), labels, classes=classes)
    return train_linear(data, loss, parameters, l2=1.0, iterations=1)[0]
