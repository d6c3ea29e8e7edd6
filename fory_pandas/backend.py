"""``dtype_backend``: dtypes chosen by the Arrow type instead of by the facts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pyarrow as pa

from fory_pandas.facts import ColumnFacts

__all__ = ["backend_facts", "types_mapper"]

_NULLABLE = {
    pa.bool_(): "boolean",
    pa.float32(): "Float32",
    pa.float64(): "Float64",
} | {
    getattr(pa, f"{sign}int{bits}")(): f"{sign.upper()}Int{bits}"
    for sign in ("", "u")
    for bits in (8, 16, 32, 64)
}


def check_backend(dtype_backend: str | None) -> None:
    """Refuse what is no backend of pandas.

    Raises
    ------
    ValueError
        If it is none.
    """
    if dtype_backend not in (None, "numpy_nullable", "pyarrow"):
        raise ValueError(
            f"dtype_backend is 'numpy_nullable' or 'pyarrow', not {dtype_backend!r}"
        )


def backend_facts(
    kind: pa.DataType, facts: ColumnFacts, dtype_backend: str | None
) -> ColumnFacts:
    """Return the facts by which a column is decoded for this backend."""
    if dtype_backend is None:
        return facts
    if dtype_backend == "pyarrow":
        return ColumnFacts("arrow")
    if kind in _NULLABLE:
        return ColumnFacts("masked", _NULLABLE[kind])
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        options = {"storage": "python", "missing": "NA"}
        return ColumnFacts("string", "string", options)
    return facts


def types_mapper(dtype_backend: str | None) -> Callable[[pa.DataType], Any] | None:
    """Return the mapping of ``Table.to_pandas`` for tables without facts."""
    if dtype_backend == "pyarrow":
        return pd.ArrowDtype

    def mapped(kind: pa.DataType) -> Any:
        facts = backend_facts(kind, ColumnFacts("none"), dtype_backend)
        if facts.kind == "string":
            return pd.StringDtype("python")
        return pd.api.types.pandas_dtype(facts.dtype) if facts.dtype else None

    return mapped if dtype_backend else None
