"""What was decoded or fetched last, within a budget of bytes."""

from libc.stdint cimport int64_t


cdef class Cache:
    cdef readonly int64_t budget
    cdef readonly int64_t n_bytes       # of all values
    cdef dict young                     # key -> (value, bytes)
    cdef object old                     # the same, used longest ago first
    cdef int64_t young_bytes

    cpdef object get(self, key)
    cpdef int put(self, key, value, int64_t n_bytes) except -1
    cpdef int clear(self) except -1
