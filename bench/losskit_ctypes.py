"""The few structs of losskit.h that a benchmark needs, for ctypes."""

import ctypes
import itertools
from ctypes import POINTER, byref, c_char_p, c_double, c_int, c_int32, c_int64, c_size_t, c_uint8
from ctypes import c_uint16, c_uint32, c_uint64, c_void_p

DTYPES = {"float32": (2, 32), "float64": (2, 64), "int32": (0, 32), "int64": (0, 64),
          "uint8": (1, 8)}
MEAN, SUM, NONE, BATCH_MEAN, WEIGHTED_MEAN, LENGTH_MEAN = range(6)


class Device(ctypes.Structure):
    _fields_ = [("type", c_int32), ("id", c_int32)]


class Dtype(ctypes.Structure):
    _fields_ = [("code", c_uint8), ("bits", c_uint8), ("lanes", c_uint16)]


class Tensor(ctypes.Structure):
    _fields_ = [("data", c_void_p), ("device", Device), ("ndim", c_int32), ("dtype", Dtype),
                ("shape", POINTER(c_int64)), ("strides", POINTER(c_int64)),
                ("byte_offset", c_uint64)]


class Result(ctypes.Structure):
    _fields_ = [("value", c_double), ("normalizer", c_double), ("count", c_int64)]


def tensors(*names):
    return [(name, POINTER(Tensor)) for name in names]


class Call(ctypes.Structure):
    _fields_ = [("size", c_size_t), *tensors("input", "target", "auxiliary", "weight", "upstream",
                                             "value", "gradient", "curvature", "target_gradient",
                                             "auxiliary_gradient"),
                ("result", POINTER(Result)), ("reduction", c_int), ("curvature_mode", c_int),
                ("flags", c_uint32), ("ignore_target", c_double), ("curvature_floor", c_double),
                ("workspace", c_void_p), ("workspace_size", c_size_t),
                *tensors("class_weight", "vector", "hessian_vector"), ("ignore_index", c_int64),
                ("class_axis", c_int32),
                *tensors("weights", "bias", "weights_gradient", "bias_gradient", "mask"),
                ("grouping", c_int), *tensors("other", "negative", "centers", "other_gradient",
                                              "negative_gradient", "center_step", "input_lengths",
                                              "target_lengths", "hypotheses",
                                              "hypothesis_lengths")]


def tensor_of(array):
    """A C-order view of a NumPy array, which must outlive it."""
    assert array.flags.c_contiguous
    code, bits = DTYPES[array.dtype.name]
    shape = (c_int64 * max(1, array.ndim))(*array.shape)
    return Tensor(array.ctypes.data, Device(1, 0), array.ndim, Dtype(code, bits, 1),
                  ctypes.cast(shape, POINTER(c_int64)), None, 0)


class Losskit:
    def __init__(self, path):
        self.library = ctypes.CDLL(path)
        self.library.lk_last_error.restype = c_char_p
        self.library.lk_isa_name.restype = c_char_p
        self.library.lk_evaluate.argtypes = [c_int, POINTER(c_double), c_int, POINTER(Call)]

    def isa(self):
        return self.library.lk_isa_name().decode()

    def set_threads(self, threads):
        self.library.lk_set_num_threads(c_int(threads))

    def prepare(self, name, arrays, params=(), reduction=MEAN):
        """A function that computes the loss of `arrays`, NumPy arrays by the names of lk_call's
        members, inputs and outputs; it returns the reduced loss."""
        loss = self.library.lk_loss_by_name(name.encode())
        views = {field: tensor_of(array) for field, array in arrays.items()}
        result = Result()
        call = Call(size=ctypes.sizeof(Call), result=ctypes.pointer(result), reduction=reduction,
                    ignore_index=-100, class_axis=1)
        for field, tensor in views.items():
            setattr(call, field, ctypes.pointer(tensor))
        values = (c_double * max(1, len(params)))(*params)
        evaluate, reference = self.library.lk_evaluate, byref(call)
        pointer, count = (values, len(params)) if params else (None, 0)

        def run():
            if evaluate(loss, pointer, count, reference):
                raise RuntimeError(self.library.lk_last_error().decode())
            return result.value

        run.keep = (views, call, result, values, arrays)
        return run


class Sequences(ctypes.Structure):
    _fields_ = [("data", c_void_p), ("tokens", c_int), ("count", c_int64),
                ("offsets", POINTER(c_int64))]


class Texts:
    """Texts one after the other as lk_edit_distance() takes them: UTF-8, or code points as 32-bit
    integers."""

    INTEGERS, CHARACTERS = 0, 2

    def __init__(self, texts, tokens=CHARACTERS):
        parts = [text.encode() if tokens == self.CHARACTERS else text for text in texts]
        self.offsets = (c_int64 * (len(parts) + 1))(0, *itertools.accumulate(map(len, parts)))
        self.data = (b"".join(parts) if tokens == self.CHARACTERS else
                     "".join(parts).encode("utf-32-le"))
        self.view = Sequences(ctypes.cast(c_char_p(self.data), c_void_p), tokens, len(parts),
                              self.offsets)


def prepare_edit_distance(library, hypotheses, references):
    """A function that computes the distances of all pairs of two Texts, and the array of them."""
    distances = (c_int64 * max(1, hypotheses.view.count))()
    compute = library.library.lk_edit_distance
    compute.argtypes = [POINTER(Sequences), POINTER(Sequences), c_void_p, c_void_p, c_void_p]
    arguments = (byref(hypotheses.view), byref(references.view), ctypes.addressof(distances), None,
                 None)

    def run():
        if compute(*arguments):
            raise RuntimeError(library.library.lk_last_error().decode())

    run.keep = (hypotheses, references, distances)
    return run, distances
