"""The few structs of losskit.h that a benchmark needs, for ctypes."""

import ctypes
from ctypes import POINTER, byref, c_char_p, c_double, c_int, c_int32, c_int64, c_size_t, c_uint8
from ctypes import c_uint16, c_uint32, c_uint64, c_void_p


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


class Pointwise(ctypes.Structure):
    _fields_ = [("size", c_size_t)] + [
        (name, POINTER(Tensor)) for name in
        ("input", "target", "auxiliary", "weight", "upstream", "value", "gradient", "curvature",
         "target_gradient", "auxiliary_gradient")] + [
        ("result", POINTER(Result)), ("reduction", c_int), ("curvature_mode", c_int),
        ("flags", c_uint32), ("ignore_target", c_double), ("curvature_floor", c_double),
        ("workspace", c_void_p), ("workspace_size", c_size_t)]


class Losskit:
    def __init__(self, path):
        self.library = ctypes.CDLL(path)
        self.library.lk_last_error.restype = c_char_p
        self.library.lk_isa_name.restype = c_char_p
        self.library.lk_evaluate.argtypes = [c_int, POINTER(c_double), c_int, POINTER(Pointwise)]

    def isa(self):
        return self.library.lk_isa_name().decode()

    def prepare(self, name, arrays, params=()):
        """A function that computes the mean and its gradient of `arrays`, a dict of NumPy arrays
        (input, target, gradient and perhaps auxiliary) of one length; it returns the mean."""
        loss = self.library.lk_loss_by_name(name.encode())
        length = c_int64(len(arrays["input"]))
        tensors = {field: Tensor(a.ctypes.data, Device(1, 0), 1, Dtype(2, 8 * a.itemsize, 1),
                                 ctypes.pointer(length), None, 0) for field, a in arrays.items()}
        result = Result()
        call = Pointwise(size=ctypes.sizeof(Pointwise), result=ctypes.pointer(result))
        for field, tensor in tensors.items():
            setattr(call, field, ctypes.pointer(tensor))
        values = (c_double * max(1, len(params)))(*params)
        evaluate, reference = self.library.lk_evaluate, byref(call)
        pointer, count = (values, len(params)) if params else (None, 0)

        def run():
            if evaluate(loss, pointer, count, reference):
                raise RuntimeError(self.library.lk_last_error().decode())
            return result.value

        run.keep = (tensors, call, result, values, length, arrays)
        return run
