"""Copy strings, binaries and decimals into the bodies of rows and arrays."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from fory._bytes cimport load_u32_le, load_u64_le, store_u64_le, up8
from fory_row._arrow_column cimport Column, load_i32, load_i64
from fory_row._layout cimport AS_DECIMAL, FIXED, LARGE, VIEW

cdef enum:
    INLINE = 12     # a view of so many bytes holds them itself


cdef void copy_bytes(
    const Column* c, int64_t first, int n, uint64_t nulls, uint8_t** bodies,
    const uint64_t* sizes,
) noexcept nogil:
    """Write ``n`` bodies and their padding; a null has size 0 and no body."""
    if c.node.access == AS_DECIMAL:
        _copy_decimals(c, first, n, nulls, bodies)
    elif c.node.wide == FIXED:
        _copy_fixed(c, first, n, bodies, sizes)
    elif c.node.wide == VIEW:
        _copy_views(c, first, n, bodies, sizes)
    elif c.node.wide == LARGE:
        _copy_large(c, first, n, bodies, sizes)
    else:
        _copy_narrow(c, first, n, bodies, sizes)


cdef inline uint64_t _low(uint64_t n) noexcept nogil:
    """Return a mask of the ``n`` low bytes, all of them for 8 and more."""
    return (<uint64_t> -1) >> (64 - 8 * n) if 0 < n < 8 else <uint64_t> -(n > 0)


cdef inline void _copy(
    uint8_t* to, const uint8_t* source, uint64_t n, const uint8_t* end
) noexcept nogil:
    """Copy ``n`` bytes and pad with zeros; nothing at or behind ``end`` is read."""
    cdef uint64_t low, high
    cdef uint64_t nothing
    if n <= 16 and end - source >= 16:
        # Both words are stored, the high one first: a body of 8 bytes or less takes
        # its place back, and an empty one goes nowhere.
        low = load_u64_le(source) & _low(n)
        high = load_u64_le(source + 8) & _low(n - 8 if n > 8 else 0)
        to = to if n else <uint8_t*> &nothing
        store_u64_le(to + ((n > 8) << 3), high)
        store_u64_le(to, low)
    elif n:
        store_u64_le(to + up8(n) - 8, 0)
        memcpy(to, source, n)


cdef void _copy_narrow(
    const Column* c, int64_t first, int n, uint8_t** bodies, const uint64_t* sizes
) noexcept nogil:
    cdef const uint8_t* offsets = c.offsets + 4 * first
    cdef int k
    for k in range(n):
        _copy(bodies[k], c.data + load_i32(offsets + 4 * k), sizes[k], c.end)


cdef void _copy_large(
    const Column* c, int64_t first, int n, uint8_t** bodies, const uint64_t* sizes
) noexcept nogil:
    cdef const uint8_t* offsets = c.offsets + 8 * first
    cdef int k
    for k in range(n):
        _copy(bodies[k], c.data + load_i64(offsets + 8 * k), sizes[k], c.end)


cdef void _copy_fixed(
    const Column* c, int64_t first, int n, uint8_t** bodies, const uint64_t* sizes
) noexcept nogil:
    cdef int k
    for k in range(n):
        _copy(bodies[k], c.data + (first + k) * c.node.fixed, sizes[k], c.end)


cdef void _copy_views(
    const Column* c, int64_t first, int n, uint8_t** bodies, const uint64_t* sizes
) noexcept nogil:
    """A view is ``length, 12 bytes`` or ``length, prefix, buffer, offset``."""
    cdef const uint8_t* view
    cdef const uint8_t* start
    cdef const uint8_t* end
    cdef uint32_t buffer
    cdef int k
    for k in range(n):
        view = c.data + 16 * (first + k)
        if sizes[k] <= INLINE:
            _copy(bodies[k], view + 4, sizes[k], c.end)
        else:
            buffer = load_u32_le(view + 8)
            start = <const uint8_t*> c.buffers[buffer]
            end = start + load_i64(c.buffer_bytes + 8 * buffer)
            _copy(bodies[k], start + load_u32_le(view + 12), sizes[k], end)


cdef void _copy_decimals(
    const Column* c, int64_t first, int n, uint64_t nulls, uint8_t** bodies
) noexcept nogil:
    """Extend the sign of 4, 8, 16 or 32 bytes to the 32 bytes of a body."""
    cdef int width = c.node.bits >> 3
    cdef const uint8_t* value
    cdef int k
    for k in range(n):
        if (nulls >> k) & 1:
            continue
        value = c.data + (first + k) * width
        memset(bodies[k], 0xff if value[width - 1] & 0x80 else 0, 32)
        memcpy(bodies[k], value, width)
