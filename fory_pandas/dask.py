"""Dask: frames of partitions from and to files of rows, and rows on the wire.

Needs ``dask[dataframe]``; `register` needs ``distributed``.
"""

from __future__ import annotations

import os
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from fory.error import DecodeError
from fory_pandas.convert import rows_from_pandas, rows_to_pandas
from fory_pandas.file_parts import PARTITION_ROWS, FilePart, file_parts
from fory_pandas.files import open_file
from fory_pandas.odd import Registry
from fory_row._block import MemorySource, block_from_buffer
from fory_row.arrow import from_arrow, rows_to_batches
from fory_row.rows import Rows

if TYPE_CHECKING:
    import dask.dataframe as dd

__all__ = ["read_file", "register", "to_files"]


def _read_part(
    part: FilePart,
    columns: Sequence[Hashable] | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> Any:
    """Read one part of one file; Dask gives the columns that are used."""
    with open_file(part.path, storage_options=storage_options) as rows:
        return rows_to_pandas(rows[part.start : part.stop], columns=columns)


def read_file(
    paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    columns: Sequence[Hashable] | None = None,
    partition_rows: int = PARTITION_ROWS,
    storage_options: Mapping[str, Any] | None = None,
) -> dd.DataFrame:
    """Return a lazy Dask frame over files of rows, in parts of some rows each.

    Parameters
    ----------
    paths
        A file, a folder, a pattern with ``*``, or a list of files. Workers open them by
        the same absolute names.
    columns
        Labels of the columns to read; those that nothing uses are not read anyway.
    partition_rows
        At most so many rows of one file are one partition.
    storage_options
        Of the fsspec file system.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    """
    import dask.dataframe as dd

    parts, _ = file_parts(paths, partition_rows, storage_options)
    nothing = parts[0]._replace(stop=parts[0].start)
    meta = _read_part(nothing, columns, storage_options)
    return dd.from_map(
        _read_part,
        parts,
        columns=None if columns is None else list(columns),
        storage_options=storage_options,
        meta=meta,
        enforce_metadata=False,
    )


def to_files(
    frame: dd.DataFrame,
    folder: str | os.PathLike[str],
    *,
    objects: str | Registry = "strict",
    compression: str | None = None,
) -> list[str]:
    """Write every partition to a file of rows and return the paths.

    Parameters
    ----------
    frame
        The Dask frame; it is computed.
    folder
        Where ``part-00000.fory`` and the others go; made if it is missing.
    objects, compression
        As for ``df.fory.to_file``.
    """
    import dask

    Path(folder).mkdir(parents=True, exist_ok=True)
    write = dask.delayed(_write_part)
    paths = [
        os.fspath(Path(folder) / f"part-{i:05}.fory") for i in range(frame.npartitions)
    ]
    parts = zip(frame.to_delayed(), paths, strict=True)
    dask.compute(*(write(part, path, objects, compression) for part, path in parts))
    return paths


def _write_part(
    part: pd.DataFrame, path: str, objects: str | Registry, compression: str | None
) -> None:
    part.fory.to_file(path, objects=objects, compression=compression)


# -- the wire --------------------------------------------------------------------


def register(*, frames: bool = False) -> None:
    """Teach ``distributed`` to send `Rows` as their bytes, without pickle.

    Parameters
    ----------
    frames
        Send pandas frames and series as rows too: exactly, object cells included, to
        clusters that allow no pickle. Numbers travel faster as pandas pickles them.

    Notes
    -----
    Call it in the client and in every worker (``client.run(register)``).
    """
    from distributed import protocol

    registered: list[tuple[type, Any, Any]] = [(Rows, _rows_to_frames, _rows_of_frames)]
    if frames:
        ways = (_pandas_to_frames, _pandas_of_frames)
        registered += [(kind, *ways) for kind in (pd.DataFrame, pd.Series)]
    for kind, write, read in registered:
        protocol.dask_serialize.register(kind, write)
        protocol.dask_deserialize.register(kind, read)


def _rows_to_frames(rows: Rows) -> tuple[dict[str, Any], list[Any]]:
    """Return the layout, and as frames: the schema in Arrow IPC, bytes, offsets."""
    if rows.plan.base is not None:
        rows = rows.copy()
    empty = next(rows_to_batches(rows[:0]))  # it has the dictionaries
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, empty.schema) as writer:
        writer.write_batch(empty)
    data, offsets = rows._gather()
    return {"layout": rows.plan.layout}, [sink.getvalue(), data.data, offsets.data]


def _rows_of_frames(header: Mapping[str, Any], frames: Sequence[Any]) -> Rows:
    if len(frames) != 3:
        raise DecodeError(f"rows travel in 3 frames, found {len(frames)}")
    schema, data, offsets = frames
    plan = from_arrow(pa.ipc.open_stream(schema).read_all()).plan
    plan = plan.schema.plan(header["layout"], plan.dictionaries)
    bounds = np.frombuffer(offsets, np.uint64)
    block = block_from_buffer(data, len(bounds) - 1, bounds)
    return Rows(plan, MemorySource([block]))


def _pandas_to_frames(
    frame: pd.DataFrame | pd.Series,
) -> tuple[dict[str, Any], list[Any]]:
    return _rows_to_frames(rows_from_pandas(frame, objects="xlang"))


def _pandas_of_frames(
    header: Mapping[str, Any], frames: Sequence[Any]
) -> pd.DataFrame | pd.Series:
    return rows_to_pandas(_rows_of_frames(header, frames))
