"""Pages of a remote chunk, fetched when they are first touched."""

import mmap

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy

from fory._crc cimport crc32c
from fory_io._chunk cimport FileBlock, Tail, check_tail, file_block
from fory_io._pages cimport PageGuard, n_pages
from fory_row._block cimport Held

from fory.error import ChecksumError, TruncatedError

cdef enum:
    MAX_AHEAD = 8           # 256 pages: a mebibyte
    TAIL_BYTES = 32
    WHOLE_BYTES = 1 << 15   # a chunk of no more is fetched at once


cdef class FetchGuard(PageGuard):
    """Fetches the pages that are missing, then checks them.

    From the third time on, each fetch takes twice as many pages as the one before, so
    that reading a whole chunk takes few requests and one row little more than its page.
    """

    def __dealloc__(self):
        free(self.present)

    cdef int look(self, uint64_t first, uint64_t last) except -1:
        cdef uint64_t page = first
        while page <= last:
            if not self.has(page):
                self.fetch(page, last)
                break
            page += 1
        if self.verify:
            return PageGuard.look(self, first, last)
        for page in range(first, last + 1):
            self.checked[page >> 3] |= <uint8_t> (1 << (page & 7))
        return 0

    cdef int fetch(self, uint64_t first, uint64_t last) except -1:
        cdef uint64_t total = n_pages(self.size, self.shift), stop = last + 1, ahead
        cdef uint64_t start = first << self.shift
        cdef uint64_t end = min(stop << self.shift, self.size)
        data = self.storage.cached(self.position + start, end - start)
        if data is None:
            ahead = 1 << min(max(self.n_fetches - 2, 0), MAX_AHEAD)
            self.n_fetches += 1
            while stop < total and stop - first < ahead and not self.has(stop):
                stop += 1
            end = min(stop << self.shift, self.size)
            data = self.storage.read(self.position + start, end - start)
        return self.fill(first, stop, data)

    cdef bint has(self, uint64_t page) noexcept nogil:
        return self.present[page >> 3] >> (page & 7) & 1

    cdef int fill(self, uint64_t first, uint64_t stop, data) except -1:
        cdef Held held = Held(data)
        cdef uint64_t page
        memcpy(self.memory + (first << self.shift), held.view.buf, held.view.len)
        for page in range(first, stop):
            self.present[page >> 3] |= <uint8_t> (1 << (page & 7))
        return 0


def description_bytes(uint64_t length):
    """Return how many bytes at the end of a body are fetched first.

    They hold tail and page checksums; of a small chunk, everything.
    """
    if length <= WHOLE_BYTES:
        return length
    return min(length, (length >> 12) * 4 + 64)


def fetch_chunk(storage, uint64_t position, uint64_t length, int64_t n_rows,
                uint32_t crc, str what, *, bint verify=True):
    """Make a block whose pages are fetched when they are touched.

    Parameters are those of `load_chunk`, with the storage in place of the body.

    Raises
    ------
    DecodeError
        If the end of the body contradicts itself or the directory.
    """
    cdef uint64_t have = description_bytes(length), covered
    cdef Tail tail
    if length < TAIL_BYTES:
        raise TruncatedError(f"{what} at byte {position} has {length} bytes only")
    body = mmap.mmap(-1, length)
    body[length - have :] = storage.read(position + length - have, have)
    cdef Held held = Held(body)
    cdef uint8_t* memory = <uint8_t*> held.view.buf
    memcpy(&tail, memory + length - TAIL_BYTES, TAIL_BYTES)
    check_tail(&tail, length, n_rows, what, position)
    covered = tail.rows_bytes + tail.index_bytes
    if covered < length - have:  # pages smaller than those of this writer
        body[covered : length - have] = storage.read(
            position + covered, length - have - covered
        )
    if verify and crc32c(0, memory + covered, length - covered) != crc:
        raise ChecksumError(
            f"{what} is damaged or was replaced: its checksums at byte "
            f"{position + covered} differ from the directory's; open it again"
        )
    return guarded(held, &tail, storage, what, position, have, verify)


cdef FileBlock guarded(
    Held held, Tail* tail, storage, str what, uint64_t position, uint64_t have,
    bint verify,
):
    cdef FetchGuard guard = FetchGuard.__new__(FetchGuard)
    cdef FileBlock block = file_block(held, tail)
    cdef uint64_t pages, covered = tail.rows_bytes + tail.index_bytes
    guard.memory = <uint8_t*> held.view.buf
    guard.base = guard.memory
    guard.size = covered
    guard.sums = <const uint32_t*> (guard.base + covered)
    guard.shift = tail.page_shift
    guard.owner = held
    guard.what = what
    guard.position = position
    guard.storage = storage
    guard.verify = verify
    pages = n_pages(covered, guard.shift)
    guard.checked = <uint8_t*> calloc(pages // 8 + 1, 1)
    guard.present = <uint8_t*> calloc(pages // 8 + 1, 1)
    if guard.checked == NULL or guard.present == NULL:
        raise MemoryError
    if have == <uint64_t> held.view.len:
        for page in range(pages):
            guard.present[page >> 3] |= <uint8_t> (1 << (page & 7))
    block.pages = guard
    block.guard = guard
    return block
