"""The hash of the format: the first word of MurmurHash3 x64-128 with seed 47."""

from __future__ import annotations

from fory.mmh3 import hash128

__all__ = ["hash64"]

_SEED = 47


def hash64(data: bytes) -> int:
    """Return the 64-bit hash of ``data`` as an unsigned integer."""
    return hash128(data, _SEED)[0]
