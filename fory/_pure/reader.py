"""References, type info and leaf payloads of a message being read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fory._extras import read_long_int
from fory._globals import is_current
from fory._outside import BufferObject
from fory._pure.buffer import Buffer
from fory._pure.codec import Codec
from fory._pure.scalars import NUMBERS
from fory._type_ids import TypeId
from fory.error import DecodeError, DepthLimitError

__all__ = ["PENDING", "Reader"]

# A reference whose value is still being read.
PENDING = object()

_FULL_TYPEDEF = 255
_LONG_NAME = 16
_LONG_INT = 9  # bytes of the zero before a long int
_LOCAL = 128
_BY_ID = (TypeId.ENUM, TypeId.STRUCT, TypeId.EXT, TypeId.TYPED_UNION)
_BY_NAME = (
    TypeId.NAMED_ENUM,
    TypeId.NAMED_STRUCT,
    TypeId.NAMED_EXT,
    TypeId.NAMED_UNION,
)
_BY_TYPEDEF = (TypeId.COMPATIBLE_STRUCT, TypeId.NAMED_COMPATIBLE_STRUCT)


class Reader(Buffer):
    """The state of one message and the payloads that contain no other values."""

    def __init__(
        self,
        fory: Any,
        registry: Any,
        *,
        xlang: bool,
        ref: bool,
        compatible: bool,
        max_depth: int,
        max_unbacked: int,
        max_memory: int = -1,
    ) -> None:
        super().__init__()
        self.fory = fory
        self.type_resolver = registry
        self.xlang = xlang
        self.track_ref = ref
        self.compatible = compatible
        self._max_depth = max_depth
        self._max_unbacked = max_unbacked
        self._max_memory = max_memory  # that the values may take, -1 for any
        self._memory_left = max_memory
        self._depth = 0
        self._refs: list[Any] = []  # objects by reference id, PENDING while being read
        self._slot = -1  # reference id that the value being read has to fill
        self._ext_slot = -1  # the same for the custom serializer that runs
        self._local_codecs: dict[Any, Codec] = {}  # of classes that came by value
        self._texts: dict[str, str] = {}  # strings of the message, equal ones once
        self._types: list[Codec] = []  # plans of the TypeDefs of this message
        self._names: list[bytes] = []  # encoding and bytes of the names of this message
        self._buffers: Iterator[Any] | None = None  # those out of band
        self._context: dict[Any, Any] = {}
        self._path: list[str] = []  # where an error happened, innermost first

    def __reduce__(self) -> Any:
        raise TypeError("a decoder belongs to the call that uses it")

    def _enter(self) -> None:
        """Go one level deeper; whoever enters takes the level off again."""
        self._depth += 1
        if self._depth > self._max_depth:
            raise DepthLimitError(
                f"the bytes are nested deeper than {self._max_depth} levels, at byte "
                f"{self._reader}; raise max_depth if you trust them"
            )

    def _charge(self, n_bytes: int) -> None:
        """Take memory from what the values of the message may have."""
        self._memory_left -= n_bytes
        if self._memory_left < 0 <= self._max_memory:
            raise DecodeError(
                f"the values take more than max_graph_memory_bytes={self._max_memory}, "
                f"at byte {self._reader}"
            )

    def read_ref(self, codec: Codec | None = None) -> Any:
        """Return a value from a generic position: flag, type info, payload."""
        raise NotImplementedError

    # ---- references -----------------------------------------------------------------

    def _reference_at(self) -> Any:
        """Return the object that a reference flag names."""
        number = self.read_var_uint32()
        if not self.track_ref:
            raise DecodeError(
                f"a reference stands before byte {self._reader}, but this reader was "
                f"made with ref=False"
            )
        if number >= len(self._refs):
            raise DecodeError(
                f"reference {number} is unknown, before byte {self._reader}"
            )
        value = self._refs[number]
        if value is PENDING:
            raise DecodeError(
                f"reference {number} is used before its value is complete, before "
                f"byte {self._reader}"
            )
        return value

    def _publish(self, value: Any) -> None:
        """Let the children of ``value`` refer to it while it is being read."""
        if self._slot >= 0:
            self._refs[self._slot] = value
            self._slot = -1

    # ---- type info (xlang_wire 10, 11) ----------------------------------------------

    def _read_info(self) -> Codec:
        type_id = self.read_uint8()
        registry = self.type_resolver
        known: Codec | None = registry.by_type_id[type_id]
        if known is not None:
            return known
        if type_id in _BY_ID:
            user_id = self.read_var_uint32()
            known = registry.by_id.get(user_id)
            if known is None or known.type_id != type_id:
                raise registry.unknown_id(type_id, user_id, known)
            return known
        if type_id in _BY_TYPEDEF or (type_id in _BY_NAME and self.compatible):
            return self._read_typedef()
        if type_id in _BY_NAME:
            return self._read_named(type_id)
        if type_id == _LOCAL and not self.xlang:
            return self._read_class()
        raise DecodeError(f"type id {type_id} is unknown, before byte {self._reader}")

    def _read_class(self) -> Codec:
        """Return the plan of a class that is part of the message."""
        slot = self._slot
        cls = self.read_ref()
        self._slot = slot
        try:
            codec = self._local_codecs.get(cls)
        except TypeError:
            codec = None
        if codec is None:
            codec = self._local_codecs[cls] = self.type_resolver.local_plan(cls)
        return codec

    def _read_typedef(self) -> Codec:
        """Return the plan of a TypeDef, which is sent once per message."""
        number = self.read_var_uint32()
        index = number >> 1
        if number & 1:
            if index >= len(self._types):
                raise DecodeError(
                    f"type definition {index} is unknown, before byte {self._reader}"
                )
            return self._types[index]
        if index != len(self._types):
            raise DecodeError(
                f"type definition {index} is out of order, before byte {self._reader}"
            )
        header = self.read_uint64()
        size = header & _FULL_TYPEDEF
        if size == _FULL_TYPEDEF:
            size += self.read_var_uint32()
        body = self.read_bytes(size)
        registry = self.type_resolver
        codec: Codec | None = registry.by_typedef.get((header, size))
        if codec is None or not is_current(codec.home):
            codec = registry.add_typedef((header, size), body)
        self._types.append(codec)
        return codec

    def _read_named(self, type_id: int) -> Codec:
        """Return the plan of a class known by namespace and name (xlang_wire 9)."""
        key = type_id, self._read_name(), self._read_name()
        codec: Codec | None = self.type_resolver.by_wire_name.get(key)
        if codec is None or not is_current(codec.home):
            return self.type_resolver.find_name(*key)
        return codec

    def _read_name(self) -> bytes:
        """Return encoding and bytes of a name; a new one gets the next number."""
        header = self.read_var_uint32()
        size = header >> 1
        if header & 1:
            if not 0 < size <= len(self._names):
                raise DecodeError(f"name {size} is unknown, before byte {self._reader}")
            return self._names[size - 1]
        encoding = 0
        if size > _LONG_NAME:
            encoding = self.read_uint64() & 0xFF
        elif size:
            encoding = self.read_uint8()
        name = bytes([encoding]) + self.read_bytes(size)
        self._names.append(name)
        return name

    # ---- leaves ---------------------------------------------------------------------

    def _read_number(self, kind: int) -> Any:
        """Return a bool, an int or a float of any width."""
        _, read = NUMBERS[kind]
        start = self._reader
        value = read(self)
        if kind == TypeId.VARINT64 and value == 0 and not self.xlang:
            return read_long_int(self) if self._reader - start == _LONG_INT else 0
        return value

    def _read_text(self) -> str:
        """Return a string; with references, equal ones of a message are one object."""
        text = self.read_string()
        return self._texts.setdefault(text, text) if self.track_ref else text

    def _read_binary(self) -> bytes:
        """Return bytes, which may be out of band."""
        if self._buffers is not None and not self.read_uint8():
            return bytes(self.next_buffer())
        return self.read_bytes_and_size()

    def _read_enum(self, codec: Codec) -> Any:
        """Return a member, the number of one if the class is not known."""
        number = self.read_var_uint32()
        if codec.by_number is None:
            return number
        if not self.xlang and number == len(codec.members or ()):
            return _enum_from(codec.cls, self.read_ref(), self._reader)
        if number not in codec.by_number:
            raise DecodeError(
                f"{codec.cls.__name__} has no member {number}, before byte "
                f"{self._reader}"
            )
        return codec.by_number[number]

    # ---- for custom serializers -----------------------------------------------------

    def next_buffer(self) -> memoryview:
        """Return the next out-of-band buffer as a view."""
        return memoryview(self.next_source())

    def next_source(self) -> Any:
        """Return the next out-of-band buffer as it was passed."""
        for buffer in self._buffers or ():
            return buffer.getbuffer() if isinstance(buffer, BufferObject) else buffer
        raise DecodeError(
            f"fewer buffers were passed than were taken out, at byte {self._reader}"
        )

    def read_buffer_object(self) -> memoryview:
        """Return bytes that may be out of band, as a view."""
        if self._buffers is not None and not self.read_uint8():
            return self.next_buffer()
        return self._view(self._read_size())

    def read_array_size(self, width: int) -> int:
        """Return how many elements of ``width`` bytes follow, all of them there."""
        n = self._read_size()
        if n % width:
            raise DecodeError(
                f"an array has {n} bytes, no multiple of its width {width}, before "
                f"byte {self._reader}"
            )
        self._need(n)
        return n // width

    def view_bytes(self, n: int) -> memoryview:
        """Return a read-only view on the next n bytes; it keeps the message alive."""
        return self._view(n)


def _enum_from(cls: Any, value: Any, place: int) -> Any:
    """Return a value of an enum that is no member, such as combined flags."""
    try:
        return cls(value)
    except (TypeError, ValueError) as error:
        raise DecodeError(
            f"{cls.__name__} has no {value!r:.40}, before byte {place}"
        ) from error
