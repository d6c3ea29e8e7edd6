"""Files of rows, opened lazily as rows or read whole as a frame."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from fory_pandas.convert import rows_to_pandas
from fory_pandas.names import shown
from fory_pandas.odd import Registry

if TYPE_CHECKING:
    from fory_row.rows import Rows

__all__ = ["open_file", "read_file"]


def open_file(
    path: str | os.PathLike[str],
    *,
    mmap: bool | str = "auto",
    storage_options: Mapping[str, Any] | None = None,
    verify: str | bool = "lazy",
) -> Rows:
    """Open a file as rows; nothing but the footer and the schema is read.

    Parameters
    ----------
    path
        A local path or a URL that fsspec knows.
    mmap
        True maps the file or raises with the reason; ``"auto"`` falls back.
    storage_options
        Of the fsspec file system.
    verify
        When checksums are compared, see ``fory_io.open``.
    """
    import fory_io

    return fory_io.open(path, mmap=mmap, storage_options=storage_options, verify=verify)


def read_file(
    path: str | os.PathLike[str],
    *,
    columns: Sequence[Hashable] | None = None,
    rows: Any = None,
    filter: Any = None,
    dtype_backend: str | None = None,
    mmap: bool | str = "auto",
    storage_options: Mapping[str, Any] | None = None,
    progress: bool | Callable[[int, int], object] = False,
    objects: Registry | None = None,
) -> pd.DataFrame | pd.Series:
    """Read a file of rows as the frame that was written.

    Parameters
    ----------
    path
        A local path or a URL that fsspec knows.
    columns
        Labels of the columns to read; all by default.
    rows
        Which rows: an int, slice, mask or array of ints.
    filter
        A ``pyarrow.compute`` expression over the fields.
    dtype_backend
        ``"numpy_nullable"`` or ``"pyarrow"``, as in ``pandas.read_parquet``.
    mmap, storage_options
        As for :func:`open_file`.
    progress
        True shows a bar while filtering; a callable gets (done, total).
    objects
        The ``fory.Fory`` that knows the classes of cells, if it was needed to write.

    Returns
    -------
    pandas.DataFrame or pandas.Series
        A copy; the file is closed.
    """
    with open_file(path, mmap=mmap, storage_options=storage_options) as opened:
        picked = opened
        if rows is not None:
            picked = _picked(opened, rows)
        if filter is not None:
            picked = picked.filter(filter, progress=progress)
        return rows_to_pandas(
            picked, columns=columns, dtype_backend=dtype_backend, objects=objects
        )


def _picked(opened: Rows, rows: Any) -> Rows:
    """Return the rows that an int, slice, mask or array of ints picks."""
    is_place = isinstance(rows, int | np.integer) and not isinstance(rows, bool)
    picked = opened[[int(rows)] if is_place else rows]
    if getattr(picked, "plan", None) is not opened.plan:
        raise TypeError(
            f"rows= takes an int, slice, mask or array of ints, not {shown(rows)}; "
            "columns= picks columns"
        )
    return picked
