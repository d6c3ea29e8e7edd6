"""The encoder: one value of any kind, and whole messages (xlang_wire 2, 3, 12, 13)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fory._pure.codec import (
    CALLED,
    DYNAMIC,
    FLAG_NULL,
    FLAG_VALUE,
    INFO_CLASS,
    KNOWN,
    OBJECT,
    REDUCED,
    Codec,
    Field,
)
from fory._pure.scalars import (
    NUMBERS,
    needs_zone,
    put_date,
    put_decimal,
    put_duration,
    put_timestamp,
    put_wall,
)
from fory._pure.write_containers import ContainerWriter
from fory._type_ids import TypeId
from fory._values import changed, shown, unexpected
from fory.error import ENCODE_ERRORS, EncodeError, located, too_deep

__all__ = ["Encoder"]

_MAP = Codec(TypeId.MAP, trackable=True)
_TUPLE = Codec(TypeId.LIST, TypeId.TUPLE, trackable=True, make=tuple)
_LENIENT_LIST = Codec(TypeId.LIST, lenient=True)
_XLANG, _OUT_OF_BAND = 1, 2


class Encoder(ContainerWriter):
    """Where one message is written; custom serializers receive it as ``buffer``."""

    def encode(self, value: Any, buffer_callback: Callable[..., Any] | None) -> None:
        """Append one root value."""
        self._start()
        self._callback = buffer_callback
        bitmap = _XLANG if self.xlang else 0
        if buffer_callback is not None:
            bitmap |= _OUT_OF_BAND
        self.write_uint8(bitmap)
        try:
            self._write_any(value)
        except ENCODE_ERRORS as error:
            raise located(error, self._path) from error.__cause__
        except RecursionError as error:
            raise too_deep("write") from error

    # ---- one value ------------------------------------------------------------------

    def _write_any(self, value: Any) -> None:
        if value is None:
            self.write_uint8(FLAG_NULL)
        elif not self._write_flag(value):
            self._write_value(value)

    def _write_value(self, value: Any) -> None:
        codec = None if self.hooks is None else self.hooks.choose(value)
        codec = codec or self._codec_of(value)
        # The class of an instance may use the instance.
        opens = codec.info == INFO_CLASS and self.track_ref and self.begun is None
        if opens:
            self._open.append(value)
        self._write_info(codec)
        if opens:
            self._open.pop()
        self._write_payload(codec, value)

    def _write_payload(self, codec: Codec, value: Any) -> None:
        kind = codec.kind
        if kind in NUMBERS:
            self._write_number(kind, value)
        elif kind == TypeId.STRING:
            if not isinstance(value, str):
                raise unexpected("a str", value)
            self.write_string(value)
        elif kind in (TypeId.LIST, TypeId.SET):
            self._write_collection(codec, value)
        elif kind == TypeId.MAP:
            self._write_map(codec, value)
        elif kind == TypeId.STRUCT:
            self._write_struct(codec, value)
        elif kind == OBJECT:
            self._write_object(codec, value)
        elif kind == REDUCED:
            self._write_reduced(codec, value)
        elif kind == KNOWN:
            self._write_known(codec, value)
        elif kind == CALLED:
            self._write_call(codec, value)
        elif kind == TypeId.BINARY:
            if not isinstance(value, (bytes, bytearray, memoryview)):
                raise unexpected("bytes", value)
            self._write_binary(value)
        elif kind == TypeId.DATE:
            put_date(self, value, not self.xlang)
        elif kind == TypeId.TIMESTAMP and not self.xlang and needs_zone(value):
            put_wall(self, value)
        elif kind == TypeId.TIMESTAMP:
            put_timestamp(self, value)
        elif kind == TypeId.DURATION:
            put_duration(self, value)
        elif kind == TypeId.DECIMAL:
            put_decimal(self, value, not self.xlang)
        elif kind == TypeId.ENUM:
            self._write_enum(codec, value)
        elif kind == TypeId.UNION:
            self._write_union(codec, value)
        elif kind == DYNAMIC:
            self._write_value(value)
        elif kind != TypeId.NONE:
            self._enter()
            codec.serializer.write(self, value)
            self._depth -= 1

    # ---- structs and unions ---------------------------------------------------------

    def _write_struct(self, codec: Codec, value: Any) -> None:
        if codec.fields is None:
            codec.prepare(codec)
        if type(value) is not codec.cls:
            raise unexpected(f"exactly {codec.cls.__name__}", value)
        self._enter()
        if codec.hashed:
            self.write_uint32(codec.schema_hash)
        if 0 <= codec.n_attributes < len(getattr(value, "__dict__", ())):
            self.misfit = codec
            raise EncodeError(f"a {codec.cls.__name__} has more than its fields")
        for field in codec.fields or ():
            name = field.name or ""
            try:
                self._write_field(field, getattr(value, name))
            except AttributeError as error:
                self._notice(codec)
                raise EncodeError(
                    f"{codec.cls.__name__} has no value for its field {name!r}"
                ) from error
            except ENCODE_ERRORS:
                self._notice(codec)
                self._path.append(f".{name}")
                raise
        self._depth -= 1

    def _notice(self, codec: Codec) -> None:
        """Remember the innermost class whose fields may not be what it declares."""
        if codec.loose and self.misfit is None:
            self.misfit = codec

    def _write_field(self, field: Field, value: Any) -> None:
        """Write one field in the framing of xlang_wire 12.3."""
        codec = field.codec
        if value is None:
            if field.tracked or field.nullable:
                self.write_uint8(FLAG_NULL)
            elif field.dynamic:
                self.write_uint8(TypeId.NONE)
            else:
                raise EncodeError(
                    "the value is None but the field is not Optional; annotate it so "
                    "or give it a value"
                )
            return
        if field.tracked and (field.dynamic or codec.trackable):
            if self._write_flag(value):
                return
        elif field.tracked or field.nullable:
            self.write_uint8(FLAG_VALUE)
        if field.dynamic:
            self._write_value(value)
        else:
            self._write_payload(codec, value)

    def _write_object(self, codec: Codec, value: Any) -> None:
        """Write attributes of a plain object: a count, then names in order, values."""
        attributes = codec.serializer.of(value)
        self._enter()
        name = None
        try:
            for key in attributes:
                if type(key) is not str:
                    raise EncodeError(
                        f"an attribute is named {shown(key)}, expected a str"
                    )
            self.write_var_uint32(len(attributes))
            for name in sorted(attributes):
                self.write_string(name)
                self._write_any(attributes[name])
        except KeyError as error:
            if name in attributes:
                raise
            raise changed() from error
        except ENCODE_ERRORS:
            if name is not None:
                self._path.append(f".{name}")
            raise
        self._depth -= 1

    def _write_reduced(self, codec: Codec, value: Any) -> None:
        """Write a call that makes the object, and what follows it."""
        form, *parts = codec.serializer.parts(value)
        self._enter()
        self.write_var_uint32(len(parts) + 1)
        if not self._write_flag(form):
            self.write_uint8(TypeId.VARINT64)
            self._write_number(TypeId.VARINT64, form)
        # Readers know the object when they have made the call.
        self._open.append(value)
        for part in parts[:2]:
            self._write_any(part)
        self._open.pop()
        for part in parts[2:]:
            self._write_any(part)
        self._depth -= 1

    def _write_call(self, codec: Codec, value: Any) -> None:
        """Write the same in its short form: to the arguments nothing refers."""
        form, function, *parts = codec.serializer.parts(value)
        if form == 0:
            self.write_uint8(0)
            self.write_string(function)
            return
        while len(parts) > 1 and parts[-1] is None:
            parts.pop()
        self._enter()
        self.write_uint8(len(parts))
        self._open.append(value)
        self._write_any(function)
        self._write_collection(_TUPLE, parts[0])
        self._open.pop()
        for part in parts[1:]:
            self._write_any(part)
        self._depth -= 1

    def _write_known(self, codec: Codec, value: Any) -> None:
        """Write the parts of an instance; what some of them need must be complete."""
        self._enter()
        waits = codec.serializer.needs_parts
        if waits:
            self._open.append(value)
        codec.serializer.write(self, value)
        if waits:
            self._open.pop()
        self._depth -= 1

    def _write_union(self, codec: Codec, value: Any) -> None:
        """Write the number of a case, then its value with its type."""
        number, case, content = codec.serializer.case_of(value)
        self.write_var_uint32(number)
        if content is None:
            self.write_uint8(FLAG_NULL)
            return
        if case.kind == DYNAMIC:
            self._enter()
            self._write_any(content)
            self._depth -= 1
            return
        if not case.trackable:
            self.write_uint8(FLAG_VALUE)
        elif self._write_flag(content):
            return
        self._enter()
        self._write_info(case)
        self._write_payload(case, content)
        self._depth -= 1

    # ---- for custom serializers -----------------------------------------------------

    def write_ref(self, value: Any, codec: Codec | None = None) -> None:
        """Write a value in a generic position: flag, type info, payload."""
        self._write_any(value)

    def write_no_ref(self, value: Any, codec: Codec | None = None) -> None:
        """Write type info and payload of a value that is not None."""
        self._write_value(value)

    def write_payload_as(self, codec: Codec, value: Any) -> None:
        """Write the bare payload of ``value`` by a plan of the registry."""
        self._write_payload(codec, value)

    def write_nullable(self, value: Any) -> None:
        """Write a value in a generic position without tracking it."""
        if value is None:
            self.write_uint8(FLAG_NULL)
        else:
            self.write_uint8(FLAG_VALUE)
            self._write_value(value)

    def write_container(self, value: Any, base: Any) -> None:
        """Write the items of a subclass of list, set or dict."""
        if base is dict:
            self._write_map(_MAP, dict(dict.items(value)))
        else:
            self._write_collection(_LENIENT_LIST, list(base.__iter__(value)))

    @property
    def takes_buffers(self) -> bool:
        """Whether large buffers are offered to a callback."""
        return self._callback is not None

    def write_buffer_object(self, value: Any) -> None:
        """Write bytes that ``buffer_callback`` may take out of the message."""
        self._write_binary(value)

    def add_context_object(self, key: Any, value: Any) -> None:
        """Keep ``value`` for other serializers until the message ends."""
        self._context[key] = value

    def get_context_object(self, key: Any) -> Any:
        """Return what was kept under ``key``, or None."""
        return self._context.get(key)

    def has_context_object(self, key: Any) -> bool:
        """Tell whether something was kept under ``key``."""
        return key in self._context
