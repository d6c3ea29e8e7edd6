"""Memory of our own: what blocks and Arrow buffers are made of."""

from libc.stdint cimport uint64_t, uint8_t


cdef class Memory:
    """Bytes that are freed with this object."""
    cdef uint8_t* bytes


cdef Memory allocate(uint64_t n_bytes)
