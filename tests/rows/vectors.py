"""Golden row vectors: their type notation and values, read into fields and objects."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from decimal import Context, Decimal
from pathlib import Path
from struct import pack, unpack
from typing import Any, NamedTuple

from fory_row import types as t
from fory_row.types import DataType, Field, Kind

GOLDEN = Path(__file__).resolve().parent.parent / "golden"
EXACT = Context(prec=100)


class Vector(NamedTuple):
    """One row as an official writer made it, and what it says."""

    id: str
    fields: list[Field]
    value: dict[str, Any]  # physical values, as in reference.py
    data: bytes
    canonical: bytes
    dontcare: list[list[int]]
    schema_bytes: bytes
    schema_hash: int | None
    layout: str

    def masked(self, data: bytes) -> bytes:
        """Return ``data`` with the bytes that readers must ignore set to zero."""
        out = bytearray(data)
        for at, size in self.dontcare:
            out[at : at + size] = bytes(size)
        return bytes(out)


def load(name: str) -> list[Vector]:
    """Return the vectors of the file ``name`` in tests/golden."""
    lines = (GOLDEN / name).read_text().splitlines()
    return [_vector(json.loads(line)) for line in lines]


def _vector(entry: dict[str, Any]) -> Vector:
    fields = [parse_field(name, text) for name, text in entry["schema"]]
    data = bytes.fromhex(entry["hex"])
    return Vector(
        entry["id"],
        fields,
        {f.name: physical(entry["value"].get(f.name), f.type) for f in fields},
        data,
        bytes.fromhex(entry.get("canonical", entry["hex"])),
        entry["dontcare"],
        bytes.fromhex(entry["schema_hex"]),
        entry["schema_hash"],
        entry.get("format", "standard"),
    )


# -- types ---------------------------------------------------------------------


def parse_field(name: str, text: str) -> Field:
    """Return the field of a type in the notation of the vector files."""
    nullable = not text.endswith(" not null")
    return Field(name, parse_type(text.removesuffix(" not null")), nullable)


def parse_type(text: str) -> DataType:
    name, inner = re.fullmatch(r"(\w+)(?:[<(](.*)[>)])?", text).groups()
    if name == "list":
        return t.list_(parse_field("item", inner))
    if name == "map":
        key, value = _split(inner)
        return t.map_(Field("key", parse_type(key), False), parse_field("value", value))
    if name == "struct":
        return t.struct(parse_field(*part.split(":", 1)) for part in _split(inner))
    if name == "decimal":
        return t.decimal(*map(int, inner.split(",")))
    if inner is not None:
        return t.fixed_size_binary(int(inner))
    return t.bool_() if name == "bool" else getattr(t, name)()


def _split(text: str) -> list[str]:
    """Split at the commas that lie outside all brackets."""
    parts, depth = [""], 0
    for c in text:
        depth += (c in "<(") - (c in ">)")
        if c == "," and not depth:
            parts.append("")
        else:
            parts[-1] += c
    return [p for p in parts if p]


# -- values --------------------------------------------------------------------


def physical(value: Any, type_: DataType) -> Any:
    """Return what the reference codec takes for a value of a vector file."""
    if value is None:
        return None
    if isinstance(value, dict) and any(k.startswith("$") for k in value):
        ((tag, inner),) = value.items()
        value = _tagged(tag, inner, type_)
    if type_.kind is Kind.FLOAT32:
        # Some vectors leave rounding to the writer; ours wants the caller to do it.
        return unpack("<f", pack("<f", value))[0]
    if type_.kind not in (Kind.STRUCT, Kind.LIST):
        return value
    if type_.kind is Kind.STRUCT:
        return {c.name: physical(value.get(c.name), c.type) for c in type_.children}
    return [physical(v, type_.children[0].type) for v in value]


def _tagged(tag: str, inner: Any, type_: DataType) -> Any:
    if tag == "$float":
        return float.fromhex(inner)
    if tag == "$bytes":
        return bytes.fromhex(inner)
    if tag == "$dec":
        return int(Decimal(inner).scaleb(type_.scale, EXACT))
    if tag == "$map":
        key, value = (c.type for c in type_.children)
        return [(physical(k, key), physical(v, value)) for k, v in inner]
    return inner  # $ts, $date, $dur


def friendly(value: Any, type_: DataType) -> Any:
    """Return the Python object that stands for a physical value."""
    if value is None:
        return None
    kind, children = type_.kind, type_.children
    if kind is Kind.STRUCT:
        return {c.name: friendly(value[c.name], c.type) for c in children}
    if kind is Kind.LIST:
        return [friendly(v, children[0].type) for v in value]
    if kind is Kind.MAP:
        key, item = (c.type for c in children)
        pairs = [(friendly(k, key), friendly(v, item)) for k, v in value]
        nested = key.kind in (Kind.STRUCT, Kind.LIST, Kind.MAP)
        return pairs if nested else dict(pairs)
    if kind is Kind.DECIMAL:
        return Decimal(value).scaleb(-type_.scale, EXACT)
    if kind is Kind.DATE32:
        return date(1970, 1, 1) + timedelta(days=value)
    if kind is Kind.TIMESTAMP:
        return datetime(1970, 1, 1) + timedelta(microseconds=value)
    if kind is Kind.DURATION:
        return timedelta(microseconds=value)
    return value
