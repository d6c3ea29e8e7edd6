"""Gather strings, binaries and decimals into Arrow buffers."""

from libc.stdint cimport INT32_MAX, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from fory._bytes cimport load_u64_le, store_u32_le, store_u64_le
from fory_row._arrow_builder cimport Builder, append_validity, reserve
from fory_row._arrow_fault cimport (
    DECIMAL_TOO_WIDE, NO_MEMORY, NOT_UTF8, TOO_LARGE, WRONG_SIZE, Reading, spend, spoil,
)
from fory_row._layout cimport (
    AS_DECIMAL, AS_DECIMAL_BINARY, AS_UTF8, FIXED, LARGE, VIEW, Span, decimal_fits,
)
from fory_row._utf8 cimport is_ascii, is_utf8

cdef enum:
    INLINE = 12     # a view of so many bytes holds them itself
    SHORT = 16      # bytes that are moved at once, whatever is behind them


cdef bint read_bytes(
    Builder* b, const Span* bodies, int n, uint64_t nulls, Reading* r
) noexcept nogil:
    """Append ``n`` <= BATCH bodies that are in bounds; nulls have size 0."""
    cdef int64_t before = b.data.size, total = 0
    cdef int k
    cdef bint sound
    for k in range(n):
        total += bodies[k].size
    if b.node.variable and not spend(r, b.node, total):
        return False
    if b.node.access == AS_DECIMAL or b.node.wide == FIXED:
        sound = _fixed(b, bodies, n, nulls, r)
    elif b.node.wide == VIEW:
        sound = _views(b, bodies, n, total, r)
    else:
        sound = _strings(b, bodies, n, total, r)
    if not sound:
        return False
    if b.node.access == AS_UTF8 and not _all_utf8(b, before, bodies, n):
        return spoil(r, b.node, NOT_UTF8)
    return append_validity(b, nulls, n) or spoil(r, b.node, NO_MEMORY)


cdef bint _all_utf8(
    const Builder* b, int64_t before, const Span* bodies, int n
) noexcept nogil:
    """Check the characters just appended, one by one only when some are not ASCII."""
    cdef int k
    if b.node.wide != VIEW and is_ascii(b.data.bytes + before, b.data.size - before):
        return True
    for k in range(n):
        if not is_ascii(bodies[k].ptr, bodies[k].size):
            if not is_utf8(bodies[k].ptr, bodies[k].size):
                return False
    return True


cdef bint _strings(
    Builder* b, const Span* bodies, int n, int64_t total, Reading* r
) noexcept nogil:
    cdef bint large = b.node.wide == LARGE
    cdef int width = 8 if large else 4
    if not large and b.data.size + total > INT32_MAX:
        return spoil(r, b.node, TOO_LARGE)
    if not reserve(&b.data, total + SHORT) or not reserve(&b.offsets, n * width):
        return spoil(r, b.node, NO_MEMORY)
    if large:
        _append_strings(b, 8, bodies, n, r.end)
    else:
        _append_strings(b, 4, bodies, n, r.end)
    return True


cdef inline void _append_strings(
    Builder* b, int width, const Span* bodies, int n, const uint8_t* end
) noexcept nogil:
    """Append bodies and their offsets; bytes up to ``end`` may be read."""
    cdef uint8_t* offsets = b.offsets.bytes + b.offsets.size
    cdef uint8_t* data = b.data.bytes
    cdef int64_t at = b.data.size, size, k
    # Where 16 bytes can be read from; nowhere without an end.
    cdef size_t last = <size_t> end - SHORT if end != NULL else 0
    for k in range(n):
        size = bodies[k].size
        if size <= SHORT and <size_t> bodies[k].ptr <= last:
            memcpy(data + at, bodies[k].ptr, SHORT)
        else:
            _append(data + at, &bodies[k])
        at += size
        if width == 8:
            store_u64_le(offsets + 8 * k, at)
        else:
            store_u32_le(offsets + 4 * k, <uint32_t> at)
    b.data.size = at
    b.offsets.size += n * width


cdef inline void _append(uint8_t* to, const Span* body) noexcept nogil:
    """Copy a body; nothing beside it is read, for it may end with its block."""
    if body.size > SHORT:
        memcpy(to, body.ptr, body.size)
    elif body.size >= 8:
        store_u64_le(to, load_u64_le(body.ptr))
        store_u64_le(to + body.size - 8, load_u64_le(body.ptr + body.size - 8))
    else:
        _append_short(to, body.ptr, <int> body.size)


cdef inline void _append_short(uint8_t* to, const uint8_t* p, int n) noexcept nogil:
    """Copy less than 8 bytes by at most three overlapping stores."""
    if n >= 4:
        memcpy(to, p, 4)
        memcpy(to + n - 4, p + n - 4, 4)
    elif n:
        to[0] = p[0]
        to[n >> 1] = p[n >> 1]
        to[n - 1] = p[n - 1]


cdef bint _views(
    Builder* b, const Span* bodies, int n, int64_t total, Reading* r
) noexcept nogil:
    """A view is ``length, 12 bytes`` or ``length, prefix, buffer, offset``."""
    cdef uint8_t* view
    cdef int k
    if b.data.size + total > INT32_MAX:
        return spoil(r, b.node, TOO_LARGE)
    if not reserve(&b.data, total) or not reserve(&b.offsets, 16 * n):
        return spoil(r, b.node, NO_MEMORY)
    for k in range(n):
        view = b.offsets.bytes + b.offsets.size
        memset(view, 0, 16)
        store_u32_le(view, <uint32_t> bodies[k].size)
        if bodies[k].size <= INLINE:
            if bodies[k].size:
                memcpy(view + 4, bodies[k].ptr, bodies[k].size)
        else:
            memcpy(view + 4, bodies[k].ptr, 4)
            store_u32_le(view + 12, <uint32_t> b.data.size)
            memcpy(b.data.bytes + b.data.size, bodies[k].ptr, bodies[k].size)
            b.data.size += bodies[k].size
        b.offsets.size += 16
    return True


cdef bint _fixed(
    Builder* b, const Span* bodies, int n, uint64_t nulls, Reading* r
) noexcept nogil:
    """Append bodies of one width, or the low bytes of 32-byte decimals."""
    cdef bint official = b.node.access == AS_DECIMAL
    cdef bint decimal = official or b.node.access == AS_DECIMAL_BINARY
    cdef int64_t width = b.node.bits >> 3 if official else b.node.fixed
    cdef uint64_t needed = 32 if official else width
    cdef uint8_t* to
    cdef int k
    if not reserve(&b.data, n * width):
        return spoil(r, b.node, NO_MEMORY)
    to = b.data.bytes + b.data.size
    for k in range(n):
        if (nulls >> k) & 1:
            memset(to, 0, width)
        elif bodies[k].size != needed:
            return spoil(r, b.node, WRONG_SIZE)
        else:
            memcpy(to, bodies[k].ptr, width)
            if decimal and not decimal_fits(b.node, bodies[k].ptr, <int> needed):
                return spoil(r, b.node, DECIMAL_TOO_WIDE)
        to += width
    b.data.size += n * width
    return True
