"""Memory of our own: what blocks and Arrow buffers are made of."""

from libc.stdint cimport uint64_t, uint8_t


cdef class Memory:
    """Bytes that are given back with this object."""
    cdef uint8_t* bytes
    cdef uint64_t size


cdef Memory allocate(uint64_t n_bytes)
