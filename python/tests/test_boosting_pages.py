"""What the pages, docstrings and examples on boosting and scikit-learn say: it runs as written."""

import doctest
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

threadpoolctl = pytest.importorskip("threadpoolctl")
for needed in ("lightgbm", "sklearn", "xgboost"):
    pytest.importorskip(needed)

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["losskit.boosting", "losskit.sklearn"])
def test_docstrings(name):
    done = doctest.testmod(importlib.import_module(name))
    assert done.attempted > 0 and done.failed == 0


@pytest.mark.parametrize("page", ["python-boosting.md", "python-sklearn.md"])
def test_pages(page, capsys):
    path = ROOT / "docs" / page
    blocks = re.findall(r"^```python\n(.*?)^```$", path.read_text(), re.MULTILINE | re.DOTALL)
    code = doctest.DocTestParser().get_doctest("".join(blocks), {}, page, str(path), 0)
    assert len(code.examples) > 10
    with threadpoolctl.threadpool_limits(1):
        done = doctest.DocTestRunner().run(code)
    assert done.failed == 0, capsys.readouterr().out


def run(example: str) -> str:
    done = subprocess.run(
        [sys.executable, ROOT / "examples" / "python" / example],
        capture_output=True, text=True, timeout=120,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_focal_lightgbm():
    line = re.compile(r"^(\d) +(\w+) +([\d.]+) +([\d.]+) +([\d.]+)$", re.MULTILINE)
    rows = line.findall(run("focal_lightgbm.py"))
    assert [row[1] for row in rows] == ["binary", "sigmoid_focal"] * 3
    for own, ours in zip(rows[::2], rows[1::2], strict=True):
        assert float(ours[2]) > float(own[2]) + 0.05


def test_robust_sklearn():
    errors = dict(re.findall(r"^  (.+?)  +([\d.]+)$", run("robust_sklearn.py"), re.M))
    assert float(errors["least squares (scikit-learn)"]) > 200
    for name in ("absolute_error", "huber, delta = 50", "tukey_biweight, MAD scale"):
        assert float(errors[name]) < 55, name
    assert any(name.endswith("by search") and float(e) < 55 for name, e in errors.items())
