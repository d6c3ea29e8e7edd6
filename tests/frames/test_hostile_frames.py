"""Frames that try to lose a value, a name or the process on their way."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from frames_catalogue import objects
from same_frames import assert_same

import fory_pandas as fpd
import fory_row
from fory.error import EncodeError


class NoRepr:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")

    __str__ = __repr__


class NoZone(dt.tzinfo):
    def utcoffset(self, _: Any) -> None:
        raise RuntimeError("no offset")

    def __repr__(self) -> str:
        raise RuntimeError("no repr")


def _deep() -> list[Any]:
    deep: list[Any] = []
    for _ in range(5000):
        deep = [deep]
    return deep


def _with_attrs(value: Any) -> pd.DataFrame:
    frame = pd.DataFrame({"x": [1]})
    frame.attrs["k"] = value
    return frame


def _sparse(*stored: float) -> pd.arrays.SparseArray:
    """Return an array whose first values are stored, whatever they are; others not."""
    array = pd.arrays.SparseArray([7.0, 8.0, 0.0], fill_value=0.0)
    array.sp_values[:] = stored
    return array


KEPT = {
    "labels with NUL": pd.DataFrame([[1, 2]], columns=["a\0b", ""]),
    "one label with NUL": pd.DataFrame({"a\0b": [1], "a": [2]}),
    "keys with NUL": objects({"a\0b": 1, "a\0c": 2}, {"a\0b": 3, "a\0c": 4}),
    "surrogate name": pd.Series([1], name="\ud800"),
    "surrogate label": pd.DataFrame([[1]], columns=pd.Index(["\ud800"], dtype=object)),
    "decimals beyond Arrow's scales": objects(Decimal("1E-400"), None),
    "zero of 39 places": objects(Decimal("0E-39")),
    "zero of 77 places": objects(Decimal("0E-77")),
    "decimal of large exponent": objects(Decimal("1E+99")),
    "stored zeros": pd.Series(_sparse(0.0, 1.0)),
    "stored negative zero": pd.Series(_sparse(-0.0, 1.0)),
    "sparse texts": pd.Series(pd.arrays.SparseArray(np.array(["a", None], object))),
}


@pytest.mark.parametrize("name", KEPT)
def test_it_is_kept(name, tmp_path):
    kept = KEPT[name]
    assert_same(kept, kept.fory.to_rows().to_pandas())
    kept.fory.to_file(tmp_path / "x.fory")
    assert_same(kept, fpd.read_file(tmp_path / "x.fory"))


def test_a_signalling_nan_is_kept():
    # assert_same would compare it, which Decimal does not allow.
    kept = objects(Decimal("sNaN7")).fory.to_rows().to_pandas()
    assert str(kept[0]) == "sNaN7"


def test_stored_places_follow_the_rows_that_are_picked():
    series = pd.Series(_sparse(0.0, -0.0))
    picked = series.fory.to_rows()[::-1].to_pandas().array
    assert picked.sp_index.to_int_index().indices.tolist() == [1, 2]
    assert np.signbit(picked.sp_values).tolist() == [True, False]


REFUSED = {
    "cell without repr": objects(NoRepr()),
    "cell of a huge number": objects(1 << 20_000),
    "zone without repr": objects(dt.datetime(2020, 1, 1, tzinfo=NoZone())),
    "label without repr": pd.DataFrame([[1]], columns=pd.Index([NoRepr()])),
    "name without repr": pd.Series([1], name=NoRepr()),
    "key without repr": objects({NoRepr(): 1}),
    "attribute without repr": _with_attrs({NoRepr(): 1}),
    "deep attribute": _with_attrs(_deep()),
    "void of numpy": pd.DataFrame({"x": np.zeros(2, "V4")}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(name):
    with pytest.raises(EncodeError):
        REFUSED[name].fory.to_rows()


@pytest.mark.parametrize("name", REFUSED)
def test_describing_it_says_why_or_what_it_is(name):
    assert len(REFUSED[name].fory.describe()) == 1


def test_categories_that_have_no_hash_are_described():
    odd = pd.Categorical(objects("\ud800"))
    described = pd.DataFrame({"x": odd}).fory.describe()
    assert "refused" in described["note"][0]


def test_a_dictionary_of_no_chunk_can_be_read_from_a_file(tmp_path):
    kind = pa.dictionary(pa.int8(), pa.string())
    empty = pd.arrays.ArrowExtensionArray(pa.chunked_array([], kind))
    frame = pd.DataFrame({"x": empty})
    frame.fory.to_file(tmp_path / "x.fory")
    assert_same(frame, fpd.read_file(tmp_path / "x.fory"))


@pytest.mark.parametrize(
    "table",
    [
        pa.table({"a\0b": [1]}),
        pa.record_batch({"a\0b": [1]}),
        pa.table({"x": [{"a\0b": 1}]}),
    ],
    ids=["table", "batch", "nested"],
)
def test_arrow_names_with_nul_are_refused_and_not_cut(table):
    with pytest.raises(EncodeError, match="NUL"):
        fory_row.from_arrow(table)
    with pytest.raises(EncodeError, match="NUL"):
        fory_row.Schema.from_arrow(table.schema)
