"""The ctypes side of losskit_learn.h: its structures, data sets, models and failures."""

import ctypes
import pickle
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from losskit import _learn, _native
from losskit._learn import Dataset, Model, train_linear

sparse = pytest.importorskip("scipy.sparse")

STRUCTURES = {
    "lk_dataset": _learn.DatasetStruct,
    "lk_model_info": _learn.ModelInfo,
    "lk_linear_options": _learn.LinearOptions,
    "lk_linear_report": _learn.LinearReport,
    "lk_class_metrics": _learn.ClassMetrics,
    "lk_classification": _learn.Classification,
    "lk_average": _learn.Average,
    "lk_regression": _learn.Regression,
}
INCLUDE = Path(__file__).parents[2] / "include"


def layout_program() -> str:
    """C that prints what ctypes should say of each structure."""
    lines = [
        f'printf("{name} %zu", sizeof({name}));'
        + "".join(
            f'printf(" {field}:%zu:%zu", offsetof({name}, {field}), '
            f"sizeof((({name} *)0)->{field}));"
            for field, *_ in structure._fields_
        )
        + 'puts("");'
        for name, structure in STRUCTURES.items()
    ]
    return (
        "#include <losskit_learn.h>\n#include <stdio.h>\n"
        f"int main(void) {{ {' '.join(lines)} return 0; }}\n"
    )


def layout_of(name: str, structure) -> str:
    fields = (getattr(structure, field) for field, *_ in structure._fields_)
    parts = zip(structure._fields_, fields, strict=True)
    return f"{name} {ctypes.sizeof(structure)}" + "".join(
        f" {field[0]}:{member.offset}:{member.size}" for field, member in parts
    )


@pytest.mark.skipif(not (shutil.which("cc") and INCLUDE.exists()), reason="needs cc and headers")
def test_structures_are_those_of_the_header(tmp_path):
    source, program = tmp_path / "layout.c", tmp_path / "layout"
    source.write_text(layout_program())
    subprocess.run(["cc", f"-I{INCLUDE}", source, "-o", program], check=True)
    told = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    expected = [layout_of(name, structure) for name, structure in STRUCTURES.items()]
    assert told.splitlines() == expected


def read(address: int, count: int, kind=ctypes.c_double) -> list:
    return list((kind * count).from_address(address))


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, np.uint8])
@pytest.mark.parametrize("order", ["C", "F"])
def test_dense_rows_are_copied(dtype, order):
    X = np.arange(6, dtype=dtype).reshape(3, 2).copy(order)
    dataset = Dataset(X, [0, 1, 2], [1.0, 0.5, 2.0], classes=3)
    data = dataset.struct
    assert (data.rows, data.features, data.targets, data.classes) == (3, 2, 1, 3)
    assert read(data.dense, 6) == [0, 1, 2, 3, 4, 5]
    assert read(data.target, 3) == [0, 1, 2] and read(data.weight, 3) == [1, 0.5, 2]
    assert data.starts is None and data.values is None


def test_sparse_rows_are_copied():
    rows = sparse.csr_matrix(np.array([[0, 7.0], [0, 0], [3, 4]]))
    dataset = Dataset(rows, [1.0, 2, 3])
    data = dataset.struct
    assert (data.rows, data.features, data.targets, data.classes) == (3, 2, 1, 0)
    assert read(data.starts, 4, ctypes.c_int64) == [0, 1, 1, 3]
    assert read(data.columns, 3, ctypes.c_int32) == [1, 0, 1]
    assert read(data.values, 3) == [7, 3, 4]
    assert data.dense is None and data.weight is None


FAILURES = [
    (lambda: Dataset([[1.0, np.nan]]), r"features\[0, 1\] = nan"),
    (lambda: Dataset([1.0]), "1 dimensions"),
    (lambda: Dataset([[1.0]], [1.0, 2.0]), "target has 2 rows"),
    (lambda: Dataset([[1.0]], weight=[-1.0]), r"weight\[0, 0\] = -1"),
    (lambda: Dataset([[1.0]], [2], classes=2), "2"),
    (lambda: Dataset(sparse.csr_matrix([[np.inf]])), r"features\[0, 0\] = inf"),
    (lambda: Dataset(sparse.csr_matrix([[1.0]]), [1.0, 2.0]), r"target has the shape \(2,\)"),
    (lambda: Model.from_bytes(b"nothing"), "model"),
]


def test_other_sparse_formats_are_refused():
    with pytest.raises(TypeError, match="csc"):
        Dataset(sparse.csc_matrix(np.eye(3)))


@pytest.mark.parametrize("make, sentence", FAILURES)
def test_failures(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()


def test_a_sparse_matrix_that_lies_is_refused():
    rows = sparse.csr_matrix(np.eye(3))
    rows.indices[1] = 9
    with pytest.raises(ValueError, match="column 9 in row 1"):
        Dataset(rows)
    rows = sparse.csr_matrix(np.eye(3))
    rows.indptr[-1] = 100
    rows.has_canonical_format = True
    with pytest.raises(ValueError, match="ends at 100"):
        Dataset(rows)


@pytest.fixture(scope="module")
def problem():
    rng = np.random.default_rng(7)
    X = rng.normal(size=(200, 4))
    return X, (X @ [1.0, -2, 0, 1] + rng.normal(size=200) > 0).astype(int)


def test_a_model_is_trained_and_described(problem):
    X, y = problem
    model, report = train_linear(Dataset(X, y, classes=2), "logistic", l2=0.1)
    assert report.converged and report.solver == "newton" and report.iterations > 0
    assert report.gradient < 1e-6 and np.isnan(report.gap)
    info = model.info
    assert (info.features, info.outputs, info.classes, info.boundary) == (4, 1, 2, 0)
    tensors = model.tensors()
    assert {name: t.shape for name, t in tensors.items()} == {"weight": (1, 4), "bias": (1,)}
    scores = model.scores(X)
    np.testing.assert_allclose(scores, X @ tensors["weight"].T + tensors["bias"])
    np.testing.assert_array_equal(model.classes(scores), scores[:, 0] > 0)
    p = model.probabilities(scores)
    np.testing.assert_allclose(p[:, 1], 1 / (1 + np.exp(-scores[:, 0])))


def test_options_reach_the_library(problem):
    X, y = problem
    data = Dataset(X, y, classes=2)

    def weight(**options):
        model, report = train_linear(data, "logistic", **options)
        return np.abs(model.tensors()["weight"]).sum(), report

    assert weight(l2=10.0)[0] < weight(l2=0.1)[0] < weight(l2=0.001)[0]
    assert (train_linear(data, "logistic", l1=0.2)[0].tensors()["weight"] == 0).any()
    assert "bias" not in train_linear(data, "logistic", bias="none")[0].tensors()
    assert weight(solver="lbfgs")[1].solver == "lbfgs"
    assert weight(solver="lbfgs", iterations=2)[1].iterations == 2
    assert not weight(solver="lbfgs", iterations=2)[1].converged
    loose, tight = (weight(solver="lbfgs", tolerance=t)[1].iterations for t in (0.1, 1e-9))
    assert loose < tight
    a, b, c = (weight(solver="sgd", iterations=1, seed=s)[0] for s in (0, 0, 1))
    assert a == b != c
    base2 = train_linear(data, "logistic", {"base2": True}, l2=0.1)[1].objective
    assert base2 != train_linear(data, "logistic", l2=0.1)[1].objective


def test_a_model_survives_its_bytes(problem):
    X, y = problem
    model, _ = train_linear(Dataset(X, y, classes=2), "hinge")
    copy = pickle.loads(pickle.dumps(model))
    assert copy.to_bytes() == model.to_bytes()
    np.testing.assert_array_equal(copy.scores(X), model.scores(X))
    assert copy.info.loss == model.info.loss
    with pytest.raises(ValueError):
        Model.from_bytes(model.to_bytes()[:-1])


def test_rows_of_another_width_are_refused(problem):
    X, y = problem
    model, _ = train_linear(Dataset(X, y, classes=2), "logistic")
    with pytest.raises(ValueError, match="features"):
        model.scores(X[:, :3])
    with pytest.raises(NotImplementedError, match="hinge"):
        train_linear(Dataset(X, y, classes=2), "hinge")[0].probabilities(np.zeros((1, 1)))


def test_several_threads_train_at_once(problem):
    X, y = problem
    found: list = [None] * 4

    def train(k: int) -> None:
        found[k] = train_linear(Dataset(X, y, classes=2), "logistic")[0].to_bytes()

    threads = [threading.Thread(target=train, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] is not None and len(set(found)) == 1


def test_a_library_without_training_says_so():
    program = (
        "import losskit._native as native\n"
        "class Library: pass\n"
        "native.lib, library = Library(), native.lib\n"
        "import losskit.sklearn\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode != 0
    assert "ImportError: losskit: this build of the library has no training" in done.stderr
    assert _native.lib.lk_train_linear is not None
