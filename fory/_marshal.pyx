"""A look over marshalled code before it is loaded.

``marshal.loads`` believes what it reads: a changed size may stand for gigabytes, and an
instruction of the interpreter's own, or one that is cut, makes it write outside the
code. Here each size is compared with the bytes that are left, and each instruction with
those of this Python.
"""

from libc.stdint cimport int32_t, uint8_t

from fory._bytes cimport load_u32_le

cdef enum:
    MAX_DEPTH = 500
    REF = 0x80
    # Of a code object, in the order of Python 3.11 and later.
    FIRST_NUMBERS = 5        # counts, stack size, flags
    FIRST_OBJECTS = 7        # constants, names, file; the code is before them
    LAST_NUMBERS = 1         # first line
    LAST_OBJECTS = 2         # tables


ctypedef struct Rules:
    const uint8_t* end
    # Of each instruction its length in units of two bytes, 0 if code has none of it.
    const uint8_t* lengths


def is_whole(
    const uint8_t[::1] data not None, const uint8_t[::1] lengths not None
) -> bool:
    """Tell whether marshalled data is one object, all of whose parts are there.

    Parameters
    ----------
    data : bytes-like
        What ``marshal.dumps`` wrote.
    lengths : bytes-like of 256
        Of each instruction its length in units of two bytes, caches included; 0 where
        the code of functions has none.
    """
    if lengths.shape[0] != 256:
        raise ValueError(f"256 lengths of instructions are needed: {lengths.shape[0]}")
    cdef Rules rules
    cdef const uint8_t* p = &data[0] if data.shape[0] else NULL
    rules.end = p + data.shape[0]
    rules.lengths = &lengths[0]
    return p is not NULL and skip_object(p, &rules, 0) == rules.end


cdef const uint8_t* skip_bytes(
    const uint8_t* p, const Rules* rules, Py_ssize_t n
) noexcept nogil:
    """The place n bytes on, NULL if it is beyond the end."""
    return p + n if p is not NULL and 0 <= n <= rules.end - p else NULL


cdef const uint8_t* skip_objects(
    const uint8_t* p, const Rules* rules, Py_ssize_t n, int depth
) noexcept nogil:
    if p is NULL or n < 0 or n > rules.end - p:
        return NULL
    while n > 0 and p is not NULL:
        p = skip_object(p, rules, depth)
        n -= 1
    return p


cdef const uint8_t* skip_instructions(
    const uint8_t* p, const Rules* rules
) noexcept nogil:
    """The place behind byte code of which no instruction is unknown or cut."""
    cdef const uint8_t* end
    if p is NULL or rules.end - p < 5 or p[0] & ~REF != c"s":
        return NULL
    end = skip_bytes(p + 5, rules, <int32_t> load_u32_le(p + 1))
    if end is NULL:
        return NULL
    p += 5
    while p < end and rules.lengths[p[0]]:
        p += 2 * rules.lengths[p[0]]
    return p if p == end else NULL


cdef const uint8_t* skip_code(
    const uint8_t* p, const Rules* rules, int depth
) noexcept nogil:
    p = skip_bytes(p, rules, 4 * FIRST_NUMBERS)
    p = skip_instructions(p, rules)
    p = skip_objects(p, rules, FIRST_OBJECTS, depth)
    p = skip_bytes(p, rules, 4 * LAST_NUMBERS)
    return skip_objects(p, rules, LAST_OBJECTS, depth)


cdef const uint8_t* skip_entries(
    const uint8_t* p, const Rules* rules, int depth
) noexcept nogil:
    """Keys and values up to the key that is none."""
    while p is not NULL and p < rules.end and p[0] != c"0":
        p = skip_objects(p, rules, 2, depth)
    return skip_bytes(p, rules, 1)


cdef const uint8_t* skip_object(
    const uint8_t* p, const Rules* rules, int depth
) noexcept nogil:
    """The place behind one object, NULL if it is not whole or of an unknown type."""
    cdef int kind
    cdef int32_t n
    if p is NULL or p >= rules.end or depth > MAX_DEPTH:
        return NULL
    kind = p[0] & ~REF
    p += 1
    if kind in (c"N", c"F", c"T", c"S", c"."):
        return p
    if kind == c"i" or kind == c"r":
        return skip_bytes(p, rules, 4)
    if kind == c"g" or kind == c"I":
        return skip_bytes(p, rules, 8)
    if kind == c"y":
        return skip_bytes(p, rules, 16)
    if kind == c"c":
        return skip_code(p, rules, depth + 1)
    if kind == c"{":
        return skip_entries(p, rules, depth + 1)
    if kind == c":":
        return skip_objects(p, rules, 3, depth + 1)
    if kind in (c"z", c"Z", c")"):
        if p >= rules.end:
            return NULL
        n = p[0]
        if kind == c")":
            return skip_objects(p + 1, rules, n, depth + 1)
        return skip_bytes(p + 1, rules, n)
    if rules.end - p < 4:
        return NULL
    n = <int32_t> load_u32_le(p)
    p += 4
    if kind == c"l":
        return skip_bytes(p, rules, 2 * <Py_ssize_t> (-n if n < 0 else n))
    if kind in (c"s", c"u", c"t", c"a", c"A"):
        return skip_bytes(p, rules, n)
    if kind in (c"(", c"[", c"<", c">"):
        return skip_objects(p, rules, n, depth + 1)
    return NULL
