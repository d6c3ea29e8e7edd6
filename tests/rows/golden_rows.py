"""The notation of types and values in the golden rows."""

from __future__ import annotations

import datetime as dt
import decimal
import json
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fory_row import types as t
from fory_row.schema import Schema
from fory_row.types import DataType, Field, Kind

FILE = Path(__file__).resolve().parent.parent / "golden" / "row_standard.jsonl"
EPOCH = dt.datetime(1970, 1, 1)
MICROSECOND = dt.timedelta(microseconds=1)
EXACT = decimal.Context(prec=80, traps=[decimal.Inexact])


@dataclass(frozen=True)
class Golden:
    """One vector: a schema, a value and the canonical bytes of its row."""

    id: str
    note: str
    schema: Schema
    value: dict[str, Any]
    row: bytes
    schema_bytes: bytes
    schema_hash: int


def read_golden() -> list[Golden]:
    with FILE.open(encoding="utf-8") as lines:
        return [_golden(json.loads(line)) for line in lines]


def _golden(raw: dict[str, Any]) -> Golden:
    schema = Schema(TypeText(text).field(name) for name, text in raw["schema"])
    value = {
        f.name: parse_value(f.type, raw["value"].get(f.name)) for f in schema.fields
    }
    return Golden(
        raw["id"],
        raw["note"],
        schema,
        value,
        bytes.fromhex(raw["hex"]),
        bytes.fromhex(raw["schema_hex"]),
        raw["schema_hash"],
    )


# -- types -----------------------------------------------------------------------


class TypeText:
    """A reader of ``map<utf8,list<int32 not null>>``."""

    TOKEN = re.compile(r"not null|[\w.]+|[<>,:()]")

    def __init__(self, text: str) -> None:
        self.tokens = self.TOKEN.findall(text)

    def take(self, expected: str | None = None) -> str:
        token = self.tokens.pop(0)
        assert expected in (None, token), f"expected {expected}, found {token}"
        return token

    def next_is(self, token: str) -> bool:
        if self.tokens[:1] != [token]:
            return False
        self.tokens.pop(0)
        return True

    def field(self, name: str, nullable: bool = True) -> Field:
        made = self.type()
        return Field(name, made, nullable and not self.next_is("not null"))

    def type(self) -> DataType:
        name = self.take()
        if name in ("list", "map", "struct"):
            self.take("<")
            made: DataType = getattr(self, name)()
            self.take(">")
            return made
        if name == "decimal":
            self.take("(")
            precision = int(self.take())
            self.take(",")
            scale = int(self.take())
            self.take(")")
            return t.decimal(precision, scale)
        factory: Callable[[], DataType] = getattr(
            t, "bool_" if name == "bool" else name
        )
        return factory()

    def list(self) -> DataType:
        return t.list_(self.field("item"))

    def map(self) -> DataType:
        key = self.field("key", nullable=False)
        self.take(",")
        return t.map_(key, self.field("value"))

    def struct(self) -> DataType:
        fields = []
        while not fields or self.next_is(","):
            name = self.take()
            self.take(":")
            fields.append(self.field(name))
        return t.struct(fields)


# -- values ----------------------------------------------------------------------


def parse_value(type_: DataType, raw: Any) -> Any:
    """Return the Python value of a vector's notation."""
    if raw is None:
        return None
    if type_.kind is Kind.STRUCT:
        return {f.name: parse_value(f.type, raw.get(f.name)) for f in type_.children}
    if type_.kind is Kind.LIST:
        return [parse_value(type_.children[0].type, item) for item in raw]
    if type_.kind is Kind.MAP:
        return _map(type_, raw["$map"])
    return _scalar(type_.kind, raw)


def _map(type_: DataType, pairs: list[list[Any]]) -> Any:
    key, value = (c.type for c in type_.children)
    made = [(parse_value(key, k), parse_value(value, v)) for k, v in pairs]
    return made if key.kind in (Kind.LIST, Kind.MAP, Kind.STRUCT) else dict(made)


def _scalar(kind: Kind, raw: Any) -> Any:
    if kind in (Kind.FLOAT32, Kind.FLOAT64):
        return _float(kind, raw["$float"] if isinstance(raw, dict) else raw)
    if kind is Kind.BINARY:
        return bytes.fromhex(raw["$bytes"])
    if kind is Kind.TIMESTAMP:
        return EPOCH + raw["$ts"] * MICROSECOND
    if kind is Kind.DATE32:
        return dt.date.fromordinal(raw["$date"] + EPOCH.toordinal())
    if kind is Kind.DURATION:
        return raw["$dur"] * MICROSECOND
    if kind is Kind.DECIMAL:
        return EXACT.create_decimal(raw["$dec"])
    return raw


def _float(kind: Kind, raw: Any) -> float:
    number = float.fromhex(raw) if isinstance(raw, str) else float(raw)
    if kind is Kind.FLOAT64:
        return number
    # The vectors leave rounding to the writer; ours wants the caller to do it.
    return struct.unpack("<f", struct.pack("<f", number))[0]
