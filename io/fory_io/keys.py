"""Indexes of keys: written beside the chunks, opened when a key is looked up."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fory._crc import checksum
from fory.error import DecodeError
from fory_io._chunk import check_block, load_chunk
from fory_io._fetch import fetch_chunk
from fory_io._keys import IndexTable, KeyBuilder, KeyFields, KeyIndex, KeyTable
from fory_io._order import OrderBuilder, OrderFields, OrderTable
from fory_io._pages import page_sums
from fory_io.format import PAGE_SHIFT, Entry, FrameType
from fory_io.frames import FrameWriter
from fory_io.snapshot import read_frame
from fory_io.storage import Storage, check_extent
from fory_row._block import Block, block_from_buffer
from fory_row._plan import Plan
from fory_row._rows import RowsCore

if TYPE_CHECKING:
    from fory_io._source import FileSource

__all__ = [
    "HASHED",
    "Indexer",
    "JoinedIndex",
    "Kind",
    "check_frame",
    "indexers_of",
    "key_names",
    "key_tables",
    "load_index",
    "open_index",
    "order_names",
    "sorted_by",
    "stored_indexers",
]

_TAIL = struct.Struct("<QQIIBBHI")
_WORD = 8
MAX_ROWS = 1 << 24
"""Rows of one index: bounds the memory that a writer needs."""


MAX_BYTES = 256 << 20


@dataclass(frozen=True)
class Kind:
    """One of the indexes of a file: that of hashes, or a sorted one by its number."""

    frame: FrameType
    number: int
    fields: Any
    builder: Any
    table: Any

    @property
    def text(self) -> str:
        """What to call it."""
        return "a key index" if self.frame == FrameType.KEY_INDEX else "a sorted index"


HASHED = Kind(FrameType.KEY_INDEX, 0, KeyFields, KeyBuilder, KeyTable)


def sorted_by(number: int) -> Kind:
    """Return what a sorted index of a file is, by its number."""
    return Kind(FrameType.ORDER, number, OrderFields, OrderBuilder, OrderTable)


Names = Sequence[str]


def indexers_of(
    plan: Plan,
    keys: str | Names | None,
    ordered: str | Sequence[str | Names] | None,
    first_row: int,
) -> list[Indexer]:
    """Return what writes the indexes that a caller names."""
    made = []
    if keys is not None:
        made.append(Indexer(plan, _listed(keys), first_row))
    for k, names in enumerate(_listed(ordered or [])):
        made.append(Indexer(plan, _listed(names), first_row, sorted_by(k)))
    return made


def _listed(names: Any) -> Any:
    return [names] if isinstance(names, str) else list(names)


class Indexer:
    """Writes one index of a file as its chunks are written.

    Parameters
    ----------
    plan : Plan
        Of the rows.
    names : sequence of str
        The fields of the key.
    first_row : int
        Number of the first row that comes.
    kind : Kind
        Which index it is.

    Raises
    ------
    KeyError
        If there is no such field.
    EncodeError
        If a field cannot be a key.
    """

    def __init__(
        self, plan: Plan, names: Names, first_row: int, kind: Kind = HASHED
    ) -> None:
        ordinals = [plan.schema.index(name) for name in names]
        self.kind = kind
        self._fields = kind.fields(plan, ordinals)
        self._builder = kind.builder(self._fields)
        self._first_row = first_row

    def add(self, block: Block, frames: FrameWriter) -> None:
        """Look at the rows of a chunk; a full index is written."""
        built = self._builder
        if built.n_rows + len(block) > MAX_ROWS or built.nbytes > MAX_BYTES:
            self.put(frames)
        self._builder.add(block)

    def absorb(self, source: FileSource) -> None:
        """Take over the newest indexes of a file if they are not much longer.

        So n appends leave about log n indexes to look into.
        """
        tables = list(key_tables(source, self._fields, self.kind))
        n, start = self._builder.n_rows, self._first_row
        while tables and tables[0].n_rows <= 2 * n and tables[0].n_rows + n <= MAX_ROWS:
            table = tables.pop(0)
            if table.first_row + table.n_rows != start or not table.n_rows:
                break
            start = table.first_row
            n += table.n_rows
        if start == self._first_row:
            return
        merged = _built(source, self._fields, start, self._first_row, self.kind)
        merged.extend(self._builder)
        self._builder, self._first_row = merged, start

    def check(self, plan: Plan) -> None:
        """Raise `EncodeError` if dictionaries that are now known keep from finding."""
        self.kind.fields(plan, self._fields.ordinals)

    def put(self, frames: FrameWriter) -> None:
        """Write the index of the rows so far."""
        words = self._builder.words(self._first_row)
        sums = page_sums(words, PAGE_SHIFT)
        n = len(words) // _WORD
        end = sums + _TAIL.pack(len(words), 0, n, _WORD, 0, PAGE_SHIFT, 0, _TAIL.size)
        frames.frame(
            self.kind.frame, bytes(words) + end, schema=self.kind.number, rows=n,
            crc=checksum(end),
        )  # fmt: skip
        self._first_row += self._builder.n_rows
        self._builder = self.kind.builder(self._fields)


def _built(source: FileSource, fields: Any, start: int, stop: int, kind: Kind) -> Any:
    """Return the keys of the rows from ``start`` to ``stop``, which fill chunks."""
    builder = kind.builder(fields)
    for k in range(source.n_blocks):
        first, last = source.chunk_rows(k)
        if start <= first and last <= stop:
            builder.add(source.get_block(k))
    if builder.n_rows != stop - start:
        raise DecodeError(f"{kind.text} of {source.label} begins or ends in a chunk")
    return builder


# -- reading ---------------------------------------------------------------------


def load_index(storage: Storage, entry: Entry, end: int, *, verify: bool) -> Block:
    """Return the words of an index; each page is checked when it is used.

    Raises
    ------
    DecodeError
        If the frame does not lie in the file or contradicts itself.
    """
    what = f"an index of {storage.name}"
    check_extent(storage.name, end, entry.offset, entry.first)
    if storage.mapping is None:  # a lookup reads two pages of what may be megabytes
        return fetch_chunk(
            storage, entry.offset, entry.first, entry.rows, entry.crc, what,
            verify=verify,
        )  # fmt: skip
    return load_chunk(
        storage.read(entry.offset, entry.first), entry.rows, entry.crc, what,
        entry.offset, mapping=storage.mapping, verify=verify,
    )  # fmt: skip


def check_frame(storage: Storage, entry: Entry, end: int) -> None:
    """Compare all checksums of a frame that is not a chunk."""
    if entry.type in (FrameType.KEY_INDEX, FrameType.ORDER):
        check_block(load_index(storage, entry, end, verify=True))
    else:
        read_frame(storage, entry, end)


def _tables(source: FileSource, kind: Kind) -> Iterator[Any]:
    """Yield the indexes of a kind, newest first."""
    snapshot = source.snapshot
    verify = source.options.verify != "never"
    for entry in reversed(snapshot.all(kind.frame)):
        if entry.schema == kind.number:
            block = load_index(source.storage, entry, snapshot.end, verify=verify)
            yield kind.table(block, f"{kind.text} of {source.label}")


def key_tables(
    source: FileSource, fields: Any, kind: Kind = HASHED
) -> Iterator[IndexTable]:
    """Yield the indexes of a file that count, newest first.

    Raises
    ------
    DecodeError
        If an index is damaged, of another key, or overlaps a newer one.
    """
    covered = source.n_rows
    for table in _tables(source, kind):
        if table.ordinals != fields.ordinals:
            raise table.contradiction()
        if table.first_row >= covered:
            continue  # it is part of a newer one, or has no rows
        if table.first_row + table.n_rows > covered:
            raise table.contradiction()
        covered = table.first_row
        yield table


def _names(source: FileSource, plan: Plan, kind: Kind) -> list[str] | None:
    newest = next(_tables(source, kind), None)
    if newest is None:
        return None
    return [plan.schema.names[k] for k in kind.fields(plan, newest.ordinals).ordinals]


def key_names(source: FileSource, plan: Plan) -> list[str] | None:
    """Return the fields of a file's key, None when it has none."""
    return _names(source, plan, HASHED)


def order_names(source: FileSource, plan: Plan) -> list[list[str]]:
    """Return the fields of each sorted index of a file, by their numbers."""
    numbers = {e.schema for e in source.snapshot.all(FrameType.ORDER)}
    if numbers != set(range(len(numbers))):
        raise DecodeError(f"the sorted indexes of {source.label} are not numbered")
    found = (_names(source, plan, sorted_by(k)) for k in range(len(numbers)))
    return [names for names in found if names]


def stored_indexers(source: FileSource, plan: Plan, first_row: int) -> list[Indexer]:
    """Return what writes the indexes that a file has, for rows that come."""
    keys, ordered = key_names(source, plan), order_names(source, plan)
    return indexers_of(plan, keys, ordered, first_row)


def open_index(
    source: FileSource, plan: Plan, kind: Kind = HASHED
) -> tuple[Any, list[Any]] | None:
    """Return the fields of an index, and indexes of all rows, newest first, or None.

    Rows that no index in the file covers, those that `repair` brought back, are indexed
    in memory.
    """
    plan = plan.base or plan
    newest = next(_tables(source, kind), None)
    if newest is None:
        return None
    fields = kind.fields(plan, newest.ordinals)
    tables: list[Any] = []
    covered = source.n_rows
    for table in key_tables(source, fields, kind):
        end = table.first_row + table.n_rows
        tables += _missing(source, fields, end, covered, kind)
        tables.append(table)
        covered = table.first_row
    tables += _missing(source, fields, 0, covered, kind)
    return fields, tables


def _missing(
    source: FileSource, fields: Any, start: int, stop: int, kind: Kind
) -> list[Any]:
    if start == stop:
        return []
    words = _built(source, fields, start, stop, kind).words(start)
    block = block_from_buffer(words, len(words) // _WORD, stride=_WORD)
    return [kind.table(block, "an index in memory")]


class JoinedIndex:
    """The key indexes of several files, one after another.

    Parameters
    ----------
    part : callable
        Gives the index of a file by its number.
    first_rows : sequence of int
        Position of the first row of each.
    """

    def __init__(self, part: Callable[[int], KeyIndex], first_rows: list[int]) -> None:
        self._part = part
        self._first_rows = first_rows

    def last(self, key: Any) -> int:
        """Return the position of the last row with a key, -1 when there is none."""
        for i in range(len(self._first_rows) - 1, -1, -1):
            found = self._part(i).last(key)
            if found >= 0:
                return self._first_rows[i] + found
        return -1

    def all(self, key: Any) -> list[int]:
        """Return the positions of all rows with a key, ascending."""
        firsts = enumerate(self._first_rows)
        return [first + k for i, first in firsts for k in self._part(i).all(key)]

    def row(self, rows: RowsCore, key: Any) -> None:
        """Return None: the positions tell all."""
