"""Arrow's types and ours: format strings of the C data interface to `DataType`.

The formats are listed at https://arrow.apache.org/docs/format/CDataInterface.html.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from fory.error import EncodeError
from fory_row import types as t
from fory_row.types import DataType, Field, Kind, Logical

EXTENSION_NAME = b"ARROW:extension:name"
EXTENSION_METADATA = b"ARROW:extension:metadata"
_UUID = b"arrow.uuid"


@dataclass(frozen=True, slots=True)
class ArrowField:
    """One ArrowSchema struct as Python values."""

    format: str
    name: str = ""
    metadata: Mapping[bytes, bytes] | None = None
    nullable: bool = True
    ordered: bool = False
    keys_sorted: bool = False
    children: tuple[ArrowField, ...] = ()
    dictionary: ArrowField | None = None


_view = Logical("view")
_PLAIN: dict[str, DataType] = {
    "n": t.null(),
    "b": t.bool_(),
    "c": t.int8(),
    "C": t.uint8(),
    "s": t.int16(),
    "S": t.uint16(),
    "i": t.int32(),
    "I": t.uint32(),
    "l": t.int64(),
    "L": t.uint64(),
    "e": t.float16(),
    "f": t.float32(),
    "g": t.float64(),
    "u": t.utf8(),
    "U": t.large_utf8(),
    "vu": DataType(Kind.UTF8, logical=_view),
    "z": t.binary(),
    "Z": t.large_binary(),
    "vz": DataType(Kind.BINARY, logical=_view),
    "tdD": t.date32(),
    "tdm": t.date64(),
    "tts": t.time32("s"),
    "ttm": t.time32("ms"),
    "ttu": t.time64("us"),
    "ttn": t.time64("ns"),
    "tDs": t.duration("s"),
    "tDm": t.duration("ms"),
    "tDu": t.duration("us"),
    "tDn": t.duration("ns"),
}
_FORMATS = {type_: format_ for format_, type_ in _PLAIN.items()}
_LISTS: dict[str, Logical | None] = {
    "+l": None,
    "+L": Logical("large"),
    "+vl": _view,
    "+vL": Logical("view", (64,)),
}
_LIST_FORMATS = {tag: format_ for format_, tag in _LISTS.items()}
_UNITS = {"s": "s", "m": "ms", "u": "us", "n": "ns"}
_UNIT_LETTERS = {unit: letter for letter, unit in _UNITS.items()}
_REFUSED = {
    "+u": "a union",
    "tiM": "an interval of months",
    "tiD": "an interval of days and milliseconds",
    "tin": "an interval of months, days and nanoseconds",
}


# -- from Arrow ------------------------------------------------------------------


def field_from_arrow(arrow: ArrowField, path: str) -> Field:
    """Return the field that holds what an Arrow field holds.

    Raises
    ------
    EncodeError
        If rows cannot hold the type; the message has ``path``.
    """
    name, metadata, nullable = arrow.name, arrow.metadata, arrow.nullable
    while arrow.format == "+r":
        # Rows hold the values themselves, so run ends have no trace in them.
        arrow = arrow.children[1]
        metadata = {**(arrow.metadata or {}), **(metadata or {})}
        nullable = nullable and arrow.nullable
    type_ = _type_from_arrow(arrow, path)
    if arrow.format == "w:16" and _is_uuid(metadata):
        extension = (EXTENSION_NAME, EXTENSION_METADATA)
        metadata = {k: v for k, v in (metadata or {}).items() if k not in extension}
        type_ = t.uuid()
    return Field(name, type_, nullable, metadata or None)


def _is_uuid(metadata: Mapping[bytes, bytes] | None) -> bool:
    """Tell whether the metadata say no more than that the bytes are a UUID."""
    return (
        metadata is not None
        and metadata.get(EXTENSION_NAME) == _UUID
        and not metadata.get(EXTENSION_METADATA, b"missing")
    )


def _type_from_arrow(arrow: ArrowField, path: str) -> DataType:
    if arrow.dictionary is not None:
        values = field_from_arrow(replace(arrow.dictionary, name="values"), path)
        return t.dictionary(_PLAIN[arrow.format], values, ordered=arrow.ordered)
    plain = _PLAIN.get(arrow.format)
    if plain is not None:
        return plain
    if arrow.format.startswith("+"):
        return _nested_from_arrow(arrow, path)
    kind, _, rest = arrow.format.partition(":")
    if kind in ("tss", "tsm", "tsu", "tsn"):
        return t.timestamp(_UNITS[kind[2]], rest or None)
    if kind == "w":
        return t.fixed_size_binary(int(rest))
    if kind == "d":
        precision, scale, *bits = map(int, rest.split(","))
        return t.decimal(precision, scale, bits=bits[0] if bits else 128)
    raise _refused(arrow.format, path)


def _nested_from_arrow(arrow: ArrowField, path: str) -> DataType:
    if arrow.format == "+s":
        return t.struct(
            field_from_arrow(c, f"{path}.{c.name}" if path else c.name)
            for c in arrow.children
        )
    if arrow.format == "+m":
        key, value = arrow.children[0].children
        return t.map_(
            field_from_arrow(key, f"{path}.keys[*]"),
            field_from_arrow(value, f"{path}[*]"),
            keys_sorted=arrow.keys_sorted,
        )
    kind, _, n_items = arrow.format.partition(":")
    if kind not in _LISTS and kind != "+w":
        raise _refused(arrow.format, path)
    item = field_from_arrow(arrow.children[0], f"{path}[*]")
    if kind == "+w":
        return t.fixed_size_list(item, int(n_items))
    return DataType(Kind.LIST, (item,), logical=_LISTS[kind])


def _refused(format_: str, path: str) -> EncodeError:
    what = _REFUSED.get(format_) or _REFUSED.get(format_[:2])
    what = what or f"of an Arrow type unknown here (format {format_!r})"
    return EncodeError(
        f"field {path!r} is {what}; rows cannot hold it, cast or drop the column"
    )


# -- to Arrow --------------------------------------------------------------------


def field_to_arrow(field: Field) -> ArrowField:
    """Return the Arrow field from which ``field`` can be had again."""
    type_, metadata = field.type, dict(field.metadata or {})
    if type_.is_logical("uuid"):
        metadata |= {EXTENSION_NAME: _UUID, EXTENSION_METADATA: b""}
    made = ArrowField(_format(type_), field.name, metadata or None, field.nullable)
    if type_.logical is not None and type_.logical.name == "dictionary":
        values = replace(field_to_arrow(type_.children[0]), name="")
        ordered = bool(type_.logical.args[1])
        return replace(made, dictionary=values, ordered=ordered)
    children = tuple(field_to_arrow(c) for c in type_.children)
    if type_.kind is Kind.MAP:
        entries = ArrowField("+s", "entries", nullable=False, children=children)
        keys_sorted = type_.is_logical("sorted")
        return replace(made, children=(entries,), keys_sorted=keys_sorted)
    return replace(made, children=children)


def _format(type_: DataType) -> str:
    plain = _FORMATS.get(type_)
    if plain is not None:
        return plain
    logical = type_.logical
    if logical is not None and logical.name in _TAGGED:
        return _TAGGED[logical.name](type_, logical.args)
    if type_.kind is Kind.LIST:
        return _LIST_FORMATS[logical]
    if type_.kind is Kind.MAP:
        return "+m"
    if type_.kind is Kind.STRUCT:
        return "+s"
    if type_.kind is Kind.TIMESTAMP:
        return "tsu:"
    return _decimal_format(type_, (256 if type_.precision > 38 else 128,))


def _decimal_format(type_: DataType, args: tuple[int | str | bool, ...]) -> str:
    bits, precision, scale = (*args, type_.precision, type_.scale)[:3]
    return f"d:{precision},{scale}" + (f",{bits}" if bits != 128 else "")


def _fixed_format(type_: DataType, args: tuple[int | str | bool, ...]) -> str:
    return f"{'+w' if type_.kind is Kind.LIST else 'w'}:{args[0]}"


_INDEX_FORMATS = {
    "int8": "c",
    "int16": "s",
    "int32": "i",
    "int64": "l",
    "uint8": "C",
    "uint16": "S",
    "uint32": "I",
    "uint64": "L",
}
_TAGGED: dict[str, Callable[[DataType, tuple[int | str | bool, ...]], str]] = {
    "uuid": lambda type_, args: "w:16",
    "fixed": _fixed_format,
    "decimal": _decimal_format,
    "timestamp": lambda type_, args: f"ts{_UNIT_LETTERS[str(args[0])]}:{args[1]}",
    "dictionary": lambda type_, args: _INDEX_FORMATS[str(args[0])],
}
