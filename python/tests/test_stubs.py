"""The stubs are those of the catalogue, and are Python."""

import ast
import inspect
import os
import subprocess
import sys
from pathlib import Path

import losskit
import pytest
from losskit import value_and_grad
from losskit._registry import LOSSES

PACKAGE = Path(losskit.__file__).parent
SOURCE = Path(os.environ.get("LOSSKIT_SOURCE") or Path(__file__).resolve().parents[2])
SCRIPT = SOURCE / "scripts" / "python_stubs.py"


@pytest.mark.skipif(not SCRIPT.exists(), reason="needs the source tree")
def test_stubs_are_up_to_date():
    result = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def definitions(name: str) -> dict[str, ast.FunctionDef]:
    tree = ast.parse((PACKAGE / name).read_text())
    return {d.name: d for d in tree.body if isinstance(d, ast.FunctionDef)}


@pytest.mark.parametrize("name", ["__init__.pyi", "value_and_grad.pyi", "jax.pyi"])
def test_stubs_name_the_arguments(name):
    found = definitions(name)
    assert set(LOSSES) <= set(found)
    for loss in LOSSES:
        expected = list(inspect.signature(getattr(losskit, loss)).parameters)
        if name == "value_and_grad.pyi":
            expected += ["wrt", "upstream", "curvature", "curvature_floor", "vector"]
        given = found[loss].args
        assert [a.arg for a in (*given.args, *given.kwonlyargs)] == expected


def test_torch_stub_names_what_is_there():
    torch = pytest.importorskip("losskit.torch", exc_type=ImportError)
    tree = ast.parse((PACKAGE / "torch" / "__init__.pyi").read_text())
    found = {d.name: d for d in tree.body if isinstance(d, (ast.FunctionDef, ast.ClassDef))}
    assert set(found) == set(torch.__all__)
    for name in set(torch._CATALOGUE) | set(torch._functional.__all__):
        given = found[name].args
        expected = list(inspect.signature(getattr(torch, name)).parameters)
        assert [a.arg for a in (*given.args, *given.kwonlyargs)] == expected
    for name, module in torch._MODULES.items():
        if hasattr(module, "loss"):
            made = next(d for d in found[name].body if getattr(d, "name", "") == "__init__")
            options = inspect.signature(module.__init__).parameters
            first = [n for n, p in options.items() if p.kind is p.POSITIONAL_OR_KEYWORD]
            assert [a.arg for a in made.args.args] == first
            assert [a.arg for a in made.args.kwonlyargs] == list(module.__signature__.parameters)


def test_the_package_is_typed():
    assert (PACKAGE / "py.typed").exists()


def test_signatures_are_told():
    text = str(inspect.signature(losskit.huber))
    assert text.startswith("(input, target, *, delta=1.0, weight=None, reduction='mean'")
    text = str(inspect.signature(value_and_grad.huber))
    assert text.endswith("curvature=None, curvature_floor=None, vector=None)")
    assert value_and_grad.huber.__name__ == losskit.huber.__qualname__ == "huber"
