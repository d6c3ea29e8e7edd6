"""Whatever a caller has, as batches of rows of one schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

from fory.error import EncodeError
from fory_io.dictionaries import dictionary_fields, without_dictionaries
from fory_io.mismatch import schema_mismatch
from fory_row._view import Row
from fory_row.encoder import Encoder, encoder
from fory_row.getters import schema_of
from fory_row.rows import Rows
from fory_row.schema import Schema

__all__ = ["Ingest"]

BATCH_ROWS = 1024
ARROW_ROWS = 1 << 13


class Ingest:
    """Turns what is written into rows whose schema and dictionaries agree.

    Dictionaries grow at their end as new values come, so that codes written before
    stay valid.

    Parameters
    ----------
    schema : Schema or None
        What all rows must have; None takes that of the first.
    layout : str or None
        How rows lie; None takes that of the first rows, or the standard one.
    values : sequence of Arrow arrays
        The dictionaries so far, in depth-first order.
    """

    def __init__(
        self, schema: Schema | None, layout: str | None = None, values: Any = ()
    ) -> None:
        self.schema = schema
        self.layout = layout or "standard"
        self._takes_layout = layout is None
        self.values = tuple(values)
        self._exact: Encoder[Any] | None = None

    def rows(self, data: Any) -> Iterator[Rows]:
        """Yield batches of ``data``: rows, Arrow data or an iterable of records.

        Raises
        ------
        EncodeError
            If the data have another schema, or cannot be stored as they are.
        TypeError
            If they are none of these.
        """
        if isinstance(data, Rows):
            yield from self._of_rows(data)
        elif hasattr(data, "__arrow_c_stream__") or hasattr(data, "__arrow_c_array__"):
            yield from self._of_arrow(data)
        elif isinstance(data, Iterable) and not isinstance(data, str | bytes | Mapping):
            yield from self._of_records(iter(data))
        else:
            raise TypeError(
                f"rows are written from Rows, Arrow data, DataFrames or iterables of "
                f"records, not {type(data).__name__}"
            )

    def _of_rows(self, rows: Rows) -> Iterator[Rows]:
        plan = rows.plan
        if self.schema is None:
            self.schema = plan.schema
            self.layout = plan.layout if self._takes_layout else self.layout
            self.values = tuple(plan.dictionaries)
        self._check(plan.schema)
        self.values = self.values or tuple(plan.dictionaries)
        whole = plan.base is None and plan.layout == self.layout
        if whole and self._same_values(plan.dictionaries):
            yield rows
        else:
            from fory_row.arrow import rows_to_batches

            for batch in rows_to_batches(rows):
                yield from self._of_arrow(batch)

    def _check(self, schema: Schema) -> None:
        assert self.schema is not None
        if schema != self.schema:
            raise EncodeError(
                f"the rows have another schema than the file: "
                f"{schema_mismatch(schema, self.schema)}"
            )

    def _check_names(self, names: list[str]) -> None:
        """Refuse columns that would be left out."""
        assert self.schema is not None
        known = set(self.schema.names)
        extra = [name for name in names if name not in known]
        if extra:
            raise EncodeError(
                f"the data have the field {extra[0]!r}, which the file has not; leave "
                f"it out, or write a new file"
            )

    def _same_values(self, values: Any) -> bool:
        return len(values) == len(self.values) and all(
            a is b or a.equals(b) for a, b in zip(values, self.values, strict=True)
        )

    def _of_arrow(self, data: Any) -> Iterator[Rows]:
        from fory_row.arrow import Dictionaries, reader_of, rows_from_reader

        reader = reader_of(data)
        if self.schema is None:
            self.schema = Schema.from_arrow(reader.schema)
        self._check_names(reader.schema.names)
        known = Dictionaries(self.schema.to_arrow(), self.values)
        for rows in rows_from_reader(
            reader,
            schema=self.schema,
            dictionaries=known,
            layout=self.layout,
            part_rows=ARROW_ROWS,
        ):
            self.values = tuple(rows.plan.dictionaries)
            yield rows

    def _of_records(self, records: Iterator[Any]) -> Iterator[Rows]:
        first = list(islice(records, 1))
        if self.schema is None:
            if not first:
                raise EncodeError(
                    "there are no records to tell the schema; pass schema="
                )
            if isinstance(first[0], Row):
                self.schema = schema_of(first[0])
            elif isinstance(first[0], Mapping):
                raise EncodeError(
                    "a mapping does not say its types: pass schema= to the writer, or "
                    "write dataclass instances"
                )
            else:
                self.schema = encoder(type(first[0]), layout=self.layout).schema
        coded = any(dictionary_fields(self.schema.fields))
        write = self._by_arrow if coded else self._encode(first)
        records = chain(first, records)
        while batch := list(islice(records, BATCH_ROWS)):
            yield from write(batch)

    def _encode(self, first: list[Any]) -> Any:
        plain = not first or isinstance(first[0], Mapping)
        source = self.schema if plain else type(first[0])
        made = encoder(source, layout=self.layout)
        self._check(made.schema)
        return lambda batch: [made.to_rows(batch)]

    def _by_arrow(self, batch: list[Any]) -> Iterator[Rows]:
        """Yield rows whose dictionaries take up the values of records.

        The encoder comes first: it refuses what pyarrow would change or leave out.
        """
        import pyarrow as pa

        assert self.schema is not None
        plain = Schema(map(without_dictionaries, self.schema.fields))
        exact = self._exact or encoder(schema=plain)
        self._exact = exact
        records = exact.to_rows(batch).to_pylist()
        table = pa.Table.from_pylist(records, schema=self.schema.to_arrow())
        return self._of_arrow(table)
