"""References, type info and leaf payloads of a message being written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fory._extras import write_long_int
from fory._outside import BufferObject
from fory._pure.buffer import Buffer, bytes_of
from fory._pure.codec import (
    FLAG_REF,
    FLAG_REF_VALUE,
    FLAG_VALUE,
    INFO_CLASS,
    INFO_NAMES,
    INFO_NOTHING,
    INFO_USER_ID,
    VARIES,
    Codec,
)
from fory._pure.scalars import NUMBERS
from fory._type_ids import TypeId
from fory._values import as_float, as_int, out_of_range, unexpected
from fory.error import EncodeError, nested_too_deep

__all__ = ["Writer"]


class Writer(Buffer):
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
        hooks: Any = None,
    ) -> None:
        super().__init__()
        self.fory = fory
        self.type_resolver = registry
        self.xlang = xlang
        self.track_ref = ref
        self.compatible = compatible
        self._max_depth = max_depth
        self.hooks = hooks  # chooses plans before the types do, or None
        # In a message for cycles: id of an object -> its numbers while it is open.
        self.begun: dict[int, list[int]] | None = None
        self._start()

    def _start(self) -> None:
        """Forget the message before."""
        self._depth = 0
        self.misfit: Codec | None = None  # struct whose instance is something else
        self.in_cycle = False  # an object that is open holds itself
        self._open: list[Any] = []  # objects that readers know only when complete
        self._refs: dict[int, int] = {}  # id of an object -> its number
        self._n_refs = 0
        self._alive: list[Any] = []  # an id must not be reused in a call
        self._local_codecs: dict[type, Codec] = {}  # of classes that go by value
        self._type_indexes: dict[Any, int] = {}
        self._name_ids: dict[Any, int] = {}
        self._callback: Callable[[BufferObject], Any] | None = None
        self._context: dict[Any, Any] = {}
        self._path: list[str] = []  # where an error happened, innermost first

    def __reduce__(self) -> Any:
        raise TypeError("an encoder belongs to the call that uses it")

    def _enter(self) -> None:
        """Go one level deeper; whoever enters takes the level off again."""
        self._depth += 1
        if self._depth > self._max_depth:
            raise nested_too_deep(self._max_depth, self.track_ref)

    def write_ref(self, value: Any, codec: Codec | None = None) -> None:
        """Write a value in a generic position: flag, type info, payload."""
        raise NotImplementedError

    # ---- references and type info ---------------------------------------------------

    def _plan_of(self, value: Any) -> Codec:
        """Return the plan of the class of a value; the registry keeps it."""
        cls = type(value)
        known: Codec | None = self.type_resolver.codecs.get(cls)
        if known is None:
            known = self._local_codecs.get(cls)
        if known is None:
            known = self.type_resolver.resolve(cls)
            if known.info == INFO_CLASS:
                self._local_codecs[cls] = known
        return known

    def _codec_of(self, value: Any) -> Codec:
        """Return the plan of a value, where its class alone may not decide."""
        codec = self._plan_of(value)
        if codec.kind == VARIES:
            return codec.serializer.choose(value)
        return codec

    def _write_flag(self, value: Any) -> bool:
        """Write the flag of a value that may be shared; true if that was all."""
        if not self.track_ref:
            self.write_uint8(FLAG_VALUE)
            return False
        number = self._refs.get(id(value))
        if number is not None and not self._is_open(value):
            self.write_uint8(FLAG_REF)
            self.write_var_uint32(number)
            return True
        self._refs[id(value)] = self._n_refs
        self._n_refs += 1
        self._alive.append(value)
        self.write_uint8(FLAG_REF_VALUE)
        return False

    def _is_open(self, value: Any) -> bool:
        """Tell whether a reference would come before its value is complete."""
        if self.begun is None:
            if any(other is value for other in self._open):
                self.in_cycle = True
                raise EncodeError(f"a {type(value).__qualname__} holds itself")
            return False
        numbers = self.begun.get(id(value))
        if not numbers or numbers[-1] != self._refs[id(value)]:
            return False
        if len(numbers) > 1:
            raise EncodeError(
                f"a {type(value).__qualname__} needs itself to be rebuilt: its "
                f"__reduce__ has it among the arguments"
            )
        return True

    def begin(self, value: Any) -> int:
        """Announce that ``value`` cannot be referred to yet; return its number."""
        number = self._refs.get(id(value), -1)
        if self.begun is None:
            self._open.append(value)
            return number
        self.begun.setdefault(id(value), []).append(number)
        return number

    def end(self, value: Any, number: int) -> int:
        """Return 0, or one more than the number that ``value`` has got since."""
        now = self._refs.get(id(value), -1)
        if self.begun is None:
            self._open.pop()
            return 0
        self.begun[id(value)].pop()
        return 0 if now == number else now + 1

    def _write_info(self, codec: Codec) -> None:
        """Write which type the payload that follows has (xlang_wire 10)."""
        self.write_uint8(codec.type_id)
        if codec.info == INFO_NOTHING:
            return
        if codec.info == INFO_USER_ID:
            self.write_var_uint32(codec.user_id)
        elif codec.info == INFO_NAMES:
            for identity, data in codec.names:
                self._write_name(identity, data)
        elif codec.info == INFO_CLASS:
            self.write_ref(codec.cls)
        else:
            self._write_typedef(codec)

    def _write_name(self, identity: Any, data: bytes) -> None:
        """Write a name, or its number if the message has it already."""
        if identity in self._name_ids:
            self.write_var_uint32(self._name_ids[identity] + 1 << 1 | 1)
        else:
            self._name_ids[identity] = len(self._name_ids)
            self.write_bytes(data)

    def _write_typedef(self, codec: Codec) -> None:
        """Write a type definition, or its number if the message has it already."""
        if codec.typedef is None:
            codec.prepare(codec)
        if codec in self._type_indexes:
            self.write_var_uint32(self._type_indexes[codec] << 1 | 1)
            return
        index = self._type_indexes[codec] = len(self._type_indexes)
        self.write_var_uint32(index << 1)
        self.write_bytes(codec.typedef)

    # ---- leaves ---------------------------------------------------------------------

    def _write_number(self, kind: int, value: Any) -> None:
        """Write a bool, an int or a float of any width."""
        if kind == TypeId.BOOL:
            if value is not True and value is not False:
                raise unexpected("a bool", value)
        elif kind >= TypeId.FLOAT16:
            value = as_float(value)
        else:
            value = as_int(value)
        write, _ = NUMBERS[kind]
        try:
            write(self, value)
        except OverflowError:
            if kind == TypeId.VARINT64 and not self.xlang:
                write_long_int(self, value)
                return
            raise out_of_range(kind, value) from None

    def _write_binary(self, value: Any) -> None:
        """Write bytes, which a buffer callback may take out of the message."""
        if self._callback is not None:
            in_band = bool(self._callback(BufferObject(value)))
            self.write_bool(in_band)
            if not in_band:
                return
        self.write_bytes_and_size(bytes_of(value))

    def _write_enum(self, codec: Codec, value: Any) -> None:
        """Write the number of a member."""
        if codec.members is None:  # of a class that is not here: a number
            self.write_var_uint32(as_int(value))
            return
        for member, number in zip(codec.members, codec.numbers, strict=True):
            if member is value:
                self.write_var_uint32(number)
                return
        if self.xlang or not isinstance(value, codec.cls):
            raise unexpected(f"a member of {codec.cls.__name__}", value)
        self.write_var_uint32(len(codec.members))
        self.write_ref(value.value)
