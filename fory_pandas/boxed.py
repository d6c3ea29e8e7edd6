"""Cells that are scalars of pandas or numpy: the array that would hold them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from fory_pandas.context import Decoder, Encoder
from fory_pandas.facts import ColumnFacts
from fory_pandas.zones import same_zone

__all__ = ["BOXED", "BOXED_TAGS", "decode_boxed", "encode_boxed"]

_PANDAS = (pd.Timestamp, pd.Timedelta, pd.Period, pd.Interval)
_NUMPY = (
    *(
        np.dtype(f"{sign}int{bits}").type
        for sign in ("u", "")
        for bits in (8, 16, 32, 64)
    ),
    *(np.bool_, np.float16, np.float32, np.float64, np.longdouble),
    *(np.complex64, np.complex128, np.datetime64, np.timedelta64),
)
BOXED = {kind: f"pandas.{kind.__name__}" for kind in _PANDAS} | {
    kind: f"numpy.{kind.__name__}" for kind in _NUMPY
}
BOXED_TAGS = frozenset(BOXED.values())


def encode_boxed(
    cells: list[Any], kind: type, to: Encoder
) -> tuple[pa.Array, ColumnFacts]:
    """Encode scalars of one class as the array of their common dtype."""
    present = [cell for cell in cells if cell is not None]
    if kind in (pd.Timestamp, pd.Timedelta):
        values = _timed(present)
    elif kind in _PANDAS:
        values = pd.array(present)
    else:
        made = np.array(present, dtype=present[0].dtype)
        values = pd.Series(made, copy=False).array
    if kind in _PANDAS and isinstance(values, pd.arrays.NumpyExtensionArray):
        raise ValueError(f"{kind.__name__} cells of several dtypes")
    array, facts = to.at("").values(values)
    if len(present) < len(cells):
        # Places of the values, null where there is none: take makes them null.
        taken = np.cumsum([cell is not None for cell in cells]) - 1
        absent = np.array([cell is None for cell in cells])
        array = array.take(pa.array(taken, mask=absent))
    return array, ColumnFacts("object", BOXED[kind], parts=[facts])


def _timed(cells: list[Any]) -> Any:
    """Return the array of timestamps or timedeltas that share unit and zone."""
    first = cells[0]
    zone = getattr(first, "tz", None)
    if any(cell.unit != first.unit for cell in cells):
        raise ValueError("cells of several units")
    if any(not same_zone(getattr(cell, "tz", None), zone) for cell in cells):
        raise ValueError("cells of several time zones")
    values = pd.Series(np.array([cell.asm8 for cell in cells]), copy=False)
    if zone is not None:
        values = values.dt.tz_localize("UTC").dt.tz_convert(zone)
    return values.array


def decode_boxed(array: pa.Array, facts: ColumnFacts, at: Decoder) -> Any:
    """Decode scalars of one class, None where the array is null."""
    present = array.drop_null() if array.null_count else array
    values = at.at("").values(present, facts.parts[0])
    if facts.dtype.startswith("pandas."):
        values = pd.Series(values, copy=False).array
    scalars = np.fromiter(values, dtype=object, count=len(values))
    if len(present) == len(array):
        return scalars
    cells = np.full(len(array), None, dtype=object)
    cells[array.is_valid().to_numpy(zero_copy_only=False)] = scalars
    return cells
