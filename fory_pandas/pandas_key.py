"""The ``pandas`` key of an Arrow schema, for readers that know nothing of facts.

It is the JSON that pandas documents for parquet and feather: with it a plain
``Table.to_pandas`` restores the index and dtypes as far as it does for those.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from fory_pandas._scan import first_difference
from fory_pandas.row_dtype import RowDtype
from fory_pandas.sameness import same_value

__all__ = ["pandas_key"]

_MASKED = tuple(
    type(pd.api.types.pandas_dtype(f"{sign}Int{bits}"))
    for sign in ("", "U")
    for bits in (8, 16, 32, 64)
)
_KINDS = {"utf8": "unicode", "string": "unicode", "large_string": "unicode"}


def pandas_key(
    frame: pd.DataFrame,
    table: pa.Table,
    fields: Sequence[str],
    index: Sequence[str],
    attrs: dict[Any, Any],
) -> bytes:
    """Return the JSON of a frame's columns, index and attributes over a table."""
    names = [_text(label) for label in frame.columns]
    dtypes = list(frame.dtypes)
    columns = [
        _column(name, field, table.schema.field(field), dtype)
        for name, field, dtype in zip(names, fields, dtypes, strict=True)
    ]
    rows = frame.index
    levels = rows.levels if isinstance(rows, pd.MultiIndex) else [rows]
    for field, level, name in zip(index, levels, rows.names, strict=False):
        kind = table.schema.field(field)
        columns.append(_column(_text(name), field, kind, level.dtype))
    stored: list[Any] = list(index) or [_range(rows)]
    key = {
        "index_columns": stored,
        "column_indexes": _column_indexes(frame.columns),
        "columns": columns,
        "attributes": _json_attrs(attrs),
        "creator": {"library": "fory_pandas", "version": "1"},
        "pandas_version": pd.__version__,
    }
    return json.dumps(key).encode("utf-8", "backslashreplace")


def _json_attrs(attrs: dict[Any, Any]) -> dict[str, Any]:
    """Return the attributes if JSON says them exactly, else none: facts have them."""
    try:
        again = json.loads(json.dumps(attrs))
    except (TypeError, ValueError, RecursionError):
        return {}
    same = first_difference([attrs], [again], same_value) < 0
    return again if same else {}


def _text(label: Any) -> str | None:
    if isinstance(label, tuple):
        # Readers evaluate these as literals, which only texts are for sure.
        return str(tuple(str(part) for part in label))
    return None if label is None else str(label)


def _range(index: pd.Index) -> dict[str, Any]:
    if not isinstance(index, pd.RangeIndex):
        index = pd.RangeIndex(len(index))
    limits = {"start": index.start, "stop": index.stop, "step": index.step}
    return {"kind": "range", "name": _text(index.name), **limits}


def _column(name: str | None, field: str, kind: pa.Field, dtype: Any) -> dict[str, Any]:
    numpy_type = _dtype_text(dtype)
    metadata: dict[str, Any] | None = None
    if isinstance(dtype, pd.CategoricalDtype):
        codes = str(kind.type.index_type)
        metadata = {"num_categories": len(dtype.categories), "ordered": dtype.ordered}
        numpy_type = codes
    elif isinstance(dtype, pd.DatetimeTZDtype):
        metadata = {"timezone": kind.type.tz}
        numpy_type = f"datetime64[{dtype.unit}]"
    return {
        "name": name,
        "field_name": field,
        "pandas_type": _kind(kind.type, dtype),
        "numpy_type": numpy_type,
        "metadata": metadata,
    }


def _dtype_text(dtype: Any) -> str:
    """Return the dtype as text if readers can parse it; not that of nested types."""
    text = str(dtype)
    if isinstance(dtype, RowDtype):
        return "object"
    if isinstance(dtype, pd.ArrowDtype):
        try:
            pd.api.types.pandas_dtype(text)
        except (NotImplementedError, SyntaxError, TypeError, ValueError):
            return "object"
    return text


def _kind(kind: pa.DataType, dtype: Any) -> str:
    if isinstance(dtype, pd.CategoricalDtype):
        return "categorical"
    if isinstance(dtype, pd.DatetimeTZDtype):
        return "datetimetz"
    if pa.types.is_timestamp(kind):
        return "datetime"
    if pa.types.is_duration(kind):
        return "timedelta"
    if pa.types.is_null(kind):
        return "empty"
    return _KINDS.get(str(kind), str(kind))


def _column_indexes(columns: pd.Index) -> list[dict[str, Any]]:
    if isinstance(columns, pd.MultiIndex):
        levels = list(columns.levels)
    else:
        levels = [columns]
    return [
        {
            "name": _text(name),
            "field_name": _text(name),
            "pandas_type": _label_kind(level.dtype),
            "numpy_type": _label_type(level.dtype),
            "metadata": _label_metadata(level.dtype),
        }
        for level, name in zip(levels, columns.names, strict=True)
    ]


def _label_kind(dtype: Any) -> str:
    if isinstance(dtype, pd.DatetimeTZDtype):
        return "datetimetz"
    if isinstance(dtype, np.dtype) and dtype.kind in "iufbM":
        return "datetime" if dtype.kind == "M" else dtype.name
    if isinstance(dtype, _MASKED):
        return dtype.name.lower()
    return "unicode"


def _label_type(dtype: Any) -> str:
    if isinstance(dtype, pd.DatetimeTZDtype):
        return f"datetime64[{dtype.unit}]"
    if isinstance(dtype, (np.dtype, pd.StringDtype, *_MASKED)):
        return str(dtype)
    return "object"


def _label_metadata(dtype: Any) -> dict[str, Any] | None:
    if isinstance(dtype, pd.DatetimeTZDtype):
        return {"timezone": str(dtype.tz)}
    return {"encoding": "UTF-8"} if _label_kind(dtype) == "unicode" else None
