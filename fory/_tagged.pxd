"""Tagged integers: four bytes where 31 bits are enough, else a one and eight."""

from libc.stdint cimport INT32_MAX, int32_t, int64_t, uint32_t, uint64_t

from fory._buffer cimport Buffer, get_u32, get_u64, need, put_u32, put_u64, put_u8


cdef inline int put_tagged_int64(Buffer b, int64_t v) except -1:
    if -(1 << 30) <= v < (1 << 30):
        return put_u32(b, <uint32_t> v << 1)
    put_u8(b, 1)
    return put_u64(b, <uint64_t> v)


cdef inline int put_tagged_uint64(Buffer b, uint64_t v) except -1:
    if v <= INT32_MAX:
        return put_u32(b, <uint32_t> (v << 1))
    put_u8(b, 1)
    return put_u64(b, v)


cdef inline int64_t get_tagged_int64(Buffer b) except? -1:
    need(b, 1)
    if b.base[b.reader] & 1:
        b.reader += 1
        return <int64_t> get_u64(b)
    return <int32_t> get_u32(b) >> 1


cdef inline uint64_t get_tagged_uint64(Buffer b) except? 0xFFFFFFFFFFFFFFFF:
    need(b, 1)
    if b.base[b.reader] & 1:
        b.reader += 1
        return get_u64(b)
    return get_u32(b) >> 1
