"""``df.fory`` and ``s.fory``: a frame's way into rows and files.

pandas builds an accessor anew at every access, so it keeps the frame and nothing
else; every setting is an argument.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from fory_pandas.convert import rows_from_pandas, table_with_facts
from fory_pandas.describe import describe
from fory_pandas.odd import Registry

if TYPE_CHECKING:
    from fory_row.rows import Rows
    from fory_row.schema import Schema

__all__ = ["ForyAccessor", "register"]


class ForyAccessor:
    """Rows, files and descriptions of one frame or series."""

    def __init__(self, frame: pd.DataFrame | pd.Series) -> None:
        self._frame = frame

    def to_rows(
        self,
        *,
        schema: Schema | None = None,
        index: bool | None = None,
        objects: str | Registry = "strict",
    ) -> Rows:
        """Return the frame as rows (copy); ``rows.to_pandas()`` gives it back.

        Parameters
        ----------
        schema
            Fields and types to have instead of the frame's own, a ``Schema`` or one of
            Arrow. Rows that are cast are no longer exactly the frame, so they carry no
            facts about it.
        index
            None keeps a RangeIndex as facts and any other index as columns; True
            makes columns of both; False drops the index.
        objects
            What to do with object cells that have no portable type: ``"strict"``
            refuses them, ``"xlang"`` stores each as an xlang record, ``"registered"``
            takes instances of classes given to `register_type` as well, and a
            ``fory.Fory`` those registered with it.

        Raises
        ------
        EncodeError
            If something cannot be kept; names column, row and type.
        """
        if schema is None:
            return rows_from_pandas(self._frame, index=index, objects=objects)
        from fory_row.arrow import from_arrow
        from fory_row.infer import schema_from

        wanted = schema_from(schema)
        table = table_with_facts(self._frame, index=index, objects=objects)
        return from_arrow(table.replace_schema_metadata(None), schema=wanted)

    def to_file(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        index: bool | None = None,
        objects: str | Registry = "strict",
        compression: str | None = None,
        chunk_rows: int | None = None,
        metadata: Mapping[str, Any] | None = None,
        storage_options: Mapping[str, Any] | None = None,
        progress: bool | Callable[[int, int], object] = False,
    ) -> bytes | None:
        """Write the frame to a file of rows, or return its bytes for ``path=None``.

        Parameters
        ----------
        path
            The file; one under this name is replaced when all is written.
        index, objects
            As for :meth:`to_rows`.
        compression
            Of the chunks, as in ``fory_io.write``; by default none, to map them.
        chunk_rows
            At most so many rows in a chunk; by default about a mebibyte of them.
        metadata
            Facts of your own to keep with the file.
        storage_options
            Of the fsspec file system, if ``path`` is a URL.
        progress
            True shows a bar (package ``tqdm``); a callable gets (done, total).

        Raises
        ------
        EncodeError
            If something cannot be kept; then no file is left.
        """
        import fory_io

        write = partial(
            fory_io.write,
            table_with_facts(self._frame, index=index, objects=objects),
            metadata=metadata,
            compression=compression,
            chunk_rows=chunk_rows,
            progress=progress,
        )
        if path is not None:
            write(path, storage_options=storage_options)
            return None
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder) / "frame.fory"
            write(made)
            return made.read_bytes()

    def describe(self, *, objects: str | Registry = "strict") -> pd.DataFrame:
        """Return a frame that says what each column would be stored as."""
        return describe(self._frame, objects=objects)

    def schema(
        self, *, index: bool | None = None, objects: str | Registry = "strict"
    ) -> Schema:
        """Return the schema that the rows would have, facts included.

        Object columns are looked at cell by cell, hence a method.
        """
        from fory_row.arrow_schema import schema_from_arrow

        table = table_with_facts(self._frame, index=index, objects=objects)
        return schema_from_arrow(table.schema)


def register() -> None:
    """Register the accessor once, however often the package is imported."""
    for kind, decorate in (
        (pd.DataFrame, pd.api.extensions.register_dataframe_accessor),
        (pd.Series, pd.api.extensions.register_series_accessor),
    ):
        if not hasattr(kind, "fory"):
            decorate("fory")(ForyAccessor)
