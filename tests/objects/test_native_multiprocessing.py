"""Pools, queues and processes that send lambdas and local classes."""

from __future__ import annotations

import concurrent.futures
import functools
import multiprocessing
import shelve
import sys
import time

import pytest

import fory
import fory.multiprocessing

METHODS = ["spawn", "forkserver", "fork"]


def local_class():
    class Local:
        def __init__(self, value):
            self.value = value

        def twice(self):
            return 2 * self.value

    return Local


@pytest.fixture(scope="module", params=METHODS)
def workers(request):
    if request.param == "fork" and sys.platform == "darwin":
        pytest.skip("fork is unsafe here")
    with fory.multiprocessing.get_context(request.param).Pool(2) as made:
        yield made


def test_lambdas_are_tasks(workers):
    offset = 5
    assert workers.map(lambda x: x * x + offset, range(4)) == [5, 6, 9, 14]


def test_local_classes_go_and_come_back_as_themselves(workers):
    cls = local_class()
    results = workers.map(lambda x: cls(x.twice()), [cls(1), cls(2)])
    assert [(type(r) is cls, r.value) for r in results] == [(True, 2), (True, 4)]


def test_results_may_be_functions(workers):
    add = workers.apply(lambda n: lambda x: x + n, (10,))
    assert add(1) == 11
    assert (
        workers.apply_async(functools.partial(lambda a, b: a - b, 7), (2,)).get() == 5
    )


@pytest.mark.parametrize("method", METHODS)
def test_a_pool_ends_with_tasks_that_nobody_did(method):
    with fory.multiprocessing.get_context(method).Pool(1) as made:
        made.map_async(lambda x: time.sleep(0.05), range(5_000), chunksize=1)
        time.sleep(0.2)  # until the pipe is full


def test_errors_come_back(workers):
    with pytest.raises(ZeroDivisionError):
        workers.apply(lambda: 1 / 0)
    assert list(workers.imap(lambda x: -x, [1, 2])) == [-1, -2]


@pytest.mark.parametrize("method", METHODS)
def test_processes_and_queues(method):
    context = fory.multiprocessing.get_context(method)
    queue, answers = context.Queue(), context.SimpleQueue()
    queue.put(lambda x: x + 1)
    process = context.Process(
        target=lambda q, a: a.put(q.get()(41)), args=(queue, answers)
    )
    process.start()
    assert answers.get() == 42
    process.join()
    queue.close()
    queue.join_thread()
    assert process.exitcode == 0


def test_unknown_methods():
    with pytest.raises(ValueError, match="cannot find context"):
        fory.multiprocessing.get_context("teleport")


def test_other_pools_take_what_is_portable():
    context = multiprocessing.get_context("spawn")
    task = fory.multiprocessing.portable(lambda x: x * 3)
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as executor:
        assert list(executor.map(task, [1, 2])) == [3, 6]


def test_a_shelf_with_this_pickler(tmp_path, monkeypatch):
    monkeypatch.setattr(shelve, "Pickler", fory.Pickler)
    monkeypatch.setattr(shelve, "Unpickler", fory.Unpickler)
    with shelve.open(str(tmp_path / "shelf")) as shelf:
        shelf["f"] = lambda x: x + 1
        assert shelf["f"](1) == 2
