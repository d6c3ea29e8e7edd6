"""How rows print: facts and a few rows, within a budget, never from the network."""

from __future__ import annotations

import datetime as dt
import decimal
import html
import uuid
from typing import TYPE_CHECKING, Any

from fory_row.views import part_text, short

if TYPE_CHECKING:
    from fory_row._view import Row
    from fory_row.column import Column
    from fory_row.rows import Rows
    from fory_row.schema import Schema

__all__ = ["column_text", "row_html", "rows_html", "rows_text", "schema_html"]

_MAX_ROWS = 10
_MAX_FIELDS = 20
_MAX_LINES = 100
_MAX_ROW_BYTES = 6_000
_MAX_WIDTH = 26
_PLAIN = (dt.date, dt.time, dt.timedelta, decimal.Decimal, uuid.UUID)
"""Types whose str says more in less space than their repr."""


def size_text(n: float) -> str:
    """Print a number of bytes with a unit."""
    for unit in ("B", "kB", "MB", "GB"):
        if n < 1000:
            return f"{n:,.0f} {unit}" if unit == "B" else f"{n:,.1f} {unit}"
        n /= 1000
    return f"{n:,.1f} TB"


def facts(rows: Rows) -> str:
    """Return the line of facts of `Rows`."""
    source = rows.source
    parts = [f"{len(rows):,} x {len(rows.schema)}"]
    parts.append("closed" if source.closed else size_text(source.nbytes))
    if source.home != "memory":
        parts.append(f"{source.home}: {source.label}")
    return f"Rows({', '.join(parts)})"


def _cells(row: Row, n_fields: int) -> list[str]:
    """Print the fields of one row; a huge or damaged row prints as what it is."""
    if memoryview(row).nbytes > _MAX_ROW_BYTES * n_fields:
        return [f"({size_text(memoryview(row).nbytes)})"] + [""] * (n_fields - 1)
    return [part_text(row, i, _cell) for i in range(n_fields)]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value[:60]
    return str(value) if isinstance(value, _PLAIN) else short(value)


def _printable(text: str) -> str:
    """Replace what would move the cursor or color the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def _table(rows: Rows, head: int, tail: int) -> tuple[list[str], list[list[str]]]:
    """Return the header and the cells of the first and last rows."""
    names = rows.schema.names[:_MAX_FIELDS]
    more = len(rows.schema) - len(names)
    n = len(rows)
    shown: list[int] = list(range(min(head, n)))
    shown += range(max(len(shown), n - tail), n)
    body: list[list[str]] = []
    for i in shown:
        if body and i and i - 1 not in shown:
            body.append(["..."] * (len(names) + 1))
        body.append([f"{i:,}", *_cells(rows[i], len(names))])
    header = ["", *names]
    if more > 0:
        header.append(f"... {more:,} more")
        body = [[*line, ""] for line in body]
    return header, body


def column_text(column: Column) -> str:
    """Return the repr of a column: its path, and the first cells if they are near."""
    text = f"{column.path!r}, {len(column):,} rows"
    if not _readable(column._rows):
        return f"Column({text})"
    shown = [part_text(column, i) for i in range(min(len(column), 5))]
    more = ", ..." if len(column) > 5 else ""
    return f"Column({text}: [{', '.join(shown)}{more}])"


def _readable(rows: Rows) -> bool:
    return not rows.source.closed and rows.source.home != "remote"


def rows_text(rows: Rows) -> str:
    """Return the repr of `Rows`: facts, then at most ten rows."""
    if not len(rows) or not len(rows.schema) or not _readable(rows):
        return facts(rows)
    small = len(rows) <= _MAX_ROWS
    header, body = _table(rows, _MAX_ROWS if small else 5, 0 if small else 5)
    lines = [[_printable(c[:_MAX_WIDTH]) for c in row] for row in [header, *body]]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = [
        "  ".join(c.rjust(w) for c, w in zip(line, widths, strict=True))
        for line in lines
    ]
    return "\n".join([facts(rows), *text])


def rows_html(rows: Rows) -> str:
    """Return an HTML table; everything that comes from the rows is escaped."""
    title = f"<div><b>{html.escape(facts(rows))}</b></div>"
    if not _readable(rows):
        return title + schema_html(rows.schema)
    header, body = _table(rows, 5, 5)
    head = "".join(f"<th>{html.escape(c[:60])}</th>" for c in header)
    lines = (
        "<tr>" + "".join(f"<td>{html.escape(c[:60])}</td>" for c in line) + "</tr>"
        for line in body
    )
    return f"{title}<table><tr>{head}</tr>{''.join(lines)}</table>"


def row_html(row: Row) -> str:
    """Return a row as an HTML table, a line for each of the first fields; escaped."""
    names = row.keys()[:_MAX_FIELDS]
    cells = list(zip(names, _cells(row, len(names)), strict=True))
    if len(row) > len(names):
        cells.append((f"... {len(row) - len(names):,} more", ""))
    lines = (
        f"<tr><th>{html.escape(name[:60])}</th><td>{html.escape(cell[:60])}</td></tr>"
        for name, cell in cells
    )
    return f"<table>{''.join(lines)}</table>"


def schema_html(schema: Schema) -> str:
    """Return the first fields of a schema as an HTML list; escaped."""
    lines = [str(f)[:200] for f in schema.fields[:_MAX_LINES]]
    if len(schema) > _MAX_LINES:
        lines.append(f"... {len(schema) - _MAX_LINES:,} more fields")
    return f"<ul>{''.join(f'<li>{html.escape(line)}</li>' for line in lines)}</ul>"
