"""zstd with a dictionary that is trained on the first rows of a file.

The dictionary knows what rows have in common, so that small blocks compress as well as
large ones. The package ``zstandard`` does the work.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from fory.error import DecodeError
from fory_io.format import FrameType
from fory_io.snapshot import read_frame

if TYPE_CHECKING:
    from fory_io._source import FileSource

__all__ = ["compressor", "context", "trained", "unpacker", "zstandard"]

DICTIONARY_BYTES = 32 << 10
LEVEL = 3
_FEWEST = 64
"""Fewer samples than this train nothing worth having."""


def zstandard() -> Any:
    """Return the module.

    Raises
    ------
    ImportError
        Naming what to install.
    """
    try:
        import zstandard as module
    except ImportError as e:
        raise ImportError(
            "compression='zstd-dict' needs the package zstandard: "
            "pip install 'fory-rows[zstd]'"
        ) from e
    return module


def trained(samples: Sequence[bytes]) -> bytes | None:
    """Return a dictionary for blocks like these, None when they are too few."""
    module = zstandard()
    if len(samples) < _FEWEST:
        return None
    size = min(DICTIONARY_BYTES, sum(map(len, samples)) // 16)
    try:
        # Segments of a kilobyte: as good as what a search over sizes finds.
        made = module.train_dictionary(size, list(samples), k=1024, d=8)
        return bytes(made.as_bytes())
    except module.ZstdError:
        return None


def compressor(dictionary: bytes) -> Callable[[bytes], bytes]:
    """Return what compresses blocks with a dictionary."""
    module = zstandard()
    data = module.ZstdCompressionDict(dictionary)
    data.precompute_compress(level=LEVEL)
    compress: Callable[[bytes], bytes] = module.ZstdCompressor(LEVEL, data).compress
    return compress


def context(module: Any, dictionary: Any) -> Callable[[Any, int], Any]:
    """Return what decompresses blocks; see `decompressor`."""
    own = threading.local()  # a context serves one thread
    size_of = module.frame_content_size

    def decompressed(data: Any, raw_bytes: int) -> Any:
        try:
            decompress = own.decompress
        except AttributeError:
            made = module.ZstdDecompressor(dict_data=dictionary)
            decompress = own.decompress = made.decompress
        try:
            if size_of(data) != raw_bytes:  # it would allocate what the block says
                raise DecodeError(
                    f"a block has {size_of(data)} bytes instead of {raw_bytes}"
                )
            return decompress(data)
        except module.ZstdError as e:
            raise DecodeError(f"a block cannot be decompressed: {e}") from e

    return decompressed


def unpacker(source: FileSource) -> Callable[[Any, int], Any]:
    """Return what decompresses the blocks of a file with its dictionaries.

    Raises
    ------
    DecodeError
        If the file has no dictionary.
    """
    module, snapshot = zstandard(), source.snapshot
    known = {}
    for entry in snapshot.all(FrameType.TRAINED):
        body = bytes(read_frame(source.storage, entry, snapshot.end))
        made = module.ZstdCompressionDict(body)
        known[made.dict_id()] = context(module, made)
    if not known:
        raise DecodeError(f"{source.label} lacks the dictionary of its blocks")
    if len(known) == 1:
        return next(iter(known.values()))

    label = source.label  # not the source, which keeps this function

    def decompressed(data: Any, raw_bytes: int) -> Any:
        try:
            number = module.get_frame_parameters(data).dict_id
        except module.ZstdError as e:
            raise DecodeError(f"a block cannot be decompressed: {e}") from e
        if number not in known:
            raise DecodeError(f"{label} lacks the dictionary {number}")
        return known[number](data, raw_bytes)

    return decompressed
