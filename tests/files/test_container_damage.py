"""Damaged, cut and foreign files: an error with the place, never a crash."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from file_samples import fixed_rows, mixed_rows, same_rows

import fory_io
from fory._crc import checksum
from fory.error import ChecksumError, DecodeError, FormatVersionError, TruncatedError
from fory_io.format import HEADER_BYTES, MAGIC, Header, Trailer

CHILD = """
import random, sys
import fory_io
from fory.error import DecodeError
path, mode, verify, mmap = sys.argv[1:]
data = open(path, "rb").read()
expected = [bytes(r) for r in fory_io.open(path)]
rnd = random.Random(42)
if mode == "cut":
    sizes = list(range(0, len(data), 64)) + rnd.sample(range(len(data)), 500)
    damaged = (data[:n] for n in sizes)
elif mode == "grow":
    damaged = (data + rnd.randbytes(n) for n in range(1, 300))
else:
    def flips():
        for _ in range(2000):
            out = bytearray(data)
            out[rnd.randrange(len(data))] ^= 1 << rnd.randrange(8)
            yield out
    damaged = flips()
refused = wrong = right = 0
for k, bad in enumerate(damaged):
    with open(path + ".bad", "wb") as f:
        f.write(bad)
    try:
        rows = fory_io.open(path + ".bad", verify=verify, mmap=mmap == "True")
        found = [bytes(r) for r in rows]
    except DecodeError as e:
        assert str(e)
        refused += 1
    else:
        right += found == expected
        wrong += found != expected
print(refused, wrong, right)
"""


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "rows.fory")


def in_child(path, *args):
    """Run the damage in a process of its own; return (refused, wrong, right)."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CHILD), path, *args],
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return tuple(map(int, done.stdout.split()))


@pytest.mark.parametrize("mmap", ["True", "False"], ids=["mapped", "read"])
def test_no_cut_file_opens(path, mmap):
    fory_io.write(mixed_rows(150), path)
    refused, wrong, right = in_child(path, "cut", "lazy", mmap)
    assert refused > 600
    assert (wrong, right) == (0, 0)


def test_bytes_behind_the_last_commit_are_told_and_ignored(path):
    fory_io.write(mixed_rows(10), path)
    assert in_child(path, "grow", "lazy", "True") == (0, 0, 299)
    with open(path, "ab") as f:
        f.write(b"half a commit")
    with pytest.warns(fory_io.UnfinishedCommitWarning, match="as of byte"):
        assert same_rows(fory_io.open(path), mixed_rows(10))


@pytest.mark.parametrize("make", [mixed_rows, fixed_rows], ids=["mixed", "fixed"])
@pytest.mark.parametrize("verify", ["lazy", "full"])
def test_no_flipped_bit_gives_a_wrong_row(path, verify, make):
    fory_io.write(make(150), path)
    refused, wrong, right = in_child(path, "flip", verify, "True")
    assert wrong == 0
    # Padding, the headers of frames and unread statistics may change unnoticed.
    assert refused > 1700
    assert refused + right == 2000


def test_without_checksums_a_flipped_bit_may_show_but_never_crashes(path):
    fory_io.write(mixed_rows(150), path)
    refused, wrong, right = in_child(path, "flip", "never", "True")
    assert refused + wrong + right == 2000
    assert wrong > 100


def test_a_damaged_page_spoils_its_own_rows_only(path):
    fory_io.write(fixed_rows(1000), path)
    data = bytearray(Path(path).read_bytes())
    data[data.index((500).to_bytes(8, "little")) + 1] ^= 1
    Path(path).write_bytes(data)
    rows = fory_io.open(path)
    assert rows[1]["i"] == 1
    for _ in range(2):
        with pytest.raises(ChecksumError, match="checksum of bytes"):
            rows[500]
    with pytest.raises(ChecksumError):
        fory_io.open(path, verify="full")


def test_a_file_cut_while_it_is_mapped(path):
    fory_io.write(fixed_rows(100_000), path)
    rows = fory_io.open(path)
    rows[0]
    with open(path, "r+b") as f:
        f.truncate(5000)
    with pytest.raises(TruncatedError, match="cut from"):
        rows[90_000]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"PAR1" + bytes(100), "parquet"),
        (b"ARROW1\0\0" + bytes(100), "Arrow"),
        (MAGIC[:5], "header"),
        (b"hello, world" * 10, "not a file of rows"),
        (MAGIC.replace(b"\r\n", b"\n") + bytes(100), "text mode"),
    ],
    ids=["empty", "parquet", "arrow", "magic", "text", "newlines"],
)
def test_other_files_are_told_apart(path, data, message):
    Path(path).write_bytes(data)
    with pytest.raises(DecodeError, match=message):
        fory_io.open(path)


def patched_header(path, offset, value):
    """Change a field of the header and make its checksum right again."""
    data = bytearray(Path(path).read_bytes())
    data[offset : offset + len(value)] = value
    end = HEADER_BYTES - 4
    data[end:HEADER_BYTES] = checksum(bytes(data[:end])).to_bytes(4, "little")
    Path(path).write_bytes(data)


def test_a_newer_major_version_is_refused(path):
    fory_io.write(fixed_rows(3), path)
    patched_header(path, 8, b"\x02\x00")
    with pytest.raises(FormatVersionError, match="version 2"):
        fory_io.open(path)


def test_a_newer_minor_version_is_read(path):
    fory_io.write(fixed_rows(3), path)
    patched_header(path, 10, b"\x09\x00")
    assert len(fory_io.open(path)) == 3


def test_an_unknown_required_feature_is_named_with_the_writer(path):
    fory_io.write(fixed_rows(3), path)
    patched_header(path, 12, (1 << 17).to_bytes(4, "little"))
    with pytest.raises(FormatVersionError, match=r"bit 17.*fory-rows"):
        fory_io.open(path)


def test_an_unknown_optional_feature_is_ignored(path):
    fory_io.write(fixed_rows(3), path)
    patched_header(path, 16, (1 << 17).to_bytes(4, "little"))
    assert len(fory_io.open(path)) == 3


def test_structures_of_the_header_survive_packing():
    header = Header.new(0, 1)
    assert Header.from_bytes(header.to_bytes() + b"more") == header
    trailer = Trailer(64, 128, 240, 1, 7)
    assert Trailer.from_bytes(bytes(192) + trailer.to_bytes(), 240) == trailer


def test_every_bit_that_is_not_padding_is_verified(tmp_path):
    """What frames say of themselves counts, too: repair goes by it."""
    path = tmp_path / "rows.fory"
    fory_io.write(fixed_rows(20), path, keys=["i"], metadata={"a": 1})
    for k in range(4):
        fory_io.append(fixed_rows(3, start=20 + k), path)
    good = path.read_bytes()
    assert fory_io.verify(path).ok
    for at in range(0, len(good), 7):
        if good[at]:
            path.write_bytes(good[:at] + bytes([good[at] ^ 4]) + good[at + 1 :])
            assert not fory_io.verify(path).ok, at
