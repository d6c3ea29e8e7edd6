"""The metadata of a file as records that any language with a Fory can read.

Plain structs in compatible xlang mode: a newer writer may add fields, an older
reader skips them. Nothing here imports or runs what a file names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from fory import Fory
from fory.error import DecodeError, EncodeError, ForyError, TypeUnregisteredError
from fory.types import Int32
from fory_row.schema import Schema
from fory_row.types import INDEX_TYPES, DataType, Field, Kind, Logical

__all__ = ["decode_metadata", "decode_schema", "encode_metadata", "encode_schema"]

MAX_DEPTH = 100


@dataclass
class Pair:
    """One entry of Arrow's key and value metadata."""

    key: bytes
    value: bytes


@dataclass
class FieldRecord:
    """A field: its physical type, its logical tag, its children.

    ``kind`` is the type id of the row format; ``logical`` is empty when the physical
    type says everything; ``arguments`` are the tag's parameters as text.
    """

    name: str
    kind: Int32
    nullable: bool
    precision: Int32
    scale: Int32
    logical: str
    arguments: list[str]
    children: list[FieldRecord]
    metadata: list[Pair]


@dataclass
class SchemaRecord:
    """The fields of the rows, and the schema bytes of the row format for readers that
    need no more.
    """

    fields: list[FieldRecord]
    metadata: list[Pair]
    physical: bytes


@dataclass
class MetadataRecord:
    """What the writer's caller wants to say about the file."""

    values: dict[str, Any]


@cache
def _serializer() -> Fory:
    made = Fory(xlang=True, compatible=True, max_depth=3 * MAX_DEPTH)
    made.register(Pair, typename="fory_row.Pair")
    made.register(FieldRecord, typename="fory_row.Field")
    made.register(SchemaRecord, typename="fory_row.Schema")
    made.register(MetadataRecord, typename="fory_io.Metadata")
    return made


def _write(record: Any) -> bytes:
    return bytes(_serializer().dumps(record))


def _read(data: Any, kind: type) -> Any:
    try:
        record = _serializer().loads(bytes(data))
    except DecodeError:
        raise
    except ForyError as e:  # nested too deep, of an unknown type
        raise DecodeError(f"the bytes are no {kind.__name__}: {e}") from e
    if type(record) is not kind:
        raise DecodeError(
            f"a {kind.__name__} was expected, the record is a {type(record).__name__}"
        )
    return record


# -- schema ----------------------------------------------------------------------


def encode_schema(schema: Schema) -> bytes:
    """Return a schema, the metadata of every level included, as a record."""
    try:
        physical = schema.to_bytes()
    except EncodeError:
        physical = b""  # an empty name: the record says more than schema bytes can
    fields = [_field_record(f, 0) for f in schema.fields]
    return _write(SchemaRecord(fields, _pairs(schema.metadata), physical))


def decode_schema(data: Any) -> Schema:
    """Read the record of a schema.

    Raises
    ------
    DecodeError
        If the bytes are no such record, or it names unknown types.
    """
    record = _read(data, SchemaRecord)
    fields = [_field(f, 0) for f in record.fields]
    return Schema(fields, _mapping(record.metadata))


def _field_record(f: Field, depth: int) -> FieldRecord:
    if depth > MAX_DEPTH:
        raise EncodeError(f"types nest deeper than {MAX_DEPTH} at field {f.name!r}")
    t = f.type
    return FieldRecord(
        name=f.name,
        kind=int(t.kind),
        nullable=f.nullable,
        precision=t.precision,
        scale=t.scale,
        logical=t.logical.name if t.logical else "",
        arguments=[str(a) for a in t.logical.args] if t.logical else [],
        children=[_field_record(c, depth + 1) for c in t.children],
        metadata=_pairs(f.metadata),
    )


def _field(record: FieldRecord, depth: int) -> Field:
    if type(record) is not FieldRecord or depth > MAX_DEPTH:
        raise DecodeError("the schema record nests too deep or holds no fields")
    try:
        kind = Kind(record.kind)
    except ValueError as e:
        raise DecodeError(
            f"field {record.name!r} has unknown type {record.kind}"
        ) from e
    _check_children(record, kind)
    logical = _logical(record, kind)
    _check_digits(record, kind, logical)
    children = tuple(_field(c, depth + 1) for c in record.children)
    type_ = DataType(kind, children, record.precision, record.scale, logical)
    return Field(record.name, type_, record.nullable, _mapping(record.metadata))


_INTEGERS = (Kind.INT8, Kind.INT16, Kind.INT32, Kind.INT64)
_TAGS: dict[tuple[str, tuple[Kind, ...]], tuple[type, ...]] = {
    ("date64", (Kind.INT64,)): (),
    ("decimal", (Kind.DECIMAL,)): (int,),
    ("decimal", (Kind.BINARY,)): (int, int, int),
    ("dictionary", _INTEGERS): (str, bool),
    ("duration", (Kind.INT64, Kind.DURATION)): (str,),
    ("fixed", (Kind.BINARY, Kind.LIST)): (int,),
    ("float16", (Kind.INT16,)): (),
    ("large", (Kind.UTF8, Kind.BINARY, Kind.LIST)): (),
    ("null", (Kind.INT8,)): (),
    ("sorted", (Kind.MAP,)): (),
    ("time", (Kind.INT32, Kind.INT64)): (str,),
    ("timestamp", (Kind.INT64, Kind.TIMESTAMP)): (str, str),
    ("uint", _INTEGERS): (),
    ("uuid", (Kind.BINARY,)): (),
    ("view", (Kind.UTF8, Kind.BINARY, Kind.LIST)): (),
    ("view", (Kind.LIST,)): (int,),
}
"""The logical tags, the kinds they stand on, and what their arguments are."""

_CHILDREN = {Kind.LIST: 1, Kind.MAP: 2}


def _check_children(record: FieldRecord, kind: Kind) -> None:
    expected = _CHILDREN.get(kind, int(record.logical == "dictionary"))
    if kind is not Kind.STRUCT and len(record.children) != expected:
        raise DecodeError(
            f"field {record.name!r} of type {kind.name.lower()} has "
            f"{len(record.children)} children instead of {expected}"
        )


def _check_digits(record: FieldRecord, kind: Kind, logical: Logical | None) -> None:
    """Only decimals have digits, and no more than their bits hold."""
    digits = record.precision, record.scale
    if kind is Kind.DECIMAL:
        bits = int(logical.args[0]) if logical else 256
        possible = _is_decimal(kind, bits, *digits)
    else:
        possible = digits == (0, 0)
    if not possible:
        raise DecodeError(
            f"field {record.name!r}: {kind.name.lower()} of {digits[0]} digits, "
            f"{digits[1]} of them behind the point, cannot be"
        )


def _logical(record: FieldRecord, kind: Kind) -> Logical | None:
    if not record.logical:
        return None
    known = [
        kinds
        for (name, stands_on), kinds in _TAGS.items()
        if name == record.logical and kind in stands_on
    ]
    if known:
        fitting = [kinds for kinds in known if len(kinds) == len(record.arguments)]
        args = _arguments(record, (fitting or known)[0])
        check: Callable[..., bool] = _MEANINGFUL.get(record.logical, _anything)
        if not check(kind, *args):
            raise _no_arguments(record)
        return Logical(record.logical, args)
    raise DecodeError(
        f"field {record.name!r} has the logical type {record.logical!r} on "
        f"{kind.name.lower()}, which this reader does not know; install a newer version"
    )


def _arguments(
    record: FieldRecord, kinds: tuple[type, ...]
) -> tuple[int | str | bool, ...]:
    try:
        pairs = zip(kinds, record.arguments, strict=True)
        return tuple(_argument(k, a) for k, a in pairs)
    except ValueError as e:
        raise _no_arguments(record) from e


def _no_arguments(record: FieldRecord) -> DecodeError:
    return DecodeError(
        f"field {record.name!r}: {record.logical} takes no {record.arguments}"
    )


def _anything(kind: Kind, *args: Any) -> bool:
    return True


def _is_unit(kind: Kind, unit: str, *zone: str) -> bool:
    return unit in ("s", "ms", "us", "ns")


def _is_unit_of_day(kind: Kind, unit: str) -> bool:
    return unit in (("s", "ms") if kind is Kind.INT32 else ("us", "ns"))


def _is_index(kind: Kind, codes: str, ordered: bool) -> bool:
    return INDEX_TYPES.get(codes) is kind


def _are_counts(kind: Kind, *counts: int) -> bool:
    return all(0 <= n < 2**31 for n in counts)


def _is_decimal(kind: Kind, bits: int, precision: int = 1, scale: int = 0) -> bool:
    digits = {32: 9, 64: 18, 128: 38, 256: 76}.get(bits, 0)
    return 1 <= precision <= digits and -128 <= scale <= 127


_MEANINGFUL: dict[str, Callable[..., bool]] = {
    "decimal": _is_decimal,
    "dictionary": _is_index,
    "duration": _is_unit,
    "fixed": _are_counts,
    "time": _is_unit_of_day,
    "timestamp": _is_unit,
    "view": _are_counts,
}
"""Which arguments a tag can have."""


def _argument(kind: type, text: str) -> int | str | bool:
    if kind is bool:
        return ("False", "True").index(text) == 1
    return int(text) if kind is int else text


def _pairs(metadata: Mapping[bytes, bytes] | None) -> list[Pair]:
    return [Pair(k, v) for k, v in (metadata or {}).items()]


def _mapping(pairs: Iterable[Pair]) -> dict[bytes, bytes] | None:
    return {p.key: p.value for p in pairs} or None


# -- metadata --------------------------------------------------------------------


def encode_metadata(values: Mapping[str, Any]) -> bytes:
    """Return a caller's facts as a record.

    Raises
    ------
    EncodeError
        If a value is of a type that other languages do not have.
    """
    if not isinstance(values, Mapping):
        raise TypeError(f"metadata is a mapping, not {type(values).__name__}")
    for key in values:
        if not isinstance(key, str):
            raise EncodeError(f"metadata is named by str, not {key!r}")
    try:
        return _write(MetadataRecord(dict(values)))
    except TypeUnregisteredError as error:
        raise EncodeError(
            f"metadata holds what other languages cannot read ({error}); keep its parts"
        ) from error


def decode_metadata(data: Any) -> dict[str, Any]:
    """Read a caller's facts."""
    values: dict[str, Any] = _read(data, MetadataRecord).values
    return values
