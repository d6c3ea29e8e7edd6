"""The command `fory`, as its users run it."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import uuid
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import fory_io
from fory_io.cli import main
from fory_io.json_text import json_text
from fory_row.arrow import from_arrow

N = 3000


def table():
    n = range(N)
    return pa.table({
        "i": pa.array(n, pa.int64()),
        "s": [f"row {k}" for k in n],
        "x": [k / 8 for k in n],
        "t": pa.array([dt.datetime(2024, 1, 1) + dt.timedelta(hours=k) for k in n]),
        "d": pa.array([f"v{k % 3}" for k in n]).dictionary_encode(),
        "l": [[{"a": k}] * (k % 3) for k in n],
    })  # fmt: skip


FLAT = ["i", "s", "x"]


@pytest.fixture
def path(tmp_path):
    out = str(tmp_path / "rows.fory")
    fory_io.write(table(), out)
    return out


@pytest.fixture
def run(capsys):
    def runs(*args):
        status = main([str(a) for a in args])
        return status, *capsys.readouterr()

    return runs


def test_schema(run, path):
    status, out, _ = run("schema", path)
    assert status == 0
    assert out.splitlines()[0] == "i: int64"
    found = json.loads(run("schema", path, "--json")[1])
    assert [f["name"] for f in found] == table().column_names
    assert found[5]["children"][0]["children"][0]["name"] == "a"


def test_stat(run, path):
    text = run("stat", path)[1]
    assert "3,000" in text
    made = dt.datetime.fromtimestamp(os.stat(path).st_mtime, dt.UTC)
    assert f"{made:created           %Y-%m-}" in text
    found = json.loads(run("stat", path, "--json")[1])
    assert (found["rows"], found["frames"]["dictionary"]) == (N, 1)


def test_head(run, path):
    assert "row 9" in run("head", path)[1]
    lines = run("head", path, "-n", 3, "--json", "--columns", "s,i")[1].splitlines()
    assert [json.loads(line) for line in lines] == [
        {"s": f"row {k}", "i": k} for k in range(3)
    ]


def test_get(run, path):
    assert "s: row 7\n" in run("get", path, 7)[1]
    assert run("get", path, -1, "s")[1] == f"row {N - 1}\n"
    assert run("get", path, 8, "l.1.a")[1] == "8\n"
    found = json.loads(run("get", path, 8, "--json")[1])
    assert found["l"] == [{"a": 8}, {"a": 8}]
    assert found["t"] == "2024-01-01T08:00:00"


def test_verify_and_repair(run, path):
    status, out, _ = run("verify", path)
    assert (status, out) == (0, f"{path}: ok, 3,000 rows in 1 chunks, 1 commits\n")
    whole = Path(path).read_bytes()
    Path(path).write_bytes(whole + b"half")
    status, out, _ = run("verify", path, "--json")
    assert (status, json.loads(out)["ok"]) == (1, False)
    assert "4 bytes" in run("repair", path)[1]
    assert Path(path).read_bytes() == whole


def test_verify_names_damage(run, path):
    data = bytearray(Path(path).read_bytes())
    data[1000] ^= 1
    Path(path).write_bytes(data)
    status, out, _ = run("verify", path)
    assert status == 1
    assert "damaged" in out
    assert "checksum of bytes" in out


def test_convert_with_keys(run, path, tmp_path):
    out = tmp_path / "keys.fory"
    assert run("convert", path, out, "--keys", "s,i")[0] == 0
    assert fory_io.open(out).lookup(("row 7", 7))["x"] == 7 / 8
    assert run("convert", path, out, "--keys", "absent")[0] == 1
    with pytest.raises(SystemExit):
        run("convert", path, tmp_path / "x.csv", "--keys", "i")


def test_convert_with_sorted_indexes(run, path, tmp_path):
    out = tmp_path / "ordered.fory"
    args = ("--ordered", "x", "--ordered", "s,i")
    assert run("convert", path, out, *args)[0] == 0
    rows = fory_io.open(out)
    assert rows.loc.between("x", 1, 2)["i"].to_pylist() == [*range(8, 17)]
    assert rows.loc.starting_with("s", "row 299")["i"].to_pylist()[0] == 299
    assert "ordered           [['x'], ['s', 'i']]" in run("stat", out)[1]
    with pytest.raises(SystemExit):
        run("convert", path, tmp_path / "x.csv", "--ordered", "i")


def test_csv_keeps_nulls_and_words(run, tmp_path):
    words = ["", None, "NA", "null", "a,b", 'say "x"', "0"]
    table = pa.table({"s": words, "i": [1, None, 3, 4, 5, 6, 7]})
    fory_io.write(table, tmp_path / "a.fory")
    assert run("convert", tmp_path / "a.fory", tmp_path / "a.csv")[0] == 0
    assert run("convert", tmp_path / "a.csv", tmp_path / "b.fory")[0] == 0
    assert fory_io.open(tmp_path / "b.fory").to_arrow().equals(table)


def test_compact(run, path):
    fory_io.delete(path, slice(1000))
    assert run("compact", path)[:2] == (0, f"{path}: 2,000 rows\n")
    assert fory_io.inspect(path)["deleted_rows"] == 0


def test_concat(run, path, tmp_path):
    out = tmp_path / "two.fory"
    assert run("concat", path, path, "-o", out)[:2] == (0, f"{out}: 6,000 rows\n")
    assert len(fory_io.open(out)) == 2 * N


@pytest.mark.parametrize("extension", ["parquet", "feather", "arrow"])
def test_convert_there_and_back(run, path, tmp_path, extension):
    there, back = tmp_path / f"t.{extension}", tmp_path / "back.fory"
    assert run("convert", path, there)[0] == 0
    assert run("convert", there, back, "--compression", "zstd")[0] == 0
    assert fory_io.open(back).to_arrow().to_pylist() == table().to_pylist()
    assert fory_io.open(back).source.snapshot.compressed


@pytest.mark.parametrize("extension", ["csv", "jsonl"])
def test_convert_text(run, path, tmp_path, extension):
    there, back = tmp_path / f"t.{extension}", tmp_path / "back.fory"
    assert run("convert", path, there, "--columns", ",".join(FLAT))[0] == 0
    status, out, _ = run("convert", there, back, "--json")
    assert (status, json.loads(out)["rows"]) == (0, N)
    found = fory_io.open(back).to_arrow()
    assert found.to_pylist() == table().select(FLAT).to_pylist()


def test_convert_keeps_dictionaries_of_all_row_groups(run, tmp_path):
    groups = [pa.array([f"v{k}"] * 10).dictionary_encode() for k in range(5)]
    source, out = tmp_path / "a.parquet", tmp_path / "a.fory"
    whole = pa.table({"d": pa.chunked_array(groups)})
    pq.write_table(whole, source, row_group_size=10)
    assert run("convert", source, out)[0] == 0
    assert fory_io.open(out).to_arrow()["d"].to_pylist() == whole["d"].to_pylist()


def test_a_failed_conversion_leaves_nothing(run, path, tmp_path):
    status, _, err = run("convert", path, tmp_path / "t.csv")
    assert status == 1
    assert err.startswith("fory: ")
    assert sorted(os.listdir(tmp_path)) == ["rows.fory"]


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["nothing"],
        ["get", "f.fory"],
        ["get", "f.fory", "x"],
        ["head", "f.fory", "-n", "-3"],
        ["concat", "f.fory"],
        ["convert", "a.fory", "b.xls"],
        ["convert", "a.fory", "b.csv", "--compression", "lz4"],
        ["convert", "a.fory", "b.fory", "--compression", "gzip"],
    ],
    ids=" ".join,
)
def test_bad_arguments(args, capsys):
    with pytest.raises(SystemExit) as stop:
        main(args)
    assert stop.value.code == 2
    assert "usage" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["head", "absent.fory"], "absent.fory"),
        (["head", __file__], "not a file of rows"),
        (["get", "{path}", "3000"], "3000"),
        (["get", "{path}", "1", "z"], "'z'"),
        (["head", "{path}", "--columns", "z"], "'z'"),
        (["convert", "absent.parquet", "{path}.2.fory"], "absent"),
        (["concat", "{path}", "absent.fory", "-o", "{path}.2.fory"], "absent"),
    ],
    ids=["absent", "foreign", "row", "path", "columns", "source", "part"],
)
def test_bad_files(run, path, args, message):
    status, _, err = run(*(a.format(path=path) for a in args))
    assert status == 1
    assert err.startswith("fory: ")
    assert message in err
    assert "Traceback" not in err


def test_as_a_process_whose_reader_leaves(path):
    code = f"{sys.executable} -m fory_io.cli head {path} -n 3000 --json | head -1"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(code, shell=True, capture_output=True, text=True, env=env)
    assert json.loads(done.stdout)["i"] == 0
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (float("nan"), "null"),
        (b"\x00\xff", '"AP8="'),
        (Decimal("1.50"), '"1.50"'),
        (dt.date(2024, 1, 2), '"2024-01-02"'),
        ({1: "a"}, '[[1, "a"]]'),
        ({"é": [None, True]}, '{"é": [null, true]}'),
    ],
    ids=["nan", "bytes", "decimal", "date", "map", "nested"],
)
def test_json_of_values(value, text):
    assert json_text(value) == text


def test_json_of_views():
    rows = from_arrow(table())
    assert json.loads(json_text(rows[5]))["l"] == [{"a": 5}, {"a": 5}]
    assert json_text(rows[5]["l"]) == '[{"a": 5}, {"a": 5}]'


@pytest.mark.parametrize(
    ("terminal", "option", "shown"),
    [
        (True, [], True),
        (True, ["--no-progress"], False),
        (False, [], False),
        (False, ["--progress"], True),
    ],
)
def test_bars_are_for_terminals(tmp_path, capsys, monkeypatch, terminal, option, shown):
    pytest.importorskip("tqdm")
    path = tmp_path / "x.fory"
    fory_io.write(pa.table({"a": range(10)}), path)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    assert main(["verify", str(path), *option]) == 0
    assert ("%" in capsys.readouterr().err) == shown


def test_maps_are_objects_in_json_lines(run, tmp_path):
    kind = pa.map_(pa.string(), pa.int64())
    there = tmp_path / "t.jsonl"
    fory_io.write(
        pa.table({"m": pa.array([[("k", 1)], []], kind)}), tmp_path / "a.fory"
    )
    assert run("convert", tmp_path / "a.fory", there)[0] == 0
    assert there.read_text() == '{"m": {"k": 1}}\n{"m": {}}\n'
    back = tmp_path / "b.fory"
    assert run("convert", there, back)[0] == 0
    assert fory_io.open(back)["m"].to_pylist() == [{"k": 1}, {"k": None}]


def test_a_key_that_occurs_twice_is_no_json(run, tmp_path):
    kind = pa.map_(pa.string(), pa.int64())
    fory_io.write(
        pa.table({"m": pa.array([[("k", 1)] * 2], kind)}), tmp_path / "a.fory"
    )
    status, _, err = run("convert", tmp_path / "a.fory", tmp_path / "t.jsonl")
    assert status == 1
    assert "'k'" in err
    assert not (tmp_path / "t.jsonl").exists()


def test_streams_of_arrow_are_read(run, path, tmp_path):
    source = tmp_path / "t.arrow"
    with pa.ipc.new_stream(source, table().schema) as writer:
        writer.write_table(table())
    assert run("convert", source, tmp_path / "b.fory")[0] == 0
    assert fory_io.open(tmp_path / "b.fory").to_arrow().equals(table())


def test_csv_names_what_it_cannot_say(run, path, tmp_path):
    status, _, err = run("convert", path, tmp_path / "t.csv")
    assert status == 1
    assert "l: CSV has no list" in err


def test_csv_has_views_and_uuids_as_text(run, tmp_path):
    moment = uuid.UUID(int=7)
    data = pa.table({
        "v": pa.array(["a", None], pa.string_view()),
        "u": pa.array([moment.bytes, None], pa.uuid()),
    })  # fmt: skip
    fory_io.write(data, tmp_path / "a.fory")
    assert run("convert", tmp_path / "a.fory", tmp_path / "t.csv")[0] == 0
    assert (tmp_path / "t.csv").read_text() == f'"v","u"\n"a","{moment}"\n,\n'


@pytest.mark.parametrize("kind", [pa.binary(), pa.binary(2), pa.binary_view()], ids=str)
def test_csv_has_bytes_as_text_if_they_are(run, tmp_path, kind):
    there = tmp_path / "t.csv"
    fory_io.write(pa.table({"b": pa.array([b"ab"], kind)}), tmp_path / "a.fory")
    assert run("convert", tmp_path / "a.fory", there)[0] == 0
    assert there.read_text() == '"b"\n"ab"\n'
    fory_io.write(pa.table({"b": pa.array([b"\xff\xfe"], kind)}), tmp_path / "a.fory")
    status, _, err = run("convert", tmp_path / "a.fory", there)
    assert status == 1
    assert "b: CSV holds text" in err


@pytest.mark.parametrize("at", [0, 3, 150_000], ids=["first", "early", "late"])
def test_text_with_huge_fields_is_read(run, tmp_path, at):
    texts = [
        f"{k}," + ("x" * 3_000_000 if k == at else "some text") for k in range(at + 9)
    ]
    (tmp_path / "t.csv").write_text("i,s\n" + "\n".join(texts) + "\n")
    assert run("convert", tmp_path / "t.csv", tmp_path / "a.fory")[0] == 0
    rows = fory_io.open(tmp_path / "a.fory")
    assert rows["i"].to_pylist() == list(range(at + 9))
    assert len(rows[at, "s"]) == 3_000_000
    assert run("convert", tmp_path / "a.fory", tmp_path / "t.jsonl")[0] == 0
    assert run("convert", tmp_path / "t.jsonl", tmp_path / "b.fory")[0] == 0
    assert fory_io.open(tmp_path / "b.fory").to_arrow().equals(rows.to_arrow())


def test_an_absent_file_does_not_hide_the_others(run, path):
    status, out, err = run("verify", "absent.fory", path)
    assert status == 1
    assert "absent.fory" in err
    assert f"{path}: ok" in out
