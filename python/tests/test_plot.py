"""What the pictures show: the numbers of their lines, not their pixels."""

import doctest

import numpy as np
import pytest

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")

from losskit import plot  # noqa: E402
from losskit._registry import LOSSES  # noqa: E402
from matplotlib import pyplot  # noqa: E402


@pytest.fixture(autouse=True)
def closed():
    yield
    pyplot.close("all")


def test_lines_are_the_loss():
    value, gradient, curvature = plot.curve(
        "huber", what=("value", "gradient", "curvature"), delta=[0.5, 2], range=(-3, 3)
    )
    for k, delta in enumerate((0.5, 2.0)):
        x, y = value.lines[k].get_data()
        assert (x[0], x[-1]) == (-3, 3)
        near = np.abs(x) <= delta
        np.testing.assert_allclose(
            y, np.where(near, x**2 / 2, delta * (np.abs(x) - delta / 2)), atol=1e-12
        )
        np.testing.assert_allclose(gradient.lines[k].get_ydata(), np.clip(x, -delta, delta))
        inside = np.abs(np.abs(x) - delta) > 0.01
        np.testing.assert_array_equal(
            curvature.lines[k].get_ydata()[inside], near[inside].astype(float)
        )
    assert [t.get_text() for t in value.get_legend().get_texts()] == ["delta = 0.5", "delta = 2"]
    assert value.get_ylabel() == "value" and gradient.get_ylabel() == "gradient"
    assert value.get_title() == "Huber loss"
    assert "prediction" in value.get_xlabel() and "target 0" in value.get_xlabel()


def test_lines_can_be_told_apart_in_grey():
    axes = plot.curve("quantile", q=[0.1, 0.3, 0.5, 0.7, 0.9])
    looks = {(line.get_linestyle(), line.get_color()) for line in axes.lines}
    assert len(looks) == 5
    assert all(0 <= float(colour) <= 0.6 for _, colour in looks)


@pytest.mark.parametrize("name", [n for n, loss in LOSSES.items() if loss.kind == "pointwise"])
def test_every_pointwise_loss(name):
    needed = {"variance": 1.0} if name == "gaussian_nll" else {}
    both = plot.curve(name, what=("value", "gradient"), **needed)
    x, y = both[0].lines[0].get_data()
    slope = both[1].lines[0].get_ydata()
    assert np.isfinite(y).all() and len(both) == 2
    middle = (y[2:] - y[:-2]) / (x[2:] - x[:-2])
    smooth = np.abs(middle - slope[1:-1]) < 0.02 * (1 + np.abs(slope[1:-1]))
    assert smooth.mean() > 0.97  # all but kinks


def test_own_axes_and_targets():
    figure, axes = pyplot.subplots()
    assert plot.curve("logistic", target=-1, axes=axes) is axes
    x, y = axes.lines[0].get_data()
    np.testing.assert_allclose(y, np.log1p(np.exp(x)))
    assert axes.get_legend() is None


def test_surface():
    axes = plot.surface("softmax_cross_entropy", label=1, range=(-2, 2))
    assert "label 1" in axes.get_title()
    low, high = axes.collections[0].get_clim()
    assert 0 <= low < 0.02 and high == pytest.approx(np.log1p(np.exp(4)), abs=0.6)
    slopes = plot.surface("softmax_focal", what="gradient", gamma=1)
    assert slopes.get_xlabel() == "score of class 0"


@pytest.mark.parametrize(
    "sentence, call",
    [
        ("'hubber' is no loss", lambda: plot.curve("hubber")),
        ("dice cannot be drawn this way", lambda: plot.curve("dice")),
        ("huber cannot be drawn this way", lambda: plot.surface("huber")),
        ("softmax cannot be drawn", lambda: plot.surface("softmax")),
        ("what = 'slope'; expected some of", lambda: plot.curve("huber", what="slope")),
        ("one parameter at a time", lambda: plot.curve("barron", alpha=[1, 2], c=[1, 2])),
        ("axes: 1 for 2", lambda: plot.curve("huber", what=("value", "gradient"),
                                             axes=pyplot.subplots()[1])),
        ("label = 2", lambda: plot.surface("nll", label=2)),
        ("delta = -1", lambda: plot.curve("huber", delta=-1)),
    ],
)
def test_refusals(sentence, call):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_doctest():
    assert doctest.testmod(plot).failed == 0 and doctest.testmod(plot).attempted == 3
