"""Compressed files: the same rows, one small block decoded for each."""

from __future__ import annotations

import importlib.util
import random
import struct
import sys
from pathlib import Path

import pytest
from file_samples import fixed_rows, mixed_rows, same_rows

import fory_io
from fory.error import ChecksumError, DecodeError, TruncatedError
from fory_io._cache import Cache
from fory_io._chunk_builder import ChunkBuilder
from fory_io.format import Feature
from fory_io.reader import file_source
from fory_row.arrow import from_arrow

CODECS = ["lz4", "zstd"]
if importlib.util.find_spec("zstandard"):
    CODECS.append("zstd-dict")
MAKERS = {"fixed": fixed_rows, "mixed": mixed_rows}


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "rows.fory")


@pytest.mark.parametrize("compression", CODECS)
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("mmap", [True, False], ids=["mapped", "read"])
@pytest.mark.parametrize("n", [1, 700, 20_000])
def test_round_trip(path, compression, make, mmap, n):
    fory_io.write(make(n), path, compression=compression)
    rows = fory_io.open(path, mmap=mmap, verify="full")
    expected = make(n)
    assert rows.nbytes == expected.nbytes
    for i in random.Random(n).sample(range(n), min(n, 300)):
        assert bytes(rows[i]) == bytes(expected[i])
    assert same_rows(rows, expected)
    assert rows.to_arrow().equals(expected.to_arrow())
    assert fory_io.verify(path).ok


@pytest.mark.parametrize("compression", CODECS)
def test_it_saves_space(path, compression):
    fory_io.write(mixed_rows(20_000), path)
    plain = Path(path).stat().st_size
    fory_io.write(mixed_rows(20_000), path, compression=compression)
    assert Path(path).stat().st_size < plain / 3


def test_what_does_not_shrink_is_stored_as_it_is(path):
    import pyarrow as pa

    noise = random.Random(1).randbytes(400_000)
    table = pa.table({"b": [noise[k : k + 400] for k in range(0, len(noise), 400)]})
    fory_io.write(from_arrow(table), path, compression="zstd")
    assert fory_io.open(path).to_arrow().equals(table)


def test_a_row_longer_than_a_block(path):
    rows = mixed_rows(9, start=1000, longest=3_000_000)
    fory_io.write(rows, path, compression="lz4")
    assert same_rows(fory_io.open(path, verify="full"), rows)


def test_appended_rows_are_compressed_too(path):
    fory_io.write(mixed_rows(3000), path, compression="zstd")
    fory_io.append(mixed_rows(3000, start=3000), path)
    rows = fory_io.open(path, verify="full")
    assert same_rows(rows, mixed_rows(6000))
    assert Path(path).stat().st_size < rows.nbytes / 3


def test_views_outlive_the_cache_and_the_file(path):
    fory_io.write(mixed_rows(60_000), path, compression="lz4")
    rows = fory_io.open(path)
    kept = [rows[i] for i in range(0, 60_000, 1000)]
    for i in range(0, 60_000, 50):
        rows[i]
    assert rows.source.cache.n_bytes <= rows.source.cache.budget
    rows.close()
    expected = mixed_rows(60_000)
    assert all(bytes(r) == bytes(expected[1000 * k]) for k, r in enumerate(kept))
    with pytest.raises(ValueError, match="closed"):
        rows[0]


def test_a_damaged_block_spoils_its_own_rows_only(path):
    fory_io.write(mixed_rows(20_000), path, compression="lz4")
    data = bytearray(Path(path).read_bytes())
    data[200] ^= 1
    Path(path).write_bytes(data)
    rows = fory_io.open(path)
    assert rows[19_999]["i"] == 19_999
    with pytest.raises(ChecksumError, match="differs"):
        rows[0]
    assert not fory_io.verify(path).ok


def test_damage_is_an_error_without_checksums_too(path):
    fory_io.write(mixed_rows(3000), path, compression="zstd")
    data = bytearray(Path(path).read_bytes())
    rnd = random.Random(3)
    for _ in range(300):
        bad = bytearray(data)
        bad[rnd.randrange(128, len(data))] ^= 1 << rnd.randrange(8)
        Path(path + ".bad").write_bytes(bad)
        try:
            rows = fory_io.open(path + ".bad", verify="never")
            for row in rows:
                bytes(row)
        except DecodeError:
            pass


@pytest.mark.parametrize("compression", CODECS)
def test_a_file_that_was_cut_is_an_error(path, compression):
    fory_io.write(mixed_rows(20_000), path, compression=compression)
    rows = fory_io.open(path)
    assert bytes(rows[0]) == bytes(mixed_rows(1)[0])
    with open(path, "r+b") as file:
        file.truncate(4096)
    with pytest.raises(TruncatedError, match="cut"):
        bytes(rows[10_000])


def test_unknown_compression_is_named(path):
    with pytest.raises(ValueError, match="snappy"):
        fory_io.write(mixed_rows(1), path, compression="snappy")


def test_the_cache_keeps_to_its_budget():
    cache = Cache(100)
    for k in range(20):
        cache.put(k, str(k), 10)
        assert cache.n_bytes <= 100
    assert [cache.get(k) for k in (19, 18, 17, 16)] == ["19", "18", "17", "16"]
    assert cache.get(9) is None
    cache.put("big", "x", 1000)
    assert cache.get("big") == "x"
    assert cache.n_bytes == 1000


def test_the_cache_keeps_what_is_used():
    cache = Cache(100)
    for k in range(50):
        cache.put(k, str(k), 10)
        assert cache.get(0) == "0"
    cache.clear()
    assert cache.get(0) is None


def test_the_cache_drops_what_was_used_longest_ago():
    cache = Cache(100)
    for k in range(10):
        cache.put(k, str(k), 10)
    for k in (1, 0, 3, 2):
        assert cache.get(k) == str(k)
    for k in range(10, 16):
        cache.put(k, str(k), 10)
    assert [k for k in range(10) if cache.get(k)] == [0, 1, 2, 3]


def test_a_value_that_comes_twice_is_kept_once():
    cache = Cache(100)
    for k in [*range(4), *range(4)]:
        cache.put(k, str(k), 10)
    assert cache.n_bytes == 40
    assert cache.get(3) == "3"


# -- zstd with a dictionary ------------------------------------------------------


@pytest.fixture
def dictionary_file(path):
    pytest.importorskip("zstandard")
    fory_io.write(mixed_rows(20_000), path, compression="zstd-dict")
    return path


def test_a_dictionary_is_trained_once_and_used_by_appends(dictionary_file):
    fory_io.append(mixed_rows(20_000, start=20_000), dictionary_file)
    rows = fory_io.open(dictionary_file, verify="full")
    assert same_rows(rows, mixed_rows(40_000))
    facts = fory_io.inspect(dictionary_file)
    assert facts["frames"]["trained"] == 1
    assert (
        rows.source.checked_entry(0)[3]
        == rows.source.checked_entry(-1 + rows.source.n_blocks)[3]
        == 3
    )
    fory_io.compact(dictionary_file)
    assert same_rows(fory_io.open(dictionary_file), mixed_rows(40_000))


def test_files_with_other_dictionaries_are_joined(dictionary_file, tmp_path):
    other, out = tmp_path / "other.fory", tmp_path / "joined.fory"
    fory_io.write(
        mixed_rows(20_000, start=7, longest=60), other, compression="zstd-dict"
    )
    fory_io.concat([dictionary_file, other, dictionary_file], out)
    rows = fory_io.open(out, verify="full")
    assert fory_io.inspect(out)["frames"]["trained"] == 2
    assert same_rows(rows[20_000:40_000], fory_io.open(other))
    assert same_rows(rows[40_000:], mixed_rows(20_000))


def test_a_small_file_needs_no_dictionary(path):
    pytest.importorskip("zstandard")
    fory_io.write(mixed_rows(20), path, compression="zstd-dict")
    rows = fory_io.open(path)
    assert "trained" not in fory_io.inspect(path)["frames"]
    assert same_rows(rows, mixed_rows(20))


def test_the_missing_package_is_named(path, monkeypatch):
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(ImportError, match=r"zstandard: pip install"):
        fory_io.write(mixed_rows(20), path, compression="zstd-dict")
    assert not Path(path).exists()


def test_zstd_needs_no_package(path, monkeypatch):
    from fory_io import codecs

    monkeypatch.setitem(sys.modules, "zstandard", None)
    codecs._with_context.cache_clear()
    try:
        fory_io.write(mixed_rows(2000), path, compression="zstd")
        assert same_rows(fory_io.open(path), mixed_rows(2000))
    finally:
        codecs._with_context.cache_clear()


def test_zstd_gives_the_same_bytes_without_the_package(monkeypatch):
    pytest.importorskip("zstandard")
    from fory_io.codecs import compressor_of

    blocks = [b"", b"a", *(bytes(row) * 50 for row in mixed_rows(300))]
    by_package = [*map(compressor_of(2), blocks)]
    monkeypatch.setitem(sys.modules, "zstandard", None)
    assert [*map(compressor_of(2), blocks)] == by_package


def test_a_block_that_declares_too_much_is_refused():
    zstandard = pytest.importorskip("zstandard")
    from fory_io.codecs import decompressor

    data = zstandard.ZstdCompressor().compress(bytes(1 << 20))
    with pytest.raises(DecodeError, match="instead of 100"):
        decompressor(2, "the chunk")(data, 100)
    with pytest.raises(DecodeError, match="cannot be decompressed"):
        decompressor(2, "the chunk")(b"nonsense", 100)


# -- planes: the slots of the rows of a block, byte by byte ----------------------


def test_planes_need_a_feature_that_readers_must_know(path):
    fory_io.write(mixed_rows(300), path, compression="lz4")
    head = file_source(fory_io.open(path)).snapshot.head
    assert head.required & Feature.PLANES
    fory_io.write(mixed_rows(300), path)
    head = file_source(fory_io.open(path)).snapshot.head
    assert not head.required & Feature.PLANES


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_blocks_without_planes_are_read_too(path, make, monkeypatch):
    class Plain(ChunkBuilder):
        def n_planes(self, plan):
            return 0

    monkeypatch.setattr("fory_io.chunker.ChunkBuilder", Plain)
    fory_io.write(make(3000), path, compression="lz4")
    plain = Path(path).stat().st_size
    assert same_rows(fory_io.open(path, verify="full"), make(3000))
    monkeypatch.undo()
    fory_io.write(make(3000), path, compression="lz4")
    assert Path(path).stat().st_size < plain


@pytest.mark.parametrize("n", [1, 2, 7, 8, 9, 16, 31, 100])
@pytest.mark.parametrize("layout", ["standard", "compact"])
def test_blocks_of_any_number_of_rows(path, n, layout):
    import pyarrow as pa

    names = ["a", "b", "c", "d", "e"]
    table = pa.table(
        {
            "i": pa.array(range(n), pa.int8()),
            "x": [k / 3 if k % 5 else None for k in range(n)],
            "s": [names[k % 5] * (k % 40) for k in range(n)],
        }
    )
    rows = from_arrow(table).with_layout(layout)
    fory_io.write(rows, path, compression="zstd")
    found = fory_io.open(path, verify="full")
    assert same_rows(found, rows)
    assert found.to_arrow().equals(table)


def test_lengths_that_cannot_be_are_refused(path):
    zstandard = pytest.importorskip("zstandard")
    n = 40
    fory_io.write(mixed_rows(n), path, compression="zstd")
    data = bytearray(Path(path).read_bytes())
    at = data.index(b"\x28\xb5\x2f\xfd")
    source = file_source(fory_io.open(path))
    offset, length, _, _ = source.checked_entry(0)
    table = offset + length - 32 - 24
    _, stored, raw_bytes, *_ = struct.unpack_from("<6I", data, table)
    raw = zstandard.ZstdDecompressor().decompress(bytes(data[at : at + stored]))
    for first, change in ((0, 1), (1, -3), (n, 200), (n, 2**32 - 1)):
        bad = bytearray(raw)
        place = raw_bytes - 4 * (n + 1) + 4 * first
        was = struct.unpack_from("<I", raw, place)[0]
        struct.pack_into("<I", bad, place, (was + change) % 2**32)
        packed = zstandard.ZstdCompressor(level=19).compress(bad)
        assert len(packed) <= stored + 7 & ~7
        file = bytearray(data)
        file[at : at + len(packed)] = packed
        struct.pack_into("<I", file, table + 4, len(packed))
        Path(path).write_bytes(file)
        with pytest.raises(DecodeError, match="cannot be"):
            bytes(fory_io.open(path, verify="never")[0])
