"""Every Arrow type goes into rows and comes back as it was."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid

import numpy as np
import pyarrow as pa
import pytest

from fory.error import EncodeError
from fory_row import Schema, types
from fory_row.arrow import from_arrow
from fory_row.arrow_schema import schema_from_arrow, schema_to_arrow

D = decimal.Decimal
WHEN = dt.datetime(2024, 2, 29, 12, 34, 56)


# Values of each type; a null is put between them.
COLUMNS: dict[str, pa.Array] = {
    "null": pa.nulls(4),
    "bool": pa.array([True, False, None, True]),
    "int8": pa.array([-128, 127, None], pa.int8()),
    "int16": pa.array([-(2**15), 2**15 - 1, None], pa.int16()),
    "int32": pa.array([-(2**31), 2**31 - 1, None], pa.int32()),
    "int64": pa.array([-(2**63), 2**63 - 1, None], pa.int64()),
    "uint8": pa.array([0, 255, None], pa.uint8()),
    "uint16": pa.array([0, 2**16 - 1, None], pa.uint16()),
    "uint32": pa.array([0, 2**32 - 1, None], pa.uint32()),
    "uint64": pa.array([0, 2**64 - 1, None], pa.uint64()),
    "float16": pa.array([np.float16(1.5), None, np.float16(-0.0)], pa.float16()),
    "float32": pa.array([1.5, None, -0.0, float("inf")], pa.float32()),
    "float64": pa.array([1.5, None, -0.0, float("-inf")], pa.float64()),
    "string": pa.array(["", None, "abc", "é" * 9, "x" * 100, "12345678", "𝄞" * 4]),
    "large_string": pa.array(["", None, "abc", "x" * 100], pa.large_string()),
    "string_view": pa.array(["", None, "inlined", "x" * 100], pa.string_view()),
    "binary": pa.array([b"", None, b"\xff\x00", b"x" * 17], pa.binary()),
    "large_binary": pa.array([b"", None, b"\xff\x00"], pa.large_binary()),
    "binary_view": pa.array([b"", None, b"\xff" * 12, b"\x00" * 13], pa.binary_view()),
    "fixed_0": pa.array([b"", None, b""], pa.binary(0)),
    "fixed_3": pa.array([b"abc", None, b"\x00\x01\x02"], pa.binary(3)),
    "fixed_16": pa.array([bytes(range(16)), None], pa.binary(16)),
    "date32": pa.array([dt.date(1, 1, 1), None, dt.date(9999, 12, 31)]),
    "date64": pa.array([dt.date(1970, 1, 1), None], pa.date64()),
    "time32_s": pa.array([dt.time(23, 59, 59), None], pa.time32("s")),
    "time32_ms": pa.array([dt.time(23, 59, 59), None], pa.time32("ms")),
    "time64_us": pa.array([dt.time(23, 59, 59, 999999), None], pa.time64("us")),
    "time64_ns": pa.array([86_399_999_999_999, None], pa.time64("ns")),
    "decimal32": pa.array([D("-9.99"), None, D("0.01")], pa.decimal32(5, 2)),
    "decimal64": pa.array([D("-9.99"), None], pa.decimal64(18, 2)),
    "decimal128": pa.array([D("-9.99"), None, D(10) ** 35], pa.decimal128(38, 2)),
    "decimal256": pa.array([D("-9.99"), None, D(10) ** 70], pa.decimal256(76, 2)),
    "decimal_e3": pa.array([D("12e3"), None, D("-5e3")], pa.decimal128(5, -3)),
    "list": pa.array([[1, None, 3], None, []], pa.list_(pa.int16())),
    "large_list": pa.array([["a"], None, [None, ""]], pa.large_list(pa.string())),
    "list_view": pa.array([[1], None, [2, 3]], pa.list_view(pa.int64())),
    "large_list_view": pa.array([["a"], None, []], pa.large_list_view(pa.utf8())),
    "fixed_list": pa.array([[1.0, None], None, [2.0, 3.0]], pa.list_(pa.float32(), 2)),
    "fixed_list_0": pa.array([[], None, []], pa.list_(pa.float32(), 0)),
    "fixed_list_str": pa.array([["a", None], None], pa.list_(pa.string(), 2)),
    "map": pa.array([[("k", 1), ("l", None)], None, []], pa.map_("string", "int8")),
    "struct": pa.array([{"a": 1, "b": "x"}, None, {"a": None, "b": None}]),
    "struct_empty": pa.array([{}, None, {}], pa.struct([])),
    "dictionary": pa.array(["b", None, "a", "b"]).dictionary_encode(),
    "uuid": pa.array([uuid.UUID(int=7).bytes, None], pa.uuid()),
    "json": pa.array(['{"a": 1}', None], pa.json_(pa.string())),
    "bool8": pa.ExtensionArray.from_storage(pa.bool8(), pa.array([1, None], pa.int8())),
    "list_bool": pa.array([[True, None, False] * 30, None, []], pa.list_(pa.bool_())),
    "list_null": pa.array([[None] * 70, None, []], pa.list_(pa.null())),
    "list_list": pa.array([[[1], None, []], None, []], pa.list_(pa.list_(pa.int8()))),
    "list_decimal": pa.array([[D("1.5"), None], None], pa.list_(pa.decimal128(9, 1))),
    "list_map": pa.array(
        [[[("a", [1])], None]], pa.list_(pa.map_("string", pa.list_(pa.int8())))
    ),
    "list_struct": pa.array([[{"a": 1}, None, {"a": None}], None, []]),
    "list_uuid": pa.ListArray.from_arrays(
        pa.array([0, 2], pa.int32()), pa.array([b"\x01" * 16, None], pa.uuid())
    ),
    "list_dictionary": pa.ListArray.from_arrays(
        pa.array([0, 2, None, 3]), pa.array(["x", None, "y"]).dictionary_encode()
    ),
}
for _unit in ("s", "ms", "us", "ns"):
    COLUMNS[f"duration_{_unit}"] = pa.array([0, -1, None, 2**62], pa.duration(_unit))
    for _zone in (None, "UTC", "Europe/Oslo", "-03:30"):
        COLUMNS[f"timestamp_{_unit}_{_zone}"] = pa.array(
            [0, -1, None, 2**62], pa.timestamp(_unit, _zone)
        )


def round_trip(table: pa.Table) -> pa.Table:
    """Return the table after it was rows, validated and compared."""
    rows = from_arrow(table)
    assert len(rows) == table.num_rows
    back = rows.to_arrow()
    back.validate(full=True)
    assert back.schema.equals(table.schema, check_metadata=True)
    assert back.equals(table)
    return back


@pytest.mark.parametrize("name", COLUMNS)
def test_every_type_comes_back(name: str) -> None:
    round_trip(pa.table({"before": COLUMNS[name], "a": COLUMNS[name]}))


# Python has no such moments, or rows read the type as another one of Python.
OTHER_IN_PYTHON = (
    "timestamp",
    "duration",
    "time64_ns",
    "float16",
    "bool8",
    "list_null",
)
OTHER_IN_PYTHON += ("map", "list_map")


@pytest.mark.parametrize(
    "name", [n for n in COLUMNS if not n.startswith(OTHER_IN_PYTHON)]
)
def test_rows_read_the_values_that_arrow_has(name: str) -> None:
    rows = from_arrow(pa.table({"a": COLUMNS[name]}))
    assert [row["a"] for row in rows.to_pylist()] == COLUMNS[name].to_pylist()


@pytest.mark.parametrize("name", COLUMNS)
def test_types_survive_in_structs_and_lists(name: str) -> None:
    column = COLUMNS[name]
    n = len(column)
    mask = pa.array([i == 1 for i in range(n)])
    struct = pa.StructArray.from_arrays([column, column], ["x", "y"], mask=mask)
    lists = pa.ListArray.from_arrays(pa.array([0, 0, n], pa.int32()), column)
    round_trip(pa.table({"s": struct}))
    round_trip(pa.table({"l": lists}))
    nested = pa.ListArray.from_arrays(pa.array([0, n - 1, n], pa.int32()), struct)
    round_trip(pa.table({"n": nested}))


def test_metadata_of_every_level_is_kept() -> None:
    inner = pa.field("x", pa.int8(), False, {b"k": b"1"})
    item = pa.field("element", pa.struct([inner]), False, {b"k": b"2"})
    value = pa.field("value", pa.list_(item), True, {b"k": b"3"})
    key = pa.field("key", pa.string(), False, {b"k": b"4"})
    field = pa.field("m", pa.map_(key, value), True, {b"k": b"5"})
    schema = pa.schema([field], {b"pandas": b"{}", b"bin": b"\xff\x00"})
    back = schema_to_arrow(schema_from_arrow(schema))
    assert back.equals(schema, check_metadata=True)


@pytest.mark.parametrize(
    "names", [["", "a.b", "a.b"], ["x" * 5000, "é", "class"]], ids=["repeated", "odd"]
)
def test_names_are_kept(names: list[str]) -> None:
    round_trip(pa.Table.from_arrays([pa.array([1, None])] * 3, names))


@pytest.mark.parametrize(
    "type_",
    [
        pa.dictionary(pa.uint16(), pa.decimal128(3, 1), ordered=True),
        pa.map_(pa.string(), pa.int8(), keys_sorted=True),
        pa.large_list_view(pa.int8()),
        pa.opaque(pa.int8(), "t", "v"),
        pa.fixed_shape_tensor(pa.float32(), (2, 3)),
    ],
    ids=str,
)
def test_tags_keep_what_the_kind_lacks(type_: pa.DataType) -> None:
    schema = pa.schema([pa.field("a", type_, metadata={b"k": b"v"})])
    ours = schema_from_arrow(schema)
    assert schema_to_arrow(ours).equals(schema, check_metadata=True)
    assert ours.plan() is ours.plan()


def test_sorted_keys_are_part_of_the_type() -> None:
    plain = types.map_(types.utf8(), types.int8())
    assert plain != types.map_(types.utf8(), types.int8(), keys_sorted=True)
    assert plain == types.map_(types.utf8(), types.int8(), keys_sorted=False)


def test_unregistered_extension_comes_back() -> None:
    metadata = {b"ARROW:extension:name": b"my.type", b"ARROW:extension:metadata": b"m"}
    schema = pa.schema([pa.field("a", pa.int32(), metadata=metadata)])
    round_trip(pa.table([pa.array([1, None], pa.int32())], schema=schema))


def test_wide_decimal_of_an_official_schema() -> None:
    wide = types.DataType(types.Kind.DECIMAL, (), 50, 2)
    assert Schema([("a", wide)]).to_arrow().field("a").type == pa.decimal256(50, 2)


@pytest.mark.parametrize(
    ("type_", "what"),
    [
        (pa.month_day_nano_interval(), "interval"),
        (pa.dense_union([pa.field("u", pa.int8())]), "union"),
        (pa.sparse_union([pa.field("u", pa.int8())]), "union"),
    ],
    ids=["interval", "dense_union", "sparse_union"],
)
def test_refused_types_are_named_with_their_path(type_: pa.DataType, what: str) -> None:
    nested = pa.list_(pa.struct([("deep", type_)]))
    with pytest.raises(EncodeError, match=rf"field 'a\[\*\]\.deep' is an? {what}"):
        schema_from_arrow(pa.schema([("a", nested)]))


def test_a_released_schema_is_refused() -> None:
    class Used:
        capsule = pa.schema([("a", pa.int8())]).__arrow_c_schema__()

        def __arrow_c_schema__(self) -> object:
            return self.capsule

    pa.schema(Used())
    with pytest.raises(EncodeError, match="consumed"):
        schema_from_arrow(Used())
