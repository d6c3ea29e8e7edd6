"""Bytes reach a file in large pieces that begin at multiples of their size."""

from __future__ import annotations

import random

import pytest

from fory_io.pieces import PIECE, SMALL, Pieces


class Receiver(list):
    """Keeps every piece, and of how many parts it was."""

    def __init__(self):
        super().__init__()
        self.n_parts = []

    def write(self, parts):
        self.n_parts.append(len(parts))
        self.append(b"".join(parts))

    write_behind = write

    def drain(self):
        pass


def gathered(pieces, written):
    pieces.flush()
    return b"".join(written)


@pytest.fixture
def written():
    return Receiver()


def pieces_into(written, end=0):
    return Pieces(written, end)


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


def test_many_small_parts_are_few_for_the_system(written):
    pieces = pieces_into(written)
    pieces.add([bytes(k % 2 * SMALL + 9) for k in range(500)])
    pieces.flush()
    assert max(written.n_parts) <= 2 * PIECE // SMALL + 1
