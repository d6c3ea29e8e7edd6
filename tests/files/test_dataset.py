"""Many files as one collection, and data sets for training."""

from __future__ import annotations

import pickle
from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from file_samples import fixed_record, fixed_rows, mixed_rows, same_rows

import fory_io
from fory.error import DecodeError, EncodeError
from fory_io._permutation import permuted

SIZES = [40_000, 1, 0, 25_000]
N = sum(SIZES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("parts")
    start = 0
    for k, n in enumerate(SIZES):
        compression = "lz4" if k == 3 else None
        fory_io.write(fixed_rows(n, start), out / f"{k}.fory", compression=compression)
        start += n
    return out


@pytest.mark.parametrize(
    "spell",
    [
        lambda f: f,
        lambda f: f / "*.fory",
        lambda f: str(f),
        lambda f: [f / f"{k}.fory" for k in range(4)],
    ],
    ids=["folder", "pattern", "text", "list"],
)
def test_files_follow_each_other(folder, spell):
    with fory_io.open_many(spell(folder)) as rows:
        assert len(rows) == N
        for i in (0, 39_999, 40_000, 40_001, N - 1, -1):
            assert rows[i]["i"] == i % N
        assert rows.nbytes == fixed_rows(N).nbytes


def test_all_rows(folder):
    rows = fory_io.open_many(folder)
    assert same_rows(rows, fixed_rows(N))
    assert rows.to_arrow().equals(fixed_rows(N).to_arrow())
    assert [r["i"] for r in rows[::-9999]] == list(range(N - 1, -1, -9999))


def test_filters_skip_in_every_file(folder):
    rows = fory_io.open_many(folder)
    found = rows.filter(pc.field("i").isin([7, 40_000, N - 1]))
    assert [r["i"] for r in found] == [7, 40_000, N - 1]
    spans = rows.source.candidates(rows.schema, pc.field("i") == 7)
    assert spans == [(0, 32_768)]


def test_closing_closes_every_file(folder):
    rows = fory_io.open_many(folder)
    rows.close()
    with pytest.raises(ValueError, match="closed"):
        rows[0]
    assert all(p.closed for p in rows.source.parts)


def test_other_schemas_are_refused(folder, tmp_path):
    fory_io.write(mixed_rows(1), tmp_path / "m.fory")
    with pytest.raises(EncodeError, match="another schema"):
        fory_io.open_many([folder / "0.fory", tmp_path / "m.fory"])


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="no file of rows"):
        fory_io.open_many(tmp_path)


@pytest.mark.parametrize(
    ("values", "fits"), [(["a", "b", "c"], True), (["b", "a"], False)], ids=str
)
def test_dictionaries(tmp_path, values, fits):
    for k, part in enumerate((["a", "b"], values)):
        table = pa.table({"d": pa.array(part).dictionary_encode()})
        fory_io.write(table, tmp_path / f"{k}.fory")
    if fits:
        found = fory_io.open_many(tmp_path).to_arrow()["d"].to_pylist()
        assert found == ["a", "b", *values]
    else:
        with pytest.raises(EncodeError, match="dictionaries"):
            fory_io.open_many(tmp_path)


def only_i(record):
    return record["i"]


def test_records_by_number(folder):
    data = fory_io.dataset(folder)
    assert len(data) == N
    assert data[41_000] == fixed_record(41_000)
    assert data[-1] == fixed_record(N - 1)
    assert data.__getitems__([3, 60_000, 3]) == [
        fixed_record(i) for i in (3, 60_000, 3)
    ]
    for wrong in (N, -N - 1):
        with pytest.raises(IndexError):
            data[wrong]
        with pytest.raises(IndexError):
            data.__getitems__([wrong])


def test_columns_and_transform(folder):
    data = fory_io.dataset(folder, columns=["i"], transform=only_i)
    assert data.__getitems__([5, 6]) == [5, 6]
    assert data[7] == 7


def test_workers_get_paths(folder):
    data = fory_io.dataset(folder, columns=["i"], transform=only_i).shuffle(3)
    sent = pickle.dumps(data)
    assert len(sent) < 1500
    again = pickle.loads(sent)
    assert again.__getitems__(range(100)) == data.__getitems__(range(100))


def test_epochs_are_permutations_that_repeat(folder):
    data = fory_io.dataset(folder, columns=["i"], transform=only_i)
    first = data.shuffle(1).__getitems__(range(N))
    assert sorted(first) == list(range(N))
    assert data.shuffle(1).__getitems__(range(50)) == first[:50]
    assert data.shuffle(2).__getitems__(range(50)) != first[:50]
    assert sum(a == b for a, b in enumerate(first)) < 20


@pytest.mark.parametrize("n", [1, 2, 3, 5, 64, 1000])
def test_permutations_of_any_size(n):
    assert sorted(permuted(range(n), n, 9)) == list(range(n))


def test_permutations_stay_the_same_for_ever():
    assert permuted(range(10), 10, 1) == [2, 1, 9, 6, 8, 3, 5, 4, 0, 7]
    many = permuted([0, -1, 10**12 // 3], 10**12, 2**63)
    assert many == [654382006323, 935210616508, 572258164096]


def test_permutations_are_even():
    places = Counter(permuted([0], 10, seed)[0] for seed in range(2000))
    assert len(places) == 10
    assert max(places.values()) < 300


def test_few_of_many_files_are_open(tmp_path, monkeypatch):
    """More files than a process has descriptors; rows outlive their files' turn."""
    monkeypatch.setattr("fory_io.parts.MAX_OPEN", 4)
    for k in range(30):
        fory_io.write(
            fixed_rows(10, start=10 * k), tmp_path / f"{k:02}.fory", keys=["i"]
        )
    rows = fory_io.open_many(tmp_path)
    first = rows[0]
    assert rows["i"].to_pylist() == list(range(300))
    assert rows.source.files.n_open == 4
    assert [rows[i]["i"] for i in (299, 5, 150, 7)] == [299, 5, 150, 7]
    assert rows.lookup(123)["i"] == 123
    assert first["i"] == 0
    again = pickle.loads(pickle.dumps(rows))
    assert again[::-1][0]["i"] == 299
    rows.close()
    with pytest.raises(ValueError, match="closed"):
        rows[0]


def test_a_file_that_was_replaced_meanwhile_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr("fory_io.parts.MAX_OPEN", 1)
    for k in range(3):
        fory_io.write(fixed_rows(10), tmp_path / f"{k}.fory")
    rows = fory_io.open_many(tmp_path)
    fory_io.write(fixed_rows(9), tmp_path / "0.fory")
    with pytest.raises(DecodeError, match="was replaced"):
        rows[0]
