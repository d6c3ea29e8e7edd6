"""MurmurHash3 x64-128, by which the format names schemas and long names."""

from __future__ import annotations

from typing import Any

__all__ = ["hash128", "hash_buffer", "hash_unicode"]

_MAX_SEED = (1 << 32) - 1
_C1, _C2 = 0x87C37B91114253D5, 0x4CF5AD432745937F
_MASK = (1 << 64) - 1


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


def hash128(data: bytes, seed: int) -> tuple[int, int]:
    """Return both words of the hash of ``data`` as unsigned integers."""
    low = high = seed
    whole = len(data) - len(data) % 16
    for at in range(0, len(data), 16):
        k1 = int.from_bytes(data[at : at + 8], "little")
        k2 = int.from_bytes(data[at + 8 : at + 16], "little")
        low ^= _mix(k1, _C1, 31, _C2)
        if at == whole:
            high ^= _mix(k2, _C2, 33, _C1)
            break
        low = (_rotate(low, 27) + high) * 5 + 0x52DCE729 & _MASK
        high ^= _mix(k2, _C2, 33, _C1)
        high = (_rotate(high, 31) + low) * 5 + 0x38495AB5 & _MASK
    low ^= len(data)
    high ^= len(data)
    low = low + high & _MASK
    high = high + low & _MASK
    low, high = _finish(low), _finish(high)
    low = low + high & _MASK
    return low, high + low & _MASK


def _rotate(v: int, bits: int) -> int:
    return (v << bits | v >> 64 - bits) & _MASK


def _mix(k: int, first: int, bits: int, second: int) -> int:
    return _rotate(k * first & _MASK, bits) * second & _MASK


def _finish(v: int) -> int:
    v = (v ^ v >> 33) * 0xFF51AFD7ED558CCD & _MASK
    v = (v ^ v >> 33) * 0xC4CEB9FE1A85EC53 & _MASK
    return v ^ v >> 33
