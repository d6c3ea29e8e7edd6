"""Rows that one thread closes while others read: right values, or the error."""

from __future__ import annotations

import random
import threading
import time

import pyarrow.compute as pc
import pytest
from file_samples import fixed_rows, mixed_rows

import fory_io
from fory_io.recovery import UnfinishedCommitWarning

N = 60_000
READS = {
    "row": lambda rows, i: rows[i]["i"] == i,
    "slice": lambda rows, i: rows[i : i + 9].to_arrow()["i"][0].as_py() == i,
    "picks": lambda rows, i: rows[[i, 7]].to_arrow()["i"].to_pylist() == [i, 7],
    "key": lambda rows, i: rows.lookup(i)["i"] == i,
    "walk": lambda rows, i: next(r["i"] for r in rows[i : i + 3]) == i,
    "filter": lambda rows, i: len(rows.filter(pc.field("i") < 9)) == 9,
}


@pytest.mark.parametrize("mmap", ["auto", False], ids=["mapped", "read"])
@pytest.mark.parametrize("make", [fixed_rows, mixed_rows])
@pytest.mark.parametrize("compression", [None, "lz4"])
def test_closing_disturbs_no_reader(tmp_path, make, compression, mmap):
    path = tmp_path / "rows.fory"
    fory_io.write(make(N), path, compression=compression, keys=["i"], chunk_rows=512)
    current = [fory_io.open(path, mmap=mmap)]
    end = time.monotonic() + 0.4
    wrong = []

    def read(name):
        rnd = random.Random(name)
        while time.monotonic() < end:
            try:
                if not READS[name](current[0], rnd.randrange(N - 9)):
                    wrong.append(name)
            except ValueError as e:
                if "are closed" not in str(e):
                    wrong.append(f"{name}: {e!r}")
            except Exception as e:
                wrong.append(f"{name}: {e!r}")

    threads = [threading.Thread(target=read, args=(name,)) for name in READS]
    for thread in threads:
        thread.start()
    while time.monotonic() < end:
        old, current[0] = current[0], fory_io.open(path, mmap=mmap)
        old.close()
        time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert wrong == []


def test_closed_rows_have_no_storage(tmp_path):
    fory_io.write(fixed_rows(9), tmp_path / "x", compression="lz4")
    rows = fory_io.open(tmp_path / "x")
    source = rows.source
    rows.close()
    for call in (
        lambda: source.storage,
        lambda: source.checked_entry(0),
        lambda: source.is_compressed(0),
    ):
        with pytest.raises(ValueError, match="are closed"):
            call()


@pytest.mark.parametrize("compression", [None, "lz4"])
def test_an_abandoned_append_disturbs_no_reader_of_the_commit(tmp_path, compression):
    path = tmp_path / "rows.fory"
    fory_io.write(mixed_rows(N), path, compression=compression, chunk_rows=512)
    with fory_io.Appender(path) as writer:
        writer.write(mixed_rows(5000))
        writer._target.sync()
        with pytest.warns(UnfinishedCommitWarning):
            rows = fory_io.open(path)
        writer.abort()
    assert [rows[i]["i"] for i in range(0, N, 500)] == list(range(0, N, 500))
