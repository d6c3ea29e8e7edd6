"""Memory of our own: what blocks and Arrow buffers are made of."""

from libc.stdint cimport uint64_t, uint8_t
from libc.stdlib cimport free

cdef extern from *:
    """
    #include <stdlib.h>
    #include <sys/mman.h>

    /* Large blocks ask for huge pages: faulting in small ones costs more than filling
       them. The memory is not zeroed here. */
    static void* fory_allocate(size_t n) {
        const size_t huge = (size_t)2 << 20;
        void* p = NULL;
        if (posix_memalign(&p, n < huge ? 64 : huge, n ? n : 1)) return NULL;
    #ifdef MADV_HUGEPAGE
        if (n >= huge) madvise(p, n, MADV_HUGEPAGE);
    #endif
        return p;
    }
    """
    void* fory_allocate(size_t n) nogil


cdef class Memory:
    """Bytes that are freed with this object; made by `allocate`."""

    def __dealloc__(self):
        free(self.bytes)

    def __reduce__(self):
        raise TypeError("memory is not pickled; pickle the rows that lie in it")


cdef Memory allocate(uint64_t n_bytes):
    """Return memory that is aligned to 64 bytes or more and not zeroed."""
    cdef Memory made = Memory.__new__(Memory)
    made.bytes = <uint8_t*> fory_allocate(n_bytes)
    if made.bytes == NULL:
        raise MemoryError(f"no memory for {n_bytes} bytes of rows")
    return made
