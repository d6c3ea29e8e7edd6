"""MurmurHash3 of names, schemas and type definitions."""

from libc.stdint cimport uint8_t, uint64_t

cdef uint64_t murmur64(const uint8_t* data, Py_ssize_t n) noexcept nogil
