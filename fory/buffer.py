"""``Buffer``: bytes to append to and to read from, also at given offsets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO

from fory import _impl

__all__ = ["Buffer", "write_all"]


class Buffer(_impl.Buffer):
    """Bytes that can be appended to, read, and changed in place.

    Appending moves ``writer_index``, reading moves ``reader_index`` and never passes
    the other. ``put_...`` and ``get_...`` take an offset and move neither.

    Parameters
    ----------
    data : bytes-like, optional
        Memory to read. It is not copied and stays alive as long as the buffer does.
    offset, length : int, optional
        The part of ``data`` to use.

    Examples
    --------
    >>> buffer = Buffer.allocate(16)
    >>> buffer.write_varint32(-3)
    >>> buffer.write_string("ab")
    >>> buffer.hex()
    '05086162'
    >>> Buffer(buffer.to_bytes()).read_varint32()
    -3
    """

    def _put(self, offset: int, write: Callable[[Any], None], value: Any) -> None:
        end = self.writer_index
        self.writer_index = offset
        try:
            write(value)
        finally:
            self.writer_index = max(end, self.writer_index)

    def _get(self, offset: int, read: Callable[[], Any]) -> Any:
        here = self.reader_index
        self.reader_index = offset
        try:
            return read()
        finally:
            self.reader_index = here

    def put_bool(self, offset: int, value: bool) -> None:
        """Store one byte at ``offset``."""
        self._put(offset, self.write_bool, value)

    def put_int8(self, offset: int, value: int) -> None:
        """Store one byte at ``offset``."""
        self._put(offset, self.write_int8, value)

    def put_uint8(self, offset: int, value: int) -> None:
        """Store one byte at ``offset``."""
        self._put(offset, self.write_uint8, value)

    def put_int16(self, offset: int, value: int) -> None:
        """Store two bytes at ``offset``."""
        self._put(offset, self.write_int16, value)

    def put_int24(self, offset: int, value: int) -> None:
        """Store three bytes at ``offset``."""
        self._put(offset, self.write_int24, value)

    def put_int32(self, offset: int, value: int) -> None:
        """Store four bytes at ``offset``."""
        self._put(offset, self.write_int32, value)

    def put_int64(self, offset: int, value: int) -> None:
        """Store eight bytes at ``offset``."""
        self._put(offset, self.write_int64, value)

    def put_float(self, offset: int, value: float) -> None:
        """Store four bytes at ``offset``."""
        self._put(offset, self.write_float32, value)

    def put_double(self, offset: int, value: float) -> None:
        """Store eight bytes at ``offset``."""
        self._put(offset, self.write_float64, value)

    def put_bytes(self, offset: int, value: Any) -> None:
        """Store the bytes of ``value`` at ``offset``."""
        self._put(offset, self.write_bytes, value)

    put_float32, put_float64, put_buffer = put_float, put_double, put_bytes

    def get_bool(self, offset: int) -> bool:
        """Return the byte at ``offset`` as a bool."""
        return bool(self._get(offset, self.read_bool))

    def get_int8(self, offset: int) -> int:
        """Return the byte at ``offset``."""
        return int(self._get(offset, self.read_int8))

    def get_int16(self, offset: int) -> int:
        """Return the two bytes at ``offset``."""
        return int(self._get(offset, self.read_int16))

    def get_int24(self, offset: int) -> int:
        """Return the three bytes at ``offset``."""
        return int(self._get(offset, self.read_int24))

    def get_int32(self, offset: int) -> int:
        """Return the four bytes at ``offset``."""
        return int(self._get(offset, self.read_int32))

    def get_int64(self, offset: int) -> int:
        """Return the eight bytes at ``offset``."""
        return int(self._get(offset, self.read_int64))

    def get_float(self, offset: int) -> float:
        """Return the four bytes at ``offset``."""
        return float(self._get(offset, self.read_float32))

    def get_double(self, offset: int) -> float:
        """Return the eight bytes at ``offset``."""
        return float(self._get(offset, self.read_float64))

    def get_bytes(self, offset: int, length: int) -> bytes:
        """Return a copy of ``length`` bytes at ``offset``."""
        return self.to_bytes(offset, length)

    get_float32, get_float64 = get_float, get_double

    def flush_to(self, stream: BinaryIO) -> None:
        """Write what was appended to a binary stream and start anew."""
        write_all(stream.write, self.to_bytes())
        self.writer_index = 0


def write_all(write: Callable[[Any], Any], data: Any) -> None:
    """Write all of ``data``: streams without a buffer may take a part at a time."""
    n = write(data)
    if type(n) is not int or n >= len(data):
        return
    rest = memoryview(data)
    while len(rest) > n > 0:
        rest = rest[n:]
        n = write(rest) or 0
    if n < len(rest):
        raise BlockingIOError(f"the stream does not take the last {len(rest)} bytes")
