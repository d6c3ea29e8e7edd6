"""A frame taken apart: the plainest Arrow columns, and the facts beside them."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from fory_pandas.attrs import encode_attrs
from fory_pandas.axes import encode_axis, encode_labels
from fory_pandas.columns import encoder
from fory_pandas.context import Encoder
from fory_pandas.facts import ColumnFacts, FrameFacts
from fory_pandas.index import named_in_arrow
from fory_pandas.labels import encode_label
from fory_pandas.names import field_names, index_fields, series_field, shown
from fory_pandas.odd import Registry
from fory_pandas.pandas_key import pandas_key

__all__ = ["never_null", "to_arrow"]


def to_arrow(
    frame: pd.DataFrame | pd.Series,
    *,
    index: bool | None = None,
    objects: str | Registry = "strict",
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
        ``"strict"`` refuses them, ``"xlang"`` stores each as an xlang record,
        ``"registered"`` those of classes given to `register_type` as well. A
        ``fory.Fory`` does that for the classes registered with it; readers then need
        one that knows the same classes.

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
    if index is not None and not isinstance(index, bool):
        raise TypeError(f"index is None, True or False, not {index!r}")
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
    """Return a series as the one column of a frame, without its attributes."""
    return pd.Series(series).to_frame(series_field(series.name))


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
    levels = [named_in_arrow(a, rows.get_level_values(i)) for i, a in enumerate(levels)]
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
    key = pandas_key(frame, table, fields, axis.fields, source.attrs)
    return table.replace_schema_metadata({b"pandas": key}), facts


def _encode_columns(
    frame: pd.DataFrame, to: Encoder
) -> tuple[list[pa.Array], list[ColumnFacts]]:
    arrays, columns = [], []
    # pandas copies the attributes, however deep, into every column that it hands out.
    for label, series in pd.DataFrame(frame).items():
        array, facts = to.at(f" column {shown(label)}").values(series.array)
        arrays.append(array)
        columns.append(facts)
    return arrays, columns


def never_null(facts: ColumnFacts) -> bool:
    """Whether the values of such a column cannot be missing: NaN is a value."""
    return facts.kind in ("numpy", "complex", "longdouble")


def _table(
    arrays: list[pa.Array], names: list[str], columns: list[ColumnFacts]
) -> pa.Table:
    required = [never_null(facts) for facts in columns]
    required += [False] * (len(arrays) - len(columns))
    schema = pa.schema(
        [
            pa.field(name, array.type, nullable=not never)
            for name, array, never in zip(names, arrays, required, strict=True)
        ]
    )
    return pa.Table.from_arrays(arrays, schema=schema)
