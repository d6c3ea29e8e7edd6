"""A read-only map of a file."""

from libc.stdint cimport uint8_t, uint64_t


cdef class Mapping:
    """A file mapped for reading."""
    cdef const uint8_t* base
    cdef readonly uint64_t size
    cdef public uint64_t needed         # bytes that must not be cut off
    cdef readonly int fd
    cdef readonly str path

    cdef int check(self) except -1
