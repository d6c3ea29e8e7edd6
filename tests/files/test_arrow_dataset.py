"""Rows as a dataset of pyarrow, DuckDB and Polars."""

from __future__ import annotations

import pickle

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pytest

import fory_io
from fory_row.arrow import from_arrow

N = 20_000
TABLE = pa.table({
    "i": range(N),
    "k": [j % 7 for j in range(N)],
    "s": [None if j % 5 == 0 else f"text {j}" for j in range(N)],
})  # fmt: skip


@pytest.fixture
def data(tmp_path):
    for k in range(2):
        folder = tmp_path / f"half={k}"
        folder.mkdir()
        part = TABLE.slice(k * N // 2, N // 2)
        fory_io.write(part, folder / "part.fory", chunk_rows=1024)
    return fory_io.arrow_dataset(tmp_path)


@pytest.fixture
def touched(data, monkeypatch):
    """The ranges of rows that filters look at."""
    seen = []
    plain = fory_io._adapted.AdaptedSource.candidates

    def candidates(source, schema, condition):
        seen.append(plain(source, schema, condition))
        return seen[-1]

    monkeypatch.setattr("fory_row.query._spans", lambda rows, condition: (
        candidates(rows.source, rows.schema, condition)
    ))  # fmt: skip
    return seen


def test_whole_tables_and_columns(data):
    assert isinstance(data, ds.Dataset)
    assert data.schema.names == ["i", "k", "s", "half"]
    assert data.to_table(columns=["s", "i"]).equals(TABLE.select(["s", "i"]))
    assert data.head(3, columns=["i"])["i"].to_pylist() == [0, 1, 2]
    assert data.take([5, 3], columns=["i"])["i"].to_pylist() == [5, 3]
    computed = data.to_table(columns={"twice": pc.field("i") * 2})
    assert computed["twice"].to_pylist()[-1] == 2 * N - 2
    assert sum(b.num_rows for b in data.to_batches(batch_size=1000)) == N


def test_filters_skip(data, touched):
    found = data.to_table(columns=["i"], filter=pc.field("i") > N - 5)
    assert found["i"].to_pylist() == [*range(N - 4, N)]
    assert touched == [[(N // 2 + 9 * 1024, N)]]
    assert data.count_rows() == N
    assert data.count_rows(filter=pc.field("half") == 1) == N // 2
    assert data.filter(pc.field("i") < 3).count_rows() == 3


def test_duckdb(data, touched):
    duckdb = pytest.importorskip("duckdb")
    flights = data  # noqa: F841 - found by its name
    query = "select count(*), sum(k) from flights where i >= 19000 and half = 1"
    assert duckdb.sql(query).fetchall() == [
        (1000, sum(j % 7 for j in range(19_000, N)))
    ]
    assert touched[-1] == [(N // 2 + 8 * 1024, N)]
    nulls = duckdb.sql("select count(*) from flights where s is null and i < 100")
    assert nulls.fetchall() == [(20,)]


def test_polars(data, touched):
    pl = pytest.importorskip("polars")
    frame = pl.scan_pyarrow_dataset(data)
    found = frame.filter(pl.col("i") < 10).select("s").collect()
    assert found["s"].to_list() == TABLE["s"].to_pylist()[:10]
    assert touched[-1] == [(0, 1024)]
    nulls = frame.filter(pl.col("s").is_null() & (pl.col("i") < 100)).collect()
    assert len(nulls) == 20


def test_joined_sorted_and_pickled(data):
    names = ds.dataset(pa.table({"k": [0, 1], "name": ["a", "b"]}))
    joined = data.join(names, "k", join_type="inner").to_table()
    assert len(joined) == sum(j % 7 < 2 for j in range(N))
    few = data.filter(pc.field("i") < 3)
    assert few.sort_by([("i", "descending")]).to_table()["i"].to_pylist() == [2, 1, 0]
    assert pickle.loads(pickle.dumps(few)).count_rows() == 3
    assert repr(few) == "RowsDataset(3 rows of ['i', 'k', 's', 'half'])"


def test_what_it_is_not(data):
    with pytest.raises(NotImplementedError, match="no fragments"):
        data.get_fragments()
    with pytest.raises(NotImplementedError, match="schema="):
        data.replace_schema(pa.schema([]))


def test_rows_in_memory():
    rows = from_arrow(pa.table({"a": [1, None, 3]}))
    data = fory_io.arrow_dataset(rows)
    assert data.to_table(filter=pc.field("a") > 1)["a"].to_pylist() == [3]
    assert data.to_table(filter=pc.field("a").is_null()).num_rows == 1
