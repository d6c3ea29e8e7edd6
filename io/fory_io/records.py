"""The metadata of a file as records that any language with a Fory can read.

Plain structs in compatible xlang mode: a newer writer may add fields, an older
reader skips them. Nothing here imports or runs what a file names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from fory import Fory, int32
from fory.error import DecodeError, ForyError
from fory_row.schema import Schema
from fory_row.types import DataType, Field, Kind, Logical

__all__ = ["decode_metadata", "decode_schema", "encode_metadata", "encode_schema"]

MAX_DEPTH = 100
_PHYSICAL_LIMIT = 1 << 24


@dataclass
class Pair:
    """One entry of Arrow's key and value metadata."""

    key: bytes
    value: bytes


@dataclass
class FieldRecord:
    """A field: its physical type, its logical tag, its children.

    ``kind`` is the type id of the row format; ``logical`` is empty when the physical
    type says everything; ``arguments`` are the tag's parameters as text.
    """

    name: str
    kind: int32
    nullable: bool
    precision: int32
    scale: int32
    logical: str
    arguments: list[str]
    children: list[FieldRecord]
    metadata: list[Pair]


@dataclass
class SchemaRecord:
    """The fields of the rows, and the schema bytes of the row format for readers that
    need no more.
    """

    fields: list[FieldRecord]
    metadata: list[Pair]
    physical: bytes


@dataclass
class MetadataRecord:
    """What the writer's caller wants to say about the file."""

    values: dict[str, Any]


def _serializer() -> Fory:
    made = Fory(xlang=True, compatible=True, max_depth=3 * MAX_DEPTH)
    made.register(Pair, typename="fory_row.Pair")
    made.register(FieldRecord, typename="fory_row.Field")
    made.register(SchemaRecord, typename="fory_row.Schema")
    made.register(MetadataRecord, typename="fory_io.Metadata")
    return made
