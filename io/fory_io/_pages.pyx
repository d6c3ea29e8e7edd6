"""Checks of pages at their first touch, remembered with one bit each."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free

from fory._crc cimport crc32c
from fory_row._block cimport Guard

from fory.error import ChecksumError


cdef class PageGuard(Guard):
    """Compares each page with its stored checksum when it is first used.

    The last page may be short. A page that failed is looked at again at the next
    touch, so the error repeats instead of wrong bytes coming through.
    """

    def __dealloc__(self):
        free(self.checked)

    cdef int touch(self, uint64_t start, uint64_t stop) except -1:
        if start >= stop:
            return 0
        if start >> self.shift == (stop - 1) >> self.shift:
            return self.touch_page(start)
        return self.look(start >> self.shift, (stop - 1) >> self.shift)

    cdef int look(self, uint64_t first, uint64_t last) except -1:
        """Check the pages from ``first`` to ``last`` that were not checked before."""
        cdef uint64_t page, start, length
        cdef bint sized = self.mapping is None
        for page in range(first, last + 1):
            if self.checked[page >> 3] >> (page & 7) & 1:
                continue
            if not sized:
                self.mapping.check()
                sized = True
            start = page << self.shift
            length = min(self.size - start, <uint64_t> 1 << self.shift)
            if crc32c(0, self.base + start, length) != self.sums[page]:
                raise ChecksumError(
                    f"{self.what} is damaged: the checksum of bytes "
                    f"{self.position + start} to {self.position + start + length} "
                    f"differs; read an intact copy, or what is left with "
                    f"verify='never'"
                )
            self.checked[page >> 3] |= <uint8_t> (1 << (page & 7))
        return 0


cdef PageGuard guard_pages(
    const uint8_t* base, uint64_t size, const uint32_t* sums, int shift, object owner
):
    """Make a guard of ``size`` bytes whose checksums are ``sums``."""
    cdef PageGuard made = PageGuard.__new__(PageGuard)
    made.base = base
    made.size = size
    made.sums = sums
    made.shift = shift
    made.owner = owner
    made.checked = <uint8_t*> calloc(n_pages(size, shift) // 8 + 1, 1)
    if made.checked == NULL:
        raise MemoryError
    return made


cdef void sum_pages(
    const uint8_t* base, uint64_t size, int shift, uint32_t* sums
) noexcept nogil:
    """Store the checksum of every page of ``size`` bytes into ``sums``."""
    cdef uint64_t page, start, step = <uint64_t> 1 << shift
    for page in range(n_pages(size, shift)):
        start = page << shift
        sums[page] = crc32c(0, base + start, min(size - start, step))


def page_sums(const uint8_t[::1] data not None, int shift):
    """Return the checksums of the pages of ``data``, little-endian, 8-byte padded."""
    cdef uint64_t size = data.shape[0]
    cdef bytearray out = bytearray((n_pages(size, shift) * 4 + 7) // 8 * 8)
    if size:
        sum_pages(&data[0], size, shift, <uint32_t*> <char*> out)
    return bytes(out)
