"""Write values that lie in the slot itself, many rows or one array at a time."""

from libc.stdint cimport int64_t, uint8_t, uint64_t

from fory_row._arrow_column cimport Column, Reason


cdef Reason write_slots(
    const Column* c, int64_t first, int n, uint64_t nulls, uint8_t** rows
) noexcept nogil
cdef Reason write_array(
    const Column* c, int64_t start, int64_t n, uint8_t* to
) noexcept nogil
cdef void write_array_head(uint8_t* to, uint64_t n) noexcept nogil
