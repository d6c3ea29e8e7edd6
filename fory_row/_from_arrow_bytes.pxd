"""Copy strings, binaries and decimals into the bodies of rows and arrays."""

from libc.stdint cimport int64_t, uint8_t, uint64_t

from fory_row._arrow_column cimport Column


cdef void copy_bytes(
    const Column* c, int64_t first, int n, uint64_t nulls, uint8_t** bodies,
    const uint64_t* sizes,
) noexcept nogil
