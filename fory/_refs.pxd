"""Identity of objects: which of them were written before, and as what number."""

from cpython.object cimport PyObject
from libc.stdint cimport uint32_t


cdef class RefTable:
    cdef PyObject** keys       # strong references: an id must not be reused in a call
    cdef uint32_t* numbers
    cdef size_t mask
    cdef size_t used

    cdef Py_ssize_t add(self, object key) except -2
    cdef Py_ssize_t slot_of(self, object key) noexcept
    cdef Py_ssize_t find(self, object key) noexcept
    cdef int renew(self, object key) except -1
    cdef int enlarge(self) except -1
    cdef void clear(self) noexcept
