"""The rows of a file that were not deleted."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from fory_row._block cimport Block, Held, Source
from fory_row._layout cimport Span


# The deleted rows of one chunk: their places in it, ascending.
cdef struct Deleted:
    uint32_t chunk
    uint32_t n
    const uint16_t* places
    bint checked


cdef class LiveBlock(Block):
    """The rows of a block without those at some places."""
    cdef Block whole
    cdef const uint16_t* places         # that are skipped, ascending
    cdef int64_t n_places

    cdef int span(self, int64_t i, Span* out) except -1
    cdef int spans(self, int64_t first, int64_t n, Span* out) except -1
    cdef int touch_all(self) except -1


cdef class LiveSource(Source):
    cdef readonly Source inner
    cdef readonly str home
    cdef readonly str label
    cdef Held body                      # of the frame of deletions
    cdef Deleted* deleted               # chunks with deletions, ascending
    cdef Py_ssize_t n_deleted

    cdef int read_table(self) except -1
    cdef Deleted* of_chunk(self, Py_ssize_t k) except? NULL
    cdef int check(self, Deleted* d) except -1
    cdef int64_t stored(self, int64_t row) except -1
