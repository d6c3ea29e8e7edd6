"""MurmurHash3 x64-128, by which the format names schemas and long names."""

from __future__ import annotations

from typing import Any

from fory._pure.hashing import hash128

__all__ = ["hash_buffer", "hash_unicode"]

_MAX_SEED = (1 << 32) - 1


def hash_buffer(value: Any, seed: int = 0) -> tuple[int, int]:
    """Return both words of the hash of bytes, as signed integers.

    Parameters
    ----------
    value : bytes-like
        What to hash.
    seed : int
        0 to 2**32 - 1; the format uses 47.

    Examples
    --------
    >>> hash_buffer(b"abc", 47)
    (2908186905518554448, -417192714684214253)
    """
    if not 0 <= seed <= _MAX_SEED:
        raise OverflowError(f"the seed is {seed}, not in 0 to {_MAX_SEED}")
    low, high = hash128(bytes(memoryview(value)), seed)
    return _signed(low), _signed(high)


def hash_unicode(value: str, seed: int = 0) -> tuple[int, int]:
    """Return both words of the hash of the UTF-8 bytes of a string."""
    return hash_buffer(value.encode(), seed)


def _signed(word: int) -> int:
    return word - (1 << 64) if word >> 63 else word
