"""Rows: many records of one schema, wherever their bytes are."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fory_row import printing
from fory_row._block import MemorySource, block_from_buffer
from fory_row._relayout import relayout
from fory_row.buffers import block_over
from fory_row.column import Column
from fory_row.equality import equal_rows
from fory_row.holding import Holding
from fory_row.infer import schema_from
from fory_row.lookup import Lookup
from fory_row.selection import names_of, ordinals_of, positions_array, positions_of

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    from fory_row._view import Row

__all__ = ["Rows"]


class Rows(Holding):
    """Many records of one schema: in memory, in a mapped file, or fetched in ranges.

    One indexing rule: an int gives a `Row` view; a slice, mask or array of ints gives
    `Rows`; a field name or dotted path gives a lazy `Column`; a list of names gives
    `Rows` with those fields; ``(i, "path")`` gives one cell.

    Notes
    -----
    Made by `from_arrow`, `from_pandas`, encoders and readers. Selections and
    projections share the bytes and copy no row. Reading needs no lock; rows may be
    shared by threads. The bytes stay alive as long as any view of them.
    """

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]

    @classmethod
    def from_buffer(
        cls, schema: Any, buffer: Any, offsets: Any = None, *, layout: str = "standard"
    ) -> Rows:
        """Return rows over bytes that the caller already has (view).

        Parameters
        ----------
        schema : Schema, pyarrow.Schema or type
            The fields of every row.
        buffer : bytes-like
            The rows back to back; kept alive by the views.
        offsets : sequence of int or uint64 array, optional
            Where each row starts in the buffer, and where the last one ends: one
            more than there are rows. Not needed when all rows have one width.
        layout : {"standard", "compact"}
            How the rows lie.

        Raises
        ------
        TruncatedError
            If the buffer does not end with a whole row.
        ValueError
            If rows differ in width and there are no offsets.
        """
        plan = schema_from(schema).plan(layout)
        return cls(plan, MemorySource([block_over(plan, buffer, offsets)]))

    # -- selection -------------------------------------------------------------

    def _select(self, key: Any) -> Any:
        """Resolve every key but a plain int."""
        if isinstance(key, str):
            return Column(self, key)
        if isinstance(key, slice):
            start, stop, step = key.indices(len(self))
            return self._ranged(start, step, len(range(start, stop, step)))
        if isinstance(key, tuple):
            return self._cell(key)
        names = names_of(key)
        if names is not None:
            return self.select(names)
        positions = positions_of(key, len(self), self._own_index)
        if isinstance(positions, int):
            return self[positions]
        taken = self._taken(positions)
        prefetch = getattr(self.source, "prefetch", None)
        if prefetch is not None:
            prefetch(taken._places())
        return taken

    def _own_index(self) -> Any:
        """Return the index of the frame that the rows are, None if they are none."""
        is_frame = b"fory_pandas" in (self.schema.metadata or ())
        return self.to_pandas(columns=[]).index if is_frame else None

    def _cell(self, key: tuple[Any, ...]) -> Any:
        if len(key) != 2 or not isinstance(key[1], str) or isinstance(key[0], str):
            raise TypeError(
                'a cell is rows[i, "path"]; several fields are rows[["x", "y"]]'
            )
        column = Column(self, key[1])
        column.keep_path()
        return column[key[0]]

    @property
    def loc(self) -> Lookup:
        """Rows by key: ``rows.loc[key]``, ``rows.loc[[key, key]]``; see `Lookup`."""
        return Lookup(self)

    def select(self, names: Sequence[str | int]) -> Rows:
        """Return the same rows with some of the fields, in the order given (view).

        Raises
        ------
        KeyError
            If there is no such field.
        """
        return self._projected(self.plan.project(ordinals_of(names, self.schema)))

    def take(self, positions: Any) -> Rows:
        """Return the rows at ``positions`` in the order given (view)."""
        return self[positions_array(positions)]

    def head(self, n: int = 5) -> Rows:
        """Return the first ``n`` rows (view)."""
        return self[: max(n, 0)]

    def tail(self, n: int = 5) -> Rows:
        """Return the last ``n`` rows (view)."""
        return self[max(len(self) - n, 0) :] if n > 0 else self[:0]

    def sample(self, n: int, random_state: Any = None) -> Rows:
        """Return ``n`` different rows chosen at random, in stored order (view).

        Parameters
        ----------
        n : int
            How many; at most ``len(rows)``.
        random_state : int, Generator or None
            Seed of `numpy.random.default_rng`.

        Raises
        ------
        ValueError
            If there are fewer rows than ``n``.
        """
        if not 0 <= operator.index(n) <= len(self):
            raise ValueError(f"cannot sample {n:,} of {len(self):,} rows")
        picks = np.random.default_rng(random_state).choice(
            len(self), n, replace=False, shuffle=False
        )
        picks.sort()
        return self.take(picks)

    def filter(
        self,
        condition: pc.Expression | Callable[[Row], Any],
        progress: bool | Callable[[int, int], object] = False,
    ) -> Rows:
        """Return the rows for which a condition is true, in their order (view).

        Parameters
        ----------
        condition : pyarrow.compute.Expression or callable
            An expression is evaluated in bulk on the fields that it names; nulls
            count as false. A function is called with every row and is slow.
        progress : bool or callable
            True shows a bar (needs tqdm); a callable gets (done, total).
        """
        from fory_row.query import filter_rows

        return filter_rows(self, condition, progress)

    def sort_by(self, keys: str | Sequence[str | tuple[str, str]]) -> Rows:
        """Return the rows in the order of some fields, nulls last (view).

        Parameters
        ----------
        keys : str, or sequence of str or (str, {"ascending", "descending"})
            Fields, or paths into them such as ``"a.b"``, the first one first. Nested
            values are ordered by their parts.
        """
        from fory_row.query import sort_rows

        return sort_rows(self, [keys] if isinstance(keys, str) else keys)

    def unique(self) -> Rows:
        """Return the first of all rows with equal bytes, in their order (view)."""
        from fory_row.query import unique_rows

        return unique_rows(self)

    def group(self, names: str | Sequence[str]) -> Iterator[tuple[Row, Rows]]:
        """Yield each distinct value of some fields, a `Row`, and its rows (view).

        Groups come in the order of their first rows.
        """
        listed = [names] if isinstance(names, str) else names
        from fory_row.query import group_rows

        return group_rows(self, listed)

    def hash64(self) -> np.ndarray:
        """Return a 64-bit hash of every row's bytes, as uint64.

        Equal rows of one schema have equal hashes where the bytes are canonical, as
        all that this package writes are.
        """
        return self._hashes() if self.plan.base is None else self.copy()._hashes()

    def copy(self) -> Rows:
        """Return the selected rows and fields in memory of their own, canonical."""
        if self.plan.base is not None:
            from fory_row.arrow import from_arrow

            return from_arrow(self.to_arrow(), layout=self.plan.layout)
        data, offsets = self._gather()
        block = block_from_buffer(data, len(self), offsets)
        return Rows(self.plan, MemorySource([block]))

    # -- bulk conversion -------------------------------------------------------

    def to_arrow(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Return a `pyarrow.Table` of all rows (copy)."""
        from fory_row.arrow import rows_to_table

        return rows_to_table(self if columns is None else self.select(columns))

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        from fory_row.arrow import rows_to_reader

        return rows_to_reader(self).__arrow_c_stream__(requested_schema)

    def __arrow_c_schema__(self) -> Any:
        return self.schema.__arrow_c_schema__()

    def to_pandas(
        self, columns: Sequence[str] | None = None, dtype_backend: str | None = None
    ) -> pd.DataFrame:
        """Return a DataFrame of all rows (copy).

        Parameters
        ----------
        columns : sequence of str, optional
            Fields to read; all by default.
        dtype_backend : {"numpy_nullable", "pyarrow"}, optional
            As in pandas' readers.
        """
        from fory_pandas.convert import rows_to_pandas

        return rows_to_pandas(self, columns=columns, dtype_backend=dtype_backend)

    def to_numpy(self, name: str, *, copy: bool | None = None) -> np.ndarray:
        """Return one field of all rows as a numpy array.

        Parameters
        ----------
        name : str
            The field.
        copy : bool, optional
            False: a strided read-only view, possible when all rows have one width
            and lie in one block. None: such a view where possible, else a copy.
        """
        return self[name].to_numpy(copy=copy)

    def with_layout(self, layout: str) -> Rows:
        """Return the same rows in another layout (copy).

        Parameters
        ----------
        layout : {"standard", "compact"}
            How they shall lie. The layout that they have already gives canonical
            bytes: what no value covers is zero, so equal rows have equal bytes.

        Raises
        ------
        DecodeError
            If the bytes are damaged; names the row.
        """
        made = self.schema.plan(layout, self.plan.dictionaries)
        return type(self)(made, MemorySource(relayout(self, made)))

    def iter_dicts(self) -> Iterator[dict[str, Any]]:
        """Yield every row as a dict (copy)."""
        for row in self:
            yield row.to_dict()

    def to_batches(self, n: int) -> Iterator[Rows]:
        """Yield views of ``n`` rows at a time, at least 1; the last may have fewer."""
        if n < 1:
            raise ValueError(f"a batch has at least 1 row, not {n}")
        for start in range(0, len(self), n):
            yield self[start : start + n]

    def to_xlang(self, i: int, typename: str = "Record") -> bytes:
        """Return row ``i`` as a record of the cross-language object format (copy).

        ``typename`` is the struct's name for readers that register a class. A field of
        a type that the format lacks, such as a time of day, is an EncodeError.
        """
        from fory_row.xlang import row_to_record

        return row_to_record(self, i, typename)

    @classmethod
    def from_xlang(
        cls, schema: Any, records: Iterable[Any], *, layout: str = "standard"
    ) -> Rows:
        """Return rows with the values of cross-language records (copy).

        Parameters
        ----------
        schema : Schema, pyarrow.Schema or class
            Of the rows; fields that a record lacks are null.
        records : iterable of bytes-like
            Structs of any name, or maps.
        layout : {"standard", "compact"}
            How the rows shall lie.
        """
        from fory_row.xlang import row_from_records

        return row_from_records(schema_from(schema), records, layout)

    # -- facts -----------------------------------------------------------------

    def refresh(self) -> Rows:
        """Return the newest state of the file behind the rows, see `fory_io.refresh`.

        Raises
        ------
        TypeError
            If the rows do not come from one file.
        """
        from fory_io.reader import refresh

        return refresh(self)

    def equals(self, other: Rows, *, check_metadata: bool = False) -> bool:
        """Compare schema and values; NaN equals NaN.

        Parameters
        ----------
        other : Rows
            Rows in either layout, wherever they lie.
        check_metadata : bool
            Compare the metadata of the schemas as well.

        Raises
        ------
        TypeError
            If ``other`` is no `Rows`.
        """
        if not isinstance(other, Rows):
            raise TypeError(f"rows are compared with Rows, not {type(other).__name__}")
        return equal_rows(self, other, check_metadata)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rows) and self.equals(other)

    def __repr__(self) -> str:
        return printing.rows_text(self)

    def _repr_html_(self) -> str:
        return printing.rows_html(self)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        from fory_row.pickling import reduce_rows

        return reduce_rows(self, protocol)
