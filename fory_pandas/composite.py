"""Columns made of other columns: categorical, interval, sparse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas.core.arrays.sparse import make_sparse_index

from fory_pandas.cells import read_odd, write_odd
from fory_pandas.context import Decoder, Encoder, one_chunk
from fory_pandas.facts import ColumnFacts
from fory_pandas.index import decode_level, encode_level
from fory_pandas.plain import from_plain, level_to_plain

__all__ = [
    "decode_categorical",
    "decode_interval",
    "decode_sparse",
    "dictionary_of",
    "encode_categorical",
    "encode_interval",
    "encode_sparse",
]

_CLOSED = ("left", "right", "both", "neither")


def encode_categorical(values: Any, to: Encoder) -> tuple[pa.Array, ColumnFacts]:
    """Encode codes and one dictionary; order and unused categories stay."""
    here = to.at(" categories")
    if not len(values):
        here = here.as_labels()
    categories, facts = encode_level(values.categories, here)
    if not len(values):
        # Writers of Arrow drop the dictionary of a column without rows.
        facts.plain = [level_to_plain(categories, facts, here)]
    array = dictionary_of(values.codes, categories, ordered=bool(values.ordered))
    ordered = {"ordered": "true"} if values.ordered else {}
    return array, ColumnFacts("categorical", options=ordered, categories=facts)


def dictionary_of(codes: Any, values: pa.Array, *, ordered: bool) -> pa.Array:
    """Return codes, -1 for missing, as a dictionary array over ``values``."""
    missing = codes == -1
    indices = pa.array(codes, mask=missing if missing.any() else None)
    return pa.DictionaryArray.from_arrays(
        indices, one_chunk(values), ordered=ordered, safe=False
    )


def decode_categorical(array: pa.Array, facts: ColumnFacts, at: Decoder) -> Any:
    """Decode codes and categories."""
    at.expect(pa.types.is_dictionary(array.type), f"categories in a {array.type}")
    if facts.categories is None:
        at.refuse("a categorical without facts about its categories")
    here = at.at(" categories")
    plain = facts.categories.plain
    dictionary = from_plain(plain[0], here) if plain else array.dictionary
    categories = decode_level(dictionary, facts.categories, here)
    ordered = "ordered" in facts.options
    dtype = pd.CategoricalDtype(categories, ordered=ordered)
    codes = array.indices
    if codes.null_count:
        codes = codes.fill_null(-1)
    return pd.Categorical.from_codes(codes.to_numpy(), dtype=dtype)


def encode_interval(values: Any, to: Encoder) -> tuple[pa.Array, ColumnFacts]:
    """Encode a struct of left and right."""
    missing = values.isna()
    left, facts = to.at(".left").values(values.left.array)
    right, _ = to.at(".right").values(values.right.array)
    mask = pa.array(missing) if missing.any() else None
    array = pa.StructArray.from_arrays([left, right], ["left", "right"], mask=mask)
    return array, ColumnFacts("interval", values.closed, parts=[facts])


def decode_interval(array: pa.Array, facts: ColumnFacts, at: Decoder) -> Any:
    """Decode a struct of left and right."""
    at.expect(facts.dtype in _CLOSED, f"interval closed on {facts.dtype[:16]!r}")
    left, right = (
        pd.Index(at.at(f".{side}").values(_under_nulls(array, side), facts.parts[0]))
        for side in ("left", "right")
    )
    return pd.arrays.IntervalArray.from_arrays(left, right, closed=facts.dtype)


def _under_nulls(array: pa.Array, side: str) -> pa.Array:
    """Return one side, missing wherever the interval is."""
    values = array.field(side)
    if not array.null_count:
        return values
    missing = np.nan if pa.types.is_floating(values.type) else None
    return pc.if_else(array.is_valid(), values, pa.scalar(missing, values.type))


def encode_sparse(values: Any, to: Encoder) -> tuple[pa.Array, ColumnFacts]:
    """Encode dense values, which everyone can read, and which of them was implied."""
    dense = values.to_dense()
    column = pd.Series(dense, dtype=dense.dtype, copy=False).array
    array, part = to.at(".dense").values(column)
    fill = write_odd(values.fill_value, to.at(".fill_value"))
    facts = ColumnFacts("sparse", values.kind, parts=[part], fill=fill)
    usual = _places(pd.arrays.SparseArray(dense, dtype=values.dtype, kind=values.kind))
    facts.stored = np.setdiff1d(_places(values), usual).tolist()
    return array, facts


def _places(values: pd.arrays.SparseArray) -> np.ndarray[Any, Any]:
    """Return where values are stored."""
    places: np.ndarray[Any, Any] = values.sp_index.to_int_index().indices
    return places


def decode_sparse(array: pa.Array, facts: ColumnFacts, at: Decoder) -> Any:
    """Decode dense values and drop those equal to the fill value, unless stored."""
    dense = at.at(".dense").values(array, facts.parts[0])
    at.expect(isinstance(dense, np.ndarray), "sparse values that are not numpy's")
    at.expect(facts.dtype in ("integer", "block"), "unknown kind of sparse index")
    dtype = pd.SparseDtype(dense.dtype, read_odd(facts.fill, at.registry))
    usual = pd.arrays.SparseArray(dense, dtype=dtype, kind=facts.dtype)
    if not facts.stored:
        return usual
    rows = np.arange(len(dense)) if at.rows is None else np.asarray(at.rows)
    stored = np.flatnonzero(np.isin(rows, facts.stored))
    places = np.union1d(_places(usual), stored).astype(np.int32)
    index = make_sparse_index(len(dense), places, kind=facts.dtype)
    return pd.arrays.SparseArray._simple_new(dense[places], index, dtype)
