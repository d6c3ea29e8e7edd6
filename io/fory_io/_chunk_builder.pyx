"""Build the bodies of chunks, raw or in blocks to be compressed."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

from fory._bytes cimport up8
from fory._crc cimport crc32c
from fory_io._chunk cimport LINEAR, STRIDE, UNITS, Tail
from fory_io._linear cimport linear_bytes, put_linear
from fory_io._pages cimport n_pages, sum_pages
from fory_io._planes cimport MAX_PLANES, to_planes
from fory_row._block cimport Block
from fory_row._layout cimport Span
from fory_row._memory cimport Memory, allocate
from fory_row._plan cimport Plan
from fory_row._rows cimport RowsCore

from fory.error import EncodeError

cdef enum:
    TAIL_BYTES = 32


cdef uint64_t ZEROS = 0


cdef class ChunkBuilder:
    """Gathers rows until a chunk is full, then appends index, checksums and tail.

    Parameters
    ----------
    max_rows : int
        Rows of a full chunk.
    max_bytes : int
        A chunk that has this many bytes of rows is full too.
    page_shift : int
        Binary logarithm of the bytes under one checksum.
    """
    cdef Memory memory                  # of the chunk, handed on with its body
    cdef uint8_t* data
    cdef uint64_t size
    cdef uint64_t capacity
    cdef uint64_t filled                # bytes of rows, those of the run included
    cdef const uint8_t* run             # rows that lie side by side, not copied yet
    cdef const uint8_t* run_end
    cdef uint32_t* units                # max_rows + 1 starts
    cdef readonly uint32_t n_rows
    cdef readonly uint32_t max_rows
    cdef readonly uint64_t max_bytes
    cdef int page_shift
    cdef readonly bint linear           # the row index written last is of kind 2

    def __cinit__(self, uint32_t max_rows, uint64_t max_bytes, int page_shift):
        self.max_rows = max_rows
        self.max_bytes = max_bytes
        self.page_shift = page_shift
        self.capacity = 1 << 16
        self.units = <uint32_t*> malloc((<size_t> max_rows + 1) * 4)
        if self.units == NULL:
            raise MemoryError
        self.units[0] = 0

    def __dealloc__(self):
        free(self.units)

    def __reduce__(self):
        raise TypeError("a chunk under construction cannot be pickled")

    @property
    def full(self):
        """Whether `take` would add nothing."""
        return self.is_full()

    @property
    def rows_bytes(self):
        """Bytes of the rows so far."""
        return self.filled

    cdef int reserve(self, uint64_t more) except -1:
        """Make room; a chunk begins with what the one before it took."""
        cdef Memory memory
        if self.memory is not None and self.size + more <= self.capacity:
            return 0
        while self.capacity < self.size + more:
            self.capacity *= 2
        memory = allocate(self.capacity)
        if self.size:
            memcpy(memory.bytes, self.data, self.size)
        self.memory = memory
        self.data = memory.bytes
        return 0

    cdef int append(self, const uint8_t* p, uint64_t n) except -1:
        self.reserve(n)
        if n:
            memcpy(self.data + self.size, p, n)
        self.size += n
        return 0

    def take(self, RowsCore rows not None, int64_t start, int64_t stop):
        """Copy items ``start`` to ``stop``, or as many as fit; return where it stopped."""
        cdef Block block
        cdef Span row
        cdef int64_t i = start, at, first, last
        cdef Py_ssize_t k
        if rows.picks != NULL or rows.step != 1:
            while i < stop and not self.is_full():
                block = rows.locate(i, &row)
                self.add_row(&row)
                self.close_run()
                i += 1
            return i
        while i < stop and not self.is_full():
            at = rows.first + i
            k = rows.source.find(at)
            block = rows.source.block(k)
            first = at - rows.source.first_row(k)
            last = min(block.n, first + stop - i)
            # Neighbours in memory are copied in one go.
            while first < last and not self.is_full():
                block.span(first, &row)
                if row.ptr != self.run_end:
                    self.close_run()
                self.add_row(&row)
                first += 1
                i += 1
            self.close_run()
        return i

    cdef bint is_full(self) noexcept:
        return self.n_rows == self.max_rows or self.filled >= self.max_bytes

    cdef int add_row(self, const Span* row) except -1:
        """Count a row that follows the run, or begins one."""
        if self.run == NULL:
            self.run = row.ptr
        self.run_end = row.ptr + row.size
        self.filled += up8(row.size)
        if self.filled >> 3 > 0xFFFFFFFF:
            raise EncodeError("the rows of one chunk exceed 32 GiB")
        self.n_rows += 1
        self.units[self.n_rows] = <uint32_t> (self.filled >> 3)
        if row.size & 7:
            self.close_run()
        return 0

    cdef int close_run(self) except -1:
        """Copy the rows of the run, padded to 8; they must still be alive."""
        if self.run_end != self.run:
            self.append(self.run, self.run_end - self.run)
            self.append(<const uint8_t*> &ZEROS, up8(self.size) - self.size)
        self.run = self.run_end = NULL
        return 0

    def block(self):
        """Return the rows so far as a block, valid until the builder changes."""
        cdef Block block = Block.__new__(Block)
        block.owner = self
        block.base = self.data
        block.size = self.filled
        block.n = self.n_rows
        block.units = self.units
        return block

    cdef uint32_t stride(self) noexcept nogil:
        """Return the width of every row, or 0 when they differ or are empty."""
        cdef uint32_t k, width = self.units[1]
        if self.n_rows == 0 or width == 0 or width >= 1 << 29:
            return 0
        for k in range(self.n_rows):
            if self.units[k + 1] - self.units[k] != width:
                return 0
        return width << 3

    cdef bint is_worth_lines(self, str row_index) except -1:
        """Whether the row index should be of kind 2."""
        cdef uint64_t lines, units = up8(4 * (<uint64_t> self.n_rows + 1))
        if row_index == "plain" or (row_index == "auto" and 16 * units <= self.filled):
            return False
        lines = linear_bytes(self.units, self.n_rows)
        if lines == 0 or row_index == "linear":
            return lines > 0
        # Found in one step instead of two, a plain index is given up only for a file
        # that is smaller by a sixteenth.
        return lines < units and 16 * (units - lines) > self.filled

    def finish(self, bint fixed, str row_index="plain"):
        """Append what follows the rows.

        Parameters
        ----------
        fixed : bool
            Whether the schema gives every row the same width; then no index is stored.
        row_index : {"plain", "linear", "auto"}
            Its kind otherwise: 1, 2, or what is worth it.

        Returns
        -------
        tuple of (memoryview, int)
            The body, which is the receiver's, and the checksum of its checksums and tail.
        """
        cdef Tail tail
        cdef uint64_t covered, sums
        memset(&tail, 0, sizeof(Tail))
        tail.rows_bytes = self.size
        tail.n_rows = self.n_rows
        tail.page_shift = <uint8_t> self.page_shift
        tail.tail_bytes = TAIL_BYTES
        tail.stride = self.stride() if fixed else 0
        if not tail.stride:
            self.put_index(&tail, row_index)
        self.linear = tail.index_kind == LINEAR
        covered = self.size
        sums = up8(4 * n_pages(covered, self.page_shift))
        self.reserve(sums + TAIL_BYTES)
        memset(self.data + covered, 0, sums)
        with nogil:
            sum_pages(
                self.data, covered, self.page_shift, <uint32_t*> (self.data + covered)
            )
        self.size += sums
        self.append(<const uint8_t*> &tail, TAIL_BYTES)
        body = memoryview(self.memory)[: self.size]
        return body, crc32c(0, self.data + covered, self.size - covered)

    cdef int put_index(self, Tail* tail, str row_index) except -1:
        """Append the row index."""
        tail.index_bytes = up8(4 * (<uint64_t> self.n_rows + 1))
        tail.index_kind = UNITS
        if self.is_worth_lines(row_index):
            tail.index_bytes = linear_bytes(self.units, self.n_rows)
            tail.index_kind = LINEAR
        self.reserve(tail.index_bytes)
        if tail.index_kind == LINEAR:
            put_linear(self.units, self.n_rows, self.data + self.size)
        else:
            memset(self.data + self.size + tail.index_bytes - 8, 0, 8)
            memcpy(self.data + self.size, self.units, 4 * (self.n_rows + 1))
        self.size += tail.index_bytes
        return 0

    def n_planes(self, Plan plan not None):
        """Return how many first bytes of the rows a compressed chunk has in planes.

        They are the bitmap and the slots, which all rows have at the same places.
        """
        cdef uint64_t n = min(up8(plan.root.fixed_bytes), <uint64_t> MAX_PLANES)
        cdef uint32_t k
        for k in range(self.n_rows):
            n = min(n, (<uint64_t> self.units[k + 1] - self.units[k]) << 3)
        return n

    def split(self, uint64_t target, bint fixed, uint64_t n_planes):
        """Cut the rows into blocks that are decoded alone.

        Parameters
        ----------
        target : int
            Bytes that a block should have; a longer row is a block of its own.
        fixed : bool
            As in `finish`.
        n_planes : int
            How many first bytes of the rows are to lie in planes.

        Returns
        -------
        list of (int, int, bytes, bytes)
            First row, bytes of the rows, and the raw block, rows and their index: as
            it is, and with planes.
        """
        cdef uint32_t first = 0, stop, k
        cdef uint64_t start, end
        cdef bint indexed = not (fixed and self.stride())
        cdef list out = []
        cdef bytearray index
        cdef uint32_t* units
        while first < self.n_rows:
            start = <uint64_t> self.units[first] << 3
            stop = first + 1
            while stop < self.n_rows and (
                (<uint64_t> self.units[stop + 1] << 3) - start <= target
            ):
                stop += 1
            end = <uint64_t> self.units[stop] << 3
            raw = (<char*> self.data)[start:end]
            if indexed:
                index = bytearray(4 * (stop - first + 1))
                units = <uint32_t*> <char*> index
                for k in range(stop - first + 1):
                    units[k] = self.units[first + k] - self.units[first]
                raw += index
            out.append((first, end - start, raw, self.planes(first, stop, n_planes, raw)))
            first = stop
        return out

    cdef bytearray planes(
        self, uint32_t first, uint32_t stop, uint64_t n_planes, bytes raw
    ):
        """Return a raw block with planes, and lengths of rows in place of starts."""
        cdef bytearray out = bytearray(raw)
        cdef uint32_t* lengths
        cdef uint32_t k
        cdef uint64_t rows_bytes = (<uint64_t> self.units[stop] - self.units[first]) << 3
        if n_planes == 0:
            return out
        to_planes(
            self.data, self.units + first, 0, stop - first, n_planes, <uint8_t*> out
        )
        if <uint64_t> len(out) > rows_bytes:
            lengths = <uint32_t*> (<uint8_t*> out + rows_bytes)
            for k in range(first, stop):
                lengths[k - first + 1] = self.units[k + 1] - self.units[k]
        return out

    def packed_tail(self, uint64_t table_bytes, bint fixed, uint64_t n_planes):
        """Return the tail of a compressed chunk with these rows."""
        cdef Tail tail
        memset(&tail, 0, sizeof(Tail))
        tail.rows_bytes = self.filled
        tail.index_bytes = table_bytes
        tail.n_rows = self.n_rows
        tail.tail_bytes = TAIL_BYTES
        tail.stride = self.stride() if fixed else 0
        tail.index_kind = STRIDE if tail.stride else UNITS
        tail.n_planes = <uint16_t> n_planes
        return (<char*> &tail)[:TAIL_BYTES]

    def reset(self):
        """Begin the next chunk, in memory of its own."""
        self.memory = None
        self.data = NULL
        self.size = 0
        self.filled = 0
        self.n_rows = 0
