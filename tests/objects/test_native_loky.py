"""Pools of ``joblib`` and ``loky``, which read with pickle what this package wrote."""

from __future__ import annotations

import io
import pickle

import pytest

import fory
import fory.loky


def written(value):
    file = io.BytesIO()
    fory.loky.Pickler(file).dump(value)
    return file.getvalue()


def local_class():
    class Local:
        def __init__(self, value):
            self.value = value

    return Local


def test_pickle_reads_lambdas():
    offset = 5
    assert pickle.loads(written(lambda x: x + offset))(1) == 6


def test_pickle_reads_classes_as_themselves():
    cls = local_class()
    found = pickle.loads(written([cls(1), cls(2)]))
    assert [type(v) for v in found] == [cls, cls]


def test_files_must_be_writable():
    with pytest.raises(TypeError, match="write"):
        fory.loky.Pickler(None)


def test_options_are_those_of_the_pickler():
    file, out = io.BytesIO(), []
    buffer = pickle.PickleBuffer(b"x" * 2000)
    pickler = fory.loky.Pickler(file, 5, buffer_callback=lambda b: bool(out.append(b)))
    pickler.dump(buffer)
    assert len(out) == 1
    assert len(file.getvalue()) < 500
    assert bytes(pickle.loads(file.getvalue(), buffers=out)) == b"x" * 2000


@pytest.fixture(params=["loky", "joblib.externals.loky"])
def loky(request):
    made = pytest.importorskip(request.param)
    made.set_loky_pickler("fory.loky")
    yield made
    made.set_loky_pickler("cloudpickle")


@pytest.mark.slow
def test_workers_of_loky(loky):
    cls, offset = local_class(), 5
    with loky.ProcessPoolExecutor(max_workers=2) as pool:
        assert list(pool.map(lambda x: x + offset, range(3))) == [5, 6, 7]
        assert pool.submit(lambda: cls(7)).result().value == 7
        with pytest.raises(ZeroDivisionError):
            pool.submit(lambda: 1 // 0).result()


@pytest.mark.slow
def test_workers_of_joblib():
    joblib = pytest.importorskip("joblib")
    joblib.externals.loky.set_loky_pickler("fory.loky")
    try:
        offset = 1
        calls = (joblib.delayed(lambda x: x * 2 + offset)(i) for i in range(4))
        assert joblib.Parallel(n_jobs=2)(calls) == [1, 3, 5, 7]
    finally:
        joblib.externals.loky.set_loky_pickler("cloudpickle")
        joblib.externals.loky.get_reusable_executor().shutdown(wait=True)
