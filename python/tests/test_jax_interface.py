"""What losskit hands to XLA is laid out as JAX's own header says."""

import ctypes as c
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from losskit import _native as native

jax = pytest.importorskip("jax")


def header() -> Path | None:
    given = os.environ.get("LOSSKIT_SOURCE")
    root = Path(given) if given else Path(__file__).resolve().parents[2]
    path = root / "python" / "native" / "xla_ffi.h"
    return path if path.exists() else None


COMPILER = shutil.which(os.environ.get("CC", "cc"))
FIELDS = {
    "XLA_FFI_Extension_Base": ("struct_size", "type", "next"),
    "XLA_FFI_Api_Version": ("struct_size", "extension_start", "major_version", "minor_version"),
    "XLA_FFI_Metadata": ("struct_size", "api_version", "traits"),
    "XLA_FFI_Metadata_Extension": ("extension_base", "metadata"),
    "XLA_FFI_Error_Create_Args": ("struct_size", "extension_start", "message", "errc"),
    "XLA_FFI_Api": ("struct_size", "api_version", "internal_api", "XLA_FFI_Error_Create"),
    "XLA_FFI_Buffer": ("struct_size", "dtype", "data", "rank", "dims"),
    "XLA_FFI_Args": ("struct_size", "size", "types", "args"),
    "XLA_FFI_Rets": ("struct_size", "size", "types", "rets"),
    "XLA_FFI_Attrs": ("struct_size", "size", "types", "names", "attrs"),
    "XLA_FFI_ByteSpan": ("ptr", "len"),
    "XLA_FFI_Scalar": ("dtype", "value"),
    "XLA_FFI_Array": ("dtype", "size", "data"),
    "XLA_FFI_CallFrame": ("struct_size", "extension_start", "api", "stage", "args", "rets")
    + ("attrs",),
}
NUMBERS = (
    "XLA_FFI_API_MAJOR", "XLA_FFI_Extension_Metadata", "XLA_FFI_AttrType_ARRAY",
    "XLA_FFI_AttrType_SCALAR", "XLA_FFI_Error_Code_INVALID_ARGUMENT",
    "XLA_FFI_Error_Code_RESOURCE_EXHAUSTED", "XLA_FFI_Error_Code_UNIMPLEMENTED",
    "XLA_FFI_Error_Code_INTERNAL", "XLA_FFI_DataType_PRED", "XLA_FFI_DataType_S32",
    "XLA_FFI_DataType_S64", "XLA_FFI_DataType_U8", "XLA_FFI_DataType_F16", "XLA_FFI_DataType_F32",
    "XLA_FFI_DataType_F64", "XLA_FFI_DataType_BF16",
)  # fmt: skip


@pytest.mark.skipif(COMPILER is None or header() is None, reason="needs a compiler and the source")
def test_the_interface_is_jax_own(tmp_path):
    """Our header's layout and numbers are those of the header that this JAX ships."""

    def printed(include: str, directory: Path) -> str:
        lines = [
            f'printf("{s}.{f} %zu\\n", offsetof({s}, {f}));' for s in FIELDS for f in FIELDS[s]
        ]
        lines += [f'printf("{n} %d\\n", (int){n});' for n in NUMBERS]
        source = tmp_path / "layout.c"
        source.write_text(
            f"#include <stdio.h>\n#include <stddef.h>\n#include <{include}>\n"
            "int main(void)\n{\n" + "\n".join(lines) + "\n}\n"
        )
        program = tmp_path / "layout"
        subprocess.run([COMPILER, "-w", f"-I{directory}", source, "-o", program], check=True)
        return subprocess.run([program], check=True, capture_output=True, text=True).stdout

    own = printed("xla_ffi.h", header().parent)
    assert own == printed("xla/ffi/api/c_api.h", Path(jax.ffi.include_dir()))
    assert len(own.splitlines()) > 60


def test_the_version_that_an_old_runtime_is_told():
    """XLA up to JAX 0.5 asks for it in a frame that has no interface in it."""

    class Metadata(c.Structure):
        _fields_ = [
            ("struct_size", c.c_size_t),
            ("version_size", c.c_size_t),
            ("version_extension", c.c_void_p),
            ("major", c.c_int),
            ("minor", c.c_int),
            ("traits", c.c_uint32),
        ]

    class Extension(c.Structure):
        _fields_ = [
            ("struct_size", c.c_size_t),
            ("type", c.c_int),
            ("next", c.c_void_p),
            ("metadata", c.POINTER(Metadata)),
        ]

    metadata = Metadata(major=-1, minor=-1, traits=7)
    extension = Extension(c.sizeof(Extension), 1, None, c.pointer(metadata))
    frame = (c.c_size_t * 32)(256, c.addressof(extension))
    assert native.lib.lk_jax_handler(frame) == 0
    assert (metadata.major, metadata.minor, metadata.traits) == (0, 1, 0)
