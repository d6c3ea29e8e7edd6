"""Object columns: the exact type of every cell decides, and each null stays itself."""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import enum
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from frames_catalogue import objects

import fory_pandas
from fory import Fory
from fory.error import DecodeError, EncodeError
from fory_pandas import registered
from fory_pandas._scan import first_difference, scan, too_deep
from fory_pandas.convert import to_arrow, to_pandas
from fory_pandas.sameness import same_value


def physical(*cells: object, **options: Any) -> pa.DataType:
    table, _ = to_arrow(pd.DataFrame({"v": objects(*cells)}), **options)
    return table.schema.field("v").type


class IntSubclass(int):
    pass


class Color(enum.Enum):
    RED = 1


def test_scan_reports_exact_types_and_first_places():
    types, kinds, n_nulls = scan([1, True, IntSubclass(2), None, "a", 2])
    assert types == {int: 0, bool: 1, IntSubclass: 2, str: 4}
    assert (list(kinds), n_nulls) == ([0, 0, 0, 1, 0, 0], 1)


def test_scan_tells_the_kinds_of_null_apart():
    _, kinds, n_nulls = scan([None, np.nan, pd.NA, pd.NaT, float("nan")])
    assert (list(kinds), n_nulls) == ([1, 2, 3, 4, 2], 5)


def test_nan_of_another_payload_is_no_null():
    odd = np.array([0x7FF8000000000001], "u8").view("f8").tolist()[0]
    types, _, n_nulls = scan([odd, -float("nan")])
    assert (types, n_nulls) == ({float: 0}, 0)


def test_containers_that_hold_themselves_are_too_deep():
    loop: list[object] = []
    loop += [loop, loop]
    assert too_deep([[1], loop], 24) == 1
    with pytest.raises(EncodeError, match=r"row 0: nested deeper"):
        physical(loop)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (1, True),
        (1, 1.0),
        (0.0, -0.0),
        ([1], (1,)),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (decimal.Decimal("1.0"), decimal.Decimal("1.00")),
        (np.array([1]), np.array([1.0])),
        (pd.Timestamp(0).as_unit("s"), pd.Timestamp(0).as_unit("ms")),
        (dt.datetime(2020, 1, 1), dt.datetime(2020, 1, 1, fold=1)),
        ({1}, {True}),
        (None, np.nan),
    ],
)
def test_equal_values_that_are_not_the_same(a, b):
    assert first_difference([a], [b], same_value) == 0
    assert first_difference([a], [a], same_value) == -1


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("a", None), pa.large_string()),
        ((1, None), pa.int64()),
        ((2**63, 1), pa.uint64()),
        ((decimal.Decimal("1.25"),), pa.decimal128(38, 2)),
        ((dt.date(2020, 1, 1),), pa.date32()),
        (([1], None), pa.list_(pa.int64())),
        (({"a": 1},), pa.struct([("a", pa.int64())])),
        (({"a": 1}, {"b": 2}), pa.map_(pa.large_string(), pa.int64())),
        ((np.array([1.5]),), pa.list_(pa.float64())),
    ],
)
def test_physical_type_is_the_plainest(cells, expected):
    assert physical(*cells) == expected


def test_refusal_names_column_row_and_types():
    frame = pd.DataFrame({"ok": [1, 2, 3], "bad": objects(1, None, "x")})
    with pytest.raises(
        EncodeError, match=r"column 'bad', row 2: str beside int of row 0"
    ):
        to_arrow(frame)


def test_refusal_inside_a_list_names_the_row_of_the_frame():
    with pytest.raises(EncodeError, match=r"column 'v'\[\], row 2: str beside int"):
        physical([1, 2], [3], [4, "x"])


@pytest.mark.parametrize(
    "cell", [Color.RED, IntSubclass(1), len, object()], ids=lambda c: type(c).__name__
)
def test_own_classes_and_functions_are_refused_in_every_mode(cell):
    for mode in ("strict", "xlang"):
        with pytest.raises(EncodeError, match="row 1"):
            physical(None, cell, objects=mode)


def test_kinds_of_null_are_kept_as_runs():
    cells = [None, "a", None, np.nan, "b", np.nan, None]
    _, facts = to_arrow(pd.DataFrame({"v": objects(*cells)}))
    nulls = facts.columns[0].nulls
    assert (nulls.starts, nulls.kinds) == ([0, 3, 6], ["None", "NaN", "None"])


def test_objects_stay_objects():
    cells = objects(dt.datetime(2020, 1, 1), None)
    frame = pd.DataFrame({"v": cells, "text": objects("a", "b")})
    back = to_pandas(*to_arrow(frame))
    assert [str(dtype) for dtype in back.dtypes] == ["object", "object"]


def test_unknown_mode_is_a_value_error():
    with pytest.raises(ValueError, match="strict"):
        to_arrow(pd.DataFrame(), objects="loose")


@dataclasses.dataclass
class Point:
    x: int
    label: str


def _fory() -> Fory:
    fory = Fory(xlang=True, compatible=True)
    fory.register(Point, name="tests.Point")
    return fory


def test_classes_that_the_caller_registered_are_kept():
    cells = objects(Point(1, "a"), None, [Point(2, "b"), 3], "text")
    frame = pd.DataFrame({"v": cells})
    table, facts = to_arrow(frame, objects=_fory())
    back = to_pandas(table, facts, objects=_fory())
    assert back["v"].tolist() == cells.tolist()


def test_registered_classes_need_a_fory_that_knows_them():
    table, facts = to_arrow(
        pd.DataFrame({"v": objects(Point(1, "a"))}), objects=_fory()
    )
    with pytest.raises(DecodeError, match=r"register_type.*objects=fory"):
        to_pandas(table, facts)
    with pytest.raises(DecodeError, match="column 'v'"):
        to_pandas(table, facts, objects=Fory(xlang=True, compatible=True))


def test_class_that_is_not_registered_is_refused_by_a_fory_too():
    with pytest.raises(EncodeError, match="row 0: a value of Color"):
        physical(Color.RED, objects=_fory())


def test_classes_registered_for_the_process_are_kept(monkeypatch):
    monkeypatch.setattr(registered, "_fory", [])
    frame = pd.DataFrame({"v": objects(Point(1, "a"), None, Color.RED)})
    fory_pandas.register_type(Point, name="tests.Point")
    with pytest.raises(EncodeError, match="row 2"):
        to_arrow(frame, objects="registered")
    fory_pandas.register_type(Color, name="tests.Color")
    rows = frame.fory.to_rows(objects="registered")
    assert rows.to_pandas()["v"].tolist() == frame["v"].tolist()
    monkeypatch.setattr(registered, "_fory", [])
    with pytest.raises(DecodeError, match="register_type"):
        rows.to_pandas()
