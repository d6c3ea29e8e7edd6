"""``df.fory``, ``s.fory`` and the files: frames go through rows and stay themselves."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from frames_catalogue import frames, objects
from random_frames import random_frame
from same_frames import assert_same

import fory_pandas
from fory.error import EncodeError
from fory_pandas.accessor import register

FRAMES = frames()
TEXT = "str" if pd.__version__ >= "3" else "string"


@pytest.fixture
def frame() -> pd.DataFrame:
    n = 100
    return pd.DataFrame(
        {
            "i": np.arange(n, dtype="i4"),
            "s": pd.array([f"t{i}" if i % 7 else None for i in range(n)], dtype=TEXT),
            "c": pd.Categorical([f"c{i % 3}" for i in range(n)]),
            "o": objects(*([None, np.nan, "x", pd.NA] * (n // 4))),
        },
        index=pd.RangeIndex(1000, 1000 + 3 * n, 3, name="id"),
    )


@pytest.fixture
def path(tmp_path, frame):
    made = tmp_path / "frame.fory"
    frame.fory.to_file(made)
    return made


@pytest.mark.slow
@pytest.mark.parametrize("name", FRAMES)
def test_frame_is_identical_after_rows(name):
    rows = FRAMES[name].fory.to_rows(objects="xlang")
    assert_same(FRAMES[name], rows.to_pandas())


@pytest.mark.slow
def test_every_frame_is_identical_after_a_file(tmp_path):
    path = tmp_path / "any.fory"
    for name, frame in FRAMES.items():
        frame.fory.to_file(path, objects="xlang")
        try:
            assert_same(frame, fory_pandas.read_file(path))
        except AssertionError as error:
            raise AssertionError(name) from error


@pytest.mark.parametrize("seed", range(30))
def test_random_frame_is_identical_after_rows(seed):
    frame = random_frame(seed)
    assert_same(frame, frame.fory.to_rows(objects="xlang").to_pandas())


def test_frames_in_compact_rows():
    frame = pd.DataFrame({"x": [True, None, False], "s": ["a", None, "c"]})
    rows = fory_pandas.rows_from_pandas(frame, layout="compact")
    assert rows.plan.layout == "compact"
    assert_same(frame, rows.to_pandas())


@pytest.mark.parametrize(
    "key",
    [slice(5, 50, 3), slice(None, None, -1), slice(3, 3), [7, 0, 99], [-1], []],
    ids=str,
)
def test_selected_rows_are_the_rows_of_iloc(frame, key):
    pd.testing.assert_frame_equal(
        frame.iloc[key], frame.fory.to_rows()[key].to_pandas()
    )


def test_mask_picks_rows(frame, path):
    mask = frame["i"].to_numpy() % 10 == 3
    pd.testing.assert_frame_equal(
        frame[mask], fory_pandas.read_file(path, rows=mask), check_index_type="equiv"
    )


def test_selection_of_a_timed_index_keeps_its_step():
    days = pd.date_range("2020", periods=10)
    rows = pd.DataFrame({"x": range(10)}, index=days).fory.to_rows()
    assert rows[::2].to_pandas().index.freq == pd.offsets.Day(2)
    assert rows[[1, 5, 2]].to_pandas().index.freq is None


def test_columns_by_label_and_rows_by_field(frame, path):
    assert_same(frame[["c", "i"]], fory_pandas.read_file(path, columns=["c", "i"]))
    with fory_pandas.open_file(path) as rows:
        assert_same(frame[["s"]], rows[["s"]].to_pandas())


def test_filter_reads_what_the_expression_keeps(frame, path):
    seen = []
    back = fory_pandas.read_file(
        path, filter=pc.field("i") >= 90, progress=lambda *counts: seen.append(counts)
    )
    pd.testing.assert_frame_equal(frame[90:], back, check_index_type="equiv")
    assert seen == [(100, 100)]


@pytest.mark.parametrize("backend", ["numpy_nullable", "pyarrow"])
def test_dtype_backend(frame, backend):
    back = frame.fory.to_rows().to_pandas(dtype_backend=backend)
    expected = {"numpy_nullable": "Int32", "pyarrow": "int32[pyarrow]"}[backend]
    assert str(back["i"].dtype) == expected
    assert back["i"].tolist() == frame["i"].tolist()
    assert back["s"].isna().tolist() == frame["s"].isna().tolist()


def test_unknown_dtype_backend_is_a_value_error(frame):
    with pytest.raises(ValueError, match="numpy_nullable"):
        frame.fory.to_rows().to_pandas(dtype_backend="numba")


def test_bytes_without_a_path_are_the_file(frame, path):
    assert len(frame.fory.to_file()) == path.stat().st_size


def test_compressed_file_is_the_same_frame(frame, tmp_path):
    path = tmp_path / "small.fory"
    frame.fory.to_file(path, compression="zstd")
    assert_same(frame, fory_pandas.read_file(path))


def test_file_may_be_a_url(frame):
    frame.fory.to_file("memory://frames/a.fory")
    assert_same(frame, fory_pandas.read_file("memory://frames/a.fory"))


def test_refused_frame_leaves_no_file(tmp_path):
    path = tmp_path / "no.fory"
    with pytest.raises(EncodeError, match="column 'v'"):
        pd.DataFrame({"v": objects(1, "a")}).fory.to_file(path)
    assert not path.exists()


def test_describe_says_what_becomes_of_each_column(frame):
    mixed = frame.reset_index(drop=True).assign(bad=objects(*[1, "a"] * 50))
    said = mixed.fory.describe().set_index("field")
    assert said.loc["i", "bytes per row"] == 8
    assert not said.loc["i", "nullable"]
    assert said.loc["s", "nullable"]
    assert "row 1: str beside int" in said.loc["bad", "note"]
    allowed = mixed.fory.describe(objects="xlang")
    assert allowed["note"].iloc[-1] == "stored as xlang cells"


def test_schema_is_that_of_the_rows(frame):
    schema = frame.fory.schema()
    assert schema.equals(frame.fory.to_rows().schema, check_metadata=True)


def test_rows_with_a_given_schema_are_cast(frame):
    schema = frame[["i"]].astype("int64").fory.schema(index=False)
    rows = frame.fory.to_rows(schema=schema)
    assert rows[5].to_dict() == {"i": 5}


def test_series_is_one_field():
    named = pd.Series([1, 2], name="n")
    assert named.fory.to_rows().schema.names == ["n"]
    assert named.rename(None).fory.schema().names == ["0"]
    assert named.fory.describe()["field"].tolist() == ["n"]


def test_registering_again_is_silent():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        register()


def test_accessor_keeps_no_state(frame):
    assert vars(frame.fory) == {"_frame": frame.fory._frame}


@pytest.mark.parametrize(("chunk_rows", "n_chunks"), [(32, 4), (50, 4), (64, 2)])
def test_chunks_have_the_rows_asked_for(frame, tmp_path, chunk_rows, n_chunks):
    frame.fory.to_file(tmp_path / "f.fory", chunk_rows=chunk_rows)
    with fory_pandas.open_file(tmp_path / "f.fory") as rows:
        assert rows.source.n_blocks == n_chunks
        assert_same(frame, rows.to_pandas())


@pytest.mark.parametrize("chunk_rows", [0, -1, 1 << 17])
def test_chunks_of_impossible_sizes_are_refused(frame, tmp_path, chunk_rows):
    with pytest.raises(ValueError, match="chunk_rows"):
        frame.fory.to_file(tmp_path / "f.fory", chunk_rows=chunk_rows)
    assert not (tmp_path / "f.fory").exists()


def test_fields_without_the_index_get_the_default_one(frame, tmp_path):
    named = frame.set_index("s")
    named.fory.to_file(tmp_path / "x.fory")
    with fory_pandas.open_file(tmp_path / "x.fory") as rows:
        picked = rows.select(["i", "c"]).to_pandas()
    pd.testing.assert_frame_equal(picked, frame[["i", "c"]].reset_index(drop=True))


def test_a_column_may_be_asked_for_twice(frame, path):
    columns = ["i", "s", "i"]
    assert_same(fory_pandas.read_file(path, columns=columns), frame[columns])


def test_a_schema_may_be_arrows(frame):
    schema = pa.schema([("i", pa.int64())])
    assert frame.fory.to_rows(schema=schema).schema.to_arrow() == schema


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"columns": "s"}, TypeError, r"a list of labels: \['s'\]"),
        ({"rows": "s"}, TypeError, "columns= picks columns"),
        ({"rows": ["s"]}, TypeError, "columns= picks columns"),
        ({"rows": True}, TypeError, "a single bool"),
        ({"filter": [("i", ">", 1)]}, TypeError, "expression, .* or a function"),
        ({"mmap": "yes"}, ValueError, "'auto', True or False"),
    ],
    ids=lambda value: str(value)[:24] if isinstance(value, dict) else "",
)
def test_an_option_that_cannot_be_is_told(path, options, error, message):
    with pytest.raises(error, match=message):
        fory_pandas.read_file(path, **options)


@pytest.mark.parametrize(
    ("options", "error"),
    [({"objects": None}, ValueError), ({"index": "s"}, TypeError)],
    ids=["objects", "index"],
)
def test_an_option_of_writing_that_cannot_be_is_told(frame, options, error):
    with pytest.raises(error, match=f"^{next(iter(options))} is "):
        frame.fory.to_rows(**options)
