"""``Buffer``: the numbers, bytes and strings of the format (xlang_wire 1, 5)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from fory._halves import float32_bytes
from fory._pure.memory import Memory, bytes_of
from fory.error import DecodeError, EncodeError

__all__ = ["Buffer", "bytes_of"]

_MAX_SIZE = (1 << 31) - 1
_LATIN1, _UTF16, _UTF8, _WITH_SURROGATES = range(4)


def _checked(value: Any, low: int, high: int) -> int:
    """Return an integer that lies between two others."""
    if not hasattr(value, "__index__"):
        raise TypeError(f"an integer is required, not {type(value).__name__}")
    if not low <= value <= high:
        raise OverflowError(f"an integer is not between {low} and {high}")
    return int(value)


def _fixed(form: str) -> tuple[Callable[..., None], Callable[..., Any]]:
    """Return the methods that write and read numbers of one fixed width."""
    layout = struct.Struct(form)

    def write(self: Memory, value: Any) -> None:
        try:
            data = layout.pack(value)
        except struct.error as error:
            kind = OverflowError if hasattr(value, "__index__") else TypeError
            raise kind(str(error)) from error
        self._append(data)

    def read(self: Memory) -> Any:
        return layout.unpack(self.read_bytes(layout.size))[0]

    return write, read


class Buffer(Memory):
    """Memory with methods for every number and string of the format."""

    def slice(self, offset: int = 0, length: int | None = None) -> Buffer:
        """Return a new buffer that holds a part of the written bytes."""
        return Buffer(self.to_bytes(offset, length))

    # ---- numbers (xlang_wire 1) -----------------------------------------------------

    write_int8, read_int8 = _fixed("<b")
    write_uint8, read_uint8 = _fixed("<B")
    write_int16, read_int16 = _fixed("<h")
    write_uint16, read_uint16 = _fixed("<H")
    write_int32, read_int32 = _fixed("<i")
    write_uint32, read_uint32 = _fixed("<I")
    write_int64, read_int64 = _fixed("<q")
    write_uint64, read_uint64 = _fixed("<Q")
    write_float64, read_float64 = _fixed("<d")
    read_float32 = _fixed("<f")[1]

    def write_float32(self, value: float) -> None:
        """Append the nearest number of 32 bits."""
        self._append(float32_bytes(value))

    def write_bool(self, value: Any) -> None:
        """Append one byte."""
        self.write_uint8(1 if value else 0)

    def read_bool(self) -> bool:
        """Return whether the next byte is not zero."""
        return self.read_uint8() != 0

    def write_int24(self, value: int) -> None:
        """Append three bytes."""
        checked = _checked(value, -(1 << 23), (1 << 23) - 1)
        self._append(checked.to_bytes(3, "little", signed=True))

    def read_int24(self) -> int:
        """Return the number in the next three bytes."""
        return int.from_bytes(self.read_bytes(3), "little", signed=True)

    def write_var_uint64(self, value: int) -> None:
        """Append seven bits per byte, low ones first; a ninth byte holds eight."""
        rest = _checked(value, 0, (1 << 64) - 1)
        out = bytearray()
        while rest >= 0x80 and len(out) < 8:
            out.append(rest & 0x7F | 0x80)
            rest >>= 7
        out.append(rest)
        self._append(bytes(out))

    def read_var_uint64(self) -> int:
        """Return the next unsigned number of variable width."""
        value = 0
        for i in range(9):
            self._need(i + 1)
            byte = self._memory[self._reader + i]
            if byte < 0x80 or i == 8:
                self._reader += i + 1
                return value | byte << 7 * i
            value |= (byte & 0x7F) << 7 * i
        raise AssertionError("the ninth byte ends every number")

    def write_var_int64(self, value: int) -> None:
        """Append a signed number with its sign in the lowest bit."""
        checked = _checked(value, -(1 << 63), (1 << 63) - 1)
        self.write_var_uint64(checked << 1 if checked >= 0 else ~(checked << 1))

    def read_var_int64(self) -> int:
        """Return the next signed number of variable width."""
        value = self.read_var_uint64()
        return ~(value >> 1) if value & 1 else value >> 1

    def write_var_uint32(self, value: int) -> None:
        """Append an unsigned number of at most 32 bits."""
        self.write_var_uint64(_checked(value, 0, (1 << 32) - 1))

    def read_var_uint32(self) -> int:
        """Return the next unsigned number, which has at most 32 bits."""
        value = self.read_var_uint64()
        if value >= 1 << 32:
            raise DecodeError(
                f"{value} does not fit into 32 bits, before byte {self._reader}"
            )
        return value

    def write_var_int32(self, value: int) -> None:
        """Append a signed number of at most 32 bits."""
        self.write_var_int64(_checked(value, -(1 << 31), (1 << 31) - 1))

    def read_var_int32(self) -> int:
        """Return the next signed number, which has at most 32 bits."""
        value = self.read_var_uint32()
        return ~(value >> 1) if value & 1 else value >> 1

    def write_tagged_int64(self, value: int) -> None:
        """Append four bytes for a small number, nine for any other."""
        value = _checked(value, -(1 << 63), (1 << 63) - 1)
        if -(1 << 30) <= value < 1 << 30:
            self.write_int32(value << 1)
        else:
            self.write_uint8(1)
            self.write_int64(value)

    def read_tagged_int64(self) -> int:
        """Return the next tagged signed number."""
        return self.read_int64() if self._read_tag() else self.read_int32() >> 1

    def write_tagged_uint64(self, value: int) -> None:
        """Append four bytes for a small number, nine for any other."""
        value = _checked(value, 0, (1 << 64) - 1)
        if value < 1 << 31:
            self.write_uint32(value << 1)
        else:
            self.write_uint8(1)
            self.write_uint64(value)

    def read_tagged_uint64(self) -> int:
        """Return the next tagged unsigned number."""
        return self.read_uint64() if self._read_tag() else self.read_uint32() >> 1

    def _read_tag(self) -> int:
        """Return the lowest bit of a tagged number; pass it if it is a byte alone."""
        self._need(1)
        tag: int = self._memory[self._reader] & 1
        self._reader += tag
        return tag

    def _read_size(self) -> int:
        """Return a count or size, which no message has above 2**31 - 1."""
        value = self.read_var_uint64()
        if value > _MAX_SIZE:
            raise DecodeError(
                f"a size of {value} is too large, before byte {self._reader}"
            )
        return value

    # ---- bytes and strings (xlang_wire 5) -------------------------------------------

    def write_bytes_and_size(self, data: Any) -> None:
        """Append the size of ``data`` and its bytes."""
        view = bytes_of(data)
        self.write_var_uint64(len(view))
        self._append(view)

    def read_bytes_and_size(self) -> bytes:
        """Return a copy of the bytes that follow their size."""
        return self.read_bytes(self._read_size())

    def write_string(self, value: str) -> None:
        """Append a string in the narrowest of three encodings."""
        if not isinstance(value, str):
            raise TypeError(f"expected a str, found {type(value).__name__}")
        widest = max(map(ord, value), default=0)
        try:
            if widest < 1 << 8:
                encoding, data = _LATIN1, value.encode("latin-1")
            elif widest < 1 << 16:
                encoding, data = _UTF16, value.encode("utf-16-le")
            else:
                encoding, data = _UTF8, value.encode("utf-8")
        except UnicodeEncodeError:
            if getattr(self, "xlang", True):
                raise EncodeError(
                    "a string has a surrogate, which no encoding can hold"
                ) from None
            encoding, data = _WITH_SURROGATES, value.encode("utf-8", "surrogatepass")
        self.write_var_uint64(len(data) << 2 | encoding)
        self._append(data)

    def read_string(self) -> str:
        """Return the next string."""
        header = self.read_var_uint64()
        data = self.read_bytes(min(header >> 2, _MAX_SIZE))
        encoding = header & 3
        try:
            if encoding == _LATIN1:
                return data.decode("latin-1")
            if encoding == _UTF8:
                return data.decode("utf-8")
            if encoding == _UTF16 and len(data) % 2 == 0:
                return data.decode("utf-16-le")
            if encoding == _WITH_SURROGATES and not getattr(self, "xlang", True):
                return data.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            raise DecodeError(
                f"a string that ends at byte {self._reader} is not valid: {error}"
            ) from error
        if encoding == _UTF16:
            raise DecodeError(
                f"a UTF-16 string has {len(data)} bytes, an odd number, at byte "
                f"{self._reader}"
            )
        raise DecodeError(
            f"string encoding {encoding} is unknown, at byte {self._reader}"
        )

    # The same under the other names that users of the format know.
    write_buffer, read_buffer = write_bytes_and_size, read_bytes_and_size
    write_float, read_float = write_float32, read_float32
    write_double, read_double = write_float64, read_float64
    write_varint32, read_varint32 = write_var_int32, read_var_int32
    write_varint64, read_varint64 = write_var_int64, read_var_int64
    write_varuint32, read_varuint32 = write_var_uint32, read_var_uint32
    write_varuint64, read_varuint64 = write_var_uint64, read_var_uint64
