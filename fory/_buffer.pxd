"""Bytes being written or read: one growable memory with two positions."""

from cpython.object cimport PyObject
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from fory._bytes cimport (
    load_f32_le, load_f64_le, load_u16_le, load_u32_le, load_u64_le,
    store_f64_le, store_u16_le, store_u32_le, store_u64_le,
)
from fory._varint cimport VARINT_MAX, load_varuint, store_varuint, unzigzag, zigzag


cdef class Buffer:
    cdef uint8_t* base          # first byte; moves when the memory grows
    cdef Py_ssize_t capacity    # bytes at base
    cdef Py_ssize_t writer      # next byte to write = end of what can be read
    cdef Py_ssize_t reader      # next byte to read
    cdef Py_ssize_t filled      # end of what was written before the writer went back
    cdef PyObject* store        # the bytes object that owns base, if we own it
    cdef Py_buffer view         # the foreign memory, if we do not
    cdef bint foreign
    cdef Py_ssize_t exports     # memoryviews that pin base
    cdef object stream          # where more bytes can be read from
    cdef readonly bint read_ahead   # whether more than needed may be taken from it

    cdef int allocate_store(self, Py_ssize_t capacity) except -1
    cdef int wrap(self, data, Py_ssize_t offset, Py_ssize_t length) except -1
    cdef void release(self) noexcept
    cdef int enlarge(self, Py_ssize_t n) except -1
    cdef int refill(self, Py_ssize_t n) except -1
    cdef bytes take_bytes(self)
    cdef int write_raw(self, const void* data, Py_ssize_t n) except -1
    cdef object read_view(self, Py_ssize_t n)


cdef int swap_memory(Buffer a, Buffer b) except -1


# ---- writing: reserve, then store ----------------------------------------------------


cdef inline int reserve(Buffer b, Py_ssize_t n) except -1:
    """Make sure that n bytes can be stored at the writer position."""
    if b.capacity - b.writer < n:
        return b.enlarge(n)
    return 0


cdef inline int put_u8(Buffer b, uint8_t v) except -1:
    reserve(b, 1)
    b.base[b.writer] = v
    b.writer += 1
    return 0


cdef inline int put_u16(Buffer b, uint16_t v) except -1:
    reserve(b, 2)
    store_u16_le(b.base + b.writer, v)
    b.writer += 2
    return 0


cdef inline int put_u32(Buffer b, uint32_t v) except -1:
    reserve(b, 4)
    store_u32_le(b.base + b.writer, v)
    b.writer += 4
    return 0


cdef inline int put_u64(Buffer b, uint64_t v) except -1:
    reserve(b, 8)
    store_u64_le(b.base + b.writer, v)
    b.writer += 8
    return 0


cdef inline int put_f64(Buffer b, double v) except -1:
    reserve(b, 8)
    store_f64_le(b.base + b.writer, v)
    b.writer += 8
    return 0


cdef inline int put_varuint(Buffer b, uint64_t v) except -1:
    reserve(b, VARINT_MAX)
    b.writer = store_varuint(b.base + b.writer, v) - b.base
    return 0


cdef inline int put_varint(Buffer b, int64_t v) except -1:
    return put_varuint(b, zigzag(v))


# ---- reading: check, then load -------------------------------------------------------


cdef inline int need(Buffer b, Py_ssize_t n) except -1:
    """Make sure that n more bytes can be read."""
    if b.writer - b.reader < n or n < 0:
        return b.refill(n)
    return 0


cdef inline int get_u8(Buffer b) except -1:
    need(b, 1)
    b.reader += 1
    return b.base[b.reader - 1]


cdef inline uint16_t get_u16(Buffer b) except? 0xFFFF:
    need(b, 2)
    b.reader += 2
    return load_u16_le(b.base + b.reader - 2)


cdef inline uint32_t get_u32(Buffer b) except? 0xFFFFFFFF:
    need(b, 4)
    b.reader += 4
    return load_u32_le(b.base + b.reader - 4)


cdef inline uint64_t get_u64(Buffer b) except? 0xFFFFFFFFFFFFFFFF:
    need(b, 8)
    b.reader += 8
    return load_u64_le(b.base + b.reader - 8)


cdef inline float get_f32(Buffer b) except? -1.0:
    need(b, 4)
    b.reader += 4
    return load_f32_le(b.base + b.reader - 4)


cdef inline double get_f64(Buffer b) except? -1.0:
    need(b, 8)
    b.reader += 8
    return load_f64_le(b.base + b.reader - 8)


cdef inline uint64_t get_varuint(Buffer b) except? 0xFFFFFFFFFFFFFFFF:
    cdef uint64_t v = 0
    cdef const uint8_t* end
    if b.reader < b.writer and b.base[b.reader] < 0x80:
        b.reader += 1
        return b.base[b.reader - 1]
    end = load_varuint(b.base + b.reader, b.base + b.writer, &v)
    while end is NULL:
        b.refill(b.writer - b.reader + 1)
        end = load_varuint(b.base + b.reader, b.base + b.writer, &v)
    b.reader = end - b.base
    return v


cdef inline int64_t get_varint(Buffer b) except? -1:
    return unzigzag(get_varuint(b))


cdef uint64_t get_long_varuint32(Buffer b) except? 0xFFFFFFFFFFFFFFFF
cdef Py_ssize_t get_long_size(Buffer b) except -1


cdef inline uint64_t get_varuint32(Buffer b) except? 0xFFFFFFFFFFFFFFFF:
    if b.reader < b.writer and b.base[b.reader] < 0x80:
        b.reader += 1
        return b.base[b.reader - 1]
    return get_long_varuint32(b)


cdef inline Py_ssize_t get_size(Buffer b) except -1:
    """A count or size, which no message has above 2**31 - 1."""
    if b.reader < b.writer and b.base[b.reader] < 0x80:
        b.reader += 1
        return b.base[b.reader - 1]
    return get_long_size(b)
