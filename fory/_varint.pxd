"""Variable-width integers of the wire, on bare memory.

Seven bits per byte, low group first, bit 7 = more; the ninth byte of a 64-bit
number carries eight plain bits, so no number takes more than nine bytes.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from fory._bytes cimport load_u64_le


cdef extern from *:
    int ctz "__builtin_ctzll"(uint64_t v) noexcept nogil


cdef enum:
    VARINT_MAX = 9


cdef inline uint64_t zigzag(int64_t v) noexcept nogil:
    return (<uint64_t> v << 1) ^ <uint64_t> (v >> 63)


cdef inline int64_t unzigzag(uint64_t v) noexcept nogil:
    return <int64_t> (v >> 1) ^ -<int64_t> (v & 1)


cdef inline uint8_t* store_varuint(uint8_t* p, uint64_t v) noexcept nogil:
    """Write v at p, where VARINT_MAX bytes are free; return the end."""
    cdef int i
    if v < 0x80:
        p[0] = <uint8_t> v
        return p + 1
    for i in range(8):
        if v < 0x80:
            p[0] = <uint8_t> v
            return p + 1
        p[0] = <uint8_t> (v | 0x80)
        p += 1
        v >>= 7
    p[0] = <uint8_t> v
    return p + 1


cdef inline const uint8_t* load_varuint(
    const uint8_t* p, const uint8_t* end, uint64_t* out
) noexcept nogil:
    """Read a number from p; return its end, or NULL if it runs past ``end``."""
    cdef uint64_t v = 0, byte
    cdef int shift = 0
    while p < end:
        byte = p[0]
        p += 1
        if shift == 56:
            out[0] = v | (byte << 56)
            return p
        v |= (byte & 0x7F) << shift
        if byte < 0x80:
            out[0] = v
            return p
        shift += 7
    return NULL


cdef inline const uint8_t* load_varuint_word(
    const uint8_t* p, uint64_t* out
) noexcept nogil:
    """Read a number from p, where VARINT_MAX bytes are there; return its end.

    Eight bytes are looked at as one word: its groups of seven bits close up in pairs.
    """
    cdef uint64_t v = load_u64_le(p)
    cdef uint64_t stop = ~v & <uint64_t> 0x8080808080808080
    if stop == 0:
        return load_varuint(p, p + VARINT_MAX, out)
    p += (ctz(stop) >> 3) + 1
    v &= (stop ^ (stop - 1)) & <uint64_t> 0x7F7F7F7F7F7F7F7F
    v = (v & <uint64_t> 0x007F007F007F007F) | (v & <uint64_t> 0x7F007F007F007F00) >> 1
    v = (v & <uint64_t> 0x00003FFF00003FFF) | (v & <uint64_t> 0x3FFF00003FFF0000) >> 2
    out[0] = (v & <uint64_t> 0x0FFFFFFF) | (v & <uint64_t> 0x0FFFFFFF00000000) >> 4
    return p
