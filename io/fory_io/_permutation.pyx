"""An order of n records that a seed decides: computed place by place, never stored."""

from cpython.number cimport PyNumber_Index
from libc.stdint cimport int64_t, uint64_t

cdef enum:
    ROUNDS = 4


cdef inline uint64_t mixed(uint64_t value, uint64_t key) noexcept nogil:
    """Return 64 bits that look random (the finaliser of splitmix64)."""
    cdef uint64_t x = value + (key + 1) * 0x9E3779B97F4A7C15ULL
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9ULL
    x = (x ^ x >> 27) * 0x94D049BB133111EBULL
    return x ^ x >> 31


cdef int64_t place(int64_t i, int64_t n, uint64_t seed) noexcept nogil:
    """Return where ``i`` goes in a permutation of ``range(n)``.

    Four Feistel rounds permute the numbers of the next even power of two; what falls
    outside the range is sent on until it is inside.
    """
    cdef uint64_t left, right, x = <uint64_t> i, k
    cdef int half = 1
    while half < 32 and (<uint64_t> (n - 1)) >> 2 * half:
        half += 1
    cdef uint64_t mask = (<uint64_t> 1 << half) - 1
    while True:
        left, right = x >> half, x & mask
        for k in range(ROUNDS):
            left, right = right, left ^ (mixed(right, seed * ROUNDS + k) & mask)
        x = left << half | right
        if x < <uint64_t> n:
            return <int64_t> x


def permuted(positions, int64_t n, seed):
    """Return which of ``n`` records stand at some positions of an order.

    Parameters
    ----------
    positions : iterable of int
        Negative ones count from the end.
    n : int
        How many records there are.
    seed : int, optional
        What decides the order, by its lowest 64 bits; None leaves it as it is.

    Returns
    -------
    list of int
        Numbers of records, all different if the positions are.
    """
    cdef bint shuffled = seed is not None
    cdef uint64_t bits = (seed & 0xFFFF_FFFF_FFFF_FFFF) if shuffled else 0
    cdef int64_t i
    cdef list found = []
    for position in positions:
        i = PyNumber_Index(position)
        if not -n <= i < n:
            raise IndexError(f"record {i} of {n:,}")
        i += n if i < 0 else 0
        found.append(place(i, n, bits) if shuffled else i)
    return found
