"""Single rows of chunks that are not mapped yet."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from fory_io._chunk cimport Tail
from fory_row._block cimport Block
from fory_row._layout cimport Span


cdef class ColdChunk:
    """What has to be known of a chunk to read its rows one by one."""
    cdef Tail tail
    cdef bytes end              # checksums and tail
    cdef const uint32_t* sums
    cdef uint64_t position      # of the body in the file
    cdef int n_reads

    cdef bytes read(self, int fd, uint64_t start, uint64_t stop, bint verify)
    cdef uint64_t linear_start(self, int fd, int64_t i, bint verify) except? 0


cdef class ColdRows:
    """The chunks of a mapped file from which few rows were asked for so far."""
    cdef dict chunks
    cdef int fd
    cdef bint verify
    cdef int64_t last           # the row asked for before

    cdef ColdChunk chunk(self, Py_ssize_t k, tuple entry, int64_t n_rows)
    cdef Block row(
        self, Py_ssize_t k, tuple entry, int64_t n_rows, int64_t i, Span* out
    )
