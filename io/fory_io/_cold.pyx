"""Single rows of chunks that are not mapped yet.

The first touch of a mapped page is slow, and kernels map whole folios around it: a row
here and there would make hundreds of megabytes resident. So the first rows of a chunk
are read into memory of their own; whoever comes back to a chunk, or walks through it,
has it mapped.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.errno cimport EINTR, errno
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy
from posix.types cimport off_t
from posix.unistd cimport pread

from fory._bytes cimport load_u32_le
from fory._crc cimport crc32c
from fory_io._chunk cimport LINEAR, UNITS, Tail, check_tail
from fory_io._linear cimport (
    GROUP, GROUP_SHIFT, LINE_BYTES, Line, is_sound, n_lines, place,
)
from fory_row._block cimport Block
from fory_row._layout cimport Span

from fory_io._fetch import description_bytes

cdef enum:
    TAIL_BYTES = 32
    N_READS = 16            # rows of a chunk that are read before it is mapped
    N_CHUNKS = 2048         # chunks whose ends are remembered
    LARGEST = 1 << 16       # bytes of a row that is worth a copy


cdef class ColdChunk:
    """What has to be known of a chunk to read its rows one by one."""

    def __reduce__(self):
        raise TypeError("a chunk is part of an open file; pickle the rows")

    cdef bytes read(self, int fd, uint64_t start, uint64_t stop, bint verify):
        """Return the pages around some bytes of the body; None if they are damaged."""
        cdef int shift = self.tail.page_shift
        cdef uint64_t covered = self.tail.rows_bytes + self.tail.index_bytes
        cdef uint64_t first = start >> shift, page, at
        cdef uint64_t end = min((((stop - 1) >> shift) + 1) << shift, covered)
        cdef uint64_t step = <uint64_t> 1 << shift
        cdef uint64_t base = first << shift
        cdef bytes found = _read(fd, self.position + base, end - base)
        cdef const uint8_t* p
        if found is None or not verify:
            return found
        p = <const uint8_t*> PyBytes_AS_STRING(found)
        for page in range(first, ((end - 1) >> shift) + 1):
            at = page << shift
            if crc32c(0, p + (at - base), min(end - at, step)) != self.sums[page]:
                return None
        return found


    cdef uint64_t linear_start(self, int fd, int64_t i, bint verify) except? 0:
        """Return where a row starts, or the last one ends; beyond all if unknown."""
        cdef uint64_t lines = n_lines(self.tail.n_rows), at = self.tail.rows_bytes
        cdef uint64_t words = at + LINE_BYTES * lines
        cdef int shift = self.tail.page_shift
        cdef Line line
        cdef bytes found
        at += LINE_BYTES * (i >> GROUP_SHIFT)
        if i == self.tail.n_rows:
            at, i = words - LINE_BYTES, 0
        found = self.read(fd, at, at + LINE_BYTES, verify)
        if found is None:
            return <uint64_t> -1
        memcpy(&line, _at(found, at, shift), LINE_BYTES)
        if not is_sound(&line, (self.tail.index_bytes - LINE_BYTES * lines) >> 3):
            return <uint64_t> -1
        if line.width == 0:
            return place(&line, NULL, i & (GROUP - 1)) << 3
        at = words + 8 * <uint64_t> line.words
        found = self.read(fd, at, at + 8 * <uint64_t> line.width, verify)
        if found is None:
            return <uint64_t> -1
        return place(&line, _at(found, at, shift), i & (GROUP - 1)) << 3


cdef class ColdRows:
    """The chunks of a mapped file from which few rows were asked for so far.

    Parameters
    ----------
    fd : int
        Descriptor of the file, which stays open as long as this.
    verify : bool
        Whether pages are compared with their checksums.
    """

    def __init__(self, int fd, bint verify):
        self.chunks = {}
        self.fd = fd
        self.verify = verify
        self.last = -2

    def __reduce__(self):
        raise TypeError("an open file is not pickled; pickle the rows")

    cdef Block row(
        self, Py_ssize_t k, tuple entry, int64_t n_rows, int64_t i, Span* out
    ):
        """Point ``out`` at row ``i`` of chunk ``k``; None if it has to be mapped.

        That is so for chunks in use, large rows, and all that is not as it should be:
        the mapped way finds out what is wrong and says it.
        """
        cdef ColdChunk chunk = self.chunk(k, entry, n_rows)
        cdef int shift
        cdef uint64_t start, stop, at
        cdef const uint8_t* p
        cdef bytes found
        cdef Block made
        if chunk is None or chunk.n_reads >= N_READS:
            return None
        chunk.n_reads += 1
        shift = chunk.tail.page_shift
        if chunk.tail.index_kind == UNITS:
            at = chunk.tail.rows_bytes + 4 * <uint64_t> i
            found = chunk.read(self.fd, at, at + 8, self.verify)
            if found is None:
                return None
            p = _at(found, at, shift)
            start = <uint64_t> load_u32_le(p) << 3
            stop = <uint64_t> load_u32_le(p + 4) << 3
        elif chunk.tail.index_kind == LINEAR:
            start = chunk.linear_start(self.fd, i, self.verify)
            stop = chunk.linear_start(self.fd, i + 1, self.verify)
        else:
            start = <uint64_t> i * chunk.tail.stride
            stop = start + chunk.tail.stride
        if not start < stop <= chunk.tail.rows_bytes or stop - start > LARGEST:
            return None
        found = chunk.read(self.fd, start, stop, self.verify)
        if found is None:
            return None
        made = Block.__new__(Block)
        made.owner = found
        out.ptr = _at(found, start, shift)
        out.size = stop - start
        return made

    cdef ColdChunk chunk(self, Py_ssize_t k, tuple entry, int64_t n_rows):
        """Return chunk ``k``, whose checksums and tail are read once."""
        cdef uint64_t position, length, have, covered
        cdef uint32_t crc
        cdef ColdChunk made
        found = self.chunks.get(k)
        if found is not None:
            return found
        position, length, crc, _ = entry
        have = description_bytes(length)
        if length < TAIL_BYTES:
            return None
        made = ColdChunk.__new__(ColdChunk)
        made.end = _read(self.fd, position + length - have, have)
        if made.end is None:
            return None
        memcpy(&made.tail, PyBytes_AS_STRING(made.end) + have - TAIL_BYTES, TAIL_BYTES)
        check_tail(&made.tail, length, n_rows, f"chunk {k}", position)
        covered = made.tail.rows_bytes + made.tail.index_bytes
        if covered < length - have:
            return None
        made.position = position
        made.sums = <const uint32_t*> (
            PyBytes_AS_STRING(made.end) + have - (length - covered)
        )
        if self.verify and crc32c(0, <const uint8_t*> made.sums, length - covered) != crc:
            return None
        if len(self.chunks) >= N_CHUNKS:
            self.chunks.clear()
        self.chunks[k] = made
        return made


cdef inline const uint8_t* _at(bytes pages, uint64_t at, int shift) noexcept:
    """Return where a byte of the body lies in pages that begin with its own."""
    return <const uint8_t*> PyBytes_AS_STRING(pages) + (at - ((at >> shift) << shift))


cdef bytes _read(int fd, uint64_t position, uint64_t n):
    """Return ``n`` bytes of a file, or None if they cannot be had."""
    cdef bytes out = PyBytes_FromStringAndSize(NULL, <Py_ssize_t> n)
    cdef char* p = PyBytes_AS_STRING(out)
    cdef uint64_t done = 0
    cdef Py_ssize_t got
    while done < n:
        with nogil:
            got = pread(fd, p + done, n - done, <off_t> (position + done))
        if got < 0 and errno == EINTR:
            continue
        if got <= 0:
            return None
        done += got
    return out
