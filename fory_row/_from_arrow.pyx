"""Arrow to rows: measure, allocate, write; the passes run without the GIL."""

from libc.stdint cimport UINT32_MAX, int64_t, uint8_t, uint32_t, uint64_t
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
    BLOCK_LIMIT = 1 << 30       # bytes; larger blocks are cut
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
    cdef const uint32_t* sizes = root.body_bytes - root.first_measured
    cdef uint64_t total = 0
    cdef int64_t i
    for i in range(start, stop):
        total += sizes[i]
    if total <= BLOCK_LIMIT:
        return stop
    total = 0
    for i in range(start, stop):
        if sizes[i] == UINT32_MAX:
            raise EncodeError(
                f"row {first_row + i} takes 4 GiB or more, which its offsets cannot "
                "say; split its values or keep them outside the rows"
            )
        total += sizes[i]
        if total > BLOCK_LIMIT and i > start:
            return i
    return stop


cdef Block _write_block(
    Plan plan, const Column* root, int64_t start, int64_t stop, int64_t first_row
):
    cdef Block block = Block.__new__(Block)
    cdef int64_t n = stop - start, failed
    cdef Failure failure
    cdef Memory memory
    cdef Places places
    block.n = n
    block.stride = plan.stride
    if not plan.stride:
        _add_index(block, root, start)
    places.stride = block.stride
    places.units = block.units
    places.offsets = block.offsets
    block.size = _place(places, n)
    memory = allocate(block.size)
    block.base = memory.bytes
    block.owner = memory
    failure.reason = NONE
    with nogil:
        failed = _write_all(root, start, n, places, memory.bytes, &failure)
    if failed >= 0:
        raise _error(&failure, first_row + failed)
    return block


cdef _add_index(Block block, const Column* root, int64_t start):
    """Store where every row starts: in units of 8 bytes, or in bytes if compact."""
    cdef const uint32_t* sizes = root.body_bytes + (start - root.first_measured)
    cdef size_t width = 8 if root.node.compact else 4
    cdef Memory index = allocate((block.n + 1) * width)
    cdef uint32_t* units = <uint32_t*> index.bytes
    cdef uint64_t* offsets = <uint64_t*> index.bytes
    cdef int64_t i
    block.index_owner = index
    if root.node.compact:
        block.offsets = offsets
        offsets[0] = 0
        for i in range(block.n):
            offsets[i + 1] = offsets[i] + sizes[i]
    else:
        block.units = units
        units[0] = 0
        for i in range(block.n):
            units[i + 1] = units[i] + (sizes[i] >> 3)


# Where the rows of a block start, said in one of the ways of `Block`.
cdef struct Places:
    int64_t stride
    const uint32_t* units
    const uint64_t* offsets


cdef inline int64_t _place(Places places, int64_t i) noexcept nogil:
    if places.units != NULL:
        return <int64_t> places.units[i] << 3
    if places.offsets != NULL:
        return places.offsets[i]
    return i * places.stride


cdef int64_t _write_all(
    const Column* root, int64_t start, int64_t n, Places places, uint8_t* base,
    Failure* failure,
) noexcept nogil:
    """Write all rows, a few at a time; return the row that failed, or -1."""
    cdef uint8_t* rows[BATCH]
    cdef uint8_t stage[STAGE + LINE]
    cdef int64_t total = _place(places, n), size = total // max(n, <int64_t> 1)
    cdef int step = <int> min(max(CACHED // max(size, <int64_t> 1), 8), <int64_t> BATCH)
    cdef bint large = total >= WORTH_STREAMING and <size_t> base % LINE == 0
    cdef uint64_t first, stop, waiting = 0
    cdef int64_t at = 0
    cdef uint8_t* to
    cdef int m, k
    while at < n:
        m = <int> min(n - at, <int64_t> step)
        first = _place(places, at)
        stop = _place(places, at + m)
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
            rows[k] = to + (_place(places, at + k) - first)
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
