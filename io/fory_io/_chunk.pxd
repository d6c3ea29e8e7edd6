"""The body of a chunk: rows, row index, page checksums, tail (docs/container.md)."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from fory_io._pages cimport PageGuard
from fory_row._block cimport Block, Held
from fory_row._layout cimport Span


cdef enum RowIndex:
    STRIDE = 0          # every row has the same width, nothing is stored
    UNITS = 1           # n + 1 starts as u32 in units of eight bytes


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
    cdef int touch_all(self) except -1


cdef int check_tail(
    Tail* tail, uint64_t size, int64_t n_rows, str what, uint64_t position
) except -1
cdef Block fill_block(Block block, Held held, Tail* tail)
