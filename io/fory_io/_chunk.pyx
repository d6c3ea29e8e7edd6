"""Load the bodies of raw chunks."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from fory._bytes cimport up8
from fory._crc cimport crc32c
from fory_io._linear cimport (
    GROUP, GROUP_SHIFT, LINE_BYTES, Line, is_sound, n_lines, place,
)
from fory_io._map cimport Mapping
from fory_io._pages cimport PageGuard, guard_pages, n_pages
from fory_row._block cimport Block, Held
from fory_row._layout cimport Span

from fory.error import ChecksumError, DecodeError, TruncatedError

cdef enum:
    TAIL_BYTES = 32


cdef class FileBlock(Block):
    """Rows of one chunk, checked page by page as they are touched."""

    cdef int span(self, int64_t i, Span* out) except -1:
        cdef uint64_t at
        if self.units != NULL:
            at = self.size + 4 * <uint64_t> i
            self.pages.touch_page(at)
            self.pages.touch_page(at + 4)
        return Block.span(self, i, out)

    cdef int spans(self, int64_t first, int64_t n, Span* out) except -1:
        cdef uint64_t at = self.size + 4 * <uint64_t> first
        if self.units != NULL:
            self.pages.touch(at, at + 4 * <uint64_t> (n + 1))
        return Block.spans(self, first, n, out)

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
