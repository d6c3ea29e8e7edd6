"""Which family writes and reads which values. The one table of each direction."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from fory_pandas import (
    arrow_dtype,
    composite,
    nested_rows,
    numeric,
    objects,
    temporal,
    text,
)
from fory_pandas.context import DecodeFamily, Decoder, EncodeFamily, Encoder
from fory_pandas.facts import ColumnFacts
from fory_pandas.odd import Registry
from fory_pandas.registered import registry
from fory_pandas.row_array import RowArray

__all__ = ["decoder", "encoder"]


def _encode_numpy(values: Any, to: Encoder) -> tuple[pa.Array, ColumnFacts]:
    numbers = np.asarray(values)  # to_numpy() of pandas 2 looks for NaN in each
    if numbers.dtype == object:
        return objects.encode_object(numbers, to)
    return numeric.encode_numbers(numbers, to)


_ENCODE: dict[type, EncodeFamily] = {
    pd.arrays.ArrowExtensionArray: arrow_dtype.encode_arrow,
    pd.arrays.BooleanArray: numeric.encode_masked,
    pd.arrays.DatetimeArray: temporal.encode_datetime,
    pd.arrays.FloatingArray: numeric.encode_masked,
    pd.arrays.IntegerArray: numeric.encode_masked,
    pd.arrays.IntervalArray: composite.encode_interval,
    pd.arrays.NumpyExtensionArray: _encode_numpy,
    pd.arrays.PeriodArray: temporal.encode_period,
    pd.arrays.SparseArray: composite.encode_sparse,
    pd.arrays.TimedeltaArray: temporal.encode_timedelta,
    RowArray: nested_rows.encode_rows,
    pd.Categorical: composite.encode_categorical,
} | dict.fromkeys(text.STRING_ARRAYS, text.encode_string)

_DECODE: dict[str, DecodeFamily] = {
    "arrow": arrow_dtype.decode_arrow,
    "categorical": composite.decode_categorical,
    "complex": numeric.decode_complex,
    "datetime": temporal.decode_datetime,
    "interval": composite.decode_interval,
    "longdouble": numeric.decode_longdouble,
    "masked": numeric.decode_masked,
    "numpy": numeric.decode_numpy,
    "object": objects.decode_object,
    "period": temporal.decode_period,
    "rows": nested_rows.decode_rows,
    "sparse": composite.decode_sparse,
    "string": text.decode_string,
    "timedelta": temporal.decode_timedelta,
}


def encoder(mode: str | Registry) -> Encoder:
    """Return the encoder of a frame.

    ``mode`` is ``"strict"``, ``"xlang"``, ``"registered"`` for the classes of
    `register_type`, or a Fory with classes of the caller's own.
    """
    if not isinstance(mode, str) and hasattr(mode, "serialize"):
        return Encoder(_ENCODE, decoder(mode), "xlang", mode)
    if mode == "registered":
        return Encoder(_ENCODE, decoder(), "xlang", registry())
    if not isinstance(mode, str) or mode not in ("strict", "xlang"):
        raise ValueError(
            f'objects is "strict", "xlang", "registered" or a Fory, not {mode!r}'
        )
    return Encoder(_ENCODE, decoder(), mode)


def decoder(registry: Registry | None = None) -> Decoder:
    """Return the decoder of a frame."""
    return Decoder(_DECODE, registry)
