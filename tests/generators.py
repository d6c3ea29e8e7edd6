"""Seeded random Arrow data of every type that rows hold.

A seed names its table: the same seed gives the same types, values, chunks and
offsets on every machine.
"""

from __future__ import annotations

import decimal
import itertools
import random
import struct
from typing import Any

import numpy as np
import pyarrow as pa

__all__ = ["LEAF_TYPES", "random_array", "random_table", "random_type", "rechunk"]

ZONES = (None, "UTC", "Europe/Berlin", "+05:30")
UNITS = ("s", "ms", "us", "ns")

LEAF_TYPES: tuple[pa.DataType, ...] = (
    pa.bool_(),
    *(getattr(pa, f"{s}int{b}")() for s in ("", "u") for b in (8, 16, 32, 64)),
    pa.float16(),
    pa.float32(),
    pa.float64(),
    pa.string(),
    pa.large_string(),
    pa.binary(),
    pa.large_binary(),
    *(pa.binary(width) for width in (0, 1, 3, 16)),
    pa.date32(),
    pa.date64(),
    pa.time32("s"),
    pa.time32("ms"),
    pa.time64("us"),
    pa.time64("ns"),
    *(pa.timestamp(unit, zone) for unit in UNITS for zone in ZONES),
    *(pa.duration(unit) for unit in UNITS),
    pa.decimal32(9, 2),
    pa.decimal64(18, 4),
    pa.decimal128(38, 10),
    pa.decimal128(5, -3),
    pa.decimal256(76, 20),
    pa.null(),
)

_TEXTS = ("", "a", "seven b", "eight by", "nine byte", "Grüße", "日本語", "😀" * 20)
_DAY_MS = 86_400_000


def _int(rng: random.Random, bits: int, signed: bool) -> int:
    low, high = (
        (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    )
    edge = [low, high, 0, 1, high - 1]
    return rng.choice(edge) if rng.random() < 0.3 else rng.randint(low, high)


def _float(rng: random.Random) -> float:
    odd = [0.0, -0.0, float("inf"), float("-inf"), float("nan"), 1e-300, -1.5]
    return rng.choice(odd) if rng.random() < 0.3 else rng.uniform(-1e4, 1e4)


def _decimal(rng: random.Random, kind: pa.DataType) -> decimal.Decimal:
    digits = tuple(rng.randrange(10) for _ in range(rng.randint(1, kind.precision)))
    return decimal.Decimal((rng.randrange(2), digits, -kind.scale))


def _bytes(rng: random.Random, kind: pa.DataType) -> bytes:
    if pa.types.is_fixed_size_binary(kind):
        return rng.randbytes(kind.byte_width)
    return rng.randbytes(rng.choice([0, 1, 7, 8, 9, 40]))


def _counts(rng: random.Random, kind: pa.DataType) -> int:
    """Return the integer beneath a temporal value."""
    if pa.types.is_date32(kind):
        return rng.randint(-700_000, 2_900_000)
    if pa.types.is_date64(kind):
        return rng.randint(-700_000, 2_900_000) * _DAY_MS
    if pa.types.is_time(kind):
        return rng.randrange(86_400 * 1000 ** UNITS.index(kind.unit))
    if kind.unit == "s":
        return rng.randint(-60_000_000_000, 250_000_000_000)
    return rng.randint(-(10**16), 10**16)


def _cell(rng: random.Random, kind: pa.DataType) -> Any:
    """Return one value of a type without children; temporal ones as their count."""
    if pa.types.is_boolean(kind):
        return rng.random() < 0.5
    if pa.types.is_integer(kind):
        return _int(rng, kind.bit_width, pa.types.is_signed_integer(kind))
    if pa.types.is_float16(kind):
        return np.float16(max(min(_float(rng), 6e4), -6e4))
    if pa.types.is_floating(kind):
        return _float(rng)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return rng.choice(_TEXTS) + "x" * rng.choice([0, 0, 1, 30])
    if pa.types.is_decimal(kind):
        return _decimal(rng, kind)
    if pa.types.is_temporal(kind):
        return _counts(rng, kind)
    return _bytes(rng, kind)


def _leaf(rng: random.Random, kind: pa.DataType, n: int, nulls: float) -> pa.Array:
    if pa.types.is_null(kind):
        return pa.nulls(n)
    cells = [None if rng.random() < nulls else _cell(rng, kind) for _ in range(n)]
    if not pa.types.is_temporal(kind):
        return pa.array(cells, kind)
    counts = pa.int64() if kind.bit_width == 64 else pa.int32()
    return pa.array(cells, counts).view(kind)


def _mask(rng: random.Random, n: int, nulls: float) -> pa.Array | None:
    if not nulls:
        return None
    return pa.array([rng.random() < nulls for _ in range(n)], pa.bool_())


def _offsets(rng: random.Random, n: int, kind: pa.DataType) -> pa.Array:
    # Few elements under many lists, or twenty levels would have 3^20 values.
    lengths = (0, 1, 2, 3, 9) if n < 200 else (0, 1)
    offsets = [0]
    for _ in range(n):
        offsets.append(offsets[-1] + rng.choice(lengths))
    return pa.array(offsets, kind)


def _field(rng: random.Random, field: pa.Field, n: int, nulls: float) -> pa.Array:
    return random_array(rng, field.type, n, nulls if field.nullable else 0.0)


def random_array(
    rng: random.Random, kind: pa.DataType, n: int, nulls: float = 0.2
) -> pa.Array:
    """Return ``n`` values of a type; what lies beneath nulls is random as well."""
    if pa.types.is_struct(kind):
        fields = [kind.field(i) for i in range(kind.num_fields)]
        if not fields:
            cells = [None if rng.random() < nulls else {} for _ in range(n)]
            return pa.array(cells, kind)
        parts = [_field(rng, field, n, nulls) for field in fields]
        return pa.StructArray.from_arrays(
            parts, fields=fields, mask=_mask(rng, n, nulls)
        )
    if pa.types.is_map(kind):
        offsets = _offsets(rng, n, pa.int32())
        total = offsets[-1].as_py()
        keys = random_array(rng, kind.key_type, total, 0.0)
        items = _field(rng, kind.item_field, total, nulls)
        return pa.MapArray.from_arrays(
            offsets, keys, items, kind, mask=_mask(rng, n, nulls)
        )
    if pa.types.is_fixed_size_list(kind):
        values = _field(rng, kind.value_field, n * kind.list_size, nulls)
        mask = _mask(rng, n, nulls)
        return pa.FixedSizeListArray.from_arrays(values, type=kind, mask=mask)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        large = pa.types.is_large_list(kind)
        offsets = _offsets(rng, n, pa.int64() if large else pa.int32())
        values = _field(rng, kind.value_field, offsets[-1].as_py(), nulls)
        make = pa.LargeListArray if large else pa.ListArray
        return make.from_arrays(offsets, values, kind, mask=_mask(rng, n, nulls))
    if pa.types.is_dictionary(kind):
        size = rng.randint(1, 9)
        values = random_array(rng, kind.value_type, size, 0.0)
        codes = [
            None if rng.random() < nulls else rng.randrange(size) for _ in range(n)
        ]
        indices = pa.array(codes, kind.index_type)
        return pa.DictionaryArray.from_arrays(indices, values, ordered=kind.ordered)
    return _leaf(rng, kind, n, nulls)


def random_type(rng: random.Random, depth: int = 3) -> pa.DataType:
    """Return a type, nested up to ``depth`` levels."""
    if depth <= 0 or rng.random() < 0.5:
        return rng.choice(LEAF_TYPES)
    child = _random_field(rng, "item", depth - 1)
    make = [
        lambda: pa.list_(child),
        lambda: pa.large_list(child),
        lambda: pa.list_(child, rng.randint(1, 4)),
        lambda: pa.map_(rng.choice([pa.string(), pa.int64()]), child.type),
        lambda: pa.struct(
            [_random_field(rng, f"f{i}", depth - 1) for i in range(rng.randint(1, 5))]
        ),
        lambda: pa.dictionary(
            rng.choice([pa.int8(), pa.int16(), pa.int32(), pa.int64()]),
            rng.choice([pa.string(), pa.int64(), pa.float64(), pa.date32()]),
            rng.random() < 0.3,
        ),
    ]
    return rng.choice(make)()


def _random_field(rng: random.Random, name: str, depth: int) -> pa.Field:
    kind = random_type(rng, depth)
    nullable = pa.types.is_null(kind) or rng.random() < 0.8
    metadata = {b"unit": rng.randbytes(3)} if rng.random() < 0.2 else None
    return pa.field(name, kind, nullable=nullable, metadata=metadata)


def rechunk(table: pa.Table, bounds: list[list[int]]) -> pa.Table:
    """Return the table with column i cut at ``bounds[i]``; empty chunks stay."""
    columns = []
    for column, cuts in zip(table.columns, bounds, strict=True):
        whole = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
        edges = [0, *sorted(cuts), len(column)]
        pairs = itertools.pairwise(edges)
        parts = [whole.slice(a, b - a) for a, b in pairs]
        columns.append(pa.chunked_array(parts, column.type))
    return pa.Table.from_arrays(columns, schema=table.schema)


def random_table(seed: int) -> pa.Table:
    """Return a nested table: random types, values, nulls, chunks and offset."""
    rng = random.Random(seed)
    n = rng.choice([0, 1, 2, 7, 8, 9, 63, 64, 65, 130])
    lead = rng.choice([0, 0, 1, 3, 8, 9])
    fields, columns = [], []
    for i in range(rng.randint(1, 8)):
        field = _random_field(rng, rng.choice([f"f{i}", f"a.{i}", f"é{i}"]), 3)
        nulls = rng.choice([0.0, 0.2, 0.9, 1.0])
        fields.append(field)
        columns.append(_field(rng, field, lead + n, nulls))
    metadata = {b"seed": struct.pack("<q", seed)} if rng.random() < 0.5 else None
    table = pa.Table.from_arrays(columns, schema=pa.schema(fields, metadata))
    table = table.slice(lead, n)
    if rng.random() < 0.5:
        return table
    cuts = [[rng.randint(0, n) for _ in range(rng.randint(0, 4))] for _ in fields]
    return rechunk(table, cuts)
