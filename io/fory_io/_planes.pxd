"""Rows whose first bytes lie in planes: byte k of all rows, then byte k + 1 of all.

The high bytes of numbers, offsets and lengths are much the same from row to row; side
by side they compress to almost nothing, and are decompressed as fast.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

cdef extern from *:
    """
    #if defined(__SSE2__)
    #include <emmintrin.h>
    /* Turn a square of bytes: byte c of from[r] becomes byte r of to[c]. */
    static inline void fory_turn(const uint8_t* const from[8], uint8_t* const to[8]) {
        #define FORY_PAIR(k) _mm_unpacklo_epi8( \\
            _mm_loadl_epi64((const __m128i*)from[k]), \\
            _mm_loadl_epi64((const __m128i*)from[k + 1]))
        __m128i a = FORY_PAIR(0), b = FORY_PAIR(2), c = FORY_PAIR(4), d = FORY_PAIR(6);
        __m128i ab = _mm_unpacklo_epi16(a, b), ab4 = _mm_unpackhi_epi16(a, b);
        __m128i cd = _mm_unpacklo_epi16(c, d), cd4 = _mm_unpackhi_epi16(c, d);
        __m128i turned[4] = {
            _mm_unpacklo_epi32(ab, cd), _mm_unpackhi_epi32(ab, cd),
            _mm_unpacklo_epi32(ab4, cd4), _mm_unpackhi_epi32(ab4, cd4),
        };
        for (int k = 0; k < 4; k++) {
            _mm_storel_epi64((__m128i*)to[2 * k], turned[k]);
            _mm_storeh_pd((double*)to[2 * k + 1], _mm_castsi128_pd(turned[k]));
        }
        #undef FORY_PAIR
    }
    #else
    static inline void fory_turn(const uint8_t* const from[8], uint8_t* const to[8]) {
        for (int c = 0; c < 8; c++)
            for (int r = 0; r < 8; r++) to[c][r] = from[r][c];
    }
    #endif
    """
    void turn "fory_turn"(const uint8_t** source, uint8_t** to) noexcept nogil


cdef enum:
    MAX_PLANES = 4096


cdef inline uint64_t row_start(const uint32_t* units, uint64_t stride, uint64_t i) noexcept nogil:
    return i * stride if units == NULL else <uint64_t> units[i] << 3


cdef inline bint sum_lengths(
    const uint32_t* lengths, uint64_t n, uint64_t n_planes, uint64_t rows_bytes,
    uint32_t* units,
) noexcept nogil:
    """Make starts of lengths; False unless the rows fill their bytes and have planes."""
    cdef uint64_t i, total = lengths[0]
    units[0] = lengths[0]
    for i in range(1, n + 1):
        total += lengths[i]
        units[i] = <uint32_t> total
        if <uint64_t> lengths[i] << 3 < n_planes:
            return False
    return lengths[0] == 0 and total << 3 == rows_bytes


cdef inline void to_planes(
    const uint8_t* rows, const uint32_t* units, uint64_t stride, uint64_t n,
    uint64_t n_planes, uint8_t* out,
) noexcept nogil:
    """Take ``n`` rows apart: their first bytes as planes, then the rest of each.

    ``units`` are where rows start, in units of eight bytes, or NULL for rows of
    ``stride`` bytes.
    """
    cdef const uint8_t* source[8]
    cdef uint8_t* to[8]
    cdef uint64_t i = 0, r, p, size
    cdef uint8_t* rest = out + n * n_planes
    cdef int k
    while n >= 8 and i < n:
        r = i if i + 8 <= n else n - 8  # the last squares overlap
        for k in range(8):
            source[k] = rows + row_start(units, stride, r + k)
            to[k] = out + k * n + r
        for p in range(0, n_planes, 8):
            turn(source, to)
            for k in range(8):
                source[k] += 8
                to[k] += 8 * n
        i += 8
    if n < 8:
        for i in range(n):
            for p in range(n_planes):
                out[p * n + i] = rows[row_start(units, stride, i) + p]
    for i in range(n):
        r = row_start(units, stride, i) + n_planes
        size = row_start(units, stride, i + 1) - r
        memcpy(rest, rows + r, size)
        rest += size


cdef inline void from_planes(
    const uint8_t* planes, const uint32_t* units, uint64_t stride, uint64_t n,
    uint64_t n_planes, uint8_t* out,
) noexcept nogil:
    """Put rows together that `to_planes` took apart; the caller has checked `units`."""
    cdef const uint8_t* source[8]
    cdef uint8_t* to[8]
    cdef uint64_t i = 0, r, p, size
    cdef const uint8_t* rest = planes + n * n_planes
    cdef int k
    while n >= 8 and i < n:
        r = i if i + 8 <= n else n - 8
        for k in range(8):
            source[k] = planes + k * n + r
            to[k] = out + row_start(units, stride, r + k)
        for p in range(0, n_planes, 8):
            turn(source, to)
            for k in range(8):
                source[k] += 8 * n
                to[k] += 8
        i += 8
    if n < 8:
        for i in range(n):
            for p in range(n_planes):
                out[row_start(units, stride, i) + p] = planes[p * n + i]
    for i in range(n):
        r = row_start(units, stride, i) + n_planes
        size = row_start(units, stride, i + 1) - r
        memcpy(out + r, rest, size)
        rest += size
