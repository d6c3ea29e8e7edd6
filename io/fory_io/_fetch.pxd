"""Pages of a remote chunk, fetched when they are first touched."""

from libc.stdint cimport uint8_t, uint64_t

from fory_io._pages cimport PageGuard


cdef class FetchGuard(PageGuard):
    cdef uint8_t* memory                # of the pages; base, but writable
    cdef uint8_t* present               # one bit per page
    cdef object storage
    cdef int n_fetches
    cdef bint verify

    cdef bint has(self, uint64_t page) noexcept nogil
    cdef int fetch(self, uint64_t first, uint64_t last) except -1
    cdef int fill(self, uint64_t first, uint64_t stop, data) except -1
