"""Bytes that travel beside a message, if their owner and its writer want it."""

from __future__ import annotations

from _pickle import PickleBuffer

from fory.error import EncodeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

__all__ = [
    "BufferChoice",
    "BufferObject",
    "PickleBufferSerializer",
    "WritableBufferSerializer",
    "dense",
    "is_outside",
]


class BufferObject:
    """Bytes that may travel beside a message instead of in it.

    ``buffer_callback`` receives one of these for each candidate.
    """

    __slots__ = ("_data",)

    def __init__(self, data: Any) -> None:
        self._data = data

    @property
    def source(self) -> Any:
        """What holds the bytes: an object that was given out, or a view."""
        return self._data

    def raw(self) -> memoryview:
        """Return a view on the bytes as they lie in memory; it keeps them alive."""
        try:
            return PickleBuffer(self._data).raw()
        except BufferError:  # not side by side
            return memoryview(memoryview(self._data).tobytes())

    getbuffer = raw

    def total_bytes(self) -> int:
        """Return how many bytes there are."""
        return memoryview(self._data).nbytes

    def write_to(self, stream: BinaryIO) -> None:
        """Write the bytes to a binary stream."""
        from fory.buffer import write_all

        write_all(stream.write, self.raw())


def is_outside(ctx: Any) -> bool:
    """Tell whether the next buffer is beside the message; pass over what says so."""
    if not ctx.takes_buffers or ctx.peek_uint8():
        return False
    ctx.skip(1)
    return True


def dense(value: Any) -> Any:
    """Return a buffer whose bytes lie side by side, or raise."""
    view = memoryview(value)
    if view.c_contiguous:
        return value
    if not view.f_contiguous:
        raise EncodeError(
            "a PickleBuffer of scattered bytes cannot be written; copy it"
        )
    return value.raw()


class PickleBufferSerializer:
    """Bytes that an object offers out of band."""

    needs_parts = False  # before readers know the buffer

    def write(self, ctx: Any, value: Any) -> None:
        """Write the buffer, in band or out of band."""
        ctx.write_buffer_object(dense(value))

    def read(self, ctx: Any) -> Any:
        """Return the buffer, a view on the message or on what was out of band."""
        if not is_outside(ctx):
            return PickleBuffer(ctx.read_buffer_object().toreadonly())
        source = ctx.next_source()
        fixed = memoryview(source).readonly
        return PickleBuffer(source if fixed else memoryview(source).toreadonly())


class WritableBufferSerializer(PickleBufferSerializer):
    """The same where the bytes may be changed; other readers do not know it."""

    def read(self, ctx: Any) -> Any:
        """Return the buffer that was out of band, or one on a copy."""
        if is_outside(ctx):
            return PickleBuffer(ctx.next_source())
        return PickleBuffer(bytearray(ctx.read_buffer_object()))


class BufferChoice:
    """Tells buffers that may be changed from those that may not."""

    def __init__(self, fixed: Any, writable: Any) -> None:
        self.fixed, self.writable = fixed, writable

    def choose(self, value: Any) -> Any:
        """Return the plan for this buffer."""
        return self.fixed if memoryview(value).readonly else self.writable
