"""Rows to Arrow: one column after another out of a few rows at a time."""

from libc.stdint cimport uint64_t

from fory_row._arrow_builder cimport Builder
from fory_row._arrow_fault cimport Reading
from fory_row._layout cimport Span


cdef bint read_rows(
    Builder* b, const Span* rows, int n, uint64_t absent, Reading* r
) noexcept nogil
