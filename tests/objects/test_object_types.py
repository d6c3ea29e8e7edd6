"""Types beyond the vectors: numpy, pandas, Arrow, the standard library, evolution."""

from __future__ import annotations

import array
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import itertools
import random
import types
import uuid
import zoneinfo
from collections import abc
from typing import Any, List, Optional, Tuple  # noqa: UP035

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import fory
from fory.error import DecodeError, EncodeError, TypeNotCompatibleError


@pytest.fixture
def native():
    return fory.Fory(strict=False, ref=True, max_depth=100)


ARRAYS = {
    "ints": np.arange(5),
    "strided": np.arange(10)[::2],
    "no items": np.zeros((0, 3)),
    "no dimensions": np.array(7, np.int16),
    "Fortran order": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "big-endian": np.array([1, 2], ">i4"),
    "named fields": np.array([(1, 2.5, "ab")], [("a", "i4"), ("b", "f8"), ("c", "U3")]),
    "datetime64": np.array(["2020-01-01", "NaT"], "M8[ms]"),
    "timedelta64": np.array([1, 2], "m8[s]"),
    "complex": np.array([1 + 2j]),
    "bool": np.array([[True, False]]),
    "bytes": np.array([b"ab", b"c"]),
    "float16": np.array([1.5], np.float16),
}


@pytest.mark.parametrize("out_of_band", [False, True])
@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_come_back_with_dtype_shape_and_order(name, out_of_band):
    made = fory.Fory()
    value, buffers = ARRAYS[name], []
    if out_of_band:
        message = made.serialize(value, buffer_callback=buffers.append)
        result = made.loads(message, buffers=[b.getbuffer() for b in buffers])
    else:
        result = made.loads(made.dumps(value))
    assert result.dtype == value.dtype
    assert result.shape == value.shape
    assert result.tobytes() == value.tobytes()
    assert result.flags.f_contiguous == value.flags.f_contiguous or value.ndim == 1
    assert out_of_band or result.flags.writeable


def test_arrays_of_objects(native):
    value = np.array([[1, "a", None], [2.5, [3], {}]], object)
    assert native.loads(native.dumps(value)).tolist() == value.tolist()


@pytest.mark.parametrize(
    "value",
    [np.float32(1.5), np.int64(-7), np.bool_(True), np.str_("x"), np.dtype("M8[ns]"),
     np.datetime64("2020-01-01")],
    ids=lambda v: type(v).__name__,
)  # fmt: skip
def test_numpy_scalars(native, value):
    result = native.loads(native.dumps(value))
    assert type(result) is type(value)
    assert result == value


FRAME = pd.DataFrame(
    {
        "int": np.arange(5),
        "float": np.arange(5) / 2,
        "text": list("abcdé"),
        "zone": pd.date_range("2020", periods=5, tz="Europe/Berlin"),
        "category": pd.Categorical(list("aabba")),
        "nullable": pd.array([1, None, 3, 4, 5], "Int64"),
    }
)
PANDAS = {
    "frame": FRAME,
    "empty frame": pd.DataFrame(),
    "series": FRAME["zone"],
    "text": FRAME["text"],
    "multi-index": FRAME.set_index(["text", "int"]).index,
    "periods": pd.period_range("2020", periods=3),
}


@pytest.mark.parametrize("name", PANDAS)
def test_pandas_in_band_and_out_of_band(native, name):
    value, buffers = PANDAS[name], []
    assert native.loads(native.dumps(value)).equals(value)
    message = native.serialize(value, buffer_callback=buffers.append)
    result = native.loads(message, buffers=[b.getbuffer() for b in buffers])
    assert result.equals(value)


def test_arrow_tables(native):
    table = pa.table({"x": [1, 2, 3], "y": ["a", None, "c"], "z": [[1], [2, 3], []]})
    for value in (table, table.schema, table["y"], table.to_batches()[0]):
        assert native.loads(native.dumps(value)).equals(value)


class Text(str):
    __slots__ = ()


STANDARD = [
    complex(1, -0.0),
    frozenset([1, 2]),
    collections.deque([1, 2], 5),
    collections.defaultdict(list, {"a": [1]}),
    collections.OrderedDict([("b", 1), ("a", 2)]),
    collections.ChainMap({"a": 1}),
    datetime.time(1, 2, 3, 4, fold=1),
    zoneinfo.ZoneInfo("Europe/Paris"),
    fractions.Fraction(1, 3),
    uuid.UUID(int=5),
    types.SimpleNamespace(a=1),
    range(1, 10, 3),
    bytearray(b"ab"),
    slice(1, None, "x"),
    type(None),
    Ellipsis,
    NotImplemented,
    OSError(2, "no such file"),
    Text("text"),
]


@pytest.mark.parametrize("value", STANDARD, ids=lambda v: type(v).__name__)
def test_values_of_the_standard_library(native, value):
    result = native.loads(native.dumps(value))
    assert type(result) is type(value)
    assert repr(result) == repr(value)


@pytest.mark.parametrize("xlang", [True, False])
def test_times_are_exact_to_the_microsecond(xlang):
    made = fory.Fory(xlang=xlang)
    rnd = random.Random(3)
    first = datetime.datetime(1, 1, 2, tzinfo=datetime.UTC)
    values = [
        first + datetime.timedelta(microseconds=rnd.randrange(315537811200 * 10**6))
        for _ in range(2000)
    ]
    assert made.loads(made.dumps(values)) == values
    spans = [a - b for a, b in itertools.pairwise(values)]
    assert made.loads(made.dumps(spans)) == spans
    days = [value.date() for value in values]
    assert made.loads(made.dumps(days)) == days


def test_a_second_of_nanoseconds_is_refused():
    made = fory.Fory()
    zone = datetime.timezone(datetime.timedelta(hours=1))
    message = made.dumps(datetime.datetime(2024, 1, 2, tzinfo=zone))
    bad = message.replace(b"\0\0\0\x80", (0x80000000 | 10**9).to_bytes(4, "little"))
    assert bad != message
    with pytest.raises(DecodeError, match="is a second or more"):
        made.loads(bad)


def test_zones_are_converted_by_their_offset():
    made = fory.Fory(xlang=True)
    zone = zoneinfo.ZoneInfo("Europe/Berlin")
    for fold in (0, 1):
        value = datetime.datetime(2024, 10, 27, 2, 30, 0, 7, zone, fold=fold)
        assert made.loads(made.dumps(value)).timestamp() == value.timestamp()


@pytest.mark.parametrize(
    "text", ["0", "-0.00", "1E+30", "-1.5E-30", "9" * 60, "0E-9999"]
)
def test_decimals_keep_exponent_and_zeros(text):
    made = fory.Fory(xlang=True)
    value = decimal.Decimal(text)
    with decimal.localcontext(prec=3):
        result = made.loads(made.dumps(value))
    digits = value.as_tuple()
    assert result.as_tuple()[1:] == digits[1:]
    assert result == value


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1E+10001"])
def test_decimals_that_the_format_lacks(text):
    with pytest.raises(EncodeError):
        fory.Fory(xlang=True).dumps(decimal.Decimal(text))


@pytest.mark.parametrize("text", ["\ud800", "a\udfff中", "😀\ud800"])
def test_lone_surrogates_are_refused_for_other_languages(text):
    with pytest.raises(EncodeError, match="surrogate"):
        fory.Fory(xlang=True).dumps(text)


def dataclass_of(**fields: Any) -> type:
    return dataclasses.make_dataclass("T", fields.items())


def evolve(writer: type, reader: type, value: Any) -> Any:
    made = [fory.Fory(xlang=True, compatible=True) for _ in range(2)]
    made[0].register(writer, typename="T")
    made[1].register(reader, typename="T")
    return made[1].loads(made[0].dumps(value))


def test_fields_come_and_go():
    old = dataclass_of(a=int, b=str, c=List[int])  # noqa: UP006
    new = dataclasses.make_dataclass(
        "T",
        [("c", list[int]), ("e", Optional[int]), ("d", str, "new")],  # noqa: UP045
    )
    result = evolve(old, new, old(1, "x", [2]))
    assert (result.c, result.d, result.e) == ([2], "new", None)


@pytest.mark.parametrize(
    ("there", "here", "value", "expected"),
    [
        (int, fory.Int8, 5, 5),
        (fory.Int32, str, -5, "-5"),
        (float, int, 2.0, 2),
        (int | None, int, None, 0),
        (List[int], Tuple[int, ...], [1], (1,)),  # noqa: UP006
        (list[int], fory.PyArray[fory.Int64], [1], array.array("q", [1])),
        (bytes, fory.NDArray[fory.UInt8], b"ab", [97, 98]),
        (Any, list[int], [1, 2], [1, 2]),
        (Any, list[int], ["no"], []),
        (abc.Sequence[int], list[int], [3], [3]),
    ],
    ids=str,
)
def test_fields_change_their_type(there, here, value, expected):
    old, new = dataclass_of(a=there), dataclass_of(a=here)
    result = evolve(old, new, old(value)).a
    assert (
        list(result) == expected if isinstance(expected, list) else result == expected
    )


@pytest.mark.parametrize(
    ("there", "here", "value"),
    [(int, fory.Int8, 500), (str, int, "x"), (float, int, 0.5), (int, list[int], 1)],
    ids=str,
)
def test_changes_that_lose_something_are_refused(there, here, value):
    old, new = dataclass_of(a=there), dataclass_of(a=here)
    with pytest.raises(TypeNotCompatibleError):
        evolve(old, new, old(value))


def test_unknown_structs_pass_through():
    known = dataclass_of(a=int, b=list[str])
    made = [fory.Fory(xlang=True, compatible=True) for _ in range(2)]
    made[0].register(known, typename="T")
    message = made[0].dumps([known(1, ["x"])])
    record = made[1].loads(message)[0]
    assert (record["a"], dict(record.items())) == (1, {"a": 1, "b": ["x"]})
    assert made[1].dumps([record]) == message


class Color(enum.Enum):
    RED = 3


def test_unknown_structs_with_enums_pass_through():
    known = dataclass_of(color=Color)
    made = [fory.Fory(xlang=True, compatible=True) for _ in range(2)]
    made[0].register(Color, typename="Color")
    made[0].register(known, typename="T")
    message = made[0].dumps(known(Color.RED))
    assert made[1].loads(message)["color"] == 3
    assert made[1].dumps(made[1].loads(message)) == message


@dataclasses.dataclass
class Base:
    a: int


@dataclasses.dataclass
class Derived(Base):
    b: str = "more"


@dataclasses.dataclass
class Holder:
    items: list[Base]


@pytest.mark.parametrize("compatible", [True, False])
def test_subclasses_in_a_declared_list_keep_their_class(compatible):
    made = fory.Fory(xlang=True, compatible=compatible)
    for cls in (Base, Derived, Holder):
        made.register(cls, typename=cls.__name__)
    value = Holder([Base(1), Derived(2)])
    assert made.loads(made.dumps(value)) == value


def test_attributes_outside_of_a_schema_are_not_lost_silently():
    made = fory.Fory(xlang=True)
    made.register(Base, typename="Base")
    with pytest.raises(EncodeError, match="no value"):
        made.dumps(Base.__new__(Base))


def test_a_changed_class_without_evolution_is_refused():
    old, new = dataclass_of(a=int), dataclass_of(a=int, b=int)
    made = [fory.Fory(xlang=True) for _ in range(2)]
    made[0].register(old, typename="T")
    made[1].register(new, typename="T")
    with pytest.raises(DecodeError, match="compatible=True"):
        made[1].loads(made[0].dumps(old(1)))


EDGES = [2**e + d for e in (6, 7, 14, 29, 30, 31, 59, 60, 61, 62) for d in (-1, 0, 1)]


@pytest.mark.parametrize("xlang", [True, False])
@pytest.mark.parametrize("number", [*EDGES, *(-n for n in EDGES), 2**63 - 1, -(2**63)])
def test_ints_of_every_length_in_every_place(number, xlang):
    made = fory.Fory(xlang=xlang)
    value = {"a": number, "b": number, 1: [number, number], number: ["x", number]}
    assert made.loads(made.dumps(value)) == value


@pytest.mark.parametrize("n", range(40))
def test_keys_and_strings_of_every_length(n):
    made = fory.Fory()
    text = "k" * n
    row = {text: 1, text + "é": 2.5, text + "中": True, text + "z": None, "v": text}
    value = [{**row, "end" + text: [text], "map" + text: {text: text}}] * 3
    assert made.loads(made.dumps(value)) == value


def test_keys_that_differ_in_the_middle_are_told_apart():
    made = fory.Fory()
    keys = [f"{'a' * 12}{i:02}{'b' * 12}" for i in range(50)]
    value = [{key: 1} for key in keys] * 2
    assert made.loads(made.dumps(value)) == value


@pytest.mark.parametrize("text", ["1.23", "-0.05", "0.00", "1E+5", "1E-20", "9.9E-21"])
def test_decimals_do_not_depend_on_the_context_of_the_reader(text):
    made = fory.Fory()
    message = made.dumps(decimal.Decimal(text))
    with decimal.localcontext() as context:
        context.prec = 1
        context.traps[decimal.Inexact] = True
        assert str(made.loads(message)) == str(decimal.Decimal(text))


def test_many_named_enums_are_told_apart():
    made = fory.Fory()
    classes = [enum.Enum(f"E{i}", "P Q") for i in range(150)]
    for cls in classes:
        made.register(cls, typename=f"pack{cls.__name__}.{cls.__name__}")
    value = [(cls.P, cls.Q) for cls in classes] * 2
    assert made.loads(made.dumps(value)) == value
