"""Rows picked, ordered and put together by their values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fory_row._block import MemorySource
from fory_row.equality import same_dictionaries
from fory_row.order import sortable
from fory_row.progress import reporter
from fory_row.schema import no_field_message
from fory_row.types import Field

if TYPE_CHECKING:
    from fory_row._view import Row
    from fory_row.rows import Rows

__all__ = ["concat", "filter_rows", "group_rows", "sort_rows", "unique_rows"]

BATCH_ROWS = 1 << 18
"""Rows that are turned into Arrow at a time; bounds memory."""

_ORDERS = ("ascending", "descending")
_POSITION = "__fory_position__"
_REFUSALS = (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_FIELD_NAME = re.compile(r"FieldRef\.Name\((.*?)\)(?=[) ]|$)")


# -- filter ----------------------------------------------------------------------


def filter_rows(
    rows: Rows,
    condition: pc.Expression | Callable[[Row], Any],
    progress: bool | Callable[[int, int], object],
) -> Rows:
    """Return the rows for which ``condition`` is true (view)."""
    if not isinstance(condition, pc.Expression) and not callable(condition):
        raise TypeError(
            "filter() wants a pyarrow expression, such as pc.field('x') > 1, or a "
            f"function, not {type(condition).__name__}; rows[mask] takes a mask"
        )
    if rows.source.closed:
        raise ValueError("the rows are closed; open the file again")
    found = []
    if isinstance(condition, pc.Expression):
        _check(rows, condition)
    likely = _indexed(rows, condition)
    if likely is not None:
        return likely.take(_matches(likely, condition))
    with reporter(progress, len(rows)) as report:
        for start, part in _batches(rows, _spans(rows, condition)):
            found.append(start + _matches(part, condition))
            if report is not None:
                report(start + len(part))
    return rows.take(np.concatenate([np.empty(0, np.int64), *found]))


def _check(rows: Rows, condition: pc.Expression) -> None:
    """Refuse a condition that these rows cannot meet, whatever will be skipped."""
    if "FieldPath(" in _QUOTED.sub("", str(condition)):
        # Its positions would count in the few columns that are read.
        raise ValueError("a condition names its fields: pc.field('x'), not pc.field(0)")
    _matches(rows[:0], condition)


def _batches(rows: Rows, spans: list[tuple[int, int]]) -> Iterator[tuple[int, Rows]]:
    for first, stop in spans:
        for start in range(first, stop, BATCH_ROWS):
            yield start, rows[start : min(start + BATCH_ROWS, stop)]


def _stretch(rows: Rows, condition: Any) -> range | None:
    """Return the places of rows without gaps, which an expression can narrow."""
    own = rows._places()
    if not isinstance(own, range) or own.step != 1:
        return None
    return own if isinstance(condition, pc.Expression) else None


def _indexed(rows: Rows, condition: Any) -> Rows | None:
    """Return the rows that may meet the condition, if a sorted index leaves few."""
    narrowed = getattr(rows.source, "narrowed", None)
    own = _stretch(rows, condition)
    if narrowed is None or own is None:
        return None
    places = narrowed(rows.plan, condition)
    if places is None:
        return None
    items = places - own.start
    return rows.take(items[(items >= 0) & (items < len(own))])


def _spans(rows: Rows, condition: Any) -> list[tuple[int, int]]:
    """Return the ranges of rows that may meet the condition, as far as known."""
    candidates = getattr(rows.source, "candidates", None)
    places = _stretch(rows, condition)
    if candidates is None or places is None:
        return [(0, len(rows))]
    schema = (rows.plan.base or rows.plan).schema
    first, stop = places.start, places.stop
    found = candidates(schema, condition)
    clipped = ((max(a, first) - first, min(b, stop) - first) for a, b in found)
    return [(a, b) for a, b in clipped if a < b]


def _matches(part: Rows, condition: pc.Expression | Callable[[Row], Any]) -> np.ndarray:
    """Return the positions of the rows of ``part`` that meet the condition."""
    if not isinstance(condition, pc.Expression):
        hits = (i for i, row in enumerate(part) if condition(row))
        return np.fromiter(hits, dtype=np.int64)
    counts = Counter(part.schema.names)
    unique = [name for name, n in counts.items() if n == 1]
    text = str(condition)
    likely = [name for name in unique if name in text]
    try:
        return _evaluate(part, likely, condition)
    except _REFUSALS:
        pass  # a name may be spelled otherwise in the text; or there is no such field
    try:
        return _evaluate(part, unique, condition)
    except _REFUSALS as error:
        raise _explained(error, part.schema.fields) from error


def _explained(error: pa.ArrowException, fields: tuple[Field, ...]) -> Exception:
    """Return what to raise for a condition that pyarrow cannot evaluate."""
    reference, is_missing, _ = str(error).partition(" in ")
    steps = _FIELD_NAME.findall(reference) if "FieldRef" in reference else []
    for step in steps if is_missing else ():
        named = [f for f in fields if f.name == step]
        if len(named) > 1:
            return KeyError(f"several fields are named {step!r}; rename them")
        if not named:
            return KeyError(no_field_message(step, [f.name for f in fields]))
        fields = named[0].type.children
    kind = ValueError if isinstance(error, pa.ArrowInvalid) else TypeError
    return kind(f"the condition cannot be evaluated: {error}")


def _evaluate(part: Rows, names: list[str], condition: pc.Expression) -> np.ndarray:
    """Return the positions where a condition on the fields ``names`` is true."""
    columns = part.select(names).to_arrow().columns if names else []
    places = pa.array(np.arange(len(part)))
    table = pa.table([*columns, places], names=[*names, _POSITION])
    return np.sort(table.filter(condition)[_POSITION].to_numpy())


# -- order and identity ----------------------------------------------------------


def sort_rows(rows: Rows, keys: Sequence[Any]) -> Rows:
    """Return the rows in the order of ``keys``, nulls last (view)."""
    pairs = [_sort_key(key) for key in keys]
    if not pairs:
        raise ValueError("sort_by() needs at least one field")
    columns = [sortable(rows[name].to_arrow()) for name, _ in pairs]
    numbered = [(str(k), order) for k, (_, order) in enumerate(pairs)]
    table = pa.table(columns, names=[name for name, _ in numbered])
    return rows.take(pc.sort_indices(table, sort_keys=numbered).to_numpy())


def _sort_key(key: Any) -> tuple[str, str]:
    name, order = (key, _ORDERS[0]) if isinstance(key, str) else _pair(key)
    if not isinstance(name, str):
        raise TypeError(f"a field to sort by is named by a str, not {name!r}")
    if order not in _ORDERS:
        raise ValueError(
            f"{name!r} is sorted 'ascending' or 'descending', not {order!r}"
        )
    return name, order


def _pair(key: Any) -> tuple[Any, Any]:
    if isinstance(key, (tuple, list)) and len(key) == 2:
        return key[0], key[1]
    raise TypeError(f"a sort key is a field or (field, order), not {key!r}")


def _first_places(rows: Rows) -> np.ndarray:
    """Return for every row the position of the first row with the same bytes."""
    hashes = rows.hash64()
    _, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
    places: np.ndarray = first[inverse]
    if rows._same_bytes(places):
        return places
    seen: dict[bytes, int] = {}  # two rows share a hash: compare whole rows
    return np.array([seen.setdefault(r.to_bytes(), i) for i, r in enumerate(rows)])


def unique_rows(rows: Rows) -> Rows:
    """Return the first of all rows that have equal values (view)."""
    places = _first_places(rows.copy())
    return rows.take(np.flatnonzero(places == np.arange(len(rows))))


def group_rows(rows: Rows, names: Sequence[str]) -> Iterator[tuple[Row, Rows]]:
    """Yield each distinct value of some fields and the rows that have it."""
    return _groups(rows, rows.select(names).copy())


def _groups(rows: Rows, keys: Rows) -> Iterator[tuple[Row, Rows]]:
    places = _first_places(keys)
    order = np.argsort(places, kind="stable")
    starts, first = np.unique(places[order], return_index=True)
    for k, start in enumerate(starts):
        stop = first[k + 1] if k + 1 < len(first) else len(order)
        yield keys[int(start)], rows.take(order[first[k] : stop])


# -- concatenation ---------------------------------------------------------------


def concat(parts: Iterable[Rows]) -> Rows:
    """Return the rows of ``parts`` one after another.

    Parameters
    ----------
    parts : iterable of Rows
        Of equal schemas and one layout; at least one.

    Returns
    -------
    Rows
        A view where a part is whole and dictionaries agree, a copy of the rest.

    Raises
    ------
    ValueError
        If there are no parts, or their schemas differ.
    """
    from fory_row.arrow import from_arrow
    from fory_row.rows import Rows

    parts = list(parts)
    if not parts:
        raise ValueError("concat needs at least one part")
    first = parts[0]
    for k, part in enumerate(parts):
        if not isinstance(part, Rows):
            raise TypeError(f"part {k} is no Rows but {type(part).__name__}")
        if part.schema != first.schema:
            raise ValueError(
                f"part {k} has another schema than the first; read both through one"
            )
        if part.plan.layout != first.plan.layout:
            raise ValueError(
                f"part {k} is {part.plan.layout}, the first part is not; use "
                "with_layout()"
            )
    if not all(same_dictionaries(first.plan, part.plan) for part in parts):
        tables = [part.to_arrow() for part in parts]
        return from_arrow(pa.concat_tables(tables))
    whole = [part if _is_whole(part) else part.copy() for part in parts]
    blocks = [
        part.source.get_block(k) for part in whole for k in range(part.source.n_blocks)
    ]
    return Rows(whole[0].plan, MemorySource(blocks))


def _is_whole(rows: Rows) -> bool:
    """Whether the rows are all of their source, in order, with all fields."""
    return rows.plan.base is None and rows._places() == range(rows.source.n_rows)
