"""Memory of our own: what blocks and Arrow buffers are made of.

Large pieces are mapped on their own and ask for huge pages, for faulting in small ones
costs more than filling them. A few of those given back are kept: whoever streams a
table through rows block by block then faults in the pages of one block only.
"""

from libc.stdint cimport uint64_t, uint8_t
from libc.stdlib cimport free, malloc

from fory_row._memory cimport HUGE_PAGE, map_huge, unmap, whole_pages

cdef enum:
    N_KEPT = 16             # pieces given back that wait for their next use
    KEPT_BYTES = 64 << 20   # and their bytes, at most

cdef struct Piece:
    uint8_t* bytes
    uint64_t size

cdef Piece kept[N_KEPT]
cdef int n_kept = 0
cdef uint64_t kept_bytes = 0


cdef class Memory:
    """Bytes that are given back with this object; made by `allocate`."""

    def __dealloc__(self):
        if self.size:
            _give_back(self)
        else:
            free(self.bytes)

    def __reduce__(self):
        raise TypeError("memory is not pickled; pickle the rows that lie in it")


cdef Memory allocate(uint64_t n_bytes):
    """Return memory that is not zeroed."""
    cdef Memory made = Memory.__new__(Memory)
    if n_bytes < HUGE_PAGE:
        made.bytes = <uint8_t*> malloc(max(n_bytes, <uint64_t> 1))
    elif not _take_kept(made, n_bytes):
        made.size = whole_pages(n_bytes)
        made.bytes = map_huge(made.size)
    if made.bytes == NULL:
        made.size = 0
        raise MemoryError(f"no memory for {n_bytes} bytes of rows")
    return made


cdef bint _take_kept(Memory made, uint64_t n_bytes):
    """Take a kept piece that is large enough, and not larger by more than a quarter."""
    cdef int i
    for i in range(n_kept):
        if n_bytes <= kept[i].size <= n_bytes + (n_bytes >> 2):
            made.bytes = kept[i].bytes
            made.size = kept[i].size
            _forget(i)
            return True
    return False


cdef void _give_back(Memory memory) noexcept:
    """Keep a mapped piece, in place of the oldest ones when there are too many."""
    global n_kept, kept_bytes
    if memory.size > KEPT_BYTES:
        unmap(memory.bytes, memory.size)
        return
    while n_kept == N_KEPT or kept_bytes + memory.size > KEPT_BYTES:
        unmap(kept[0].bytes, kept[0].size)
        _forget(0)
    kept[n_kept].bytes = memory.bytes
    kept[n_kept].size = memory.size
    n_kept += 1
    kept_bytes += memory.size


cdef void _forget(int i) noexcept:
    """Remove a piece from those kept; they are in the order of their return."""
    global n_kept, kept_bytes
    kept_bytes -= kept[i].size
    n_kept -= 1
    while i < n_kept:
        kept[i] = kept[i + 1]
        i += 1
