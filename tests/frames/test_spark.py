"""Spark: rows through Arrow batches in a local session."""

import os
import sys

import pyarrow as pa
import pytest

import fory_io
import fory_row

pytest.importorskip("pyspark")

from fory_pandas import spark as fory_spark

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
RECORDS = [
    {"i": i, "s": f"t{i}" if i % 3 else None, "l": [i] * (i % 3)} for i in range(50)
]


@pytest.fixture(scope="module")
def session():
    from pyspark.sql import SparkSession

    if not os.environ.get("JAVA_HOME") and not os.path.exists("/usr/bin/java"):
        pytest.skip("Spark needs Java")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)
    made = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    yield made
    made.stop()


@pytest.fixture
def folder(tmp_path):
    for part in range(2):
        rows = fory_row.from_pylist(RECORDS[25 * part : 25 * part + 25])
        fory_io.write(rows, tmp_path / f"{part}.fory")
    return tmp_path


def _sorted(frame):
    return sorted(fory_spark.to_rows(frame).to_pylist(), key=lambda r: r["i"])


def test_files_become_a_frame_and_rows_again(session, folder):
    frame = fory_spark.read_file(session, folder, partition_rows=10)
    assert _sorted(frame) == RECORDS


def test_only_the_columns_asked_for_are_read(session, folder):
    frame = fory_spark.read_file(session, folder, columns=["i"])
    assert frame.columns == ["i"]
    assert frame.count() == 50


def test_a_function_over_rows_runs_in_the_workers(session, folder):
    frame = fory_spark.read_file(session, folder)

    def longest(rows):
        return pa.table({"n": [len(row["l"]) for row in rows]})

    made = fory_spark.map_rows(frame, longest, "n long")
    assert sum(row["n"] for row in made.collect()) == sum(i % 3 for i in range(50))


def test_partitions_are_written_to_files(session, folder, tmp_path):
    frame = fory_spark.read_file(session, folder, partition_rows=20)
    paths = fory_spark.to_files(frame, tmp_path / "out")
    back = fory_io.open_many(paths).to_pylist()
    assert sorted(back, key=lambda r: r["i"]) == RECORDS


def test_no_file_is_an_error(session, tmp_path):
    with pytest.raises(FileNotFoundError):
        fory_spark.read_file(session, tmp_path)
