"""Unaligned little-endian loads and stores, and the size arithmetic around them.

Everything is inlined into its caller. Nothing here checks bounds: callers hold a
checked extent (``Cursor.need`` or a view whose extent was checked when it was made).
"""

from libc.stdint cimport (
    int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t,
)
from libc.string cimport memcpy


cdef extern from *:
    """
    #if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    #error "fory reads and writes memory as little-endian; this machine is not"
    #endif
    """


cdef inline uint16_t load_u16_le(const uint8_t* p) noexcept nogil:
    cdef uint16_t v
    memcpy(&v, p, 2)
    return v


cdef inline uint32_t load_u32_le(const uint8_t* p) noexcept nogil:
    cdef uint32_t v
    memcpy(&v, p, 4)
    return v


cdef inline uint64_t load_u64_le(const uint8_t* p) noexcept nogil:
    cdef uint64_t v
    memcpy(&v, p, 8)
    return v


cdef inline float load_f32_le(const uint8_t* p) noexcept nogil:
    cdef float v
    memcpy(&v, p, 4)
    return v


cdef inline double load_f64_le(const uint8_t* p) noexcept nogil:
    cdef double v
    memcpy(&v, p, 8)
    return v


cdef inline void store_u16_le(uint8_t* p, uint16_t v) noexcept nogil:
    memcpy(p, &v, 2)


cdef inline void store_u32_le(uint8_t* p, uint32_t v) noexcept nogil:
    memcpy(p, &v, 4)


cdef inline void store_u64_le(uint8_t* p, uint64_t v) noexcept nogil:
    memcpy(p, &v, 8)


cdef inline void store_f32_le(uint8_t* p, float v) noexcept nogil:
    memcpy(p, &v, 4)


cdef inline void store_f64_le(uint8_t* p, double v) noexcept nogil:
    memcpy(p, &v, 8)


cdef inline uint64_t up8(uint64_t n) noexcept nogil:
    """Round up to a multiple of eight."""
    return (n + 7) & ~(<uint64_t> 7)
