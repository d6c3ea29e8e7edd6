"""Dask: frames over files, files of partitions, rows on the wire."""

import numpy as np
import pandas as pd
import pytest

import fory_pandas
import fory_row
from fory.error import DecodeError
from fory_row import Rows

pytest.importorskip("dask.dataframe")
pytest.importorskip("distributed")

import dask
import dask.dataframe as dd
from distributed import protocol
from distributed.protocol import deserialize, serialize

from fory_pandas import dask as fory_dask


@pytest.fixture(autouse=True)
def one_thread():
    # Else Dask makes its own dtype of every text column.
    options = {"scheduler": "synchronous", "dataframe.convert-string": False}
    with dask.config.set(options):
        yield


@pytest.fixture
def frame():
    n = 100
    return pd.DataFrame(
        {
            "i": np.arange(n),
            "s": [f"t{i}" if i % 3 else None for i in range(n)],
            "c": pd.Categorical([f"c{i % 4}" for i in range(n)]),
            "o": pd.Series([[i] * (i % 3) for i in range(n)], dtype=object),
            "r": fory_pandas.RowArray([{"x": i} for i in range(n)]),
        }
    )


@pytest.fixture
def path(frame, tmp_path):
    frame.fory.to_file(tmp_path / "a.fory")
    return tmp_path / "a.fory"


@pytest.mark.parametrize(("rows", "n"), [(30, 4), (100, 1), (1000, 1)])
def test_a_file_is_read_in_partitions(frame, path, rows, n):
    lazy = fory_dask.read_file(path, partition_rows=rows)
    assert lazy.npartitions == n
    pd.testing.assert_frame_equal(lazy.compute(), frame)


def test_only_the_columns_in_use_are_read(frame, path, monkeypatch):
    lazy = fory_dask.read_file(path)
    seen = []
    read = fory_dask.rows_to_pandas
    monkeypatch.setattr(
        fory_dask, "rows_to_pandas", lambda *a, **k: seen.append(k) or read(*a, **k)
    )
    assert lazy["i"].sum().compute() == frame["i"].sum()
    assert [list(options["columns"]) for options in seen] == [["i"]]


def test_columns_are_picked_by_label(frame, path):
    lazy = fory_dask.read_file(path, columns=["s", "i"])
    pd.testing.assert_frame_equal(lazy.compute(), frame[["s", "i"]])


def test_partitions_are_written_and_read_again(frame, tmp_path):
    parts = dd.from_pandas(frame.drop(columns="o"), npartitions=3)
    paths = fory_dask.to_files(parts, tmp_path / "parts")
    assert len(paths) == 3
    back = fory_dask.read_file(tmp_path / "parts").compute()
    pd.testing.assert_frame_equal(back, frame.drop(columns="o"))


def test_no_file_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        fory_dask.read_file(tmp_path)


def test_no_rows_a_partition_is_an_error(path):
    with pytest.raises(ValueError, match="partition_rows"):
        fory_dask.read_file(path, partition_rows=0)


@pytest.fixture
def registered():
    """Restore what is registered, for the tests that come after."""
    tables = [protocol.dask_serialize, protocol.dask_deserialize]
    kept = [dict(table._lookup) for table in tables]
    yield
    for table, lookup in zip(tables, kept, strict=True):
        table._lookup.clear()
        table._lookup.update(lookup)


def _sent(value):
    header, frames = serialize(value, serializers=["dask"])
    return deserialize(header, [bytes(f) for f in frames], deserializers=["dask"])


@pytest.mark.parametrize(
    "pick",
    [
        lambda rows: rows,
        lambda rows: rows[10:20:3],
        lambda rows: rows[:0],
        lambda rows: rows[["c", "i"]],
        lambda rows: rows.select(["i"]).copy().with_layout("compact"),
    ],
    ids=["all", "some", "none", "fields", "compact"],
)
def test_rows_travel_without_pickle(frame, registered, pick):
    fory_dask.register()
    rows = pick(frame.fory.to_rows())
    back = _sent(rows)
    assert isinstance(back, Rows)
    assert back.equals(rows, check_metadata=True)
    assert back.plan.layout == rows.plan.layout
    back.validate()


def test_frames_travel_without_pickle_if_asked(frame, registered):
    fory_dask.register(frames=True)
    pd.testing.assert_frame_equal(_sent(frame), frame)
    pd.testing.assert_series_equal(_sent(frame["s"]), frame["s"])


def test_bytes_that_are_no_rows_are_refused(registered):
    fory_dask.register()
    header, frames = serialize(fory_row.from_pylist([{"a": 1}]), serializers=["dask"])
    with pytest.raises(DecodeError, match="3 frames"):
        fory_dask._rows_of_frames(header, frames[:2])


@pytest.mark.slow
def test_a_cluster_works_on_rows_and_files(frame, path):
    distributed = pytest.importorskip("distributed")
    with distributed.Client(
        n_workers=1, threads_per_worker=1, dashboard_address=None
    ) as client:
        client.run(fory_dask.register, frames=True)
        fory_dask.register(frames=True)
        rows = client.scatter(fory_row.from_pylist([{"a": i} for i in range(10)]))
        assert client.submit(lambda r: r[3, "a"], rows).result() == 3
        lazy = fory_dask.read_file(path, partition_rows=50)
        pd.testing.assert_frame_equal(client.compute(lazy, sync=True), frame)
