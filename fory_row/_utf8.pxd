"""Tell whether bytes are UTF-8 (RFC 3629), eight ASCII bytes at a time."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

from fory._bytes cimport load_u64_le


cdef inline bint is_ascii(const uint8_t* p, uint64_t n) noexcept nogil:
    cdef uint64_t seen = 0
    cdef uint64_t i = 0
    cdef uint64_t high = <uint64_t> 0x80808080 << 32 | <uint64_t> 0x80808080
    while i + 32 <= n:
        seen |= load_u64_le(p + i) | load_u64_le(p + i + 8)
        seen |= load_u64_le(p + i + 16) | load_u64_le(p + i + 24)
        i += 32
    while i + 8 <= n:
        seen |= load_u64_le(p + i)
        i += 8
    while i < n:
        seen |= p[i]
        i += 1
    return seen & high == 0


cdef inline bint is_utf8(const uint8_t* p, uint64_t n) noexcept nogil:
    cdef const uint8_t* end = p + n
    cdef int step
    while p < end:
        if p[0] < 0x80:
            p += 1
            continue
        step = _sequence(p, end - p)
        if step == 0:
            return False
        p += step
    return True


cdef inline int _sequence(const uint8_t* p, uint64_t n) noexcept nogil:
    """Return the bytes of the character at ``p``, which is not ASCII; 0 if it is none."""
    cdef uint32_t c = p[0]
    cdef int length, k
    if c < 0xc2 or c > 0xf4:
        return 0
    length = 2 if c < 0xe0 else 3 if c < 0xf0 else 4
    if n < <uint64_t> length:
        return 0
    for k in range(1, length):
        if p[k] & 0xc0 != 0x80:
            return 0
    # Overlong forms, surrogates, and characters behind U+10FFFF.
    if (c == 0xe0 and p[1] < 0xa0) or (c == 0xed and p[1] > 0x9f):
        return 0
    if (c == 0xf0 and p[1] < 0x90) or (c == 0xf4 and p[1] > 0x8f):
        return 0
    return length
