"""A frame put together again from Arrow columns and the facts beside them."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from fory_pandas.attrs import decode_attrs
from fory_pandas.axes import decode_axis, decode_labels
from fory_pandas.backend import backend_facts
from fory_pandas.columns import decoder
from fory_pandas.context import Decoder
from fory_pandas.facts import ColumnFacts, FrameFacts, IndexFacts
from fory_pandas.labels import decode_label
from fory_pandas.odd import Registry
from fory_pandas.room import Room

__all__ = ["join", "picked_columns", "to_pandas"]

_MAX_SPLIT_COLUMNS = 100
"""Frames of more columns get one block of memory per dtype."""


def to_pandas(
    table: pa.Table,
    facts: FrameFacts,
    *,
    columns: Sequence[Hashable] | None = None,
    dtype_backend: str | None = None,
    objects: Registry | None = None,
) -> pd.DataFrame | pd.Series:
    """Join an Arrow table and the facts beside it into the frame they were.

    Parameters
    ----------
    table
        The columns that the facts name; others are ignored.
    facts
        What :func:`to_arrow` returned, possibly read from a file of a stranger.
    columns
        Labels of the columns to return, in this order; all by default. The table
        needs only the fields of these and of the index.
    dtype_backend
        ``"numpy_nullable"`` or ``"pyarrow"``: dtypes by the Arrow types instead of
        by the facts, as in ``pandas.read_parquet``.
    objects
        The ``fory.Fory`` that knows the classes of cells, if it was needed to write.

    Returns
    -------
    pandas.DataFrame or pandas.Series
        A copy; nothing in it views the table.

    Raises
    ------
    DecodeError
        If the facts are not about this table, or ask for anything unknown.
    KeyError
        If ``columns`` names a label that the frame does not have.
    """
    picked = picked_columns(facts, columns, objects)
    return join(table, facts, picked, dtype_backend=dtype_backend, objects=objects)


def join(
    table: pa.Table,
    facts: FrameFacts,
    picked: Sequence[int],
    *,
    rows: range | np.ndarray[Any, Any] | None = None,
    dtype_backend: str | None = None,
    objects: Registry | None = None,
) -> pd.DataFrame | pd.Series:
    """Join the columns at the places ``picked``, of all rows or those selected.

    ``rows`` are the places that the table's rows had in the frame; None for all.
    A selection without the index columns has the default index.
    """
    n_rows = facts.n_rows if rows is None else len(rows)
    at = dataclasses.replace(decoder(objects), rows=rows)
    labels = _decode_labels(facts, at)
    axis = _decode_index(table, facts, at)
    at.expect(len(axis) == n_rows, f"{n_rows} rows, {len(axis)} in the index")
    columns = [
        (
            f" column {labels[i]!r}",
            _column(table, facts.fields[i], at),
            facts.columns[i],
        )
        for i in picked
    ]
    # Pandas would copy once more to join columns of one dtype, which pays if many do.
    is_wide = len(picked) > _MAX_SPLIT_COLUMNS
    room = None if is_wide else _room(columns)
    arrays = []
    for step, array, column in columns:
        column = backend_facts(array.type, column, dtype_backend)
        here = dataclasses.replace(at.at(step, rows=rows), room=room)
        arrays.append(_decode_column(array, column, axis, here))
    frame = pd.DataFrame(dict(enumerate(arrays)), index=axis, copy=is_wide)
    frame.columns = labels if _is_all(picked, labels) else labels[list(picked)]
    result = frame if facts.container == "frame" else _as_series(frame, facts, at)
    result.attrs = decode_attrs(facts.attrs, at.at(" attrs"))
    if facts.unique_labels:
        result.flags.allows_duplicate_labels = False
    return result


def _room(columns: list[tuple[str, pa.ChunkedArray, ColumnFacts]]) -> Room:
    """Return memory for the columns of plain numbers, of the size that they have."""
    plain = [array for _, array, column in columns if column.kind == "numpy"]
    return Room(len(array) * _item_bytes(array.type) for array in plain)


def _item_bytes(kind: pa.DataType) -> int:
    """Return the bytes of a number in numpy; 0 for what is no number."""
    try:
        return max(1, kind.bit_width // 8)
    except ValueError:
        return 0


def _is_all(picked: Sequence[int], labels: pd.Index) -> bool:
    return list(picked) == list(range(len(labels)))


def _decode_index(table: pa.Table, facts: FrameFacts, at: Decoder) -> pd.Index:
    here = at.at(" index", rows=at.rows)
    fields, index = facts.index.fields, facts.index
    if not all(name in table.schema.names for name in fields):
        at.expect(at.rows is not None, "the table has no columns for the index")
        fields, index = [], IndexFacts("range", stop=facts.n_rows)
    with here.guard():
        return decode_axis([_column(table, f, here) for f in fields], index, here)


def _as_series(frame: pd.DataFrame, facts: FrameFacts, at: Decoder) -> pd.Series:
    at.expect(frame.shape[1] == 1, f"a series of {frame.shape[1]} columns")
    series = frame.iloc[:, 0]
    series.name = decode_label(facts.labels.name, at)
    return series


def _decode_labels(facts: FrameFacts, at: Decoder) -> pd.Index:
    at.expect(
        len(facts.columns) == len(facts.fields),
        f"{len(facts.columns)} columns in {len(facts.fields)} fields",
    )
    if facts.container == "series":
        return pd.Index(facts.fields)
    at.expect(facts.container == "frame", f"not a frame: {facts.container[:16]!r}")
    here = at.at(" column labels")
    with here.guard():
        return decode_labels(facts.labels, facts.fields, here)


def picked_columns(
    facts: FrameFacts,
    columns: Sequence[Hashable] | None,
    objects: Registry | None = None,
) -> Sequence[int]:
    """Return the places of the columns with these labels, of each if repeated."""
    labels = _decode_labels(facts, decoder(objects))
    if columns is None:
        return range(len(labels))
    if isinstance(columns, str):
        raise TypeError(f"columns is a list of labels: [{columns!r}]")
    wanted = pd.Index(columns, tupleize_cols=isinstance(labels, pd.MultiIndex))
    places, missing = labels.get_indexer_non_unique(wanted)
    if len(missing):
        name = columns[int(missing[0])]
        close = difflib.get_close_matches(str(name), map(str, labels), 1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise KeyError(f"no column {name!r}{hint}")
    return [int(place) for place in places]


def _column(table: pa.Table, name: str, at: Decoder) -> pa.ChunkedArray:
    places = table.schema.get_all_field_indices(name)
    at.expect(len(places) == 1, f"the table has {len(places)} fields {name[:64]!r}")
    return table.column(places[0])


def _decode_column(
    array: pa.ChunkedArray, facts: ColumnFacts, axis: pd.Index, at: Decoder
) -> Any:
    values = at.values(array, facts)
    at.expect(len(values) == len(axis), f"{len(values)} rows, {len(axis)} in the index")
    if not _is_owned(values, at.room):
        values = values.copy()
    if values.dtype == object:
        # A bare object array would be searched for strings and dates.
        return pd.Series(values, axis, dtype=object, copy=False)
    return values


def _is_owned(values: Any, room: Room | None) -> bool:
    """Whether values share no memory with the table, and may be written."""
    if not isinstance(values, np.ndarray):
        return False
    is_new = values.base is None or (room is not None and room.holds(values))
    return is_new and values.flags.writeable
