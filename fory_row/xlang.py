"""Single rows as records of the cross-language object format, and back."""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import functools
import types
import typing
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import fory
from fory import Fory
from fory.error import DecodeError, EncodeError
from fory_row.encoder import encoder
from fory_row.schema import Schema
from fory_row.types import DataType, Field, Kind

if TYPE_CHECKING:
    from fory_row.rows import Rows

__all__ = ["row_from_records", "row_to_record"]

_PLAIN: dict[Kind, Any] = {
    Kind.BOOL: bool,
    Kind.INT8: fory.Int8,
    Kind.INT16: fory.Int16,
    Kind.INT32: fory.Int32,
    Kind.INT64: int,
    Kind.FLOAT32: fory.Float32,
    Kind.FLOAT64: float,
    Kind.UTF8: str,
    Kind.BINARY: bytes,
    Kind.DATE32: dt.date,
    Kind.TIMESTAMP: dt.datetime,
    Kind.DURATION: dt.timedelta,
    Kind.DECIMAL: decimal.Decimal,
}
_UNSIGNED: dict[Kind, Any] = {
    Kind.INT8: fory.UInt8,
    Kind.INT16: fory.UInt16,
    Kind.INT32: fory.UInt32,
    Kind.INT64: fory.UInt64,
}


@functools.lru_cache(64)
def _record_class(schema: Schema, typename: str) -> tuple[type, Fory]:
    """Return a class with the fields of a schema, and what writes it."""
    made = Fory(xlang=True, compatible=True)
    return _register(made, typename, schema.fields, ""), made


def _register(made: Fory, typename: str, fields: Iterable[Field], path: str) -> type:
    pairs: list[tuple[str, Any]] = []
    for f in fields:
        place = f"{path}.{f.name}" if path else f.name
        hint = _hint(made, f"{typename}_{f.name}", f.type, place)
        pairs.append((f.name, _nullable(hint, f)))
    try:
        cls = dataclasses.make_dataclass(typename.rpartition(".")[2], pairs)
    except (TypeError, ValueError) as e:
        raise EncodeError(f"{path or 'the row'} is no record: {e}") from e
    made.register(cls, typename=typename)
    return cls


def _nullable(hint: Any, field: Field) -> Any:
    return typing.Optional[hint] if field.nullable else hint  # noqa: UP045


def _hint(made: Fory, typename: str, type_: DataType, path: str) -> Any:
    """Return the annotation that says a type in the object format."""
    children = type_.children
    if type_.is_logical("dictionary"):
        return _hint(made, typename, children[0].type, path)
    if type_.kind is Kind.STRUCT:
        return _register(made, typename, children, path)
    inner = [_hint(made, typename, c.type, path) for c in children]
    hints = [_nullable(h, c) for h, c in zip(inner, children, strict=True)]
    if type_.kind is Kind.LIST:
        return list[hints[0]]  # type: ignore[valid-type]
    if type_.kind is Kind.MAP:
        return dict[inner[0], hints[1]]  # type: ignore[valid-type]
    tag = type_.logical.name if type_.logical else ""
    if tag == "uint":
        return _UNSIGNED[type_.kind]
    if tag == "timestamp":
        return dt.datetime
    if tag == "duration":
        return dt.timedelta
    if tag == "decimal":
        return decimal.Decimal
    if tag in ("time", "null", "uuid", "date64", "float16"):
        raise EncodeError(
            f"field {path} of type {type_} has no counterpart in a record; select the "
            f"other fields, or convert it"
        )
    return _PLAIN[type_.kind]


def row_to_record(rows: Rows, i: int, typename: str) -> bytes:
    """Return row ``i`` as a record; see `Rows.to_xlang`."""
    cls, made = _record_class(rows.schema, typename)
    return bytes(made.dumps(_object(cls, rows[i].to_dict())))


def _object(cls: Any, values: Mapping[str, Any]) -> Any:
    """Return an instance of a record class, nested structs as instances, too."""
    hints = {f.name: f.type for f in dataclasses.fields(cls)}
    return cls(**{name: _value(hints[name], v) for name, v in values.items()})


def _value(hint: Any, value: Any) -> Any:
    """Return a value with instances in place of the dicts of structs."""
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        return None if value is None else _value(typing.get_args(hint)[0], value)
    if dataclasses.is_dataclass(hint):
        return _object(hint, value)
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is list:
        return [_value(args[0], v) for v in value]
    if origin is dict:
        return {k: _value(args[1], v) for k, v in value.items()}
    return value


def row_from_records(schema: Schema, records: Iterable[Any], layout: str) -> Rows:
    """Return the rows of some records; see `Rows.from_xlang`."""
    reader = Fory(xlang=True, compatible=True)
    made = encoder(schema, layout=layout)
    return made.to_rows([_mapping(reader.loads(data)) for data in records])


def _mapping(record: Any) -> Mapping[str, Any]:
    if not isinstance(record, fory.UnknownStruct | Mapping):
        raise DecodeError(f"the record is no struct but {type(record).__name__}")
    return {str(k): _plain(v) for k, v in record.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, fory.UnknownStruct):
        return _mapping(value)
    if isinstance(value, list):
        return [_plain(v) for v in value]
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return value
