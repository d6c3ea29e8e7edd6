"""Values at the edges of their types come back exactly."""

from __future__ import annotations

import array
import collections
import datetime as dt
import decimal
import enum
import fractions
import math
import uuid
import zoneinfo
from typing import Any

import numpy as np
import pandas as pd
import pytest

import fory_row as fr
from fory_row.encoder import encoder

UTC = dt.UTC
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
DEC = decimal.Decimal


def through(type_: fr.DataType, value: Any) -> Any:
    made = encoder(schema=fr.schema([("a", type_)]))
    row = made.to_row({"a": value})
    read = made.from_row(row)["a"]
    assert made.to_row({"a": read}).to_bytes() == row.to_bytes()
    return read


SAME = [
    *(
        (t, v)
        for t, bits in [
            (fr.int8(), 7),
            (fr.int16(), 15),
            (fr.int32(), 31),
            (fr.int64(), 63),
        ]
        for v in (-(1 << bits), -1, 0, (1 << bits) - 1)
    ),
    *(
        (t, v)
        for t, bits in [
            (fr.uint8(), 8),
            (fr.uint16(), 16),
            (fr.uint32(), 32),
            (fr.uint64(), 64),
        ]
        for v in (0, (1 << bits) - 1)
    ),
    *((fr.float64(), v) for v in (0.1, -0.0, 5e-324, 1.7976931348623157e308, math.inf)),
    *(
        (fr.float32(), v)
        for v in (0.5, -0.0, -math.inf, 3.4028234663852886e38, 2**-149)
    ),
    *((fr.float16(), v) for v in (0.5, 65504.0, 2**-24, -math.inf)),
    *((fr.utf8(), v) for v in ("", "a", "a" * 8, "a\0b", "é", "\uffff", "🙂" * 9)),
    *((fr.binary(), v) for v in (b"", b"\0" * 9)),
    *(
        (fr.date32(), v)
        for v in (
            dt.date.min,
            dt.date(1969, 12, 31),
            dt.date(1970, 1, 1),
            dt.date(2000, 2, 29),
            dt.date.max,
        )
    ),
    *((fr.date64(), v) for v in (dt.date.min, dt.date.max)),
    *(
        (fr.timestamp(), v)
        for v in (
            dt.datetime.min,
            dt.datetime.max,
            dt.datetime(1969, 12, 31, 23, 59, 59, 999999),
        )
    ),
    *(
        (fr.timestamp("ns"), v)
        for v in (pd.Timestamp(1), pd.Timestamp.min, pd.Timestamp.max, pd.Timestamp(-1))
    ),
    (fr.timestamp("s"), dt.datetime(1, 1, 1, 0, 0, 1)),
    (fr.timestamp("ms"), dt.datetime(2020, 1, 1, 0, 0, 0, 123000)),
    (fr.timestamp("us", "UTC"), dt.datetime(2020, 1, 1, 0, 0, 0, 1, tzinfo=UTC)),
    (fr.timestamp("us", "Europe/Berlin"), dt.datetime(2020, 7, 1, tzinfo=BERLIN)),
    (fr.time32("s"), dt.time(23, 59, 59)),
    (fr.time32("ms"), dt.time(23, 59, 59, 999000)),
    (fr.time64("us"), dt.time.max),
    (fr.time64("ns"), dt.time(0, 0, 0, 1)),
    *(
        (fr.duration(), v)
        for v in (
            dt.timedelta(0),
            dt.timedelta(microseconds=-1),
            dt.timedelta(microseconds=2**63 - 1),
            dt.timedelta(microseconds=-(2**63)),
        )
    ),
    (fr.duration("s"), dt.timedelta(days=-999999999)),
    (fr.duration("s"), dt.timedelta(days=999999999, seconds=86399)),
    (fr.duration("ms"), dt.timedelta(days=-999999999)),
    (fr.duration("ns"), pd.Timedelta(-1)),
    *(
        (fr.decimal(38, s), DEC("9" * 38).scaleb(-s, decimal.Context(prec=50)))
        for s in (0, 5, 38)
    ),
    (
        fr.decimal(76, 3, bits=256),
        DEC(-(10**76 - 1)).scaleb(-3, decimal.Context(prec=90)),
    ),
    (fr.decimal(5, -2), DEC("-99999E2")),
    (fr.decimal(4, 2), DEC("0.10")),
    (fr.uuid(), uuid.UUID(int=0)),
    (fr.uuid(), uuid.UUID(int=2**128 - 1)),
    (fr.null(), None),
    (fr.list_(fr.list_(fr.utf8())), [[], None, ["a", None]]),
    (fr.list_(fr.map_(fr.utf8(), fr.int8())), [{"a": 1}, {}, None]),
    (fr.map_(fr.utf8(), fr.list_(fr.bool_())), {"a": [True, None, False], "b": None}),
    (fr.map_(fr.struct([("x", fr.int8())]), fr.int8()), [({"x": 1}, 2), ({"x": 1}, 3)]),
    (fr.struct([("s", fr.struct([]))]), {"s": {}}),
    (fr.list_(fr.int16()), [None] * 65),
    (fr.list_(fr.bool_()), [True] * 129),
    (fr.fixed_size_list(fr.utf8(), 2), ["a", None]),
    (fr.large_list(fr.large_utf8()), ["a"]),
]


@pytest.mark.parametrize(
    ("type_", "value"), SAME, ids=[f"{t}-{i}" for i, (t, _) in enumerate(SAME)]
)
def test_value_comes_back(type_: fr.DataType, value: Any) -> None:
    read = through(type_, value)
    assert read == value
    assert repr(read) == repr(value)


class Level(enum.IntEnum):
    HIGH = 3


class Text(str):
    __slots__ = ()


EQUAL = [
    (fr.int8(), np.int64(5), 5),
    (fr.uint64(), np.uint64(2**64 - 1), 2**64 - 1),
    (fr.int16(), Level.HIGH, 3),
    (fr.float64(), 5, 5.0),
    (fr.float64(), np.float32(0.1), 0.10000000149011612),
    (fr.float64(), fractions.Fraction(1, 2), 0.5),
    (fr.float32(), np.float32(0.1), 0.10000000149011612),
    (fr.float32(), 16777216, 16777216.0),
    (fr.bool_(), np.bool_(True), True),
    (fr.utf8(), Text("x"), "x"),
    (fr.utf8(), np.str_("x"), "x"),
    (fr.binary(), bytearray(b"x"), b"x"),
    (fr.binary(), memoryview(b"abcd")[::2], b"ac"),
    (
        fr.timestamp(),
        dt.datetime(2020, 1, 1, 1, tzinfo=BERLIN),
        dt.datetime(2020, 1, 1),
    ),
    (fr.timestamp(), pd.Timestamp(2020, 1, 1), dt.datetime(2020, 1, 1)),
    (
        fr.timestamp("us", "UTC"),
        dt.datetime(2020, 1, 1, tzinfo=dt.timezone(dt.timedelta(microseconds=1))),
        dt.datetime(2019, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    ),
    (fr.duration("ns"), dt.timedelta(microseconds=1), pd.Timedelta(1000)),
    (fr.decimal(5, 2), DEC("1"), DEC("1.00")),
    (fr.decimal(5, 2), DEC("1E2"), DEC("100.00")),
    (fr.decimal(5, 2), -7, DEC("-7.00")),
    (fr.list_(fr.int8()), (1, 2), [1, 2]),
    (fr.list_(fr.int8()), range(3), [0, 1, 2]),
    (fr.list_(fr.int8()), {5}, [5]),
    (fr.list_(fr.int8()), {5: 0}.keys(), [5]),
    (fr.list_(fr.int8()), collections.deque([1, None]), [1, None]),
    (fr.list_(fr.int8()), array.array("q", [1, 2]), [1, 2]),
    (fr.list_(fr.int64()), np.arange(3, dtype=np.int16), [0, 1, 2]),
    (fr.list_(fr.int16()), np.arange(6, dtype=np.int16)[::-2], [5, 3, 1]),
    (fr.list_(fr.int16()), np.arange(2, dtype=">i2"), [0, 1]),
    (fr.list_(fr.bool_()), np.array([True, False]), [True, False]),
    (fr.list_(fr.float32()), np.ones(9, np.float32), [1.0] * 9),
    (fr.list_(fr.float64()), np.ma.array([1.0, 2.0], mask=[False, True]), [1.0, None]),
    (fr.list_(fr.list_(fr.int8())), np.eye(2, dtype=np.int8), [[1, 0], [0, 1]]),
    (fr.list_(fr.float64()), pd.Series([1.0]), [1.0]),
    (fr.map_(fr.utf8(), fr.int8()), collections.OrderedDict(a=1), {"a": 1}),
    (fr.map_(fr.utf8(), fr.int8()), collections.ChainMap({"a": 1}), {"a": 1}),
    (fr.map_(fr.utf8(), fr.int8()), [("a", 1)], {"a": 1}),
]


@pytest.mark.parametrize(
    ("type_", "value", "expected"),
    EQUAL,
    ids=[f"{t}-{type(v).__name__}-{i}" for i, (t, v, _) in enumerate(EQUAL)],
)
def test_value_of_another_class_keeps_its_value(
    type_: fr.DataType, value: Any, expected: Any
) -> None:
    read = through(type_, value)
    assert read == expected
    assert type(read) is type(expected)


def test_nan_keeps_its_bits() -> None:
    assert math.isnan(through(fr.float64(), math.nan))
    assert math.isnan(through(fr.float32(), math.nan))
    assert math.isnan(through(fr.float16(), math.nan))


def test_array_of_numbers_is_the_same_bytes_as_a_list() -> None:
    made = encoder(schema=fr.schema([("a", fr.list_(fr.float32()))]))
    numbers = np.linspace(0, 1, 77, dtype=np.float32)
    rows = [made.to_row({"a": v}).to_bytes() for v in (numbers, numbers.tolist())]
    assert rows[0] == rows[1]


def test_random_instants_are_exact() -> None:
    random = np.random.default_rng(20_26)
    made = encoder(schema=fr.schema([("a", fr.timestamp())]))
    epoch = dt.datetime(1970, 1, 1)
    for us in random.integers(-(10**17) // 2, 2 * 10**17, 20_000).tolist():
        value = epoch + dt.timedelta(microseconds=us)
        row = made.to_row({"a": value})
        assert int.from_bytes(row.to_bytes()[8:], "little", signed=True) == us
        assert made.from_row(row)["a"] == value


def test_views_are_values_too() -> None:
    schema = fr.schema(
        [("l", fr.list_(fr.int8())), ("m", fr.map_(fr.utf8(), fr.list_(fr.int8())))]
    )
    made = encoder(schema=schema)
    row = made.to_row({"l": [1, None], "m": {"a": [2], "b": None}})
    again = made.to_row({"l": row.l, "m": row.m})
    assert again.to_bytes() == row.to_bytes()
    assert made.to_row(row).to_bytes() == row.to_bytes()
