"""Rows from Python records: dicts, dataclasses, frames."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

from fory_row.encoder import encoder

if TYPE_CHECKING:
    import pandas as pd

    from fory_row.rows import Rows
    from fory_row.schema import Schema

__all__ = ["from_dataclasses", "from_pandas", "from_pylist"]


def from_pylist(
    records: Iterable[Mapping[str, Any]], schema: Schema | Any = None
) -> Rows:
    """Write dicts as rows.

    Parameters
    ----------
    records : iterable of mappings
        One per row.
    schema : Schema or pyarrow.Schema, optional
        The fields; without it pyarrow infers them from all records.

    Returns
    -------
    Rows
        A copy in memory.

    Raises
    ------
    EncodeError
        If a value does not fit its field; the message has row and path.

    Examples
    --------
    >>> from_pylist([{"a": 1}, {"a": None}])["a"].to_pylist()
    [1, None]
    """
    if schema is not None:
        return encoder(schema=schema).to_rows(records)
    import pyarrow as pa

    from fory_row.arrow import from_arrow

    listed = list(records)
    for i, record in enumerate(listed):
        if not hasattr(record, "keys"):
            raise TypeError(f"record {i} is no mapping but {type(record).__name__}")
    # Table.from_pylist takes the fields of the first record only.
    names = list(dict.fromkeys(name for record in listed for name in record))
    columns = [pa.array([record.get(name) for record in listed]) for name in names]
    return from_arrow(pa.table(columns, names=names))


def from_dataclasses(objects: Iterable[Any]) -> Rows:
    """Write objects of one class as rows; see `encoder` for what a class may be.

    Raises
    ------
    ValueError
        If there are no objects: their class gives the schema.
    """
    remaining = iter(objects)
    for first in remaining:
        return encoder(type(first)).to_rows(chain([first], remaining))
    raise ValueError("no objects, no class: use encoder(cls).to_rows([])")


def from_pandas(frame: pd.DataFrame, **options: Any) -> Rows:
    """Write a DataFrame as rows; the same as ``frame.fory.to_rows(**options)``."""
    from fory_pandas.accessor import ForyAccessor

    return ForyAccessor(frame).to_rows(**options)
