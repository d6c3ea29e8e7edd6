"""LZ4 blocks decoded into memory of the caller."""

from libc.stdint cimport int64_t, uint8_t, uint64_t

cdef enum:
    LZ4_SLACK = 32      # bytes behind the output that are written, too


cdef int64_t lz4_decode(
    const uint8_t* data, uint64_t size, uint8_t* out, uint64_t room
) noexcept nogil


cdef inline uint64_t lz4_most(uint64_t size) noexcept nogil:
    """Return what a block of so many bytes is decompressed to at most."""
    return 255 * size
