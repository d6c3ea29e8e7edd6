"""Write values that lie in the slot itself, many rows or one array at a time."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from fory._bytes cimport store_u32_le, store_u64_le
from fory_row._arrow_column cimport BATCH, NONE, Column, Reason
from fory_row._stream cimport fetch


# The slots of a column for up to BATCH rows, as words: in Arrow's own buffer, or
# widened. Of a narrow slot the low bytes count.
cdef struct Lane:
    const uint8_t* words
    uint64_t nulls
    uint32_t slot
    uint32_t width          # bytes of the slot
    uint64_t room[BATCH]


cdef Reason widen(
    const Column* c, int64_t first, int n, uint64_t nulls, uint64_t* words
) noexcept nogil
cdef void write_lane(const Lane* lane, int n, uint8_t** rows) noexcept nogil
cdef void write_two_lanes(
    const Lane* a, const Lane* b, int n, uint8_t** rows
) noexcept nogil


cdef inline Reason lane_of(
    const Column* c, int64_t first, int n, uint64_t nulls, Lane* lane
) noexcept nogil:
    """Make the slots of ``n`` <= BATCH entries from ``first`` on, side by side."""
    cdef uint32_t width = c.node.width
    lane.words = c.data + first * width
    lane.nulls = nulls
    lane.slot = c.node.slot
    lane.width = width if c.node.compact else 8
    # The next entries of this column are wanted when all others had their turn.
    fetch(lane.words + n * width, n * width)
    if width == 8 and c.remap == NULL:
        return NONE
    lane.words = <const uint8_t*> lane.room
    return widen(c, first, n, nulls, lane.room)


cdef Reason write_array(
    const Column* c, int64_t start, int64_t n, uint8_t* to
) noexcept nogil


cdef inline void write_array_head(
    uint8_t* to, uint64_t n, uint64_t head
) noexcept nogil:
    """Write the count and a bitmap without nulls, ahead of the items.

    The items take what is stored behind a compact head of any number of bytes.
    """
    cdef uint64_t at
    if n == 0 and head < 8:
        store_u32_le(to, 0)
        return
    store_u64_le(to, n)
    for at in range(8, head, 8):
        store_u64_le(to + at, 0)
