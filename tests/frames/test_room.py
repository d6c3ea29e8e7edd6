"""Frames that are read own their memory, and may be written."""

import numpy as np
import pandas as pd
import pytest

import fory_pandas
from fory_pandas.room import Room


def _frame(n_columns):
    columns = {f"c{i}": np.arange(100_000) + i for i in range(n_columns)}
    return pd.DataFrame(columns | {"b": np.arange(100_000) % 2 == 0})


@pytest.mark.parametrize("n_columns", [3, 101], ids=["separate", "joined"])
def test_every_column_may_be_written_by_itself(tmp_path, n_columns):
    frame = _frame(n_columns)
    frame.fory.to_file(tmp_path / "f.fory", chunk_rows=4096)
    back = fory_pandas.read_file(tmp_path / "f.fory")
    pd.testing.assert_frame_equal(back, frame)
    for name in frame:
        back.loc[0, name] = frame.loc[0, name] = frame.loc[1, name]
    pd.testing.assert_frame_equal(back, frame)


def test_rows_in_memory_do_not_change_with_the_frame():
    rows = _frame(3).fory.to_rows()
    back = rows.to_pandas()
    back.iloc[0, 0] = -1
    assert rows[0, "c0"] == 0


def test_a_room_that_is_full_gives_memory_of_its_own():
    room = Room([800])
    first, second = (room.empty(100, np.dtype("i8")) for _ in range(2))
    assert room.holds(first)
    assert not room.holds(second)
    assert not np.shares_memory(first, second)


def test_arrays_of_a_room_do_not_overlap():
    room = Room([3, 8, 5])
    made = [room.empty(n, np.dtype("i1")) for n in (3, 8, 5)]
    for i, array in enumerate(made):
        array[:] = i
    assert [set(array) for array in made] == [{0}, {1}, {2}]
