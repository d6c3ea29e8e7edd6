"""``Buffer``: numbers in both spellings, offsets, bounds."""

from __future__ import annotations

import io
import sys

import pytest

import fory
from fory import ENABLE_FORY_CYTHON_SERIALIZATION as COMPILED
from fory.error import BufferStateError, DecodeError, TruncatedError

NUMBERS = {
    "bool": [True, False],
    "int8": [-128, 127],
    "int16": [-(1 << 15), (1 << 15) - 1],
    "int24": [-(1 << 23), -1, (1 << 23) - 1],
    "int32": [-(1 << 31), (1 << 31) - 1],
    "int64": [-(1 << 63), (1 << 63) - 1],
    "uint8": [0, 255],
    "uint16": [0, 65535],
    "uint32": [0, (1 << 32) - 1],
    "uint64": [0, (1 << 64) - 1],
    "float32": [1.5, -0.0],
    "float64": [0.1, float("inf")],
    "float": [0.5],
    "double": [0.1],
    "varint32": [-(1 << 31), -1, 0, 63, 64, (1 << 31) - 1],
    "varint64": [-(1 << 63), -1, 0, (1 << 63) - 1],
    "var_uint32": [0, 127, 128, (1 << 32) - 1],
    "varuint32": [5],
    "var_uint64": [0, (1 << 56) - 1, 1 << 56, (1 << 64) - 1],
    "varuint64": [5],
    "tagged_int64": [-(1 << 63), -(1 << 30), (1 << 30) - 1, 1 << 30],
    "tagged_uint64": [0, (1 << 31) - 1, 1 << 31, (1 << 64) - 1],
    "string": ["", "abc", "é", "中", "😀", "x" * 1000],
    "bytes_and_size": [b"", b"abc"],
}


@pytest.mark.parametrize("kind", NUMBERS)
def test_what_is_written_is_read(kind):
    buffer = fory.Buffer.allocate(1)
    for value in NUMBERS[kind]:
        getattr(buffer, f"write_{kind}")(value)
    assert [getattr(buffer, f"read_{kind}")() for _ in NUMBERS[kind]] == NUMBERS[kind]
    with pytest.raises(TruncatedError):
        getattr(buffer, f"read_{kind}")()


@pytest.mark.parametrize(
    ("kind", "value"),
    [("int8", 128), ("uint8", -1), ("int24", 1 << 23), ("varint32", 1 << 31),
     ("var_uint32", -1), ("int64", 1 << 63)],
)  # fmt: skip
def test_numbers_out_of_range_are_refused(kind, value):
    with pytest.raises(OverflowError):
        getattr(fory.Buffer.allocate(8), f"write_{kind}")(value)


@pytest.mark.parametrize(
    "kind", ["int8", "int24", "uint64", "varint32", "tagged_int64"]
)
def test_floats_are_not_cut_to_integers(kind):
    with pytest.raises(TypeError):
        getattr(fory.Buffer.allocate(8), f"write_{kind}")(2.5)


@pytest.mark.parametrize("kind", ["bool", "int8", "int16", "int24", "int32", "int64"])
def test_numbers_at_an_offset_move_nothing(kind):
    buffer = fory.Buffer.allocate(8)
    buffer.write_bytes(bytes(16))
    getattr(buffer, f"put_{kind}")(5, 1)
    assert getattr(buffer, f"get_{kind}")(5) == 1
    assert (buffer.reader_index, buffer.writer_index) == (0, 16)


def test_a_varint_of_more_than_32_bits_is_refused():
    buffer = fory.Buffer.allocate(8)
    buffer.write_var_uint64(1 << 40)
    with pytest.raises(DecodeError, match="32 bits"):
        buffer.read_var_uint32()


def test_positions_are_checked():
    buffer = fory.Buffer(b"abc")
    with pytest.raises(IndexError):
        buffer.reader_index = 4
    with pytest.raises(IndexError):
        buffer.to_bytes(2, 2)
    buffer.set_reader_index(3)
    assert buffer.get_reader_index() == 3


def test_bytes_that_are_passed_over_are_zero():
    buffer = fory.Buffer.allocate(64)
    buffer.write_bytes(b"ab")
    buffer.set_writer_index(64)
    assert buffer.to_bytes() == b"ab" + bytes(62)


def test_a_writer_that_went_back_finds_what_it_wrote():
    buffer = fory.Buffer.allocate(64)
    buffer.write_bytes(b"abcdefgh")
    buffer.set_writer_index(0)
    buffer.write_int16(0)
    buffer.set_writer_index(10)
    assert buffer.to_bytes() == b"\0\0cdefgh\0\0"


def test_a_message_has_nothing_of_the_message_before():
    class Gap:
        pass

    class Skipping(fory.Serializer):
        def write(self, buffer, value):
            buffer.grow(40)
            buffer.set_writer_index(buffer.get_writer_index() + 40)

        def read(self, buffer):
            return buffer.read_bytes(40)

    made = fory.Fory()
    made.register(Gap, type_id=1, serializer=Skipping)
    made.dumps("a secret of the message before " * 4)
    assert made.loads(made.dumps(Gap())) == bytes(40)


def test_a_buffer_of_foreign_memory_is_not_written():
    buffer = fory.Buffer(b"abc")
    with pytest.raises(BufferStateError, match="not its own"):
        buffer.write_int8(1)
    with pytest.raises(BufferStateError, match="read-only"):
        buffer.put_int8(0, 1)


@pytest.mark.skipif(
    not COMPILED and sys.version_info < (3, 12),
    reason="classes of plain Python offer no memory before Python 3.12",
)
def test_a_buffer_with_views_does_not_grow():
    buffer = fory.Buffer.allocate(4)
    buffer.write_bytes(b"abcd")
    view = memoryview(buffer)
    with pytest.raises(BufferError, match="memoryview"):
        buffer.write_int8(1)
    assert bytes(view) == b"abcd"
    view.release()
    buffer.write_int8(1)
    assert len(buffer) == 5


def test_the_memory_of_data_stays_alive():
    buffer = fory.Buffer(bytearray(b"x" * 100))
    assert buffer.read_bytes(100) == b"x" * 100


def test_a_part_of_the_data_is_used():
    buffer = fory.Buffer(b"0123456789", 2, 4)
    assert buffer.to_bytes() == b"2345"
    assert buffer.slice(1, 2).to_bytes() == b"34"
    assert buffer.hex() == b"2345".hex()
    with pytest.raises(ValueError, match="more than"):
        fory.Buffer(b"abc", 1, 5)


def test_lines_and_reads_as_a_file_does():
    buffer = fory.Buffer(b"one\ntwo")
    assert buffer.readline() == b"one\n"
    assert buffer.readline() == b"two"
    assert buffer.read() == b""


def test_a_stream_is_read_as_far_as_needed():
    stream = io.BytesIO(b"\x05abcdef")
    buffer = fory.Buffer.from_stream(stream)
    assert buffer.read_varint32() == -3
    assert stream.tell() == 1
    assert buffer.read_bytes(3) == b"abc"
    assert stream.tell() == 4
