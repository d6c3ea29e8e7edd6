"""Rows: one indexing rule, selections that copy nothing, printing, pickling."""

from __future__ import annotations

import gc
import html
import pickle
import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from rows.building import rows_of

import fory_row as fr
from fory_row import Field

FIELDS = [
    Field("id", fr.int64()),
    Field("name", fr.utf8()),
    Field("at", fr.struct([("x", fr.float64()), ("tags", fr.list_(fr.utf8()))])),
]
RECORDS = [
    {"id": i, "name": f"n{i}" * (i % 3), "at": {"x": i / 2, "tags": ["a"] * (i % 4)}}
    for i in range(100)
]


@pytest.fixture(params=[1, 7], ids=["one block", "seven blocks"])
def rows(request):
    return rows_of(FIELDS, RECORDS, request.param)


def ids(rows):
    return [r.id for r in rows]


def test_length_and_items(rows):
    assert len(rows) == 100
    assert [rows[i].to_dict() for i in range(100)] == RECORDS == rows.to_pylist()
    assert rows[-1].id == 99
    assert rows[np.int32(5)].id == 5
    for bad in (100, -101, 10**30, -(10**30)):
        with pytest.raises(IndexError):
            rows[bad]
        with pytest.raises(IndexError):
            rows[bad, "id"]
        with pytest.raises(IndexError):
            rows[0][bad]
    with pytest.raises(TypeError, match="bool"):
        rows[True]


@pytest.mark.parametrize(
    "part",
    [
        slice(10, 20),
        slice(None, None, -3),
        slice(90, 200),
        slice(5, 5),
        slice(-3, None),
    ],
)
def test_slices(rows, part):
    assert ids(rows[part]) == list(range(100))[part]
    assert ids(rows[part][::-2]) == list(range(100))[part][::-2]
    assert ids(rows[[3, -1, 7]][part]) == [3, 99, 7][part]


def test_masks_and_positions(rows):
    mask = np.arange(100) % 10 == 0
    assert ids(rows[mask]) == list(range(0, 100, 10))
    assert ids(rows[mask.tolist()]) == list(range(0, 100, 10))
    assert ids(rows[pd.Series(mask)]) == list(range(0, 100, 10))
    assert ids(rows[[5, 1, -1]]) == [5, 1, 99]
    assert ids(rows[::2][np.array([1, 2], dtype=np.uint8)]) == [2, 4]
    assert ids(rows[[]]) == []
    with pytest.raises(IndexError, match="mask has 3 entries, there are 100 rows"):
        rows[[True, False, True]]
    with pytest.raises(IndexError, match="row 100 of 100"):
        rows[[1, 100]]
    with pytest.raises(TypeError, match="default index"):
        rows[pd.Series(mask, index=range(1, 101))]
    with pytest.raises(TypeError, match="missing"):
        rows[pd.Series([True, None] * 50, dtype="boolean")]
    with pytest.raises(TypeError, match="float64"):
        rows[[1.5]]


def test_a_selection_does_not_follow_the_callers_array(rows):
    picks = np.array([1, 2, 3])
    part = rows[picks]
    picks[:] = 10**9
    assert ids(part) == [1, 2, 3]
    with pytest.raises(ValueError, match="read-only"):
        part.picked[0] = 10**9


def test_columns_and_cells(rows):
    assert rows["id"][5] == 5
    assert rows["at.x"][8] == 4.0
    assert rows["at.tags.0"][1:3].to_pylist() == ["a", "a"]
    assert rows[7, "id"] == rows[7, "at.x"] * 2 == 7
    assert rows[-1, "name"] == RECORDS[-1]["name"]
    assert len(rows["id"][::10]) == 10
    with pytest.raises(KeyError, match="did you mean 'name'"):
        rows["nam"]
    with pytest.raises(IndexError):
        rows[100, "id"]
    with pytest.raises(TypeError, match="a cell is"):
        rows[1, 2, 3]


DEEP = pa.table(
    {
        "l": [[{"p": 1.5}, {"p": None}], None, [{"p": 2.5}]],
        "m": pa.array([[("k", 1)], [], None], pa.map_(pa.string(), pa.int64())),
    }
)


def test_cells_of_a_path_are_the_same_when_it_is_compiled():
    rows = fr.from_arrow(DEEP)
    for _ in range(2):
        assert [rows[i, "l.0.p"] for i in range(-3, 3)] == [1.5, None, 2.5] * 2
        assert rows[0, "l.1.p"] is None
        assert rows[0, "l.-1"].to_dict() == {"p": None}
        with pytest.raises(IndexError):
            rows[2, "l.1.p"]
        with pytest.raises(IndexError):
            rows[3, "l.0.p"]
        with pytest.raises(TypeError):
            rows["0", "l.0.p"]


def test_cells_of_a_selection_have_paths_of_their_own():
    rows = fr.from_arrow(DEEP)
    assert rows[2, "l.0.p"] == 2.5
    assert rows[::-1][0, "l.0.p"] == 2.5
    assert rows[["m", "l"]][0, "l.0.p"] == 1.5


def test_cells_under_a_missing_key_are_null_each_time():
    rows = fr.from_arrow(DEEP)
    for _ in range(2):
        assert rows[0, "m.k"] == 1
        assert rows[2, "m.value"] is None
        assert rows[0, "m.value"] is None


def test_many_paths_are_not_kept_for_ever():
    rows = fr.from_arrow(pa.table({"l": [list(range(500))]}))
    for _ in range(2):
        assert [rows[0, f"l.{k}"] for k in range(500)] == list(range(500))


def test_nested_columns_in_bulk():
    inner = [{"p": 1.5, "t": [1, 2]}, {"p": None, "t": None}]
    rows = fr.from_arrow(pa.table({"l": [inner, None, []], "i": [0, 1, 2]}))[::-1]
    assert rows["l.0.p"].to_arrow().to_pylist() == [None, None, 1.5]
    assert rows["l.0.t.1"].to_arrow().type == pa.int64()
    assert np.isnan(rows["l.0.t.1"].to_numpy()[:2]).all()
    assert rows["l.-1.t"].to_numpy().tolist() == [None, None, None]
    with pytest.raises(KeyError, match="no field 'q' in"):
        rows["l.0.q"].to_arrow()


def test_projection(rows):
    part = rows[["name", "id"]]
    assert part.schema.names == ["name", "id"]
    assert part[4].to_dict() == {"name": RECORDS[4]["name"], "id": 4}
    assert part[["id"]][10:12].to_pylist() == [{"id": 10}, {"id": 11}]
    assert pickle.loads(pickle.dumps(part[5:7])) == part[5:7]


def test_head_tail_take_sample(rows):
    assert ids(rows.head(3)) == [0, 1, 2]
    assert ids(rows.tail(2)) == [98, 99]
    assert ids(rows.tail(0)) == []
    assert ids(rows.take([9, 0])) == [9, 0]
    sample = ids(rows.sample(10, random_state=1))
    assert sample == sorted(set(sample))
    assert sample == ids(rows.sample(10, random_state=1))
    with pytest.raises(ValueError, match="cannot sample 101 of 100"):
        rows.sample(101)


def test_batches(rows):
    assert [len(b) for b in rows.to_batches(30)] == [30, 30, 30, 10]
    with pytest.raises(ValueError, match="at least 1"):
        next(rows.to_batches(0))


def test_equality(rows):
    assert rows == rows_of(FIELDS, RECORDS, 3)
    assert rows[:50] != rows[50:]
    assert rows != rows_of(FIELDS, RECORDS[:-1])
    with pytest.raises(TypeError):
        hash(rows)


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickle(rows, protocol):
    part = rows[10:90:7]
    assert pickle.loads(pickle.dumps(part, protocol)) == part


def test_pickle_out_of_band(rows):
    buffers = []
    data = pickle.dumps(rows, 5, buffer_callback=buffers.append)
    assert len(data) < 3000
    assert pickle.loads(data, buffers=buffers) == rows


def test_views_outlive_rows():
    row = rows_of(FIELDS, RECORDS)[42]
    nested = row.at.tags
    del row
    gc.collect()
    assert nested == ["a", "a"]


def test_closed_rows_are_refused(rows):
    row = rows[1]
    with rows:
        pass
    assert row.id == 1
    with pytest.raises(ValueError, match="closed"):
        rows[0]
    assert "closed" in repr(rows)


def test_strided_view():
    fields = [Field("a", fr.int32()), Field("b", fr.float64())]
    fixed = rows_of(fields, [{"a": i, "b": i / 4} for i in range(10)])
    block = fixed.source.get_block(0)
    from fory_row._block import MemorySource, block_from_buffer

    strided = fr.Rows(
        fixed.plan, MemorySource([block_from_buffer(block, 10, None, 24)])
    )
    view = strided[8:2:-2]["b"].to_numpy(copy=False)
    assert view.tolist() == [2.0, 1.5, 1.0]
    assert view.strides == (-48,)
    assert not view.flags.writeable


def test_repr_and_html(rows):
    text = repr(rows)
    assert text.startswith("Rows(100 x 3, ")
    assert len(text.splitlines()) == 13
    evil = rows_of([Field("<b>", fr.utf8())], [{"<b>": "<script>" * 100}])
    shown = evil._repr_html_()
    assert "<script>" not in shown
    assert html.escape("<b>") in shown
    assert len(shown) < 2000


def test_repr_sends_nothing_to_the_terminal():
    rows = fr.from_arrow(pa.table({"a\x1b[31m": ["x\r\n\x1b[2Jy\u202e"]}))
    assert all(line.isprintable() for line in repr(rows).splitlines())


def test_repr_is_quick_for_wide_rows():
    fields = [Field(f"f{i}", fr.utf8()) for i in range(2000)]
    rows = rows_of(fields, [{f.name: "x" * 500 for f in fields}] * 12)
    start = time.perf_counter()
    assert len(repr(rows)) < 20_000
    assert time.perf_counter() - start < 0.5


def test_nbytes(rows):
    assert rows.nbytes == sum(len(r.to_bytes()) for r in rows)
    assert rows[10:20].nbytes == sum(len(r.to_bytes()) for r in rows[10:20])


def test_no_rows():
    rows = rows_of(FIELDS, [])
    assert len(rows) == 0
    assert rows.to_pylist() == list(rows) == []
    assert not rows
    assert repr(rows) == "Rows(0 x 3, 0 B)"


@pytest.mark.parametrize(
    ("offsets", "error"),
    [
        ([], TypeError),
        (16, TypeError),
        ([[0, 16]], TypeError),
        ([0.0, 16.0], TypeError),
        ([False, True], TypeError),
        ([0, 2**64], ValueError),
        ("0", TypeError),
        ([None, 16], TypeError),
        ([-1, 16], ValueError),
        (np.array([-1, 16]), ValueError),
    ],
    ids=repr,
)
def test_offsets_are_integers(offsets, error):
    with pytest.raises(error, match="offsets"):
        fr.Rows.from_buffer(fr.schema([("a", fr.int8())]), bytes(16), offsets)


def test_schema_of_a_buffer_may_be_arrows():
    rows = fr.Rows.from_buffer(pa.schema([("a", pa.int8())]), bytes(32))
    assert rows.to_pylist() == [{"a": 0}] * 2
