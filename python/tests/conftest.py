import numpy as np
import pytest


def pytest_collection_modifyitems(items):
    """JAX's threads do not survive a fork: what uses them runs after the tests that fork."""
    items.sort(key=lambda item: item.path.name.startswith(("test_jax", "test_docs")))


@pytest.fixture
def rng():
    return np.random.default_rng(20)
