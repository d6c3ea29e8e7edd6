"""Null bits of many entries at once, one bit of a word for each."""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t

cdef extern from *:
    """
    #define fory_ctz(x) __builtin_ctzll(x)
    #define fory_popcount(x) __builtin_popcountll(x)
    #if defined(__SSE2__)
    #include <emmintrin.h>
    static inline void fory_turn(const uint8_t* bytes, uint16_t* out) {
        __m128i x = _mm_loadu_si128((const __m128i*)bytes);
        for (int j = 7; j >= 0; j--, x = _mm_add_epi8(x, x))
            out[j] = (uint16_t)_mm_movemask_epi8(x);
    }
    #else
    #include <string.h>
    /* The factor moves bit 8 i to bit 56 + i, and no two of them to one place. */
    #define fory_lowest_bits(x) \
        ((((x) & 0x0101010101010101ull) * 0x0102040810204080ull) >> 56)
    static inline void fory_turn(const uint8_t* bytes, uint16_t* out) {
        uint64_t low, high;
        memcpy(&low, bytes, 8);
        memcpy(&high, bytes + 8, 8);
        for (int j = 0; j < 8; j++)
            out[j] = (uint16_t)(fory_lowest_bits(low >> j)
                                | fory_lowest_bits(high >> j) << 8);
    }
    #endif
    """
    int lowest "fory_ctz"(uint64_t x) noexcept nogil
    int popcount "fory_popcount"(uint64_t x) noexcept nogil
    # Bit j of byte i, of 16, becomes bit i of ``out[j]``, of 8.
    void _turn "fory_turn"(const uint8_t* bytes, uint16_t* out) noexcept nogil


cdef enum:
    GROUP = 64      # fields whose nulls share a word of the bitmap


# The nulls of up to 64 fields in 32 entries: bit j of byte i of plane g is field i of
# entry 8 g + j.
cdef struct Planes:
    uint8_t bytes[4][GROUP]


cdef inline void put_field(Planes* planes, int field, uint64_t nulls) noexcept nogil:
    """Set the bits of a field in 32 entries."""
    cdef int g
    for g in range(4):
        planes.bytes[g][field] = <uint8_t> (nulls >> (8 * g))


cdef inline void words_of(
    const Planes* planes, int n_fields, uint64_t* words
) noexcept nogil:
    """Store the bits of each of 32 entries as a word; fields up to a 16th are read."""
    cdef uint16_t bits[8]
    cdef int g, j, at
    for g in range(4):
        for at in range(0, n_fields, 16):
            _turn(&planes.bytes[g][at], bits)
            for j in range(8):
                if at == 0:
                    words[8 * g + j] = bits[j]
                else:
                    words[8 * g + j] |= <uint64_t> bits[j] << at


cdef inline void fields_of(const uint8_t* bytes, uint64_t* fields) noexcept nogil:
    """Turn a byte of each of 32 entries into their bits of eight fields."""
    cdef uint16_t low[8]
    cdef uint16_t high[8]
    cdef int j
    _turn(bytes, low)
    _turn(bytes + 16, high)
    for j in range(8):
        fields[j] = low[j] | <uint64_t> high[j] << 16
