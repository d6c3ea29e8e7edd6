"""Programs written for the official package find its names and get the same values."""

import datetime as dt
from dataclasses import dataclass, fields

import pyarrow as pa
import pytest

import fory
import fory_row as fr
from fory.format import ArrowWriter, compute_schema_hash, from_arrow_schema


@dataclass
class Inner:
    x: int


@dataclass
class Outer:
    a_bool: bool
    b_int: int
    c_float: float
    d_text: str
    e_bytes: bytes
    f_date: dt.date
    g_time: dt.datetime
    h_list: list[int]
    i_map: dict[str, int]
    j_inner: Inner


VALUES = Outer(
    True,
    300,
    2.5,
    "text",
    b"bytes",
    dt.date(2024, 2, 29),
    dt.datetime(2024, 2, 29, 12),
    [1, 2, -3],
    {"k": 7},
    Inner(9),
)
ENCODER = fory.encoder(Outer)
ROW = fory.RowData(ENCODER.schema, ENCODER.to_row(VALUES).to_bytes())
AT = {f.name: i for i, f in enumerate(fields(Outer))}


@pytest.mark.parametrize(
    ("getter", "name"),
    [
        ("get_boolean", "a_bool"),
        ("get_int16", "b_int"),
        ("get_int32", "b_int"),
        ("get_int64", "b_int"),
        ("get_float", "c_float"),
        ("get_double", "c_float"),
        ("get_str", "d_text"),
        ("get_binary", "e_bytes"),
        ("get_date", "f_date"),
        ("get_datetime", "g_time"),
    ],
)
def test_getters_by_position(getter, name):
    assert getattr(ROW, getter)(AT[name]) == getattr(VALUES, name)


def test_getters_of_nested_values():
    assert ROW.get_struct(AT["j_inner"]).get_int64(0) == 9
    numbers = ROW.get_array_data(AT["h_list"])
    assert [numbers.get_int8(i) for i in range(numbers.num_elements)] == [1, 2, -3]
    pairs = ROW.get_map_data(AT["i_map"])
    assert pairs.keys_array().get_str(0) == "k"
    assert pairs.values_array().get_int64(0) == 7


@pytest.mark.parametrize(
    ("getter", "name", "error"),
    [
        ("get_int8", "b_int", OverflowError),
        ("get_int32", "a_bool", TypeError),
        ("get_int32", "d_text", TypeError),
        ("get_date", "g_time", TypeError),
        ("get_struct", "i_map", TypeError),
        ("get_float", "b_int", TypeError),
    ],
)
def test_other_types_are_refused(getter, name, error):
    with pytest.raises(error, match=f"item {AT[name]} is"):
        getattr(ROW, getter)(AT[name])


def test_a_name_is_no_position():
    with pytest.raises(TypeError):
        ROW.get_int64("b_int")


def test_null_is_none():
    row = fory.encoder(Inner).to_row(Inner(None))
    assert row.get_int64(0) is None


def test_facts_of_a_row():
    assert ROW.num_fields == len(AT)
    assert ROW.schema == ENCODER.schema
    assert ROW.j_inner.schema == fr.schema_from(Inner)
    start, size = ROW.base_offset(), ROW.size_bytes()
    assert bytes(ROW.buffer()[start : start + size]) == ROW.to_bytes()
    assert not hasattr(ROW.h_list, "schema")
    # A header of two words, then the items (row_format 3).
    assert ROW.h_list.size_bytes() == 16 + 3 * 8
    assert bytes(ROW.i_map.buffer()) == ROW.i_map.to_bytes()


def test_a_field_may_have_the_name_of_a_getter():
    encoder = fr.encoder(fr.Schema([("schema", fr.int32()), ("buffer", fr.utf8())]))
    row = encoder.to_row({"schema": 3, "buffer": "b"})
    assert (row.schema, row.buffer) == (3, "b")
    assert ArrowWriter(encoder.schema) is not None
    assert row.to_dict() == {"schema": 3, "buffer": "b"}


def test_arrow_writer():
    writer = ArrowWriter(ENCODER.schema.to_arrow())
    for _ in range(3):
        writer.write(ROW)
    batch = writer.finish()
    assert isinstance(batch, pa.RecordBatch)
    assert batch.to_pylist() == ENCODER.to_arrow_record_batch([VALUES] * 3).to_pylist()
    assert writer.finish().num_rows == 0
    with pytest.raises(TypeError, match="does not fit"):
        writer.write(fory.encoder(Inner).to_row(Inner(1)))


def test_rows_whose_fields_hide_the_schema_are_written():
    schema = fr.Schema([("schema", fr.int32())])
    writer = ArrowWriter(schema)
    writer.write(fr.encoder(schema).to_row({"schema": 3}))
    assert writer.finish().to_pylist() == [{"schema": 3}]


def test_objects_to_arrow():
    table = ENCODER.to_arrow_table([VALUES, VALUES])
    assert table.num_rows == 2
    assert table["j_inner"].to_pylist() == [{"x": 9}] * 2
    assert ENCODER.to_arrow_record_batch([]).num_rows == 0


def test_names_of_the_module():
    assert fory.format.infer_schema(Outer) == ENCODER.schema
    assert compute_schema_hash(ENCODER.schema) == ENCODER.schema_hash
    arrow = pa.schema([("a", pa.int32()), ("b", pa.string())])
    schema = from_arrow_schema(arrow)
    assert fory.format.to_arrow_schema(schema) == arrow
    made = fory.create_row_encoder(schema)
    assert made.row_encoder.to_row({"a": 1, "b": "x"}).b == "x"
    assert set(fory.format.__all__) <= set(dir(fory.format))
    with pytest.raises(AttributeError):
        fory.format.__getattr__("nothing")
