"""Memory larger than the caches: stores that go past them, loads asked for early.

A plain store to a line that is not in the cache reads the line first, only to have it
replaced: rows as large as all of memory's caches would be moved one and a half times.
And the columns of a table are more streams than the processor follows by itself.
"""

from libc.stdint cimport int64_t, uint8_t, uint64_t

cdef extern from *:
    """
    #include <string.h>
    #if defined(__SSE2__)
    #include <emmintrin.h>
    /* Copy n bytes, a multiple of 64, to an address that is one too. */
    static inline void fory_stream(void* to, const void* from, size_t n) {
        __m128i* t = (__m128i*)to;
        const __m128i* f = (const __m128i*)from;
        const __m128i* end = f + n / 16;
        for (; f < end; f += 4, t += 4) {
            __m128i a = _mm_loadu_si128(f), b = _mm_loadu_si128(f + 1);
            __m128i c = _mm_loadu_si128(f + 2), d = _mm_loadu_si128(f + 3);
            _mm_stream_si128(t, a);
            _mm_stream_si128(t + 1, b);
            _mm_stream_si128(t + 2, c);
            _mm_stream_si128(t + 3, d);
        }
    }
    #define fory_stream_end() _mm_sfence()
    #else
    #define fory_stream(to, from, n) memcpy(to, from, n)
    #define fory_stream_end() ((void)0)
    #endif
    #define fory_fetch(p) __builtin_prefetch(p)
    """
    void fetch_line "fory_fetch"(const void* p) noexcept nogil
    void stream "fory_stream"(void* to, const void* source, uint64_t n) noexcept nogil
    void stream_end "fory_stream_end"() noexcept nogil


cdef enum:
    LINE = 64                   # bytes of a cache line
    WORTH_STREAMING = 2 << 20   # bytes of a block


cdef inline void fetch(const uint8_t* p, int64_t n_bytes) noexcept nogil:
    """Ask for bytes that are needed soon; they need not exist."""
    cdef int64_t at = 0
    while at < n_bytes:
        fetch_line(p + at)
        at += LINE
