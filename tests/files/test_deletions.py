"""Deleted and replaced rows, and the rewriting that forgets them."""

from __future__ import annotations

import os
import pickle
import struct
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from file_samples import MIXED, fixed_rows, mixed_record, mixed_rows, same_rows

import fory_io
from fory.error import DecodeError
from fory_io._live import LiveSource
from fory_io.format import Feature
from fory_io.reader import file_source

N = 40_000


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "rows.fory")


@pytest.fixture(params=[None, "lz4", "zstd"])
def compression(request):
    return request.param


@pytest.fixture
def written(compression, path):
    fory_io.write(mixed_rows(N), path, compression=compression)
    return path


def left(n, deleted):
    return np.setdiff1d(np.arange(n), deleted)


SOME = np.random.default_rng(1).choice(N, 9_000, replace=False)
CHOICES = {
    "first": [0],
    "last": [N - 1],
    "scattered": SOME,
    "a whole chunk": range(8192, 24_576),
    "the last chunk": range(32_768, N),
    "all": range(N),
}


@pytest.mark.parametrize("which", CHOICES.values(), ids=CHOICES)
def test_every_way_of_reading_hides_deleted_rows(written, which):
    deleted = np.unique(np.asarray(which))
    assert fory_io.delete(written, list(which)) == len(deleted)
    rows = fory_io.open(written, verify="full")
    kept = left(N, deleted)
    expected = mixed_rows(N)[kept]
    assert len(rows) == len(kept)
    assert rows["i"].to_numpy().tolist() == kept.tolist()
    assert rows.to_arrow().equals(expected.to_arrow())
    assert same_rows(rows, expected)
    picks = np.random.default_rng(2).permutation(len(kept))[:500]
    assert same_rows(rows[picks], expected[picks])
    assert rows[picks].to_arrow().equals(expected[picks].to_arrow())
    assert rows.nbytes == expected.nbytes
    assert fory_io.row_numbers(rows).tolist() == kept.tolist()
    assert rows.to_pylist() == [mixed_record(int(i)) for i in kept]


def test_a_filter_skips_chunks_and_deleted_rows(path):
    fory_io.write(mixed_rows(N), path)
    assert fory_io.delete(path, lambda row: row["i"] % 2 == 0) == N // 2
    rows = fory_io.open(path)
    found = rows.filter((pc.field("i") > 20_000) & (pc.field("i") < 20_010))
    assert found["i"].to_pylist() == [20_001, 20_003, 20_005, 20_007, 20_009]
    assert len(rows.source.candidates(rows.schema, pc.field("i") == 20_001)) == 1
    assert len(rows.filter(pc.field("i") == 20_000)) == 0


def test_an_expression_deletes(path):
    fory_io.write(fixed_rows(1000), path)
    assert fory_io.delete(path, pc.field("k") == 3) == 143
    assert 3 not in fory_io.open(path)["k"].to_pylist()


def test_a_mask_and_a_slice_count_the_rows_that_are_left(path):
    fory_io.write(fixed_rows(10), path)
    fory_io.delete(path, slice(0, 4))
    fory_io.delete(path, np.array([True, False, False, False, False, True]))
    assert fory_io.open(path)["i"].to_pylist() == [5, 6, 7, 8]


def test_rows_of_an_older_state_name_the_same_rows(path):
    fory_io.write(fixed_rows(10), path)
    old = fory_io.open(path)
    fory_io.delete(path, [0, 1])
    assert fory_io.delete(path, old[[1, 2]]) == 1
    assert fory_io.open(path)["i"].to_pylist() == [3, 4, 5, 6, 7, 8, 9]
    assert fory_io.delete(path, old[["k"]][9:]) == 1
    assert fory_io.delete(path, np.int64(0)) == 1
    assert fory_io.open(path)["i"].to_pylist() == [4, 5, 6, 7, 8]


def test_rows_of_another_file_are_refused(path, tmp_path):
    fory_io.write(fixed_rows(10), path)
    fory_io.write(fixed_rows(10), tmp_path / "other.fory")
    before = Path(path).read_bytes()
    with pytest.raises(ValueError, match=r"rows of .*other\.fory"):
        fory_io.delete(path, fory_io.open(tmp_path / "other.fory")[:1])
    with pytest.raises(IndexError):
        fory_io.delete(path, [10])
    for names in ("i", ["i"], (0, "i")):
        with pytest.raises(TypeError, match="named by Rows"):
            fory_io.delete(path, names)
    with pytest.raises(TypeError):
        fory_io.delete(path, True)
    assert Path(path).read_bytes() == before


def test_deleting_nothing_is_no_commit(path):
    fory_io.write(fixed_rows(10), path)
    before = Path(path).read_bytes()
    assert fory_io.delete(path, []) == 0
    assert Path(path).read_bytes() == before


def test_older_commits_keep_their_rows(path):
    fory_io.write(fixed_rows(10), path)
    old = fory_io.open(path)
    pickled = pickle.dumps(old)
    for _ in range(9):
        fory_io.delete(path, 0)
    for k in range(1, 11):
        assert fory_io.open(path, commit=k)["i"].to_pylist() == list(range(k - 1, 10))
    assert len(old) == len(pickle.loads(pickled)) == 10
    now = pickle.loads(pickle.dumps(fory_io.open(path)))
    assert now["i"].to_pylist() == [9]
    assert fory_io.refresh(old)["i"].to_pylist() == [9]


def test_appended_rows_follow_deleted_ones(path):
    fory_io.write(fixed_rows(10), path)
    fory_io.delete(path, [3])
    fory_io.append(fixed_rows(5, start=10), path)
    fory_io.delete(path, [-1])
    rows = fory_io.open(path, verify="full")
    assert rows["i"].to_pylist() == [0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]
    assert fory_io.row_numbers(rows[-1:]).tolist() == [13]


def test_update_is_one_commit(path):
    fory_io.write(fixed_rows(10), path)
    assert fory_io.update(path, pc.field("i") < 3, fixed_rows(2, start=100)) == 3
    rows = fory_io.open(path)
    assert file_source(rows).snapshot.commit == 2
    assert rows["i"].to_pylist() == [*range(3, 10), 100, 101]


def test_an_older_reader_is_told(path):
    fory_io.write(fixed_rows(10), path)
    fory_io.delete(path, [0])
    head = file_source(fory_io.open(path)).snapshot.head
    assert head.required & Feature.DELETIONS
    facts = fory_io.inspect(path)
    assert (facts["rows"], facts["deleted_rows"]) == (9, 1)
    assert fory_io.verify(path).ok


def test_joined_files_hide_what_their_parts_hide(path, tmp_path):
    fory_io.write(mixed_rows(20_000), path)
    fory_io.delete(path, range(100, 9000))
    out = tmp_path / "joined.fory"
    fory_io.concat([path, path], out)
    rows = fory_io.open(out, verify="full")
    once = [*range(100), *range(9000, 20_000)]
    assert rows["i"].to_pylist() == once * 2
    assert fory_io.open_many([path, path])["i"].to_pylist() == once * 2
    assert fory_io.dataset(path)[100] == mixed_record(9000)


def test_deletions_of_a_remote_file(path):
    import fsspec

    fory_io.write(mixed_rows(N), path)
    fory_io.delete(path, SOME)
    memory = fsspec.filesystem("memory")
    memory.pipe("/deleted.fory", Path(path).read_bytes())
    rows = fory_io.open("memory://deleted.fory")
    kept = left(N, SOME)
    assert rows[[5, 20_000]]["i"].to_pylist() == [kept[5], kept[20_000]]
    assert rows["i"].to_numpy().tolist() == kept.tolist()


# -- compact ---------------------------------------------------------------------


def test_compact_keeps_the_live_rows_alone(written, compression):
    before = fory_io.inspect(written)["file_bytes"]
    fory_io.delete(written, SOME)
    fory_io.append(mixed_rows(10, start=N), written)
    expected = fory_io.open(written).to_arrow()
    old = fory_io.open(written)
    compressed = old.source.inner.is_compressed(0)
    fory_io.compact(written)
    rows = fory_io.open(written, verify="full")
    assert rows.to_arrow().equals(expected)
    assert rows.source.is_compressed(0) == compressed
    facts = fory_io.inspect(written)
    assert facts["commit"] == 1
    assert facts["regular"]
    assert facts["file_bytes"] < before
    assert not file_source(rows).snapshot.head.required & Feature.DELETIONS
    assert old.to_arrow().equals(expected)  # of the file that was replaced
    assert os.listdir(os.path.dirname(written)) == ["rows.fory"]
    fresh = written + ".fresh"
    fory_io.write(rows, fresh, compression=compression)
    assert facts["file_bytes"] <= fory_io.inspect(fresh)["file_bytes"] * 1.02


def test_compact_keeps_metadata_and_dictionaries(path):
    values = pa.array(["a", "b", "a", None]).dictionary_encode()
    fory_io.write(pa.table({"c": values}), path, metadata={"x": [1, 2.5]})
    fory_io.append(pa.table({"c": pa.array(["z", "a"]).dictionary_encode()}), path)
    fory_io.delete(path, [1])
    fory_io.compact(path)
    rows = fory_io.open(path)
    assert rows["c"].to_pylist() == ["a", "a", None, "z", "a"]
    assert fory_io.metadata(rows) == {"x": [1, 2.5]}


def test_compacting_an_empty_file(path):
    with fory_io.Writer(path, MIXED):
        pass
    fory_io.compact(path)
    assert len(fory_io.open(path)) == 0
    fory_io.append(mixed_rows(3), path)
    fory_io.delete(path, slice(None))
    fory_io.compact(path)
    assert fory_io.open(path).schema == MIXED


def test_compact_refuses_a_file_that_is_written(path):
    fory_io.write(fixed_rows(3), path)
    with fory_io.Appender(path) as writer:
        writer.write(fixed_rows(3))
        with pytest.raises(BlockingIOError, match="another process or writer"):
            fory_io.compact(path)
    assert len(fory_io.open(path)) == 6


def test_a_damaged_file_is_not_compacted(path):
    fory_io.write(mixed_rows(1000), path)
    data = bytearray(Path(path).read_bytes())
    data[5000] ^= 1
    Path(path).write_bytes(data)
    with pytest.raises(DecodeError):
        fory_io.compact(path)
    assert Path(path).read_bytes() == bytes(data)


def test_an_appender_that_waited_takes_the_new_file(path, monkeypatch):
    """The name may get another file between opening and locking."""
    fory_io.write(fixed_rows(10), path)
    fory_io.delete(path, [0])
    module = sys.modules["fory_io.changing"]
    lock = module._lock

    def compacted_meanwhile(fd, name):
        monkeypatch.setattr(module, "_lock", lock)
        fory_io.compact(path)
        lock(fd, name)

    monkeypatch.setattr(module, "_lock", compacted_meanwhile)
    fory_io.append(fixed_rows(1, start=50), path)
    assert fory_io.open(path)["i"].to_pylist() == [*range(1, 10), 50]


# -- damage ----------------------------------------------------------------------


def body(n_rows, lines, places=b""):
    head = struct.pack("<QII", n_rows, len(lines), 0)
    return head + b"".join(struct.pack("<IIQ", *line) for line in lines) + places


BAD = {
    "nothing": b"",
    "short": body(0, [])[:12],
    "table beyond the end": struct.pack("<QII", 0, 1 << 30, 0),
    "other sum": body(3, [(0, 2, 32)], struct.pack("<4H", 1, 2, 0, 0)),
    "no such chunk": body(1, [(9, 1, 32)], bytes(8)),
    "chunk listed twice": body(
        2, [(0, 1, 48), (0, 1, 48)], struct.pack("<4H", 1, 0, 0, 0)
    ),
    "more than the chunk": body(99, [(0, 99, 32)], bytes(200)),
    "places outside the body": body(2, [(0, 2, 32)]),
    "offset beyond the end": body(2, [(0, 2, 1 << 62)]),
    "place outside the chunk": body(1, [(0, 1, 32)], struct.pack("<4H", 10, 0, 0, 0)),
    "places descend": body(2, [(0, 2, 32)], struct.pack("<4H", 5, 4, 0, 0)),
    "places repeat": body(2, [(0, 2, 32)], struct.pack("<4H", 5, 5, 0, 0)),
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_a_frame_that_cannot_be_is_refused(path, data):
    fory_io.write(fixed_rows(10), path)
    inner = fory_io.open(path).source
    with pytest.raises(DecodeError, match="do not fit the file"):
        LiveSource(inner, data).row_numbers([0])
