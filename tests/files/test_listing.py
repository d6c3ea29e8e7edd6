"""Folders, patterns and odd names on file systems that are not local."""

from __future__ import annotations

import pickle

import fsspec
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from fsspec.implementations.memory import MemoryFileSystem

import fory_io
from fory_io.listing import expanded

ROOT = "memory://lake"
NAMES = [f"{ROOT}/year={y}/{part}.fory" for y in (2023, 2024) for part in "ab"]


def table(start, n=10):
    return pa.table({"id": range(start, start + n)})


@pytest.fixture(autouse=True)
def lake():
    for k, name in enumerate(NAMES):
        fory_io.write(table(10 * k), name)
    fs = fsspec.filesystem("memory")
    fs.pipe(f"{ROOT}/readme.txt", b"not rows")
    yield
    fs.store.clear()


@pytest.mark.parametrize(
    ("paths", "found", "root"),
    [
        (ROOT, NAMES, ROOT),
        (ROOT + "/", NAMES, ROOT),
        (f"{ROOT}/*/a.fory", NAMES[::2], ROOT),
        (f"{ROOT}/year=2024/*.fory", NAMES[2:], f"{ROOT}/year=2024"),
        (f"{ROOT}/**/b.fory", NAMES[1::2], ROOT),
        (NAMES[3], NAMES[3:], None),
        (NAMES[::-1], NAMES[::-1], None),
        (f"{ROOT}/readme.txt", [f"{ROOT}/readme.txt"], None),
    ],
    ids=["folder", "slash", "pattern", "deep", "any", "file", "list", "other"],
)
def test_urls_mean_files(paths, found, root):
    assert expanded(paths) == (found, root)


@pytest.mark.parametrize("paths", [f"{ROOT}/*.fory", "memory://sea/", []])
def test_no_file_is_an_error(paths):
    with pytest.raises(FileNotFoundError):
        fory_io.open_many(paths)


def test_folders_in_stores_are_fields():
    rows = fory_io.open_many(ROOT)
    assert rows[25].to_dict() == {"id": 25, "year": 2024}
    assert rows.filter(pc.field("year") == 2023)["id"].to_pylist() == list(range(20))
    assert pickle.loads(pickle.dumps(rows))[39].to_dict() == {"id": 39, "year": 2024}
    assert len(fory_io.dataset(f"{ROOT}/*/b.fory")) == 20
    assert fory_io.arrow_dataset(ROOT).count_rows() == 40


def test_manifests_in_stores_list_folders():
    path = f"{ROOT}/all.manifest"
    assert fory_io.write_manifest(path, ROOT).parts == 4
    assert fory_io.open(path)[25].to_dict() == {"id": 25, "year": 2024}
    fory_io.append(table(100), NAMES[0])
    fory_io.write(table(200), f"{ROOT}/year=2025/a.fory")
    done = fory_io.write_manifest(path)
    assert (done.added, done.changed, done.rows) == (1, 1, 60)


@pytest.mark.parametrize("name", ["a[1].fory", "what?.fory", "50%#.fory", "a*b.fory"])
def test_names_are_no_patterns(name):
    url = f"memory://odd/{name}"
    fory_io.write(table(0), url)
    fory_io.append(table(10), url)
    assert fory_io.open(url)["id"].to_pylist() == list(range(20))
    assert fsspec.filesystem("memory").find("/odd") == [f"/odd/{name}"]


class Plain(MemoryFileSystem):
    """Its files do not know their size, like those of sftp."""

    protocol = "plainfiles"

    def cat_file(self, path, start=None, end=None, **kwargs):
        if start is not None and start < 0:
            raise AttributeError("no size")
        return super().cat_file(path, start, end, **kwargs)


def test_files_that_do_not_know_their_size():
    fsspec.register_implementation("plainfiles", Plain, clobber=True)
    url = "plainfiles://x/rows.fory"
    fs = fsspec.filesystem("plainfiles")
    fory_io.write(table(0), url)
    fory_io.append(table(10), url)
    assert fory_io.open(url)["id"].to_pylist() == list(range(20))
    assert fs.find("/") != []
