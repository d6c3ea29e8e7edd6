"""Compression of blocks of whole rows; pyarrow brings the codecs."""

from __future__ import annotations

from functools import cache
from typing import Any

from fory.error import DecodeError
from fory_io.format import Codec

__all__ = ["codec_of", "compress", "decompress", "name_of"]

_NAMES = {Codec.LZ4: "lz4_raw", Codec.ZSTD: "zstd"}
BLOCK_BYTES = {Codec.LZ4: 8 << 10, Codec.ZSTD: 16 << 10}
"""Raw bytes of a block: what one random row costs to decompress."""

MAX_RAW_BYTES = (1 << 31) - 1


_CALLED: dict[str | None, Codec] = {
    None: Codec.RAW,
    "lz4": Codec.LZ4,
    "zstd": Codec.ZSTD,
}


def codec_of(name: str | None) -> Codec:
    """Return the codec that a caller names.

    Raises
    ------
    ValueError
        If there is no such codec.
    """
    if name not in _CALLED:
        raise ValueError(f"compression is None, 'lz4' or 'zstd', not {name!r}")
    return _CALLED[name]


def name_of(codec: int) -> str | None:
    """Return what a caller calls a codec."""
    return next(name for name, known in _CALLED.items() if known == codec)


@cache
def _codec(codec: Codec) -> Any:
    import pyarrow as pa

    return pa.Codec(_NAMES[codec])


def compress(codec: int, raw: bytes) -> bytes:
    """Return ``raw`` compressed, or itself when that saves less than an eighth."""
    if len(raw) > MAX_RAW_BYTES:
        return raw
    packed: bytes = _codec(Codec(codec)).compress(raw, asbytes=True)
    return packed if len(packed) < len(raw) - len(raw) // 8 else raw


def decompress(codec: int, data: Any, raw_bytes: int, what: str) -> Any:
    """Return exactly ``raw_bytes`` as a buffer.

    Raises
    ------
    DecodeError
        If the data are damaged or the codec is unknown.
    """
    import pyarrow as pa

    if codec not in _NAMES:
        raise DecodeError(f"{what} is compressed with codec {codec}, which is unknown")
    if raw_bytes > MAX_RAW_BYTES:
        raise DecodeError(f"{what} declares {raw_bytes} bytes, more than 2 GiB")
    try:
        return _codec(Codec(codec)).decompress(data, raw_bytes)
    except (pa.ArrowException, OSError, MemoryError) as e:
        raise DecodeError(f"{what} cannot be decompressed: {e}") from e
