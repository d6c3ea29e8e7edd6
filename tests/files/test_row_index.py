"""The row index of kind 2: lines and residuals, read in every way."""

from __future__ import annotations

import random
from pathlib import Path

import fsspec
import pyarrow as pa
import pytest
from file_samples import fixed_rows, mixed_rows, same_rows

import fory_io
from fory.error import DecodeError, FormatVersionError
from fory_io._chunk_builder import ChunkBuilder
from fory_io.format import Feature
from fory_io.reader import file_source
from fory_row.arrow import from_arrow


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "rows.fory")


def texts(sizes):
    return from_arrow(pa.table({"s": ["x" * n for n in sizes]}))


def uses_lines(path):
    return bool(file_source(fory_io.open(path)).snapshot.head.required & Feature.LINES)


rng = random.Random(12)
SIZES = {
    "one": [5],
    "two": [0, 3000],
    "equal": [16] * 200,
    "64": [rng.randrange(50) for _ in range(64)],
    "65": [rng.randrange(50) for _ in range(65)],
    "128": [rng.randrange(500) for _ in range(128)],
    "growing": list(range(1000)),
    "steps": [8 if i % 100 else 20_000 for i in range(1000)],
    "late": [0] * 63 + [200_000] + [0] * 63 + [1] * 5,
    "many": [rng.randrange(100) for _ in range(20_000)],
}


@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize(
    "how",
    [{}, {"mmap": False}, {"verify": "full"}, {"verify": "never"}],
    ids=["mapped", "read", "full", "never"],
)
def test_rows_are_where_the_lines_say(path, sizes, how):
    expected = texts(sizes)
    fory_io.write(expected, path, row_index="linear")
    assert uses_lines(path)
    rows = fory_io.open(path, **how)
    assert rows.to_arrow().equals(expected.to_arrow())
    for i in random.Random(1).sample(range(len(sizes)), min(len(sizes), 300)):
        assert len(rows[i]["s"]) == sizes[i]
    assert fory_io.verify(path).ok


def test_rows_of_many_chunks_are_read_one_by_one(path):
    expected = mixed_rows(30_000, longest=9)
    fory_io.write(expected, path, chunk_rows=128, row_index="linear")
    rows = fory_io.open(path)
    picks = random.Random(2).sample(range(30_000), 2000)
    assert [rows[i]["s"] for i in picks] == [expected[i]["s"] for i in picks]
    assert same_rows(fory_io.open(path), expected)


def test_the_index_of_small_rows_is_small(path, tmp_path):
    rows = texts([rng.randrange(40) for _ in range(100_000)])
    plain = tmp_path / "plain.fory"
    fory_io.write(rows, path)
    fory_io.write(rows, plain, row_index="plain")
    assert uses_lines(path)
    assert not uses_lines(plain)
    saved = plain.stat().st_size - Path(path).stat().st_size
    assert 2.5 < saved / 100_000 < 4
    assert same_rows(fory_io.open(path), rows)


def test_larger_rows_keep_the_plain_index(path):
    fory_io.write(mixed_rows(1000), path)
    assert not uses_lines(path)
    fory_io.write(fixed_rows(1000), path, row_index="linear")
    assert not uses_lines(path)  # which needs no index at all
    with pytest.raises(ValueError, match="row_index is one of auto, plain, linear"):
        fory_io.write(fixed_rows(1), path, row_index="none")


def test_an_older_reader_is_told(path, monkeypatch):
    fory_io.write(mixed_rows(100), path, row_index="linear")
    monkeypatch.setattr("fory_io.format.KNOWN_FEATURES", 7)
    with pytest.raises(FormatVersionError, match=r"bit 3"):
        fory_io.open(path)


def test_appended_compacted_and_joined(path, tmp_path):
    small = [rng.randrange(20) for _ in range(5000)]
    fory_io.write(texts(small), path, row_index="plain")
    fory_io.append(texts(small), path)
    assert uses_lines(path)
    fory_io.delete(path, range(0, 10_000, 2))
    left = (small * 2)[1::2]
    assert [len(s) for s in fory_io.open(path)["s"].to_pylist()] == left
    out = tmp_path / "joined.fory"
    fory_io.concat([path, path], out)
    assert uses_lines(out)
    assert [len(s) for s in fory_io.open(out)["s"].to_pylist()] == left * 2
    fory_io.compact(path)
    assert [len(s) for s in fory_io.open(path)["s"].to_pylist()] == left


def test_repair_tells_readers_of_the_index(path):
    fory_io.write(texts([500] * 100), path, row_index="plain")
    with fory_io.Appender(path) as writer:
        writer.write(texts([rng.randrange(20) for _ in range(200_000)]))
        data = Path(path).read_bytes()
    Path(path).write_bytes(data)
    assert fory_io.repair(path).rows_recovered > 30_000
    assert uses_lines(path)
    assert fory_io.verify(path).ok


def test_far_rows_take_few_requests():
    url = "memory://tests/lines.fory"
    fory_io.write(texts([rng.randrange(40) for _ in range(300_000)]), url)
    rows = fory_io.open(url)
    storage = rows.source.storage
    before = storage.n_requests
    picks = [k * 29_989 for k in range(10)]
    found = rows[picks]
    assert len(found.to_pylist()) == 10
    fetched = storage.n_requests - before
    assert fetched <= 22  # two for each chunk, in two round trips
    rows[picks[0]].to_dict()
    assert storage.n_requests - before == fetched
    fsspec.filesystem("memory").store.clear()


# -- damage ------------------------------------------------------------------------


@pytest.mark.parametrize("verify", ["lazy", "never"])
def test_a_damaged_index_is_an_error(path, verify):
    rows = texts([rng.randrange(300) for _ in range(500)])
    fory_io.write(rows, path, row_index="linear")
    expected = rows["s"].to_pylist()
    source = file_source(fory_io.open(path))
    offset = source.checked_entry(0)[0]
    start, stop = source.chunk_size(0)[1], source.get_block(0).covered
    data = Path(path).read_bytes()
    wrong = 0
    for at in range(offset + start, offset + stop):
        bad = bytearray(data)
        bad[at] ^= 1 << rng.randrange(8)
        Path(path).write_bytes(bad)
        try:
            found = fory_io.open(path, verify=verify, mmap=at % 2 == 0)
            wrong += [row["s"] for row in found] != expected
        except DecodeError:
            wrong += verify == "never"
    assert (wrong == 0) == (verify == "lazy")


def test_a_plain_builder_has_a_plain_index():
    builder = ChunkBuilder(1 << 10, 1 << 20, 12)
    builder.take(mixed_rows(100), 0, 100)
    builder.finish(False)
    assert not builder.linear
