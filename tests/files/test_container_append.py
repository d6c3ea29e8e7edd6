"""Commits: appending, older states, locks, crashes and their repair."""

from __future__ import annotations

import fcntl
import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pytest
from file_samples import MIXED, fixed_rows, mixed_rows, same_rows

import fory_io
from fory.error import ChecksumError, DecodeError, EncodeError
from fory_io.snapshot import read_footer
from fory_io.storage import FileStorage
from fory_row.arrow import from_arrow


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "rows.fory")


def unfinished(path, data):
    with open(path, "ab") as f:
        f.write(data)


@pytest.mark.parametrize("n", [1, 100, 40_000])
def test_appended_rows_follow(path, n):
    fory_io.write(mixed_rows(n), path)
    fory_io.append(mixed_rows(n, start=n), path)
    with fory_io.open(path, verify="full") as rows:
        assert same_rows(rows, mixed_rows(2 * n))
    assert fory_io.verify(path).ok


def test_every_commit_can_be_opened(path):
    fory_io.write(fixed_rows(3), path)
    for k in range(1, 20):
        fory_io.append(fixed_rows(3, start=3 * k), path)
    for k in range(1, 21):
        assert len(fory_io.open(path, commit=k)) == 3 * k
        assert len(fory_io.open(path, commit=k - 21)) == 3 * k
    assert [r["i"] for r in fory_io.open(path)] == list(range(60))
    for beyond in (0, 21, -21):
        with pytest.raises(IndexError, match="commit"):
            fory_io.open(path, commit=beyond)


def test_footers_count_in_binary(path):
    fory_io.write(fixed_rows(1), path)
    for _ in range(63):
        fory_io.append(fixed_rows(1), path)
    storage = FileStorage(path)
    listed, links, end = 0, 0, storage.size
    while end:
        footer = read_footer(storage, end)
        listed += footer.head.n_chunks
        links += 1
        end = footer.head.previous
    assert (listed, links) == (64, 1)
    fory_io.append(fixed_rows(1), path)
    newest = read_footer(FileStorage(path), os.path.getsize(path))
    assert newest.head.n_chunks == 1
    assert len(fory_io.open(path)) == 65


def test_readers_keep_their_state_and_refresh_by_opening_again(path):
    fory_io.write(fixed_rows(3), path)
    old = fory_io.open(path)
    data = pickle.dumps(old)
    fory_io.append(fixed_rows(2), path)
    assert len(old) == 3
    assert old[2]["i"] == 2
    assert len(pickle.loads(data)) == 3
    assert len(fory_io.refresh(old)) == 5


def test_appending_to_whole_chunks_keeps_them_regular(path):
    fory_io.write(fixed_rows(32_768), path)
    fory_io.append(fixed_rows(5), path)
    assert fory_io.open(path).source.snapshot.regular_shift == 15
    fory_io.append(fixed_rows(5), path)
    rows = fory_io.open(path, verify="full")
    assert rows.source.snapshot.regular_shift == -1
    assert rows[32_773]["i"] == 0


def test_appending_to_an_empty_file(path):
    with fory_io.Writer(path, MIXED):
        pass
    fory_io.append(mixed_rows(10), path)
    assert same_rows(fory_io.open(path, verify="full"), mixed_rows(10))


def test_appending_nothing_is_a_commit(path):
    fory_io.write(mixed_rows(10), path)
    fory_io.append(mixed_rows(0), path)
    assert fory_io.open(path).source.snapshot.commit == 2


def test_another_schema_is_refused_and_changes_nothing(path):
    fory_io.write(mixed_rows(10), path)
    before = Path(path).read_bytes()
    with pytest.raises(EncodeError, match="another schema"):
        fory_io.append(fixed_rows(1), path)
    assert Path(path).read_bytes() == before


def test_an_exception_leaves_the_file_as_it_was(path):
    fory_io.write(fixed_rows(10), path)
    before = Path(path).read_bytes()

    def stop():
        with fory_io.Appender(path) as writer:
            writer.write(fixed_rows(200_000))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        stop()
    assert Path(path).read_bytes() == before


def test_one_writer_at_a_time(path):
    fory_io.write(fixed_rows(1), path)
    with open(path, "rb") as f:
        fcntl.flock(f, fcntl.LOCK_SH)
        with pytest.raises(BlockingIOError, match="another process or writer"):
            fory_io.append(fixed_rows(1), path)
    fory_io.append(fixed_rows(1), path)


def coded(values):
    return from_arrow(pa.table({"d": pa.array(values).dictionary_encode()}))


def test_dictionaries_grow(path):
    fory_io.write(coded(["a", "b", "a"]), path)
    fory_io.append(coded(["c", "b", None]), path)
    fory_io.append(coded(["b"]), path)
    expected = ["a", "b", "a", "c", "b", None, "b"]
    assert fory_io.open(path).to_arrow()["d"].to_pylist() == expected
    assert [r["d"] for r in fory_io.open(path, commit=1)] == expected[:3]
    frames = fory_io.inspect(path)["frames"]
    assert frames["dictionary"] == 2


def test_metadata_of_the_newest_commit_counts(path):
    fory_io.write(fixed_rows(1), path, metadata={"v": 1})
    with fory_io.Appender(path, metadata={"v": 2}) as writer:
        writer.write(fixed_rows(1))
    assert fory_io.metadata(fory_io.open(path)) == {"v": 2}
    assert fory_io.metadata(fory_io.open(path, commit=1)) == {"v": 1}


@pytest.mark.parametrize("n", [1, 47, 64, 5000])
def test_half_a_commit_is_told_and_cut_off(path, n):
    fory_io.write(mixed_rows(10), path)
    fory_io.append(mixed_rows(10, start=10), path)
    whole = Path(path).read_bytes()
    unfinished(path, b"\x5a" * n)
    assert not fory_io.verify(path).ok
    with pytest.warns(fory_io.UnfinishedCommitWarning):
        assert len(fory_io.open(path)) == 20
    done = fory_io.repair(path)
    assert (done.bytes_removed, done.rows_recovered) == (n, 0)
    assert Path(path).read_bytes() == whole


def test_a_cut_commit_goes_back_to_the_one_before(path):
    fory_io.write(mixed_rows(10), path)
    first = os.path.getsize(path)
    fory_io.append(mixed_rows(10), path)
    for cut in range(first + 1, os.path.getsize(path), 97):
        data = Path(path).read_bytes()[:cut]
        bad = path + ".cut"
        Path(bad).write_bytes(data)
        with pytest.warns(fory_io.UnfinishedCommitWarning):
            assert same_rows(fory_io.open(bad, verify="full"), mixed_rows(10))


def test_repair_brings_back_whole_chunks(path):
    fory_io.write(fixed_rows(100_000), path)
    first = os.path.getsize(path)
    fory_io.append(fixed_rows(100_000), path)
    end = read_footer(FileStorage(path), os.path.getsize(path))
    os.truncate(path, end.trailer.footer_offset - 32 - 100)
    done = fory_io.repair(path)
    assert os.path.getsize(path) > first
    assert done.rows_recovered > 60_000
    rows = fory_io.open(path, verify="full")
    assert len(rows) == 100_000 + done.rows_recovered
    assert rows[100_000]["i"] == 0
    assert fory_io.verify(path).ok


def test_repair_of_a_sound_file_does_nothing(path):
    fory_io.write(fixed_rows(3), path)
    before = Path(path).read_bytes()
    assert fory_io.repair(path) == fory_io.Repair(0, 0)
    assert Path(path).read_bytes() == before


def test_rows_that_hold_the_trailer_magic_deceive_nobody(path):
    from fory_io.format import TRAILER_MAGIC

    table = pa.table({"b": [TRAILER_MAGIC * 50] * 100})
    fory_io.write(from_arrow(table), path)
    whole = Path(path).read_bytes()
    unfinished(path, whole[64:3000])
    with pytest.warns(fory_io.UnfinishedCommitWarning):
        assert len(fory_io.open(path)) == 100
    Path(path).write_bytes(whole[:-1])
    with pytest.raises(DecodeError):
        fory_io.open(path)


KILLED = """
import sys
sys.path[:0] = sys.argv[2:]
import fory_io
from file_samples import fixed_rows
batch = fixed_rows(20_000)
print("ready", flush=True)
while True:
    fory_io.append(batch, sys.argv[1])
"""


@pytest.mark.parametrize("seed", range(4))
def test_a_killed_appender_loses_no_commit(path, seed):
    fory_io.write(fixed_rows(20_000), path)
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, path, *sys.path], stdout=subprocess.PIPE
    )
    child.stdout.readline()
    time.sleep(0.05 + 0.037 * seed)
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    fory_io.repair(path)
    assert fory_io.verify(path).ok
    rows = fory_io.open(path, verify="full")
    assert len(rows) >= 20_000
    assert all(rows[k]["i"] == k % 20_000 for k in range(0, len(rows), 997))


@pytest.mark.parametrize("compression", ["lz4", "zstd", "zstd-dict"])
def test_repair_brings_back_compressed_chunks(path, compression):
    if compression == "zstd-dict":
        pytest.importorskip("zstandard")
    fory_io.write(mixed_rows(40_000), path, compression=compression, keys=["i"])
    with fory_io.Appender(path) as writer:
        # More than the piece of some megabytes that a writer holds back.
        writer.write(mixed_rows(400_000, start=40_000))
        writer._target.sync()
        data = Path(path).read_bytes()
    Path(path).write_bytes(data[:-100])
    done = fory_io.repair(path)
    assert done.rows_recovered >= 2 * 8192
    assert done.bytes_removed > 0
    rows = fory_io.open(path, verify="full")
    assert same_rows(rows, mixed_rows(40_000 + done.rows_recovered))
    assert rows.lookup(45_000)["i"] == 45_000
    fory_io.append(mixed_rows(10), path)
    assert fory_io.verify(path).ok


def test_repair_passes_over_indexes_between_chunks(path, monkeypatch):
    monkeypatch.setattr("fory_io.keys.MAX_ROWS", 40_000)
    fory_io.write(fixed_rows(10), path, keys=["i"], ordered=["i"])
    with fory_io.Appender(path) as writer:
        writer.write(fixed_rows(200_000, start=10))
        writer._target.sync()
        data = Path(path).read_bytes()
    Path(path).write_bytes(data)
    assert fory_io.repair(path).rows_recovered > 150_000
    rows = fory_io.open(path, verify="full")
    assert rows.lookup(123_456)["i"] == 123_456
    assert [row["i"] for row in rows.loc[99_999:100_001]] == [99_999, 100_000, 100_001]


def test_a_damaged_chunk_is_named_by_its_rows(path):
    fory_io.write(fixed_rows(100_000), path)
    data = bytearray(Path(path).read_bytes())
    data[data.index((70_000).to_bytes(8, "little"))] ^= 1
    Path(path).write_bytes(data)
    with pytest.raises(ChecksumError, match=r"chunk 2 \(rows 65536 to 98303\) of"):
        fory_io.open(path)[65_536:98_304].to_arrow()


CHANGES = {
    "append": lambda path: fory_io.append(fixed_rows(1), path),
    "delete": lambda path: fory_io.delete(path, [0]),
    "compact": fory_io.compact,
}


@pytest.mark.filterwarnings("ignore::fory_io.UnfinishedCommitWarning")
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("at", [-1, -30, -40, -60, -130, -300])
def test_a_damaged_commit_is_not_dropped(path, change, at):
    """Only what was never committed is cut off."""
    fory_io.write(fixed_rows(10), path)
    fory_io.append(fixed_rows(10), path)
    ten = fixed_rows(10).to_arrow()
    data = bytearray(Path(path).read_bytes())
    data[at] ^= 1
    Path(path).write_bytes(data)
    with pytest.raises(DecodeError):
        change(path)
    assert Path(path).read_bytes() == data
    assert fory_io.repair(path).rows_recovered == 10
    assert same_rows(fory_io.open(path), from_arrow(pa.concat_tables([ten, ten])))
    change(path)
    assert fory_io.verify(path).ok
