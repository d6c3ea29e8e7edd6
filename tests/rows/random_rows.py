"""Seeded random schemas of every type, and objects that fit them."""

from __future__ import annotations

import datetime as dt
import decimal
import random
import string
import struct
import uuid
from collections.abc import Callable
from typing import Any

import fory_row as fr
from fory_row.types import DataType, Field, Kind

EPOCH = dt.datetime(1970, 1, 1)
TEXTS = ("", "a", "seven b", "eight by", "nine byte", "Grüße", "日本語", "😀" * 20)


def bits(n: int, signed: bool) -> Callable[[random.Random], int]:
    low = -(1 << n - 1) if signed else 0
    edges = (low, low + (1 << n) - 1, 0, 1)
    return lambda rng: (
        rng.choice(edges) if rng.random() < 0.3 else rng.randrange(low, low + (1 << n))
    )


def single(rng: random.Random) -> float:
    return struct.unpack("<f", struct.pack("<f", rng.uniform(-1e6, 1e6)))[0]


def instant(rng: random.Random) -> dt.datetime:
    return EPOCH + dt.timedelta(microseconds=rng.randrange(-(10**16), 10**17))


def number(rng: random.Random, digits: int, scale: int) -> decimal.Decimal:
    unscaled = rng.randrange(-(10**digits) + 1, 10**digits)
    return decimal.Decimal(unscaled).scaleb(-scale, decimal.Context(prec=90))


LEAVES: list[tuple[DataType, Callable[[random.Random], Any]]] = [
    (fr.bool_(), lambda rng: rng.random() < 0.5),
    *((getattr(fr, f"int{n}")(), bits(n, True)) for n in (8, 16, 32, 64)),
    *((getattr(fr, f"uint{n}")(), bits(n, False)) for n in (8, 16, 32, 64)),
    (fr.float16(), lambda rng: rng.randrange(-2048, 2048) / 64),
    (fr.float32(), single),
    (fr.float64(), lambda rng: rng.choice([0.0, -0.0, rng.uniform(-1e300, 1e300)])),
    (fr.utf8(), lambda rng: rng.choice(TEXTS) + "x" * rng.choice([0, 0, 1, 30])),
    (fr.binary(), lambda rng: rng.randbytes(rng.choice([0, 1, 7, 8, 9, 40]))),
    (fr.fixed_size_binary(3), lambda rng: rng.randbytes(3)),
    (fr.date32(), lambda rng: dt.date.fromordinal(rng.randrange(1, 3_652_059))),
    (fr.date64(), lambda rng: dt.date.fromordinal(rng.randrange(1, 3_652_059))),
    (fr.timestamp(), instant),
    (fr.timestamp("s"), lambda rng: instant(rng).replace(microsecond=0)),
    (fr.timestamp("us", "UTC"), lambda rng: instant(rng).replace(tzinfo=dt.UTC)),
    (fr.time64("us"), lambda rng: instant(rng).time()),
    (fr.time32("s"), lambda rng: instant(rng).time().replace(microsecond=0)),
    (
        fr.duration(),
        lambda rng: dt.timedelta(microseconds=rng.randrange(-(2**63), 2**63)),
    ),
    (fr.decimal(12, 3), lambda rng: number(rng, 12, 3)),
    (fr.decimal(76, 20, bits=256), lambda rng: number(rng, 76, 20)),
    (fr.decimal(5, -2), lambda rng: number(rng, 5, -2)),
    (fr.uuid(), lambda rng: uuid.UUID(int=rng.getrandbits(128))),
]
MAKERS = dict(LEAVES)
KEYS = [t for t, _ in LEAVES if t.kind not in (Kind.FLOAT32, Kind.FLOAT64, Kind.BOOL)]


def random_type(rng: random.Random, depth: int) -> DataType:
    """Return a type, nested up to ``depth`` levels."""
    if depth == 0 or rng.random() < 0.5:
        return rng.choice(LEAVES)[0]
    item = random_field(rng, "item", depth - 1)
    return rng.choice(
        [
            lambda: fr.list_(item),
            lambda: fr.fixed_size_list(item, rng.randrange(4)),
            lambda: fr.map_(
                rng.choice(KEYS), fr.field("value", item.type, item.nullable)
            ),
            lambda: fr.struct(random_fields(rng, rng.randrange(1, 5), depth - 1)),
        ]
    )()


def random_field(rng: random.Random, name: str, depth: int) -> Field:
    return fr.field(name, random_type(rng, depth), rng.random() < 0.7)


def random_fields(rng: random.Random, n: int, depth: int) -> list[Field]:
    names = (
        rng.sample(string.ascii_letters, n) if n < 30 else [f"f{i}" for i in range(n)]
    )
    return [random_field(rng, name, depth) for name in names]


def random_schema(rng: random.Random) -> fr.Schema:
    n = rng.choice([0, 1, 2, 3, 5, 9, 63, 64, 65])
    return fr.Schema(random_fields(rng, n, 3 if n < 10 else 0))


def random_value(rng: random.Random, type_: DataType) -> Any:
    """Return an object that fits a type."""
    if type_ in MAKERS:
        return MAKERS[type_](rng)
    if type_.kind is Kind.STRUCT:
        return random_record(rng, type_.children)
    n = rng.choice([0, 1, 2, 3, 9]) if rng.random() < 0.95 else 65
    if type_.kind is Kind.LIST:
        if type_.is_logical("fixed"):
            assert type_.logical is not None
            n = int(type_.logical.args[0])
        return [random_cell(rng, type_.children[0]) for _ in range(n)]
    key, value = type_.children
    return {random_value(rng, key.type): random_cell(rng, value) for _ in range(n)}


def random_cell(rng: random.Random, field: Field) -> Any:
    if field.nullable and rng.random() < 0.25:
        return None
    return random_value(rng, field.type)


def random_record(rng: random.Random, fields: tuple[Field, ...]) -> dict[str, Any]:
    return {f.name: random_cell(rng, f) for f in fields}
