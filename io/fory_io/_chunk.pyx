"""Build and load the bodies of raw chunks."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

from fory._bytes cimport up8
from fory._crc cimport crc32c
from fory_io._linear cimport (
    GROUP, GROUP_SHIFT, LINE_BYTES, Line, is_sound, linear_bytes, n_lines, place,
    put_linear,
)
from fory_io._map cimport Mapping
from fory_io._pages cimport PageGuard, guard_pages, n_pages, sum_pages
from fory_io._planes cimport MAX_PLANES, to_planes
from fory_row._block cimport Block, Held
from fory_row._layout cimport Span
from fory_row._memory cimport Memory, allocate
from fory_row._plan cimport Plan
from fory_row._rows cimport RowsCore

from fory.error import ChecksumError, DecodeError, EncodeError, TruncatedError

cdef enum:
    TAIL_BYTES = 32


cdef uint64_t ZEROS = 0


cdef class FileBlock(Block):
    """Rows of one chunk, checked page by page as they are touched."""

    cdef int span(self, int64_t i, Span* out) except -1:
        cdef uint64_t at
        if self.units != NULL:
            at = self.size + 4 * <uint64_t> i
            self.pages.touch_page(at)
            self.pages.touch_page(at + 4)
        return Block.span(self, i, out)

    cdef int touch_all(self) except -1:
        self.pages.touch(0, self.pages.size)
        return 0

    @property
    def covered(self):
        """Bytes under page checksums: rows and row index."""
        return self.pages.size

    def extent(self, int64_t i):
        """Return where row ``i`` starts and ends; touches the row index alone."""
        cdef uint64_t at = self.size + 4 * <uint64_t> i
        if self.stride:
            return i * self.stride, (i + 1) * self.stride
        self.pages.touch(at, at + 8)
        return <uint64_t> self.units[i] << 3, <uint64_t> self.units[i + 1] << 3


cdef class LinearBlock(FileBlock):
    """Rows of one chunk with a row index of kind 2."""

    cdef int look(self, const void* start, uint64_t n) except -1:
        """Check bytes of the index before they are used."""
        cdef uint64_t at = <const uint8_t*> start - self.base
        if self.pages is not None:
            self.pages.touch(at, at + n)
        return 0

    cdef uint64_t start(self, int64_t i) except? 0:
        """Return where row ``i`` starts, or the last one ends, in bytes."""
        cdef const Line* line = self.lines + (i >> GROUP_SHIFT)
        cdef const uint8_t* words
        if i == self.n:
            line = self.lines + n_lines(self.n) - 1
            i = 0
        self.look(line, sizeof(Line))
        if not is_sound(line, self.n_words):
            raise DecodeError(
                f"the row index is damaged: its line {line - self.lines} cannot be; "
                f"read an intact copy"
            )
        words = self.words + 8 * <uint64_t> line.words
        self.look(words, 8 * <uint64_t> line.width)
        return place(line, words, i & (GROUP - 1)) << 3

    cdef int span(self, int64_t i, Span* out) except -1:
        cdef uint64_t start = self.start(i), stop = self.start(i + 1)
        if start > stop or stop > self.size:
            raise DecodeError(
                f"row {i} of the block lies at bytes {start} to {stop}, outside its "
                f"{self.size} bytes"
            )
        if self.pages is not None:
            self.pages.touch(start, stop)
        out.ptr = self.base + start
        out.size = stop - start
        return 0

    cdef int spans(self, int64_t first, int64_t n, Span* out) except -1:
        cdef int64_t i
        for i in range(n):
            self.span(first + i, &out[i])
        return 0

    cdef int touch_all(self) except -1:
        if self.pages is not None:
            self.pages.touch(0, self.pages.size)
        return 0

    def extent(self, int64_t i):
        """Return where row ``i`` starts and ends; touches the row index alone."""
        return self.start(i), self.start(i + 1)


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
        return self.size

    cdef int reserve(self, uint64_t more) except -1:
        """Make room; a chunk begins with what the one before it took."""
        cdef Memory memory
        if self.memory is not None and self.size + more <= self.capacity:
            return 0
        while self.capacity < self.size + more:
            self.capacity *= 2
        memory = allocate(self.capacity)
        memcpy(memory.bytes, self.data, self.size)
        self.memory = memory
        self.data = memory.bytes
        return 0

    cdef int append(self, const uint8_t* p, uint64_t n) except -1:
        self.reserve(n)
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
        block.size = self.size
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
        if row_index == "plain" or (row_index == "auto" and 16 * units <= self.size):
            return False
        lines = linear_bytes(self.units, self.n_rows)
        if lines == 0 or row_index == "linear":
            return lines > 0
        # Found in one step instead of two, a plain index is given up only for a file
        # that is smaller by a sixteenth.
        return lines < units and 16 * (units - lines) > self.size

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
        cdef uint32_t crc
        memset(&tail, 0, sizeof(Tail))
        tail.rows_bytes = self.size
        tail.n_rows = self.n_rows
        tail.page_shift = <uint8_t> self.page_shift
        tail.tail_bytes = TAIL_BYTES
        tail.stride = self.stride() if fixed else 0
        if not tail.stride and self.is_worth_lines(row_index):
            tail.index_kind = LINEAR
            tail.index_bytes = linear_bytes(self.units, self.n_rows)
            self.reserve(tail.index_bytes)
            put_linear(self.units, self.n_rows, self.data + self.size)
            self.size += tail.index_bytes
        elif not tail.stride:
            tail.index_kind = UNITS
            tail.index_bytes = up8(4 * (<uint64_t> self.n_rows + 1))
            self.reserve(tail.index_bytes)
            memset(self.data + self.size + tail.index_bytes - 8, 0, 8)
            memcpy(self.data + self.size, self.units, 4 * (self.n_rows + 1))
            self.size += tail.index_bytes
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
        crc = crc32c(0, self.data + covered, self.size - covered)
        self.linear = tail.index_kind == LINEAR
        return memoryview(self.memory)[: self.size], crc

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
        tail.rows_bytes = self.size
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


def load_chunk(body, int64_t n_rows, uint32_t crc, str what, uint64_t position, *,
               Mapping mapping=None, bint verify=True):
    """Make a block of a raw chunk's body.

    Parameters
    ----------
    body : bytes-like
        All bytes of the body, at an address that is a multiple of 8; kept alive.
    n_rows, crc : int
        What the directory says about it.
    what, position
        Name of the chunk and its place in the file, for messages.
    mapping : Mapping, optional
        The map in which the body lies.
    verify : bool
        Whether pages are checked when they are first touched.

    Raises
    ------
    DecodeError
        If the body contradicts itself or the directory.
    """
    cdef Held held = Held(body)
    cdef const uint8_t* base = <const uint8_t*> held.view.buf
    cdef uint64_t size = held.view.len
    cdef Tail tail
    cdef uint64_t covered, sums
    if size < TAIL_BYTES or size & 7:
        raise TruncatedError(f"{what} at byte {position} has {size} bytes only")
    memcpy(&tail, base + size - TAIL_BYTES, TAIL_BYTES)
    check_tail(&tail, size, n_rows, what, position)
    covered = tail.rows_bytes + tail.index_bytes
    sums = size - TAIL_BYTES - covered
    if verify and crc32c(0, base + covered, sums + TAIL_BYTES) != crc:
        raise ChecksumError(
            f"{what} is damaged: its checksums at byte {position + covered} differ "
            f"from the directory's; read an intact copy"
        )
    if not verify:
        return file_block(held, &tail) if tail.index_kind == LINEAR else (
            fill_block(Block.__new__(Block), held, &tail)
        )
    return _guarded(held, &tail, what, position, mapping)


def check_block(Block block not None):
    """Compare every checksum of a block and every row's place; return its rows."""
    cdef int64_t i
    cdef Span row
    block.touch_all()
    for i in range(block.n):
        block.span(i, &row)
    return block.n


cdef int check_tail(
    Tail* tail, uint64_t size, int64_t n_rows, str what, uint64_t position
) except -1:
    """Raise unless the parts that the tail declares make up the body exactly."""
    cdef uint64_t room = size - TAIL_BYTES, index = 0
    cdef bint good = tail.tail_bytes == TAIL_BYTES and tail.n_rows == n_rows
    good = good and tail.index_kind <= LINEAR and 6 <= tail.page_shift <= 30
    good = good and tail.rows_bytes <= room and tail.rows_bytes & 7 == 0
    if tail.index_kind == UNITS:
        index = up8(4 * (<uint64_t> tail.n_rows + 1))
        good = good and tail.stride == 0
    elif tail.index_kind == LINEAR:
        index = tail.index_bytes
        good = good and tail.stride == 0 and index & 7 == 0
        good = good and index >= LINE_BYTES * n_lines(tail.n_rows)
    else:
        good = good and tail.rows_bytes == <uint64_t> tail.stride * tail.n_rows
        good = good and tail.stride > 0
    good = good and tail.index_bytes == index and index <= room - tail.rows_bytes
    if good:
        index += tail.rows_bytes
        good = room - index == up8(4 * n_pages(index, tail.page_shift))
    if not good:
        raise DecodeError(
            f"{what} is damaged: the tail at byte {position + size - TAIL_BYTES} does "
            f"not describe its {n_rows} rows in {size} bytes; read an intact copy"
        )
    return 0


cdef Block fill_block(Block block, Held held, Tail* tail):
    cdef const uint8_t* base = <const uint8_t*> held.view.buf
    block.owner = held
    block.base = base
    block.size = tail.rows_bytes
    block.n = tail.n_rows
    block.stride = tail.stride
    if tail.index_kind == UNITS:
        block.units = <const uint32_t*> (base + tail.rows_bytes)
    return block


cdef FileBlock file_block(Held held, Tail* tail):
    """Return the rows of a chunk, not guarded yet."""
    cdef LinearBlock made
    cdef uint64_t lines = LINE_BYTES * n_lines(tail.n_rows)
    if tail.index_kind != LINEAR:
        return fill_block(FileBlock.__new__(FileBlock), held, tail)
    made = fill_block(LinearBlock.__new__(LinearBlock), held, tail)
    made.lines = <const Line*> (made.base + tail.rows_bytes)
    made.words = <const uint8_t*> made.lines + lines
    made.n_words = (tail.index_bytes - lines) >> 3
    return made


cdef FileBlock _guarded(
    Held held, Tail* tail, str what, uint64_t position, Mapping mapping
):
    cdef const uint8_t* base = <const uint8_t*> held.view.buf
    cdef uint64_t covered = tail.rows_bytes + tail.index_bytes
    cdef PageGuard pages = guard_pages(
        base, covered, <const uint32_t*> (base + covered), tail.page_shift,
        held,
    )
    cdef FileBlock block = file_block(held, tail)
    pages.mapping = mapping
    pages.what = what
    pages.position = position
    block.pages = pages
    block.guard = pages
    return block
