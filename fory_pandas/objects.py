"""Object columns: one portable type if every cell has it, else cells as records.

Nothing is sampled and nothing assumed: the scanner looks at each cell's exact type,
and what Arrow made of the cells is read back and compared, cell by cell.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import numpy as np
import pandas as pd
import pyarrow as pa

from fory.error import EncodeError
from fory_pandas import nested
from fory_pandas._scan import NULL_KINDS, first_difference, scan, too_deep
from fory_pandas.boxed import BOXED, BOXED_TAGS, decode_boxed, encode_boxed
from fory_pandas.cells import decode_cells, encode_cells
from fory_pandas.context import MAX_DEPTH, Decoder, Encoder
from fory_pandas.facts import ColumnFacts, NullRuns
from fory_pandas.names import shown
from fory_pandas.sameness import same_value
from fory_pandas.scalars import BY_TAG, BY_TYPE, Cells, object_array

__all__ = ["decode_object", "encode_object"]

_NULLS = dict(zip(NULL_KINDS[1:], (None, np.nan, pd.NA, pd.NaT), strict=True))
_LABEL_CELLS = (str, int, float, bool, bytes)
# Cut by the lengths of the cells; their parts are compared by themselves.
_CONTAINERS = frozenset([list, tuple, dict])
# What Arrow, numpy and the cells' own methods raise for values they cannot say.
_CANNOT = (ArithmeticError, AttributeError, TypeError, ValueError, pa.ArrowException)


def encode_object(
    values: np.ndarray[Any, Any], to: Encoder
) -> tuple[pa.Array, ColumnFacts]:
    """Encode an array of Python objects."""
    cells: list[Any] = values.tolist()
    deep = too_deep(cells, MAX_DEPTH // 2)
    if deep >= 0:
        to.refuse(f"nested deeper than {MAX_DEPTH // 2} levels", row=deep)
    return encode_list(cells, to)


def encode_list(cells: list[Any], to: Encoder) -> tuple[pa.Array, ColumnFacts]:
    """Encode cells by their common type; the parts of nested cells come back here."""
    types, kinds, n_nulls = scan(cells)
    if float in types:
        n_nulls = _keep_nan(kinds)
    nulls = _null_runs(kinds) if n_nulls else None
    if not types:
        tag = "null" if n_nulls else "empty"
        return pa.nulls(len(cells)), ColumnFacts("object", tag, nulls=nulls)
    found = Cells(cells, kinds, n_nulls)
    kind = next(iter(types))
    if len(types) == 1 and (to.objects != "labels" or kind in _LABEL_CELLS):
        encoded = _encode_typed(found, kind, to)
        if encoded is not None:
            array, facts = encoded
            facts.nulls = nulls
            return array, facts
    if to.objects == "strict":
        _refuse(cells, types, to)
    array, facts = encode_cells(found.bare(), to)
    facts.nulls = nulls
    return array, facts


def _keep_nan(kinds: bytearray) -> int:
    """Count NaN among floats as a value; return how many nulls are left."""
    nan = NULL_KINDS.index("NaN")
    kinds[:] = kinds.translate(bytes(0 if k == nan else k for k in range(256)))
    return len(kinds) - kinds.count(0)


def _null_runs(kinds: bytearray) -> NullRuns:
    """Return where the kind of null changes; rows that are no nulls end no run."""
    codes = np.frombuffer(kinds, np.uint8)
    places = np.flatnonzero(codes)
    codes = codes[places]
    changes = np.flatnonzero(np.diff(codes, prepend=0))
    starts = [int(places[i]) for i in changes]
    return NullRuns(starts, [NULL_KINDS[codes[i]] for i in changes])


def _encode_typed(
    cells: Cells, kind: type, to: Encoder
) -> tuple[pa.Array, ColumnFacts] | None:
    """Encode cells of one type, or return None if it does not say them exactly."""
    try:
        encoded = _encode_as(cells, kind, to)
        if encoded is None or _is_exact(kind, *encoded):
            return encoded
        array, facts = encoded
        with _paused_gc():
            again = _decode_typed(array, facts, to.decoder).tolist()
    except EncodeError:
        raise
    except _CANNOT:
        return None
    return encoded if first_difference(cells.bare(), again, same_value) < 0 else None


def _is_exact(kind: type, array: pa.Array, facts: ColumnFacts) -> bool:
    """Whether nothing can have been lost: else the cells are read back and compared."""
    if kind in BY_TYPE:
        return BY_TYPE[kind].is_exact(array, facts.options)
    return kind in _CONTAINERS


@contextmanager
def _paused_gc() -> Iterator[None]:
    """Make many containers without searching them for garbage all the while."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _encode_as(
    cells: Cells, kind: type, to: Encoder
) -> tuple[pa.Array, ColumnFacts] | None:
    if kind in BY_TYPE:
        options: dict[str, str] = {}
        array = BY_TYPE[kind].encode(cells, options)
        return array, ColumnFacts("object", BY_TYPE[kind].tag, options)
    if kind in nested.BY_TYPE:
        return nested.BY_TYPE[kind](cells.bare(), encode_list, to)
    return encode_boxed(cells.bare(), kind, to) if kind in BOXED else None


def _refuse(cells: list[Any], types: dict[type, int], to: Encoder) -> NoReturn:
    """Say which cell stands in the way."""
    names = [_name(kind) for kind in types]
    row = list(types.values())[-1]
    way_out = 'use objects="xlang" to store each cell as a record'
    if len(types) > 1:
        first = next(iter(types.values()))
        to.refuse(f"{names[-1]} beside {names[0]} of row {first}", way_out, row)
    to.refuse(
        f"{names[0]} cells like {shown(cells[row])} have no portable type", way_out, row
    )


def _name(kind: type) -> str:
    builtin = kind.__module__ == "builtins"
    return kind.__qualname__ if builtin else f"{kind.__module__}.{kind.__qualname__}"


def _decode_typed(array: pa.Array, facts: ColumnFacts, at: Decoder) -> Any:
    """Decode cells of one type, None for every null."""
    tag = facts.dtype
    if tag in BY_TAG:
        return BY_TAG[tag].decode(array, facts.options)
    if tag in nested.BY_TAG:
        return nested.BY_TAG[tag](array, facts, at)
    if tag in BOXED_TAGS:
        return decode_boxed(array, facts, at)
    if tag == "cells":
        return decode_cells(array, at)
    if tag in ("null", "empty"):
        at.expect(array.null_count == len(array), "values in a column of nulls")
        return np.full(len(array), None, dtype=object)
    at.refuse(f"unknown type of cell {tag[:32]!r}")


def decode_object(array: pa.Array, facts: ColumnFacts, at: Decoder) -> Any:
    """Decode an array of Python objects."""
    with _paused_gc():
        cells = _decode_typed(array, facts, at)
    if array.null_count:
        _restore_nulls(cells, array, facts.nulls, at)
    return cells


def _restore_nulls(
    cells: Any, array: pa.Array, nulls: NullRuns | None, at: Decoder
) -> None:
    """Put back which null each null was."""
    # A part of a null cell is null without being any of the recorded ones.
    runs = nulls or NullRuns([0], ["None"])
    known = all(kind in _NULLS for kind in runs.kinds)
    at.expect(known and len(runs.kinds) == len(runs.starts) > 0, "bad runs of nulls")
    places = np.flatnonzero(array.is_null().to_numpy(zero_copy_only=False))
    if len(runs.kinds) == 1:
        kind = _NULLS[runs.kinds[0]]
        if kind is not None:
            cells[places] = kind
        return
    if at.rows is not None:
        places_in_frame = np.asarray(at.rows)[places]
    else:
        places_in_frame = places
    starts = np.array(runs.starts, np.int64)
    at.expect(bool((np.diff(starts) > 0).all()), "runs of nulls out of order")
    which = np.searchsorted(starts, places_in_frame, side="right") - 1
    at.expect(bool((which >= 0).all()), "a null before the first run of nulls")
    kinds = object_array([_NULLS[kind] for kind in runs.kinds])
    cells[places] = kinds[which]
