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


cdef inline void rows_of_columns(
    const uint64_t* columns, int n_columns, int n_rows, uint64_t* rows
) noexcept nogil:
    """Turn words of 32 rows, one for each of up to 64 columns, into words of columns.

    ``rows`` has room for 32 words, of which the first ``n_rows`` are set.
    """
    cdef uint64_t block
    cdef int column, row, k
    for row in range(0, n_rows, 8):
        for k in range(8):
            rows[row + k] = 0
        for column in range(0, n_columns, 8):
            block = 0
            for k in range(min(8, n_columns - column)):
                block |= ((columns[column + k] >> row) & 0xff) << (8 * k)
            if block == 0:
                continue
            block = transposed(block)
            for k in range(8):
                rows[row + k] |= ((block >> (8 * k)) & 0xff) << column
