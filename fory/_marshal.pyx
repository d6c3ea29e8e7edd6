"""A look over marshalled code before it is loaded.

``marshal.loads`` believes the sizes that it reads, so a changed byte may stand for
gigabytes. Here each size is compared with the bytes that are left.
"""

from libc.stdint cimport int32_t, uint8_t

from fory._bytes cimport load_u32_le

cdef enum:
    MAX_DEPTH = 500
    REF = 0x80
    # Of a code object, in the order of Python 3.11 and later.
    FIRST_NUMBERS = 5        # counts, stack size, flags
    FIRST_OBJECTS = 8        # code, constants, names, file
    LAST_NUMBERS = 1         # first line
    LAST_OBJECTS = 2         # tables


def is_whole(const uint8_t[::1] data not None):
    """Tell whether marshalled data is one object, all of whose parts are there."""
    cdef const uint8_t* p = &data[0] if data.shape[0] else NULL
    cdef const uint8_t* end = p + data.shape[0]
    return p is not NULL and skip_object(p, end, 0) == end


cdef const uint8_t* skip_bytes(
    const uint8_t* p, const uint8_t* end, Py_ssize_t n
) noexcept nogil:
    """The place n bytes on, NULL if it is beyond the end."""
    return p + n if p is not NULL and 0 <= n <= end - p else NULL


cdef const uint8_t* skip_objects(
    const uint8_t* p, const uint8_t* end, Py_ssize_t n, int depth
) noexcept nogil:
    if p is NULL or n < 0 or n > end - p:
        return NULL
    while n > 0 and p is not NULL:
        p = skip_object(p, end, depth)
        n -= 1
    return p


cdef const uint8_t* skip_code(
    const uint8_t* p, const uint8_t* end, int depth
) noexcept nogil:
    p = skip_bytes(p, end, 4 * FIRST_NUMBERS)
    p = skip_objects(p, end, FIRST_OBJECTS, depth)
    p = skip_bytes(p, end, 4 * LAST_NUMBERS)
    return skip_objects(p, end, LAST_OBJECTS, depth)


cdef const uint8_t* skip_entries(
    const uint8_t* p, const uint8_t* end, int depth
) noexcept nogil:
    """Keys and values up to the key that is none."""
    while p is not NULL and p < end and p[0] != c"0":
        p = skip_objects(p, end, 2, depth)
    return skip_bytes(p, end, 1)


cdef const uint8_t* skip_object(
    const uint8_t* p, const uint8_t* end, int depth
) noexcept nogil:
    """The place behind one object, NULL if it is not whole or of an unknown type."""
    cdef int kind
    cdef int32_t n
    if p is NULL or p >= end or depth > MAX_DEPTH:
        return NULL
    kind = p[0] & ~REF
    p += 1
    if kind in (c"N", c"F", c"T", c"S", c"."):
        return p
    if kind == c"i" or kind == c"r":
        return skip_bytes(p, end, 4)
    if kind == c"g" or kind == c"I":
        return skip_bytes(p, end, 8)
    if kind == c"y":
        return skip_bytes(p, end, 16)
    if kind == c"c":
        return skip_code(p, end, depth + 1)
    if kind == c"{":
        return skip_entries(p, end, depth + 1)
    if kind == c":":
        return skip_objects(p, end, 3, depth + 1)
    if kind in (c"z", c"Z", c")"):
        if p >= end:
            return NULL
        n = p[0]
        if kind == c")":
            return skip_objects(p + 1, end, n, depth + 1)
        return skip_bytes(p + 1, end, n)
    if end - p < 4:
        return NULL
    n = <int32_t> load_u32_le(p)
    p += 4
    if kind == c"l":
        return skip_bytes(p, end, 2 * <Py_ssize_t> (-n if n < 0 else n))
    if kind in (c"s", c"u", c"t", c"a", c"A"):
        return skip_bytes(p, end, n)
    if kind in (c"(", c"[", c"<", c">"):
        return skip_objects(p, end, n, depth + 1)
    return NULL
