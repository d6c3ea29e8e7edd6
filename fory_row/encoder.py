"""Encoder: objects of one class to rows and back."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from fory.error import DecodeError, TruncatedError
from fory_row._block import MemorySource
from fory_row._object import RowReader
from fory_row._view import Row
from fory_row._write import RowWriter
from fory_row.infer import infer
from fory_row.rows import Rows
from fory_row.schema import Schema
from fory_row.shape import Shape, record_of

__all__ = ["Encoder", "encoder"]

T = TypeVar("T")


def encoder(
    cls: Any = None, schema: Any = None, *, layout: str = "standard"
) -> Encoder[Any]:
    """Make an encoder for a class or a schema.

    Parameters
    ----------
    cls : type or schema
        A dataclass, NamedTuple, TypedDict, attrs or pydantic class, or any class with
        annotations: its fields lie sorted by name and may all be null, as the
        official packages infer them. A schema is taken too.
    schema : Schema or pyarrow.Schema
        Encode mappings with these fields, in this order, to dicts.
    layout : {"standard", "compact"}
        How rows lie.

    Raises
    ------
    EncodeError
        If a field has a type that rows cannot hold; the message has its path.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Point:
    ...     x: float
    ...     y: float
    >>> points = encoder(Point)
    >>> row = points.to_row(Point(1.5, -2.0))
    >>> row.x
    1.5
    >>> points.from_row(row)
    Point(x=1.5, y=-2.0)
    """
    if (cls is None) == (schema is None):
        raise TypeError("encoder() takes a class or a schema")
    source = cls if schema is None else schema
    if isinstance(source, Schema):
        return Encoder(source, record_of(source.fields), layout=layout)
    if hasattr(source, "__arrow_c_schema__") and not isinstance(source, type):
        return encoder(schema=Schema.from_arrow(source), layout=layout)
    inferred, shape = infer(source)
    return Encoder(inferred, shape, layout=layout)


class Encoder(Generic[T]):
    """Writes objects as rows and restores them; made by `encoder`.

    Attributes
    ----------
    schema : Schema
        The fields of a row.
    layout : str
        How rows lie.

    Notes
    -----
    May be shared by threads, and used again after any error. A value is written
    exactly or refused: nothing is rounded, cut or converted to another value.
    """

    __slots__ = ("_prefix", "_reader", "_shape", "_writer", "layout", "schema")

    def __init__(
        self, schema: Schema, shape: Shape, *, layout: str = "standard"
    ) -> None:
        self.schema = schema
        self.layout = layout
        self._shape = shape
        self._prefix = struct.pack("<q", self.schema_hash)
        self._writer = RowWriter(schema.plan(layout), shape)
        self._reader = RowReader(schema.plan(layout), shape)

    @property
    def schema_hash(self) -> int:
        """The official 64-bit hash of the type tree, as the layout orders it."""
        return self.schema.plan(self.layout).type_hash

    def __repr__(self) -> str:
        return f"encoder({self._shape.cls.__qualname__})\n{self.schema!r}"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self._shape.cls, self.schema, self.layout)

    # -- writing ---------------------------------------------------------------

    def to_row(self, obj: T) -> Row:
        """Return a view of ``obj`` as a row with bytes of its own.

        Raises
        ------
        EncodeError
            If a value does not fit; the message starts with its path, ``a.b[3]``.
        """
        return self._writer.row(obj)

    def to_rows(self, objs: Iterable[T]) -> Rows:
        """Return `Rows` with one row for each object, in one piece of memory.

        Raises
        ------
        EncodeError
            If a value does not fit; the message has the row and the path.
        """
        block = self._writer.write_all(objs)
        return Rows(self.schema.plan(self.layout), MemorySource([block]))

    def encode(self, obj: T) -> bytes:
        """Return the 8 bytes of the schema hash, then the row (row_format 5.3)."""
        return self._writer.write(obj, self._prefix)

    # -- reading ---------------------------------------------------------------

    def from_row(self, row: Any) -> T:
        """Return the object of a row: the class at every level, nothing shared.

        Parameters
        ----------
        row : Row or bytes-like
            A view, or the bytes of a row of this schema.

        Raises
        ------
        DecodeError
            If the bytes are no such row.
        """
        return self._reader.read(row)

    def decode(self, data: Any) -> T:
        """Return the object of bytes made by `encode`.

        Raises
        ------
        DecodeError
            If the hash is that of another schema, or the bytes are no such row.
        """
        head = bytes(memoryview(data).cast("B")[:8])
        if len(head) < 8:
            raise TruncatedError(f"a schema hash has 8 bytes, found {len(head)}")
        if head != self._prefix:
            raise DecodeError(
                f"schema hash {struct.unpack('<q', head)[0]} is not that of this "
                f"encoder, {self.schema_hash}; the bytes have other fields"
            )
        return self._reader.read(data, 8)


def _restored(cls: Any, schema: Schema, layout: str) -> Encoder[Any]:
    if cls is dict:
        return encoder(schema=schema, layout=layout)
    return encoder(cls, layout=layout)
