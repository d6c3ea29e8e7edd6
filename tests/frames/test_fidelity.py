"""Every frame comes back identical or is refused; none is changed without a word."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from frames_catalogue import REFUSED, frames
from random_frames import random_frame
from same_frames import assert_same

from fory.error import EncodeError
from fory_pandas.convert import to_arrow, to_pandas
from fory_pandas.records import read_facts, write_facts

FRAMES = frames()
READER = """
import sys
from pathlib import Path
import pyarrow as pa
from fory_pandas.convert import to_pandas
from fory_pandas.records import read_facts
from frames_catalogue import frames
from same_frames import assert_same

folder = Path(sys.argv[1])
for number, (name, frame) in enumerate(frames().items()):
    table = pa.ipc.open_file(folder / f"{number}.arrow").read_all()
    facts = read_facts((folder / f"{number}.facts").read_bytes())
    try:
        assert_same(frame, to_pandas(table, facts))
    except Exception as error:
        print(f"{name}: {type(error).__name__}: {error}")
print("all read")
"""


def test_there_are_at_least_two_hundred():
    assert len(FRAMES) >= 200


@pytest.mark.parametrize("name", FRAMES)
def test_frame_is_identical_or_refused(name):
    frame = FRAMES[name]
    if name in REFUSED:
        with pytest.raises(EncodeError, match=r"column 'v'"):
            to_arrow(frame)
    else:
        table, facts = to_arrow(frame)
        assert_same(frame, to_pandas(table, read_facts(write_facts(facts))))


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_refused_frame_is_kept_as_records_on_request(name):
    frame = FRAMES[name]
    assert_same(frame, to_pandas(*to_arrow(frame, objects="xlang")))


@pytest.mark.parametrize("name", FRAMES)
def test_table_is_valid_for_plain_arrow_readers(name):
    table, _ = to_arrow(FRAMES[name], objects="xlang")
    table.validate(full=True)
    assert b"pandas" in table.schema.metadata


def test_fresh_process_reads_every_frame(tmp_path):
    for number, frame in enumerate(FRAMES.values()):
        table, facts = to_arrow(frame, objects="xlang")
        path = str(tmp_path / f"{number}.arrow")
        with pa.ipc.new_file(path, table.schema) as writer:
            writer.write_table(table)
        (tmp_path / f"{number}.facts").write_bytes(write_facts(facts))
    here = Path(__file__).parent
    paths = [str(here), str(here.parent), *sys.path]
    code = f"import sys; sys.path[:0] = {paths!r}\n{READER}"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True
    )
    assert done.stdout == "all read\n", done.stdout + done.stderr


@pytest.mark.parametrize("seed", range(150))
def test_random_frame_is_identical(seed):
    frame = random_frame(seed)
    table, facts = to_arrow(frame, objects="xlang")
    assert_same(frame, to_pandas(table, read_facts(write_facts(facts))))


@pytest.mark.parametrize("name", [n for n in FRAMES if not n.startswith("rows_")])
def test_readers_without_facts_restore_what_pandas_own_key_does(name):
    frame = FRAMES[name]
    if isinstance(frame, pd.Series):
        frame = frame.to_frame()
    try:
        assert_same(frame, pa.Table.from_pandas(frame).to_pandas())
    except Exception:  # refused, changed or unreadable: nothing that must be met
        return
    rows = frame.fory.to_rows(objects="xlang")
    assert_same(frame, rows.to_arrow().to_pandas())
