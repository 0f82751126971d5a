"""Every kind of failure: its exception and its sentence."""

import losskit
import numpy as np
import pytest
from losskit import _native, value_and_grad

X, T = np.array([1.0, 2.0]), np.array([0.0, 1.0])
SCORES, LABELS = np.zeros((2, 3)), np.array([0, 2])


def refuses(error, sentence, call):
    with pytest.raises(error, match=sentence):
        call()


@pytest.mark.parametrize(
    "sentence, call",
    [
        (r"missing a required argument: 'target'", lambda: losskit.huber(X)),
        (r"missing a required argument: 'input'", lambda: losskit.huber(target=T)),
        (r"too many positional arguments", lambda: losskit.huber(X, T, 1.0)),
        (r"unexpected keyword argument 'delt'", lambda: losskit.huber(X, T, delt=1.0)),
        (r"missing a required argument: 'target'", lambda: losskit.huber(X, delt=1.0)),
        (r"multiple values for argument 'target'", lambda: losskit.huber(X, T, target=T)),
        (r"missing a required argument: 'variance'", lambda: losskit.gaussian_nll(X, T)),
        (r"unexpected keyword argument 'mask'", lambda: losskit.huber(X, T, mask=T)),
        (r"delta = \[1\]; expected a number", lambda: losskit.huber(X, T, delta=[1])),
        (r"class_axis = 1.5; expected a whole number",
         lambda: losskit.softmax_cross_entropy(SCORES, LABELS, class_axis=1.5)),
        (r"ignore_index = 'no'; expected a whole number",
         lambda: losskit.softmax_cross_entropy(SCORES, LABELS, ignore_index="no")),
        (r"dtype complex128", lambda: losskit.huber(X * 1j, T)),
        (r"huber: missing a required argument", lambda: losskit.huber()),
        (r"huber: target is None; expected an array", lambda: losskit.huber(X, None)),
        (r"ignore_target = 'a'; expected a number",
         lambda: losskit.huber(X, T, ignore_target="a")),
        (r"curvature_floor = 'a'; expected a number",
         lambda: value_and_grad.huber(X, T, curvature="true", curvature_floor="a")),
        (r"empty_is_nan = 'no'; expected True or False",
         lambda: losskit.huber(X, T, empty_is_nan="no")),
        (r"wrt = None; expected the name", lambda: value_and_grad.huber(X, T, wrt=None)),
        (r"wrt = \('input', 3\)", lambda: value_and_grad.huber(X, T, wrt=("input", 3))),
    ],
)
def test_type_errors(sentence, call):
    refuses(TypeError, sentence, call)


@pytest.mark.parametrize(
    "sentence, call",
    [
        (r'reduction = "median"|reduction = \'median\'; expected one of "mean", "sum"',
         lambda: losskit.huber(X, T, reduction="median")),
        (r"reduction = \['mean'\]", lambda: losskit.huber(X, T, reduction=["mean"])),
        (r"labels = '10'; expected one of \"signed\", \"01\"",
         lambda: losskit.hinge(X, T, labels="10")),
        (r"grouping = 'pixel'", lambda: losskit.dice(SCORES, SCORES, grouping="pixel")),
        (r'alpha = "some"; expected "none"', lambda: losskit.sigmoid_focal(X, T, alpha="some")),
        (r'delta = "auto"; expected a number', lambda: losskit.huber(X, T, delta="auto")),
        (r"curvature = 'false'", lambda: value_and_grad.huber(X, T, curvature="false")),
        (r"curvature_floor = 1.0 without a curvature",
         lambda: value_and_grad.huber(X, T, curvature_floor=1.0)),
        (r"hinge has no gradient of 'target'; wrt may name input",
         lambda: value_and_grad.hinge(X, T, labels="01", wrt="target")),
        (r"huber has no gradient of 'delta'; wrt may name input, target",
         lambda: value_and_grad.huber(X, T, wrt="delta")),
        (r"class_axis = 4294967297; expected a whole number of 32 bits",
         lambda: losskit.softmax_cross_entropy(SCORES, LABELS, class_axis=2**32 + 1)),
        (r"ignore_index = 18446744073709551618; expected a whole number of 64 bits",
         lambda: losskit.softmax_cross_entropy(SCORES, LABELS, ignore_index=2**64 + 2)),
        (r"threads = -1; expected a whole number from 0", lambda: losskit.set_num_threads(-1)),
        (r"threads = 'two'", lambda: losskit.set_num_threads("two")),
        (r'reduction = "length_mean" is for losses of sequences',
         lambda: losskit.huber(X, T, reduction="length_mean")),
        (r"target: .*inhomogeneous", lambda: losskit.huber(X, [[1.0], [2.0, 3.0]])),
        (r"no bias to take the gradient of",
         lambda: value_and_grad.linear_cross_entropy(
             np.zeros((2, 4)), LABELS, np.zeros((3, 4)), wrt=("input", "bias"))),
    ],
)
def test_wrong_words(sentence, call):
    refuses(ValueError, sentence, call)


@pytest.mark.parametrize(
    "sentence, call",
    [
        (r"huber: delta = -1 ", lambda: losskit.huber(X, T, delta=-1)),
        (r"huber: delta = nan", lambda: losskit.huber(X, T, delta=np.nan)),
        (r"target\[1\] = 3 is outside \[0, 3\)",
         lambda: losskit.softmax_cross_entropy(SCORES, np.array([0, 3]))),
        (r"target\[1\] = -2", lambda: losskit.softmax_cross_entropy(SCORES, np.array([0, -2]))),
        (r"target\[1\] = 0.5", lambda: losskit.hinge(X, np.array([1.0, 0.5]))),
        (r"target\[0\] = 0", lambda: losskit.hinge(X, T)),
        (r"input\[1\] = 2 ", lambda: losskit.binary_cross_entropy(X, T)),
        (r"target", lambda: losskit.huber(X, np.zeros(3))),
        (r"weight", lambda: losskit.huber(X, T, weight=np.zeros(3))),
        (r"upstream", lambda: value_and_grad.huber(X, T, upstream=np.zeros(5))),
        (r"weights", lambda: losskit.linear_cross_entropy(SCORES, LABELS, np.zeros((4, 2)))),
        (r"class_weight",
         lambda: losskit.softmax_cross_entropy(SCORES, LABELS, class_weight=np.ones(4))),
        (r"class_axis", lambda: losskit.softmax_cross_entropy(SCORES, LABELS, class_axis=5)),
        (r"variance\[1\] = -1", lambda: losskit.gaussian_nll(X, T, np.array([1.0, -1.0]))),
        (r"dimension|ndim", lambda: losskit.huber(np.zeros((1,) * 40), 0.0)),
    ],
)
def test_sentences_of_the_library(sentence, call):
    refuses(ValueError, sentence, call)


def test_modes_that_a_loss_lacks():
    with pytest.raises((NotImplementedError, ValueError), match="fisher|upper"):
        value_and_grad.tweedie(X, T, curvature="upper")


def test_statuses_become_exceptions():
    _native.check(_native.OK)
    for status, error in (
        (_native.INVALID, ValueError),
        (_native.OUT_OF_DOMAIN, ValueError),
        (_native.NO_MEMORY, MemoryError),
        (_native.UNSUPPORTED, NotImplementedError),
    ):
        with pytest.raises(error):
            _native.check(status)


def test_an_error_does_not_stick():
    with pytest.raises(ValueError):
        losskit.huber(X, T, delta=-1)
    assert losskit.huber(X, T) == 0.5


def test_the_library_that_is_not_there(monkeypatch, tmp_path):
    monkeypatch.delenv("LOSSKIT_LIBRARY", raising=False)
    monkeypatch.setattr(_native, "__file__", str(tmp_path / "_native.py"))
    with pytest.raises(ImportError, match="install the package with pip, or set LOSSKIT_LIBRARY"):
        _native._find_library()


def test_a_chosen_library_comes_first(monkeypatch, tmp_path):
    chosen = tmp_path / "mine.so"
    chosen.touch()
    monkeypatch.setenv("LOSSKIT_LIBRARY", str(chosen))
    assert _native._find_library() == str(chosen)
