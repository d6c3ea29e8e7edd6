"""Bytes are appended by a thread, in order, and errors are not forgotten."""

from __future__ import annotations

import errno
import os
import resource
import signal
import threading
from contextlib import contextmanager

import pytest
from file_samples import mixed_rows

import fory_io
from fory_io._appender import Appender
from fory_io.pieces import PIECE

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes")


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "x")


def opened(path):
    return Appender(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC))


def parts(*texts):
    return [memoryview(text) for text in texts]


@contextmanager
def at_most(n_bytes):
    """Let no file grow beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def content(path):
    with open(path, "rb") as file:
        return file.read()


def test_now_and_soon_keep_their_order(path):
    appender = opened(path)
    expected = b""
    for k in range(40):
        block = bytes([k]) * (1 + 70_001 * (k % 5))
        (appender.write if k % 7 == 3 else appender.write_behind)(
            parts(block, b"", b"|")
        )
        expected += block + b"|"
    appender.drain()
    assert content(path) == expected
    appender.close()


def test_any_number_of_parts(path):
    appender = opened(path)
    appender.write_behind(parts(*[b"%04d" % k for k in range(1000)]))
    appender.write(parts())
    appender.write_behind(parts())
    appender.drain()
    assert content(path) == b"".join(b"%04d" % k for k in range(1000))


def test_bytes_are_kept_until_they_are_written(path):
    appender = opened(path)
    for k in range(30):
        appender.write_behind(parts(bytes([k]) * 300_000))  # nobody else has them
    appender.drain()
    assert content(path) == b"".join(bytes([k]) * 300_000 for k in range(30))


def test_the_disk_works_before_the_end(path):
    appender = opened(path)
    appender.write_behind(parts(bytes(PIECE)))
    appender.drain()
    assert appender.asked == PIECE


def test_little_is_left_to_the_sync(path):
    appender = opened(path)
    appender.write(parts(bytes(PIECE)))
    assert appender.asked == 0
    appender.write(parts(bytes(PIECE)))
    assert appender.asked == 2 * PIECE


def test_what_takes_no_hints_is_written_to():
    reading, writing = os.pipe()
    appender = Appender(writing)
    appender.write_behind(parts(b"abc"))
    appender.drain()
    assert os.read(reading, 9) == b"abc"
    os.close(reading)


def test_an_error_is_raised_by_all_that_follows(path):
    appender = opened(path)
    with at_most(3 * 100_000):
        appender.write_behind(parts(bytes(400_000)))
        with pytest.raises(OSError, match=os.strerror(errno.EFBIG)):
            appender.drain()
    for call in (appender.drain, lambda: appender.write(parts(b"x"))):
        with pytest.raises(OSError, match=os.strerror(errno.EFBIG)):
            call()
    appender.close()
    assert content(path) == bytes(300_000)


def test_what_is_closed_writes_no_more(path):
    appender = opened(path)
    appender.write_behind(parts(b"x"))
    appender.close()
    appender.close()
    assert appender.fd == -1
    for call in (appender.drain, lambda: appender.write_behind(parts(b"x"))):
        with pytest.raises(ValueError, match="closed"):
            call()


def test_a_forgotten_one_ends_its_thread_and_closes_its_file(path):
    def threads():
        return len(os.listdir("/proc/self/task"))

    before = threads()
    appender = opened(path)
    appender.write_behind(parts(bytes(PIECE)))
    fd = appender.fd
    assert threads() == before + 1
    del appender
    assert threads() == before
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(fd)


def test_signals_stay_with_the_main_thread(path):
    seen = []
    old = signal.signal(signal.SIGUSR1, lambda *_: seen.append(threading.get_ident()))
    try:
        appender = opened(path)
        for _ in range(5):
            appender.write_behind(parts(bytes(PIECE)))
            os.kill(os.getpid(), signal.SIGUSR1)
        appender.drain()
    finally:
        signal.signal(signal.SIGUSR1, old)
    assert seen
    assert os.path.getsize(path) == 5 * PIECE


def test_an_open_file_is_not_pickled(path):
    import pickle

    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(opened(path))


# -- writers ---------------------------------------------------------------------


def test_a_writer_without_room_publishes_nothing(tmp_path):
    writer = fory_io.Writer(tmp_path / "rows.fory")
    with (
        at_most(1 << 20),
        pytest.raises(OSError, match=os.strerror(errno.EFBIG)),
    ):
        writer.write(mixed_rows(400_000))
    with pytest.raises(OSError, match=os.strerror(errno.EFBIG)):
        writer.close()
    assert list(tmp_path.iterdir()) == []


def test_a_child_leaves_the_file_of_its_parent(tmp_path):
    writer = fory_io.Writer(tmp_path / "rows.fory")
    writer.write(mixed_rows(60_000))
    child = os.fork()
    if not child:
        try:
            writer.write(mixed_rows(60_000))
        except RuntimeError:
            writer.abort()
            os._exit(0)
        os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    writer.close()
    assert len(fory_io.open(tmp_path / "rows.fory", verify="full")) == 60_000


def test_a_forgotten_writer_leaves_nothing(tmp_path):
    writer = fory_io.Writer(tmp_path / "rows.fory")
    writer.write(mixed_rows(200_000))
    del writer
    assert list(tmp_path.iterdir()) == []


def test_a_forgotten_appender_gives_the_lock_back(tmp_path):
    path = tmp_path / "rows.fory"
    fory_io.write(mixed_rows(10), path)
    appender = fory_io.Appender(path)
    appender.write(mixed_rows(200_000))
    del appender
    fory_io.repair(path)
    fory_io.append(mixed_rows(10), path)
    assert fory_io.verify(path).ok
