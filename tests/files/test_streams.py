"""Streams of records: written, appended to, read with and without classes, damaged."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass, make_dataclass
from pathlib import Path

import fsspec
import pyarrow as pa
import pytest

import fory
import fory_io
from fory.error import DecodeError, EncodeError, TruncatedError
from fory_io import stream
from fory_io.storage import FileStorage
from fory_io.stream_types import class_names
from fory_row.arrow import from_arrow
from fory_row.rows import Rows


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


@dataclass
class Line:
    item: str
    price: float


@dataclass
class Order:
    id: fory.Int32
    lines: list[Line]
    colour: Colour
    note: str | None = None


@dataclass
class Newer:
    id: fory.Int32
    note: str | None = None
    rating: float = 0.5


def order(i):
    lines = [Line(f"item {k}", k / 2) for k in range(i % 4)]
    return Order(i, lines, Colour.BLUE, None if i % 2 else "ü" * i)


ORDERS = [order(i) for i in range(300)]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "orders.records"


def test_round_trip(path):
    assert fory_io.write_records(path, ORDERS, typename="shop.Order") == 300
    reader = fory_io.read_records(path, Order)
    assert list(reader) == ORDERS
    assert list(reader) == ORDERS  # from the start each time


def test_the_header_tells_the_types(path):
    fory_io.write_records(path, ORDERS, typename="shop.Order")
    types = fory_io.read_records(path).types
    assert set(types) == {"shop.Order", "shop.Line", "shop.Colour"}
    assert types["shop.Line"] == {"item": "string", "price": "float64"}
    assert types["shop.Order"]["note"] == "string?"
    assert list(types["shop.Colour"]) == ["RED", "BLUE"]


def test_without_classes_nothing_is_imported(path):
    fory_io.write_records(path, [Line("tea", 2.5)], typename="shop.Line")
    (found,) = fory_io.read_records(path)
    assert type(found) is not Line
    assert dict(found.items()) == {"item": "tea", "price": 2.5}


def test_a_class_that_has_changed(path):
    fory_io.write_records(path, ORDERS[:3], typename="shop.Order")
    found = list(fory_io.read_records(path, Newer))
    assert found == [Newer(0, ""), Newer(1), Newer(2, "üü")]


def test_other_programs_read_the_records(path):
    fory_io.write_records(path, ORDERS, typename="shop.Order")
    reader = fory.Fory(xlang=True, compatible=True)
    for cls in (Order, Line, Colour):
        reader.register(cls, typename=f"shop.{cls.__name__}")
    assert [reader.loads(r) for r in fory_io.read_records(path).raw()] == ORDERS


def test_plain_values(path):
    values = [1, "a", [1, 2], {"k": None}, None, b"x", 2.5]
    fory_io.write_records(path, values)
    assert list(fory_io.read_records(path)) == values


@pytest.mark.parametrize("values", [[], [None]], ids=["nothing", "a null"])
def test_streams_without_a_class(path, values):
    fory_io.write_records(path, values)
    assert list(fory_io.read_records(path)) == values


def test_a_serializer_of_ones_own(path):
    made = fory.Fory(xlang=True, compatible=True)
    made.register(Line, typename="mine.Line")
    fory_io.write_records(path, [Line("a", 1.0)], fory=made)
    assert list(fory_io.read_records(path, fory=made)) == [Line("a", 1.0)]
    assert fory_io.read_records(path).types["mine.Line"]
    with pytest.raises(TypeError, match="not both"):
        fory_io.write_records(path, [], fory=made, typename="x")
    with pytest.raises(ValueError, match="xlang"):
        fory_io.write_records(path, [], fory=fory.Fory(xlang=False))


def test_appending(path):
    fory_io.write_records(path, ORDERS[:100], typename="shop.Order")
    for k in range(100, 300, 50):
        n = fory_io.write_records(
            path, ORDERS[k : k + 50], typename="shop.Order", append=True
        )
        assert n == 50
    assert list(fory_io.read_records(path, Order)) == ORDERS


def test_appending_another_type_is_refused(path):
    fory_io.write_records(path, [Line("a", 1.0)], typename="shop.Line")
    before = path.read_bytes()
    with pytest.raises(EncodeError, match=r"no type 'shop\.Colour'"):
        fory_io.write_records(path, ORDERS, typename="shop.Order", append=True)
    assert path.read_bytes() == before


def test_an_exception_leaves_the_file_as_it_was(path):
    def failing():
        yield from ORDERS
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError):
        fory_io.write_records(path, failing(), typename="shop.Order")
    assert list(path.parent.iterdir()) == []
    fory_io.write_records(path, ORDERS, typename="shop.Order")
    before = path.read_bytes()
    with pytest.raises(RuntimeError):
        fory_io.write_records(path, failing(), typename="shop.Order", append=True)
    assert path.read_bytes() == before


def test_large_records_cross_the_windows_of_reading(path, monkeypatch):
    monkeypatch.setattr(stream, "_BUFFER", 100)
    values = ["x" * (n * 37 % 500) for n in range(300)]
    fory_io.write_records(path, values)
    assert list(fory_io.read_records(path)) == values


def test_a_remote_stream():
    url = "memory://tests/orders.records"
    fory_io.write_records(url, ORDERS, typename="shop.Order")
    assert list(fory_io.read_records(url, Order)) == ORDERS
    fsspec.filesystem("memory").store.clear()


# -- damage ----------------------------------------------------------------------


@pytest.fixture
def small(path):
    fory_io.write_records(path, ORDERS[:8], typename="shop.Order")
    fory_io.write_records(path, ORDERS[8:12], typename="shop.Order", append=True)
    return path


def whole_records(path):
    found = []
    try:
        for record in fory_io.read_records(path, Order):
            found.append(record)
    except DecodeError:
        return found, True
    return found, False


@pytest.mark.filterwarnings("ignore::fory_io.UnfinishedCommitWarning")
def test_every_flipped_bit_is_an_error_or_known(small):
    data = small.read_bytes()
    for byte in range(0, len(data), 9):
        bit = 8 * byte + byte % 8
        bad = bytearray(data)
        bad[bit >> 3] ^= 1 << (bit & 7)
        small.write_bytes(bad)
        found, failed = whole_records(small)
        assert failed
        assert found == ORDERS[: len(found)]


def test_a_cut_stream_gives_whole_records_and_goes_on(small):
    data = small.read_bytes()
    start = stream._read_header(FileStorage(str(small)))[1]
    for n in range(0, len(data), 23):
        small.write_bytes(data[:n])
        if n < start:
            with pytest.raises(DecodeError):
                fory_io.read_records(small)
            continue
        end, n_whole = stream._sound_end(FileStorage(str(small)))
        fory_io.write_records(small, [ORDERS[50]], typename="shop.Order", append=True)
        assert end <= n
        assert list(fory_io.read_records(small, Order)) == [
            *ORDERS[:n_whole],
            ORDERS[50],
        ]


def test_a_cut_stream_warns(small):
    small.write_bytes(small.read_bytes()[:-40])
    with pytest.warns(fory_io.UnfinishedCommitWarning, match="ends inside"):
        assert list(fory_io.read_records(small, Order)) == ORDERS[:11]


def test_a_stream_cut_between_records_warns(small):
    data = small.read_bytes()
    end = stream._read_header(FileStorage(str(small)))[1]
    for n in range(9):
        small.write_bytes(data[:end])
        with pytest.warns(fory_io.UnfinishedCommitWarning, match="without a mark"):
            assert list(fory_io.read_records(small, Order)) == ORDERS[:n]
        end += int.from_bytes(data[end : end + 4], "little") + 12


def test_records_moved_within_the_file_are_noticed(small):
    data = small.read_bytes()
    start = stream._read_header(FileStorage(str(small)))[1]
    first = int.from_bytes(data[start : start + 4], "little") + 12
    small.write_bytes(data[:start] + data[start + first :])
    with pytest.raises(DecodeError, match="cut out"):
        list(fory_io.read_records(small))


def test_a_damaged_stream_is_not_appended_to(small):
    data = bytearray(small.read_bytes()[:-1])
    data[-60] ^= 1
    small.write_bytes(data)
    with pytest.raises(DecodeError):
        fory_io.write_records(small, ORDERS[:1], typename="shop.Order", append=True)
    assert small.read_bytes() == bytes(data)


@pytest.mark.parametrize("data", [b"", b"PAR1", stream.MAGIC, b"\0" * 100])
def test_what_is_no_stream(path, data):
    Path(path).write_bytes(data)
    with pytest.raises(DecodeError):
        fory_io.read_records(path)


def test_a_newer_version_is_refused(small):
    data = bytearray(small.read_bytes())
    data[8] = 2
    data[20:24] = fory_io.format.checksum(bytes(data[:20])).to_bytes(4, "little")
    small.write_bytes(data)
    with pytest.raises(DecodeError, match="version 2"):
        fory_io.read_records(small)
    assert issubclass(TruncatedError, DecodeError)


# -- single rows -----------------------------------------------------------------

TABLE = pa.table({
    "i": pa.array([1, -2], pa.int32()),
    "u": pa.array([2**63, 0], pa.uint64()),
    "s": ["a", None],
    "l": pa.array([[{"x": 1.5}, None], []], pa.list_(pa.struct({"x": pa.float64()}))),
    "m": pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int64())),
    "t": pa.array([dt.datetime(2024, 1, 1, 1, 2, 3, tzinfo=dt.UTC)] * 2),
    "d": pa.array(["x", "y"]).dictionary_encode(),
})  # fmt: skip


@pytest.mark.parametrize("layout", ["standard", "compact"])
def test_rows_as_records_and_back(layout):
    rows = from_arrow(TABLE.drop_columns(["d"])).with_layout(layout)
    records = [rows.to_xlang(i, "demo.Row") for i in range(2)]
    again = Rows.from_xlang(rows.schema, records, layout=layout)
    assert again == rows
    assert again.plan.layout == layout


def test_a_row_as_a_record_for_others():
    rows = from_arrow(TABLE)
    record = fory.Fory(xlang=True, compatible=True).loads(rows.to_xlang(1))
    assert (record["i"], record["d"], record["m"]) == (-2, "y", None)
    with pytest.raises(IndexError):
        rows.to_xlang(2)


def test_a_type_that_records_lack():
    rows = from_arrow(pa.table({"t": pa.array([dt.time(1)])}))
    with pytest.raises(EncodeError, match="field t of type"):
        rows.to_xlang(0)


def test_records_that_are_no_rows():
    rows = from_arrow(pa.table({"t": [1]}))
    data = bytes(fory.Fory(xlang=True, compatible=True).dumps([1]))
    with pytest.raises(DecodeError, match="no struct"):
        Rows.from_xlang(rows.schema, [data])


def test_classes_behind_type_aliases_get_names():
    extensions = pytest.importorskip("typing_extensions")
    many = extensions.TypeAliasType("Many", list[Line])
    outer = make_dataclass("Outer", [("items", many)])
    assert set(class_names(outer, "my.Outer").values()) == {"my.Outer", "my.Line"}
