"""Gather values that lie in the slot itself into Arrow buffers."""

from libc.stdint cimport int64_t, uint64_t

from fory_row._arrow_builder cimport Builder
from fory_row._arrow_fault cimport Reading
from fory_row._layout cimport Elements, Span


cdef bint read_slots(
    Builder* b, const Span* rows, int n, uint64_t nulls, Reading* r
) noexcept nogil
cdef bint read_items(Builder* b, const Elements* items, Reading* r) noexcept nogil
cdef bint read_absent(Builder* b, int64_t n, Reading* r) noexcept nogil
cdef bint read_two_slots(
    Builder* a, Builder* b, const Span* rows, int n, uint64_t nulls_a,
    uint64_t nulls_b, Reading* r,
) noexcept nogil
