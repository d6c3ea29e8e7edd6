"""Second pass of Arrow to rows: one column after another into a few rows at a time."""

from libc.stdint cimport int64_t, uint8_t

from fory_row._arrow_column cimport Column, Failure


cdef bint write_rows(
    const Column* c, int64_t first, int n, uint8_t** rows, Failure* failure
) noexcept nogil
