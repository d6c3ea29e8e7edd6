"""Whether a decimal has no more digits than its type."""

from libc.stdint cimport uint8_t


cdef bint digits_fit(const uint8_t* body, int n_bytes, int precision) noexcept nogil
