"""From Arrow to rows and back: bytes, sources, options, selections and refusals."""

from __future__ import annotations

import gc

import numpy as np
import pyarrow as pa
import pytest
from arrow_equality import same_table
from rows.reference import encode
from rows.vectors import Vector, load

from fory.error import DecodeError, EncodeError
from fory_row import Rows, Schema, types
from fory_row._block import MemorySource, block_from_buffer
from fory_row._plan import Plan
from fory_row.arrow import from_arrow

VECTORS = load("row_standard.jsonl") + load("row_standard_java.jsonl")
COMPACT = load("row_compact.jsonl")


def rows_of(schema: Schema, *data: bytes, layout: str = "standard") -> Rows:
    """Return rows over the bytes of each."""
    offsets = np.cumsum([0, *map(len, data)]).astype(np.uint64)
    block = block_from_buffer(b"".join(data), len(data), offsets)
    return Rows(schema.plan(layout), MemorySource([block]))


# -- bytes -------------------------------------------------------------------------


@pytest.mark.parametrize("golden", VECTORS, ids=lambda v: v.id)
def test_golden_rows_pass_through_arrow(golden: Vector) -> None:
    rows = rows_of(Schema(golden.fields), golden.data, golden.data)
    table = rows.to_arrow()
    table.validate(full=True)
    back = from_arrow(table)
    assert [row.to_bytes() for row in back] == [golden.canonical] * 2
    assert back.schema == rows.schema


@pytest.mark.parametrize("golden", COMPACT, ids=lambda v: v.id)
def test_compact_golden_rows_become_arrow(golden: Vector) -> None:
    schema = Schema(golden.fields)
    table = rows_of(schema, golden.data, layout="compact").to_arrow()
    table.validate(full=True)
    standard = encode(golden.fields, golden.value, "standard")
    assert from_arrow(table)[0].to_bytes() == standard


def test_bytes_beneath_nulls_do_not_reach_the_rows() -> None:
    dirty = pa.array([1, 2, 3], pa.int64())
    buffers = [pa.py_buffer(b"\x05"), dirty.buffers()[1]]
    dirty = pa.Array.from_buffers(pa.int64(), 3, buffers)
    text = pa.array(["one", "longer than sixteen bytes", "x"])
    text = pa.Array.from_buffers(
        pa.string(), 3, [pa.py_buffer(b"\x05"), *text.buffers()[1:]]
    )
    lists = pa.ListArray.from_arrays(
        pa.array([0, 1, 2, 3], pa.int32()), text, mask=pa.array([False, True, False])
    )
    names = ["i", "s", "l"]
    clean = pa.table(
        [pa.array(a.to_pylist(), a.type) for a in (dirty, text, lists)], names
    )
    rows = from_arrow(pa.table([dirty, text, lists], names))
    assert [r.to_bytes() for r in rows] == [r.to_bytes() for r in from_arrow(clean)]


@pytest.mark.parametrize("n_bytes", [0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 200])
def test_padding_of_strings_is_zero(n_bytes: int) -> None:
    column = pa.array(["\x7f" * n_bytes, "\x7f" * 40, None, "\x7f" * n_bytes])
    rows = from_arrow(pa.table({"a": column, "b": column}))
    padded = -n_bytes % 8
    body = b"\x7f" * n_bytes + bytes(padded)
    assert rows[0].to_bytes()[24:] == body * 2
    assert rows[3].to_bytes() == rows[0].to_bytes()


def test_strings_at_the_end_of_their_buffer() -> None:
    data = b"0123456789"
    offsets = np.arange(11, dtype=np.int32)
    buffers = [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(data)]
    column = pa.Array.from_buffers(pa.string(), 10, buffers)
    assert from_arrow(pa.table({"a": column})).to_arrow()["a"].to_pylist() == list(
        data.decode()
    )


def test_rows_of_one_width_have_no_index() -> None:
    rows = from_arrow(pa.table({"a": [1, 2, 3], "b": [0.5, None, 1.5]}))
    assert rows.nbytes == 3 * 24
    assert rows.plan.stride == 24


# -- where data come from ------------------------------------------------------------

TABLE = pa.table({"a": pa.array([1, None, 3]), "s": ["x", "yy", None]})


@pytest.mark.parametrize(
    "source",
    [
        TABLE,
        TABLE.to_batches()[0],
        TABLE.to_reader(),
        pa.concat_tables([TABLE.slice(0, 1), TABLE.slice(1)]),
    ],
    ids=["table", "batch", "reader", "chunks"],
)
def test_arrow_objects_are_accepted(source: object) -> None:
    assert from_arrow(source).to_arrow().equals(TABLE)


@pytest.mark.parametrize("library", ["polars", "duckdb", "pandas"])
def test_other_libraries_are_accepted(library: str) -> None:
    module = pytest.importorskip(library)
    frames = {
        "polars": lambda: module.from_arrow(TABLE),
        "duckdb": lambda: module.from_arrow(TABLE),
        "pandas": lambda: TABLE.to_pandas(types_mapper=module.ArrowDtype),
    }
    rows = from_arrow(frames[library]())
    assert [list(r.values()) for r in rows.to_pylist()] == [
        list(r.values()) for r in TABLE.to_pylist()
    ]


def test_rows_are_a_stream_themselves() -> None:
    rows = from_arrow(TABLE)
    assert pa.table(rows).equals(TABLE)
    assert from_arrow(rows).to_arrow().equals(TABLE)
    assert pa.schema(rows).equals(TABLE.schema)


@pytest.mark.parametrize(
    "values", [pa.array([1]), pa.chunked_array([[1]])], ids=["array", "chunked"]
)
def test_values_without_a_name_are_refused(values: object) -> None:
    with pytest.raises(EncodeError, match=r"give its values a name"):
        from_arrow(values)


def test_objects_without_arrow_are_refused() -> None:
    with pytest.raises(TypeError, match="dict has neither __arrow_c_stream__"):
        from_arrow({"a": [1]})


@pytest.mark.parametrize("n", [0, 3])
def test_no_columns_keep_the_number_of_rows(n: int) -> None:
    rows = from_arrow(pa.table({"a": range(n)}).select([]))
    assert len(rows) == n
    assert rows.to_arrow().num_rows == n


# -- options -------------------------------------------------------------------------


def test_threads_give_the_same_rows() -> None:
    n = 200_000
    table = pa.table({"i": np.arange(n), "s": pa.array(np.arange(n)).cast(pa.string())})
    one, two = from_arrow(table), from_arrow(table, threads=2)
    assert len(two) == n
    assert two.nbytes == one.nbytes
    assert two.to_arrow().equals(table)


def test_schema_casts_and_selects_by_name() -> None:
    schema = Schema([("s", types.large_utf8()), ("a", types.int8())])
    rows = from_arrow(TABLE, schema=schema)
    assert rows.schema == schema
    assert rows.to_pylist()[0] == {"s": "x", "a": 1}


def test_schema_refuses_what_does_not_fit() -> None:
    with pytest.raises(EncodeError, match="field 'a' cannot be int8"):
        from_arrow(pa.table({"a": [300]}), schema=Schema([("a", types.int8())]))
    with pytest.raises(EncodeError, match="'b', of which the data have none"):
        from_arrow(TABLE, schema=Schema([("b", types.int8())]))


# -- nulls where none may be -----------------------------------------------------------


def test_null_in_a_required_field_is_named() -> None:
    field = pa.field("a", pa.int64(), nullable=False)
    column = pa.chunked_array([[1] * 70_000, [2, 3, None]])
    table = pa.Table.from_arrays([column], schema=pa.schema([field]))
    with pytest.raises(EncodeError, match="field 'a' is null in row 70002"):
        from_arrow(table)


def test_null_deep_in_a_list_is_named_with_its_row() -> None:
    point = pa.struct([pa.field("x", pa.int8(), nullable=False)])
    values = pa.array([None, [{"x": 1}], [{"x": 2}, {"x": None}]], pa.list_(point))
    with pytest.raises(EncodeError, match=r"field 'l\[\*\]\.x' is null in row 2"):
        from_arrow(pa.table({"l": values}))


def test_required_fields_of_null_structs_may_be_null() -> None:
    type_ = pa.struct([pa.field("x", pa.int8(), nullable=False)])
    child = pa.array([1, None], pa.int8())
    column = pa.StructArray.from_arrays(
        [child], fields=list(type_), mask=pa.array([False, True])
    )
    assert from_arrow(pa.table({"s": column})).to_pylist() == [
        {"s": {"x": 1}},
        {"s": None},
    ]


def test_a_null_row_in_required_field_of_strangers_is_refused() -> None:
    nullable = from_arrow(pa.table({"a": pa.array([1, None])}))
    schema = Schema([types.field("a", types.int64(), nullable=False)])
    data = [row.to_bytes() for row in nullable]
    with pytest.raises(DecodeError, match="field 'a' of row 1 is null"):
        rows_of(schema, *data).to_arrow()


# -- dictionaries ----------------------------------------------------------------------


def encoded(values: list[object], codes: list[int | None], **kw: object) -> pa.Array:
    return pa.DictionaryArray.from_arrays(
        pa.array(codes, pa.int8()), pa.array(values), **kw
    )


def test_dictionary_keeps_order_nulls_and_unused_values() -> None:
    column = encoded(["z", None, "a", "unused"], [2, None, 1, 0])
    table = pa.table({"d": column})
    back = from_arrow(table).to_arrow()
    assert back["d"].chunk(0).dictionary.equals(column.dictionary)
    assert back["d"].chunk(0).indices.equals(column.indices)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (["a", "b"], ["a", "b"]),
        (["a"], ["a", "b", "c"]),
        (["a", "b", "c"], ["a", "b"]),
        (["a", "b"], ["c", "b", None]),
        ([1.5, float("nan"), -0.0], [0.0, float("nan"), 1.5]),
        ([["x"], ["y"]], [["y"], ["z"]]),
    ],
    ids=["equal", "grows", "shrinks", "differs", "floats", "lists"],
)
def test_dictionaries_of_chunks_become_one(first: list, second: list) -> None:
    chunks = [
        encoded(first, [len(first) - 1, None, 0]),
        encoded(second, [0, len(second) - 1, None]),
    ]
    expected = [chunk.dictionary.take(chunk.indices) for chunk in chunks]
    table = pa.table({"d": pa.chunked_array(chunks)})
    lists = pa.chunked_array(
        [pa.ListArray.from_arrays(pa.array([0, 3], pa.int32()), c) for c in chunks]
    )
    for rows in (from_arrow(table), from_arrow(pa.table({"d": lists}))):
        back = rows.to_arrow()["d"].combine_chunks()
        plain = back if isinstance(back, pa.DictionaryArray) else back.flatten()
        plain = plain.dictionary.take(plain.indices)
        assert same_table(
            pa.table([plain], ["d"]), pa.table([pa.concat_arrays(expected)], ["d"])
        )


def test_ordered_dictionaries_that_disagree_are_refused() -> None:
    chunks = [encoded(["a", "b"], [0], ordered=True), encoded(["b"], [0], ordered=True)]
    with pytest.raises(EncodeError, match="order the values"):
        from_arrow(pa.table({"d": pa.chunked_array(chunks)}))


def test_too_many_dictionary_values_are_refused() -> None:
    chunks = [encoded([f"{k}{i}" for i in range(100)], [0, 99]) for k in ("a", "b")]
    with pytest.raises(EncodeError, match="200 dictionary values together"):
        from_arrow(pa.table({"d": pa.chunked_array(chunks)}))


def test_rows_without_their_dictionary_are_refused() -> None:
    rows = from_arrow(pa.table({"d": encoded(["a"], [0])}))
    bare = Rows(rows.schema.plan(), rows.source)
    with pytest.raises(DecodeError, match="field 'd' is a dictionary whose values"):
        bare.to_arrow()


@pytest.mark.parametrize(
    "values",
    [["a", None, "b"], [[1], None, []], pa.array(["a", None, "b"]).dictionary_encode()],
    ids=["strings", "lists", "dictionary"],
)
def test_run_ends_are_expanded(values: object) -> None:
    values = pa.array(values)
    runs = pa.RunEndEncodedArray.from_arrays([2, 3, 5], values)
    table = pa.table({"r": pa.chunked_array([runs, runs.slice(1, 3)])})
    back = from_arrow(table).to_arrow()
    a, n, b = values.to_pylist()
    assert back["r"].to_pylist() == [a, a, n, b, b, a, n, b]
    assert back.schema.field("r").type == values.type


def nested_run_ends(inner: pa.Array) -> dict[str, pa.Array]:
    """Return arrays of every nesting around run ends, and a slice of each."""
    plain = pa.array(range(len(inner)))
    offsets = pa.array([0, 2, 2, len(inner)], pa.int32())
    struct = pa.StructArray.from_arrays(
        [inner, plain], ["r", "n"], mask=pa.array([False, True] + [False] * 3)
    )
    return {
        "struct": struct,
        "list": pa.ListArray.from_arrays(offsets, inner),
        "large_list": pa.LargeListArray.from_arrays(
            offsets.cast(pa.int64()), inner, mask=pa.array([False, True, False])
        ),
        "fixed_list": pa.FixedSizeListArray.from_arrays(inner, 5),
        "map": pa.MapArray.from_arrays(offsets, plain, inner),
        "list_of_struct": pa.ListArray.from_arrays(offsets, struct),
    }


@pytest.mark.parametrize("kind", nested_run_ends(pa.nulls(5)))
def test_run_ends_inside_are_expanded(kind: str) -> None:
    values = ["a", "a", None, "b", "b"]
    runs = pa.RunEndEncodedArray.from_arrays([2, 3, 5], ["a", None, "b"])
    encoded = nested_run_ends(runs)[kind]
    plain = nested_run_ends(pa.array(values))[kind]
    back = from_arrow(pa.table({"x": encoded})).to_arrow()
    assert back.equals(pa.table({"x": plain}))
    part = from_arrow(pa.table({"x": encoded.slice(1)})).to_arrow()
    assert part["x"].to_pylist() == plain.slice(1).to_pylist()


@pytest.mark.parametrize(
    "kind", [pa.string_view(), pa.struct([("v", pa.binary_view())])]
)
def test_run_ends_of_views_are_expanded(kind: pa.DataType) -> None:
    values = pa.array([None if pa.types.is_nested(kind) else "a long text", None], kind)
    runs = pa.RunEndEncodedArray.from_arrays([2, 3], values)
    back = from_arrow(pa.table({"r": runs})).to_arrow()["r"]
    assert back.type == kind
    assert back.to_pylist() == [values[0].as_py(), values[0].as_py(), None]


def test_run_ends_in_a_dictionary_are_refused() -> None:
    runs = pa.RunEndEncodedArray.from_arrays([2], ["a"])
    values = pa.DictionaryArray.from_arrays(pa.array([0, 1]), runs)
    with pytest.raises(EncodeError, match="have run ends"):
        from_arrow(pa.table({"d": values}))


@pytest.mark.slow
def test_a_row_of_4_gib_is_refused() -> None:
    big = pa.array([b"x" * 2_200_000_000], pa.large_binary())
    with pytest.raises(EncodeError, match="row 1 takes 4 GiB or more"):
        from_arrow(
            pa.table(
                {
                    "a": pa.chunked_array([pa.array([b""], pa.large_binary()), big]),
                    "b": pa.chunked_array([pa.array([b""], pa.large_binary()), big]),
                }
            )
        )


@pytest.mark.slow
def test_a_value_of_2_5_gib_passes_through() -> None:
    size = 2_500_000_000
    table = pa.table({"a": pa.array([b"x" * size], pa.large_binary()), "b": [7]})
    rows = from_arrow(table)
    del table
    assert rows.nbytes == 8 + 16 + size
    back = rows.to_arrow()
    assert back["b"].to_pylist() == [7]
    assert len(back["a"][0].as_buffer()) == size


@pytest.mark.slow
def test_a_value_too_large_for_its_arrow_type_is_refused() -> None:
    big = pa.table({"a": pa.array([b"x" * 2_200_000_000], pa.large_binary())})
    rows = from_arrow(big)
    narrow = Rows(Schema([("a", types.binary())]).plan(), rows.source)
    with pytest.raises(DecodeError, match="more than 2 GiB in one piece"):
        narrow.to_arrow()


# -- selections ---------------------------------------------------------------------


def numbered(n: int = 1000) -> pa.Table:
    text = pa.array([None if i % 7 == 0 else f"text {i}" for i in range(n)])
    lists = pa.array([None if i % 11 == 0 else list(range(i % 5)) for i in range(n)])
    return pa.table({"i": range(n), "s": text, "l": lists})


@pytest.mark.parametrize(
    "key",
    [
        slice(3, 900),
        slice(None, None, -1),
        slice(10, 700, 3),
        slice(5, 5),
        np.array([999, 0, 0, 500]),
        np.arange(1000) % 3 == 0,
    ],
    ids=["range", "reversed", "step", "empty", "picks", "mask"],
)
def test_selections_become_arrow(key: object) -> None:
    table = numbered()
    chunks = pa.concat_tables([table.slice(0, 333), table.slice(333)])
    positions = np.arange(1000)[key]
    selected = from_arrow(chunks)[key].to_arrow()
    assert selected.equals(table.take(pa.array(positions, pa.int64())))


def test_columns_are_selected() -> None:
    table = numbered()
    rows = from_arrow(table)
    assert rows.to_arrow(["s", "i"]).equals(table.select(["s", "i"]))
    assert (
        rows[::2]
        .select([2])
        .to_arrow()
        .equals(table.select(["l"]).take(pa.array(range(0, 1000, 2))))
    )


def test_arrow_outlives_the_rows() -> None:
    table = from_arrow(numbered()).to_arrow()
    gc.collect()
    assert table.equals(numbered())


# -- bytes of strangers -------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"\x80",
        b"abcdefg\xff",
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xe2\x82",
    ],
    ids=["continuation", "ff", "overlong", "surrogate", "too_high", "cut"],
)
def test_strings_that_are_not_utf8_are_refused(data: bytes) -> None:
    raw = from_arrow(pa.table({"a": pa.array([b"fine", data])}))
    text = Rows(Schema([("a", types.utf8())]).plan(), raw.source)
    with pytest.raises(DecodeError, match="field 'a' of row 1 is not UTF-8"):
        text.to_arrow()


def test_every_character_is_accepted() -> None:
    points = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    text = pa.array(
        ["".join(map(chr, points[i : i + 97])) for i in range(0, len(points), 97)]
    )
    assert (
        from_arrow(pa.table({"a": text})).to_arrow()["a"].combine_chunks().equals(text)
    )


def test_bodies_that_share_bytes_are_refused() -> None:
    rows = from_arrow(pa.table({"l": [[b"x" * 1000] + [b""] * 20]}))
    data = bytearray(rows[0].to_bytes())
    pairs = 16 + 8 + 8
    for k in range(1, 21):
        data[pairs + 8 * k : pairs + 8 * k + 8] = data[pairs : pairs + 8]
    with pytest.raises(DecodeError, match="shares its bytes"):
        rows_of(rows.schema, bytes(data)).to_arrow()


def test_decimal_that_its_type_cannot_hold_is_refused() -> None:
    schema = Schema([("d", types.decimal(38, 0))])
    good = from_arrow(pa.table({"d": pa.array([1]).cast(pa.decimal128(38))}))
    data = bytearray(good[0].to_bytes())
    data[-1] = 1
    with pytest.raises(DecodeError, match="has more digits"):
        rows_of(schema, bytes(data)).to_arrow()


@pytest.mark.parametrize("code", [-1, -128, 5, 127], ids=str)
def test_codes_outside_of_the_dictionary_are_refused(code: int) -> None:
    schema = Schema([("d", types.dictionary(types.int8(), types.int64()))])
    data = bytearray(from_arrow(pa.table({"d": encoded([1], [0])}))[0].to_bytes())
    data[8] = code & 0xFF
    source = rows_of(schema, bytes(data)).source
    for n_values in (0, 5, 300) if code < 0 else (0, 5):
        plan = Plan(schema, "standard", [pa.array(range(n_values), pa.int64())])
        with pytest.raises(DecodeError, match="has a code outside"):
            Rows(plan, source).to_arrow()
