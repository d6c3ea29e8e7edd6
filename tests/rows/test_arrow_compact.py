"""Arrow and compact rows: the bytes that a writer of single compact rows makes."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest
from arrow_equality import same_table
from generators import random_table
from rows.random_rows import random_fields, random_record, random_schema
from rows.vectors import Vector, load
from tables_catalogue import tables

import fory_row as fr
from fory.error import EncodeError
from fory_row import Field

TABLES = tables()
VECTORS = load("row_compact.jsonl")


def compact(table: pa.Table, **options: int) -> fr.Rows:
    return fr.from_arrow(table, layout="compact", **options)


def bytes_of(rows: fr.Rows) -> list[bytes]:
    return [row.to_bytes() for row in rows]


# -- bytes -------------------------------------------------------------------------


@pytest.mark.parametrize("golden", VECTORS, ids=lambda v: v.id)
def test_compact_golden_rows_pass_through_arrow(golden: Vector) -> None:
    schema, offsets = fr.Schema(golden.fields), [0, len(golden.data)]
    rows = fr.Rows.from_buffer(schema, golden.data, offsets, layout="compact")
    assert bytes_of(compact(rows.to_arrow())) == [golden.canonical]


def assert_as_written_one_by_one(table: pa.Table) -> None:
    rows = compact(table)
    assert rows.plan.layout == "compact"
    assert bytes_of(rows) == bytes_of(fr.from_arrow(table).with_layout("compact"))
    rows.validate(canonical=True)
    assert same_table(rows.to_arrow(), table)


@pytest.mark.parametrize("name", TABLES)
def test_catalogue_in_compact_rows(name: str) -> None:
    assert_as_written_one_by_one(TABLES[name])


# Table 7 has items that take no bytes, see below.
@pytest.mark.parametrize("seed", [*range(7), *range(8, 40)])
def test_random_table_in_compact_rows(seed: int) -> None:
    assert_as_written_one_by_one(random_table(seed))


@pytest.mark.parametrize("seed", range(20))
def test_arrow_writes_what_the_encoder_writes(seed: int) -> None:
    rng = random.Random(seed)
    wide = fr.Schema(random_fields(rng, 130 + seed, 1))
    schema = wide if seed < 4 else random_schema(rng)
    records = [random_record(rng, schema.fields) for _ in range(rng.choice([1, 40]))]
    table = fr.encoder(schema=schema).to_rows(records).to_arrow()
    made = fr.encoder(schema=schema, layout="compact").to_rows(records)
    assert bytes_of(compact(table)) == bytes_of(made)


# -- widths of slots and bitmaps -----------------------------------------------------

NARROW = (pa.int8(), pa.bool_(), pa.int16(), pa.float32(), pa.binary(3), pa.null())


@pytest.mark.parametrize("text", [False, True], ids=["fixed", "text"])
@pytest.mark.parametrize("n_fields", [1, 2, 7, 8, 9, 15, 63, 64, 65, 72, 73, 130])
@pytest.mark.parametrize("nullable", [False, True])
def test_fixed_parts_of_every_size(n_fields: int, nullable: bool, text: bool) -> None:
    """What ends them is at most 15 bytes of bitmap and padding: all are met here."""
    rng = np.random.default_rng(n_fields)
    fields, columns = [], []
    for k in range(n_fields):
        type_ = NARROW[k % len(NARROW)]
        value = {pa.bool_(): True, pa.binary(3): b"xyz", pa.null(): None}.get(type_, 77)
        nulls = rng.random(40) < 0.3 * nullable
        columns.append(pa.array([None if null else value for null in nulls], type_))
        fields.append(pa.field(f"c{k}", type_, nullable or type_ == pa.null()))
    if text:
        columns.append(pa.array([f"{'text' * (k % 5)}" for k in range(40)]))
        fields.append(pa.field("text", pa.string(), nullable))
    assert_as_written_one_by_one(pa.table(columns, pa.schema(fields)))


@pytest.mark.parametrize("n", [0, 1, 31, 32, 33, 64, 65])
@pytest.mark.parametrize("nulls", [False, True])
def test_arrays_of_values_in_place(n: int, nulls: bool) -> None:
    pairs = [{"a": k % 100, "b": b"xy"} for k in range(n)]
    if nulls:
        pairs[::3] = [None] * len(pairs[::3])
    type_ = pa.struct({"a": pa.int8(), "b": pa.binary(2)})
    lists = pa.array([pairs, None, [], pairs[::-1]], pa.list_(type_))
    maps = pa.array([[(b"key", p) for p in pairs]] * 4, pa.map_(pa.binary(3), type_))
    assert_as_written_one_by_one(pa.table({"l": lists, "m": maps}))


def test_bytes_beneath_null_structs_do_not_reach_the_rows() -> None:
    child = pa.array([1, 2, 3], pa.int16())
    mask = pa.array([False, True, False])
    column = pa.StructArray.from_arrays([child], ["x"], mask=mask)
    assert bytes_of(compact(pa.table({"s": column})))[1] == bytes(3) + b"\x01"


# -- sources and options ---------------------------------------------------------------


def numbered(n: int) -> pa.Table:
    words = pa.array(np.arange(n))
    text = words.cast(pa.string())
    struct = pa.StructArray.from_arrays([words.cast(pa.int32()), text], ["i", "s"])
    flags = pa.array(np.arange(n) % 3 == 0, mask=np.arange(n) % 7 == 0)
    return pa.table({"f": flags, "w": words, "t": text, "s": struct})


def test_slices_and_chunks() -> None:
    table = numbered(1000)
    parts = pa.concat_tables([table.slice(k * 100 + 7, 51) for k in range(9)])
    assert bytes_of(compact(parts)) == bytes_of(
        fr.from_arrow(parts).with_layout("compact")
    )


def test_rows_past_the_caches() -> None:
    table = numbered(150_000)
    rows = compact(table)
    expected = fr.from_arrow(table).with_layout("compact")
    assert b"".join(rows.buffers()) == b"".join(expected.buffers())
    assert rows.to_arrow().equals(table)


def test_threads_give_the_same_compact_rows() -> None:
    table = numbered(150_000)
    assert compact(table, threads=2) == compact(table)


def test_dictionaries_that_grow() -> None:
    chunks = [pa.array(v).dictionary_encode() for v in (["a", "b", None], ["c", "a"])]
    lists = [pa.ListArray.from_arrays(pa.array([0, 1, 2]), c) for c in chunks]
    table = pa.table({"d": pa.chunked_array([c[:2] for c in chunks])})
    table = table.append_column("l", pa.chunked_array(lists))
    assert [r.to_dict() for r in compact(table)] == [
        {"d": "a", "l": ["a"]},
        {"d": "b", "l": ["b"]},
        {"d": "c", "l": ["c"]},
        {"d": "a", "l": ["a"]},
    ]


@pytest.mark.parametrize("n", [0, 3])
def test_compact_rows_without_fields(n: int) -> None:
    rows = compact(pa.table({"a": range(n)}).select([]))
    assert bytes_of(rows) == [b""] * n
    assert rows.to_arrow().num_rows == n


# -- refusals ------------------------------------------------------------------------


def test_null_in_a_required_field_of_compact_rows() -> None:
    field = pa.field("a", pa.int8(), nullable=False)
    table = pa.table([pa.array([1, 2, None], pa.int8())], schema=pa.schema([field]))
    with pytest.raises(EncodeError, match="field 'a' is null in row 2"):
        compact(table)


def test_null_deep_in_an_array_of_compact_structs() -> None:
    point = pa.struct([pa.field("x", pa.int8(), nullable=False)])
    values = pa.array([None, [{"x": 1}], [{"x": 2}, {"x": None}]], pa.list_(point))
    with pytest.raises(EncodeError, match=r"field 'l\[\*\]\.x' is null in row 2"):
        compact(pa.table({"l": values}))


def test_codes_outside_their_dictionary() -> None:
    first, second = (
        pa.DictionaryArray.from_arrays(codes, pa.array(values), safe=False)
        for codes, values in (([0, 1], ["x", "y"]), ([0, 5], ["y", "z"]))
    )
    with pytest.raises(EncodeError, match="'d' has a code in row 3"):
        compact(pa.table({"d": pa.chunked_array([first, second])}))


def test_items_that_take_no_bytes() -> None:
    nothing = fr.struct([])
    schema = fr.Schema([Field("a", fr.list_(Field("item", nothing, False)))])
    table = fr.encoder(schema=schema).to_rows([{"a": [{}]}]).to_arrow()
    with pytest.raises(EncodeError, match="take no bytes at all"):
        compact(table)


@pytest.mark.slow
def test_a_compact_row_of_4_gib_is_refused() -> None:
    big = pa.array([b"x" * 2_200_000_000], pa.large_binary())
    with pytest.raises(EncodeError, match="row 0 takes 4 GiB or more"):
        compact(pa.table({"a": big, "b": big}))
