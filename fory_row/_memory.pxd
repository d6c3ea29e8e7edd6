"""Memory of our own: what blocks and Arrow buffers are made of."""

from libc.stdint cimport uint64_t, uint8_t


cdef class Memory:
    """Bytes that are given back with this object."""
    cdef uint8_t* bytes
    cdef uint64_t room


cdef Memory allocate(uint64_t n_bytes)
cdef uint8_t* take(uint64_t n_bytes, uint64_t* room) noexcept nogil
cdef uint8_t* resize(
    uint8_t* p, uint64_t used, uint64_t n_bytes, uint64_t* room
) noexcept nogil
cdef void give_back(uint8_t* p, uint64_t room) noexcept nogil
