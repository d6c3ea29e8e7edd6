"""Copy strings, binaries and decimals into the bodies of rows and arrays."""

from libc.stdint cimport int64_t, uint8_t, uint64_t

from fory_row._arrow_column cimport Column, Reason
from fory_row._layout cimport AS_BINARY, AS_UTF8, LARGE, NARROW, Node


cdef void copy_bytes(
    const Column* c, int64_t first, int n, uint64_t nulls, uint8_t** bodies,
    const uint64_t* sizes,
) noexcept nogil
cdef void write_texts(
    const Column* c, int64_t first, int n, uint64_t nulls, uint8_t** rows,
    uint64_t* cursors,
) noexcept nogil
cdef Reason write_text_array(
    const Column* c, int64_t start, int64_t n, uint8_t* to
) noexcept nogil


cdef inline bint is_text(const Node* node) noexcept nogil:
    """Whether entries are bytes between two offsets, the usual strings and binaries."""
    return (
        (node.access == AS_UTF8 or node.access == AS_BINARY)
        and (node.wide == NARROW or node.wide == LARGE)
    )
