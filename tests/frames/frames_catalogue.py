"""Named frames: every dtype and structure of pandas, in the shapes that hurt.

``frames()`` must come back identical with ``objects="xlang"``; ``REFUSED`` names the
only ones that ``objects="strict"`` may refuse.
"""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
import zoneinfo
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from row_frames import row_frames

__all__ = ["REFUSED", "families", "frames"]

D = decimal.Decimal
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
UTC = dt.UTC
Frame = pd.DataFrame | pd.Series

REFUSED = {
    "object_array_2d",
    "object_array_two_dtypes",
    "object_bytearray",
    "object_complex",
    "object_datetime_fold_naive",
    "object_datetime_mixed_zones",
    "object_decimal_mixed",
    "object_ellipsis_slice",
    "object_huge_ints",
    "object_interval_objects",
    "object_mixed_containers",
    "object_mixed_in_list",
    "object_mixed_int_bool",
    "object_mixed_int_float",
    "object_mixed_scalars",
    "object_negative_nan",
    "object_null_kinds_in_list",
    "object_numpy_days",
    "object_numpy_mixed",
    "object_sets",
    "object_time_aware",
    "object_timedelta_huge",
    "object_timestamp_units",
}


def objects(*cells: Any) -> pd.Series:
    """Return exactly these cells as an object column, nothing inferred."""
    values = np.fromiter(cells, dtype=object, count=len(cells))
    return pd.Series(values, dtype=object)


def _numbers() -> dict[str, Any]:
    named: dict[str, Any] = {}
    for sign in ("", "u"):
        for bits in (8, 16, 32, 64):
            info = np.iinfo(f"{sign}int{bits}")
            edges = np.array([info.min, info.max, 0, 1], info.dtype)
            named[f"{info.dtype}"] = edges
            named[f"{info.dtype}_swapped"] = edges.astype(info.dtype.newbyteorder())
            nullable = pd.array(edges, dtype=f"{sign.upper()}Int{bits}")
            named[f"{nullable.dtype}"] = nullable
            nullable = nullable.copy()
            nullable[[0, 2]] = pd.NA
            named[f"{nullable.dtype}_with_na"] = nullable
    odd = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-7, 65504.0]
    for name in ("float16", "float32", "float64", "longdouble"):
        named[name] = np.array(odd, name)
        named[f"{name}_swapped"] = np.array(odd, np.dtype(name).newbyteorder())
    for name in ("Float32", "Float64"):
        mask = np.array([False] * 5 + [True] * 2)
        values = np.array(odd, name.lower())
        named[f"{name}_nan_beside_na"] = pd.arrays.FloatingArray(values, mask)
    pairs = [1 + 2j, complex(np.nan, -0.0), complex(-np.inf, 0)]
    for name in ("complex64", "complex128"):
        named[name] = np.array(pairs, name)
        named[f"{name}_swapped"] = np.array(pairs, np.dtype(name).newbyteorder())
    named["bool"] = np.array([True, False, True])
    named["boolean"] = pd.array([True, False, None], dtype="boolean")
    named["boolean_all_na"] = pd.array([None, None], dtype="boolean")
    named["Int64_all_na"] = pd.array([None] * 9, dtype="Int64")
    named["float_all_nan"] = np.full(5, np.nan)
    named["subnormal"] = np.array([5e-324, -5e-324])
    named["nan_payload"] = np.array([0x7FF8000000000123], "u8").view("f8")
    named["int_strided"] = np.arange(20)[::3]
    named["bool_129"] = np.arange(129) % 3 == 0
    return named


def _texts() -> dict[str, Any]:
    cells = ["a", "", None, "Grüße", "日本語", "😀", "nul\0byte", "x" * 500]
    dtypes = {"string_python": pd.StringDtype("python"), "str": "str"}
    dtypes["string_pyarrow"] = pd.StringDtype("pyarrow")
    if pd.__version__ >= "3":
        dtypes["str_python"] = pd.StringDtype("python", na_value=np.nan)
        dtypes["str_pyarrow"] = pd.StringDtype("pyarrow", na_value=np.nan)
    else:
        dtypes["str_pyarrow"] = pd.StringDtype("pyarrow_numpy")
        del dtypes["str"]
    named: dict[str, Any] = {}
    for name, dtype in dtypes.items():
        named[name] = pd.array(cells, dtype=dtype)
        named[f"{name}_all_missing"] = pd.array([None, None], dtype=dtype)
        named[f"{name}_empty"] = pd.array([], dtype=dtype)
        named[f"{name}_sliced"] = pd.array(cells * 3, dtype=dtype)[7:19]
    named["str_of_65"] = pd.array([f"t{i}" for i in range(65)], dtype="string")
    return named


def _times() -> dict[str, Any]:
    named: dict[str, Any] = {}
    stamps = ["1970-01-01", "1901-12-13 20:45:52", None, "2261-04-11 23:47:16"]
    for unit in ("s", "ms", "us", "ns"):
        naive = pd.Series(np.array(stamps, f"M8[{unit}]"))
        named[f"datetime_{unit}"] = naive
        named[f"datetime_{unit}_utc"] = naive.dt.tz_localize("UTC")
        named[f"datetime_{unit}_berlin"] = naive.dt.tz_localize(BERLIN)
        spans = np.array([0, -1, "NaT", 10**9], f"m8[{unit}]")
        named[f"timedelta_{unit}"] = pd.Series(spans)
    naive = pd.Series(np.array(stamps, "M8[us]"))
    zones = {
        "timezone_utc": UTC,
        "zoneinfo_utc": zoneinfo.ZoneInfo("UTC"),
        "offset_minutes": dt.timezone(dt.timedelta(hours=-5, minutes=-30)),
        "offset_seconds": dt.timezone(dt.timedelta(hours=1, seconds=7)),
        "offset_named": dt.timezone(dt.timedelta(hours=2), "CEST"),
        "etc": zoneinfo.ZoneInfo("Etc/GMT+5"),
        "kathmandu": zoneinfo.ZoneInfo("Asia/Kathmandu"),
    }
    for name, zone in zones.items():
        aware = naive.dt.tz_localize("UTC").dt.tz_convert(zone)
        named[f"zone_{name}"] = aware
    hours = pd.date_range("2024-10-27", periods=5, freq="h", tz=BERLIN)
    named["zone_autumn_fold"] = pd.Series(hours)
    named["datetime_far"] = pd.Series(np.array([-(2**40), 2**40], "M8[s]"))
    named["datetime_all_nat"] = pd.Series(np.array(["NaT"] * 3, "M8[ns]"))
    for freq in ("D", "M", "Q-NOV", "Y-MAR", "h", "W-WED", "5min", "ns"):
        periods = pd.period_range("2020-01-01", periods=4, freq=freq)
        named[f"period_{freq}"] = pd.Series(periods)
    named["period_with_nat"] = pd.Series(pd.PeriodIndex(["2020", None], freq="M"))
    return named


def _composites() -> dict[str, Any]:
    named: dict[str, Any] = {}
    breaks = {
        "int": pd.Index([0, 1, 5]),
        "float": pd.Index([0.5, 1.5, np.inf]),
        "datetime": pd.date_range("2020", periods=3, unit="s"),
        "datetime_tz": pd.date_range("2020", periods=3, tz=BERLIN),
        "timedelta": pd.timedelta_range("1D", periods=3),
    }
    for name, edges in breaks.items():
        for closed in ("left", "both"):
            values = pd.arrays.IntervalArray.from_breaks(edges, closed=closed)
            named[f"interval_{name}_{closed}"] = values
    named["interval_missing"] = pd.array(
        [pd.Interval(0.0, 1.0), None, pd.Interval(2.0, 3.5)]
    )
    named["interval_datetime_missing"] = pd.arrays.IntervalArray.from_arrays(
        pd.to_datetime(["2020", None]), pd.to_datetime(["2021", None])
    )
    sparse = pd.arrays.SparseArray
    named["sparse_int"] = sparse([0, 0, 7, 0])
    named["sparse_float_nan"] = sparse([np.nan, 1.5, np.nan])
    named["sparse_float_zero"] = sparse([0.0, 1.5, np.nan], fill_value=0.0)
    named["sparse_bool"] = sparse([False, True, False])
    named["sparse_block"] = sparse([0, 0, 7, 8], kind="block")
    named["sparse_int8"] = sparse(np.array([0, 3], "i1"))
    named["sparse_float32"] = sparse(np.array([0.1, 3], "f4"), fill_value=0.1)
    named["sparse_other_fill"] = sparse([5, 5, 1], fill_value=5)
    return named


def _categories() -> dict[str, Any]:
    kinds: dict[str, Any] = {
        "text": ["b", "a", "c"],
        "object_text": pd.Index(["b", "a", "c"], dtype=object),
        "string": pd.Index(["b", "a", "c"], dtype="string[python]"),
        "int": [3, 1, 2],
        "int8": pd.Index([3, 1, 2], dtype="int8"),
        "uint64": pd.Index([2**64 - 1, 1, 2], dtype="uint64"),
        "float": [1.5, -0.5, np.inf],
        "bool": [True, False],
        "range": pd.RangeIndex(10, 40, 10),
        "datetime": pd.date_range("2020", periods=3),
        "datetime_tz": pd.date_range("2020", periods=3, tz=BERLIN),
        "timedelta": pd.timedelta_range("1D", periods=3),
        "period": pd.period_range("2020", periods=3, freq="M"),
        "interval": pd.interval_range(0, 3),
        "Int64": pd.Index([3, 1, 2], dtype="Int64"),
        "date": pd.Index([dt.date(2020, 1, d) for d in (3, 1, 2)], dtype=object),
        "decimal": pd.Index([D("1.5"), D("2.5"), D("3.5")], dtype=object),
        "tuple": pd.Index([(1, 2), (3, 4), (5, 6)], tupleize_cols=False),
        "bytes": pd.Index([b"x", b"y", b"z"], dtype=object),
        "named": pd.Index(["b", "a", "c"], name="letters"),
    }
    named: dict[str, Any] = {}
    for name, categories in kinds.items():
        codes = [0, -1, 1, 0]
        for ordered in (False, True):
            dtype = pd.CategoricalDtype(categories, ordered=ordered)
            values = pd.Categorical.from_codes(codes, dtype=dtype)
            named[f"category_{name}{'_ordered' * ordered}"] = values
    many = pd.CategoricalDtype([f"v{i}" for i in range(300)])
    named["category_int16_codes"] = pd.Categorical.from_codes([299, 0, -1], dtype=many)
    named["category_none"] = pd.Categorical([None, None])
    named["category_empty_unused"] = pd.Categorical([], categories=["x", "y"])
    named["category_all_unused"] = pd.Categorical([None], categories=["x", "y"])
    return named


def _scalar_kinds() -> dict[str, tuple[Any, ...]]:
    naive, aware = (
        dt.datetime(2024, 7, 1, 12, 30),
        dt.datetime(2024, 7, 1, tzinfo=BERLIN),
    )
    fold = dt.datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=BERLIN)
    same = uuid.UUID(int=77)
    return {
        "text": ("a", "", "ü"),
        "int": (1, -(2**63), 2**63 - 1),
        "uint": (0, 2**64 - 1),
        "float": (1.5, -0.0, np.nan),
        "bool": (True, False),
        "bytes": (b"", b"\x00\xff"),
        "decimal_one_scale": (D("1.50"), D("-2.25")),
        "decimal_scales": (D("1.5"), D("2.25"), D("NaN"), D("-0")),
        "decimal_60_digits": (D("9" * 60), D("1")),
        "decimal_exponent": (D("1E+3"), D("2E+3")),
        "date": (dt.date(1, 1, 1), dt.date(9999, 12, 31)),
        "time": (dt.time(23, 59, 59, 999999), dt.time()),
        "datetime": (naive, dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31)),
        "datetime_zone": (aware, fold),
        "datetime_utc": (naive.replace(tzinfo=UTC),),
        "timedelta": (dt.timedelta(1, 2, 3), -dt.timedelta(5)),
        "uuid": (same, uuid.UUID(int=2**128 - 1)),
        "timestamp": (pd.Timestamp("2020"), pd.Timestamp("2021")),
        "timestamp_tz": (pd.Timestamp("2020", tz=BERLIN),),
        "timestamp_ns": (pd.Timestamp(1, unit="ns"),),
        "timedelta_pandas": (pd.Timedelta("1D"), pd.Timedelta(3, "s")),
        "period": (pd.Period("2020-01", "M"), pd.Period("2020-02", "M")),
        "numpy_int": (np.int64(1), np.int64(-1)),
        "numpy_int8": (np.int8(1), np.int8(-1)),
        "numpy_float": (np.float64(1.5), np.float64("nan")),
        "numpy_bool": (np.True_, np.False_),
        "numpy_datetime": (np.datetime64("2020-01-01", "s"),),
        "numpy_complex": (np.complex128(1j),),
    }


def _object_scalars() -> dict[str, Any]:
    named: dict[str, Any] = {}
    for name, cells in _scalar_kinds().items():
        named[f"object_{name}"] = objects(*cells)
        named[f"object_{name}_and_none"] = objects(None, *cells, None)
    for name, null in {"nan": np.nan, "na": pd.NA, "nat": pd.NaT}.items():
        named[f"object_text_and_{name}"] = objects("a", null, "b")
        named[f"object_date_and_{name}"] = objects(dt.date(2020, 1, 1), null)
        named[f"object_only_{name}"] = objects(null, null)
    named["object_every_null"] = objects(None, np.nan, "a", pd.NA, pd.NaT, None, None)
    named["object_every_null_only"] = objects(None, np.nan, pd.NA, pd.NaT, np.nan)
    named["object_float_nan_none"] = objects(1.5, np.nan, None)
    named["object_int_nan"] = objects(1, np.nan, 3)
    named["object_bool_nan"] = objects(True, np.nan)
    named["object_none"] = objects(None, None)
    named["object_empty"] = objects()
    named["object_negative_nan"] = objects(-float("nan"), "x")
    return named


def _object_nested() -> dict[str, Any]:
    return {
        "list_int": objects([1, 2], [], None, [3]),
        "list_text": objects(["a", None], ["b"]),
        "list_same_length": objects([1, 2], [3, 4]),
        "list_nested": objects([[1], [2, 3]], [], [[]]),
        "list_float_nan": objects([1.5, np.nan, None]),
        "list_empty_only": objects([], []),
        "list_null_only": objects([None], [None, None]),
        "list_date": objects([dt.date(2020, 1, 1)], []),
        "tuple": objects((1, 2), (), None),
        "tuple_of_list": objects(([1], [2]), ([],)),
        "dict_same_keys": objects({"a": 1, "b": "x"}, {"a": None, "b": None}, None),
        "dict_other_keys": objects({"a": 1}, {"b": 2}, {}),
        "dict_other_order": objects({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        "dict_int_keys": objects({1: "x"}, {2: "y", 3: "z"}),
        "dict_nested": objects({"a": {"b": [1, 2]}}, {"a": {"b": []}}),
        "dict_empty": objects({}, {}),
        "dict_odd_names": objects({"": 1, "a.b": 2, "é": 3}),
        "list_of_dicts": objects([{"a": 1}, {"a": 2}], [], None),
        "array_int": objects(np.array([1, 2]), np.array([], int), None),
        "array_float32": objects(np.array([1.5, np.nan], "f4")),
        "array_bool": objects(np.array([True, False])),
        "array_datetime": objects(np.array(["2020", "NaT"], "M8[ms]")),
        "array_objects": objects(np.array(["a", None], object)),
        "array_complex": objects(np.array([1j, 2])),
    }


def _object_odd() -> dict[str, Any]:
    return {
        "mixed_scalars": objects(1, "a", 2.5, b"x", None),
        "mixed_int_bool": objects(1, True),
        "mixed_int_float": objects(1, 2.5),
        "mixed_in_list": objects([1, "a"], [2.5]),
        "mixed_containers": objects([1], (1,), {"a": 1}),
        "sets": objects({1, 2}, set(), frozenset({3})),
        "huge_ints": objects(2**64, -(2**70)),
        "complex": objects(1j, complex(np.nan, -0.0)),
        "time_aware": objects(dt.time(1, tzinfo=UTC), dt.time(2)),
        "datetime_mixed_zones": objects(
            dt.datetime(2020, 1, 1, tzinfo=UTC), dt.datetime(2020, 1, 1, tzinfo=BERLIN)
        ),
        "datetime_fold_naive": objects(dt.datetime(2020, 1, 1, fold=1)),
        "timedelta_huge": objects(dt.timedelta(days=999_999_999)),
        "decimal_mixed": objects(D("1"), 1),
        "interval_objects": objects(pd.Interval(0, 1), pd.Interval(0.0, 1.0)),
        "timestamp_units": objects(
            pd.Timestamp(0).as_unit("s"), pd.Timestamp(0).as_unit("us")
        ),
        "array_2d": objects(np.zeros((2, 3)), np.ones((1, 1))),
        "array_two_dtypes": objects(np.array([1]), np.array([1.0])),
        "numpy_mixed": objects(np.int64(1), np.float32(2)),
        "numpy_days": objects(np.datetime64("2020-01-01", "D")),
        "null_kinds_in_list": objects([None, np.nan, pd.NA]),
        "bytearray": objects(bytearray(b"x")),
        "ellipsis_slice": objects(slice(1, 2), range(3)),
    }


def _arrow_dtypes() -> dict[str, Any]:
    kinds: dict[str, tuple[pa.DataType, list[Any]]] = {
        "int8": (pa.int8(), [1, None]),
        "uint64": (pa.uint64(), [2**64 - 1, None]),
        "float": (pa.float64(), [1.5, None, float("nan")]),
        "bool": (pa.bool_(), [True, None]),
        "string": (pa.string(), ["a", None]),
        "large_string": (pa.large_string(), ["a", None]),
        "binary": (pa.binary(), [b"x", None]),
        "fixed_binary": (pa.binary(3), [b"abc", None]),
        "date32": (pa.date32(), [dt.date(2020, 1, 1), None]),
        "date64": (pa.date64(), [dt.date(2020, 1, 1), None]),
        "time32": (pa.time32("ms"), [dt.time(1), None]),
        "time64": (pa.time64("ns"), [dt.time(1), None]),
        "timestamp": (pa.timestamp("s"), [dt.datetime(2020, 1, 1), None]),
        "timestamp_tz": (pa.timestamp("ns", "Asia/Tokyo"), [0, None]),
        "duration": (pa.duration("ms"), [dt.timedelta(1), None]),
        "decimal128": (pa.decimal128(10, 2), [D("1.50"), None]),
        "decimal256": (pa.decimal256(60, 2), [D("1.50"), None]),
        "list": (pa.list_(pa.int32()), [[1, None], None, []]),
        "large_list": (pa.large_list(pa.string()), [["a"], None]),
        "fixed_list": (pa.list_(pa.float32(), 2), [[1, 2], None]),
        "struct": (pa.struct([("a", pa.int8()), ("b", pa.string())]), [{"a": 1}, None]),
        "map": (pa.map_(pa.string(), pa.int64()), [[("a", 1)], None]),
        "dictionary": (pa.dictionary(pa.int8(), pa.string()), ["a", None, "a"]),
        "null": (pa.null(), [None, None]),
        "nested": (pa.list_(pa.struct([("x", pa.list_(pa.int8()))])), [[{"x": [1]}]]),
    }
    return {
        f"arrow_{name}": pd.arrays.ArrowExtensionArray(
            pa.chunked_array([pa.array(cells, kind)])
        )
        for name, (kind, cells) in kinds.items()
    }


def _columns() -> dict[str, dict[str, Frame]]:
    """Return each family of dtypes as frames of one column."""
    cells = _object_nested() | _object_odd()
    nested = {f"object_{name}": values for name, values in cells.items()}
    families: dict[str, dict[str, Any]] = {
        "numbers and booleans": _numbers(),
        "text": _texts(),
        "instants, durations, periods": _times(),
        "intervals and sparse": _composites(),
        "categoricals": _categories(),
        "object cells: scalars and nulls": _object_scalars(),
        "object cells: nested and odd": nested,
        "ArrowDtype": _arrow_dtypes(),
    }
    return {
        family: {k: pd.DataFrame({"v": pd.Series(v)}) for k, v in named.items()}
        for family, named in families.items()
    }


def _indexed(index: pd.Index) -> pd.DataFrame:
    return pd.DataFrame({"x": np.arange(len(index)) * 1.5}, index=index)


def _plain_indexes() -> dict[str, pd.Index]:
    days = pd.date_range("2020-01-01", periods=4)
    return {
        "range": pd.RangeIndex(5, 20, 3, name="r"),
        "range_negative": pd.RangeIndex(5, -5, -2),
        "range_empty": pd.RangeIndex(3, 3),
        "int": pd.Index([3, 1, 2]),
        "int_like_range": pd.Index([0, 1, 2]),
        "int8": pd.Index([3, 1, 2], dtype="int8"),
        "float_nan": pd.Index([1.5, np.nan]),
        "bool": pd.Index([True, False]),
        "text": pd.Index(["b", "a"], name="key"),
        "object": pd.Index(["b", None, "a"], dtype=object),
        "duplicates": pd.Index(["a", "a"]),
        "Int64": pd.Index([1, None], dtype="Int64"),
        "complex": pd.Index([1j, 2]),
        "days": days,
        "days_no_freq": pd.DatetimeIndex(days, freq=None),
        "business": pd.bdate_range("2020", periods=4, name="day"),
        "month_end": pd.date_range("2020", periods=3, freq="ME"),
        "weekly": pd.date_range("2020", periods=3, freq="2W-WED"),
        "hourly_tz": pd.date_range("2024-10-26", periods=50, freq="h", tz=BERLIN),
        "quarter": pd.date_range("2020", periods=3, freq="QS-FEB"),
        "days_empty": days[:0],
        "days_one": days[:1],
        "backwards": days[::-1],
        "timedelta": pd.timedelta_range("1D", periods=3, freq="36h"),
        "period": pd.period_range("2020", periods=3, freq="Q-NOV"),
        "interval": pd.interval_range(0, 3, closed="both"),
        "category": pd.CategoricalIndex(["a", "b", "a"], categories=["b", "a", "z"]),
        "dates": pd.Index([dt.date(2020, 1, 1), dt.date(2020, 1, 2)], dtype=object),
        "tuples": pd.Index([(1, 2), (3,)], tupleize_cols=False),
        "arrow": pd.Index([1, None], dtype=pd.ArrowDtype(pa.int16())),
    }


def _multi_indexes() -> dict[str, pd.Index]:
    days = pd.date_range("2020-01-01", periods=4)
    return {
        "multi": pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["k", None]),
        "multi_unused": pd.MultiIndex.from_product([["a", "b"], [1, 2]])[:1],
        "multi_missing": pd.MultiIndex.from_arrays([["a", None], [1, 2]]),
        "multi_unsorted": pd.MultiIndex([["b", "a"], [2, 1]], [[0, 1, 1], [1, 0, 1]]),
        "multi_days": pd.MultiIndex.from_product([days, ["x"]], names=["d", "x"]),
        "multi_category": pd.MultiIndex.from_arrays(
            [pd.Categorical(["a", "b"], ["b", "a", "c"]), [1, 2]]
        ),
        "multi_one_level": pd.MultiIndex.from_arrays([["x", "y"]], names=["only"]),
        "multi_empty": pd.MultiIndex.from_arrays([[], []], names=["a", "b"]),
        "multi_duplicates": pd.MultiIndex.from_tuples([("a", 1), ("a", 1)]),
        "multi_interval": pd.MultiIndex.from_arrays([pd.interval_range(0, 2), [1, 2]]),
        "multi_float": pd.MultiIndex.from_arrays([[1.5, 0.5], [1, 2]]),
        "multi_same_names": pd.MultiIndex.from_arrays([[1], [2]], names=["n", "n"]),
    }


def _indexes() -> dict[str, Frame]:
    kinds = _plain_indexes() | _multi_indexes()
    named: dict[str, Frame] = {f"index_{k}": _indexed(v) for k, v in kinds.items()}
    named["index_named_like_column"] = _indexed(pd.Index([1, 2], name="x"))
    odd_names = {
        "int": 7,
        "tuple": ("a", 1),
        "date": dt.date(2020, 1, 1),
        "nan": np.nan,
    }
    for name, label in odd_names.items():
        named[f"index_name_{name}"] = _indexed(pd.Index([1, 2], name=label))
    reserved = pd.DataFrame({"__index_level_0__": [1, 2]}, index=["a", "b"])
    named["column_named_like_index_field"] = reserved
    return named


def _labelled(columns: Any) -> pd.DataFrame:
    frame = pd.DataFrame(np.arange(2 * len(columns)).reshape(2, -1))
    frame.columns = columns
    return frame


def _labels() -> dict[str, Frame]:
    days = pd.date_range("2020-01-01", periods=3)
    kinds: dict[str, Any] = {
        "range": pd.RangeIndex(3),
        "range_step": pd.RangeIndex(0, 6, 2, name="n"),
        "int": [3, 1, 2],
        "int8": pd.Index([3, 1, 2], dtype="int8"),
        "uint64": pd.Index([2**64 - 1, 1], dtype="uint64"),
        "float": [1.5, np.nan, 2.0],
        "bool": [True, False],
        "days": days,
        "days_tz": pd.date_range("2020", periods=3, tz=BERLIN, name="day"),
        "days_no_freq": pd.DatetimeIndex(days, freq=None),
        "timedelta": pd.timedelta_range("1D", periods=3),
        "period": pd.period_range("2020", periods=3, freq="M"),
        "interval": pd.interval_range(0, 3),
        "category": pd.CategoricalIndex(["a", "b"], categories=["b", "a", "z"]),
        "object_text": pd.Index(["a", "b"], dtype=object),
        "string": pd.Index(["a", "b"], dtype="string"),
        "Int64": pd.Index([1, 2], dtype="Int64"),
        "arrow": pd.Index(["a", "b"], dtype=pd.ArrowDtype(pa.string())),
        "duplicates": ["a", "a", "b"],
        "text_clash": pd.Index([1, "1"], dtype=object),
        "none": pd.Index([None, "a"], dtype=object),
        "mixed": pd.Index([1, "a", 2.5, (1, 2), None], dtype=object),
        "dates": pd.Index([dt.date(2020, 1, 1), dt.date(2020, 1, 2)], dtype=object),
        "named": pd.Index(["a", "b"], name="axis"),
        "named_odd": pd.Index(["a", "b"], name=("x", 1)),
        "empty_text": ["", "a"],
        "unicode": ["é", "e\u0301", "日本"],
        "dotted": ["a.b", "a", "b"],
        "multi": pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["k", None]),
        "multi_unused": pd.MultiIndex.from_product([["a", "b"], [1, 2]])[:2],
        "multi_days": pd.MultiIndex.from_product([["a"], days]),
        "multi_missing": pd.MultiIndex.from_arrays([["a", None], [1, 2]]),
        "tuples": pd.Index([("a", 1), ("b",)], tupleize_cols=False),
        "numpy_scalars": pd.Index([np.int64(1), "a"], dtype=object),
        "timestamps": pd.Index([pd.Timestamp("2020"), "a"], dtype=object),
    }
    return {f"labels_{name}": _labelled(columns) for name, columns in kinds.items()}


def _attrs() -> dict[str, Frame]:
    kinds: dict[str, dict[Any, Any]] = {
        "text": {"source": "sensor"},
        "nested": {"a": {"b": [1, 2.5, None, True]}},
        "int_keys": {1: "x", (1, 2): "y"},
        "tuple": {"t": (1, (2, "x"))},
        "bytes": {"b": b"\x00\xff"},
        "datetime": {
            "at": dt.datetime(2020, 1, 1, tzinfo=BERLIN),
            "d": dt.date(2020, 1, 1),
        },
        "array": {"a": np.arange(6).reshape(2, 3)},
        "set": {"s": {1, 2}},
        "decimal": {"d": D("1.50"), "u": uuid.UUID(int=1)},
        "nan": {"n": np.nan, "na": pd.NA, "nat": pd.NaT},
        "timestamp": {"t": pd.Timestamp("2020", tz="UTC")},
        "huge_int": {"i": 2**100},
    }
    named: dict[str, Frame] = {f"attrs_{k}": pd.DataFrame({"x": [1, 2]}) for k in kinds}
    for frame, attrs in zip(named.values(), kinds.values(), strict=True):
        frame.attrs = attrs
    return named


def _shapes() -> dict[str, Frame]:
    everything = {name: values[:1] for name, values in _numbers().items()}
    wide = pd.DataFrame(np.arange(4000).reshape(2, 2000))
    empty = pd.DataFrame({"i": [1], "s": ["a"], "c": pd.Categorical(["x"])})[:0]
    return {
        "no_columns_no_rows": pd.DataFrame(),
        "no_columns_three_rows": pd.DataFrame(index=range(3)),
        "no_columns_text_index": pd.DataFrame(index=["a", "b"]),
        "no_columns_named_axis": pd.DataFrame(columns=pd.Index([], name="k")),
        "no_rows": empty,
        "no_rows_text_index": empty.set_index("s"),
        "no_rows_object": pd.DataFrame({"o": objects()}),
        "one_cell": pd.DataFrame({"x": [1]}),
        "wide_2000": wide,
        "wide_2000_texts": wide.set_axis([f"c{i}" for i in range(2000)], axis=1),
        "every_number": pd.DataFrame({k: pd.Series(v) for k, v in everything.items()}),
        "flags": pd.DataFrame({"x": [1]}).set_flags(allows_duplicate_labels=False),
        "fragmented": pd.concat(
            [pd.Series([i], name=f"c{i}") for i in range(9)], axis=1
        ),
        "transposed": pd.DataFrame({"a": [1, 2], "b": [3, 4]}).T,
        "sliced": pd.DataFrame({"a": range(20), "b": list("abcdefghij" * 2)})[3:17:2],
    }


def _series() -> dict[str, Frame]:
    plain = pd.Series([1, 2], index=["a", "b"])
    noted = plain.rename("n")
    noted.attrs = {"unit": "m"}
    names: dict[str, Any] = {"int": 5, "tuple": ("a", 1), "empty": "", "none": None}
    return {f"series_named_{k}": plain.rename(v) for k, v in names.items()} | {
        "series_text": pd.Series(["a", None], name="s"),
        "series_object": objects({"a": 1}, None),
        "series_category": pd.Series(["a", "b"], dtype="category"),
        "series_days": pd.Series([1, 2], index=pd.date_range("2020", periods=2)),
        "series_attrs": noted,
        "series_flags": plain.set_flags(allows_duplicate_labels=False),
        "series_empty": pd.Series([], dtype="float32"),
    }


def families() -> dict[str, dict[str, Frame]]:
    """Return every named frame and series by what it is about."""
    return {
        **_columns(),
        "cells that are rows": row_frames(),
        "row indexes": _indexes(),
        "column labels": _labels(),
        "attrs": _attrs(),
        "shapes and flags": _shapes(),
        "series": _series(),
    }


def frames() -> dict[str, Frame]:
    """Return every named frame and series."""
    return {name: f for named in families().values() for name, f in named.items()}
