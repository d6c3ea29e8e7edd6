"""When two odd values are the same: type, value, and what ``==`` overlooks."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd

from fory_pandas.zones import same_zone

__all__ = ["same_value"]

_OVERLOOKED = ("unit", "fold", "freq", "closed", "fill_value", "is_safe")


def same_value(a: Any, b: Any) -> bool:
    """Whether two values of one type, none of the plain builtins, are the same."""
    if isinstance(a, (np.ndarray, np.generic)):
        return _same_numpy(a, b)
    if isinstance(a, (datetime.datetime, datetime.time)):
        if not same_zone(a.tzinfo, b.tzinfo):
            return False
    elif isinstance(a, pd.Interval):
        return a.closed == b.closed and all(
            type(x) is type(y) and same_value(x, y)
            for x, y in ((a.left, b.left), (a.right, b.right))
        )
    elif isinstance(a, (set, frozenset)):
        # 1 and True are equal members: compare the types as well.
        return a == b and _typed(a) == _typed(b)
    elif isinstance(a, complex):
        return repr(a) == repr(b)
    overlooked = all(getattr(a, n, None) == getattr(b, n, None) for n in _OVERLOOKED)
    return bool(a == b) and overlooked


def _typed(values: Any) -> set[tuple[type, Any]]:
    return {(type(value), value) for value in values}


def _same_numpy(a: Any, b: Any) -> bool:
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    if a.dtype != object:
        return bool(a.tobytes() == b.tobytes())
    pairs = zip(a.ravel().tolist(), b.ravel().tolist(), strict=True)
    return all(
        x is y or (type(x) is type(y) and (x == x) == (y == y) and _equal(x, y))
        for x, y in pairs
    )


def _equal(x: Any, y: Any) -> bool:
    if isinstance(x, float):
        return x.hex() == y.hex()
    return same_value(x, y)
