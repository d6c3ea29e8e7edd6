"""Blocks of rows and where they come from: the contract between memory, maps, ranges."""

from cpython.object cimport PyObject
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from fory_row._layout cimport Span


cdef class Guard:
    """Looks at bytes of a block before they are used for the first time."""
    cdef int touch(self, uint64_t start, uint64_t stop) except -1


cdef class Held:
    """One buffer of a Python object, held until this is freed."""
    cdef Py_buffer view


cdef class Block:
    """Rows that lie back to back under one owner.

    Row i lies at ``base + i * stride``, or, when ``stride`` is 0, at
    ``base + 8 * units[i]`` up to ``base + 8 * units[i + 1]``, or, when ``units`` is
    NULL too, between the byte offsets ``offsets[i]`` and ``offsets[i + 1]``.
    """
    cdef const uint8_t* base
    cdef uint64_t size                  # bytes of all rows
    cdef readonly int64_t n             # number of rows
    cdef readonly int64_t stride
    cdef const uint32_t* units
    cdef const uint64_t* offsets
    cdef readonly object owner          # keeps base alive
    cdef object index_owner             # keeps units or offsets alive
    cdef Guard guard                    # None when nothing needs a look

    cdef int span(self, int64_t i, Span* out) except -1
    cdef int spans(self, int64_t first, int64_t n, Span* out) except -1
    cdef int touch_all(self) except -1


cdef class Source:
    """An ordered sequence of blocks; loads each at its first use."""
    cdef readonly int64_t n_rows
    cdef readonly Py_ssize_t n_blocks
    cdef readonly bint closed
    cdef int shift                      # rows per block = 1 << shift, or -1
    cdef int64_t* starts                # n_blocks + 1 first rows, or NULL with a shift
    cdef PyObject** loaded              # Block or NULL of each block, owned

    cdef int set_starts(self, starts) except -1
    cdef int set_uniform(self, Py_ssize_t n_blocks, int shift, int64_t n_rows) except -1
    cdef Py_ssize_t find(self, int64_t row) noexcept nogil
    cdef int64_t first_row(self, Py_ssize_t k) noexcept nogil
    cdef Block block(self, Py_ssize_t k)
    cdef Block locate(self, int64_t row, Span* out)
