"""PyTorch's own test inputs for its losses, run against losskit.torch."""

from __future__ import annotations

import warnings
from collections import Counter, defaultdict
from itertools import islice

import pytest

torch = pytest.importorskip("torch")

import losskit.torch as losskit_torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from losskit.torch import _functional  # noqa: E402
from losskit.torch._modules import MODULES  # noqa: E402
from torch import nn  # noqa: E402
from torch.testing._internal import common_nn  # noqa: E402
from torch.testing._internal.common_methods_invocations import op_db  # noqa: E402
from torch.testing._internal.common_modules import module_db  # noqa: E402
from torch_cases import Tally, check, table  # noqa: E402

DTYPES = (torch.float64, torch.float32, torch.bfloat16)
# PyTorch has two thousand inputs for this one; every eighth is tried.
EIGHTH = ("linear_cross_entropy", "LinearCrossEntropyLoss")



def _to_signs(target):
    return torch.where(target > 0, 1.0, -1.0).to(target)


# Targets that the documentation of the loss does not allow, moved to where it does.
MOVED = {
    "soft_margin_loss": _to_signs,
    "multilabel_soft_margin_loss": torch.sigmoid,
    "SoftMarginLoss": _to_signs,
    "BCEWithLogitsLoss": torch.sigmoid,
    "MultiLabelSoftMarginLoss": torch.sigmoid,
    "PoissonNLLLoss": torch.abs,
}
# What the criterion tests ask and losskit refuses with a sentence.
NO_DOUBLE_BACKWARD = ("CosineEmbeddingLoss", "TripletMarginLoss")
# A batch of upstream gradients at once (is_grads_batched) meets the operator itself here.
NO_BATCHED_GRADIENT = ("CosineEmbeddingLoss", "TripletMarginLoss")


@pytest.fixture(autouse=True)
def _repeatable():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        yield


def _shared_operators():
    for op in op_db:
        name = op.name.removeprefix("nn.functional.")
        if op.variant_test_name != "with_dtype" and hasattr(F, name) and name in SHARED:
            yield name, op


SHARED = {name for name, f in vars(_functional).items() if f is getattr(losskit_torch, name, None)}


def _arguments(name: str, sample):
    args = (sample.input, *sample.args)
    if name in MOVED:
        target = MOVED[name](args[1].detach()).requires_grad_(args[1].requires_grad)
        args = (args[0], target, *args[2:])
    return args


def _finish(tallies, capsys, least: int) -> None:
    with capsys.disabled():
        print("\n" + table(tallies))
    failures = Counter(f"{name}: {text}" for name, t in tallies.items() for text in t.failed)
    assert not failures, "\n".join(f"{n} x {text}" for text, n in failures.items())
    assert sum(t.passed for t in tallies.values()) >= least


def test_operator_samples(capsys):
    """OpInfo's sample inputs of torch.nn.functional, in three dtypes."""
    tallies = defaultdict(Tally)
    for name, op in _shared_operators():
        for dtype in DTYPES:
            if dtype not in op.dtypes:
                continue
            samples = op.sample_inputs("cpu", dtype, requires_grad=True)
            for sample in islice(samples, 0, None, 8 if name in EIGHTH else 1):
                second = op.supports_gradgrad and dtype is torch.float64
                args = _arguments(name, sample)
                ours = getattr(losskit_torch, name)
                check(tallies[name], name, op.op, ours, args, sample.kwargs, second)
    assert len(tallies) == 20
    _finish(tallies, capsys, 3000)


def test_operator_errors():
    """What OpInfo says is an error is one here."""
    count = 0
    for name, op in _shared_operators():
        if op.error_inputs_func is None:
            continue
        for error in op.error_inputs("cpu"):
            sample = error.sample_input
            count += 1
            with pytest.raises((ValueError, TypeError, RuntimeError)):
                getattr(losskit_torch, name)(sample.input, *sample.args, **sample.kwargs)
                pytest.fail(f"{name} took what PyTorch refuses: {error.error_regex}")
    assert count >= 10


def test_module_samples(capsys):
    """ModuleInfo's inputs of the loss modules."""
    tallies = defaultdict(Tally)
    for info in module_db:
        name = info.module_cls.__name__
        if name not in MODULES:
            continue
        for dtype in (torch.float64, torch.float32):
            samples = info.module_inputs_func(
                info, device="cpu", dtype=dtype, requires_grad=True, training=True
            )
            for sample in islice(samples, 0, None, 8 if name in EIGHTH else 1):
                made, given = sample.constructor_input, sample.forward_input
                theirs = info.module_cls(*made.args, **made.kwargs).double()
                if hasattr(theirs, "options"):  # PyTorch cutting its work has no double backward
                    theirs.options = None
                ours = MODULES[name](*made.args, **made.kwargs)
                ours.load_state_dict(theirs.state_dict())
                ours.to(dtype)
                second = info.supports_gradgrad and dtype is torch.float64
                check(tallies[name], name, theirs, ours, given.args, given.kwargs, second)
    assert len(tallies) == 19
    _finish(tallies, capsys, 1000)


class _Case(common_nn.NNTestCase):
    def _forward_criterion(self, criterion, input, target, extra_args=()):
        inputs = input if isinstance(input, tuple) else (input,)
        return criterion(*inputs, target, *(extra_args or ()))


def _criterions():
    for given in common_nn.criterion_tests:
        loss, _, reduction = given["fullname"].partition("_no_batch_dim_")
        if loss in MODULES:
            yield pytest.param(given, loss, reduction, id=given["fullname"])


@pytest.mark.parametrize(("given", "loss", "reduction"), list(_criterions()))
def test_criterion(given, loss, reduction):
    """common_nn's criterion tests: forward, gradcheck and gradgradcheck, batched gradients too."""
    theirs = getattr(nn, loss)(reduction=reduction)

    def reference(*args):
        return common_nn.single_batch_reference_criterion_fn(*args[:-1], theirs)

    changed = {"constructor": lambda: MODULES[loss](reduction=reduction), "reference_fn": reference}
    test = common_nn.CriterionTest(**{**given, **changed})
    if loss in MOVED:
        test._arg_cache["target"] = MOVED[loss](test._get_target())
    test.check_gradgrad = loss not in NO_DOUBLE_BACKWARD
    test.check_batched_grad = loss not in NO_BATCHED_GRADIENT
    test(_Case())
