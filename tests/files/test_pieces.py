"""Bytes reach a file in large pieces that begin at multiples of their size."""

from __future__ import annotations

import errno
import os
import random
import threading

import pytest

import fory_io
from fory_io.pieces import PIECE, SMALL, Pieces


def gathered(pieces, written):
    pieces.flush()
    return b"".join(written)


@pytest.fixture
def written():
    return []


def pieces_into(written, end=0):
    return Pieces(lambda parts: written.append(b"".join(parts)), end)


def test_nothing_is_lost_or_moved(written):
    rnd = random.Random(1)
    parts = [rnd.randbytes(rnd.choice([0, 1, 9, 5000, 3 << 20])) for _ in range(30)]
    pieces = pieces_into(written)
    for k in range(0, 30, 3):
        pieces.add(parts[k : k + 3])
    assert gathered(pieces, written) == b"".join(parts)


@pytest.mark.parametrize("end", [0, 1, PIECE - 1, PIECE, 3 * PIECE + 77])
def test_pieces_end_at_multiples(written, end):
    pieces = pieces_into(written, end)
    pieces.add([bytes(5 * PIECE + 5)])
    pieces.flush()
    ends = [end]
    for part in written:
        ends.append(ends[-1] + len(part))
    assert all(at % PIECE == 0 for at in ends[1:-1])
    assert ends[-2] == (end + 5 * PIECE + 5) // PIECE * PIECE
    assert ends[-1] == end + 5 * PIECE + 5


def test_a_flush_does_not_shift_what_follows(written):
    pieces = pieces_into(written)
    pieces.add([b"x" * 10])
    pieces.flush()
    pieces.add([b"y" * (PIECE + 1)])
    assert gathered(pieces, written) == b"x" * 10 + b"y" * (PIECE + 1)
    assert [len(p) for p in written] == [10, PIECE - 10, 11]


def test_nothing_new_is_not_written(written):
    pieces = pieces_into(written)
    pieces.add([b"x" * 100])
    pieces.flush()
    pieces.flush()
    assert written == [b"x" * 100]


def test_little_needs_no_thread(written):
    names = set()
    pieces = Pieces(lambda parts: names.add(threading.current_thread().name))
    pieces.add([b"x" * 100])
    pieces.flush()
    assert names == {threading.current_thread().name}


def test_many_small_parts_are_few_for_the_system():
    most = []
    pieces = Pieces(lambda parts: most.append(len(parts)))
    pieces.add([bytes(k % 2 * SMALL + 9) for k in range(500)])
    pieces.flush()
    assert max(most) <= 2 * PIECE // SMALL + 1


def test_few_pieces_wait_at_a_time():
    go, taken = threading.Event(), []
    pieces = Pieces(lambda parts: go.wait(10))

    def fill():
        for _ in range(9):
            pieces.add([bytes(PIECE)])
            taken.append(1)
        pieces.flush()

    filling = threading.Thread(target=fill)
    filling.start()
    filling.join(0.3)
    assert 1 <= len(taken) < 4
    go.set()
    filling.join(10)
    assert len(taken) == 9


def test_an_error_is_raised_again_and_nothing_is_written_after_it(written):
    def write(parts):
        if len(written) == 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written.append(b"".join(parts))

    pieces = Pieces(write)
    with pytest.raises(OSError, match="No space left"):
        pieces.add([bytes(9 * PIECE)])
    for _ in range(2):
        with pytest.raises(OSError, match="No space left"):
            pieces.flush()
    assert len(written) == 1


def test_what_is_stopped_writes_no_more(written):
    go = threading.Event()

    def write(parts):
        written.append(len(parts))
        go.wait(10)

    pieces = Pieces(write)
    pieces.add([bytes(2 * PIECE)])
    threading.Timer(0.05, go.set).start()
    pieces.stop()
    assert len(written) == 1


def test_without_threads_the_writer_writes_itself(written, monkeypatch):
    def refuse(*args):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("fory_io.behind.ThreadPoolExecutor", refuse)
    pieces = pieces_into(written)
    pieces.add([b"x" * PIECE, b"y" * PIECE])
    assert written == [b"x" * PIECE, b"y" * PIECE]


def test_a_failed_writer_publishes_nothing(tmp_path, monkeypatch):
    from file_samples import mixed_rows

    def refuse(fd, parts):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    writer = fory_io.Writer(tmp_path / "rows.fory")
    monkeypatch.setattr("fory_io.target.os.writev", refuse)
    with pytest.raises(OSError, match="No space left"):
        writer.write(mixed_rows(400_000))
    monkeypatch.undo()
    with pytest.raises(OSError, match="No space left"):
        writer.close()
    assert list(tmp_path.iterdir()) == []


def test_a_child_leaves_the_file_of_its_parent(tmp_path):
    from file_samples import mixed_rows

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


def test_an_aborted_writer_leaves_nothing(tmp_path):
    from file_samples import mixed_rows

    path = tmp_path / "rows.fory"
    writer = fory_io.Writer(path)
    writer.write(mixed_rows(60_000))
    writer.abort()
    assert list(tmp_path.iterdir()) == []
