"""The string dtypes: storage and missing value are facts, the text is Arrow's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from fory_pandas.context import Decoder, Encoder
from fory_pandas.facts import ColumnFacts
from fory_pandas.names import is_utf8

__all__ = ["STRING_ARRAYS", "decode_string", "encode_string"]

_NAMED_STORAGE = "pyarrow_numpy"  # pandas 2: NaN semantics were a storage of its own


def _dtypes() -> list[pd.StringDtype]:
    """Return every string dtype that this pandas has."""
    found = [pd.StringDtype("python"), pd.StringDtype("pyarrow")]
    try:
        found += [pd.StringDtype(s, na_value=np.nan) for s in ("python", "pyarrow")]
    except TypeError:
        found.append(pd.StringDtype(_NAMED_STORAGE))
    return found


STRING_ARRAYS: frozenset[type] = frozenset(
    type(pd.array([], dtype=dtype)) for dtype in _dtypes()
)
"""The classes of string arrays; pandas 2 has one per kind of missing value."""


def encode_string(values: Any, to: Encoder) -> tuple[pa.Array, ColumnFacts]:
    """Encode ``str`` and ``string`` columns; Arrow storage is not copied."""
    storage = values.dtype.storage
    missing = "NA" if values.dtype.na_value is pd.NA else "nan"
    if storage == _NAMED_STORAGE:
        storage = "pyarrow"
    try:
        array = pa.array(values)
    except (UnicodeEncodeError, pa.ArrowInvalid):
        _refuse_surrogates(values, to)
        raise
    options = {"storage": storage, "missing": missing}
    return array, ColumnFacts("string", "string", options)


def _refuse_surrogates(values: Any, to: Encoder) -> None:
    """Name the first text that UTF-8 cannot say."""
    for row, value in enumerate(values):
        if isinstance(value, str) and not is_utf8(value):
            to.refuse("text with a lone surrogate is not UTF-8", "replace it", row)


def string_dtype(facts: ColumnFacts, at: Decoder) -> pd.StringDtype:
    """Return the dtype that the facts name, in the spelling of this pandas."""
    storage, missing = facts.options["storage"], facts.options["missing"]
    at.expect(
        storage in ("python", "pyarrow") and missing in ("NA", "nan"),
        f"unknown string dtype {storage[:16]!r}, {missing[:16]!r}",
    )
    if missing == "NA":
        return pd.StringDtype(storage)
    try:
        return pd.StringDtype(storage, na_value=np.nan)
    except TypeError:
        if storage == "pyarrow":
            return pd.StringDtype(_NAMED_STORAGE)
        at.refuse("python strings with NaN for missing need pandas 2.3 or newer")


def decode_string(
    array: pa.Array | pa.ChunkedArray, facts: ColumnFacts, at: Decoder
) -> Any:
    """Decode a string array; Arrow storage is a view of the Arrow memory."""
    kinds = (pa.types.is_string, pa.types.is_large_string, pa.types.is_null)
    at.expect(any(is_(array.type) for is_ in kinds), f"text stored as {array.type}")
    return string_dtype(facts, at).__from_arrow__(array)
