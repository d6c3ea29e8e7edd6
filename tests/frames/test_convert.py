"""The two directions of the conversion, on the dtypes of everyday tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from fory.error import DecodeError, EncodeError
from fory_pandas.convert import to_arrow, to_pandas
from fory_row.arrow import from_arrow

TEXT = "str" if pd.__version__ >= "3" else "string"


@pytest.fixture
def flights() -> pd.DataFrame:
    n = 2000
    rng = np.random.default_rng(13)
    delay = pd.array(rng.integers(-60, 600, n), dtype="Int32")
    delay[rng.random(n) < 0.1] = pd.NA
    return pd.DataFrame(
        {
            "year": np.full(n, 2013, np.int64),
            "dep_delay": delay,
            "carrier": pd.Categorical(rng.choice(["AA", "UA", None], n)),
            "tailnum": pd.array(rng.choice(["N1", "", None], n), dtype=TEXT),
            "distance": np.where(rng.random(n) < 0.1, np.nan, rng.random(n)),
            "hour": rng.integers(0, 24, n).astype("i1"),
            "time_hour": pd.date_range("2013", periods=n, freq="h", tz="UTC"),
        }
    )


def test_flights_come_back_identical(flights):
    pd.testing.assert_frame_equal(flights, to_pandas(*to_arrow(flights)))


def test_plain_columns_are_not_copied(flights):
    table, _ = to_arrow(flights)
    address = table.column("distance").chunk(0).buffers()[1].address
    assert address == flights["distance"].to_numpy().ctypes.data


def test_result_does_not_view_the_table(flights):
    table, facts = to_arrow(flights)
    back = to_pandas(table, facts)
    back.loc[0, ["year", "distance"]] = 7
    assert table.column("year")[0].as_py() == 2013


def test_nan_is_a_value_and_na_is_a_null():
    frame = pd.DataFrame(
        {
            "f": [np.nan, 1.0],
            "F": pd.arrays.FloatingArray(
                np.array([np.nan, 1.0]), np.array([False, True])
            ),
        }
    )
    table, facts = to_arrow(frame)
    assert [c.null_count for c in table.columns] == [0, 1]
    back = to_pandas(table, facts)["F"].array
    assert np.isnan(back._data[0])
    assert list(back.isna()) == list(frame["F"].array.isna())


def test_plain_arrow_readers_restore_the_index():
    frame = pd.DataFrame({"x": [1, 2]}, index=pd.Index(["a", "b"], name="key"))
    table, _ = to_arrow(frame)
    pd.testing.assert_frame_equal(frame, table.to_pandas())


def test_columns_are_picked_in_the_order_asked(flights):
    table, facts = to_arrow(flights)
    names = ["hour", "carrier"]
    back = to_pandas(table.select(names), facts, columns=names)
    pd.testing.assert_frame_equal(flights[names], back)


def test_missing_column_suggests_the_close_one(flights):
    with pytest.raises(KeyError, match="did you mean 'carrier'"):
        to_pandas(*to_arrow(flights), columns=["carier"])


def test_subclass_is_refused():
    class Special(pd.DataFrame):
        pass

    with pytest.raises(EncodeError, match="Special"):
        to_arrow(Special({"x": [1]}))


def test_facts_of_another_table_are_refused(flights):
    _, facts = to_arrow(flights)
    other, _ = to_arrow(flights[["year"]])
    with pytest.raises(DecodeError, match="fields 'dep_delay'"):
        to_pandas(other, facts)


def test_text_in_several_chunks_may_be_categories_labels_and_levels():
    parts = [pd.Series(["b"], dtype=TEXT), pd.Series(["a"], dtype=TEXT)]
    text = pd.Index(pd.concat(parts).array)
    frame = pd.DataFrame(
        np.zeros((2, 2)),
        index=pd.MultiIndex([text, [1, 2]], [[0, 1], [1, 0]]),
        columns=pd.MultiIndex([text, [1]], [[1, 0], [0, 0]]),
    )
    frame["c", 1] = pd.Categorical.from_codes([0, 1], categories=text)
    for each in (frame, frame[:0]):
        pd.testing.assert_frame_equal(each, to_pandas(*to_arrow(each)))


@pytest.mark.parametrize("index", [pd.Index([10, 20, 30]), pd.Index(list("aab"))])
def test_masks_may_have_the_index_of_the_frame(index):
    frame = pd.DataFrame({"x": [1, 2, 3]}, index=index)
    rows = frame.fory.to_rows()
    picked = rows[frame["x"] > 1].to_pandas()
    assert picked["x"].tolist() == [2, 3]
    with pytest.raises(TypeError, match="or that of the frame"):
        rows[pd.Series([True, False, True], index=[1, 2, 3])]


@pytest.mark.parametrize(
    "column",
    [
        pa.array([["a"]], pa.list_(pa.string_view())),
        pa.DictionaryArray.from_arrays(pa.array([0]), pa.array(["p", None])),
    ],
    ids=["list of views", "null in a dictionary"],
)
def test_fields_that_pandas_cannot_have_are_named(column):
    rows = from_arrow(pa.table({"x": [1], "odd": column}))
    with pytest.raises(TypeError, match=r"field 'odd' is .*keeps it"):
        rows.to_pandas()
    assert rows.to_pandas(dtype_backend="pyarrow").shape == (1, 2)


def test_a_backend_that_pandas_does_not_have():
    rows = from_arrow(pa.table({"x": [1]}))
    with pytest.raises(ValueError, match=r"dtype_backend is .* not 'numpy'"):
        rows.to_pandas(dtype_backend="numpy")


def test_columns_are_a_list():
    rows = from_arrow(pa.table({"name": [1], "n": [2]}))
    with pytest.raises(TypeError, match=r"columns is a list of labels: \['n'\]"):
        rows.to_pandas(columns="n")
