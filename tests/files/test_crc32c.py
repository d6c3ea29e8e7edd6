"""CRC-32C: known answers, and hardware against tables."""

from __future__ import annotations

import random

import pytest

from fory._crc import checksum, hardware


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", 0),
        (b"123456789", 0xE3069283),
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
    ],
    ids=["empty", "digits", "zeros", "ones", "ascending"],
)
@pytest.mark.parametrize("portable", [False, True], ids=["chosen", "tables"])
def test_known_answers(data, expected, portable):
    assert checksum(data, portable=portable) == expected


def test_instruction_and_tables_agree_at_every_length():
    data = random.Random(1).randbytes(20_000)
    lengths = [*range(800), 4079, 4080, 4081, 4096, 8160, 8167, 20_000]
    for n in lengths:
        assert checksum(data[:n]) == checksum(data[:n], portable=True)


@pytest.mark.parametrize("cut", [0, 1, 7, 4080, 9999])
def test_checksums_continue(cut):
    data = random.Random(2).randbytes(10_000)
    assert checksum(data[cut:], checksum(data[:cut])) == checksum(data)


def test_unaligned_bytes():
    data = memoryview(random.Random(3).randbytes(5000))
    for shift in range(1, 8):
        assert checksum(data[shift:]) == checksum(bytes(data[shift:]))


def test_tells_whether_the_processor_helps():
    assert isinstance(hardware, bool)
