"""Null bits of many entries at once, one bit of a word for each."""

from libc.stdint cimport uint8_t, uint64_t

cdef extern from *:
    """
    #define fory_ctz(x) __builtin_ctzll(x)
    #define fory_popcount(x) __builtin_popcountll(x)
    """
    int lowest "fory_ctz"(uint64_t x) noexcept nogil
    int popcount "fory_popcount"(uint64_t x) noexcept nogil


cdef inline uint64_t transposed(uint64_t x) noexcept nogil:
    """Return the 8 x 8 bits of a word mirrored: bit j of byte i is bit i of byte j.

    Blocks of 1, 2 and 4 bits change places over the diagonal.
    """
    cdef uint64_t t
    t = (x ^ (x >> 7)) & <uint64_t> 0x00aa00aa00aa00aa
    x ^= t ^ (t << 7)
    t = (x ^ (x >> 14)) & <uint64_t> 0x0000cccc0000cccc
    x ^= t ^ (t << 14)
    t = (x ^ (x >> 28)) & <uint64_t> 0x00000000f0f0f0f0
    return x ^ t ^ (t << 28)


cdef inline uint64_t packed(uint64_t x) noexcept nogil:
    """Return the lowest bits of the eight bytes of a word, that of the first lowest.

    The factor moves bit 8 i to bit 56 + i, and no two of them to one place.
    """
    return (x * <uint64_t> 0x0102040810204080) >> 56


cdef inline void turned(
    const uint64_t* words, int n, int n_bits, uint64_t* out
) noexcept nogil:
    """Turn ``n`` words into ``n_bits`` words of ``n`` bits, both at most 64.

    Bit k of ``out[i]`` is bit i of ``words[k]``; whole eights of ``out`` are written.
    """
    cdef uint64_t block
    cdef int i, at, k
    for i in range(0, n_bits, 8):
        for k in range(8):
            out[i + k] = 0
        for at in range(0, n, 8):
            block = 0
            for k in range(min(8, n - at)):
                block |= ((words[at + k] >> i) & 0xff) << (8 * k)
            if block == 0:
                continue
            block = transposed(block)
            for k in range(8):
                out[i + k] |= ((block >> (8 * k)) & 0xff) << at
