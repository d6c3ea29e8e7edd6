"""Frames and rows: through Arrow, with the facts in the schema's metadata.

The facts are one xlang record, in base64, under the key ``fory_pandas``; pandas' own
key stays beside it for readers that know nothing of facts.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from fory.error import DecodeError
from fory_pandas.backend import types_mapper
from fory_pandas.join import join, picked_columns, to_pandas
from fory_pandas.odd import Registry
from fory_pandas.records import read_facts, write_facts
from fory_pandas.split import to_arrow

if TYPE_CHECKING:
    from fory_row.rows import Rows

__all__ = [
    "FACTS_KEY",
    "rows_from_pandas",
    "rows_to_pandas",
    "table_with_facts",
    "to_arrow",
    "to_pandas",
]

FACTS_KEY = b"fory_pandas"
"""The schema metadata key of the facts."""


def table_with_facts(
    frame: pd.DataFrame | pd.Series,
    *,
    index: bool | None = None,
    objects: str | Registry = "strict",
) -> pa.Table:
    """Return the Arrow table of a frame with its facts in the schema metadata.

    Parameters are those of :func:`to_arrow`.
    """
    table, facts = to_arrow(frame, index=index, objects=objects)
    metadata = dict(table.schema.metadata)
    # Arrow's metadata are bytes, but some readers (polars) die of what is not UTF-8.
    metadata[FACTS_KEY] = base64.b64encode(write_facts(facts))
    return table.replace_schema_metadata(metadata)


def rows_from_pandas(
    frame: pd.DataFrame | pd.Series,
    *,
    index: bool | None = None,
    objects: str | Registry = "strict",
    layout: str = "standard",
) -> Rows:
    """Return a frame as rows, from which :func:`rows_to_pandas` makes it again.

    Options are those of ``df.fory.to_rows``; ``layout`` is how the rows lie,
    ``"standard"`` or ``"compact"``.
    """
    from fory_row.arrow import from_arrow

    table = table_with_facts(frame, index=index, objects=objects)
    return from_arrow(table, layout=layout)


def rows_to_pandas(
    rows: Rows,
    *,
    columns: Sequence[Hashable] | None = None,
    dtype_backend: str | None = None,
    objects: Registry | None = None,
) -> pd.DataFrame | pd.Series:
    """Return rows as the frame that they were, or by their types if they were none.

    Parameters
    ----------
    rows
        All or some rows and fields of what was written. Rows without the fields of
        the index get the default one.
    columns
        Labels of the columns to read; of plain rows, names of fields.
    dtype_backend
        ``"numpy_nullable"`` or ``"pyarrow"``, as in ``pandas.read_parquet``.
    objects
        The ``fory.Fory`` that knows the classes of cells, if it was needed to write.

    Returns
    -------
    pandas.DataFrame or pandas.Series
        A copy.
    """
    record = (rows.schema.metadata or {}).get(FACTS_KEY)
    if record is None:
        mapper = types_mapper(dtype_backend)
        names = None if columns is None else [str(name) for name in columns]
        return _plain_frame(rows.to_arrow(names), mapper)
    facts = read_facts(_decoded(record))
    names = rows.schema.names
    if columns is not None:
        picked = picked_columns(facts, columns, objects)
    else:
        place = {name: i for i, name in enumerate(facts.fields)}
        picked = [place[name] for name in names if name in place]
    wanted = dict.fromkeys(facts.fields[i] for i in picked)
    has_index = all(name in names for name in facts.index.fields)
    table = rows.to_arrow([*wanted, *(facts.index.fields if has_index else [])])
    places = rows._places()
    # Rows without any field have no count of their own.
    whole = range(facts.n_rows)
    is_whole = not names or (isinstance(places, range) and places == whole)
    return join(
        table,
        facts,
        picked,
        objects=objects,
        rows=None if is_whole and has_index else places,
        dtype_backend=dtype_backend,
    )


def _plain_frame(table: pa.Table, mapper: Callable[[Any], Any] | None) -> pd.DataFrame:
    """Return a table without facts as pyarrow makes a frame of it."""
    try:
        return table.to_pandas(types_mapper=mapper)
    except (NotImplementedError, TypeError, ValueError) as error:
        for field, column in zip(table.schema, table.columns, strict=True):
            try:
                column.to_pandas(types_mapper=mapper)
            except (NotImplementedError, TypeError, ValueError):
                raise TypeError(
                    f"field {field.name!r} is {field.type}, of which pandas makes no "
                    f"column ({error}); dtype_backend='pyarrow' keeps it"
                ) from error
        raise


def _decoded(record: bytes) -> bytes:
    try:
        return base64.b64decode(record, validate=True)
    except ValueError as error:
        raise DecodeError(f"the facts of a frame are no base64: {error}") from error
