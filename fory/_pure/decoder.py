"""The decoder: one value of any kind, and whole messages (xlang_wire 2, 3, 12, 13)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fory._pure.codec import (
    CALLED,
    DYNAMIC,
    FLAG_NULL,
    FLAG_REF,
    FLAG_REF_VALUE,
    FLAG_VALUE,
    OBJECT,
    REDUCED,
    Codec,
    Field,
)
from fory._pure.read_containers import ContainerReader
from fory._pure.reader import PENDING
from fory._pure.scalars import (
    NUMBERS,
    get_date,
    get_decimal,
    get_duration,
    get_timestamp,
    get_wall,
    has_zone,
)
from fory._type_ids import TypeId
from fory.error import DECODE_ERRORS, DecodeError, located, too_deep

__all__ = ["Decoder"]

_MAP = Codec(TypeId.MAP)
_LIST = Codec(TypeId.LIST)
_TUPLE = Codec(TypeId.LIST, TypeId.TUPLE, make=tuple)
_NEVER_SET = ("__class__", "__dict__")  # an instance keeps those it was made with
_MOST_PARTS = 5  # of a call: itself, state, items, entries, setter
_XLANG, _OUT_OF_BAND = 1, 2


class Decoder(ContainerReader):
    """Where one message is read; custom serializers receive it as ``buffer``."""

    def decode(self, buffers: Iterable[Any] | None) -> Any:
        """Return one root value."""
        try:
            self._check_bitmap(self.read_uint8(), buffers)
            return self._read_any()
        except DECODE_ERRORS as error:
            raise located(error, self._path) from error.__cause__
        except RecursionError as error:
            raise too_deep("read") from error

    def _check_bitmap(self, bitmap: int, buffers: Iterable[Any] | None) -> None:
        if bitmap & ~(_XLANG | _OUT_OF_BAND):
            raise DecodeError(
                f"the first byte is {bitmap:#04x}, which no message begins with"
            )
        if bool(bitmap & _XLANG) != self.xlang:
            raise DecodeError(
                f"the message was written with xlang={bool(bitmap & _XLANG)}, this "
                f"reader has xlang={self.xlang}"
            )
        if bitmap & _OUT_OF_BAND:
            if buffers is None:
                raise DecodeError(
                    "the message keeps data out of band: pass its buffers"
                )
            self._buffers = iter(buffers)
        elif buffers is not None:
            raise DecodeError(
                "buffers were passed, but the message keeps all data in band"
            )

    # ---- one value ------------------------------------------------------------------

    def _read_any(self) -> Any:
        """Return a value from a generic position: flag, type info and payload."""
        return self._read_flagged(None, self.read_uint8())

    def _read_flagged(self, codec: Codec | None, flag: int) -> Any:
        if flag == FLAG_NULL:
            return None
        if flag == FLAG_REF:
            return self._reference_at()
        if flag not in (FLAG_VALUE, FLAG_REF_VALUE):
            raise DecodeError(f"{flag:#04x} is not a flag, before byte {self._reader}")
        number = -1
        if flag == FLAG_REF_VALUE and self.track_ref:
            number = len(self._refs)
            self._refs.append(PENDING)
        self._slot = number
        value = self._read_value() if codec is None else self._read_payload(codec)
        self._slot = -1
        if number >= 0:
            self._refs[number] = value
        return value

    def _read_value(self) -> Any:
        codec = self._read_info()
        if codec.kind == TypeId.STRING and self._slot >= 0:
            return self.read_string()  # an object of its own, says its flag
        return self._read_payload(codec)

    def _read_payload(self, codec: Codec) -> Any:
        kind = codec.kind
        if kind in NUMBERS:
            return self._read_number(kind)
        if kind == TypeId.STRING:
            return self._read_text()
        if kind in (TypeId.LIST, TypeId.SET):
            return self._read_collection(codec)
        if kind == TypeId.MAP:
            return self._read_map(codec)
        if kind == TypeId.STRUCT:
            return self._read_struct(codec)
        if kind == OBJECT:
            return self._read_object(codec)
        if kind == REDUCED:
            return self._read_reduced(codec)
        if kind == CALLED:
            return self._read_call(codec)
        if kind == TypeId.BINARY:
            return self._read_binary()
        if kind == TypeId.DATE:
            return get_date(self, not self.xlang)
        if kind == TypeId.TIMESTAMP:
            if not self.xlang and has_zone(self):
                return get_wall(self)
            return get_timestamp(self)
        if kind == TypeId.DURATION:
            return get_duration(self)
        if kind == TypeId.DECIMAL:
            return get_decimal(self, not self.xlang)
        if kind == TypeId.ENUM:
            return self._read_enum(codec)
        if kind == TypeId.UNION:
            return self._read_union(codec)
        if kind == TypeId.NONE:
            return None
        if kind == DYNAMIC:
            return self._read_declared(codec.item)
        return self._read_ext(codec)

    def _read_ext(self, codec: Codec) -> Any:
        """Return what a serializer object reads; it may publish its value early."""
        self._enter()
        outer, self._ext_slot, self._slot = self._ext_slot, self._slot, -1
        try:
            return codec.serializer.read(self)
        finally:
            self._ext_slot = outer
            self._depth -= 1

    # ---- structs and unions ---------------------------------------------------------

    def _read_struct(self, codec: Codec) -> Any:
        if codec.fields is None:
            codec.prepare(codec)
        self._enter()
        self._charge(96 + 16 * len(codec.fields or ()))
        if codec.hashed:
            self._check_schema(codec)
        result = self._new_instance(codec)
        for field in codec.fields or ():
            try:
                value = self._read_field(field)
                if field.name is not None:
                    object.__setattr__(result, field.name, value)
            except DECODE_ERRORS:
                self._path.append(f".{field.name}")
                raise
        for name, default in codec.missing or ():
            object.__setattr__(result, name, default())
        self._depth -= 1
        return result

    def _new_instance(self, codec: Codec) -> Any:
        """Return an object without content; its ``__init__`` does not run."""
        if codec.authorize is not None:
            codec.authorize(codec.cls)
        result = codec.cls.__new__(codec.cls)
        self._publish(result)
        return result

    def _check_schema(self, codec: Codec) -> None:
        found = self.read_uint32()
        if found != codec.schema_hash:
            raise DecodeError(
                f"{codec.cls.__name__} was written with other fields: schema hash "
                f"{found:#010x}, expected {codec.schema_hash:#010x}, before byte "
                f"{self._reader}; use compatible=True on both sides to let classes "
                f"change"
            )

    def _read_field(self, field: Field) -> Any:
        """Return a field in the framing of xlang_wire 12.3, as the class wants it."""
        self._slot = -1
        if field.tracked or field.nullable:
            codec = None if field.dynamic else field.codec
            value = self._read_flagged(codec, self.read_uint8())
        elif field.dynamic:
            value = self._read_value()
        else:
            value = self._read_payload(field.codec)
        if value is None:
            return None if field.default is None else field.default()
        return value if field.convert is None else field.convert(value)

    def _read_object(self, codec: Codec) -> Any:
        """Return a plain object."""
        n = self.read_var_uint32()
        self._enter()
        self._charge(96 + 16 * n)
        result = self._new_instance(codec)
        name = None
        try:
            for _ in range(n):
                name = None
                name = self.read_string()
                if name in _NEVER_SET or name in codec.serializer.hidden:
                    self._set_attribute(result, name, self._read_any(), hidden=True)
                else:
                    self._set_attribute(result, name, self._read_any())
        except DECODE_ERRORS:
            self._path.append(f".{name}")
            raise
        self._depth -= 1
        return result

    def _set_attribute(
        self, instance: Any, name: str, value: Any, *, hidden: bool = False
    ) -> None:
        """Set an attribute past a ``__setattr__`` of its class, as unpickling does.

        A hidden one has a descriptor before it and goes past that, too.
        """
        try:
            if hidden:
                instance.__dict__[name] = value
            else:
                object.__setattr__(instance, name, value)
        except (AttributeError, TypeError) as error:
            raise DecodeError(
                f"{type(instance).__qualname__} takes no attribute {name!r}: {error}"
            ) from error

    def _read_reduced(self, codec: Codec) -> Any:
        """Return the result of a call, with its state and items."""
        slot = self._slot
        n = self.read_var_uint32()
        if not 2 <= n <= 7:
            raise DecodeError(f"a reduced object has {n} parts, at byte {self._reader}")
        self._enter()
        if self._read_any() == 0:
            made = codec.serializer.find(self._read_any())
            self._depth -= 1
            return made
        function = self._read_any()
        args = self._read_any() if n > 2 else ()
        return self._finish_call(codec, function, args, slot, n - 3)

    def _read_call(self, codec: Codec) -> Any:
        """Return the same from its short form."""
        slot = self._slot
        n = self.read_uint8()
        if n == 0:
            return codec.serializer.find(self.read_string())
        if n > _MOST_PARTS:
            raise DecodeError(f"a call has {n} parts, at byte {self._reader}")
        self._enter()
        function = self._read_any()
        self._slot = -1
        args = self._read_collection(_TUPLE)
        return self._finish_call(codec, function, args, slot, n - 1)

    def _finish_call(
        self, codec: Codec, function: Any, args: Any, slot: int, n: int
    ) -> Any:
        """Make a call, then read the n parts that follow it."""
        made = codec.serializer.call(function, args)
        if slot >= 0:
            self._refs[slot] = made
        rest = [self._read_any() for _ in range(n)]
        self._depth -= 1
        return codec.serializer.finish(made, rest)

    def _read_union(self, codec: Codec) -> Any:
        """Return a union: the number of a case, then a value that says its type."""
        number = self.read_var_uint32()
        self._slot = -1
        self._enter()
        value = self._read_flagged(codec.serializer.codec_of(number), self.read_uint8())
        self._depth -= 1
        return codec.serializer.from_case(number, value)

    def _read_declared(self, declaration: Codec | None) -> Any:
        """Read type info, then by the declared plan if the type is the same."""
        found = self._read_info()
        if declaration is not None and found.type_id == declaration.type_id:
            found = declaration
        return self._read_payload(found)

    # ---- for custom serializers -----------------------------------------------------

    def read_ref(self, codec: Codec | None = None) -> Any:
        """Return a value from a generic position: flag, type info, payload."""
        return self._read_any()

    def read_no_ref(self, codec: Codec | None = None) -> Any:
        """Return a value from its type info and payload."""
        self._slot = -1
        return self._read_value()

    def read_payload_as(self, codec: Codec) -> Any:
        """Return a value from its bare payload by a plan of the registry."""
        self._slot = -1
        return self._read_payload(codec)

    def read_container(self, base: Any) -> Any:
        """Return items that ``write_container`` wrote, as a plain list or dict."""
        self._slot = -1
        return self._read_payload(_MAP if base is dict else _LIST)

    @property
    def takes_buffers(self) -> bool:
        """Whether large buffers are beside the message."""
        return self._buffers is not None

    @property
    def readable_bytes(self) -> int:
        """How many bytes of the message are left."""
        return self._writer - self._reader

    def peek_uint8(self) -> int:
        """Return the next byte without passing over it."""
        self._need(1)
        return int(self._memory[self._reader])

    def checked_size(self, n: int) -> int:
        """Return a count of items that take at least one byte each."""
        self._need(n)
        return n

    def referred(self, number: int) -> Any:
        """Return the object with a number, which is complete."""
        if not 0 <= number < len(self._refs) or self._refs[number] is PENDING:
            raise DecodeError(f"reference {number} is unknown at byte {self._reader}")
        return self._refs[number]

    def reference(self, value: Any) -> None:
        """Let values inside ``value`` refer to it; call it before reading them."""
        if self._ext_slot >= 0:
            self._refs[self._ext_slot] = value

    def add_context_object(self, key: Any, value: Any) -> None:
        """Keep ``value`` for other serializers until the message ends."""
        self._context[key] = value

    def get_context_object(self, key: Any) -> Any:
        """Return what was kept under ``key``, or None."""
        return self._context.get(key)

    def has_context_object(self, key: Any) -> bool:
        """Tell whether something was kept under ``key``."""
        return key in self._context
