"""What does not fit is refused with its path, and the encoder goes on."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import fractions
import re
import uuid
from dataclasses import dataclass
from typing import Any, NamedTuple, TypedDict

import numpy as np
import pandas as pd
import pytest

import fory_row as fr
from fory.error import DecodeError, EncodeError, TruncatedError
from fory_row.encoder import encoder

UTC = dt.UTC


class Color(enum.Enum):
    RED = 1


class Other(enum.Enum):
    RED = 1


@dataclass
class Leaf:
    b: list[int]
    c: dict[str, int]


@dataclass
class Tree:
    a: Leaf
    leaves: list[Leaf]


class Pair(NamedTuple):
    x: int


class Needed(TypedDict):
    x: int


def refused(type_: fr.DataType, value: Any, nullable: bool = True) -> str:
    """Return the message with which ``value`` is refused by a field ``a``."""
    made = encoder(schema=fr.schema([fr.field("a", type_, nullable)]))
    with pytest.raises(EncodeError) as caught:
        made.to_row({"a": value})
    good = made.to_rows([])
    assert len(good) == 0
    assert str(caught.value).startswith("a")
    return str(caught.value)


DEC = decimal.Decimal
NAIVE = dt.datetime(2020, 1, 1, 12, 30, 0, 1)
AWARE = NAIVE.replace(tzinfo=UTC)

WRONG_VALUES = [
    (fr.int8(), 128, "does not fit into int8: the range is -128 to 127"),
    (fr.int8(), -129, "the range is -128 to 127"),
    (fr.int16(), 1 << 15, "the range is -32768 to 32767"),
    (fr.int32(), 1 << 31, "the range is -2147483648 to 2147483647"),
    (fr.int32(), -(1 << 31) - 1, "the range is"),
    (fr.int64(), 1 << 63, "the range is -9223372036854775808"),
    (fr.int64(), 1 << 3000, "int of 3001 bits"),
    (fr.uint8(), -1, "the range is 0 to 255"),
    (fr.uint8(), 256, "the range is 0 to 255"),
    (fr.uint16(), 65536, "the range is 0 to 65535"),
    (fr.uint32(), 1 << 32, "the range is 0 to 4294967295"),
    (fr.uint64(), 1 << 64, "the range is 0 to 18446744073709551615"),
    (fr.uint64(), -1, "the range is 0 to"),
    (fr.int64(), 1.0, "expected int64, found float 1.0"),
    (fr.int64(), 1.5, "expected int64, found float 1.5"),
    (fr.int64(), "1", "expected int64, found str '1'"),
    (fr.int64(), True, "expected int64, found bool True"),
    (fr.int64(), np.float64(1), "expected int64, found numpy.float64"),
    (fr.int64(), np.bool_(True), "expected int64, found numpy.bool"),
    (fr.int64(), np.timedelta64(1, "s"), "numpy.timedelta64"),
    (fr.float64(), "1", "expected float64, found str"),
    (fr.float64(), True, "expected float64, found bool"),
    (fr.float64(), (1 << 53) + 1, "the nearest is 9007199254740992.0"),
    (fr.float64(), 1 << 2000, "too large"),
    (fr.float64(), DEC("0.5"), "expected float64, found decimal.Decimal"),
    (fr.float64(), fractions.Fraction(1, 3), "the nearest is 0.333"),
    (fr.float64(), 1j, "found complex"),
    (fr.float32(), 0.1, "the nearest is 0.10000000149011612; round it first"),
    (fr.float32(), 1e300, "the nearest is inf"),
    (fr.float32(), 16777217, "the nearest is 16777216.0"),
    (fr.float16(), 0.1, "round it first"),
    (fr.float16(), 70000.0, "too large"),
    (fr.bool_(), 1, "expected bool, found int 1"),
    (fr.bool_(), "yes", "expected bool, found str"),
    (fr.utf8(), b"x", "expected utf8, found bytes b'x'"),
    (fr.utf8(), "a\ud800", "lone surrogate at character 1"),
    (fr.binary(), "x", "expected binary, found str"),
    (fr.fixed_size_binary(2), b"abc", "it has 3 bytes"),
    (fr.uuid(), b"0" * 16, "expected binary:uuid, found bytes"),
    (fr.uuid(), "0" * 32, "expected binary:uuid, found str"),
    (fr.date32(), NAIVE, "expected date32, found datetime.datetime"),
    (fr.date32(), "2020-01-01", "expected date32, found str"),
    (fr.timestamp(), dt.date(2020, 1, 1), "expected timestamp, found datetime.date"),
    (fr.timestamp(), 5, "expected timestamp, found int 5"),
    (fr.timestamp(), pd.NaT, "a missing time is None"),
    (fr.timestamp("s"), NAIVE, "finer than its unit s"),
    (fr.timestamp("ms"), NAIVE, "finer than its unit ms"),
    (fr.timestamp(), pd.Timestamp(1), "finer than its unit us"),
    (fr.timestamp("ns"), dt.datetime(2300, 1, 1), "64 bits of ns end before"),
    (fr.timestamp("us", "UTC"), NAIVE, "a datetime without zone.*attach tzinfo"),
    (fr.time64(), dt.time(1, tzinfo=UTC), "a time of day has none"),
    (fr.time32("s"), dt.time(1, 2, 3, 4), "finer than its unit s"),
    (fr.duration("ms"), dt.timedelta(microseconds=1), "finer than its unit ms"),
    (fr.duration(), dt.timedelta.max, "64 bits of us end before"),
    (fr.duration(), pd.Timedelta(1), "finer than its unit us"),
    (fr.duration(), pd.NaT, "expected duration"),
    (fr.decimal(5, 2), DEC("1.234"), "it would have to be rounded"),
    (fr.decimal(5, 2), DEC("1000"), "exceeds 5 digits"),
    (fr.decimal(5, 2), DEC("nan"), "no number"),
    (fr.decimal(5, 2), DEC("inf"), "no number"),
    (fr.decimal(5, 2), DEC("1e999999"), "exceeds 5 digits"),
    (fr.decimal(5, 2), DEC("1e-999999"), "it would have to be rounded"),
    (fr.decimal(5, 2), 10**5000, "exceeds 5 digits"),
    (fr.decimal(5, 2), 1.5, "found float"),
    (fr.decimal(5, 2), True, "found bool"),
    (fr.decimal(5, -2), DEC("150"), "it would have to be rounded"),
    (fr.null(), 0, "expected int8:null, found int 0"),
    (fr.list_(fr.int8()), 5, "found int 5"),
    (fr.list_(fr.int8()), "ab", "found str"),
    (fr.list_(fr.int8()), b"ab", "found bytes"),
    (fr.list_(fr.int8()), {1: 2}, "found dict"),
    (fr.list_(fr.int8()), iter([1]), "found list_iterator"),
    (fr.fixed_size_list(fr.int8(), 2), [1], "expected 2 items, found 1"),
    (fr.map_(fr.utf8(), fr.int8()), [1], "found list"),
    (fr.map_(fr.utf8(), fr.int8()), {None: 1}, r"a.keys\[0\]: None where nulls"),
    (fr.struct([("x", fr.int8())]), 5, "expected a mapping or an object"),
    (fr.struct([("x", fr.int8())]), {"y": 1}, "no field for the key str 'y'"),
]


@pytest.mark.parametrize(
    ("type_", "value", "message"),
    WRONG_VALUES,
    ids=[f"{t}-{type(v).__name__}-{i}" for i, (t, v, _) in enumerate(WRONG_VALUES)],
)
def test_value_that_does_not_fit(type_: fr.DataType, value: Any, message: str) -> None:
    assert re.search(message, refused(type_, value))


def test_null_needs_a_nullable_field() -> None:
    assert "not nullable" in refused(fr.int8(), None, nullable=False)
    inner = fr.list_(fr.field("item", fr.int8(), False))
    assert refused(inner, [1, None]).startswith("a[1]: None where nulls")


def test_path_leads_through_lists_maps_and_structs() -> None:
    made = encoder(Tree)
    leaf = Leaf([1, 2, 3], {"k": 1})
    for wrong, path in [
        (Tree(Leaf([1, 2, 3, "x"], {}), []), "a.b[3]"),
        (Tree(leaf, [leaf, Leaf([], {"k": 1, "z": 1.5})]), "leaves[1].c['z']"),
        (Tree(leaf, [leaf, Leaf([], {5: 1})]), "leaves[1].c.keys[0]"),
        (Tree(leaf, [leaf, 5]), "leaves[1]"),
        (Tree(None, [Leaf(None, {"": None, "b": "b"})]), "leaves[0].c['b']"),
    ]:
        with pytest.raises(EncodeError) as caught:
            made.to_row(wrong)
        assert str(caught.value).split(": ")[0] == path
        assert made.from_row(made.to_row(Tree(leaf, [leaf]))) == Tree(leaf, [leaf])


def test_root_of_a_wrong_class() -> None:
    with pytest.raises(EncodeError, match=r"^expected Tree, found int 5$"):
        encoder(Tree).to_row(5)
    with pytest.raises(EncodeError, match=r"^expected Pair, found tuple$"):
        encoder(Pair).to_row((1,))


def test_missing_keys() -> None:
    with pytest.raises(EncodeError, match=r"^x: the mapping lacks this key"):
        encoder(Needed).to_row({})
    required = encoder(fr.schema([fr.field("x", fr.int8(), False)]))
    with pytest.raises(EncodeError, match=r"^x: the mapping lacks this key"):
        required.to_row({})
    assert encoder(fr.schema([("x", fr.int8())])).to_row({}).x is None


def test_object_with_some_of_the_attributes() -> None:
    made = encoder(fr.schema([("x", fr.int8()), ("y", fr.int8())]))
    with pytest.raises(EncodeError, match="Pair has no attribute 'y'"):
        made.to_row(Pair(1))


def test_unknown_key_names_the_nearest() -> None:
    made = encoder(fr.schema([("price", fr.int8())]))
    with pytest.raises(EncodeError, match="key str 'prize'; did you mean 'price'"):
        made.to_row({"price": 1, "prize": 2})


def test_member_of_another_enum() -> None:
    @dataclass
    class Has:
        color: Color

    Has.__annotations__["color"] = Color
    made = encoder(Has)
    with pytest.raises(EncodeError, match="color: expected a member of Color"):
        made.to_row(Has(Other.RED))
    with pytest.raises(EncodeError, match="color: expected a member of Color"):
        made.to_row(Has("RED"))
    row = encoder(schema=made.schema).to_row({"color": "GREEN"})
    with pytest.raises(DecodeError, match="Color has no member 'GREEN'"):
        made.from_row(row)


def test_row_number_is_named_in_a_batch() -> None:
    made = encoder(fr.schema([("x", fr.int8())]))
    with pytest.raises(EncodeError, match=r"^row 2, x: int 300"):
        made.to_rows([{"x": 1}, {"x": 2}, {"x": 300}])


def test_errors_of_properties_and_zones_are_kept_as_the_cause() -> None:
    class Zone(dt.tzinfo):
        def utcoffset(self, _: Any) -> dt.timedelta:
            raise LookupError("no such day")

    made = encoder(fr.schema([("t", fr.timestamp())]))
    with pytest.raises(EncodeError, match=r"^t: LookupError.*no such day") as caught:
        made.to_row({"t": dt.datetime(2020, 1, 1, tzinfo=Zone())})
    assert isinstance(caught.value.__cause__, LookupError)


def test_decode_checks_the_schema_hash() -> None:
    narrow = encoder(fr.schema([("x", fr.int8())]))
    wide = encoder(fr.schema([("x", fr.int64())]))
    with pytest.raises(DecodeError, match="schema hash 529, expected 533"):
        wide.decode(narrow.encode({"x": 1}))
    with pytest.raises(TruncatedError, match="a schema hash has 8 bytes, found 3"):
        wide.decode(b"abc")


def test_from_row_takes_bytes() -> None:
    made = encoder(fr.schema([("x", fr.int8())]))
    with pytest.raises(TypeError, match="bytes-like"):
        made.from_row("text")
    with pytest.raises(TruncatedError, match="row has 3 bytes"):
        made.from_row(b"abc")


def test_repeated_names_have_no_place_in_a_dict() -> None:
    with pytest.raises(EncodeError, match="several fields are named 'a'"):
        encoder(fr.schema([("a", fr.int8()), ("a", fr.int8())]))


def test_uuid_and_decimal_of_right_type_pass() -> None:
    made = encoder(fr.schema([("u", fr.uuid()), ("d", fr.decimal(76, 10, bits=256))]))
    value = {"u": uuid.uuid4(), "d": DEC(f"-{'9' * 66}.{'9' * 10}")}
    assert made.from_row(made.to_row(value)) == value
