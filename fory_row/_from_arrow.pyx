"""Arrow to rows: measure, allocate, write; the passes run without the GIL."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memmove

from fory_row._arrow_column cimport (
    BATCH, NO_MEMORY, NONE, NULL_IN_REQUIRED, Column, Columns,
    Failure, Reason,
)
from fory_row._block cimport Block
from fory_row._from_arrow_rows cimport write_rows
from fory_row._from_arrow_sizes cimport measure
from fory_row._memory cimport Memory, allocate
from fory_row._plan cimport Plan, info_of
from fory_row._stream cimport (
    LINE, WORTH_STREAMING, stream, stream_end,
)

from fory.error import EncodeError

cdef enum:
    ROW_LIMIT = 1 << 29         # units of 8 bytes: pairs reach 4 GiB
    BLOCK_LIMIT = 1 << 27       # units; larger blocks are cut
    CACHED = 8192               # bytes of rows that one round of columns should touch
    STAGE = 3 * CACHED


def encode(
    Plan plan, batch, remaps, int64_t start, int64_t stop, int64_t first_row
):
    """Write some rows of an Arrow batch.

    Parameters
    ----------
    plan : Plan
        Of the batch's schema.
    batch : capsule
        ``arrow_array`` of a struct without nulls of its own.
    remaps : sequence of (buffer of int64 or None)
        How the codes of each dictionary node change, in depth-first order.
    start, stop : int
        The rows to write.
    first_row : int
        What messages call row 0 of the batch.

    Returns
    -------
    list of Block
        Copies in memory of their own, usually one.

    Raises
    ------
    EncodeError
        For a null where none may be, a row of 4 GiB or more, or an Arrow array whose
        offsets or codes point outside; the message names field and row.
    """
    cdef Columns columns = Columns(plan, batch, remaps)
    cdef Column* root = columns.columns
    cdef list blocks = []
    cdef int64_t cut
    cdef Reason reason
    if not 0 <= start <= stop <= root.length:
        raise IndexError(f"rows {start} to {stop} of {root.length}")
    if plan.stride:
        return [_write_block(plan, root, start, stop, first_row)]
    with nogil:
        reason = measure(root, start, stop - start)
    if reason == NO_MEMORY:
        raise MemoryError("no memory for the sizes of the rows")
    if reason != NONE:
        raise EncodeError("an Arrow list has offsets that point outside its items")
    while start < stop:
        cut = _cut(root, start, stop, first_row)
        blocks.append(_write_block(plan, root, start, cut, first_row))
        start = cut
    return blocks


cdef int64_t _cut(
    const Column* root, int64_t start, int64_t stop, int64_t first_row
) except -1:
    """Return where the block that starts at a row has to end."""
    cdef const uint32_t* units = root.units - root.units_first
    cdef uint64_t total = 0
    cdef uint32_t any_ = 0
    cdef int64_t i
    # Whether any reaches a limit, which is a power of two, is told by all their bits.
    for i in range(start, stop):
        any_ |= units[i]
        total += units[i]
    if any_ < ROW_LIMIT and total <= BLOCK_LIMIT:
        return stop
    total = 0
    for i in range(start, stop):
        if units[i] >= ROW_LIMIT:
            raise EncodeError(
                f"row {first_row + i} takes 4 GiB or more, which its offsets cannot "
                "say; split its values or keep them outside the rows"
            )
        total += units[i]
        if total > BLOCK_LIMIT and i > start:
            return i
    return stop


cdef Block _write_block(
    Plan plan, const Column* root, int64_t start, int64_t stop, int64_t first_row
):
    cdef Block block = Block.__new__(Block)
    cdef int64_t n = stop - start, failed
    cdef Failure failure
    cdef Memory index, memory
    cdef uint32_t* units = NULL
    block.n = n
    block.stride = plan.stride
    block.size = n * plan.stride
    if not plan.stride:
        index = allocate((n + 1) * sizeof(uint32_t))
        units = <uint32_t*> index.bytes
        block.units = units
        block.index_owner = index
        block.size = _sum_units(root, start, n, units)
    memory = allocate(block.size)
    block.base = memory.bytes
    block.owner = memory
    failure.reason = NONE
    with nogil:
        failed = _write_all(root, start, n, units, memory.bytes, plan.stride, &failure)
    if failed >= 0:
        raise _error(&failure, first_row + failed)
    return block


cdef uint64_t _sum_units(
    const Column* root, int64_t start, int64_t n, uint32_t* units
) noexcept nogil:
    """Store where every row starts, in units, and return the bytes of all."""
    cdef const uint32_t* sizes = root.units + (start - root.units_first)
    cdef int64_t i
    units[0] = 0
    for i in range(n):
        units[i + 1] = units[i] + sizes[i]
    return <uint64_t> units[n] << 3


cdef int64_t _write_all(
    const Column* root, int64_t start, int64_t n, const uint32_t* units,
    uint8_t* base, int64_t stride, Failure* failure,
) noexcept nogil:
    """Write all rows, a few at a time; return the row that failed, or -1."""
    cdef uint8_t* rows[BATCH]
    cdef uint8_t stage[STAGE + LINE]
    cdef int64_t total = _n_bytes(n, units, stride), size = total // max(n, <int64_t> 1)
    cdef int step = <int> min(max(CACHED // max(size, <int64_t> 1), 8), <int64_t> BATCH)
    cdef bint large = total >= WORTH_STREAMING and <size_t> base % LINE == 0
    cdef uint64_t first, stop, waiting = 0
    cdef int64_t at = 0
    cdef uint8_t* to
    cdef int m, k
    while at < n:
        m = <int> min(n - at, <int64_t> step)
        first = _n_bytes(at, units, stride)
        stop = _n_bytes(at + m, units, stride)
        # Rows of a large block are put together in the cache; its whole lines go out,
        # and the bytes of a last line wait for those of the next rows.
        if large and stop - first <= STAGE:
            to = stage + waiting
        else:
            memcpy(base + first - waiting, stage, waiting)
            waiting = 0
            large = False
            to = base + first
        for k in range(m):
            rows[k] = to + (_n_bytes(at + k, units, stride) - first)
        if not write_rows(root, start + at, m, rows, failure):
            # Which of them it was is found by writing them one by one.
            for k in range(m):
                if not write_rows(root, start + at + k, 1, rows + k, failure):
                    return start + at + k
        if large:
            first -= waiting
            waiting = stop % LINE
            stream(base + first, stage, stop - waiting - first)
            memmove(stage, stage + (stop - waiting - first), waiting)
        at += m
    memcpy(base + total - waiting, stage, waiting)
    stream_end()
    return -1


cdef inline int64_t _n_bytes(
    int64_t n, const uint32_t* units, int64_t stride
) noexcept nogil:
    return <int64_t> units[n] << 3 if units != NULL else n * stride


cdef _error(const Failure* failure, int64_t row):
    path = info_of(failure.node).path
    if failure.reason == NULL_IN_REQUIRED:
        return EncodeError(
            f"field {path!r} is null in row {row}, its schema says not null; make the "
            "field nullable or fill the nulls"
        )
    return EncodeError(
        f"field {path!r} has a code in row {row} that is outside its dictionary"
    )
