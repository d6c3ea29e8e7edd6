"""The rows of a file that were not deleted; a file keeps the others in their places."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc

from fory_row._block cimport Block, Held, Source
from fory_row._layout cimport Span

from fory.error import DecodeError
from fory_io.narrowing import narrowed
from fory_io.ordered import open_order

cdef enum:
    HEAD_BYTES = 16


# The body of a frame of deletions starts with a head and a line for each chunk that
# has deletions.
cdef packed struct Head:
    uint64_t n_rows
    uint32_t n_chunks
    uint32_t unused


cdef packed struct Line:
    uint32_t chunk
    uint32_t n
    uint64_t offset


cdef inline int64_t rank(const uint16_t* places, int64_t n, int64_t row) noexcept nogil:
    """Return how many deleted rows lie before live row ``row``."""
    cdef int64_t low = 0, high = n, middle
    while low < high:
        middle = (low + high) >> 1
        if <int64_t> places[middle] - middle <= row:
            low = middle + 1
        else:
            high = middle
    return low


cdef inline int64_t lower(
    const uint16_t* places, int64_t n, int64_t place
) noexcept nogil:
    """Return how many deleted rows have a smaller place."""
    cdef int64_t low = 0, high = n, middle
    while low < high:
        middle = (low + high) >> 1
        if places[middle] < place:
            low = middle + 1
        else:
            high = middle
    return low


cdef class LiveBlock(Block):
    """The rows of a block without those at some places."""

    cdef int span(self, int64_t i, Span* out) except -1:
        return self.whole.span(i + rank(self.places, self.n_places, i), out)

    cdef int spans(self, int64_t first, int64_t n, Span* out) except -1:
        cdef int64_t at = rank(self.places, self.n_places, first), i
        for i in range(n):
            while at < self.n_places and self.places[at] - at <= first + i:
                at += 1
            self.whole.span(first + i + at, &out[i])
        return 0

    cdef int touch_all(self) except -1:
        return self.whole.touch_all()


cdef class LiveSource(Source):
    """The rows of a file without the deleted ones.

    Parameters
    ----------
    inner : FileSource
        All rows that the file stores.
    body : bytes-like
        The body of a frame of deletions, whose checksum was compared; kept.

    Raises
    ------
    DecodeError
        If the body contradicts itself or the file.
    """

    def __init__(self, Source inner not None, body):
        self.inner = inner
        self.home = inner.home
        self.label = inner.label
        self.body = Held(body)
        self.read_table()

    def __dealloc__(self):
        free(self.deleted)

    cdef int read_table(self) except -1:
        """Place the live rows; the places of each chunk are checked when it is used."""
        cdef const uint8_t* base = <const uint8_t*> self.body.view.buf
        cdef uint64_t size = self.body.view.len, total = 0
        cdef const Head* head = <const Head*> base
        cdef const Line* lines = <const Line*> (base + HEAD_BYTES)
        cdef Py_ssize_t k, j = 0, n = self.inner.n_blocks
        cdef uint64_t rows
        if size < HEAD_BYTES or head.n_chunks > (size - HEAD_BYTES) // sizeof(Line):
            raise self.contradiction("its table does not fit")
        self.n_deleted = head.n_chunks
        self.deleted = <Deleted*> calloc(max(self.n_deleted, 1), sizeof(Deleted))
        self.set_uniform(n, -1, 0)
        self.starts = <int64_t*> malloc((n + 1) * sizeof(int64_t))
        if self.deleted == NULL or self.starts == NULL:
            raise MemoryError
        for k in range(n):
            self.starts[k] = self.inner.first_row(k) - <int64_t> total
            if j == self.n_deleted or lines[j].chunk != <uint32_t> k:
                continue
            rows = self.inner.first_row(k + 1) - self.inner.first_row(k)
            if (
                lines[j].n > rows or lines[j].offset & 7 or lines[j].offset > size
                or 2 * <uint64_t> lines[j].n > size - lines[j].offset
            ):
                raise self.contradiction(f"line {j} of its table cannot be")
            self.deleted[j].chunk = lines[j].chunk
            self.deleted[j].n = lines[j].n
            self.deleted[j].places = <const uint16_t*> (base + lines[j].offset)
            total += lines[j].n
            j += 1
        self.starts[n] = self.n_rows = self.inner.n_rows - <int64_t> total
        if j != self.n_deleted or total != head.n_rows:
            raise self.contradiction("its chunks or rows do not add up")
        return 0

    def contradiction(self, str what):
        """Return the error for a body that cannot be."""
        return DecodeError(
            f"{self.label} is damaged: the deletions do not fit the file, {what}; read "
            f"an intact copy, or the commit before"
        )

    cdef Deleted* of_chunk(self, Py_ssize_t k) except? NULL:
        """Return the deletions of chunk ``k``, NULL when there are none."""
        cdef Py_ssize_t low = 0, high = self.n_deleted, middle
        while low < high:
            middle = (low + high) >> 1
            if self.deleted[middle].chunk < <uint32_t> k:
                low = middle + 1
            else:
                high = middle
        if low == self.n_deleted or self.deleted[low].chunk != <uint32_t> k:
            return NULL
        if not self.deleted[low].checked:
            self.check(&self.deleted[low])
        return &self.deleted[low]

    cdef int check(self, Deleted* d) except -1:
        """Raise unless the places ascend inside their chunk."""
        cdef int64_t rows = self.inner.first_row(d.chunk + 1)
        cdef uint32_t i
        cdef bint good = True
        rows -= self.inner.first_row(d.chunk)
        for i in range(1, d.n):
            good &= d.places[i - 1] < d.places[i]
        if not good or (d.n and d.places[d.n - 1] >= rows):
            raise self.contradiction(f"the places in chunk {d.chunk} cannot be")
        d.checked = True
        return 0

    cdef int64_t stored(self, int64_t row) except -1:
        """Return the number in the file of live row ``row``."""
        cdef Py_ssize_t k = self.find(row)
        cdef Deleted* d = self.of_chunk(k)
        cdef int64_t place = row - self.starts[k]
        if d != NULL:
            place += rank(d.places, d.n, place)
        return self.inner.first_row(k) + place

    cdef Block block(self, Py_ssize_t k):
        cdef Block whole = self.inner.block(k)
        cdef Deleted* d = self.of_chunk(k)
        cdef LiveBlock made
        if d == NULL:
            return whole
        made = LiveBlock.__new__(LiveBlock)
        made.owner = self.body
        made.whole = whole
        made.places = d.places
        made.n_places = d.n
        made.n = whole.n - d.n
        made.base = whole.base
        made.size = whole.size
        return made

    cdef Block locate(self, int64_t row, Span* out):
        return self.inner.locate(self.stored(row), out)

    def row_numbers(self, positions):
        """Return the numbers in the file of live rows, as a list."""
        return [self.stored(i) for i in positions]

    def position_of(self, int64_t number):
        """Return the position of a row among the live ones, -1 when it is deleted."""
        cdef Py_ssize_t k = self.inner.find(number)
        cdef Deleted* d = self.of_chunk(k)
        cdef int64_t place = number - self.inner.first_row(k), before = 0
        if d != NULL:
            before = lower(d.places, d.n, place)
            if before < d.n and d.places[before] == place:
                return -1
        return self.starts[k] + place - before

    def numbers(self):
        """Return per chunk with deletions its number and the deleted places."""
        cdef Py_ssize_t j, i
        cdef Deleted* d
        cdef list out = []
        for j in range(self.n_deleted):
            d = self.of_chunk(self.deleted[j].chunk)
            out.append((d.chunk, [d.places[i] for i in range(d.n)]))
        return out

    @property
    def nbytes(self):
        """Bytes of the live rows."""
        cdef int64_t total = self.inner.nbytes
        cdef Py_ssize_t j, i
        cdef Deleted* d
        cdef Block whole
        cdef Span row
        for j in range(self.n_deleted):
            d = self.of_chunk(self.deleted[j].chunk)
            whole = self.inner.block(d.chunk)
            for i in range(d.n):
                whole.span(d.places[i], &row)
                total -= row.size
        return total

    def memory_usage(self):
        """Return what the file says."""
        return self.inner.memory_usage()

    def prefetch(self, positions):
        """Fetch what the rows at ``positions`` need, in few round trips."""
        if self.home == "remote":
            self.inner.prefetch(self.row_numbers(positions))

    def candidates(self, schema, condition):
        """Return the ranges of rows that may meet a condition, by the statistics."""
        return row_ranges(self, self.inner.candidate_chunks(schema, condition))

    def key_index(self, plan):
        """Return what finds rows by their keys."""
        return self.inner.find_keys(plan, self)

    def order_index(self, plan, names):
        """Return what finds rows by ranges of their values."""
        return open_order(self.inner, plan, names, self)

    def narrowed(self, plan, condition, schema=None):
        """Return what a sorted index says of a condition."""
        return narrowed(self.inner, plan, condition, self, schema)

    def reopen(self):
        """Return a function and its arguments that open the same rows elsewhere."""
        return self.inner.reopen()

    def close(self):
        """Refuse further access and close the file."""
        Source.close(self)
        self.inner.close()


def row_ranges(Source source not None, chunks):
    """Return the rows of blocks with ascending numbers as few (first, stop) pairs."""
    cdef list out = []
    cdef Py_ssize_t k
    cdef int64_t start
    for k in chunks:
        start = source.first_row(k)
        if out and out[-1][1] == start:
            start = out.pop()[0]
        out.append((start, source.first_row(k + 1)))
    return out
