"""Random schemas and objects: the same values back, and the bytes of the reference."""

from __future__ import annotations

import datetime as dt
import decimal
import random
from typing import Any

import pytest
from rows.random_rows import EPOCH, random_record, random_schema
from rows.reference import encode

import fory_row as fr
from fory_row.data_type import UNITS, DataType, Kind
from fory_row.encoder import encoder

PER_SECOND = {unit: 1000**i for i, unit in enumerate(UNITS)}
FINE = decimal.Context(prec=100, traps=[decimal.Inexact])


def unit_of(type_: DataType) -> str:
    return str(type_.logical.args[0]) if type_.logical else "us"


def count(length: dt.timedelta, unit: str) -> int:
    micros = (length.days * 86_400 + length.seconds) * 10**6 + length.microseconds
    return micros * PER_SECOND[unit] // 10**6


def physical(type_: DataType, value: Any) -> Any:
    """Return the value as the reference takes it: integers, bytes, pairs."""
    if value is None:
        return None
    if type_.kind is Kind.STRUCT:
        return {f.name: physical(f.type, value[f.name]) for f in type_.children}
    if type_.kind is Kind.LIST:
        return [physical(type_.children[0].type, v) for v in value]
    if type_.kind is Kind.MAP:
        key, item = (c.type for c in type_.children)
        return [(physical(key, k), physical(item, v)) for k, v in value.items()]
    return physical_scalar(type_, value)


def physical_scalar(type_: DataType, value: Any) -> Any:
    tag = type_.logical.name if type_.logical else ""
    if isinstance(value, dt.datetime):
        return count(value.replace(tzinfo=None) - EPOCH, unit_of(type_))
    if isinstance(value, dt.date):
        days = value.toordinal() - EPOCH.toordinal()
        return days * 86_400_000 if tag == "date64" else days
    if isinstance(value, dt.time):
        return count(dt.datetime.combine(EPOCH, value) - EPOCH, unit_of(type_))
    if isinstance(value, dt.timedelta):
        return count(value, unit_of(type_))
    if isinstance(value, decimal.Decimal):
        scale = type_.scale if type_.kind is Kind.DECIMAL else type_.logical.args[2]
        unscaled = int(value.scaleb(scale, FINE))
        if type_.kind is Kind.DECIMAL:
            return unscaled
        return unscaled.to_bytes(16, "little", signed=True)
    if tag == "uuid":
        return value.bytes
    if tag == "float16":
        return fr_float16(value)
    if tag == "uint":
        size = 8 * type_.width
        return value - (1 << size) if value >> size - 1 else value
    return value


def fr_float16(value: float) -> int:
    import struct

    return struct.unpack("<h", struct.pack("<e", value))[0]


@pytest.mark.parametrize("layout", ["standard", "compact"])
@pytest.mark.parametrize("seed", range(60))
def test_random_objects(seed: int, layout: str) -> None:
    rng = random.Random(seed)
    schema = random_schema(rng)
    made = encoder(schema=schema, layout=layout)
    records = [random_record(rng, schema.fields) for _ in range(5)]
    rows = made.to_rows(records)
    assert rows.to_pylist() == records
    assert made.from_rows(rows) == records
    record_type = fr.struct(schema.fields)
    for record, row in zip(records, rows, strict=True):
        alone = made.to_row(record)
        assert alone.to_bytes() == row.to_bytes()
        assert row.to_bytes() == encode(
            list(schema.fields), physical(record_type, record), layout
        )
        assert made.from_row(alone) == record
        assert made.to_row(row).to_bytes() == row.to_bytes()
