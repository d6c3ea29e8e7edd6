"""The two axes of a frame: the row index in columns, the column labels in facts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from fory_pandas._scan import first_difference
from fory_pandas.composite import dictionary_of
from fory_pandas.context import Decoder, Encoder, one_chunk
from fory_pandas.facts import IndexFacts
from fory_pandas.index import decode_level, decode_range, encode_level, range_facts
from fory_pandas.plain import from_plain, level_to_plain
from fory_pandas.sameness import same_value

__all__ = ["decode_axis", "decode_labels", "encode_axis", "encode_labels"]


def encode_axis(
    index: pd.Index, to: Encoder, *, keep_range: bool = False
) -> tuple[list[pa.Array], IndexFacts]:
    """Encode any index: its columns, none for a range unless kept, and its facts."""
    if isinstance(index, pd.MultiIndex):
        return _encode_multi(index, to)
    if type(index) is pd.RangeIndex and not keep_range:
        return [], range_facts(index, to)
    array, facts = encode_level(index, to)
    return [array], facts


def _encode_multi(
    index: pd.MultiIndex, to: Encoder
) -> tuple[list[pa.Array], IndexFacts]:
    arrays, levels = [], []
    for i in range(index.nlevels):
        here = to.at(f" level {i}")
        if not len(index):
            here = here.as_labels()
        values = index.get_level_values(i)
        coded = not _refactorizes(index, i, values)
        array, facts = encode_level(index.levels[i] if coded else values, here)
        if coded and not len(index):
            # Writers of Arrow drop the dictionary of a column without rows.
            facts.plain = [level_to_plain(array, facts, here)]
        if coded:
            array = dictionary_of(np.asarray(index.codes[i]), array, ordered=False)
        facts.coded = coded
        arrays.append(array)
        levels.append(facts)
    depth = -1 if index.sortorder is None else int(index.sortorder)
    return arrays, IndexFacts("multi", levels=levels, sort_depth=depth)


def _refactorizes(index: pd.MultiIndex, i: int, values: pd.Index) -> bool:
    """Whether pandas would make the same level and codes of the plain values."""
    try:
        again = pd.MultiIndex.from_arrays([values])
    except TypeError:
        return False
    made, given = again.levels[0], index.levels[i]
    return (
        type(made) is type(given)
        and made.dtype == given.dtype
        and getattr(made, "freq", None) == getattr(given, "freq", None)
        and made.equals(given)
        and np.array_equal(again.codes[0], index.codes[i])
    )


def decode_axis(arrays: list[pa.Array], facts: IndexFacts, at: Decoder) -> pd.Index:
    """Decode the index that :func:`encode_axis` wrote."""
    if facts.kind == "multi":
        return _decode_multi(arrays, facts, at)
    if not arrays:
        at.expect(facts.kind == "range", "an index without a column")
        return decode_range(facts, at)
    return decode_level(arrays[0], facts, at)


def _decode_multi(
    arrays: list[pa.Array], facts: IndexFacts, at: Decoder
) -> pd.MultiIndex:
    at.expect(
        len(arrays) == len(facts.levels) > 0,
        f"{len(facts.levels)} levels in {len(arrays)} columns",
    )
    pairs = [
        _decode_coded(array, level, at.at(f" level {i}"))
        for i, (array, level) in enumerate(zip(arrays, facts.levels, strict=True))
    ]
    try:
        return pd.MultiIndex(
            levels=[level for level, _ in pairs],
            codes=[codes for _, codes in pairs],
            names=[level.name for level, _ in pairs],
            sortorder=None if facts.sort_depth < 0 else facts.sort_depth,
        )
    except ValueError as error:
        at.refuse(f"the levels and codes of a multi index disagree: {error}")


def _decode_coded(
    array: pa.Array, facts: IndexFacts, at: Decoder
) -> tuple[pd.Index, Any]:
    """Return one level and the codes into it."""
    array = one_chunk(array)
    if not facts.coded:
        values = decode_level(array, facts, at)
        made = pd.MultiIndex.from_arrays([values], names=[values.name])
        return made.levels[0], made.codes[0]
    at.expect(pa.types.is_dictionary(array.type), f"codes stored as {array.type}")
    codes = array.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    values = from_plain(facts.plain[0], at) if facts.plain else array.dictionary
    return decode_level(values, facts, at), codes


def encode_labels(columns: pd.Index, fields: list[str], to: Encoder) -> IndexFacts:
    """Encode the column labels; plain texts that are the field names cost nothing."""
    to = to.as_labels()
    arrays, facts = encode_axis(columns, to)
    if _are_the_fields(columns, facts, fields):
        return facts
    facts.plain = [level_to_plain(array, facts, to) for array in arrays]
    if not _same_index(columns, decode_labels(facts, fields, to.decoder)):
        to.refuse(f"labels of dtype {columns.dtype} would change")
    return facts


def _are_the_fields(columns: pd.Index, facts: IndexFacts, fields: list[str]) -> bool:
    return (
        facts.values is not None
        and facts.values.kind in ("string", "object")
        and list(columns) == fields
        and all(type(label) is str for label in columns)
    )


def _same_index(left: pd.Index, right: pd.Index) -> bool:
    """Whether labels came back as they were, types of objects included."""
    cells = left.tolist(), right.tolist()
    return (
        type(left) is type(right)
        and left.dtype == right.dtype
        and left.equals(right)
        and first_difference(*cells, same_value) < 0
    )


def decode_labels(facts: IndexFacts, fields: list[str], at: Decoder) -> pd.Index:
    """Decode the column labels."""
    if facts.plain or facts.kind == "range":
        arrays = [from_plain(plain, at) for plain in facts.plain]
    else:
        arrays = [pa.array(fields, pa.large_string())]
    labels = decode_axis(arrays, facts, at)
    at.expect(
        len(labels) == len(fields), f"{len(labels)} labels for {len(fields)} columns"
    )
    return labels
