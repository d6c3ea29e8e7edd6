"""Gather strings, binaries and decimals into Arrow buffers."""

from libc.stdint cimport uint64_t

from fory_row._arrow_builder cimport Builder
from fory_row._arrow_fault cimport Reading
from fory_row._layout cimport Span


cdef bint read_bytes(
    Builder* b, const Span* bodies, int n, uint64_t nulls, Reading* r
) noexcept nogil
