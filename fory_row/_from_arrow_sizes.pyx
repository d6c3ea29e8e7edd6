"""First pass of Arrow to rows: the bytes of every body, before anything is written.

A size of 4 GiB or more becomes UINT32_MAX; the row that it is part of is refused.
"""

from libc.stdint cimport UINT32_MAX, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport realloc

from fory._bytes cimport load_u32_le, up8
from fory_row._arrow_column cimport (
    BAD_OFFSETS, BATCH, NO_MEMORY, NONE, Column, Reason, items_of, lengths, load_i32,
    nulls_of,
)
from fory_row._from_arrow_bytes cimport is_text
from fory_row._layout cimport AS_MAP, AS_STRUCT, NARROW, Node, array_head, padded

cdef uint64_t HUGE = UINT32_MAX


cdef Reason measure(Column* c, int64_t first, int64_t n) noexcept nogil:
    """Fill ``c.body_bytes`` for ``n`` entries of a nested column from ``first`` on."""
    cdef Reason reason = _make_room(c, first, n)
    cdef uint32_t i
    if reason != NONE:
        return reason
    if c.node.access == AS_STRUCT:
        return _measure_structs(c, first, n)
    for i in range(c.node.n_children):
        reason = _measure_arrays(c, &c.children[i], first, n)
        if reason != NONE:
            return reason
    _add_arrays(c, n)
    return NONE


cdef Reason _make_room(Column* c, int64_t first, int64_t n) noexcept nogil:
    cdef uint32_t i
    c.first_measured = first
    if n <= c.room_measured:
        return NONE
    if not _grow(&c.body_bytes, n):
        return NO_MEMORY
    if c.node.access != AS_STRUCT:
        for i in range(c.node.n_children):
            if not _grow(&c.children[i].array_bytes, n):
                return NO_MEMORY
    c.room_measured = n
    return NONE


cdef bint _grow(uint32_t** sizes, int64_t n) noexcept nogil:
    cdef uint32_t* made = <uint32_t*> realloc(sizes[0], n * sizeof(uint32_t))
    if made == NULL:
        return False
    sizes[0] = made
    return True


cdef inline uint32_t _saturated(uint64_t n_bytes) noexcept nogil:
    return <uint32_t> min(n_bytes, HUGE)


cdef inline uint64_t _padded(const Node* node, uint64_t n_bytes) noexcept nogil:
    """Return the bytes of a padded body; HUGE or more if 32 bits cannot say them."""
    return padded(node, n_bytes) if n_bytes <= HUGE else HUGE


# -- structs ---------------------------------------------------------------------------


cdef Reason _measure_structs(Column* c, int64_t first, int64_t n) noexcept nogil:
    cdef uint64_t most = c.node.fixed_bytes     # that any entry can have so far
    cdef Column* child
    cdef Reason reason
    cdef int64_t k
    cdef uint32_t i
    for k in range(n):
        c.body_bytes[k] = <uint32_t> most
    for i in range(c.node.n_children):
        child = &c.children[i]
        if not child.node.variable:
            continue
        if is_nested(child.node):
            reason = measure(child, first, n)
            if reason != NONE:
                return reason
        if not _add_texts(child, first, n, c.body_bytes, &most):
            _add_lengths(child, first, n, c.body_bytes)
            most = HUGE
    return NONE


cdef bint _add_texts(
    const Column* c, int64_t first, int64_t n, uint32_t* total, uint64_t* most
) noexcept nogil:
    """Add strings without nulls in one plain loop; False where that could go wrong."""
    cdef const uint8_t* offsets = c.offsets + 4 * first
    cdef uint64_t extent
    cdef uint32_t size, signs = 0
    cdef int64_t k
    if not is_text(c.node) or c.node.wide != NARROW or c.validity != NULL or n == 0:
        return False
    extent = <uint64_t> (load_i32(offsets + 4 * n) - load_i32(offsets))
    if extent >> 31 or most[0] + extent + 7 >= HUGE:
        return False
    for k in range(n):
        signs |= load_u32_le(offsets + 4 * k + 4) - load_u32_le(offsets + 4 * k)
    if signs >> 31:
        return False
    for k in range(n):
        size = load_u32_le(offsets + 4 * k + 4) - load_u32_le(offsets + 4 * k)
        total[k] += (size + 7) & ~<uint32_t> 7
    most[0] += extent + 7
    return True


cdef void _add_lengths(
    const Column* c, int64_t first, int64_t n, uint32_t* total
) noexcept nogil:
    cdef uint64_t sizes[BATCH]
    cdef int64_t at = 0
    cdef int m, k
    while at < n:
        m = <int> min(n - at, <int64_t> BATCH)
        lengths(c, first + at, m, nulls_of(c, first + at, m), sizes)
        for k in range(m):
            total[at + k] = _saturated(total[at + k] + _padded(c.node, sizes[k]))
        at += BATCH


# -- lists and maps --------------------------------------------------------------------


cdef Reason _measure_arrays(
    const Column* c, Column* item, int64_t first, int64_t n
) noexcept nogil:
    """Fill ``item.array_bytes`` with the sizes of the arrays of entries of ``c``."""
    cdef int64_t starts[BATCH]
    cdef int64_t stops[BATCH]
    cdef Reason reason
    cdef int64_t at = 0
    cdef int m, k
    if item.node.variable and is_nested(item.node):
        reason = _measure_items(c, item, first, n)
        if reason != NONE:
            return reason
    while at < n:
        m = <int> min(n - at, <int64_t> BATCH)
        if not items_of(c, first + at, m, nulls_of(c, first + at, m), starts, stops):
            return BAD_OFFSETS
        for k in range(m):
            item.array_bytes[at + k] = _saturated(
                _array_size(item, starts[k], stops[k])
            )
        at += BATCH
    return NONE


cdef Reason _measure_items(
    const Column* c, Column* item, int64_t first, int64_t n
) noexcept nogil:
    """Measure the items that any of the entries uses."""
    cdef int64_t starts[BATCH]
    cdef int64_t stops[BATCH]
    cdef int64_t low = item.length, high = 0, at = 0
    cdef int m, k
    while at < n:
        m = <int> min(n - at, <int64_t> BATCH)
        if not items_of(c, first + at, m, nulls_of(c, first + at, m), starts, stops):
            return BAD_OFFSETS
        for k in range(m):
            if starts[k] < stops[k]:
                low = min(low, starts[k])
                high = max(high, stops[k])
        at += BATCH
    return measure(item, low, high - low) if low < high else NONE


cdef uint64_t _array_size(
    const Column* item, int64_t start, int64_t stop
) noexcept nogil:
    """Return the bytes of an array of the items from ``start`` to ``stop``."""
    cdef uint64_t sizes[BATCH]
    cdef uint64_t n = stop - start
    cdef uint64_t total = array_head(item.node, n) + up8(n * item.node.width)
    cdef int64_t m, k
    if not item.node.variable:
        return total
    if item.body_bytes != NULL and item.validity == NULL:
        for k in range(start - item.first_measured, stop - item.first_measured):
            total += item.body_bytes[k]
        return total
    if is_text(item.node) and item.node.wide == NARROW and item.validity == NULL:
        for k in range(start, stop):
            total += _padded(
                item.node,
                load_i32(item.offsets + 4 * k + 4) - load_i32(item.offsets + 4 * k),
            )
        return total
    while start < stop:
        m = min(stop - start, <int64_t> BATCH)
        lengths(item, start, <int> m, nulls_of(item, start, <int> m), sizes)
        for k in range(m):
            total += _padded(item.node, sizes[k])
        start += m
    return total


cdef void _add_arrays(Column* c, int64_t n) noexcept nogil:
    """A list is its array; a map is the size of its keys, then both arrays."""
    cdef const uint32_t* first = c.children[0].array_bytes
    cdef const uint32_t* second
    cdef int64_t k
    if c.node.access == AS_MAP:
        second = c.children[1].array_bytes
        for k in range(n):
            c.body_bytes[k] = _saturated(<uint64_t> 8 + first[k] + second[k])
    else:
        for k in range(n):
            c.body_bytes[k] = first[k]
