"""Avro files to Arrow batches and back; the package ``fastavro`` parses and writes."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, BinaryIO

import pyarrow as pa

from fory_io.batch_records import records_of
from fory_row.arrow import rows_to_batches
from fory_row.encoder import encoder
from fory_row.schema import Schema

__all__ = ["arrow_schema", "avro_schema", "fastavro", "read_batches", "write_batches"]

_PLAIN = {
    "null": pa.null(),
    "boolean": pa.bool_(),
    "int": pa.int32(),
    "long": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "bytes": pa.binary(),
    "string": pa.string(),
}
_LOGICAL = {
    ("string", "uuid"): pa.uuid(),
    ("int", "date"): pa.date32(),
    ("int", "time-millis"): pa.time32("ms"),
    ("long", "time-micros"): pa.time64("us"),
    ("long", "timestamp-millis"): pa.timestamp("ms", "UTC"),
    ("long", "timestamp-micros"): pa.timestamp("us", "UTC"),
    ("long", "local-timestamp-millis"): pa.timestamp("ms"),
    ("long", "local-timestamp-micros"): pa.timestamp("us"),
}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def fastavro() -> Any:
    """Return the module.

    Raises
    ------
    ImportError
        Naming what to install.
    """
    try:
        import fastavro as module
    except ImportError as e:
        raise ImportError(
            "Avro files need the package fastavro: pip install 'fory-rows[avro]'"
        ) from e
    return module


# -- reading ---------------------------------------------------------------------


def read_batches(file: BinaryIO, n: int) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """Return the schema of an Avro file and its records, ``n`` in a batch.

    Raises
    ------
    ValueError
        If the file is damaged, or a type has no counterpart.
    """
    records = fastavro().reader(file)
    schema = arrow_schema(records.writer_schema)

    def batches() -> Iterator[pa.RecordBatch]:
        made = encoder(schema=Schema.from_arrow(schema))
        while part := _taken(records, n):
            yield from rows_to_batches(made.to_rows(part))

    return schema, batches()


def _taken(records: Iterator[Any], n: int) -> list[Any]:
    try:
        return list(islice(records, n))
    except (EOFError, LookupError, struct.error, zlib.error) as e:
        raise ValueError(f"the Avro file is damaged: {e!r}") from e


def arrow_schema(schema: Any) -> pa.Schema:
    """Return the Arrow schema of an Avro record.

    Raises
    ------
    ValueError
        If a type has no counterpart: a union of several types, or a recursive one.
    """
    if not isinstance(schema, dict) or schema.get("type") != "record":
        raise ValueError("the records of the file are no records with fields")
    return pa.schema(list(_arrow_type(schema, "", {})[0]))


def _arrow_type(
    schema: Any, path: str, named: dict[str, Any]
) -> tuple[pa.DataType, bool]:
    """Return the Arrow type and whether values may be null."""
    if isinstance(schema, list):
        kinds = [s for s in schema if s != "null"]
        if len(kinds) != 1:
            raise ValueError(
                f"{path}: a union of {len(kinds)} types has no counterpart"
            )
        return _arrow_type(kinds[0], path, named)[0], len(kinds) < len(schema)
    if isinstance(schema, str):
        found = _PLAIN.get(schema, named.get(schema))
        if found is None:
            raise ValueError(f"{path}: the type {schema} is recursive or unknown")
        return found, schema == "null"
    made = _complex(schema, path, named)
    if "name" in schema:
        named[schema["name"]] = made
    return made, schema["type"] == "null"


def _complex(schema: dict[str, Any], path: str, named: dict[str, Any]) -> pa.DataType:
    kind, logical = schema["type"], schema.get("logicalType")
    if kind == "record":
        return pa.struct([_field(f, path, named) for f in schema["fields"]])
    if kind == "array":
        item, nullable = _arrow_type(schema["items"], f"{path}[]", named)
        return pa.list_(pa.field("item", item, nullable))
    if kind == "map":
        value, nullable = _arrow_type(schema["values"], f"{path}{{}}", named)
        return pa.map_(pa.string(), pa.field("value", value, nullable))
    if kind == "enum":
        return pa.string()
    if logical == "decimal":
        return pa.decimal128(schema["precision"], schema.get("scale", 0))
    if kind == "fixed":
        return pa.binary(schema["size"])
    if (tagged := _LOGICAL.get((kind, logical or ""))) is not None:
        return tagged
    return _arrow_type(kind, path, named)[0]


def _field(field: dict[str, Any], path: str, named: dict[str, Any]) -> pa.Field:
    place = f"{path}.{field['name']}" if path else field["name"]
    type_, nullable = _arrow_type(field["type"], place, named)
    return pa.field(field["name"], type_, nullable)


# -- writing ---------------------------------------------------------------------


def write_batches(
    file: BinaryIO, schema: pa.Schema, batches: Iterable[pa.RecordBatch]
) -> None:
    """Write an Avro file.

    Raises
    ------
    ValueError
        If a field cannot be said in Avro.
    """
    module = fastavro()
    parsed = module.parse_schema(avro_schema(schema))
    records = (record for batch in batches for record in _as_dicts(batch))
    module.writer(file, parsed, records, codec="deflate")


def _as_dicts(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    return records_of(batch, maps_as_pydicts="strict")


def avro_schema(schema: pa.Schema) -> dict[str, Any]:
    """Return the Avro schema of an Arrow schema.

    Raises
    ------
    ValueError
        If a field cannot be said in Avro, by its path.
    """
    return _record(list(schema), "Record", "")


def _record(fields: list[pa.Field], name: str, path: str) -> dict[str, Any]:
    made = []
    for f in fields:
        place = f"{path}.{f.name}" if path else f.name
        if not _NAME.fullmatch(f.name):
            raise ValueError(
                f"{place}: Avro names are letters, digits and _, not first"
            )
        made.append({"name": f.name, "type": _avro_type(f, f"{name}_{f.name}", place)})
    return {"type": "record", "name": name, "fields": made}


_KINDS = {_type: name for name, _type in _PLAIN.items()} | {
    pa.int8(): "int",
    pa.int16(): "int",
    pa.uint8(): "int",
    pa.uint16(): "int",
    pa.uint32(): "long",
    pa.large_string(): "string",
    pa.string_view(): "string",
    pa.large_binary(): "bytes",
    pa.binary_view(): "bytes",
}
_TAGGED = {_type: pair for pair, _type in _LOGICAL.items()}


def _avro_type(field: pa.Field, name: str, path: str) -> Any:
    made = _value_type(field.type, name, path)
    return ["null", made] if field.nullable and made != "null" else made


def _value_type(type_: pa.DataType, name: str, path: str) -> Any:
    if pa.types.is_dictionary(type_):
        return _value_type(type_.value_type, name, path)
    if type_ in _KINDS:
        return _KINDS[type_]
    if pa.types.is_timestamp(type_) and type_.tz is not None:
        type_ = pa.timestamp(type_.unit, "UTC")  # the same moments
    if type_ in _TAGGED:
        kind, logical = _TAGGED[type_]
        return {"type": kind, "logicalType": logical}
    if pa.types.is_decimal(type_) and type_.scale >= 0:
        facts = {"precision": type_.precision, "scale": type_.scale}
        return {"type": "bytes", "logicalType": "decimal", **facts}
    if type_ == pa.uuid():
        return {"type": "string", "logicalType": "uuid"}
    if pa.types.is_fixed_size_binary(type_):
        return {"type": "fixed", "name": name, "size": type_.byte_width}
    if pa.types.is_struct(type_):
        return _record(list(type_), name, path)
    if pa.types.is_map(type_) and type_.key_type in (pa.string(), pa.large_string()):
        value = _avro_type(type_.item_field, f"{name}_value", f"{path}{{}}")
        return {"type": "map", "values": value}
    if hasattr(type_, "value_field") and not pa.types.is_map(type_):
        item = _avro_type(type_.value_field, f"{name}_item", f"{path}[]")
        return {"type": "array", "items": item}
    raise ValueError(f"{path}: Avro has no type for {type_}; convert or leave it out")
