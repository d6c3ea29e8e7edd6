"""MurmurHash3 x64-128 with seed 47, of which the format uses the first word."""

from cpython.bytes cimport PyBytes_AS_STRING
from libc.stdint cimport uint8_t, uint64_t

from fory._bytes cimport load_u64_le

cdef enum:
    SEED = 47

cdef uint64_t C1 = 0x87C37B91114253D5
cdef uint64_t C2 = 0x4CF5AD432745937F


cdef inline uint64_t rotate(uint64_t v, int bits) noexcept nogil:
    return v << bits | v >> (64 - bits)


cdef inline uint64_t finish(uint64_t v) noexcept nogil:
    v ^= v >> 33
    v *= <uint64_t> 0xFF51AFD7ED558CCD
    v ^= v >> 33
    v *= <uint64_t> 0xC4CEB9FE1A85EC53
    return v ^ v >> 33


cdef inline uint64_t mix_low(uint64_t k) noexcept nogil:
    return rotate(k * C1, 31) * C2


cdef inline uint64_t mix_high(uint64_t k) noexcept nogil:
    return rotate(k * C2, 33) * C1


cdef inline uint64_t load_tail(const uint8_t* p, Py_ssize_t n) noexcept nogil:
    cdef uint64_t v = 0
    cdef Py_ssize_t i
    for i in range(min(n, 8)):
        v |= <uint64_t> p[i] << (8 * i)
    return v


cdef uint64_t murmur64(const uint8_t* data, Py_ssize_t n) noexcept nogil:
    cdef uint64_t h1 = SEED, h2 = SEED
    cdef Py_ssize_t left = n
    while left >= 16:
        h1 ^= mix_low(load_u64_le(data))
        h1 = (rotate(h1, 27) + h2) * 5 + 0x52DCE729
        h2 ^= mix_high(load_u64_le(data + 8))
        h2 = (rotate(h2, 31) + h1) * 5 + 0x38495AB5
        data += 16
        left -= 16
    if left > 8:
        h2 ^= mix_high(load_tail(data + 8, left - 8))
    if left > 0:
        h1 ^= mix_low(load_tail(data, left))
    h1 ^= <uint64_t> n
    h2 ^= <uint64_t> n
    h1 += h2
    h2 += h1
    return finish(h1) + finish(h2)


def hash64(bytes data not None):
    """Return the 64-bit hash of ``data`` as an unsigned integer."""
    return murmur64(<const uint8_t*> PyBytes_AS_STRING(data), len(data))
