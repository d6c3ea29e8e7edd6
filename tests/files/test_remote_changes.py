"""Files of other file systems that change: a new one takes the place of the old one."""

from __future__ import annotations

import io
import pickle
import random
from contextlib import nullcontext

import fsspec
import pyarrow.compute as pc
import pytest
from file_samples import fixed_rows, mixed_rows, same_rows
from fsspec.implementations.memory import MemoryFileSystem

import fory_io
from fory.error import DecodeError, EncodeError
from fory_io import upload
from fory_io.recovery import UnfinishedCommitWarning

N = 3000


@pytest.fixture
def url():
    fs = fsspec.filesystem("memory")
    fs.store.clear()
    yield "memory://tests/rows.fory"
    fs.store.clear()


def stored(url):
    return fsspec.filesystem("memory").cat(url)


def names():
    return fsspec.filesystem("memory").find("/")


@pytest.mark.parametrize("compression", [None, "lz4", "zstd-dict"])
def test_appended_rows_follow(url, compression):
    if compression == "zstd-dict":
        pytest.importorskip("zstandard")
    fory_io.write(mixed_rows(N), url, compression=compression, keys=["i"])
    before = stored(url)
    fory_io.append(mixed_rows(N, start=N), url)
    assert stored(url).startswith(before)
    assert same_rows(fory_io.open(url, verify="full"), mixed_rows(2 * N))
    assert fory_io.open(url).lookup(N + 5)["i"] == N + 5
    assert fory_io.verify(url).ok
    assert names() == ["/tests/rows.fory"]


def test_the_bytes_are_those_of_a_local_file(url, tmp_path):
    local = tmp_path / "rows.fory"
    fory_io.write(mixed_rows(N), url)
    local.write_bytes(stored(url))
    for place in (url, local):
        with fory_io.Appender(place) as writer:
            writer.write(mixed_rows(40, start=N))
            writer.delete([1, 5])
    assert len(stored(url)) == local.stat().st_size
    assert same_rows(fory_io.open(url), fory_io.open(local))


def test_readers_keep_their_state(url):
    fory_io.write(mixed_rows(N), url)
    old = fory_io.open(url)
    data = pickle.dumps(old)
    fory_io.append(mixed_rows(10, start=N), url)
    fory_io.delete(url, pc.field("i") < 7)
    assert same_rows(old, mixed_rows(N))
    assert same_rows(pickle.loads(data), mixed_rows(N))
    assert len(fory_io.refresh(old)) == N + 3
    assert [len(fory_io.open(url, commit=k)) for k in (1, 2, -1)] == [N, N + 10, N + 3]


def test_rows_are_deleted_and_updated(url):
    fory_io.write(mixed_rows(N), url)
    assert fory_io.delete(url, [0, 2]) == 2
    assert fory_io.update(url, pc.field("i") == 9, mixed_rows(1, start=N)) == 1
    assert fory_io.open(url)["i"].to_pylist()[:3] == [1, 3, 4]
    assert fory_io.open(url)[-1]["i"] == N


def test_deleting_nothing_writes_nothing(url):
    fory_io.write(mixed_rows(N), url)
    before = stored(url)
    assert fory_io.delete(url, pc.field("i") < 0) == 0
    assert stored(url) == before
    assert names() == ["/tests/rows.fory"]


def test_compaction_leaves_one_commit(url):
    fory_io.write(mixed_rows(N), url, keys=["i"], metadata={"a": 1})
    old = pickle.dumps(fory_io.open(url))
    fory_io.append(mixed_rows(N, start=N), url)
    fory_io.delete(url, pc.field("i") < 10)
    fory_io.compact(url)
    facts = fory_io.inspect(url)
    assert (facts["commit"], facts["deleted_rows"], facts["keys"]) == (1, 0, ["i"])
    assert fory_io.metadata(url) == {"a": 1}
    assert same_rows(fory_io.open(url), mixed_rows(2 * N)[10:])
    with pytest.raises(DecodeError, match="was replaced"):
        pickle.loads(old)


def test_repair_cuts_off_what_was_never_committed(url):
    fory_io.write(mixed_rows(N), url)
    good = stored(url)
    fsspec.filesystem("memory").pipe(url, good + b"half a frame" * 9)
    with pytest.warns(UnfinishedCommitWarning):
        fory_io.open(url)
    assert fory_io.repair(url).bytes_removed == 108
    assert stored(url) == good
    assert fory_io.repair(url).bytes_removed == 0


def test_repair_brings_back_whole_chunks(url):
    fory_io.write(mixed_rows(N), url)
    committed = len(stored(url))
    fory_io.append(mixed_rows(N, start=N), url)
    cut = stored(url)[: -2000 - (len(stored(url)) - committed) // 64]
    fsspec.filesystem("memory").pipe(url, cut)
    recovered = fory_io.repair(url).rows_recovered
    assert same_rows(fory_io.open(url), mixed_rows(N + recovered))
    assert fory_io.verify(url).ok


def test_appending_cuts_off_what_was_never_committed(url):
    fory_io.write(mixed_rows(N), url)
    fsspec.filesystem("memory").pipe(url, stored(url) + b"half a frame")
    fory_io.append(mixed_rows(5, start=N), url)
    assert fory_io.verify(url).problems == []
    assert same_rows(fory_io.open(url), mixed_rows(N + 5))


def test_the_slower_of_two_writers_loses_nothing_of_the_other(url):
    fory_io.write(mixed_rows(N), url)
    first, second = fory_io.Appender(url), fory_io.Appender(url)
    first.write(mixed_rows(1, start=N))
    second.write(mixed_rows(1, start=N + 1))
    second.close()
    with pytest.raises(BlockingIOError, match=r"somebody else .*memory://tests/rows"):
        first.close()
    assert fory_io.open(url)[-1]["i"] == N + 1
    assert names() == ["/tests/rows.fory"]
    fory_io.append(mixed_rows(1, start=N), url)


@pytest.mark.parametrize("change", [fory_io.compact, fory_io.repair])
def test_what_another_writer_published_is_not_overwritten(url, change, monkeypatch):
    fory_io.write(mixed_rows(N), url)
    fsspec.filesystem("memory").pipe(url, stored(url) + b"rest")
    check = upload.RemoteFile.check

    def late(self):
        monkeypatch.undo()
        fory_io.append(mixed_rows(1, start=N), url)
        check(self)

    monkeypatch.setattr(upload.RemoteFile, "check", late)
    with (
        pytest.warns(UnfinishedCommitWarning)
        if change is fory_io.compact
        else nullcontext(),
        pytest.raises(BlockingIOError, match="somebody else"),
    ):
        change(url)
    assert len(fory_io.open(url)) == N + 1


def test_a_file_that_was_removed_meanwhile_does_not_come_back(url):
    fory_io.write(mixed_rows(N), url)
    writer = fory_io.Appender(url)
    writer.write(mixed_rows(1))
    fsspec.filesystem("memory").rm(url)
    with pytest.raises(BlockingIOError, match="removed"):
        writer.close()
    assert names() == []


def test_an_exception_leaves_the_old_file(url):
    fory_io.write(mixed_rows(N), url)
    before = stored(url)

    def stop():
        with fory_io.Appender(url) as writer:
            writer.write(mixed_rows(N))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        stop()
    with pytest.raises(EncodeError, match="another schema"):
        fory_io.append(fixed_rows(1), url)
    assert stored(url) == before
    assert names() == ["/tests/rows.fory"]


class Failing(MemoryFileSystem):
    """Refuses the k-th of the calls that make a file."""

    protocol = "failing"
    store: dict[str, object] = {}  # noqa: RUF012
    pseudo_dirs = [""]  # noqa: RUF012
    left = 10**9

    @classmethod
    def _strip_protocol(cls, path):
        return super()._strip_protocol(path.replace("failing://", "memory://"))

    @classmethod
    def step(cls):
        cls.left -= 1
        if cls.left == 0:
            raise OSError(5, "the store is gone")

    def _open(self, path, mode="rb", **kwargs):
        self.step()
        file = super()._open(path, mode, **kwargs)
        write = file.write
        file.write = lambda data: self.step() or write(data)
        file.close = self.step
        return file

    def mv(self, path1, path2, **kwargs):
        self.step()
        super().mv(path1, path2, **kwargs)

    def cat_file(self, path, start=None, end=None, **kwargs):
        self.step()
        return super().cat_file(path, start, end, **kwargs)


CHANGES = {
    "append": lambda url: fory_io.append(mixed_rows(N, start=N), url),
    "delete": lambda url: fory_io.delete(url, [1]),
    "compact": fory_io.compact,
}


def failed_at(step, change, url):
    Failing.left = step
    try:
        change(url)
    except OSError as error:
        return "the store is gone" in str(error)
    finally:
        Failing.left = 10**9
    return False


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_store_that_fails_anywhere_keeps_the_old_file(change):
    fsspec.register_implementation("failing", Failing, clobber=True)
    url = "failing://tests/rows.fory"
    fory_io.write(mixed_rows(N), url)
    fs = fsspec.filesystem("failing")
    before = fs.cat(url)
    n_failures = 0
    while failed_at(n_failures + 1, change, url):
        n_failures += 1
        assert fs.cat(url) == before
        assert fs.find("/") == ["/tests/rows.fory"]
    assert n_failures > 5
    assert fory_io.verify(url).ok


def test_the_old_bytes_pass_in_pieces(url, monkeypatch):
    monkeypatch.setattr(upload, "PIECE", 1 << 20)
    fory_io.write(mixed_rows(200_000), url)
    size = len(stored(url))
    asked = []
    read = fory_io.remote.RemoteStorage.read
    monkeypatch.setattr(
        fory_io.remote.RemoteStorage,
        "read",
        lambda self, at, n: asked.append(n) or read(self, at, n),
    )
    fory_io.append(mixed_rows(1), url)
    assert max(asked) == 1 << 20
    assert sum(asked) < size + (1 << 20)


def test_streams_of_records_go_on(url):
    assert fory_io.write_records(url, [{"a": 1}]) == 1
    fory_io.write_records(url, ({"a": k} for k in range(2, 5)), append=True)
    assert [r["a"] for r in fory_io.read_records(url)] == [1, 2, 3, 4]
    with pytest.raises(RuntimeError):
        fory_io.write_records(url, iter_failing(), append=True)
    assert len(list(fory_io.read_records(url))) == 4


def iter_failing():
    yield {"a": 5}
    raise RuntimeError


@pytest.mark.parametrize("seed", range(8))
def test_many_changes_in_a_row(url, seed):
    rnd = random.Random(seed)
    expected = list(range(50))
    fory_io.write(mixed_rows(50), url)
    for _ in range(12):
        if rnd.random() < 0.6:
            n = rnd.randrange(5)
            fory_io.append(mixed_rows(n, start=1000), url)
            expected += range(1000, 1000 + n)
        elif rnd.random() < 0.7:
            picks = rnd.sample(range(len(expected)), 3)
            fory_io.delete(url, picks)
            expected = [v for i, v in enumerate(expected) if i not in picks]
        else:
            fory_io.compact(url)
        assert fory_io.open(url)["i"].to_pylist() == expected
    assert fory_io.verify(url).ok


def test_options_reach_the_file_system(url):
    options = {"skip_instance_cache": True}
    fory_io.write(mixed_rows(5), url, storage_options=options)
    fory_io.append(mixed_rows(5), url, storage_options=options)
    fory_io.delete(url, [0], storage_options=options)
    fory_io.update(url, [0], mixed_rows(1), storage_options=options)
    fory_io.compact(url, storage_options=options)
    fory_io.repair(url, storage_options=options)
    assert fory_io.verify(url, storage_options=options).rows == 9
    assert fory_io.inspect(url, storage_options=options)["rows"] == 9
    assert fory_io.metadata(url, storage_options=options) == {}


@pytest.mark.parametrize("change", [fory_io.open, *CHANGES.values()])
def test_a_missing_file_is_named(url, change):
    with pytest.raises(FileNotFoundError, match=r"No such file.*memory://tests/rows"):
        change(url)


def test_a_file_system_that_only_reads_says_so():
    pytest.importorskip("aiohttp")
    with pytest.raises(io.UnsupportedOperation, match=r"http://.*only reads"):
        fory_io.write(mixed_rows(1), "http://127.0.0.1:1/rows.fory")
