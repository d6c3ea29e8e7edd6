"""Memory that grows at its end and is read from its beginning.

Writing appends at ``writer_index``, reading consumes at ``reader_index`` and never
passes ``writer_index``.
"""

from __future__ import annotations

from typing import Any, BinaryIO, Self

from fory.error import BufferStateError, DecodeError, TruncatedError

__all__ = ["Memory", "bytes_of", "swap_memory"]

_STREAM_CHUNK = 64 * 1024


def bytes_of(data: Any) -> memoryview:
    """Return a view on contiguous memory, byte by byte."""
    view = memoryview(data)
    if not view.c_contiguous:
        raise BufferError("the memory is not C-contiguous")
    return view.cast("B") if view.nbytes else memoryview(b"")


class Memory:
    """Bytes that can be appended to and read from.

    Parameters
    ----------
    data : bytes-like, optional
        Memory to read. It is not copied and stays alive as long as the buffer does.
    offset, length : int, optional
        The part of ``data`` to use.

    Notes
    -----
    Before Python 3.12 a class of plain Python cannot offer its memory to
    ``memoryview``; use ``to_bytes`` there.
    """

    def __init__(
        self, data: Any = None, offset: int = 0, length: int | None = None
    ) -> None:
        self._memory: Any = bytearray()  # or a memoryview, if it is not our own
        self._foreign = False
        self._writer = 0
        self._reader = 0
        self._stream: BinaryIO | None = None
        self._read_ahead = False
        if data is not None:
            self._wrap(data, offset, length)

    @classmethod
    def allocate(cls, capacity: int) -> Self:
        """Return an empty buffer that holds ``capacity`` bytes before it grows."""
        if capacity < 0:
            raise ValueError(f"capacity is {capacity}, expected 0 or more")
        buffer = cls()
        buffer._memory = bytearray(capacity)
        return buffer

    @classmethod
    def from_stream(cls, stream: BinaryIO, *, read_ahead: bool = False) -> Self:
        """Return a buffer that reads from ``stream`` what it needs.

        With ``read_ahead`` it takes more at once; what is behind the reader index
        has then left the stream, too.
        """
        buffer = cls()
        buffer._stream = stream
        buffer._read_ahead = read_ahead
        return buffer

    @property
    def read_ahead(self) -> bool:
        """Whether more than needed may be taken from the stream."""
        return self._read_ahead

    # ---- memory ---------------------------------------------------------------------

    def _wrap(self, data: Any, offset: int = 0, length: int | None = None) -> None:
        view = bytes_of(data)
        if not 0 <= offset <= len(view):
            raise ValueError(f"offset {offset} is outside of {len(view)} bytes")
        if length is None or length < 0:
            length = len(view) - offset
        if length > len(view) - offset:
            raise ValueError(
                f"{length} bytes from {offset} are more than the {len(view)} there"
            )
        self._memory = view[offset : offset + length]
        self._foreign = True
        self._writer = length

    def _make_room(self, n: int) -> None:
        missing = self._writer + n - len(self._memory)
        if missing <= 0:
            return
        if self._foreign:
            raise BufferStateError(
                f"cannot write {n} bytes at {self._writer}: the buffer wraps memory of "
                f"{len(self._memory)} bytes that is not its own; use Buffer.allocate()"
            )
        try:
            self._memory.extend(bytes(max(missing, len(self._memory))))
        except BufferError:
            raise BufferStateError(
                "cannot grow while a memoryview of it exists"
            ) from None

    def _append(self, data: bytes | memoryview) -> None:
        self._make_room(len(data))
        self._memory[self._writer : self._writer + len(data)] = data
        self._writer += len(data)

    def _need(self, n: int) -> None:
        """Make sure that n more bytes can be read, from the stream if there is one."""
        if n < 0:
            raise DecodeError(f"a size is negative, at byte {self._reader}")
        while self._stream is not None and self._writer - self._reader < n:
            there = self._writer - self._reader
            wanted = (
                _STREAM_CHUNK if self._read_ahead else min(n - there, _STREAM_CHUNK)
            )
            data = bytes(self._stream.read(wanted))
            if not data:
                break
            self._append(data)
        there = self._writer - self._reader
        if there < n:
            raise TruncatedError(
                f"the bytes end early: {n} are needed at byte {self._reader}, "
                f"{there} are left"
            )

    def _view(self, n: int) -> memoryview:
        """Return a read-only view on the next n bytes; copy them out of our memory."""
        self._need(n)
        self._reader += n
        part = self._memory[self._reader - n : self._reader]
        return part.toreadonly() if self._foreign else memoryview(bytes(part))

    def __buffer__(self, flags: int, /) -> memoryview:
        return memoryview(self._memory)[: self._writer]

    # ---- positions and whole contents -----------------------------------------------

    @property
    def reader_index(self) -> int:
        """Next byte to read."""
        return self._reader

    @reader_index.setter
    def reader_index(self, value: int) -> None:
        if not 0 <= value <= self._writer:
            raise IndexError(f"reader index {value} is outside of {self._writer} bytes")
        self._reader = value

    @property
    def writer_index(self) -> int:
        """Next byte to write; reading stops here."""
        return self._writer

    @writer_index.setter
    def writer_index(self, value: int) -> None:
        if self._foreign and self._memory.readonly and value != self._writer:
            raise BufferStateError("the wrapped memory is read-only")
        if not 0 <= value <= len(self._memory):
            raise IndexError(
                f"writer index {value} is outside of {len(self._memory)} bytes"
            )
        self._writer = value
        self._reader = min(self._reader, value)

    def get_reader_index(self) -> int:
        """Return the next byte to read."""
        return self._reader

    def set_reader_index(self, value: int) -> None:
        """Continue reading at ``value``."""
        self.reader_index = value

    def get_writer_index(self) -> int:
        """Return the next byte to write."""
        return self._writer

    def set_writer_index(self, value: int) -> None:
        """Continue writing at ``value``."""
        self.writer_index = value

    def size(self) -> int:
        """Return how many bytes the memory holds, written or not."""
        return len(self._memory)

    def __len__(self) -> int:
        return self._writer

    def __getitem__(self, index: Any) -> Any:
        return self.to_bytes()[index]

    def to_bytes(self, offset: int = 0, length: int | None = None) -> bytes:
        """Return a copy of the written bytes, or of a part of them."""
        n = self._writer - offset if length is None else length
        if offset < 0 or not 0 <= n <= self._writer - offset:
            raise IndexError(
                f"{n} bytes from {offset} are outside of {self._writer} bytes"
            )
        return bytes(self._memory[offset : offset + n])

    def to_pybytes(self) -> bytes:
        """Return a copy of the written bytes."""
        return self.to_bytes()

    def hex(self) -> str:
        """Return the written bytes in hexadecimal."""
        return self.to_bytes().hex()

    def reserve(self, n: int) -> None:
        """Make room for n more bytes."""
        if n < 0:
            raise ValueError(f"cannot reserve {n} bytes")
        self._make_room(n)

    def grow(self, n: int) -> None:
        """Make room for n more bytes."""
        self.reserve(n)

    def ensure(self, size: int) -> None:
        """Make the memory hold at least ``size`` bytes."""
        if size > self._writer:
            self.reserve(size - self._writer)

    def check_bound(self, offset: int, length: int) -> None:
        """Raise unless ``length`` bytes from ``offset`` have been written."""
        if offset < 0 or not 0 <= length <= self._writer - offset:
            raise TruncatedError(
                f"{length} bytes from {offset} are outside of {self._writer} bytes"
            )

    def skip(self, n: int) -> None:
        """Pass over the next n bytes."""
        self._need(n)
        self._reader += n

    # ---- bytes ----------------------------------------------------------------------

    def write_bytes(self, data: Any) -> None:
        """Append the bytes of ``data`` without their size."""
        self._append(bytes_of(data))

    def read_bytes(self, n: int) -> bytes:
        """Return a copy of the next n bytes."""
        self._need(n)
        self._reader += n
        return bytes(self._memory[self._reader - n : self._reader])

    def read_into(self, target: Any) -> None:
        """Fill the writable bytes-like ``target`` with the next bytes."""
        view = bytes_of(target)
        if view.readonly and view.nbytes:
            raise BufferError("the target is read-only")
        if view.nbytes:
            view[:] = self.read_bytes(len(view))

    def read(self, n: int = -1) -> bytes:
        """Return the next n bytes, or what is left, as a file does."""
        left = self._writer - self._reader
        return self.read_bytes(left if n < 0 or n > left else n)

    def readline(self, n: int = -1) -> bytes:
        """Return the bytes up to and with the next line feed."""
        rest = self.to_bytes(self._reader)
        end = rest.find(b"\n") + 1 or len(rest)
        return self.read(end if n < 0 else min(end, n))

    def write(self, data: Any) -> int:
        """Append the bytes of ``data`` and return how many they are."""
        self.write_bytes(data)
        return memoryview(data).nbytes

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.to_bytes(),)


_STATE = ("_memory", "_foreign", "_writer", "_reader", "_stream", "_read_ahead")


def swap_memory(a: Memory, b: Memory) -> None:
    """Let two buffers exchange what they hold, with all positions."""
    for name in _STATE:
        theirs = getattr(b, name)
        setattr(b, name, getattr(a, name))
        setattr(a, name, theirs)
