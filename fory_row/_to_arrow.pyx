"""Rows to Arrow: find the rows of a chunk, read them without the GIL, export."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memset

from fory_row._arrow_builder cimport Builders, append_validity
from fory_row._arrow_column cimport BATCH
from fory_row._arrow_fault cimport (
    ARRAY_OUTSIDE, BODIES_OVERLAP, CODE_OUTSIDE, DECIMAL_TOO_WIDE, MAP_UNSOUND,
    NO_MEMORY, NOT_UTF8, NULL_NOT_ALLOWED, PAIR_OUTSIDE, ROW_TOO_SHORT,
    SOUND, TOO_LARGE, WRONG_SIZE, Reading,
)
from fory_row._block cimport Block
from fory_row._layout cimport Span
from fory_row._memory cimport Memory, allocate
from fory_row._plan cimport Plan, info_of
from fory_row._rows cimport RowsCore, place
from fory_row._stream cimport LINE, WORTH_STREAMING, fetch, stream_end
from fory_row._to_arrow_rows cimport read_rows

from fory.error import DecodeError

cdef int64_t CHUNK_ROWS = 1 << 16
cdef int64_t WINDOW = 1 << 10           # rows that are found at once
cdef int64_t SAMPLE = 1 << 9            # the first ones, by which sizes are foreseen
cdef int64_t CHUNK_BYTES = 1 << 30      # 32-bit offsets reach twice as far
cdef int64_t CACHED = 8192              # bytes of rows for one round of columns

_FAULTS = {
    ROW_TOO_SHORT: "is shorter than its fixed part",
    NULL_NOT_ALLOWED: "is null, its schema says not null",
    PAIR_OUTSIDE: "points outside of the value around it",
    ARRAY_OUTSIDE: "is an array whose count or size is impossible",
    MAP_UNSOUND: "is a map whose arrays do not fit into it, or have unequal counts",
    WRONG_SIZE: "has not the size that its type prescribes",
    CODE_OUTSIDE: "has a code outside of its dictionary",
    NOT_UTF8: "is not UTF-8",
    DECIMAL_TOO_WIDE: "has more digits than its type holds",
    BODIES_OVERLAP: "shares its bytes with another value",
    TOO_LARGE: (
        "takes more than 2 GiB in one piece, which its Arrow type cannot say; "
        "read fewer rows, or use a schema with the large type"
    ),
}


def read_chunk(RowsCore rows, int64_t start):
    """Read as many rows as fit into one Arrow batch.

    Parameters
    ----------
    rows : Rows
        Any selection.
    start : int
        Its first item to read.

    Returns
    -------
    batch : capsule
        ``arrow_array`` of a struct; a copy that owns its memory.
    stop : int
        The first item that was not read.

    Raises
    ------
    DecodeError
        If the bytes of a row are damaged; the message names field and item.
    """
    cdef Builders builders = Builders(rows.plan)
    cdef Memory absent = _absent_row(rows.plan)
    cdef Memory found = allocate(WINDOW * sizeof(Span))
    cdef int64_t stop = min(rows.n, start + CHUNK_ROWS), left = CHUNK_BYTES, n, failed
    cdef list owners = []
    cdef Reading reading
    cdef Extent extent
    cdef int64_t first = start, window = SAMPLE
    reading.fault = SOUND
    reading.absent = absent.bytes
    reading.lines = _lines(rows.plan)
    reading.large = (stop - start) * _slot_bytes(rows.plan) >= WORTH_STREAMING
    if not builders.prepare(stop - start):
        raise MemoryError("no memory for the Arrow arrays of the rows")
    while start < stop:
        n = min(stop - start, window)
        extent = _find(rows, start, n, <Span*> found.bytes, owners)
        if extent.least < rows.plan.root.fixed_bytes:
            raise _too_short(<const Span*> found.bytes, start, rows.plan)
        if extent.total > <uint64_t> left:
            n = _fitting(<const Span*> found.bytes, n, left)
            extent = _extent(<const Span*> found.bytes, n)
        if n == 0:
            break
        left = max(left - <int64_t> extent.total, <int64_t> 0)
        with nogil:
            failed = _read_all(
                builders, <const Span*> found.bytes, n, &extent, &reading
            )
        if failed >= 0:
            raise _error(&reading, start + failed)
        if start == first:
            builders.foresee(n, stop - start)
            window = WINDOW
        start += n
    return builders.export(), start


cdef int64_t _slot_bytes(Plan plan) noexcept:
    """Return the bytes of a row's numbers as Arrow keeps them."""
    cdef int64_t n_bytes = 0
    cdef uint32_t i
    for i in range(plan.root.n_children):
        if plan.root.children[i].scalar:
            n_bytes += plan.root.children[i].width
    return n_bytes


cdef int64_t _lines(Plan plan) noexcept:
    """Return about how many cache lines of a long row are read."""
    cdef int64_t n = 1  # with nulls
    cdef uint32_t i
    for i in range(plan.root.n_children):
        n += 1 if plan.root.children[i].scalar else 3  # with a body across two
    return n


# What rows that were found have in common.
cdef struct Extent:
    uint64_t least      # bytes of the shortest
    uint64_t total
    bint together       # one begins where another ends


cdef Extent _extent(const Span* rows, int64_t n) noexcept nogil:
    cdef Extent extent
    cdef const uint8_t* end = rows[0].ptr
    cdef int64_t k
    extent.least = <uint64_t> -1
    extent.total = 0
    extent.together = True
    for k in range(n):
        extent.together &= rows[k].ptr == end
        end = rows[k].ptr + rows[k].size
        extent.least = min(extent.least, rows[k].size)
        extent.total += rows[k].size
    return extent


cdef int64_t _fitting(const Span* rows, int64_t n, int64_t left) noexcept:
    """Return how many rows fit into a chunk; one does always if it is the first."""
    cdef bint empty = left == CHUNK_BYTES
    cdef int64_t k
    for k in range(n):
        left -= <int64_t> rows[k].size
        if left < 0 and not (empty and k == 0):
            return k
    return n


cdef Memory _absent_row(Plan plan):
    """Return bytes that read as a struct of zeros for every struct of the plan."""
    cdef uint64_t n_bytes = 16
    cdef Py_ssize_t i
    cdef Memory made
    for i in range(plan.n_nodes):
        n_bytes = max(n_bytes, plan.nodes[i].fixed_bytes)
    made = allocate(n_bytes)
    memset(made.bytes, 0, n_bytes)
    return made


cdef Extent _find(
    RowsCore rows, int64_t start, int64_t n, Span* spans, list owners
):
    """Find ``n`` rows and keep their blocks."""
    cdef Extent extent
    if rows.picks == NULL and rows.step == 1:
        if _find_range(rows, place(rows, start), n, spans, owners):
            extent.together = True
            extent.total = spans[n - 1].ptr + spans[n - 1].size - spans[0].ptr
            extent.least = _least(spans, n)
            return extent
    else:
        _find_each(rows, start, n, spans, owners)
    return _extent(spans, n)


cdef uint64_t _least(const Span* rows, int64_t n) noexcept nogil:
    cdef uint64_t least = <uint64_t> -1
    cdef int64_t k
    for k in range(n):
        least = min(least, rows[k].size)
    return least


cdef bint _find_range(
    RowsCore rows, int64_t row, int64_t n, Span* spans, list owners
) except -1:
    """Find ``n`` rows of the source that follow each other; True if in one block."""
    cdef int64_t stop = row + n, part
    cdef Py_ssize_t k
    cdef Block block
    while row < stop:
        k = rows.source.find(row)
        block = rows.source.block(k)
        part = min(stop, rows.source.first_row(k + 1)) - row
        block.spans(row - rows.source.first_row(k), part, spans)
        owners.append(block)
        spans += part
        row += part
    return n == part


cdef int _find_each(
    RowsCore rows, int64_t start, int64_t n, Span* spans, list owners
) except -1:
    """Find ``n`` items of any selection."""
    cdef int64_t first = 0, stop = 0, row, i
    cdef Py_ssize_t k
    cdef Block block = None
    for i in range(n):
        row = place(rows, start + i)
        if not first <= row < stop:
            k = rows.source.find(row)
            block = rows.source.block(k)
            first = rows.source.first_row(k)
            stop = rows.source.first_row(k + 1)
            owners.append(block)
        block.span(row - first, &spans[i])
    return 0


cdef int64_t _read_all(
    Builders builders, const Span* spans, int64_t n, const Extent* extent, Reading* r
) noexcept nogil:
    """Read all rows, a few at a time; return the one that is damaged, or -1."""
    cdef int64_t at = 0, budget, step, row_bytes = extent.total // n
    cdef int m, k
    r.end = spans[n - 1].ptr + spans[n - 1].size
    r.budget = extent.total
    step = min(max(CACHED // max(row_bytes, <int64_t> 1), 8), BATCH)
    while at < n:
        m = <int> min(n - at, step)
        _look_ahead(
            spans + at + m, min(n - at - m, step), row_bytes, extent.together,
            builders.builders.node.n_children, r,
        )
        budget = r.budget
        if not append_validity(builders.builders, 0, m):
            r.fault = NO_MEMORY
            return at
        if not extent.together:
            r.end = _common_end(spans + at, m)
        if not read_rows(builders.builders, spans + at, m, 0, r):
            # Which of them it was is found by reading them one by one.
            r.budget = budget
            for k in range(m):
                if not read_rows(builders.builders, spans + at + k, 1, 0, r):
                    return at + k
        at += m
    stream_end()
    return -1


cdef inline void _look_ahead(
    const Span* rows, int64_t n, int64_t row_bytes, bint together, uint32_t n_fields,
    Reading* r,
) noexcept nogil:
    """Ask for rows that are read next, or have the fields do it.

    The processor waits where it is asked for more lines at once than it can follow,
    and for lines that nobody reads.
    """
    cdef int64_t k
    r.ahead = r.beyond = NULL
    r.next = NULL
    r.n_next = 0
    if row_bytes > r.lines * LINE:
        r.next = rows
        r.n_next = n
        return
    if together and n > 0:
        r.ahead = rows[0].ptr
        r.beyond = rows[n - 1].ptr + rows[n - 1].size
        r.share = LINE * (1 + (r.beyond - r.ahead) // (LINE * max(n_fields, <uint32_t> 1)))
        return
    for k in range(n):
        fetch(rows[k].ptr, min(rows[k].size, <uint64_t> CACHED))


cdef inline const uint8_t* _common_end(const Span* rows, int n) noexcept nogil:
    """Return the end of rows that lie back to back; NULL where they do not."""
    return rows[n - 1].ptr + rows[n - 1].size if _extent(rows, n).together else NULL


cdef _too_short(const Span* spans, int64_t start, Plan plan):
    cdef int64_t k = 0
    while spans[k].size >= plan.root.fixed_bytes:
        k += 1
    return DecodeError(
        f"row {start + k} has {spans[k].size} bytes, the slots of its fields alone "
        f"take {plan.root.fixed_bytes}"
    )


cdef _error(const Reading* r, int64_t row):
    if r.fault == NO_MEMORY:
        return MemoryError("no memory for the Arrow arrays of the rows")
    return DecodeError(
        f"field {info_of(r.node).path!r} of row {row} {_FAULTS[r.fault]}"
    )
