"""Bytes of a file that stay in place: a map, or a buffer held as long as needed."""

from libc.stdint cimport uint8_t, uint64_t


cdef class Mapping:
    """A file mapped for reading."""
    cdef const uint8_t* base
    cdef readonly uint64_t size
    cdef readonly int fd
    cdef readonly str path

    cdef int check(self) except -1


cdef class Held:
    """One buffer of a Python object, held until this is freed."""
    cdef Py_buffer view
    cdef const uint8_t* data
    cdef uint64_t size
