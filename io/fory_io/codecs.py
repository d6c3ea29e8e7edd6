"""Compression of blocks of whole rows; pyarrow brings the codecs."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from fory.error import DecodeError
from fory_io import _lz4
from fory_io.format import Codec
from fory_io.trained import context, zstandard

__all__ = ["codec_of", "compress", "compressor_of", "decompressor", "name_of"]

_NAMES: dict[int, str] = {Codec.LZ4: "lz4_raw", Codec.ZSTD: "zstd"}
BLOCK_BYTES = {Codec.LZ4: 4 << 10, Codec.ZSTD: 16 << 10, Codec.ZSTD_DICT: 4 << 10}
"""Raw bytes of a block: what one random row costs to decompress."""

LEVEL = 1
"""Of zstd; the fastest."""

MAX_RAW_BYTES = (1 << 31) - 1


_CALLED: dict[str | None, Codec] = {
    None: Codec.RAW,
    "lz4": Codec.LZ4,
    "zstd": Codec.ZSTD,
    "zstd-dict": Codec.ZSTD_DICT,
}


def codec_of(name: str | None) -> Codec:
    """Return the codec that a caller names.

    Raises
    ------
    ValueError
        If there is no such codec.
    """
    if name not in _CALLED:
        known = ", ".join(map(repr, _CALLED))
        raise ValueError(f"compression is one of {known}, not {name!r}")
    if name == "zstd-dict":
        zstandard()
    return _CALLED[name]


def name_of(codec: int) -> str | None:
    """Return what a caller calls a codec."""
    return next(name for name, known in _CALLED.items() if known == codec)


@cache
def _codec(codec: int) -> Any:
    import pyarrow as pa

    return pa.Codec(_NAMES[codec], LEVEL if codec == Codec.ZSTD else None)


def compressor_of(codec: int) -> Callable[[bytes], bytes]:
    """Return what compresses blocks, one after another.

    The bytes are the same with and without the package ``zstandard``, which keeps its
    context: Arrow makes one for each block, which costs half as much again.
    """
    if codec == Codec.ZSTD:
        try:
            import zstandard
        except ImportError:
            pass
        else:
            made: Callable[[bytes], bytes] = zstandard.ZstdCompressor(LEVEL).compress
            return made
    return partial(_codec(int(codec)).compress, asbytes=True)


def compress(by: Callable[[Any], bytes], planes: Any, raw: bytes) -> bytes:
    """Return a block compressed, or ``raw`` when that saves less than an eighth."""
    if len(raw) > MAX_RAW_BYTES:
        return raw
    packed = by(planes)
    return packed if len(packed) < len(raw) - len(raw) // 8 else raw


def decompressor(codec: int, what: str) -> Callable[[Any, int], Any]:
    """Return a function of stored bytes and raw size that gives the raw bytes.

    It raises `DecodeError` for damaged bytes, and never makes more than that size.

    Raises
    ------
    DecodeError
        If the codec is unknown.
    """
    if codec not in _NAMES:
        raise DecodeError(f"{what} is compressed with codec {codec}, which is unknown")
    if codec == Codec.LZ4:
        return _lz4.decompress
    return _with_context() or _by_pyarrow(codec)


@cache
def _by_pyarrow(codec: int) -> Callable[[Any, int], Any]:
    import pyarrow as pa

    decompress = _codec(codec).decompress
    errors = pa.ArrowException, OSError, MemoryError

    def decompressed(data: Any, raw_bytes: int) -> Any:
        try:
            return decompress(data, raw_bytes, asbytes=True)
        except errors as e:
            raise DecodeError(f"a block cannot be decompressed: {e}") from e

    return decompressed


@cache
def _with_context() -> Callable[[Any, int], Any] | None:
    """Return what keeps its context: Arrow makes one for each block."""
    try:
        import zstandard
    except ImportError:
        return None
    return context(zstandard, None)
