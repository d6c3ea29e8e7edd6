"""Row views: every way to reach a field, and what a mapping should do."""

from __future__ import annotations

import copy
import datetime as dt
import decimal
import gc
import pickle
import uuid
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from rows.building import row_of
from rows.vectors import load

import fory_row as fr
from fory.error import DecodeError, TruncatedError
from fory_row import Field, RowData, Schema

UTC = dt.UTC
LEAVES = [
    ("bool", fr.bool_(), True, True),
    ("int8", fr.int8(), -128, -128),
    ("int16", fr.int16(), -32768, -32768),
    ("int32", fr.int32(), -(2**31), -(2**31)),
    ("int64", fr.int64(), -(2**63), -(2**63)),
    ("uint8", fr.uint8(), -1, 255),
    ("uint16", fr.uint16(), -1, 65535),
    ("uint32", fr.uint32(), -1, 2**32 - 1),
    ("uint64", fr.uint64(), -1, 2**64 - 1),
    ("float16", fr.float16(), 0x3C01, 1.0009765625),
    ("float32", fr.float32(), 0.5, 0.5),
    ("float64", fr.float64(), -1e300, -1e300),
    ("utf8", fr.utf8(), "naïve 😀", "naïve 😀"),
    ("ascii", fr.utf8(), "plain text of twenty-six ch", "plain text of twenty-six ch"),
    ("binary", fr.binary(), b"\x00\xff", b"\x00\xff"),
    ("empty", fr.binary(), b"", b""),
    ("date32", fr.date32(), -1, dt.date(1969, 12, 31)),
    ("first date", fr.date32(), -719162, dt.date(1, 1, 1)),
    ("last date", fr.date32(), 2932896, dt.date(9999, 12, 31)),
    ("leap day", fr.date32(), 11016, dt.date(2000, 2, 29)),
    ("date64", fr.date64(), 86_400_000, dt.date(1970, 1, 2)),
    ("time32 s", fr.time32("s"), 3661, dt.time(1, 1, 1)),
    ("time32 ms", fr.time32("ms"), 1, dt.time(0, 0, 0, 1000)),
    ("time64 us", fr.time64("us"), 86_399_999_999, dt.time(23, 59, 59, 999_999)),
    ("time64 ns", fr.time64("ns"), 1000, dt.time(0, 0, 0, 1)),
    ("timestamp", fr.timestamp(), -1, dt.datetime(1969, 12, 31, 23, 59, 59, 999_999)),
    ("timestamp s", fr.timestamp("s"), 1, dt.datetime(1970, 1, 1, 0, 0, 1)),
    (
        "timestamp ms utc",
        fr.timestamp("ms", "UTC"),
        1,
        dt.datetime(1970, 1, 1, 0, 0, 0, 1000, UTC),
    ),
    (
        "timestamp ns",
        fr.timestamp("ns", "Europe/Berlin"),
        1,
        pd.Timestamp(1, unit="ns", tz="Europe/Berlin"),
    ),
    ("duration", fr.duration(), -1, dt.timedelta(microseconds=-1)),
    ("duration s", fr.duration("s"), 90, dt.timedelta(seconds=90)),
    ("duration ns", fr.duration("ns"), 1, pd.Timedelta(1, unit="ns")),
    (
        "decimal",
        fr.decimal(38, 2),
        -(10**38) + 1,
        decimal.Decimal("-999999999999999999999999999999999999.99"),
    ),
    ("decimal256", fr.decimal(76, 0, bits=256), 10**75, decimal.Decimal(10**75)),
    (
        "negative scale",
        fr.decimal(9, -2, bits=32),
        (-5).to_bytes(4, "little", signed=True),
        decimal.Decimal("-5E2"),
    ),
    ("uuid", fr.uuid(), bytes(range(16)), uuid.UUID(bytes=bytes(range(16)))),
    ("null", fr.null(), None, None),
]


@pytest.mark.parametrize(
    ("type_", "physical", "value"),
    [leaf[1:] for leaf in LEAVES],
    ids=[leaf[0] for leaf in LEAVES],
)
def test_leaf_values(type_, physical, value):
    row = row_of(a=(type_, physical))
    assert row.a == value
    assert type(row.a) is type(value)
    assert row.to_dict() == {"a": row[0]}
    if getattr(value, "tzinfo", None):
        assert row.a.utcoffset() == value.utcoffset()


@pytest.mark.parametrize(
    ("type_", "physical"),
    [
        (fr.date32(), 2932897),
        (fr.timestamp("s"), 2**40),
        (fr.timestamp("us", "Europe/Berlin"), 253402300799999999),
        (fr.time64(), 86_400_000_000),
        (fr.time64("ns"), 1),
        (fr.duration("s"), 2**62),
    ],
)
def test_values_that_python_lacks_name_the_way_out(type_, physical):
    row = row_of(when=(type_, physical))
    with pytest.raises(OverflowError, match=r"'when'.*to_arrow"):
        _ = row.when


def test_zone_follows_its_own_rules():
    seconds = int(dt.datetime(2024, 7, 1, 12, tzinfo=UTC).timestamp())
    row = row_of(t=(fr.timestamp("s", "Europe/Berlin"), seconds))
    assert row.t.isoformat() == "2024-07-01T14:00:00+02:00"


def test_every_way_to_a_field():
    row = row_of(a=(fr.int32(), 5), b=(fr.utf8(), "x"))
    assert row.a == row["a"] == row[0] == row[-2] == 5
    assert row[0:2] == [5, "x"]
    assert row.keys() == ["a", "b"] == list(row)
    assert row.values() == [5, "x"]
    assert dict(row) == {"a": 5, "b": "x"} == dict(row.items())
    assert "a" in row
    assert row.get("zzz", 7) == 7
    assert len(row) == 2


def test_missing_fields():
    row = row_of(price=(fr.int32(), 5))
    assert not hasattr(row, "nothing")
    with pytest.raises(KeyError, match="did you mean 'price'"):
        row["prize"]
    with pytest.raises(IndexError):
        row[1]
    with pytest.raises(TypeError, match="bool"):
        row[True]


def test_names_that_clash_with_methods_are_items():
    row = row_of(keys=(fr.int32(), 1), to_dict=(fr.int32(), 2), ok=(fr.int32(), 3))
    assert row["keys"] == 1
    assert row.to_dict() == {"keys": 1, "to_dict": 2, "ok": 3}
    assert "ok" in dir(row)


def test_names_of_metaclasses_are_free():
    row = row_of(mro=(fr.int32(), 1))
    assert row.mro == 1


def test_names_that_python_calls_itself_are_items_alone():
    row = row_of(__call__=(fr.int32(), 1), __del__=(fr.int32(), 2))
    assert not callable(row)
    assert row["__call__"] == 1
    assert row["__del__"] == 2


def test_the_collector_leaves_rows_alone():
    row = row_of(x=(fr.int32(), 1))
    assert not gc.is_tracked(row)
    with pytest.raises(AttributeError):
        row.y = 2


def test_repeated_names_are_reached_by_position():
    schema = Schema([Field("a", fr.int32()), Field("a", fr.int32())])
    row = RowData(schema, bytes(8) + b"\1" + bytes(7) + b"\2" + bytes(7))
    assert row.values() == [1, 2]
    with pytest.raises(KeyError, match="several"):
        row["a"]
    with pytest.raises(DecodeError, match="share a name"):
        row.to_dict()


def test_nested_values_are_views():
    type_ = fr.struct([("b", fr.list_(fr.struct([("c", fr.int64())])))])
    row = row_of(a=(type_, {"b": [{"c": 1}, None, {"c": 3}]}))
    assert row.a.b[2].c == 3
    assert row.a.b[1] is None
    assert row.to_dict() == {"a": {"b": [{"c": 1}, None, {"c": 3}]}}


def test_equality_and_hash():
    one, two = (row_of(a=(fr.float64(), float("nan"))) for _ in range(2))
    assert one == two
    assert hash(one) == hash(two)
    assert row_of(a=(fr.float64(), 0.0)) == row_of(a=(fr.float64(), -0.0))
    assert row_of(a=(fr.int8(), 1)) == {"a": 1}
    assert row_of(a=(fr.int8(), 1)) != row_of(b=(fr.int8(), 1))
    assert row_of(a=(fr.int8(), 1)) != 1


def test_pickle_and_copy():
    row = row_of(a=(fr.struct([("b", fr.utf8())]), {"b": "x"}), n=(fr.int8(), 1))
    for view in (row, row.a):
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            assert pickle.loads(pickle.dumps(view, protocol)) == view
    assert copy.deepcopy(row) == copy.copy(row) == row


def test_bytes_and_buffer():
    row = row_of(a=(fr.int64(), 7))
    assert memoryview(row).readonly
    assert bytes(memoryview(row)) == row.to_bytes() == bytes(8) + b"\7" + bytes(7)


@pytest.mark.parametrize("name", ["row_standard.jsonl", "row_compact.jsonl"])
def test_golden_rows_are_read(name):
    for vector in load(name):
        row = RowData(Schema(vector.fields), vector.data, layout=vector.layout)
        assert row.to_dict().keys() == vector.value.keys(), vector.id
        assert bytes(row.to_bytes()) == vector.data


@pytest.mark.parametrize(
    "buffer",
    [
        bytearray,
        memoryview,
        lambda b: memoryview(b).cast("b"),
        lambda b: memoryview(b"x" + b)[1:],
    ],
    ids=["bytearray", "memoryview", "signed", "unaligned"],
)
def test_any_buffer(buffer):
    data = row_of(a=(fr.utf8(), "text")).to_bytes()
    assert RowData(Schema([("a", fr.utf8())]), buffer(data)).a == "text"


def test_wrong_buffers_are_refused():
    schema = Schema([("a", fr.int32())])
    with pytest.raises(ValueError, match="contiguous"):
        RowData(schema, memoryview(bytes(64))[::2])
    with pytest.raises(TypeError, match="bytes-like"):
        RowData(schema, "text")
    with pytest.raises(TruncatedError):
        RowData(schema, bytes(16), 8, 16)
    with pytest.raises(TruncatedError):
        RowData(schema, bytes(15))
    with pytest.raises(TypeError):
        RowData(None, bytes(16))


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ((-1,), "no row starts at byte -1 of a buffer of 16 bytes"),
        ((17,), "no row starts at byte 17 "),
        ((2**70,), "no row starts at byte 1,180"),
        ((8, 16), "no row of 16 bytes at byte 8 "),
        ((0, -1), "no row of -1 bytes at byte 0 "),
    ],
    ids=str,
)
def test_places_outside_a_buffer(place, message):
    with pytest.raises(TruncatedError, match=message):
        RowData(Schema([("a", fr.int32())]), bytes(16), *place)


def test_objects_of_a_row():
    @dataclass
    class Pair:
        a: int
        b: str = "b"

    row = row_of(a=(fr.int64(), 5), c=(fr.utf8(), "c"))
    assert row.to_object(Pair) == Pair(5, "b")


def test_names_that_dir_lists():
    row = row_of(**{"a": (fr.int8(), 1), "b c": (fr.int8(), 2), "": (fr.int8(), 3)})
    assert "a" in dir(row)
    assert not {"b c", ""} & set(dir(row))


def test_offset_into_a_buffer():
    data = row_of(a=(fr.int32(), 9)).to_bytes()
    row = RowData(Schema([("a", fr.int32())]), b"junk" + data + b"junk", 4, len(data))
    assert row.a == 9


def test_rows_that_no_reader_made_are_empty():
    cls = type(row_of(a=(fr.int32(), 1)))
    empty = cls.__new__(cls)
    assert len(empty) == 0
    assert repr(empty) == "Row()"
    with pytest.raises(TypeError, match="reader"):
        _ = empty.a
    assert len(fr.Array()) == len(fr.Map()) == 0
    assert fr.Array().to_list() == []
    assert fr.Map().to_dict() == {}


def test_invalid_text_is_refused():
    data = bytearray(row_of(a=(fr.utf8(), "abcdefgh")).to_bytes())
    data[-1] = 0xFF
    row = RowData(Schema([("a", fr.utf8())]), data)
    with pytest.raises(DecodeError, match="'a' is not UTF-8"):
        _ = row.a


def test_bodies_that_overlap_are_refused_when_decoded_whole():
    inner = fr.list_(fr.int64())
    row = row_of(a=(fr.list_(inner), [[1] * 100] * 100))
    data = bytearray(row.to_bytes())
    start = 16 + 8 + 16  # row slots, count, bitmap of 100 entries
    first = data[start : start + 8]
    for i in range(100):
        data[start + 8 * i : start + 8 * i + 8] = first
    data[16 + 8 + 16 : 16 + 8 + 24] = first
    lying = RowData(Schema([("a", fr.list_(inner))]), data[: len(row.to_bytes())])
    assert lying.a[99].to_list() == [1] * 100
    spread = bytearray(data)
    size = (len(spread) - 16 - 8 - 16 - 800) - 0
    for i in range(100):
        pair = (8 + 16 + 800) << 32 | size
        spread[start + 8 * i : start + 8 * i + 8] = pair.to_bytes(8, "little")
    with pytest.raises(DecodeError):
        RowData(Schema([("a", fr.list_(inner))]), spread).to_dict()


@pytest.mark.parametrize(
    "value", [{1, 2}, set(), object(), [{1}]], ids=["set", "empty", "object", "inside"]
)
def test_values_that_cannot_be_hashed_are_unequal(value):
    row = row_of(a=(fr.list_(fr.int32()), [1, 2]))
    assert row != {"a": value}
    assert row.a != [value]


def test_rows_equal_mappings_of_numpy_arrays_and_bytearrays():
    row = row_of(a=(fr.list_(fr.int32()), [1, 2]), b=(fr.binary(), b"xy"))
    assert row == {"a": np.array([1, 2]), "b": bytearray(b"xy")}
    assert row != {"a": np.array([1, 3]), "b": b"xy"}


MAP = fr.map_(fr.utf8(), fr.int8())


def test_names_reversed():
    row = row_of(a=(fr.int32(), 1), b=(MAP, [("x", 1), ("y", 2)]))
    assert list(reversed(row)) == ["b", "a"]
    assert list(reversed(row.b)) == ["y", "x"]


def test_repr_of_damaged_parts_tells_of_the_error():
    row = row_of(a=(fr.utf8(), "abc"), l=(fr.list_(fr.utf8()), ["x", "y"]))
    data = bytearray(row.to_bytes())
    data[12:16] = b"\xff" * 4  # the offset of a
    assert repr(RowData(row._plan.schema, data)) == "Row(a=<DecodeError>, l=[2 items])"
    data = bytearray(row.to_bytes())
    data[data.index(b"y")] = 0xFF
    assert repr(RowData(row._plan.schema, data).l) == "Array(['x', <DecodeError>])"


def test_repr_is_short():
    row = row_of(**{f"f{i}": (fr.utf8(), "x" * 1000) for i in range(50)})
    assert len(repr(row)) < 2000
    assert "30 more" in repr(row)
