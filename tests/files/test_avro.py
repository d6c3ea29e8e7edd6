"""Avro files, converted as a user would."""

from __future__ import annotations

import datetime as dt
import decimal
import sys
import uuid

import pyarrow as pa
import pytest

import fory_io
from fory_io.avro import arrow_schema, avro_schema
from fory_io.cli import main

DAY = dt.date(2024, 2, 29)
MOMENT = dt.datetime(2024, 1, 2, 3, 4, 5, 678_000)
TABLE = pa.table({
    "b": [True, None],
    "i": pa.array([1, -2], pa.int32()),
    "l": pa.array([2**40, None]),
    "f": pa.array([0.5, 1.5], pa.float32()),
    "d": [0.1, None],
    "s": ["ü", None],
    "y": [b"\0\xff", b""],
    "day": [DAY, None],
    "t": pa.array([dt.time(1, 2, 3), None], pa.time64("us")),
    "z": pa.array([MOMENT, None], pa.timestamp("us", "UTC")),
    "n": pa.array([MOMENT, None], pa.timestamp("ms")),
    "u": pa.array([uuid.UUID(int=7), None], pa.uuid()),
    "c": pa.array([decimal.Decimal("-1.25"), None], pa.decimal128(9, 2)),
    "x": pa.array([b"abc", None], pa.binary(3)),
    "r": [{"a": 1, "in": {"k": "v"}}, None],
    "a": [[1, None], []],
    "m": pa.array([[("k", 1.5)], []], pa.map_(pa.string(), pa.float64())),
})  # fmt: skip


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "rows.fory")


def test_there_and_back(path, tmp_path, capsys):
    pytest.importorskip("fastavro")
    fory_io.write(TABLE, path)
    avro, again = str(tmp_path / "rows.avro"), str(tmp_path / "again.fory")
    assert main(["convert", path, avro]) == 0
    assert main(["convert", avro, again]) == 0
    assert "2 rows" in capsys.readouterr().out
    assert fory_io.open(again).to_arrow().equals(TABLE)


def test_fields_can_be_chosen(path, tmp_path):
    fastavro = pytest.importorskip("fastavro")
    fory_io.write(TABLE, path)
    avro, again = str(tmp_path / "rows.avro"), str(tmp_path / "again.fory")
    assert main(["convert", path, avro, "--columns", "s,i"]) == 0
    with open(avro, "rb") as file:
        assert list(fastavro.reader(file)) == [{"s": "ü", "i": 1}, {"s": None, "i": -2}]
    assert main(["convert", avro, again, "--columns", "i"]) == 0
    assert fory_io.open(again).schema.names == ["i"]


def test_a_cut_avro_file(path, tmp_path, capsys):
    pytest.importorskip("fastavro")
    avro, again = tmp_path / "rows.avro", tmp_path / "again.fory"
    fory_io.write(pa.table({"i": range(10_000)}), path)
    assert main(["convert", path, str(avro)]) == 0
    data = avro.read_bytes()
    for n in (len(data) - 1, len(data) - 20, len(data) // 2, 100, 10, 0):
        avro.write_bytes(data[:n])
        assert main(["convert", str(avro), str(again)]) == 1
        assert not again.exists()
    assert "fory: " in capsys.readouterr().err


def test_a_damaged_avro_file(tmp_path, capsys):
    pytest.importorskip("fastavro")
    (tmp_path / "x.avro").write_bytes(b"Obj\1 nonsense")
    out = tmp_path / "x.fory"
    assert main(["convert", str(tmp_path / "x.avro"), str(out)]) == 1
    assert capsys.readouterr().err.startswith("fory: ")
    assert not out.exists()


def test_the_missing_package_is_named(path, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "fastavro", None)
    fory_io.write(TABLE, path)
    assert main(["convert", path, str(tmp_path / "x.avro")]) == 1
    assert "fory-rows[avro]" in capsys.readouterr().err
    assert not (tmp_path / "x.avro").exists()


def test_types_of_avro():
    schema = {
        "type": "record",
        "name": "R",
        "fields": [
            {"name": "e", "type": {"type": "enum", "name": "E", "symbols": ["A"]}},
            {"name": "again", "type": ["null", "E"]},
            {"name": "u", "type": {"type": "string", "logicalType": "uuid"}},
            {"name": "t", "type": {"type": "int", "logicalType": "time-millis"}},
            {"name": "n", "type": "null"},
        ],
    }
    assert arrow_schema(schema) == pa.schema([
        pa.field("e", pa.string(), False),
        ("again", pa.string()),
        pa.field("u", pa.uuid(), False),
        pa.field("t", pa.time32("ms"), False),
        ("n", pa.null()),
    ])  # fmt: skip


BAD = {
    "a union of 2 types": ["int", "string"],
    "recursive or unknown": ["null", "R"],
}


@pytest.mark.parametrize(("message", "kind"), BAD.items(), ids=BAD)
def test_types_without_a_counterpart_in_rows(message, kind):
    record = {"type": "record", "name": "R", "fields": [{"name": "f", "type": kind}]}
    with pytest.raises(ValueError, match=f"f: .*{message}"):
        arrow_schema(record)
    with pytest.raises(ValueError, match="no records"):
        arrow_schema("int")


@pytest.mark.parametrize(
    "type_",
    [pa.uint64(), pa.duration("s"), pa.timestamp("ns"), pa.map_(pa.int8(), pa.int8())],
    ids=str,
)
def test_types_that_avro_lacks_are_refused(type_):
    nested = pa.struct([("a", pa.list_(type_))])
    with pytest.raises(ValueError, match=r"x\.a\[\]: Avro has no type"):
        avro_schema(pa.schema([("x", nested)]))


def test_names_that_avro_lacks_are_refused():
    with pytest.raises(ValueError, match="a b: Avro names"):
        avro_schema(pa.schema([("a b", pa.int8())]))
