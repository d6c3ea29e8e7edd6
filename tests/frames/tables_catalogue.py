"""Named Arrow tables: every type that rows hold in every layout that must not matter.

``tables()`` must come back identical; ``refused()`` must be refused by path.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import pyarrow as pa
from generators import LEAF_TYPES, random_array, rechunk

__all__ = ["refused", "tables"]


_POINT = pa.struct([pa.field("x", pa.float64()), pa.field("y", pa.float64())])


def _list_types() -> dict[str, pa.DataType]:
    item = pa.field("item", pa.int32(), nullable=False)
    deep: pa.DataType = pa.int64()
    for _ in range(20):
        deep = pa.list_(deep)
    return {
        "deep_list_20": deep,
        "list_int": pa.list_(pa.int64()),
        "list_required": pa.list_(item),
        "list_named_element": pa.list_(pa.field("element", pa.string())),
        "list_string": pa.list_(pa.string()),
        "list_bool": pa.list_(pa.bool_()),
        "list_list": pa.list_(pa.list_(pa.float32())),
        "list_struct": pa.list_(_POINT),
        "list_null": pa.list_(pa.null()),
        "list_dictionary": pa.list_(pa.dictionary(pa.int8(), pa.string())),
        "list_decimal": pa.list_(pa.decimal128(20, 2)),
        "list_timestamp": pa.list_(pa.timestamp("ms", "UTC")),
        "large_list": pa.large_list(pa.string()),
        "large_list_of_large": pa.large_list(pa.large_list(pa.large_string())),
        "fixed_list_1": pa.list_(pa.int8(), 1),
        "fixed_list_3": pa.list_(pa.float64(), 3),
        "fixed_list_string": pa.list_(pa.string(), 2),
        "fixed_list_bool": pa.list_(pa.bool_(), 9),
        "fixed_list_nested": pa.list_(pa.list_(pa.int16(), 2), 2),
    }


def _struct_types() -> dict[str, pa.DataType]:
    boxed: pa.DataType = pa.string()
    for _ in range(20):
        boxed = pa.struct([pa.field("inner", boxed)])
    return {
        "deep_struct_20": boxed,
        "struct": _POINT,
        "struct_one": pa.struct([pa.field("only", pa.bool_())]),
        "struct_required": pa.struct([pa.field("x", pa.int8(), nullable=False)]),
        "struct_mixed": pa.struct(
            [
                pa.field("id", pa.int64(), nullable=False),
                pa.field("tags", pa.list_(pa.string())),
                pa.field("at", _POINT),
                pa.field("d", pa.decimal256(60, 4)),
            ]
        ),
        "struct_repeated_names": pa.struct([("x", pa.int8()), ("x", pa.string())]),
        "struct_empty": pa.struct([]),
        "map_string_int": pa.map_(pa.string(), pa.int64()),
        "map_int_string": pa.map_(pa.int32(), pa.string()),
        "map_struct": pa.map_(pa.string(), _POINT),
        "map_list": pa.map_(pa.string(), pa.list_(pa.int16())),
        "map_of_map": pa.map_(pa.string(), pa.map_(pa.string(), pa.bool_())),
        "map_sorted": pa.map_(pa.string(), pa.int8(), keys_sorted=True),
        "map_required": pa.map_(
            pa.string(), pa.field("value", pa.int8(), nullable=False)
        ),
    }


def _dictionary_types() -> dict[str, pa.DataType]:
    values = [
        pa.string(),
        pa.large_string(),
        pa.int64(),
        pa.uint8(),
        pa.float64(),
        pa.date32(),
        pa.timestamp("ns", "UTC"),
        pa.binary(),
        pa.binary(16),
        pa.decimal128(10, 2),
        pa.bool_(),
    ]
    named = {f"dictionary_{v}": pa.dictionary(pa.int32(), v) for v in values}
    for index in (pa.int8(), pa.int16(), pa.int64(), pa.uint8(), pa.uint32()):
        named[f"dictionary_by_{index}"] = pa.dictionary(index, pa.string())
    named["dictionary_ordered"] = pa.dictionary(pa.int8(), pa.string(), ordered=True)
    named["dictionary_struct"] = pa.dictionary(pa.int8(), pa.struct([("a", pa.int8())]))
    return named


def _types() -> dict[str, pa.DataType]:
    named = {str(kind).replace(" ", ""): kind for kind in LEAF_TYPES}
    return named | _list_types() | _struct_types() | _dictionary_types()


def _one(array: pa.Array, *, nullable: bool = True) -> pa.Table:
    schema = pa.schema([pa.field("v", array.type, nullable=nullable)])
    return pa.Table.from_arrays([array], schema=schema)


def _by_type() -> dict[str, pa.Table]:
    """Each type dense, with nulls, all null, empty, sliced and in chunks."""
    named = {}
    for name, kind in _types().items():
        rng = random.Random(name)
        nulls = _one(random_array(rng, kind, 71, 0.3))
        named[f"{name}/dense"] = _one(random_array(rng, kind, 17, 0.0))
        named[f"{name}/nulls"] = nulls
        named[f"{name}/all_null"] = _one(pa.nulls(9, kind))
        named[f"{name}/empty"] = nulls.slice(0, 0)
        named[f"{name}/sliced"] = nulls.slice(9, 41)
        named[f"{name}/chunks"] = rechunk(nulls.slice(1, 65), [[0, 8, 8, 63]])
    return named


_LAYOUT_KINDS = {
    "int64": pa.int64(),
    "bool": pa.bool_(),
    "string": pa.string(),
    "list": pa.list_(pa.int32()),
    "struct": pa.struct([("a", pa.int8()), ("b", pa.string())]),
    "fixed": pa.list_(pa.int16(), 3),
    "dictionary": pa.dictionary(pa.int8(), pa.string()),
}


def _offsets() -> dict[str, pa.Table]:
    named = {}
    for name, kind in _LAYOUT_KINDS.items():
        whole = _one(random_array(random.Random(name), kind, 300, 0.2))
        for offset in (1, 7, 8, 9, 63, 199):
            named[f"offset_{offset}/{name}"] = whole.slice(offset, 80)
        named[f"slice_of_slice/{name}"] = whole.slice(10, 200).slice(63, 66)
        named[f"no_chunk/{name}"] = _one(pa.chunked_array([], kind))
        empty = whole.column(0).chunk(0).slice(0, 0)
        nothing = pa.nulls(9, kind)
        chunks = [empty, nothing, whole.column(0).chunk(0).slice(5, 9), empty]
        named[f"odd_chunks/{name}"] = _one(pa.chunked_array(chunks))
    return named


def _lengths() -> dict[str, pa.Table]:
    named = {}
    for n in (7, 8, 9, 63, 64, 65, 129):
        cells = ["" if i % 3 else None for i in range(n)]
        cells[-1] = None
        named[f"null_last/{n}_rows"] = _one(pa.array(cells, pa.string()))
        named[f"empty_texts/{n}_rows"] = _one(pa.array([""] * n))
    for n in (8, 9, 63, 64, 65, 128, 500):
        columns = {f"c{i}": pa.array([i, None, 3]) for i in range(n)}
        columns[f"c{n - 1}"] = pa.array([None, 1, None], pa.int64())
        named[f"{n}_columns/null_in_last"] = pa.table(columns)
    return named


def _buffers() -> dict[str, pa.Table]:
    """Layouts that no builder makes: odd addresses, bytes beneath nulls."""
    odd = pa.py_buffer(b"\0" + bytes(range(80))).slice(1)
    half = pa.py_buffer(b"\x55" * 2)
    full = pa.py_buffer(b"\xff" * 2)
    late = pa.array([3, 5, 5, 9], pa.int32()).buffers()[1]
    text = pa.py_buffer(b"skipaabbbbtail")
    items = pa.array(range(12), pa.int64())
    lists = pa.ListArray.from_buffers(
        pa.list_(pa.int64()), 3, [half, late], 1, 0, [items]
    )
    lists_no_null = pa.ListArray.from_buffers(
        pa.list_(pa.int64()), 3, [None, late], 0, 0, [items]
    )
    ints = pa.int64()
    return {
        "odd_address/int64": _one(pa.Array.from_buffers(ints, 10, [None, odd])),
        "odd_address/double": _one(
            pa.Array.from_buffers(pa.float64(), 10, [None, odd])
        ),
        "beneath_null/int64": _one(pa.Array.from_buffers(ints, 10, [half, odd], 5)),
        "beneath_null/string": _one(
            pa.Array.from_buffers(pa.string(), 3, [half, late, text], 1)
        ),
        "beneath_null/list": _one(lists),
        "first_offset/string": _one(
            pa.Array.from_buffers(pa.string(), 3, [None, late, text])
        ),
        "first_offset/list": _one(lists_no_null),
        "full_bitmap/int64": _one(pa.Array.from_buffers(ints, 10, [full, odd], 0)),
        "unknown_null_count": _one(pa.Array.from_buffers(ints, 10, [half, odd])),
    }


def _structs() -> dict[str, pa.Table]:
    kind = pa.struct([("a", pa.int32()), ("b", pa.string())])
    values = [{"a": 1, "b": "x"}, None, {"a": None, "b": None}]
    beneath = pa.StructArray.from_arrays(
        [pa.array([1, 2, 3]), pa.array(["x", "y", None])],
        ["a", "b"],
        mask=pa.array([False, True, False]),
    )
    return {
        "struct_null_against_null_fields": _one(pa.array(values, kind)),
        "struct_values_beneath_null": _one(beneath),
        "struct_sliced_children": _one(beneath.slice(1, 2)),
    }


def _schemas() -> dict[str, pa.Table]:
    one = pa.array([1, 2, 3])
    meta = {b"k": b"\x00\xff", b"": b"empty key"}
    inner = pa.field("inner", pa.int8(), nullable=False, metadata={b"unit": b"m"})
    outer = pa.field("outer", pa.list_(pa.struct([inner])), metadata=meta)
    nested = pa.array([[{"inner": 1}], None, []], outer.type)

    def named(*names: str) -> pa.Table:
        return pa.Table.from_arrays([one] * len(names), names=list(names))

    return {
        "metadata/schema": named("x").replace_schema_metadata(meta),
        "metadata/every_depth": pa.Table.from_arrays(
            [nested], schema=pa.schema([outer])
        ),
        "metadata/none_against_empty": named("x").replace_schema_metadata({}),
        "names/empty": named(""),
        "names/dotted": named("a.b", "a", "b"),
        "names/repeated": named("x", "x", "y"),
        "names/5000_characters": named("n" * 5000),
        "names/unicode": named("日本", "é", "e\u0301", "😀"),
        "names/keywords": named("class", "def", "keys", "_fields", "__len__"),
        "not_null/int64": _one(one, nullable=False),
        "not_null/string": _one(pa.array(["a", "", "c"]), nullable=False),
        "not_null/list": _one(pa.array([[1], [], [2, 3]]), nullable=False),
        "no_columns/3_rows": named("x").select([]),
        "no_columns/0_rows": pa.table({}),
        "uint64/top_bit": _one(pa.array([2**64 - 1, 2**63, 0], pa.uint64())),
    }


def _extensions() -> dict[str, pa.Table]:
    made: dict[str, Callable[[], pa.Array]] = {
        "uuid": lambda: pa.ExtensionArray.from_storage(
            pa.uuid(), pa.array([b"0" * 16, None], pa.binary(16))
        ),
        "json": lambda: pa.ExtensionArray.from_storage(
            pa.json_(), pa.array(['{"a": 1}', None])
        ),
        "bool8": lambda: pa.ExtensionArray.from_storage(
            pa.bool8(), pa.array([0, None], pa.int8())
        ),
        "tensor": lambda: pa.ExtensionArray.from_storage(
            pa.fixed_shape_tensor(pa.float32(), [2, 2]),
            pa.array([[1, 2, 3, 4]] * 2, pa.list_(pa.float32(), 4)),
        ),
        "opaque": lambda: pa.ExtensionArray.from_storage(
            pa.opaque(pa.binary(), "geometry", "vendor"), pa.array([b"x", None])
        ),
    }
    named = {f"extension/{name}": _one(make()) for name, make in made.items()}
    keys = {b"ARROW:extension:name": b"un.known", b"ARROW:extension:metadata": b"\x01"}
    field = pa.field("v", pa.int32(), metadata=keys)
    unknown = pa.Table.from_arrays(
        [pa.array([1], pa.int32())], schema=pa.schema([field])
    )
    return named | {"extension/unknown": unknown}


def _views() -> dict[str, pa.Table]:
    texts = ["short", None, "a text of more than twelve bytes", ""]
    lists = pa.array([[1, 2], None, []], pa.list_view(pa.int64()))
    return {
        "view/string": _one(pa.array(texts, pa.string_view())),
        "view/binary": _one(pa.array([b"x", None, b"y" * 20], pa.binary_view())),
        "view/list": _one(lists),
        "view/large_list": _one(pa.array([[1], None], pa.large_list_view(pa.int8()))),
    }


def _wide() -> dict[str, pa.Table]:
    rng = random.Random(2000)
    kinds = [kind for kind in LEAF_TYPES if not pa.types.is_null(kind)]
    columns = [random_array(rng, kinds[i % len(kinds)], 5) for i in range(2000)]
    names = [f"field_{i}" for i in range(2000)]
    mixed = [random_array(rng, kind, 130, 0.3) for kind in LEAF_TYPES]
    all_kinds = pa.Table.from_arrays(mixed, names=[f"f{i}" for i in range(len(mixed))])
    cuts = [[i % 131, (i * 7) % 131] for i in range(len(mixed))]
    return {
        "wide/2000_columns": pa.Table.from_arrays(columns, names=names),
        "wide/every_leaf": all_kinds,
        "wide/every_leaf_chunked_apart": rechunk(all_kinds, cuts),
        "wide/every_leaf_sliced": all_kinds.slice(63, 64),
    }


def tables() -> dict[str, pa.Table]:
    """Return every table that must come back identical, by name."""
    return {
        **_by_type(),
        **_offsets(),
        **_lengths(),
        **_buffers(),
        **_structs(),
        **_schemas(),
        **_extensions(),
        **_views(),
        **_wide(),
    }


def refused() -> dict[str, pa.Table]:
    """Return tables that rows cannot hold, to be refused with the field's path."""
    tags = pa.array([0, 1], pa.int8())
    children = [pa.array([1, 2]), pa.array(["a", "b"])]
    union = pa.UnionArray.from_sparse(tags, children)
    nested = pa.ListArray.from_arrays(pa.array([0, 1, 2], pa.int32()), union)
    interval = pa.array([pa.MonthDayNano([1, 2, 3])])
    return {
        "union/sparse": _one(union),
        "union/in_list": _one(nested),
        "interval": _one(interval),
    }
