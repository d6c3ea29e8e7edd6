"""Columns whose cells are rows: making, reading, changing, and the ways out."""

import datetime
import decimal
import io
import operator
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import fory_pandas
import fory_row
from fory.error import EncodeError
from fory_pandas import Cell, RowArray, RowDtype
from fory_pandas.type_text import parse_type, type_text

RECORDS = [{"a": 1, "b": [1.5, None]}, None, {"a": None, "b": None}]
DTYPE = "fory[struct<a: int64, b: list<float64>>]"
TYPE = pa.struct({"a": pa.int64(), "b": pa.list_(pa.float64())})


@pytest.fixture
def array():
    return pd.array(RECORDS, dtype=DTYPE)


# -- dtype -------------------------------------------------------------------------

TEXTS = [
    "struct<a: int64, b: list<string not null>>",
    "struct<>",
    'struct<"odd name, <\\"": timestamp[ns, tz=Europe/Berlin], plain: null>',
    "map<string, int32 not null, sorted>",
    "fixed_size_list<float16>[3]",
    "large_list_view<decimal32(3, -1)>",
    "list<dictionary<string, int8, ordered>>",
    "list<fixed_size_binary[3]>",
    "list<time32[ms]>",
    "list<struct<d: duration[s], u: uuid, x: uint64 not null>>",
]


@pytest.mark.parametrize("text", TEXTS)
def test_types_as_text_come_back(text):
    assert type_text(parse_type(text)) == text
    assert str(pd.api.types.pandas_dtype(f"fory[{text}]")) == f"fory[{text}]"


def test_arrows_own_spelling_of_a_type_is_read():
    kind = pa.struct({"a": pa.list_(pa.float64()), "t": pa.timestamp("us", "UTC")})
    assert RowDtype(str(kind)) == RowDtype(kind)


@pytest.mark.parametrize(
    "text",
    ["", "struct<a>", "list<int65>", "list<int8", "list<int8>>", "list<" * 100],
)
def test_a_text_that_is_no_type_is_refused_by_place(text):
    with pytest.raises(ValueError, match=r"expected .* at character"):
        RowDtype(text)
    with pytest.raises(TypeError, match="Cannot construct a 'RowDtype'"):
        RowDtype.construct_from_string(f"fory[{text}]")


def test_a_dtype_of_plain_values_is_refused():
    with pytest.raises(TypeError, match="structs, lists or maps, not int64"):
        RowDtype("int64")


def test_the_name_of_list_items_is_no_part_of_a_dtype():
    named = pa.list_(pa.field("element", pa.int8()))
    assert RowDtype(named) == RowDtype("list<int8>")
    assert hash(RowDtype(named)) == hash(RowDtype("list<int8>"))


# -- making ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        lambda: RowArray(RECORDS),
        lambda: RowArray(pa.array(RECORDS, TYPE)),
        lambda: RowArray(pa.chunked_array([pa.array(RECORDS[:1], TYPE)] * 1).slice(0)),
        lambda: RowArray(pd.array(RECORDS, dtype=pd.ArrowDtype(TYPE))),
        lambda: RowArray(pd.Series(RECORDS, dtype=DTYPE)),
        lambda: RowArray(fory_row.from_arrow(pa.table({"x": RECORDS}))["x"]),
        lambda: RowArray(iter(RECORDS), dtype=DTYPE),
        lambda: RowArray([pd.NA if r is None else r for r in RECORDS]),
        lambda: RowArray(list(RowArray(RECORDS))),
        lambda: RowArray([c if c is pd.NA else c.view for c in RowArray(RECORDS)]),
    ],
    ids=[
        *("records", "arrow", "chunks", "arrow_dtype", "series", "column"),
        *("iterator", "NA", "cells", "views"),
    ],
)
def test_an_array_is_made_of(make, array):
    made = make()
    if len(made) == 1:
        assert made.to_pylist() == RECORDS[:1]
    else:
        pd.testing.assert_extension_array_equal(made.take([0, 1, 2]), array)


def test_rows_become_cells_without_a_copy():
    rows = fory_row.from_pylist([{"a": i, "b": "x"} for i in range(100)])
    made = RowArray(rows[10:20])
    assert made[3]["a"] == 13
    assert made._store.rows.source is rows.source


def test_one_field_of_a_mapped_file_becomes_cells_in_place(tmp_path):
    frame = pd.DataFrame({"n": range(50), "v": [[i] * (i % 3) for i in range(50)]})
    frame.fory.to_file(tmp_path / "f.fory")
    rows = fory_pandas.open_file(tmp_path / "f.fory")
    made = RowArray(rows["v"])
    assert made.to_pylist() == frame["v"].tolist()
    assert made._store.rows.source is rows.source


def test_a_value_that_does_not_fit_is_refused_by_path():
    with pytest.raises(EncodeError, match="b"):
        pd.array([{"a": 1, "b": "text"}], dtype=DTYPE)


def test_nothing_has_no_type():
    with pytest.raises(TypeError, match="give a dtype"):
        RowArray([None, None])


# -- cells -------------------------------------------------------------------------


def test_a_cell_reads_its_parts_in_place(array):
    assert array[0]["b"][0] == 1.5
    assert array[0].to_python() == RECORDS[0]
    assert array[1] is pd.NA
    assert isinstance(array[0].view, fory_row.Row)


def test_a_cell_is_a_scalar_to_pandas(array):
    assert not pd.api.types.is_list_like(array[0])
    assert not any(hasattr(array[0], name) for name in ("__len__", "keys", "__iter__"))


def test_cells_of_dictionaries_take_their_values():
    kind = pa.list_(pa.dictionary(pa.int8(), pa.string()))
    made = RowArray(pa.array([["x", "y"], None], kind))
    made[1] = ["z", "x"]
    assert made.to_pylist() == [["x", "y"], ["z", "x"]]
    assert RowArray([["q"]], dtype=made.dtype)[0] == ["q"]


def test_cells_equal_their_values():
    one, other = RowArray([[1, 2], [1, 2]])
    assert one == other == [1, 2]
    assert hash(one) == hash(other)
    assert one != [1, 3]
    assert one != 5


def test_cells_are_ordered_by_parts_with_nulls_last():
    made = RowArray([[2], [1, None], [1, 5], [1]])
    assert [c.to_python() for c in sorted(made)] == [[1], [1, 5], [1, None], [2]]


@pytest.mark.parametrize(
    ("values", "n"),
    [
        ([[0.0], [-0.0]], 1),
        ([[float("nan")], [float("nan")]], 1),
        ([{"x": 1}, {"x": None}, {"x": 1}], 2),
    ],
    ids=["zeros", "nans", "structs"],
)
def test_equal_values_are_one_value(values, n):
    assert len(RowArray(values).unique()) == n


def test_arrays_compare_as_their_cells_do():
    one = RowArray([[1, None], [2], None, [1], [float("nan")]])
    other = RowArray([[1, 5], [2], [3], [1, 0], [9.5]], dtype=one.dtype)
    for compare in (operator.lt, operator.le, operator.gt, operator.ge):
        cells = [
            pd.NA if a is pd.NA else compare(a, b)
            for a, b in zip(one, other, strict=True)
        ]
        assert list(compare(one, other)) == cells


def test_maps_are_equal_in_any_order():
    kind = pa.map_(pa.string(), pa.int64())
    made = RowArray(pa.array([[("a", 1), ("b", 2)], [("b", 2), ("a", 1)]], kind))
    assert len(made.unique()) == 1
    assert made[0] == made[1]


def test_a_huge_cell_prints_in_a_line():
    made = RowArray([[["x" * 1000] * 1000], [["<script>"]]])
    assert len(repr(made[0])) < 100
    assert len(repr(pd.Series(made))) < 300
    assert "<script>" not in pd.DataFrame({"r": RowArray([["<script>"]])}).to_html()


def test_a_cell_pickles(array):
    assert pickle.loads(pickle.dumps(array[0])) == array[0]


# -- changing ------------------------------------------------------------------------


def test_cells_are_set_one_by_one_in_few_blocks():
    made = RowArray([[0]] * 2000)
    for i in range(2000):
        made[i] = [i, i]
    assert made.to_pylist() == [[i, i] for i in range(2000)]
    assert made._store.rows.source.n_blocks < 20


def test_setting_does_not_change_a_copy(array):
    copy = array.copy()
    array[0] = {"a": 9, "b": []}
    assert copy.to_pylist() == RECORDS
    assert array[0]["a"] == 9


def test_a_failed_assignment_changes_nothing(array):
    with pytest.raises(EncodeError):
        array[0] = {"a": "text"}
    assert array.to_pylist() == RECORDS


def test_missing_cells_may_lie_over_fields_that_are_never_null():
    schema = pa.schema(
        [
            pa.field("id", pa.int64(), nullable=False),
            pa.field("word", pa.dictionary(pa.int8(), pa.large_string())),
        ]
    )
    words = pa.array(["a", "b"]).cast(schema.field("word").type)
    table = pa.table([pa.array([1, 2]), words], schema=schema)
    column = pd.Series(RowArray(fory_row.from_arrow(table)))
    moved = column.shift(1)
    assert moved.isna().tolist() == [True, False]
    assert moved[1]["word"] == "a"
    joined = pd.concat([moved, moved.shift(1), column], ignore_index=True)
    assert joined.isna().tolist() == [True, False, True, True, False, False]
    assert [cell["id"] for cell in joined.dropna()] == [1, 1, 2]


def test_columns_of_several_stores_are_concatenated(array):
    both = pd.concat([pd.Series(array), pd.Series(pd.array(RECORDS[:1], dtype=DTYPE))])
    assert str(both.dtype) == DTYPE
    assert both.array.to_pylist() == [*RECORDS, RECORDS[0]]


def test_a_column_merges_on_cells():
    left = pd.DataFrame({"k": RowArray([[1], [2], [1]]), "x": [1, 2, 3]})
    right = pd.DataFrame({"k": RowArray([[2], [1]]), "y": ["b", "a"]})
    assert left.merge(right, on="k")["y"].tolist() == ["a", "b", "a"]


# -- elsewhere ------------------------------------------------------------------------


def test_a_frame_with_cells_survives_rows(array):
    frame = pd.DataFrame({"n": [1, 2, 3], "r": array})
    pd.testing.assert_frame_equal(frame.fory.to_rows().to_pandas(), frame)


def test_a_frame_with_cells_survives_a_file(array, tmp_path):
    frame = pd.DataFrame({"r": array, "l": RowArray([[1], None, []])})
    frame.fory.to_file(tmp_path / "f.fory")
    pd.testing.assert_frame_equal(fory_pandas.read_file(tmp_path / "f.fory"), frame)


def test_readers_without_facts_see_structs(array):
    rows = pd.DataFrame({"r": array}).fory.to_rows()
    assert pa.table(rows).to_pandas()["r"][0]["a"] == 1


@pytest.mark.parametrize("keep", [True, False], ids=["extension", "pandas_key"])
def test_a_frame_with_cells_survives_parquet(array, tmp_path, keep):
    frame = pd.DataFrame({"r": array, "m": RowArray([[1], None, []])})
    frame.to_parquet(tmp_path / "f.parquet")
    code = (
        "import sys, pandas as pd, fory_pandas\n"
        f"{'fory_pandas.RowArray([[1]]).__arrow_array__()' if keep else ''}\n"
        "print(pd.read_parquet(sys.argv[1]).dtypes.astype(str).tolist())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "f.parquet"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str([DTYPE, "fory[list<int64>]"])
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "f.parquet"), frame)


def test_buffers_are_pickled_out_of_band(array):
    buffers = []
    data = RowArray([[i] * 100 for i in range(1000)])
    small = pickle.dumps(data, protocol=5, buffer_callback=buffers.append)
    assert len(small) < 2000
    assert sum(len(b.raw()) for b in buffers) > 800_000
    pd.testing.assert_extension_array_equal(pickle.loads(small, buffers=buffers), data)


def test_a_slice_pickles_only_its_cells():
    data = RowArray([[i] * 100 for i in range(1000)])
    assert len(pickle.dumps(data[:2])) < 5000


def test_cells_are_written_to_csv_and_read_back():
    values = [{"d": datetime.date(2020, 1, 2), "x": decimal.Decimal("1.50"), "b": b"z"}]
    frame = pd.DataFrame({"r": RowArray(values)})
    text = frame.to_csv(index=False)
    back = pd.read_csv(io.StringIO(text), dtype={"r": str(frame["r"].dtype)})
    pd.testing.assert_frame_equal(back, frame)


def test_cells_become_json_objects(array):
    assert pd.Series(array).to_json(orient="values") == (
        '[{"a":1,"b":[1.5,null]},null,{"a":null,"b":null}]'
    )


def test_cells_become_arrow_dtype_and_back(array):
    arrow = pd.Series(array).astype(pd.ArrowDtype(TYPE))
    pd.testing.assert_series_equal(arrow.astype(DTYPE), pd.Series(array))


def test_a_column_becomes_numpy_with_nulls_as_nulls(array):
    assert pd.Series(array).to_numpy()[1] is pd.NA
    assert pd.Series(array).to_numpy(na_value="none")[1] == "none"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([RECORDS[0]], [True, False, False]),
        ([pd.NA], [False, True, False]),
        (pd.array(RECORDS[1:], dtype=DTYPE), [False, True, True]),
        (["text", 5, {"c": 1}], [False, False, False]),
    ],
    ids=["dict", "null", "cells", "no cells"],
)
def test_cells_are_in_values(array, values, expected):
    assert pd.Series(array).isin(values).tolist() == expected


def test_cells_are_masked_by_what_they_equal(array):
    frame = pd.DataFrame({"r": array})
    assert frame[frame["r"] == array[0]].index.tolist() == [0]


def test_damaged_bytes_in_a_cell_are_an_error_and_no_crash():
    rows = fory_row.from_pylist([{"v": [1, 2, 3]}])
    data = bytearray(rows[0].to_bytes())
    data[8:16] = b"\xff" * 8
    damaged = fory_row.Rows.from_buffer(rows.schema, bytes(data), [0, len(data)])
    with pytest.raises(ValueError, match="v"):
        RowArray(damaged["v"])[0].to_python()


def test_an_object_column_of_cells_is_refused_by_name(array):
    frame = pd.DataFrame({"r": pd.Series(list(array), dtype=object)})
    with pytest.raises(EncodeError, match="'r'"):
        frame.fory.to_rows()


def test_an_all_null_column_has_no_bytes_of_rows():
    made = RowArray([None] * 5, dtype="fory[list<int8>]")
    assert made.isna().all()
    assert np.array_equal(made.factorize()[0], [-1] * 5)
    assert isinstance(RowArray([[1]])[0], Cell)


@pytest.mark.parametrize(
    ("values", "dtype", "message"),
    [
        ([[2, 3]], "fory[list<bool>]", "would change"),
        ([[300]], "fory[list<int8>]", "cannot be"),
        ([[1]], "fory[struct<a: int8>]", "cannot be"),
    ],
    ids=["bool", "width", "kind"],
)
def test_a_cast_that_would_change_values_is_refused(values, dtype, message):
    with pytest.raises(EncodeError, match=message):
        pd.Series(RowArray(values)).astype(dtype)


def test_a_cast_that_keeps_values_is_made():
    made = pd.Series(RowArray([[1, None], None])).astype("fory[list<int8>]")
    assert made.array.to_pylist() == [[1, None], None]
    floats = pd.Series(RowArray([[float("nan"), 1.5]])).astype(
        "fory[large_list<double>]"
    )
    assert str(floats.dtype) == "fory[large_list<float64>]"


def test_lists_explode_into_their_items():
    frame = pd.DataFrame({"n": [0, 1, 2, 3], "l": RowArray([[1, 2], None, [], [3]])})
    made = frame.explode("l")
    assert made["n"].tolist() == [0, 0, 1, 2, 3]
    assert made["l"].isna().tolist() == [False, False, True, True, False]
    assert made["l"].dtype == pd.ArrowDtype(pa.int64())


def test_lists_of_records_explode_into_cells():
    made = pd.Series(RowArray([[{"a": 1}, None], []])).explode()
    assert str(made.dtype) == "fory[struct<a: int64>]"
    assert made.array.to_pylist() == [{"a": 1}, None, None]


def test_records_do_not_explode(array):
    pd.testing.assert_series_equal(pd.Series(array).explode(), pd.Series(array))
