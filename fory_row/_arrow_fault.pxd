"""What can be wrong with the bytes of rows that are read into Arrow."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from fory._bytes cimport load_u32_le, load_u64_le
from fory_row._layout cimport Elements, Node, Span


cdef enum Fault:
    SOUND
    ROW_TOO_SHORT
    NULL_NOT_ALLOWED
    PAIR_OUTSIDE
    ARRAY_OUTSIDE
    MAP_UNSOUND
    WRONG_SIZE
    CODE_OUTSIDE
    NOT_UTF8
    DECIMAL_TOO_WIDE
    BODIES_OVERLAP
    TOO_LARGE
    NO_MEMORY


cdef struct Reading:
    Fault fault
    const Node* node        # where it is
    int64_t budget          # bytes of bodies that the rows can still hold
    const uint8_t* absent   # reads as a struct whose fields are all zero
    bint large              # more goes to Arrow than the caches hold
    const uint8_t* end      # bytes from any body of the batch to here may be read
    const uint8_t* ahead    # rows that are read next, from here
    const uint8_t* beyond   # to here: every field asks for its share of them
    int64_t share           # in bytes
    int64_t lines           # cache lines of a row that are read, about
    const Span* next        # or: rows that are read next, of which few lines are needed
    int64_t n_next


cdef inline bint spoil(Reading* r, const Node* node, Fault fault) noexcept nogil:
    """Note what is wrong and return False."""
    r.fault = fault
    r.node = node
    return False


cdef inline bint spend(Reading* r, const Node* node, int64_t n_bytes) noexcept nogil:
    """Take bytes from the budget.

    Bodies lie apart, so together they take no more than the rows do. Without this a
    few pairs that point at one another's bodies would ask for any amount of memory.
    """
    r.budget -= n_bytes
    return r.budget >= 0 or spoil(r, node, BODIES_OVERLAP)


cdef inline uint64_t nulls_of_items(
    const Node* node, const Elements* items, int64_t at
) noexcept nogil:
    """Return the nulls among the 32 items from ``at`` on, a multiple of 32."""
    cdef int64_t left = items.n - at
    cdef uint64_t nulls = 0
    cdef int64_t k, n_bytes = min((left + 7) >> 3, <int64_t> 4)
    if items.bitmap == NULL:
        return 0
    if not node.compact:
        nulls = load_u32_le(items.bitmap + (at >> 3))
    else:
        # A compact bitmap ends at its last byte.
        for k in range(n_bytes):
            nulls |= <uint64_t> items.bitmap[(at >> 3) + k] << (8 * k)
    return nulls & ((<uint64_t> 1 << left) - 1) if left < 32 else nulls


cdef inline int64_t follow(
    uint64_t pair, const uint8_t* base, uint64_t size, uint64_t first, Span* out
) noexcept nogil:
    """Resolve a pair as `take_pair` does; negative when it points outside.

    Without a branch: no difference may be negative.
    """
    cdef uint64_t offset = pair >> 32
    cdef uint64_t left = size - offset
    out.ptr = base + offset
    out.size = <uint32_t> pair
    return <int64_t> ((offset - first) | left | (left - out.size))


cdef inline bint take_pairs(
    const Span* rows, int n, uint32_t slot, uint64_t first, Span* out
) noexcept nogil:
    """Resolve a pair of every row; False when one points outside."""
    cdef int64_t wrong = 0, k
    for k in range(n):
        wrong |= follow(
            load_u64_le(rows[k].ptr + slot), rows[k].ptr, rows[k].size, first, &out[k]
        )
    return wrong >= 0


cdef inline bint take_item_pairs(
    const Elements* items, int64_t at, int64_t n, Span* out
) noexcept nogil:
    """Resolve the pairs of items from ``at`` on; False when one points outside."""
    cdef const uint8_t* base = items.base
    cdef const uint8_t* data = items.data + 8 * at
    cdef uint64_t size = items.size, first = items.body
    cdef int64_t wrong = 0, k
    for k in range(n):
        wrong |= follow(load_u64_le(data + 8 * k), base, size, first, &out[k])
    return wrong >= 0
