"""The examples of docs/python.md run."""

import doctest
import os
from pathlib import Path

import pytest

SOURCE = Path(os.environ.get("LOSSKIT_SOURCE") or Path(__file__).resolve().parents[2])
PAGE = SOURCE / "docs" / "python.md"


@pytest.mark.skipif(not PAGE.exists(), reason="needs the source tree")
def test_the_page(tmp_path, monkeypatch):
    pytest.importorskip("jax")
    pytest.importorskip("matplotlib").use("Agg")
    monkeypatch.chdir(tmp_path)
    result = doctest.testfile(str(PAGE), module_relative=False)
    assert result.attempted > 15 and result.failed == 0
    assert (tmp_path / "barron.svg").stat().st_size > 10_000
