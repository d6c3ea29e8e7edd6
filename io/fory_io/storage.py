"""Where the bytes of a file come from: a map, or reads of a local file."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, Protocol

from fory.error import TruncatedError
from fory_io._map import Mapping, open_regular

__all__ = ["FileStorage", "MapStorage", "Storage", "check_extent"]


class Storage(Protocol):
    """The bytes of one file.

    Attributes
    ----------
    name : str
        For messages; never holds credentials.
    size : int
        Bytes of the file when it was opened.
    mapping : Mapping or None
        The map, when reading means touching memory.
    home : {"mapped", "file", "remote"}
        How the bytes are reached.
    cache_bytes : int
        How much to keep of what was read or decoded.
    """

    home: str
    cache_bytes: int
    name: str
    size: int
    mapping: Mapping | None

    def read(self, offset: int, n_bytes: int) -> Any:
        """Return exactly ``n_bytes`` as a bytes-like object that owns its memory."""

    def fetch(self, ranges: Iterable[tuple[int, int]]) -> None:
        """Make sure that reading these ranges costs no further request."""


def check_extent(name: str, size: int, offset: int, n_bytes: int) -> None:
    """Raise unless the bytes lie in the file."""
    if offset < 0 or n_bytes < 0 or offset + n_bytes > size:
        raise TruncatedError(
            f"{name} has {size} bytes; bytes {offset} to {offset + n_bytes} were asked "
            f"for: the file is cut or damaged"
        )


class LocalStorage:
    """What local files have in common: reading needs no preparation."""

    def fetch(self, ranges: Iterable[tuple[int, int]]) -> None:
        """Do nothing."""

    def cached(self, offset: int, n_bytes: int) -> bytes | None:
        """Return None: nothing was read before."""
        return None


class MapStorage(LocalStorage):
    """A mapped local file; reading copies nothing."""

    home = "mapped"
    cache_bytes = 4 << 20

    def __init__(self, path: str) -> None:
        self.mapping: Mapping | None = Mapping(path)
        self.name = path
        self.size = self.mapping.size
        self._bytes = memoryview(self.mapping)

    def read(self, offset: int, n_bytes: int) -> memoryview:
        """Return a view of the map, which it keeps alive."""
        check_extent(self.name, self.size, offset, n_bytes)
        return self._bytes[offset : offset + n_bytes]


class FileStorage(LocalStorage):
    """A local file that is read; for file systems on which maps are not safe."""

    home = "file"
    cache_bytes = 8 << 20
    mapping: Mapping | None = None

    def __init__(self, path: str) -> None:
        self._fd = -1
        self.name = path
        self._fd = open_regular(path)
        self.size = os.fstat(self._fd).st_size

    def read(self, offset: int, n_bytes: int) -> bytearray:
        """Return the bytes, copied."""
        check_extent(self.name, self.size, offset, n_bytes)
        out = bytearray(n_bytes)
        done = 0
        while done < n_bytes:
            got = os.preadv(self._fd, [memoryview(out)[done:]], offset + done)
            if not got:
                raise TruncatedError(
                    f"{self.name} ends before byte {offset + done}, it had "
                    f"{self.size} bytes when it was opened: it was cut"
                )
            done += got
        return out

    def __del__(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
