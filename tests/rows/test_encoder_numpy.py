"""Values and annotations of numpy in records."""

import dataclasses
import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

import fory_row as fr
from fory.error import EncodeError


def row(type_: fr.DataType, value: object) -> object:
    return fr.encoder(fr.Schema([("x", type_)])).to_row({"x": value})["x"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            np.datetime64("2024-03-05T06:07:08.000009"),
            dt.datetime(2024, 3, 5, 6, 7, 8, 9),
        ),
        (
            np.datetime64("1969-12-31T23:59:59.999"),
            dt.datetime(1969, 12, 31, 23, 59, 59, 999000),
        ),
        (np.datetime64("2024-03"), dt.datetime(2024, 3, 1)),
        (np.datetime64("2024-03-05T06", "h"), dt.datetime(2024, 3, 5, 6)),
        (np.datetime64(2, "25s"), dt.datetime(1970, 1, 1, 0, 0, 50)),
        (np.datetime64(3_000_000, "ps"), dt.datetime(1970, 1, 1, 0, 0, 0, 3)),
    ],
    ids=str,
)
def test_datetime64_is_an_instant(value: np.datetime64, expected: dt.datetime) -> None:
    assert row(fr.timestamp("us"), value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.timedelta64(-1, "us"), dt.timedelta(microseconds=-1)),
        (np.timedelta64(2, "W"), dt.timedelta(weeks=2)),
        (np.timedelta64(1500, "ms"), dt.timedelta(seconds=1.5)),
    ],
    ids=str,
)
def test_timedelta64(value: np.timedelta64, expected: dt.timedelta) -> None:
    assert row(fr.duration("us"), value) == expected


def test_datetime64_of_a_day_is_a_date() -> None:
    assert row(fr.date32(), np.datetime64("2024-03-05")) == dt.date(2024, 3, 5)


@pytest.mark.parametrize(
    ("type_", "value", "message"),
    [
        (fr.timestamp("us"), np.datetime64("NaT", "us"), "missing time is None"),
        (fr.timestamp("us"), np.datetime64(1, "ns"), "finer than its unit"),
        (fr.timestamp("ns"), np.datetime64(1, "ps"), "finer than nanoseconds"),
        (fr.timestamp("ns"), np.datetime64("3000-01-01"), "64 bits of ns end before"),
        (fr.timestamp("us"), np.timedelta64(1, "s"), "expected"),
        (fr.duration("us"), np.timedelta64(1, "M"), "no number of seconds"),
        (fr.duration("us"), np.timedelta64(1, "Y"), "no number of seconds"),
        (fr.date32(), np.datetime64("2024-03-05T01"), "time of day"),
        (fr.date32(), np.datetime64(2**40, "D"), "calendar ends"),
    ],
    ids=str,
)
def test_times_that_do_not_fit(type_: fr.DataType, value: object, message: str) -> None:
    with pytest.raises(EncodeError, match=message):
        row(type_, value)


@dataclass
class Sample:
    at: np.datetime64
    took: np.timedelta64
    vector: npt.NDArray[np.float32]
    counts: npt.NDArray[np.uint16]


def test_annotations() -> None:
    schema = fr.schema_from(Sample)
    assert {f.name: f.type for f in schema} == {
        "at": fr.timestamp("us"),
        "counts": fr.list_(fr.uint16()),
        "took": fr.duration("us"),
        "vector": fr.list_(fr.float32()),
    }


def test_arrays_come_back() -> None:
    encoder = fr.encoder(Sample)
    vector = np.arange(256, dtype=np.float32) / 3
    sample = Sample(
        np.datetime64("2024-03-05"),
        np.timedelta64(3, "s"),
        vector,
        np.array([1, 65535], np.uint16),
    )
    back = encoder.decode(encoder.encode(sample))
    assert back.vector.dtype == np.float32
    assert np.array_equal(back.vector, vector)
    assert back.counts.tolist() == [1, 65535]
    assert back.counts.dtype == np.uint16
    assert back.at == dt.datetime(2024, 3, 5)


@pytest.mark.parametrize(
    "value", [np.int64(2**53 + 1), np.uint64(2**64 - 1)], ids=["int64", "uint64"]
)
def test_integers_that_no_float_holds(value: object) -> None:
    with pytest.raises(EncodeError, match=r"x: .* the nearest is"):
        row(fr.float64(), value)


def test_integers_as_floats_and_decimals() -> None:
    assert row(fr.float64(), np.uint64(2**63)) == 2.0**63
    assert row(fr.decimal(5, 2), np.int8(-3)) == -3


def test_subclasses_of_bytes() -> None:
    assert row(fr.binary(), np.bytes_(b"ab")) == b"ab"


def test_arrays_of_arrow() -> None:
    values = pa.array([1, None, 3])
    assert row(fr.list_(fr.int8()), values) == [1, None, 3]
    assert row(fr.list_(fr.int8()), pa.chunked_array([values])) == [1, None, 3]


def test_dtypes_as_annotations() -> None:
    cls = dataclasses.make_dataclass("C", [("a", np.dtype("u2")), ("b", np.int8)])
    assert fr.schema_from(cls).types == [fr.uint16(), fr.int8()]


def test_an_array_of_objects_is_refused() -> None:
    @dataclass
    class Bad:
        x: npt.NDArray[np.object_]

    with pytest.raises(EncodeError, match=r"x: .*no array of one type"):
        fr.schema_from(Bad)
