"""ArrowDtype columns: the Arrow type is the dtype, so nothing needs saying."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa

from fory_pandas.context import Decoder, Encoder
from fory_pandas.facts import ColumnFacts

__all__ = ["check_arrow_type", "decode_arrow", "encode_arrow"]

_REFUSED = (
    pa.types.is_union,
    pa.types.is_interval,
    pa.types.is_run_end_encoded,
)


def encode_arrow(values: Any, to: Encoder) -> tuple[pa.Array, ColumnFacts]:
    """Encode an array that is Arrow's already."""
    check_arrow_type(values.dtype.pyarrow_dtype, to)
    return pa.array(values), ColumnFacts("arrow")


def check_arrow_type(kind: pa.DataType, to: Encoder) -> None:
    """Refuse types that rows cannot hold, at every depth, by path."""
    if any(is_refused(kind) for is_refused in _REFUSED):
        to.refuse(f"rows have no {kind}", "cast the column to another type")
    if pa.types.is_dictionary(kind):
        check_arrow_type(kind.value_type, to.at(" dictionary"))
    elif isinstance(kind, pa.BaseExtensionType):
        check_arrow_type(kind.storage_type, to)
    else:
        for i in range(kind.num_fields):
            child = kind.field(i)
            check_arrow_type(child.type, to.at(f".{child.name}"))


def decode_arrow(
    array: pa.Array | pa.ChunkedArray, facts: ColumnFacts, at: Decoder
) -> Any:
    """Decode into an array that views the Arrow memory."""
    if isinstance(array, pa.Array):
        array = pa.chunked_array([array])
    return pd.arrays.ArrowExtensionArray(array)
