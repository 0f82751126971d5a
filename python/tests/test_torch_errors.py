"""What losskit.torch refuses, and the sentences: the offending value and its place."""

import pytest

torch = pytest.importorskip("torch")
import losskit  # noqa: E402
import losskit.torch as L  # noqa: E402

X = torch.tensor([1.0, 2.0, 4.0])
SCORES, LABELS = torch.zeros(2, 3), torch.tensor([0, 2])

PAIRS = [
    "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "poisson_nll_loss", "soft_margin_loss",
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "multilabel_soft_margin_loss",
    "cross_entropy", "nll_loss", "multi_margin_loss", "kl_div", "huber", "softmax_cross_entropy",
]  # fmt: skip


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("given", [(X.numpy(), X), (X, X.numpy()), (X.numpy(), X.numpy())])
def test_what_is_no_tensor(name, given):
    with pytest.raises(TypeError, match=r"(input|target) is a ndarray; expected a torch.Tensor"):
        getattr(L, name)(*given)


@pytest.mark.parametrize(
    "sentence, call",
    [
        ("weight is a list", lambda: L.mse_loss(X, X, weight=[1, 2, 3])),
        ("weight is a list", lambda: L.cross_entropy(SCORES, LABELS, weight=[1, 2, 3])),
        (r"var = \[1.0\]; expected a number", lambda: L.gaussian_nll_loss(X, X, [1.0])),
        ("negative is a list", lambda: L.triplet_margin_loss(SCORES, SCORES, [1])),
        ("target is a list", lambda: L.cosine_embedding_loss(SCORES, SCORES, [1, 1])),
        ("linear_weight is a list", lambda: L.linear_cross_entropy(SCORES, [[1]], LABELS)),
        ("input is a list", lambda: L.softmax([1.0], 0)),
        ("class_axis = 'a'; expected a whole number", lambda: L.softmax(SCORES, "a")),
        ("delta = 'a'; expected a number", lambda: L.huber_loss(X, X, delta="a")),
        ("beta = None; expected a number", lambda: L.smooth_l1_loss(X, X, beta=None)),
        ("label_smoothing = None", lambda: L.cross_entropy(SCORES, LABELS, label_smoothing=None)),
        ("ignore_index = None", lambda: L.softmax_cross_entropy(SCORES, LABELS, ignore_index=None)),
        ("ignore_target = 'a'", lambda: L.huber(X, X, ignore_target="a")),
        ("empty_is_nan = 'no'", lambda: L.huber(X, X, empty_is_nan="no")),
        (r"input_lengths = \[2.5\]; expected whole numbers",
         lambda: L.ctc_loss(SCORES, LABELS, [2.5], [1])),
        (r"input_lengths = \[2.5\]; expected whole numbers",
         lambda: L.ctc(SCORES[:, None], LABELS[None, :1], input_lengths=[2.5])),
        ("huber: missing a required argument: 'target'", lambda: L.huber(X)),
        ("huber: input is None", lambda: L.huber(None, X)),
        ("huber: got an unexpected keyword argument 'delt'", lambda: L.huber(X, X, delt=1)),
        ("input: Can't export tensors that require grad",
         lambda: losskit.huber(X.clone().requires_grad_(), X)),
        ("input: Unknown device type meta", lambda: losskit.huber(X.to("meta"), X)),
    ],
)
def test_type_errors(sentence, call):
    with pytest.raises(TypeError, match=sentence):
        call()


@pytest.mark.parametrize(
    "sentence, call",
    [
        ("reduction = 'avg'", lambda: L.mse_loss(X, X, reduction="avg")),
        ("length_mean", lambda: L.huber(X, X, reduction="length_mean")),
        ("class_axis = 4294967297", lambda: L.softmax(SCORES, 2**32 + 1)),
        ("ignore_index = 1180591620717411303424; expected a whole number of 64 bits",
         lambda: L.cross_entropy(SCORES, LABELS, ignore_index=2**70)),
        ("there are 2 input_lengths for 1", lambda: L.ctc_loss(SCORES, LABELS, [2, 2], [1])),
        ("p = 3; only", lambda: L.multi_margin_loss(SCORES, LABELS, p=3)),
    ],
)
def test_value_errors(sentence, call):
    with pytest.raises(ValueError, match=sentence):
        call()


@pytest.mark.parametrize("name", ["cross_entropy", "nll_loss", "multi_margin_loss"])
def test_a_label_is_not_repeated(name):
    """PyTorch refuses it as well; the catalogue's own functions broadcast targets."""
    for function in (getattr(L, name), getattr(torch.nn.functional, name)):
        with pytest.raises((ValueError, RuntimeError)):
            function(SCORES, LABELS[:1])


def test_probabilities_and_labels_of_a_linear_layer_are_not_repeated():
    with pytest.raises(ValueError, match=r"target of the shape \(1, 3\) does not fit"):
        L.cross_entropy(SCORES, SCORES[:1])
    with pytest.raises(ValueError, match=r"target has the shape \(1,\)"):
        L.linear_cross_entropy(SCORES, torch.zeros(4, 3), LABELS[:1])


def test_a_warning_points_at_the_caller():
    with pytest.warns(UserWarning, match="different to the input size") as found:
        L.mse_loss(SCORES, SCORES[:1])
    assert found[0].filename == __file__

