"""The programs of examples/python run to their end, and show what they say that they show."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("losskit.torch")

SOURCE = Path(os.environ.get("LOSSKIT_SOURCE") or Path(__file__).resolve().parents[2])
EXAMPLES = SOURCE / "examples" / "python"
pytestmark = pytest.mark.skipif(not EXAMPLES.exists(), reason="needs the source tree")


def run(name: str, *arguments: str) -> str:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg"}
    command = [sys.executable, EXAMPLES / name, *arguments]
    return subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, timeout=280, env=environment
    ).stdout


def column(text: str, row: str, which: int) -> float:
    """A number of the line that begins with row."""
    (line,) = (line for line in text.splitlines() if re.match(re.escape(row) + "  ", line))
    return float(re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", line[len(row) :])[which])


def test_training_loop():
    text = run("torch_training_loop.py")
    assert float(text.split()[-1]) < 1e-5  # the two Huber losses end at the same weights
    plain = column(text, "torch mse_loss", 0)
    assert column(text, "losskit cauchy", 0) < 0.1 * plain
    assert column(text, "losskit huber_loss", 0) < 0.5 * plain


def test_center_loss(tmp_path):
    picture = tmp_path / "features.png"
    text = run("center_loss_mnist.py", "--plot", str(picture))
    alone, both = (column(text, row, 1) for row in ("cross-entropy", "cross-entropy + center"))
    assert both < alone
    assert picture.stat().st_size > 10_000


def test_ctc():
    text = run("ctc_recogniser.py")
    rates = [float(line.split()[2]) for line in text.splitlines()[1:9]]
    assert rates[0] > 0.9 and rates[-1] < 0.2


def test_fused_language_model():
    text = run("fused_lm.py", "--steps", "2")
    loss, memory, _ = (
        [column(text, way, k) for way in ("plain", "fused")] for k in range(3)
    )
    assert loss[0] == pytest.approx(loss[1], abs=2e-3)
    assert memory[1] < 0.6 * memory[0]
