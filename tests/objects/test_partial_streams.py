"""Streams without a buffer, which take and give a part of the bytes at a time."""

from __future__ import annotations

import io

import pytest

import fory

VALUE = {f"key {i}": [i, "x" * i] for i in range(100)}
SIGNER = fory.sign(b"at least sixteen bytes of secret")


class Slow(io.RawIOBase):
    """Takes at most seven bytes at a time, and gives one."""

    def __init__(self, room=1 << 20):
        self.data = b""
        self.at = 0
        self.room = room

    def readable(self):
        return True

    def writable(self):
        return True

    def write(self, data):
        taken = bytes(data[: min(7, self.room - len(self.data))])
        self.data += taken
        return len(taken)

    def readinto(self, target):
        given = self.data[self.at : self.at + min(1, len(target))]
        target[: len(given)] = given
        self.at += len(given)
        return len(given)


@pytest.mark.parametrize("maker", [fory.Fory(), fory, SIGNER], ids=["Fory", "", "sign"])
def test_whole_messages_go_through_slow_streams(maker):
    stream = Slow()
    maker.dump(VALUE, stream)
    maker.dump("next", stream)
    assert maker.load(stream) == VALUE
    assert maker.load(stream) == "next"
    with pytest.raises((EOFError, fory.error.SignatureError)):
        maker.load(stream)


@pytest.mark.parametrize("maker", [fory.Fory(), fory], ids=["Fory", "module"])
def test_a_stream_that_takes_no_more_is_an_error(maker):
    with pytest.raises(BlockingIOError):
        maker.dump(VALUE, Slow(room=100))


def test_buffers_beside_a_message_go_through_slow_streams():
    stream = Slow()
    fory.BufferObject(b"beside the message" * 10).write_to(stream)
    assert stream.data == b"beside the message" * 10


@pytest.mark.parametrize("wrong", [None, "path", b"bytes"])
def test_only_streams_can_be_loaded_from(wrong):
    with pytest.raises(TypeError):
        fory.Fory().load(wrong)
    with pytest.raises(TypeError):
        fory.load(wrong)


@pytest.mark.parametrize("size", [1 << 20, 1 << 40, (1 << 64) - 1])
def test_forged_sizes_of_signed_messages_take_no_memory(size, tmp_path):
    path = tmp_path / "signed"
    path.write_bytes(size.to_bytes(8, "little") + b"short")
    with path.open("rb") as stream, pytest.raises(fory.error.SignatureError):
        SIGNER.load(stream)
