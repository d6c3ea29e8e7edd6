"""Spark: rows from and to Spark's frames, through Arrow batches in its workers.

Needs ``pyspark`` 4; workers need this package as well.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

import fory_io
from fory.error import EncodeError
from fory_pandas.file_parts import PARTITION_ROWS, file_parts
from fory_pandas.files import open_file
from fory_row.arrow import from_arrow, rows_to_batches
from fory_row.arrow_schema import schema_to_arrow
from fory_row.rows import Rows
from fory_row.schema import Schema

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["map_rows", "read_file", "to_files", "to_rows"]

_Batches = Iterator[pa.RecordBatch]


def to_rows(frame: DataFrame) -> Rows:
    """Return all of a Spark frame as rows in this process (copy)."""
    return from_arrow(frame.toArrow())


def map_rows(
    frame: DataFrame, function: Callable[[Rows], Any], schema: Any
) -> DataFrame:
    """Return the frame that a function makes of rows, batch by batch.

    Parameters
    ----------
    frame
        What goes in.
    function
        Gets `Rows`, returns `Rows` or a table of Arrow. Runs in the workers.
    schema
        Of what it returns: a Spark schema or its text, such as ``"id long"``.
    """

    def mapped(batches: _Batches) -> _Batches:
        for batch in batches:
            made = function(from_arrow(batch))
            table = made.to_arrow() if isinstance(made, Rows) else pa.table(made)
            yield from table.to_batches()

    return frame.mapInArrow(mapped, schema)


def read_file(
    spark: SparkSession,
    paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    columns: Sequence[str] | None = None,
    partition_rows: int = PARTITION_ROWS,
    storage_options: Mapping[str, Any] | None = None,
) -> DataFrame:
    """Return a lazy Spark frame over files of rows of one schema.

    Parameters
    ----------
    spark
        The session.
    paths
        A file, a folder, a pattern with ``*``, or a list of files. Workers open them by
        the same absolute names.
    columns
        Fields to read; all by default.
    partition_rows
        At most so many rows of one file are one task.
    storage_options
        Of the fsspec file system.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    """
    from pyspark.sql.pandas.types import from_arrow_schema

    parts, schemas = file_parts(paths, partition_rows, storage_options)
    wanted = [_picked(schema, columns) for schema in schemas]
    for schema in wanted:
        if schema != wanted[0]:
            raise EncodeError(
                f"a Spark frame has one schema, the files have {schema!r} and "
                f"{wanted[0]!r}; read them one by one"
            )

    def read(batches: _Batches) -> _Batches:
        for batch in batches:
            for part in batch.to_pylist():
                with open_file(part["path"], storage_options=storage_options) as rows:
                    picked = rows if columns is None else rows.select(columns)
                    yield from rows_to_batches(picked[part["start"] : part["stop"]])

    tasks = spark.createDataFrame(parts, "path string, start long, stop long")
    shared = tasks.repartition(len(parts))
    return shared.mapInArrow(read, from_arrow_schema(schema_to_arrow(wanted[0])))


def _picked(schema: Schema, columns: Sequence[str] | None) -> Schema:
    if columns is None:
        return schema
    return Schema([schema.fields[schema.index(name)] for name in columns])


def to_files(
    frame: DataFrame,
    folder: str | os.PathLike[str],
    *,
    compression: str | None = None,
) -> list[str]:
    """Write every partition to a file of rows and return the paths.

    Parameters
    ----------
    frame
        The Spark frame; it is computed.
    folder
        Where ``part-00000.fory`` and the others go; workers see it by the same name.
    compression
        As in ``fory_io.write``.
    """
    target = Path(folder).resolve()
    target.mkdir(parents=True, exist_ok=True)

    def write(batches: _Batches) -> _Batches:
        from pyspark import TaskContext

        path = target / f"part-{TaskContext.get().partitionId():05}.fory"
        first = next(batches, None)
        if first is None:
            return
        with fory_io.Writer(path, compression=compression) as writer:
            writer.write(first)
            for batch in batches:
                writer.write(batch)
        yield pa.record_batch({"path": pa.array([str(path)])})

    found = frame.mapInArrow(write, "path string").collect()
    return sorted(row["path"] for row in found)
