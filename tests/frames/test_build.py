"""Builders: cells of one type into Arrow's buffers, exactly or not at all."""

import datetime as dt
import decimal
import math
import random
import struct

import pandas as pd
import pyarrow as pa
import pytest
from frames_catalogue import objects

from fory.error import EncodeError
from fory_pandas import _build
from fory_pandas.convert import to_arrow, to_pandas

D = decimal.Decimal
UTC = dt.UTC
SAMPLES = {
    "text": ["", "a", "é" * 9, "\U0001f600", None, "x" * 1000],
    "bytes": [b"", b"\x00\xff", None, b"x" * 1000],
    "int": [0, -1, 2**63 - 1, -(2**63), None],
    "uint": [0, None, 2**64 - 1],
    "float": [0.0, -0.0, math.inf, 5e-324, None, math.nan],
    "bool": [True, False, None] * 7,
    "date": [dt.date.min, dt.date.max, dt.date(1970, 1, 1), None, dt.date(2000, 2, 29)],
    "datetime": [dt.datetime.min, dt.datetime.max, None, dt.datetime(1969, 12, 31, 23)],
    "aware": [dt.datetime(2020, 1, 1, tzinfo=UTC), None],
    "time": [dt.time.min, dt.time.max, None],
    "timedelta": [dt.timedelta(-106_751_990), dt.timedelta(microseconds=-1), None],
    "decimal_texts": [D("1.0"), D("1.00"), None, D("NaN"), D("-0"), D("NaN7")],
    "decimal_wide": [D("1" * 50), None, D("-7")],
    "decimal_exponent": [D("1E+5"), None],
}


def _physical(cells):
    return to_arrow(pd.DataFrame({"v": objects(*cells)}))[0]["v"].chunk(0)


@pytest.mark.parametrize("name", SAMPLES)
def test_cells_come_back_bit_by_bit(name):
    cells = SAMPLES[name]
    back = to_pandas(*to_arrow(pd.DataFrame({"v": objects(*cells)})))["v"].tolist()
    assert [(type(c), repr(c)) for c in back] == [(type(c), repr(c)) for c in cells]


@pytest.mark.parametrize("name", [n for n in SAMPLES if n != "decimal_texts"])
def test_arrays_are_those_that_arrow_makes(name):
    cells = SAMPLES[name]
    made = _physical(cells)
    made.validate(full=True)
    expected = pa.array(cells, made.type, from_pandas=False)
    if name == "float":
        made, expected = made.view("int64"), expected.view("int64")
    assert made.equals(expected)


@pytest.mark.parametrize("scale", range(39))
def test_decimals_of_every_scale_are_exact(scale):
    seed = random.Random(scale)
    numbers = [0, 1, -1, 10**38 - 1, 1 - 10**38]
    numbers += [seed.randrange(-(10 ** seed.randint(1, 38)), 10**38) for _ in range(50)]
    # The default context would round to 28 digits.
    with decimal.localcontext(prec=50):
        cells = [D(number).scaleb(-scale) for number in numbers]
    made = _physical(cells)
    assert made.type == pa.decimal128(38, scale)
    assert [repr(c) for c in made.to_pylist()] == [repr(c) for c in cells]


@pytest.mark.parametrize("seed", range(20))
def test_random_decimals_come_back_whatever_they_are(seed):
    rng = random.Random(seed)
    spelled = [
        f"{rng.choice(['', '-'])}{rng.randrange(10 ** rng.randint(1, 45))}"
        f"E{rng.randint(-45, 10)}"
        for _ in range(rng.randint(1, 4))
    ]
    cells = [D(text) for text in spelled]
    back = to_pandas(*to_arrow(pd.DataFrame({"v": objects(*cells)})))["v"]
    assert [repr(c) for c in back] == [repr(c) for c in cells]


@pytest.mark.parametrize("bits", [0x7FF8000000000001, 0xFFF8000000000000])
def test_odd_nans_keep_their_bits(bits):
    (value,) = struct.unpack("<d", struct.pack("<Q", bits))
    (back,) = to_pandas(*to_arrow(pd.DataFrame({"v": objects(value)})))["v"]
    assert struct.pack("<d", back) == struct.pack("<Q", bits)


@pytest.mark.parametrize(
    "cells",
    [
        [2**64],
        [-(2**63) - 1],
        [2**63, -1],
        ["\ud800"],
        [dt.datetime(2020, 1, 1, fold=1)],
        [dt.time(1, fold=1)],
        [dt.time(1, tzinfo=UTC)],
        [dt.timedelta.max],
        [dt.datetime(2020, 1, 1), dt.datetime(2020, 1, 1, tzinfo=UTC)],
    ],
    ids=str,
)
def test_what_arrow_cannot_say_is_refused(cells):
    with pytest.raises(EncodeError, match="'v'"):
        _physical(cells)


def test_kinds_of_another_length_are_refused():
    with pytest.raises(ValueError, match="1 kinds for 2 cells"):
        _build.build_floats([1.0, 2.0], bytearray(1))


@pytest.mark.parametrize("n", [0, 1, 7, 8, 9, 64, 65])
def test_bitmaps_end_at_any_bit(n):
    cells = [None if i % 3 == 0 else i % 2 == 0 for i in range(n)]
    kinds = bytearray(int(c is None) for c in cells)
    buffers = [_build.bitmap(kinds), _build.build_bools(cells, kinds)]
    made = pa.Array.from_buffers(pa.bool_(), n, list(map(pa.py_buffer, buffers)))
    assert made.to_pylist() == cells
