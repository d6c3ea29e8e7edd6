"""Checks of pages at their first touch, remembered with one bit each."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

from fory_io._map cimport Mapping
from fory_row._block cimport Guard


cdef class PageGuard(Guard):
    cdef const uint8_t* base
    cdef uint64_t size
    cdef const uint32_t* sums           # one per page
    cdef uint8_t* checked               # one bit per page
    cdef int shift
    cdef object owner                   # keeps base and sums alive
    cdef Mapping mapping                # or None when the bytes are our own
    cdef str what                       # for messages
    cdef uint64_t position              # of base in the file

    cdef int look(self, uint64_t first, uint64_t last) except -1

    cdef inline int touch_page(self, uint64_t at) except -1:
        cdef uint64_t page = at >> self.shift
        if self.checked[page >> 3] >> (page & 7) & 1:
            return 0
        return self.look(page, page)


cdef inline uint64_t n_pages(uint64_t size, int shift) noexcept nogil:
    return (size + (<uint64_t> 1 << shift) - 1) >> shift


cdef PageGuard guard_pages(
    const uint8_t* base, uint64_t size, const uint32_t* sums, int shift, object owner
)
cdef void sum_pages(
    const uint8_t* base, uint64_t size, int shift, uint32_t* sums
) noexcept nogil
