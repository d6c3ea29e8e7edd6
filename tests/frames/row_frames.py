"""Frames whose columns are rows, for the catalogue."""

import datetime
import decimal

import numpy as np
import pandas as pd
import pyarrow as pa

from fory_pandas import RowArray

__all__ = ["row_frames"]

_RECORD = {
    "id": 7,
    "name": "é\U0001f600",
    "lines": [{"price": decimal.Decimal("1.50"), "day": datetime.date(2020, 2, 29)}],
    "tags": None,
}


def row_frames() -> dict[str, pd.DataFrame]:
    """Return every kind of column whose cells are rows, lists or maps."""
    pairs = pa.map_(pa.string(), pa.list_(pa.int8()))
    instants = pa.struct({"at": pa.timestamp("ns", "Europe/Berlin"), "x": pa.float16()})
    stamp = {"at": pd.Timestamp("2020", tz="UTC"), "x": np.float16(1.5)}
    arrays = {
        "struct": RowArray([_RECORD, None, {**_RECORD, "lines": []}]),
        "list": RowArray([[1, None], [], None]),
        "list_of_lists": RowArray([[[1], None, []], None, [[]]]),
        "map": RowArray(pa.array([[("a", [1])], None, [("b", None)]], pairs)),
        "instants": RowArray(pa.array([stamp, None, {"at": None}], instants)),
        "no_fields": RowArray(pa.array([{}, None, {}], pa.struct([]))),
        "odd_names": RowArray([{"a.b": 1, "": 2, 'q"<': 3}]),
        "floats": RowArray([[np.nan, -0.0, np.inf], None]),
        "missing": RowArray([None, None], dtype="fory[list<string>]"),
        "no_rows": RowArray([], dtype="fory[struct<a: int64>]"),
        "picked": RowArray([[i] for i in range(20)])[15:3:-2],
    }
    changed = RowArray([[1], [2]])
    changed[1] = [3, 4]
    arrays["changed"] = changed
    return {f"rows_{name}": pd.DataFrame({"v": v}) for name, v in arrays.items()}
