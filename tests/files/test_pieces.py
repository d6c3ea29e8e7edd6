"""Bytes reach a file in large pieces that begin at multiples of their size."""

from __future__ import annotations

import random

import pytest

import fory_io
from fory_io.pieces import PIECE, Pieces


def gathered(pieces, written):
    pieces.flush()
    return b"".join(written)


@pytest.fixture
def written():
    return []


def pieces_into(written, end=0):
    return Pieces(lambda parts: written.extend(map(bytes, parts)), end)


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
    ends = [end]
    for part in written:
        ends.append(ends[-1] + len(part))
    assert all(at % PIECE == 0 for at in ends[1:])
    assert ends[-1] == (end + 5 * PIECE + 5) // PIECE * PIECE


def test_a_flush_does_not_shift_what_follows(written):
    pieces = pieces_into(written)
    pieces.add([b"x" * 10])
    pieces.flush()
    pieces.add([b"y" * (PIECE + 1)])
    assert [len(p) for p in written] == [10, PIECE - 10]
    assert gathered(pieces, written) == b"x" * 10 + b"y" * (PIECE + 1)


def test_little_is_held_for_little(written):
    pieces = pieces_into(written)
    pieces.add([b"x" * 100])
    assert len(pieces._held) < PIECE // 10
    pieces.flush()
    pieces.flush()
    assert written == [b"x" * 100]


def test_an_aborted_writer_leaves_nothing(tmp_path):
    from file_samples import mixed_rows

    path = tmp_path / "rows.fory"
    writer = fory_io.Writer(path)
    writer.write(mixed_rows(60_000))
    writer.abort()
    assert list(tmp_path.iterdir()) == []
