"""Frames to Arrow tables and facts, and back, without losing anything.

``to_arrow`` splits a frame into the plainest Arrow columns that another language
understands and the facts that Arrow cannot say; ``to_pandas`` joins them again.
"""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

from .attrs import decode_attrs, encode_attrs
from .axes import decode_axis, decode_labels, encode_axis, encode_labels
from .columns import decoder, encoder
from .context import OBJECT_MODES, Decoder, Encoder
from .facts import ColumnFacts, FrameFacts
from .labels import decode_label, encode_label
from .names import field_names, index_fields
from .pandas_key import pandas_key

__all__ = ["needed_fields", "to_arrow", "to_pandas"]

_NEVER_NULL = ("numpy", "complex", "longdouble")


def to_arrow(
    frame: pd.DataFrame | pd.Series,
    *,
    index: bool | None = None,
    objects: str = "strict",
) -> tuple[pa.Table, FrameFacts]:
    """Split a frame or series into an Arrow table and the facts beside it.

    Parameters
    ----------
    frame
        The DataFrame or Series; not a subclass, whose meaning Arrow cannot keep.
    index
        None keeps a RangeIndex as facts and any other index as columns, as
        ``to_parquet`` does; True makes columns of both; False drops the index.
    objects
        What to do with cells of object columns that have no portable type:
        ``"strict"`` refuses them, ``"xlang"`` stores each as an xlang record.

    Returns
    -------
    tuple[pyarrow.Table, FrameFacts]
        The table views the memory of the frame where their layouts agree.

    Raises
    ------
    EncodeError
        If a value, label or attribute cannot be kept; names column, row and type.

    Examples
    --------
    >>> table, facts = to_arrow(pd.DataFrame({"x": [1.5, np.nan]}))
    >>> table.column("x").null_count, facts.index.kind
    (0, 'range')
    """
    if objects not in OBJECT_MODES:
        raise ValueError(f"objects must be one of {OBJECT_MODES}, not {objects!r}")
    to = encoder(objects)
    if type(frame) is pd.Series:
        return _encode(_as_frame(frame), frame, index, to)
    if type(frame) is pd.DataFrame:
        return _encode(frame, frame, index, to)
    to.refuse(
        f"{type(frame).__module__}.{type(frame).__qualname__} is not exactly a "
        "DataFrame or Series",
        "pass pd.DataFrame(frame)",
    )


def _as_frame(series: pd.Series) -> pd.DataFrame:
    """Return a series as the one column of a frame, labelled by a text."""
    label = "0" if series.name is None else str(series.name)
    return series.to_frame(label)


def _encode(
    frame: pd.DataFrame,
    source: pd.DataFrame | pd.Series,
    index: bool | None,
    to: Encoder,
) -> tuple[pa.Table, FrameFacts]:
    is_series = source is not frame
    fields = field_names(frame.columns)
    arrays, columns = _encode_columns(frame, to)
    rows = frame.index if index is not False else pd.RangeIndex(len(frame))
    levels, axis = encode_axis(rows, to.at(" index"), keep_range=bool(index))
    axis.fields = index_fields(len(levels), fields)
    facts = FrameFacts(
        container="series" if is_series else "frame",
        n_rows=len(frame),
        columns=columns,
        fields=fields,
        index=axis,
        unique_labels=not source.flags.allows_duplicate_labels,
        attrs=encode_attrs(source.attrs, to.at(" attrs")),
    )
    at_labels = to.at(" column labels")
    if is_series:
        facts.labels.name = encode_label(source.name, at_labels)
    else:
        facts.labels = encode_labels(frame.columns, fields, at_labels)
    table = _table([*arrays, *levels], [*fields, *axis.fields], columns)
    key = pandas_key(frame, table, fields, axis.fields)
    return table.replace_schema_metadata({b"pandas": key}), facts


def _encode_columns(
    frame: pd.DataFrame, to: Encoder
) -> tuple[list[pa.Array], list[ColumnFacts]]:
    arrays, columns = [], []
    for label, series in frame.items():
        array, facts = to.at(f" column {label!r}").values(series.array)
        arrays.append(array)
        columns.append(facts)
    return arrays, columns


def _table(
    arrays: list[pa.Array], names: list[str], columns: list[ColumnFacts]
) -> pa.Table:
    never_null = [facts.kind in _NEVER_NULL for facts in columns]
    never_null += [False] * (len(arrays) - len(columns))
    schema = pa.schema(
        [
            pa.field(name, array.type, nullable=not never)
            for name, array, never in zip(names, arrays, never_null, strict=True)
        ]
    )
    return pa.Table.from_arrays(arrays, schema=schema)


def to_pandas(
    table: pa.Table,
    facts: FrameFacts,
    *,
    columns: Sequence[Hashable] | None = None,
    dtype_backend: str | None = None,
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
        needs only the fields of these and of the index, see :func:`needed_fields`.
    dtype_backend
        ``"numpy_nullable"`` or ``"pyarrow"``: dtypes by the Arrow types instead of
        by the facts, as in ``pandas.read_parquet``.

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
    at = decoder()
    labels = _decode_labels(facts, at)
    picked = _picked(labels, columns)
    names = [facts.fields[i] for i in picked]
    axis = decode_axis(
        [_column(table, name, at) for name in facts.index.fields],
        facts.index,
        at.at(" index"),
    )
    at.expect(
        len(axis) == facts.n_rows, f"{facts.n_rows} rows, {len(axis)} in the index"
    )
    series = {
        i: _decode_column(
            _column(table, name, at),
            facts.columns[i],
            axis,
            at.at(f" column {labels[i]!r}"),
        )
        for i, name in zip(picked, names, strict=True)
    }
    frame = pd.DataFrame(dict(enumerate(series.values())), index=axis, copy=True)
    frame.columns = labels if columns is None else labels[picked]
    result = frame if facts.container == "frame" else _as_series(frame, facts, at)
    result.attrs = decode_attrs(facts.attrs, at.at(" attrs"))
    if facts.unique_labels:
        result.flags.allows_duplicate_labels = False
    return result


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
    return decode_labels(facts.labels, facts.fields, at.at(" column labels"))


def _picked(labels: pd.Index, columns: Sequence[Hashable] | None) -> list[int]:
    """Return the positions of the wanted labels; of each of a repeated one."""
    if columns is None:
        return list(range(len(labels)))
    wanted = pd.Index(columns, tupleize_cols=isinstance(labels, pd.MultiIndex))
    places, missing = labels.get_indexer_non_unique(wanted)
    if len(missing):
        name = columns[int(missing[0])]
        close = difflib.get_close_matches(str(name), map(str, labels), 1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise KeyError(f"no column {name!r}{hint}")
    return [int(place) for place in places]


def needed_fields(
    facts: FrameFacts, columns: Sequence[Hashable] | None = None
) -> list[str]:
    """Return the table fields that :func:`to_pandas` reads for these columns."""
    labels = _decode_labels(facts, decoder())
    picked = _picked(labels, columns)
    return [*(facts.fields[i] for i in picked), *facts.index.fields]


def _column(table: pa.Table, name: str, at: Decoder) -> pa.ChunkedArray:
    places = table.schema.get_all_field_indices(name)
    at.expect(len(places) == 1, f"the table has {len(places)} fields {name[:64]!r}")
    return table.column(places[0])


def _decode_column(
    array: pa.ChunkedArray, facts: ColumnFacts, axis: pd.Index, at: Decoder
) -> Any:
    values = at.values(array, facts)
    at.expect(len(values) == len(axis), f"{len(values)} rows, {len(axis)} in the index")
    if values.dtype == object:
        # A bare object array would be searched for strings and dates.
        return pd.Series(values, axis, dtype=object, copy=False)
    return values
