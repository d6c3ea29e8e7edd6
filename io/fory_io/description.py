"""What opening a file needs beside its chunks, close to the end of the file."""

from __future__ import annotations

from typing import Any

from fory_io.dictionaries import dictionary_body, dictionary_fields
from fory_io.embedded import embed
from fory_io.format import FrameType
from fory_io.frames import FrameWriter
from fory_io.records import encode_schema
from fory_row.rows import Rows
from fory_row.schema import Schema

__all__ = ["put_description"]


def put_description(
    frames: FrameWriter,
    schema: Schema,
    values: Any,
    *,
    stored: Any = (),
    metadata: bytes | None = None,
    statistics: Rows | None = None,
) -> None:
    """Append statistics, dictionaries, metadata and schema.

    Parameters
    ----------
    frames : FrameWriter
        Where they go.
    schema : Schema
        Of the rows; written once for a file.
    values, stored : sequences of Arrow arrays
        The dictionaries as they are now and as an earlier commit has them.
    metadata : bytes, optional
        The record of a caller's facts.
    statistics : Rows, optional
        One row for each chunk of the commit.
    """
    if statistics is not None:
        n_chunks = len(statistics)
        frames.frame(FrameType.STATISTICS, embed(statistics), rows=n_chunks)
    fields = dictionary_fields(schema.fields)
    for k, (array, f) in enumerate(zip(values, fields, strict=False)):
        if k >= len(stored) or not array.equals(stored[k]):
            body, n_values = dictionary_body(array, f)
            frames.frame(FrameType.DICTIONARY, body, schema=k, rows=n_values)
    if metadata is not None:
        frames.frame(FrameType.METADATA, metadata)
    if not frames.continues:
        frames.frame(FrameType.SCHEMA, encode_schema(schema))
