"""Memory of our own: what blocks and Arrow buffers are made of.

Large pieces are mapped on their own and ask for huge pages, for faulting in small ones
costs more than filling them. A few of those given back are kept: whoever streams a
table through rows block by block then faults in the pages of one block only.
"""

from libc.stdint cimport uint64_t, uint8_t
from libc.stdlib cimport free, malloc

cdef extern from *:
    """
    #include <sys/mman.h>
    #define FORY_HUGE ((size_t)2 << 20)

    /* Map n bytes, whole pages, at a multiple of the size of a huge page. */
    static void* fory_map(size_t n) {
        char* start = mmap(NULL, n + FORY_HUGE, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        size_t before;
        if (start == MAP_FAILED) return NULL;
        before = -(size_t)start & (FORY_HUGE - 1);
        if (before) munmap(start, before);
        munmap(start + before + n, FORY_HUGE - before);
    #ifdef MADV_HUGEPAGE
        madvise(start + before, n, MADV_HUGEPAGE);
    #endif
        return start + before;
    }
    """
    uint64_t HUGE_PAGE "FORY_HUGE"
    void* fory_map(size_t n)
    int munmap(void* p, size_t n)

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
        made.size = (n_bytes + 4095) & ~<uint64_t> 4095
        made.bytes = <uint8_t*> fory_map(made.size)
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
        munmap(memory.bytes, memory.size)
        return
    while n_kept == N_KEPT or kept_bytes + memory.size > KEPT_BYTES:
        munmap(kept[0].bytes, kept[0].size)
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
