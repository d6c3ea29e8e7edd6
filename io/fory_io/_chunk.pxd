"""The body of a chunk: rows, row index, page checksums, tail (docs/container.md)."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from fory_io._linear cimport Line
from fory_io._pages cimport PageGuard
from fory_row._block cimport Block, Held
from fory_row._layout cimport Span


cdef enum RowIndex:
    STRIDE = 0          # every row has the same width, nothing is stored
    UNITS = 1           # n + 1 starts as u32 in units of eight bytes
    LINEAR = 2          # lines and residuals, see _linear


# The last bytes of a raw chunk's body.
cdef packed struct Tail:
    uint64_t rows_bytes
    uint64_t index_bytes
    uint32_t n_rows
    uint32_t stride
    uint8_t index_kind
    uint8_t page_shift
    uint16_t n_planes                   # compressed: first bytes of rows in planes
    uint32_t tail_bytes


cdef class FileBlock(Block):
    """Rows of one chunk, checked page by page as they are touched."""
    cdef PageGuard pages                # of rows and row index

    cdef int span(self, int64_t i, Span* out) except -1
    cdef int spans(self, int64_t first, int64_t n, Span* out) except -1
    cdef int touch_all(self) except -1


cdef class LinearBlock(FileBlock):
    """Rows of one chunk with a row index of kind 2."""
    cdef uint64_t n_words               # of residuals
    cdef const Line* lines
    cdef const uint8_t* words

    cdef int look(self, const void* start, uint64_t n) except -1
    cdef uint64_t start(self, int64_t i) except? 0
    cdef int span(self, int64_t i, Span* out) except -1
    cdef int spans(self, int64_t first, int64_t n, Span* out) except -1
    cdef int touch_all(self) except -1


cdef int check_tail(
    Tail* tail, uint64_t size, int64_t n_rows, str what, uint64_t position
) except -1
cdef FileBlock file_block(Held held, Tail* tail)
