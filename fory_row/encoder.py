"""Encoder: objects of one class to rows and back."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from fory.error import DecodeError, TruncatedError
from fory_row._block import MemorySource
from fory_row._object import RowReader, place_of
from fory_row._view import Row
from fory_row._write import RowWriter
from fory_row.codes import Collected, Known, has_dictionary, with_codes
from fory_row.evolution import reading
from fory_row.infer import infer, schema_from, schema_of_data
from fory_row.rows import Rows
from fory_row.schema import Schema
from fory_row.shape import Shape, record_of
from fory_row.types import DataType

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Encoder", "encoder"]

T = TypeVar("T")
_HASH = struct.Struct("<q")
_MAX_READERS = 16


def encoder(
    cls: Any = None, schema: Any = None, *, layout: str = "standard"
) -> Encoder[Any]:
    """Make an encoder for a class or a schema.

    Parameters
    ----------
    cls : type or schema
        A dataclass, NamedTuple, TypedDict, attrs or pydantic class, or any class with
        annotations: its fields lie sorted by name and may all be null, as the
        official packages infer them. A schema is taken too, and what has one; `Rows`
        give the values of their dictionary fields besides.
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
    return Encoder(source, layout=layout)


class Encoder(Generic[T]):
    """Writes objects as rows and restores them; made by `encoder`.

    Parameters
    ----------
    source : type or schema
        What the objects are.
    layout : {"standard", "compact"}
        How rows lie.

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

    __slots__ = (
        "_collects",
        "_plan",
        "_prefix",
        "_reader",
        "_readers",
        "_shape",
        "_source",
        "_writer",
        "layout",
        "schema",
    )

    def __init__(self, source: Any, *, layout: str = "standard") -> None:
        self.schema, self._shape = _described(source)
        self.layout = layout
        known = source.plan.dictionaries if isinstance(source, Rows) else ()
        if known:
            source, arrays = source[:0].copy(), iter(known)
            self._shape = self._with_codes(lambda _: Known(next(arrays)))
        plan = self._plan = self.schema.plan(layout, known)
        self._collects = not known and has_dictionary(self.schema.fields)
        self._source = source
        self._prefix = _prefix(self.schema, layout)
        self._writer = RowWriter(plan, self._shape)
        self._reader = RowReader(plan, self._shape)
        self._readers: dict[Any, RowReader] = {}

    @property
    def schema_hash(self) -> int:
        """The official 64-bit hash of the type tree, as the layout orders it."""
        return self.schema.plan(self.layout).type_hash

    @property
    def row_encoder(self) -> Encoder[T]:
        """The encoder itself: the official package has two objects for the work."""
        return self

    def __repr__(self) -> str:
        return (
            f"Encoder of {self._shape.cls.__qualname__}, {self.layout}\n{self.schema!r}"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self._source, self.layout)

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

        Objects have the values of dictionary fields, which the rows keep once.

        Raises
        ------
        EncodeError
            If a value does not fit; the message has the row and the path.
        """
        if not self._collects:
            return Rows(self._plan, MemorySource([self._writer.write_all(objs)]))
        found: list[Collected] = []

        def collect(type_: DataType) -> Collected:
            found.append(Collected(type_))
            return found[-1]

        block = RowWriter(self._plan, self._with_codes(collect)).write_all(objs)
        values = [codes.array() for codes in found]
        return Rows(self.schema.plan(self.layout, values), MemorySource([block]))

    def _with_codes(self, codes_of: Callable[[DataType], Any]) -> Shape:
        return with_codes(self._shape, self.schema.fields, codes_of)

    def to_arrow_table(self, objs: Iterable[T]) -> pa.Table:
        """Return a `pyarrow.Table` with one row for each object.

        Raises
        ------
        EncodeError
            As `to_rows`.
        """
        return self.to_rows(objs).to_arrow()

    def to_arrow_record_batch(self, objs: Iterable[T]) -> pa.RecordBatch:
        """Return a `pyarrow.RecordBatch` with one row for each object."""
        from fory_row.arrow import one_batch

        return one_batch(self.to_arrow_table(objs))

    def encode(self, obj: T) -> bytes:
        """Return the 8 bytes of the schema hash, then the row (row_format 5.3)."""
        return self._writer.write(obj, self._prefix)

    # -- reading ---------------------------------------------------------------

    def from_row(self, row: Any, *, written: Any = None) -> T:
        """Return the object of a row: the class at every level, nothing shared.

        Parameters
        ----------
        row : Row or bytes-like
            A view, also of a struct inside another row, or the bytes of a row.
        written : Schema, pyarrow.Schema or type, optional
            The schema that bytes were written with, if not this one; a view knows
            its own.

        Raises
        ------
        DecodeError
            If the bytes are no such row.
        TypeNotCompatibleError
            If rows of the other schema cannot be read through this one.
        """
        if isinstance(row, Row):
            return self._reader_at(row).read_view(row)
        if written is not None:
            written = schema_from(written)
        return self._reader_of(written).read(row)

    def from_rows(self, rows: Rows) -> list[T]:
        """Return the objects of all rows.

        Raises
        ------
        DecodeError
            If a row is damaged.
        TypeNotCompatibleError
            If rows of their schema cannot be read through this one.
        """
        if not isinstance(rows, Rows):
            raise TypeError(f"from_rows() reads Rows, not {type(rows).__name__}")
        if rows.plan is self._plan:
            return self._reader.read_all(rows)
        how = reading(self.schema, rows.schema, self._shape)
        return RowReader(rows.plan, self._shape, how).read_all(rows)

    def decode(self, data: Any, *, written: Any = None) -> T:
        """Return the object of bytes made by `encode`.

        Parameters
        ----------
        data : bytes-like
            Schema hash and row.
        written : Schema, pyarrow.Schema or type, optional
            The schema that the bytes were written with, if not this one.

        Raises
        ------
        DecodeError
            If the hash is that of another schema, or the bytes are no such row.
        TypeNotCompatibleError
            If rows of the other schema cannot be read through this one.
        """
        head = bytes(memoryview(data).cast("B")[:8])
        if len(head) < 8:
            raise TruncatedError(f"a schema hash has 8 bytes, found {len(head)}")
        expected = self._prefix
        if written is not None:
            written = schema_from(written)
            expected = _prefix(written, self.layout)
        if head != expected:
            raise DecodeError(
                f"the bytes have schema hash {_HASH.unpack(head)[0]}, expected "
                f"{_HASH.unpack(expected)[0]}; say what they were written with: "
                "decode(data, written=schema)"
            )
        return self._reader_of(written).read(data, 8)

    def _reader_of(self, written: Schema | None) -> RowReader:
        if written is None or written == self.schema:
            return self._reader
        found = self._readers.get(written)
        if found is None:
            how = reading(self.schema, written, self._shape)
            found = RowReader(written.plan(self.layout), self._shape, how)
            self._keep(written, found)
        return found

    def _reader_at(self, row: Row) -> RowReader:
        place = place_of(row)
        found = self._readers.get(place)
        if found is None:
            field = row._field
            schema = row._plan.schema if field is None else Schema(field.type.children)
            how = reading(self.schema, schema, self._shape)
            found = RowReader(row._plan, self._shape, how, row)
            self._keep(place, found)
        return found

    def _keep(self, key: Any, reader: RowReader) -> None:
        for oldest in list(self._readers)[: 1 - _MAX_READERS]:
            self._readers.pop(oldest, None)
        self._readers[key] = reader


def _prefix(schema: Schema, layout: str) -> bytes:
    return _HASH.pack(schema.plan(layout).type_hash)


def _described(source: Any) -> tuple[Schema, Shape]:
    """Return the schema of a source, and what its objects are."""
    schema = schema_of_data(source)
    return infer(source) if schema is None else (schema, record_of(schema.fields))


def _restored(source: Any, layout: str) -> Encoder[Any]:
    return encoder(source, layout=layout)
