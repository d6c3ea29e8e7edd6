"""Calls that make no sense: an error that says what to do, and nothing changed."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import fsspec
import pyarrow as pa
import pytest

import fory_io
from fory.error import DecodeError, EncodeError

TABLE = pa.table({"i": range(10), "s": [f"r{k}" for k in range(10)]})


@pytest.fixture
def path(tmp_path):
    out = str(tmp_path / "rows.fory")
    fory_io.write(TABLE, out)
    return out


@pytest.mark.parametrize("how", [fory_io.append, fory_io.update])
def test_columns_that_the_file_lacks_are_refused(path, how):
    before = Path(path).read_bytes()
    more = TABLE.append_column("z", [range(10)])
    args = (more, path) if how is fory_io.append else (path, [0], more)
    with pytest.raises(EncodeError, match="the field 'z', which the file has not"):
        how(*args)
    assert Path(path).read_bytes() == before


def test_columns_in_another_order_are_taken(path):
    fory_io.append(TABLE.select(["s", "i"]), path)
    assert fory_io.open(path)[13].to_dict() == {"i": 3, "s": "r3"}


def test_no_records_have_no_schema(tmp_path):
    with pytest.raises(EncodeError, match="no records to tell the schema"):
        fory_io.write([], tmp_path / "x.fory")


def test_writers_say_what_they_are(tmp_path, path):
    writer = fory_io.Writer(tmp_path / "x.fory")
    writer.write(TABLE)
    assert repr(writer) == f"Writer({str(tmp_path / 'x.fory')!r}, 10 rows)"
    writer.close()
    assert repr(writer) == f"Writer({str(tmp_path / 'x.fory')!r}, closed)"
    with fory_io.Appender(path) as appender:
        assert repr(appender) == f"Appender({path!r}, 10 rows)"


def test_two_writers_of_one_file(path):
    with (
        fory_io.Appender(path),
        pytest.raises(BlockingIOError, match="another process or writer"),
    ):
        fory_io.Appender(path)


@pytest.mark.parametrize(
    ("how", "error", "message"),
    [
        ({"commit": "a"}, TypeError, "integer"),
        ({"commit": True}, TypeError, "not a bool"),
        ({"commit": 0}, IndexError, "commit 0"),
        ({"mmap": 5}, ValueError, "mmap is 'auto', True or False"),
        ({"verify": "x"}, ValueError, "verify is one of"),
        ({"access": "x"}, ValueError, "access is"),
        ({"columns": ["z"]}, KeyError, "no field 'z'"),
    ],
    ids=str,
)
def test_options_of_open(path, how, error, message):
    with pytest.raises(error, match=message):
        fory_io.open(path, **how)


def test_paths_of_every_sort(path):
    for same in (Path(path), os.fsencode(path), f"file://{path}"):
        assert len(fory_io.open(same)) == 10
    fory_io.write(TABLE, os.fsencode(path))
    fory_io.append(TABLE, os.fsencode(path))
    assert len(fory_io.open(path)) == 20


CHANGES = {
    "append": lambda path: fory_io.append(TABLE, path),
    "delete": lambda path: fory_io.delete(path, [0]),
    "compact": fory_io.compact,
    "repair": fory_io.repair,
    "verify": lambda path: fory_io.verify(path).ok or 1 / 0,
    "inspect": fory_io.inspect,
    "concat": lambda path: fory_io.concat([path], path),
    "many": lambda path: fory_io.open_many(path)[0],
    "several": lambda path: fory_io.open_many([path])[0],
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("spell", [os.fsencode, Path, "file://{}".format])
def test_every_call_takes_every_sort_of_path(path, change, spell):
    change(spell(path))
    assert len(fory_io.open(path)) in (9, 10, 20)


def test_streams_take_every_sort_of_path(tmp_path):
    name = str(tmp_path / "x.records")
    for spell in (os.fsencode, Path, "file://{}".format):
        fory_io.write_records(spell(name), [{"a": 1}])
        assert [record["a"] for record in fory_io.read_records(spell(name))] == [1]


def test_a_change_of_folder_moves_nothing(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = fory_io.open(os.path.basename(path))
    writer = fory_io.Writer("other.fory")
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert len(pickle.loads(pickle.dumps(rows))) == 10
    assert len(fory_io.refresh(rows)) == 10
    writer.write(TABLE)
    writer.close()
    assert (tmp_path / "other.fory").exists()


def test_links_stay_links(path, tmp_path):
    link, dangling = tmp_path / "link.fory", tmp_path / "dangling.fory"
    link.symlink_to(path)
    dangling.symlink_to(tmp_path / "new.fory")
    fory_io.write(TABLE.slice(0, 3), link)
    fory_io.write(TABLE, dangling)
    fory_io.compact(link)
    assert link.is_symlink()
    assert dangling.is_symlink()
    assert len(fory_io.open(path)) == 3
    assert len(fory_io.open(tmp_path / "new.fory")) == 10


@pytest.mark.parametrize("mmap", ["auto", True, False])
def test_pipes_are_refused_at_once(tmp_path, mmap):
    pipe = str(tmp_path / "pipe")
    os.mkfifo(pipe)
    with pytest.raises(OSError, match=r"pipe or device.*pipe"):
        fory_io.open(pipe, mmap=mmap)
    with pytest.raises(OSError, match=r"not replaced.*pipe"):
        fory_io.write(TABLE, pipe)
    assert os.listdir(tmp_path) == ["pipe"]


def test_long_names_of_any_script(tmp_path):
    for name in ("x" * 255, "\N{GRINNING FACE}" * 63, "行" * 85):
        fory_io.write(TABLE, tmp_path / name)
        assert len(fory_io.open(tmp_path / name)) == 10


def test_places_that_cannot_be_written_to(tmp_path):
    with pytest.raises(IsADirectoryError, match=str(tmp_path)):
        fory_io.write(TABLE, tmp_path)
    with pytest.raises(FileNotFoundError, match=r"no such folder.*none"):
        fory_io.write(TABLE, tmp_path / "none" / "x.fory")
    with pytest.raises(IsADirectoryError):
        fory_io.write(TABLE, "")
    assert os.listdir(tmp_path) == []


def test_remote_files_are_joined(path):
    fory_io.concat([path, path], "memory://misuse/x.fory")
    fory_io.concat(["memory://misuse/x.fory", path], path)
    assert len(fory_io.open(path)) == 30
    fsspec.filesystem("memory").store.clear()


def test_streams_and_files_are_told_apart(path, tmp_path):
    stream = tmp_path / "records"
    fory_io.write_records(stream, [1, 2])
    with pytest.raises(DecodeError, match="read_records"):
        fory_io.open(stream)
    with pytest.raises(DecodeError, match="not a stream"):
        fory_io.read_records(path)


def test_a_projection_is_refreshed(path):
    rows = fory_io.open(path, columns=["s"])
    fory_io.append(TABLE, path)
    fresh = fory_io.refresh(rows)
    assert (len(rows), len(fresh), fresh.schema.names) == (10, 20, ["s"])


def test_records_are_numbered_by_whole_numbers(path):
    data = fory_io.dataset(path)
    for wrong in (1.5, "a", slice(2)):
        with pytest.raises(TypeError):
            data[wrong]
    with pytest.raises(TypeError):
        data.shuffle("a")
