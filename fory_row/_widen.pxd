"""Values of one type as those of a wider one, exactly; see `fory_row.evolution`."""

from libc.stdint cimport int64_t, uint8_t

from fory_row._layout cimport Node


cdef inline bint same_slot(const Node* a, const Node* b) noexcept nogil:
    """Whether a slot of ``a`` means the same to ``b``."""
    return a.access == b.access and a.unit == b.unit


cdef int widen_slot(
    const Node* a, const Node* b, const uint8_t* slot, uint8_t* to
) except -1
cdef int widen_decimal(const Node* a, const Node* b, uint8_t* body) except -1
cdef int64_t integer_at(const Node* a, const uint8_t* slot) noexcept nogil
