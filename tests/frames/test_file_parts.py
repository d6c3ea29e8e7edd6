"""Files cut into the partitions of other engines."""

import os

import pandas as pd
import pytest

from fory_pandas.file_parts import file_parts


@pytest.fixture
def folder(tmp_path):
    for name, n in (("a", 5), ("b", 0), ("c", 2)):
        frame = pd.DataFrame({"x": range(n)}, dtype="int64")
        frame.fory.to_file(tmp_path / f"{name}.fory")
    return tmp_path


def test_every_file_has_a_part_and_every_row_is_in_one(folder):
    parts, schemas = file_parts(folder, 2, None)
    assert [(os.path.basename(p.path), p.start, p.stop) for p in parts] == [
        ("a.fory", 0, 2),
        ("a.fory", 2, 4),
        ("a.fory", 4, 5),
        ("b.fory", 0, 0),
        ("c.fory", 0, 2),
    ]
    assert [schema.names for schema in schemas] == [["x"]] * 3


def test_workers_in_other_folders_find_the_files(folder, monkeypatch):
    monkeypatch.chdir(folder)
    parts, _ = file_parts("a.fory", 10, None)
    assert parts[0].path == os.fspath(folder / "a.fory")


def test_parts_without_rows_are_refused(folder):
    with pytest.raises(ValueError, match="at least 1, not 0"):
        file_parts(folder, 0, None)
