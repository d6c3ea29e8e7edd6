"""What a writer takes: rows, Arrow streams, DataFrames, records."""

from __future__ import annotations

import dataclasses
import tracemalloc

import pandas as pd
import pyarrow as pa
import pytest
from file_samples import MIXED, mixed_record, mixed_rows

import fory_io
from fory.error import EncodeError
from fory_io.pieces import PIECE
from fory_row.arrow import from_arrow


@dataclasses.dataclass
class Point:
    x: float
    name: str


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "rows.fory")


def table(n, start=0):
    return pa.table({
        "i": pa.array(range(start, start + n), pa.int64()),
        "d": pa.array([f"v{k % 3 + start}" for k in range(n)]).dictionary_encode(),
    })  # fmt: skip


@pytest.mark.parametrize(
    "as_input",
    [
        lambda t: t,
        lambda t: t.to_reader(max_chunksize=7),
        lambda t: t.combine_chunks().to_batches()[0],
        lambda t: from_arrow(t),
    ],
    ids=["table", "stream", "batch", "rows"],
)
def test_arrow_data(path, as_input):
    fory_io.write(as_input(table(100)), path)
    assert fory_io.open(path).to_arrow().combine_chunks() == table(100).combine_chunks()


def test_streams_whose_dictionaries_differ(path):
    with fory_io.Writer(path) as writer:
        for k in range(4):
            writer.write(table(10, start=k))
        writer.write(from_arrow(table(10, start=9)))
        assert writer.rows_written == 50
    found = fory_io.open(path, verify="full").to_arrow()["d"].to_pylist()
    starts = (0, 1, 2, 3, 9)
    assert found == [v for k in starts for v in table(10, start=k)["d"].to_pylist()]


def test_data_frames_as_arrow_sees_them(path):
    df = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
    fory_io.write(df, path)
    assert fory_io.open(path).to_arrow()["b"].to_pylist() == ["x", None]


def test_an_empty_stream_has_a_schema(path):
    fory_io.write(table(0).to_reader(), path)
    rows = fory_io.open(path)
    assert (len(rows), rows.schema.names) == (0, ["i", "d"])


def test_mappings_need_a_schema(path):
    records = [mixed_record(i) for i in range(3000)]
    with pytest.raises(EncodeError, match="schema="):
        fory_io.write(records, path)
    fory_io.write(iter(records), path, schema=MIXED)
    assert fory_io.open(path).to_pylist() == records


def test_mappings_with_dictionary_fields(path):
    schema = from_arrow(table(1)).schema
    records = table(50).to_pylist()
    fory_io.write(records, path, schema=schema)
    assert fory_io.open(path).to_arrow().to_pylist() == records


def test_instances_bring_their_schema(path):
    fory_io.write([Point(1.5, "a"), Point(-2.0, "b")], path)
    found = fory_io.open(path).to_pylist()
    assert found == [{"name": "a", "x": 1.5}, {"name": "b", "x": -2.0}]


@pytest.mark.parametrize("data", [7, "text", b"bytes", {"a": 1}, None], ids=repr)
def test_other_things_are_refused(path, data):
    with pytest.raises(TypeError, match="not"):
        fory_io.write(data, path)


def test_a_value_that_does_not_fit_leaves_no_file(path, tmp_path):
    with pytest.raises(EncodeError):
        fory_io.write([{"i": 1, "s": "a"}, {"i": "x", "s": "b"}], path, schema=MIXED)
    assert list(tmp_path.iterdir()) == []


def test_memory_is_bounded_by_the_batches(path):
    def batches():
        for k in range(60):
            yield mixed_rows(2000, start=2000 * k)

    tracemalloc.start()
    with fory_io.Writer(path) as writer:
        for batch in batches():
            writer.write(batch)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000 + PIECE  # which waits to be written
    assert len(fory_io.open(path)) == 120_000
