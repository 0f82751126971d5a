"""ctypes' structures against the C compiler's, and against what the library says of itself."""

import ctypes as c
import os
import shutil
import subprocess
from pathlib import Path

import losskit
import pytest
from losskit import _native as native

STRUCTURES = {
    "lk_device": native.Device,
    "lk_dtype": native.DType,
    "lk_tensor": native.Tensor,
    "lk_result": native.Result,
    "lk_call": native.Call,
    "lk_affine": native.Affine,
    "lk_kink": native.Kink,
    "lk_named_value": native.NamedValue,
    "lk_parameter": native.Parameter,
    "lk_domain": native.Domain,
    "lk_loss_info": native.LossInfo,
    "lk_argument": native.Argument,
}


def test_offsets_that_the_library_tells():
    seen = 0
    while pointer := native.lib.lk_argument_describe(seen):
        argument = pointer.contents
        field = getattr(native.Call, argument.name.decode())
        assert field.offset == argument.offset, argument.name
        assert field.size == c.sizeof(c.c_void_p)
        seen += 1
    assert seen == 28


def header() -> Path | None:
    """include/losskit.h of the source tree."""
    given = os.environ.get("LOSSKIT_SOURCE")
    root = Path(given) if given else Path(__file__).resolve().parents[2]
    path = root / "include" / "losskit.h"
    return path if path.exists() else None


COMPILER = shutil.which(os.environ.get("CC", "cc"))


@pytest.mark.skipif(COMPILER is None or header() is None, reason="needs a compiler and the header")
def test_offsets_that_the_compiler_tells(tmp_path):
    lines, expected = [], []
    for name, structure in STRUCTURES.items():
        lines.append(f'printf("%zu\\n", sizeof({name}));')
        expected.append(c.sizeof(structure))
        for field, *_ in structure._fields_:
            lines.append(f'printf("%zu\\n", offsetof({name}, {field}));')
            expected.append(getattr(structure, field).offset)
    constants = {
        "LK_F32": native.F32, "LK_F64": native.F64, "LK_F16": native.F16, "LK_BF16": native.BF16,
        "LK_I32": native.I32, "LK_I64": native.I64, "LK_U8": native.U8, "LK_BOOL": native.BOOL,
        "LK_MAX_PARAMS": native.MAX_PARAMS, "LK_MAX_KINKS": native.MAX_KINKS,
        "LK_MAX_NAMED": native.MAX_NAMED, "LK_OK": native.OK, "LK_INVALID": native.INVALID,
        "LK_OUT_OF_DOMAIN": native.OUT_OF_DOMAIN, "LK_NO_MEMORY": native.NO_MEMORY,
        "LK_UNSUPPORTED": native.UNSUPPORTED,
    }
    from losskit import _call

    constants |= {
        "LK_MEAN": _call.REDUCTIONS["mean"], "LK_SUM": _call.REDUCTIONS["sum"],
        "LK_NONE": _call.REDUCTIONS["none"], "LK_BATCH_MEAN": _call.REDUCTIONS["batch_mean"],
        "LK_WEIGHTED_MEAN": _call.REDUCTIONS["weighted_mean"],
        "LK_LENGTH_MEAN": _call.REDUCTIONS["length_mean"],
        "LK_CURVATURE_TRUE": _call.CURVATURES["true"],
        "LK_CURVATURE_FISHER": _call.CURVATURES["fisher"],
        "LK_CURVATURE_UPPER": _call.CURVATURES["upper"],
        "LK_PER_SAMPLE": _call.GROUPINGS["sample"], "LK_PER_BATCH": _call.GROUPINGS["batch"],
        "LK_PER_CLASS": _call.GROUPINGS["class"], "LK_PER_ROW": _call.GROUPINGS["row"],
        "LK_PER_SAMPLE_CLASS": _call.GROUPINGS["sample_class"],
        "LK_ACCUMULATE": _call.ACCUMULATE, "LK_LABELS_01": _call.LABELS_01,
        "LK_IGNORE": _call.IGNORE, "LK_CURVATURE_FLOOR": _call.CURVATURE_FLOOR,
        "LK_EMPTY_IS_NAN": _call.EMPTY_IS_NAN, "LK_BATCH_FIRST": _call.BATCH_FIRST,
        "LK_VALUE_GIVEN": _call.VALUE_GIVEN,
    }  # fmt: skip
    for name, value in constants.items():
        lines.append(f'printf("%zu\\n", (size_t){name});')
        expected.append(value)
    source = tmp_path / "layout.c"
    source.write_text(
        "#include <stdio.h>\n#include <losskit.h>\nint main(void)\n{\n" + "\n".join(lines) + "\n}\n"
    )
    program = tmp_path / "layout"
    subprocess.run([COMPILER, f"-I{header().parent}", source, "-o", program], check=True)
    printed = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    assert [int(line) for line in printed.split()] == expected


def test_the_catalogue_is_read_whole():
    assert [loss.id for loss in losskit.losses.values()] == list(range(1, 64))
    for loss in losskit.losses.values():
        assert set(loss.needs) <= set(loss.takes)
        assert "input" in loss.needs and "value" in loss.takes
