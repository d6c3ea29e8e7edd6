"""Polars: lazy frames over files of rows."""

import pytest

import fory_io
import fory_row

pl = pytest.importorskip("polars")

from fory_pandas import polars as fory_polars  # noqa: E402

RECORDS = [
    {"i": i, "s": f"t{i}" if i % 3 else None, "l": [i] * (i % 3), "d": {"x": i / 2}}
    for i in range(50)
]


@pytest.fixture
def folder(tmp_path):
    for part in range(2):
        rows = fory_row.from_pylist(RECORDS[25 * part : 25 * part + 25])
        fory_io.write(rows, tmp_path / f"{part}.fory")
    return tmp_path


def test_files_become_a_lazy_frame(folder):
    lazy = fory_polars.scan_file(folder)
    assert isinstance(lazy, pl.LazyFrame)
    assert lazy.collect().to_dicts() == RECORDS


@pytest.mark.parametrize(
    "query",
    [
        lambda f: f.select("i"),
        lambda f: f.filter(pl.col("i") > 40).select("s"),
        lambda f: f.head(7),
        lambda f: f.filter(pl.col("d").struct.field("x") > 20.0).head(3),
        lambda f: f.group_by("s", maintain_order=True).agg(pl.col("i").sum()),
        lambda f: f.select(pl.len()),
        lambda f: f.tail(2).select(pl.col("l").list.len()),
    ],
    ids=["select", "filter", "head", "filter_head", "group", "count", "tail"],
)
def test_queries_answer_as_over_a_frame_in_memory(folder, query):
    expected = query(pl.DataFrame(RECORDS).lazy()).collect()
    assert query(fory_polars.scan_file(folder)).collect().equals(expected)


def test_only_the_columns_in_use_are_read(folder, monkeypatch):
    seen = []
    select = fory_row.Rows.select
    monkeypatch.setattr(
        fory_row.Rows, "select", lambda r, n: seen.append(n) or select(r, n)
    )
    fory_polars.scan_file(folder).select(pl.col("i").sum()).collect()
    assert seen == [["i"]]


def test_no_file_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        fory_polars.scan_file(tmp_path)
