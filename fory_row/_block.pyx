"""Blocks of rows and the sources that hand them out."""

from cpython.buffer cimport (
    PyBUF_SIMPLE, PyBuffer_FillInfo, PyBuffer_Release, PyObject_GetBuffer,
)
from cpython.object cimport PyObject
from cpython.ref cimport Py_XDECREF, Py_INCREF
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc

from fory_row._layout cimport Span

from fory.error import DecodeError, TruncatedError


cdef class Guard:
    """Looks at bytes of a block before they are used for the first time."""

    cdef int touch(self, uint64_t start, uint64_t stop) except -1:
        """Raise unless the bytes from ``start`` to ``stop`` of the block are sound."""
        return 0


cdef class Held:
    """One contiguous buffer of a Python object, held until this is freed."""

    def __cinit__(self, obj):
        try:
            PyObject_GetBuffer(obj, &self.view, PyBUF_SIMPLE)
        except BufferError as e:
            raise ValueError(f"rows need contiguous memory: {e}") from e
        except TypeError as e:
            raise TypeError(
                f"rows are read from bytes-like objects, not {type(obj).__name__}"
            ) from e

    def __dealloc__(self):
        PyBuffer_Release(&self.view)


cdef class Block:
    """Rows that lie back to back under one owner; made by the kernels and readers."""

    def __len__(self):
        return self.n

    def __reduce__(self):
        raise TypeError("a block is memory; pickle the rows that use it")

    cdef int span(self, int64_t i, Span* out) except -1:
        """Point ``out`` at row ``i`` (0 <= i < n), checked against the block."""
        cdef uint64_t start, stop
        if self.stride:
            start = <uint64_t> (i * self.stride)
            stop = start + <uint64_t> self.stride
        elif self.units != NULL:
            start = <uint64_t> self.units[i] << 3
            stop = <uint64_t> self.units[i + 1] << 3
        else:
            start = self.offsets[i]
            stop = self.offsets[i + 1]
        if start > stop or stop > self.size:
            raise DecodeError(
                f"row {i} of the block lies at bytes {start} to {stop}, outside its "
                f"{self.size} bytes"
            )
        if self.guard is not None:
            self.guard.touch(start, stop)
        out.ptr = self.base + start
        out.size = stop - start
        return 0

    cdef int spans(self, int64_t first, int64_t n, Span* out) except -1:
        """Point ``out`` at ``n`` rows from ``first`` on, each checked as `span` does."""
        cdef int64_t i
        if not _spans(self, first, n, out):
            for i in range(n):
                self.span(first + i, &out[i])
        elif n and self.guard is not None:
            self.guard.touch(
                out[0].ptr - self.base, out[n - 1].ptr + out[n - 1].size - self.base
            )
        return 0

    cdef int touch_all(self) except -1:
        if self.guard is not None:
            self.guard.touch(0, self.size)
        return 0

    def __getbuffer__(self, Py_buffer* view, int flags):
        self.touch_all()
        PyBuffer_FillInfo(view, self, <void*> self.base, <Py_ssize_t> self.size, 1, flags)

    @property
    def nbytes(self):
        """Bytes of the rows."""
        return self.size


cdef inline void _point(
    const uint8_t* base, uint64_t start, uint64_t stop, Span* out
) noexcept:
    # As a number: a place far outside is no pointer, and is refused later.
    out.ptr = <const uint8_t*> (<size_t> base + start)
    out.size = stop - start


cdef bint _spans(Block block, int64_t first, int64_t n, Span* out) noexcept:
    """Point at rows that nothing guards; False when one lies outside the block."""
    cdef const uint8_t* base = block.base
    cdef const uint32_t* units = block.units
    cdef const uint64_t* offsets = block.offsets
    cdef int64_t stride = block.stride
    cdef uint64_t start, stop, wrong = 0
    cdef int64_t i
    if stride:
        for i in range(n):
            out[i].ptr = base + (first + i) * stride
            out[i].size = stride
        return n == 0 or <uint64_t> ((first + n) * stride) <= block.size
    if n == 0:
        return True
    # Rows follow each other, so the end of the last one speaks for all.
    if units != NULL:
        stop = <uint64_t> units[first] << 3
        for i in range(n):
            start = stop
            stop = <uint64_t> units[first + i + 1] << 3
            wrong |= stop - start
            _point(base, start, stop, &out[i])
    else:
        stop = offsets[first]
        for i in range(n):
            start = stop
            stop = offsets[first + i + 1]
            wrong |= start > stop
            _point(base, start, stop, &out[i])
        wrong <<= 63
    return not wrong >> 63 and stop <= block.size


def block_from_buffer(buffer, int64_t n, offsets=None, int64_t stride=0):
    """Make a block over any bytes-like object, without copying.

    Parameters
    ----------
    buffer : bytes-like
        Contiguous bytes of the rows; kept alive by the block.
    n : int
        Number of rows.
    offsets : buffer of uint64, optional
        ``n + 1`` byte offsets; row i ends where row i + 1 starts.
    stride : int
        Bytes of every row when there are no offsets.

    Raises
    ------
    TruncatedError
        If the rows do not fit into the buffer.
    """
    cdef Held held = Held(buffer)
    cdef Held index
    cdef Block block = Block.__new__(Block)
    block.owner = held
    block.base = <const uint8_t*> held.view.buf
    block.size = <uint64_t> held.view.len
    block.n = n
    if n < 0:
        raise ValueError(f"a block has 0 rows or more, not {n}")
    if offsets is not None:
        index = Held(offsets)
        if n >= index.view.len // 8:
            raise TruncatedError(
                f"{n} rows need {n + 1} offsets, there are {index.view.len // 8}"
            )
        block.offsets = <const uint64_t*> index.view.buf
        block.index_owner = index
    elif stride < 0 or (stride and n > held.view.len // stride):
        raise TruncatedError(
            f"{n} rows of {stride} bytes do not fit into {held.view.len} bytes"
        )
    elif stride == 0 and n:
        raise ValueError("rows of a block need offsets or a stride")
    block.stride = stride
    return block


cdef class Source:
    """An ordered sequence of blocks.

    Subclasses override ``load(k)`` to make block ``k`` at its first use; a loaded
    block is kept. `MemorySource` holds blocks that exist already.

    Attributes
    ----------
    home : {"memory", "mapped", "remote"}
        Where the bytes are.
    label : str
        What to call the place in messages, a path for instance.
    """

    home = "memory"
    label = ""

    def __dealloc__(self):
        cdef Py_ssize_t k
        if self.loaded != NULL:
            for k in range(self.n_blocks):
                Py_XDECREF(self.loaded[k])
        free(self.loaded)
        free(self.starts)

    def __len__(self):
        return self.n_rows

    def __reduce__(self):
        raise TypeError("a source is memory or an open file; pickle the rows")

    @property
    def nbytes(self):
        """Bytes of all rows."""
        return sum(self.block(k).nbytes for k in range(self.n_blocks))

    def memory_usage(self):
        """Return the bytes in mapped files, and those in memory of this process."""
        return 0, self.nbytes

    def load(self, Py_ssize_t k):
        """Return block ``k``; called once for each block that is used."""
        raise NotImplementedError

    def close(self):
        """Refuse further access; blocks in use stay valid for their views."""
        self.closed = True

    def key_index(self, plan):
        """Return what finds rows by their keys."""
        raise TypeError(
            f"{self.label or 'memory'} has no key index; write rows to a file with "
            f"keys= and open it"
        )

    def get_block(self, Py_ssize_t k):
        """Return block ``k``."""
        if not 0 <= k < self.n_blocks:
            raise IndexError(f"block {k} of {self.n_blocks}")
        return self.block(k)

    cdef int set_starts(self, starts) except -1:
        """Set the first row of every block, and the number of rows at the end."""
        cdef Py_ssize_t n = len(starts) - 1, k
        _allocate(self, n)
        self.shift = -1
        self.starts = <int64_t*> malloc((n + 1) * sizeof(int64_t))
        if self.starts == NULL:
            raise MemoryError
        for k in range(n + 1):
            self.starts[k] = starts[k]
        self.n_rows = self.starts[n]
        return 0

    cdef int set_uniform(self, Py_ssize_t n_blocks, int shift, int64_t n_rows) except -1:
        """Say that every block but the last has ``1 << shift`` rows."""
        _allocate(self, n_blocks)
        self.shift = shift
        self.n_rows = n_rows
        return 0

    cdef Py_ssize_t find(self, int64_t row) noexcept nogil:
        """Return the block of a row in range."""
        cdef Py_ssize_t low = 0, high = self.n_blocks - 1, middle
        if self.shift >= 0:
            return row >> self.shift
        while low < high:
            middle = (low + high + 1) >> 1
            if self.starts[middle] <= row:
                low = middle
            else:
                high = middle - 1
        return low

    cdef int64_t first_row(self, Py_ssize_t k) noexcept nogil:
        """Return the first row of block ``k``; ``n_rows`` for the block after the last."""
        if self.shift < 0:
            return self.starts[k]
        return self.n_rows if k >= self.n_blocks else <int64_t> k << self.shift

    cdef Block block(self, Py_ssize_t k):
        cdef Block made
        cdef int64_t n
        if self.closed:
            raise ValueError("the rows are closed; open the file again")
        if self.loaded[k] != NULL:
            return <Block> self.loaded[k]
        made = self.load(k)
        n = self.first_row(k + 1) - self.first_row(k)
        if made.n != n:
            raise DecodeError(f"block {k} has {made.n} rows, its directory says {n}")
        if self.loaded[k] == NULL and not self.closed:  # by another thread, meanwhile
            Py_INCREF(made)
            self.loaded[k] = <PyObject*> made
        return made

    cdef Block locate(self, int64_t row, Span* out):
        """Point ``out`` at a row in range and return the block that owns it."""
        cdef Py_ssize_t k = self.find(row)
        cdef Block found = self.block(k)
        found.span(row - self.first_row(k), out)
        return found


cdef int _allocate(Source source, Py_ssize_t n_blocks) except -1:
    source.n_blocks = n_blocks
    source.loaded = <PyObject**> calloc(max(n_blocks, 1), sizeof(PyObject*))
    if source.loaded == NULL:
        raise MemoryError
    return 0


cdef class MemorySource(Source):
    """Blocks that are in memory already."""

    def __init__(self, blocks):
        cdef Py_ssize_t k
        cdef list starts = [0]
        blocks = [b for b in blocks if len(b)]
        for block in blocks:
            starts.append(starts[-1] + len(block))
        self.set_starts(starts)
        for k in range(self.n_blocks):
            Py_INCREF(blocks[k])
            self.loaded[k] = <PyObject*> <Block?> blocks[k]
