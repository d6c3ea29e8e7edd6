"""Schemas and types as users spell them; what is no type is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import fory_row as fr
from fory.error import EncodeError


def test_fields_as_a_mapping():
    made = fr.schema({"a": fr.int32(), "b": fr.struct({"c": fr.utf8()})})
    assert made == fr.schema([("a", fr.int32()), ("b", fr.struct([("c", fr.utf8())]))])


@pytest.mark.parametrize(
    ("given", "made"),
    [
        (pa.int32(), fr.int32()),
        (pa.int32, fr.int32()),
        (int, fr.int64()),
        (list[str], fr.list_(fr.utf8())),
        (np.float32, fr.float32()),
    ],
    ids=["arrow", "factory", "builtin", "generic", "numpy"],
)
def test_types_of_others(given, made):
    assert fr.field("a", given).type == made
    assert fr.list_(given) == fr.list_(made)
    assert fr.schema([("a", given)]).plan() is not None


@pytest.mark.parametrize(
    "given", [5, None, "int32", object()], ids=["int", "none", "text", "object"]
)
def test_what_is_no_type(given):
    with pytest.raises(TypeError, match="type"):
        fr.list_(given)


def test_names_are_text():
    with pytest.raises(TypeError, match="named by text"):
        fr.field(5, fr.int32())


def test_metadata_may_be_text():
    made = fr.schema([fr.field("a", fr.int32(), metadata={"k": "v"})], {"m": b"n"})
    assert made.field("a").metadata == {b"k": b"v"}
    assert made.to_arrow().metadata == {b"m": b"n"}
    with pytest.raises(TypeError, match="text or bytes"):
        fr.schema([], {"m": 5})


def test_schemas_of_data():
    table = pa.table({"a": [1]})
    wanted = fr.schema([("a", fr.int64())])
    for data in (table, table.to_batches()[0], table.to_reader(), fr.from_arrow(table)):
        assert fr.schema_from(data) == wanted
    frame = pd.DataFrame({"a": [1]}, index=pd.Index([7], name="i"))
    assert fr.schema_from(frame) == frame.fory.schema()


def test_from_arrow_takes_a_schema_of_pyarrow():
    rows = fr.from_arrow(pa.table({"a": [1]}), schema=pa.schema([("a", pa.float64())]))
    assert rows[0].a == 1.0


def test_deep_types_are_refused_and_not_for_ever():
    type_ = pa.int32()
    for i in range(60):
        type_ = pa.struct([("f", type_)]) if i % 2 else pa.list_(type_)
    rows = fr.from_arrow(pa.table({"x": pa.nulls(1, type_)}))
    assert fr.encoder(rows.schema).to_rows([{"x": None}]) == rows
    for i in range(1200):
        type_ = pa.struct([("f", type_)]) if i % 2 else pa.list_(type_)
    with pytest.raises(EncodeError, match="nests deeper"):
        fr.from_arrow(pa.table({"x": pa.nulls(1, type_)}))


def test_what_pyarrow_cannot_nest():
    type_ = fr.int32()
    for _ in range(70):
        type_ = fr.list_(type_)
    rows = fr.encoder(fr.schema([("x", type_)])).to_rows([{"x": [[]]}])
    assert rows[0].to_dict() == {"x": [[]]}
    with pytest.raises(EncodeError, match="pyarrow cannot have this schema"):
        rows.to_arrow()


def test_extensions_in_maps():
    items = pa.ExtensionArray.from_storage(pa.bool8(), pa.array([1, 0], pa.int8()))
    column = pa.MapArray.from_arrays(pa.array([0, 2]), pa.array(["a", "b"]), items)
    table = pa.table({"x": column})
    assert fr.from_arrow(table).to_arrow().equals(table, check_metadata=True)


def test_fields_of_arrow_are_fields():
    made = fr.schema([pa.field("a", pa.int8(), nullable=False), ("b", fr.utf8())])
    assert str(made[0]) == "a: int8 not null"


@pytest.mark.parametrize("fields", ["ab", [5], [("a",)]], ids=["text", "int", "short"])
def test_what_is_no_field_is_named(fields):
    with pytest.raises(TypeError, match=r"a field is a Field or|fields are a list"):
        fr.schema(fields)


def test_names_without_bytes_are_refused():
    with pytest.raises(EncodeError, match="surrogates not allowed"):
        fr.schema([("\ud800", fr.int8())])


def test_types_and_fields_print_as_schemas_do():
    made = fr.field("a", fr.list_(fr.uint8()), nullable=False)
    assert repr(made) == "Field(a: list<int8:uint> not null)"
    assert repr(made.type) == "DataType(list<int8:uint>)"


def test_no_zone_is_no_zone():
    assert fr.timestamp("us", "") == fr.timestamp("us")
