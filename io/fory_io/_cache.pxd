"""What was decoded or fetched last, within a budget of bytes."""

from cpython.object cimport PyObject
from libc.stdint cimport int64_t


cdef class Kept:
    """A value and its neighbours in the order of use, which the dict of all keeps."""
    cdef object key
    cdef object value
    cdef int64_t n_bytes
    cdef PyObject* newer
    cdef PyObject* older


cdef class Cache:
    cdef readonly int64_t budget
    cdef readonly int64_t n_bytes       # of all values
    cdef dict kept                      # key -> Kept
    cdef PyObject* newest
    cdef PyObject* oldest

    cpdef object get(self, key)
    cpdef int put(self, key, value, int64_t n_bytes) except -1
    cpdef int clear(self) except -1
    cdef void link(self, Kept made) noexcept
    cdef void unlink(self, Kept gone) noexcept
    cdef int drop_oldest(self) except -1
