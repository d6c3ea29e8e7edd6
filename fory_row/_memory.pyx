"""Memory of our own: what blocks and Arrow buffers are made of.

Faulting in fresh pages costs more than filling them. So pieces given back are kept for
the next who asks, up to a limit: whoever streams a table through rows and back faults
in the pages of one block only. Pieces of megabytes ask for huge pages.

Pieces taken one after another start at different places of a page. Were they alike, the
columns of a table, which are filled side by side, would meet in the same few sets of
the caches, and stores past them would drive each other out before a line is whole.
"""

from cpython.buffer cimport PyBuffer_FillInfo
from libc.stdint cimport uint64_t, uint8_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy, memmove

cdef extern from *:
    """
    #include <stdlib.h>
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

    /* Nobody waits: who does not get the lock, a child of a fork say, does without. */
    static char fory_kept_lock;
    #define fory_lock() (!__atomic_test_and_set(&fory_kept_lock, __ATOMIC_ACQUIRE))
    #define fory_unlock() __atomic_clear(&fory_kept_lock, __ATOMIC_RELEASE)
    """
    uint64_t HUGE_PAGE "FORY_HUGE"
    uint8_t* _map "fory_map"(size_t n) noexcept nogil
    int _unmap "munmap"(void* p, size_t n) noexcept nogil
    uint8_t* _aligned "aligned_alloc"(size_t alignment, size_t n) noexcept nogil
    bint _lock "fory_lock"() noexcept nogil
    void _unlock "fory_unlock"() noexcept nogil

cdef enum:
    WORTH_KEEPING = 32 << 10    # smaller pieces are left to malloc
    PAGE = 4096
    SHIFT = 320                 # from where one piece starts in its page to the next
    N_KEPT = 256                # pieces given back that wait for their next use
    KEPT_BYTES = 64 << 20       # and their bytes, at most

cdef struct Piece:
    uint8_t* bytes
    uint64_t room

# Whole pages, the oldest first. Guarded by the lock, not by the interpreter's.
cdef Piece kept[N_KEPT]
cdef int n_kept = 0
cdef uint64_t kept_bytes = 0
# Where the next piece starts in its page; what threads make of it at once is no matter.
cdef uint64_t shift = 0


cdef class Memory:
    """Bytes that are given back with this object; made by `allocate`."""

    def __dealloc__(self):
        give_back(self.bytes, self.room)

    def __getbuffer__(self, Py_buffer* view, int flags):
        PyBuffer_FillInfo(view, self, self.bytes, self.room, True, flags)

    def __reduce__(self):
        raise TypeError("memory is not pickled; pickle the rows that lie in it")


cdef Memory allocate(uint64_t n_bytes):
    """Return memory that is not zeroed."""
    cdef Memory made = Memory.__new__(Memory)
    made.bytes = take(n_bytes, &made.room)
    if made.bytes == NULL:
        raise MemoryError(f"no memory for {n_bytes} bytes of rows")
    return made


cdef uint8_t* take(uint64_t n_bytes, uint64_t* room) noexcept nogil:
    """Return memory that is not zeroed, NULL without any; ``room`` is what it holds."""
    global shift
    cdef uint64_t start
    cdef Piece piece
    if n_bytes < WORTH_KEEPING:
        room[0] = max(n_bytes, <uint64_t> 1)
        return <uint8_t*> malloc(room[0])
    start = shift
    shift = start + SHIFT if start + 2 * SHIFT <= PAGE else 0
    piece.bytes = NULL
    if _lock():
        piece = _take_kept(n_bytes + start)
        _unlock()
    if piece.bytes == NULL:
        piece = _fresh(n_bytes + start)
    if piece.bytes == NULL:
        room[0] = 0
        return NULL
    room[0] = piece.room - start
    return piece.bytes + start


cdef uint8_t* resize(
    uint8_t* p, uint64_t used, uint64_t n_bytes, uint64_t* room
) noexcept nogil:
    """Move what is in use to memory of another size; on NULL ``p`` is as it was."""
    cdef uint64_t made_room = max(n_bytes, <uint64_t> 1)
    cdef uint8_t* made
    if room[0] < WORTH_KEEPING and made_room < WORTH_KEEPING:
        made = <uint8_t*> realloc(p, made_room)
    else:
        made = take(n_bytes, &made_room)
        if made != NULL and used:
            memcpy(made, p, used)
        if made != NULL:
            give_back(p, room[0])
    if made != NULL:
        room[0] = made_room
    return made


cdef void give_back(uint8_t* p, uint64_t room) noexcept nogil:
    """Keep a piece, in place of the oldest ones when there are too many, or free it."""
    cdef Piece piece
    if room < WORTH_KEEPING:
        free(p)
        return
    piece.room = room + <size_t> p % PAGE
    piece.bytes = p - <size_t> p % PAGE
    if piece.room <= KEPT_BYTES and _lock():
        _keep(piece)
        _unlock()
    else:
        _free(piece)


cdef Piece _fresh(uint64_t n_bytes) noexcept nogil:
    """Return whole pages, so that like sizes can take their place."""
    cdef Piece made
    made.room = (n_bytes + PAGE - 1) & ~<uint64_t> (PAGE - 1)
    made.bytes = (
        _aligned(PAGE, made.room) if made.room < HUGE_PAGE else _map(made.room)
    )
    return made


cdef void _free(Piece piece) noexcept nogil:
    if piece.room < HUGE_PAGE:
        free(piece.bytes)
    else:
        _unmap(piece.bytes, piece.room)


cdef Piece _take_kept(uint64_t n_bytes) noexcept nogil:
    """Take the newest piece that is large enough, and not larger by a quarter."""
    cdef Piece found
    cdef int i
    for i in range(n_kept - 1, -1, -1):
        if n_bytes <= kept[i].room <= n_bytes + (n_bytes >> 2) + 2 * PAGE:
            found = kept[i]
            _forget(i)
            return found
    found.bytes = NULL
    return found


cdef void _keep(Piece piece) noexcept nogil:
    global n_kept, kept_bytes
    while n_kept == N_KEPT or kept_bytes + piece.room > KEPT_BYTES:
        _free(kept[0])
        _forget(0)
    kept[n_kept] = piece
    n_kept += 1
    kept_bytes += piece.room


cdef void _forget(int i) noexcept nogil:
    global n_kept, kept_bytes
    kept_bytes -= kept[i].room
    n_kept -= 1
    memmove(&kept[i], &kept[i + 1], (n_kept - i) * sizeof(Piece))
