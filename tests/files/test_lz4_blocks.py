"""LZ4 blocks as pyarrow writes them, and damaged ones."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest

from fory.error import DecodeError
from fory_io._lz4 import decompress

CODEC = pa.Codec("lz4_raw")


def periodic(rnd: random.Random, n: int) -> bytes:
    pattern = rnd.randbytes(rnd.randrange(1, 40))
    return (pattern * (n // len(pattern) + 1))[:n]


def mixed(rnd: random.Random, n: int) -> bytes:
    out = b""
    while len(out) < n:
        out += rnd.randbytes(rnd.randrange(60)) + bytes(rnd.randrange(600))
        out += out[-rnd.randrange(1, 300) :][: rnd.randrange(40)]
    return out[:n]


def letters(rnd: random.Random, n: int) -> bytes:
    return bytes(rnd.choices(b"abc", k=n))


KINDS = {
    "noise": lambda rnd, n: rnd.randbytes(n),
    "letters": letters,
    "periodic": periodic,
    "mixed": mixed,
}


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_what_pyarrow_compressed(make):
    rnd = random.Random(5)
    for n in [*range(1, 80), *(rnd.randrange(9000) for _ in range(150)), 70_000]:
        data = make(rnd, n)
        assert decompress(CODEC.compress(data, asbytes=True), n) == data


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_every_cut_is_an_error(make):
    data = make(random.Random(6), 700)
    packed = CODEC.compress(data, asbytes=True)
    for n in range(len(packed)):
        with pytest.raises(DecodeError, match="LZ4"):
            decompress(packed[:n], len(data))


@pytest.mark.parametrize("raw_bytes", [0, 1, 699, 701, 5000])
def test_another_size_is_an_error(raw_bytes):
    packed = CODEC.compress(mixed(random.Random(7), 700), asbytes=True)
    with pytest.raises(DecodeError, match="LZ4"):
        decompress(packed, raw_bytes)


def test_changed_bytes_give_an_error_or_what_pyarrow_gives():
    rnd = random.Random(8)
    packed = CODEC.compress(mixed(rnd, 2000), asbytes=True)
    n_same = 0
    for _ in range(5000):
        bad = bytearray(packed)
        for _ in range(rnd.randrange(1, 4)):
            bad[rnd.randrange(len(bad))] = rnd.choice([0, 255, rnd.randrange(256)])
        try:
            found = decompress(bad, 2000)
            expected = CODEC.decompress(bad, 2000, asbytes=True)
        except (DecodeError, OSError):  # pyarrow takes a distance of 0, and asks for
            continue  # more bytes at the end than the format does
        n_same += 1
        assert found == expected
    assert 0 < n_same < 5000


@pytest.mark.parametrize(
    "block",
    [b"", b"\x00\x00\x00", b"\x10a\x02\x00\x00", b"\xf0" + b"\xff" * 50, b"\x1fa\x01"],
    ids=["empty", "no distance", "too far back", "endless count", "half a distance"],
)
def test_sequences_that_cannot_be(block):
    with pytest.raises(DecodeError, match="LZ4"):
        decompress(block, 100)
