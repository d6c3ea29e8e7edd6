"""First pass of Arrow to rows: the bytes of every body, before anything is written."""

from libc.stdint cimport int64_t

from fory_row._arrow_column cimport Column, Reason
from fory_row._layout cimport AS_LIST, AS_MAP, AS_STRUCT, Node


cdef inline bint is_nested(const Node* node) noexcept nogil:
    return (
        node.access == AS_STRUCT or node.access == AS_LIST or node.access == AS_MAP
    )


cdef Reason measure(Column* c, int64_t first, int64_t n) noexcept nogil
