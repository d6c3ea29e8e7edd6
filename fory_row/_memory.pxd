"""Memory of our own: what blocks and Arrow buffers are made of."""

from libc.stdint cimport uint64_t, uint8_t

cdef extern from *:
    """
    #include <sys/mman.h>
    #define FORY_HUGE ((size_t)2 << 20)

    /* Map n bytes, whole pages, at a multiple of the size of a huge page. */
    static inline void* fory_map(size_t n) {
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
    uint8_t* map_huge "fory_map"(size_t n) noexcept nogil
    int unmap "munmap"(void* p, size_t n) noexcept nogil


cdef class Memory:
    """Bytes that are given back with this object."""
    cdef uint8_t* bytes
    cdef uint64_t size          # when mapped, else 0


cdef Memory allocate(uint64_t n_bytes)


cdef inline uint64_t whole_pages(uint64_t n_bytes) noexcept nogil:
    return (n_bytes + 4095) & ~<uint64_t> 4095
