"""Indexes: values like a column's, and the name, class and frequency around them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from fory_pandas.context import Decoder, Encoder
from fory_pandas.facts import IndexFacts
from fory_pandas.labels import decode_label, encode_label
from fory_pandas.temporal import freq_text, offset_of

__all__ = ["decode_level", "encode_level"]

_CLASSES = (
    pd.Index,
    pd.RangeIndex,
    pd.DatetimeIndex,
    pd.TimedeltaIndex,
    pd.PeriodIndex,
    pd.IntervalIndex,
    pd.CategoricalIndex,
)


def encode_level(index: pd.Index, to: Encoder) -> tuple[pa.Array, IndexFacts]:
    """Encode an index of one level: its values and what they do not say."""
    if type(index) not in _CLASSES:
        to.refuse(
            f"an index of class {type(index).__module__}.{type(index).__qualname__}",
            "reset the index or convert it to a pandas class",
        )
    if type(index) is pd.RangeIndex:
        return pa.array(index.to_numpy()), range_facts(index, to)
    array, values = to.values(index.array)
    facts = IndexFacts("values", encode_label(index.name, to), values=values)
    # The frequency of periods is part of their dtype.
    if type(index) in (pd.DatetimeIndex, pd.TimedeltaIndex) and index.freq is not None:
        facts.freq = freq_text(index.freq, to.at(".freq"))
    return array, facts


def named_in_arrow(array: pa.Array, level: pd.Index) -> pa.Array:
    """Return periods and intervals as the Arrow extension type that pandas reads.

    Columns need it not: readers find their dtype in pandas' own key, where that of an
    index is not looked up.
    """
    if not isinstance(level.dtype, (pd.PeriodDtype, pd.IntervalDtype)):
        return array
    kind = level[:0].array.__arrow_array__().type
    if array.type != kind.storage_type:
        return array
    return pa.ExtensionArray.from_storage(kind, array)


def range_facts(index: pd.RangeIndex, to: Encoder) -> IndexFacts:
    """Return the three numbers and the name that are a RangeIndex."""
    name = encode_label(index.name, to)
    return IndexFacts("range", name, index.start, index.stop, index.step)


def decode_range(facts: IndexFacts, at: Decoder) -> pd.RangeIndex:
    """Return the RangeIndex of three numbers."""
    at.expect(facts.step != 0, "a range index of step 0")
    limits = (facts.start, facts.stop, facts.step)
    fits = all(-(2**63) <= number < 2**63 for number in limits)
    at.expect(fits, "a range index beyond 64 bits")
    whole = pd.RangeIndex(*limits, name=decode_label(facts.name, at))
    return whole if at.rows is None else _selected(whole, at.rows)


def _selected(index: pd.RangeIndex, rows: Any) -> pd.Index:
    """Return the part of a range that selected rows have; it goes on as it began."""
    start, step = index.start, index.step
    if isinstance(rows, range):
        stop = start + step * rows.stop
        return pd.RangeIndex(start + step * rows.start, stop, step * rows.step).rename(
            index.name
        )
    return pd.Index(start + step * np.asarray(rows), dtype=np.int64, name=index.name)


def decode_level(array: pa.Array, facts: IndexFacts, at: Decoder) -> pd.Index:
    """Decode an index of one level."""
    if facts.kind == "range":
        index = decode_range(facts, at)
        at.expect(len(index) == len(array), f"a range of {len(index)} as {len(array)}")
        return index
    if facts.kind != "values" or facts.values is None:
        at.refuse(f"an index level of kind {facts.kind[:16]!r}")
    name = decode_label(facts.name, at)
    index = index_of(at.values(array, facts.values), name)
    if facts.freq:
        timed = isinstance(index, (pd.DatetimeIndex, pd.TimedeltaIndex))
        at.expect(timed, f"a frequency for an index of {index.dtype}")
        try:
            index.freq = _freq(facts.freq, at)
        except (ValueError, AttributeError) as error:
            at.refuse(f"frequency {facts.freq[:32]!r} does not fit: {error}")
    return index


def _freq(text: str, at: Decoder) -> Any:
    """Return the frequency of all rows, or of every so-manieth; else None."""
    offset = offset_of(text, at)
    if at.rows is None:
        return offset
    return offset * at.rows.step if isinstance(at.rows, range) else None


def index_of(values: Any, name: Any) -> pd.Index:
    """Return the index over decoded values; never inferring another dtype."""
    # Public constructors take a name only if it is hashable, which labels are.
    index = pd.Index(values, dtype=values.dtype, copy=False, tupleize_cols=False)
    index.name = name
    return index
