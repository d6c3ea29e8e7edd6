"""Two columns of words moved at once: 16 bytes of a row, or of a column, in one go."""

from libc.stdint cimport uint64_t

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>
    typedef uint64_t fory_two __attribute__((vector_size(16)));

    /* By the null bits of two neighbours. */
    static const fory_two fory_keep[4] = {
        {~0ull, ~0ull}, {0, ~0ull}, {~0ull, 0}, {0, 0}};

    static inline fory_two fory_load_two(const void* p) {
        fory_two x;
        memcpy(&x, p, 16);
        return x;
    }
    #define fory_store_two(p, x) do { \
        fory_two fory_x = (x); memcpy((p), &fory_x, 16); } while (0)
    #if defined(__SSE2__)
    #include <emmintrin.h>
    #define fory_stream_two(p, x) _mm_stream_si128((__m128i*)(p), (__m128i)(x))
    #else
    #define fory_stream_two fory_store_two
    #endif
    #define fory_firsts(x, y) ((fory_two){(x)[0], (y)[0]})
    #define fory_seconds(x, y) ((fory_two){(x)[1], (y)[1]})
    #define fory_kept(x, nulls, k) ((x) & fory_keep[((nulls) >> (k)) & 3])
    """
    ctypedef struct Two "fory_two":
        pass
    Two load_two "fory_load_two"(const void* p) noexcept nogil
    void store_two "fory_store_two"(void* p, Two x) noexcept nogil
    # Past the caches, to a multiple of 16.
    void stream_two "fory_stream_two"(void* p, Two x) noexcept nogil
    Two firsts "fory_firsts"(Two x, Two y) noexcept nogil
    Two seconds "fory_seconds"(Two x, Two y) noexcept nogil
    # Words k and k + 1 of a column, zero where null.
    Two kept "fory_kept"(Two x, uint64_t nulls, int k) noexcept nogil
