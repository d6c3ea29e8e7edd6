"""Copy strings, binaries and decimals into the bodies of rows and arrays."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from fory._bytes cimport load_u32_le, load_u64_le, store_u64_le, up8
from fory_row._arrow_column cimport (
    BATCH, NONE, NULL_IN_REQUIRED, Column, Reason, keep, load_i32, load_i64, nulls_of,
)
from fory_row._from_arrow_fixed cimport write_array_head
from fory_row._layout cimport (
    AS_DECIMAL, FIXED, LARGE, VIEW, array_head, count_bytes, make_pair,
)
from fory_row._stream cimport fetch

cdef enum:
    INLINE = 12     # a view of so many bytes holds them itself
    FETCHED = 1024  # bytes of the next entries that are asked for, at most


cdef void copy_bytes(
    const Column* c, int64_t first, int n, uint64_t nulls, uint8_t** bodies,
    const uint64_t* sizes,
) noexcept nogil:
    """Write ``n`` bodies and their padding; a null has size 0 and no body.

    Only in a slot of its own (row_format 7.3) a null has as many zeros as a value.
    """
    if c.node.access == AS_DECIMAL:
        _copy_decimals(c, first, n, nulls, bodies)
    elif not c.node.variable:
        _copy_in_place(c, first, n, nulls, bodies)
    elif c.node.wide == FIXED:
        _copy_fixed(c, first, n, bodies, sizes)
    elif c.node.wide == VIEW:
        _copy_views(c, first, n, bodies, sizes)
    elif c.node.wide == LARGE:
        _copy_large(c, first, n, bodies, sizes)
    else:
        _copy_narrow(c, first, n, bodies, sizes)


# What stays of the two words of a body of up to 16 bytes.
cdef uint64_t[17] LOW
cdef uint64_t[17] HIGH


cdef void _fill_masks() noexcept:
    cdef int n
    for n in range(17):
        LOW[n] = (<uint64_t> 1 << (8 * n)) - 1 if n < 8 else <uint64_t> -1
        HIGH[n] = LOW[n - 8] if n > 8 else 0


_fill_masks()


cdef inline void _copy_short(
    uint8_t* to, const uint8_t* source, uint64_t n
) noexcept nogil:
    """Copy up to 16 bytes, padded with zeros, out of 16 that may be read.

    Both words are stored, the high one first: a body of 8 bytes or less takes its place
    back, and an empty one goes nowhere.
    """
    cdef uint64_t nothing
    cdef uint64_t low = load_u64_le(source) & LOW[n]
    cdef uint64_t high = load_u64_le(source + 8) & HIGH[n]
    to = to if n else <uint8_t*> &nothing
    store_u64_le(to + ((n > 8) << 3), high)
    store_u64_le(to, low)


cdef inline void _copy(
    uint8_t* to, const uint8_t* source, uint64_t n, const uint8_t* end
) noexcept nogil:
    """Copy ``n`` bytes and pad with zeros; nothing at or behind ``end`` is read."""
    if n <= 16 and end - source >= 16:
        _copy_short(to, source, n)
    elif n:
        store_u64_le(to + up8(n) - 8, 0)
        memcpy(to, source, n)


# -- the usual strings and binaries: pairs and bodies in one go -----------------------


cdef void write_texts(
    const Column* c, int64_t first, int n, uint64_t nulls, uint8_t** rows,
    uint64_t* cursors,
) noexcept nogil:
    """Write the slots and bodies of ``n`` entries; cursors tell where bodies go."""
    if c.node.wide == LARGE:
        _write_texts(c, 8, first, n, nulls, rows, cursors)
    elif nulls:
        _write_texts(c, 4, first, n, nulls, rows, cursors)
    else:
        _write_texts(c, 4, first, n, 0, rows, cursors)


cdef inline void _write_texts(
    const Column* c, int width, int64_t first, int n, uint64_t nulls, uint8_t** rows,
    uint64_t* cursors,
) noexcept nogil:
    cdef const uint8_t* offsets = c.offsets + width * first
    cdef uint32_t slot = c.node.slot
    cdef int64_t start, stop = _offset(offsets, width)
    cdef int64_t last = _offset(offsets + width * n, width)
    # What can be read behind any of the strings, short ones of which go as 16 bytes.
    cdef int64_t beyond = c.end - (c.data + last)
    cdef int64_t n_short = 16 if beyond >= 16 else -1
    cdef uint64_t size, kept
    cdef int64_t k
    # The next entries are wanted when all other columns had their turn.
    fetch(offsets + width * n, width * n)
    fetch(c.data + last, min(last - stop, FETCHED))
    for k in range(n):
        start = stop
        stop = _offset(offsets + width * (k + 1), width)
        kept = keep(nulls, k)
        size = <uint64_t> (stop - start) & kept
        store_u64_le(rows[k] + slot, make_pair(cursors[k], size) & kept)
        _copy_text(rows[k] + cursors[k], c.data + start, size, n_short, c.end)
        cursors[k] += up8(size)


cdef inline void _copy_text(
    uint8_t* to, const uint8_t* source, uint64_t n, int64_t n_short, const uint8_t* end
) noexcept nogil:
    if <int64_t> n <= n_short:
        _copy_short(to, source, n)
    elif n:
        _copy(to, source, n, end)


cdef Reason write_text_array(
    const Column* c, int64_t start, int64_t n, uint8_t* to
) noexcept nogil:
    """Write a whole array of items ``start`` to ``start + n``."""
    cdef uint64_t head = array_head(c.node, n), cursor = head + 8 * n, nulls
    cdef int64_t at = 0
    cdef int m
    write_array_head(to, n, head)
    while at < n:
        m = <int> min(n - at, <int64_t> BATCH)
        nulls = nulls_of(c, start + at, m)
        if nulls:
            if not c.node.nullable:
                return NULL_IN_REQUIRED
            memcpy(to + count_bytes(c.node) + (at >> 3), &nulls, (m + 7) >> 3)
        if c.node.wide == LARGE:
            cursor = _write_items(c, 8, start + at, m, nulls, to, head + 8 * at, cursor)
        else:
            cursor = _write_items(c, 4, start + at, m, nulls, to, head + 8 * at, cursor)
        at += m
    return NONE


cdef inline uint64_t _write_items(
    const Column* c, int width, int64_t first, int n, uint64_t nulls, uint8_t* to,
    uint64_t slot, uint64_t cursor,
) noexcept nogil:
    """Write the slots and bodies of items of one array; return where bodies end."""
    cdef const uint8_t* offsets = c.offsets + width * first
    cdef int64_t start, stop = _offset(offsets, width)
    cdef int64_t beyond = c.end - (c.data + _offset(offsets + width * n, width))
    cdef int64_t n_short = 16 if beyond >= 16 else -1
    cdef uint64_t size, kept
    cdef int64_t k
    for k in range(n):
        start = stop
        stop = _offset(offsets + width * (k + 1), width)
        kept = keep(nulls, k)
        size = <uint64_t> (stop - start) & kept
        store_u64_le(to + slot + 8 * k, make_pair(cursor, size) & kept)
        _copy_text(to + cursor, c.data + start, size, n_short, c.end)
        cursor += up8(size)
    return cursor


cdef inline int64_t _offset(const uint8_t* p, int width) noexcept nogil:
    return load_i64(p) if width == 8 else load_i32(p)


# -- all others: bodies whose places are known ----------------------------------------


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


cdef void _copy_in_place(
    const Column* c, int64_t first, int n, uint64_t nulls, uint8_t** slots
) noexcept nogil:
    cdef uint32_t width = c.node.width
    cdef int k
    for k in range(n):
        if (nulls >> k) & 1:
            memset(slots[k], 0, width)
        elif width:
            memcpy(slots[k], c.data + (first + k) * width, width)


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
