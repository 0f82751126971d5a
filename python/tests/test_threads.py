"""Several Python threads, forked processes, and a number of threads that changes."""

import multiprocessing
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import losskit
import numpy as np
import pytest
import torch
from losskit import value_and_grad

N = 300_000  # several tasks of the thread pool


@pytest.fixture
def problem(rng):
    x, t = rng.normal(size=N), rng.normal(size=N)
    return x, t, losskit.huber(x, t)


def test_several_threads_at_once(problem):
    x, t, expected = problem
    scores, labels = np.tile(x[:3000], 10).reshape(-1, 10), np.arange(3000) % 10
    entropy = losskit.softmax_cross_entropy(scores, labels)

    def work(k):
        if k % 3 == 2:
            with pytest.raises(ValueError, match=f"delta = -{k}"):  # each thread has its sentence
                losskit.huber(x, t, delta=-k)
        return losskit.huber(x, t), losskit.softmax_cross_entropy(scores, labels)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(work, range(64))) == {(expected, entropy)}


def test_the_lock_of_the_interpreter_is_released():
    """Another thread of Python makes progress while a long call runs."""
    x = np.zeros((2000, 4000))
    other = np.random.default_rng(0).normal(size=(600, 700))
    calls, ticks = [], []
    done = threading.Event()

    def tick():
        while not done.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.001)

    ticker = threading.Thread(target=tick)
    ticker.start()
    for _ in range(5):
        start = time.perf_counter()
        losskit.log_cosh(x, 0.0)
        losskit.lovasz_hinge(other, (other > 0) * 1.0, grouping="batch")
        calls.append((start, time.perf_counter()))
    done.set()
    ticker.join()
    assert any(start < at < end for at in ticks for start, end in calls)


def test_number_of_threads(problem):
    x, t, expected = problem
    before = losskit.num_threads()
    try:
        for threads in (1, 2, 3, 7):
            losskit.set_num_threads(threads)
            assert losskit.num_threads() == threads
            assert losskit.huber(x, t) == expected
    finally:
        losskit.set_num_threads(0)
    assert losskit.num_threads() == before


def child(queue, x, t):
    queue.put((losskit.huber(x, t), value_and_grad.huber(x, t)[1][:5].tolist()))


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes(problem, method):
    x, t, expected = problem
    gradient = value_and_grad.huber(x, t)[1][:5].tolist()  # the pool runs before the fork
    context = multiprocessing.get_context(method)
    queue = context.Queue()
    process = context.Process(target=child, args=(queue, x, t))
    process.start()
    assert queue.get(timeout=60) == (expected, gradient)
    process.join(60)
    assert process.exitcode == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_fork_while_other_threads_compute(problem):
    x, t, expected = problem
    stop = threading.Event()

    def busy():
        while not stop.is_set():
            losskit.huber(x, t)

    threads = [threading.Thread(target=busy) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(5):
            pid = os.fork()
            if pid == 0:
                os._exit(0 if losskit.huber(x, t) == expected else 1)
            assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_beside_the_threads_of_pytorch(problem):
    x, t, expected = problem
    a = torch.randn(300, 300)
    product = a @ a
    for _ in range(5):
        assert losskit.huber(torch.from_numpy(x), torch.from_numpy(t)) == expected
        assert torch.equal(a @ a, product)
