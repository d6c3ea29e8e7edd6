"""Strings on the wire: ``varuint(size << 2 | encoding)`` and the bytes."""

from cpython.object cimport PyObject
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from fory._buffer cimport (
    Buffer, get_varuint, need, put_varuint, reserve,
)
from fory._varint cimport VARINT_MAX, store_varuint

cdef enum:
    LATIN1 = 0
    UTF16 = 1
    UTF8 = 2
    WITH_SURROGATES = 3      # UTF-8 of each code point, in Python's own messages
    LONG = 128               # bytes from which a string is worth a call


cdef extern from "Python.h":
    int PyUnicode_KIND(object s)
    void* PyUnicode_DATA(object s)
    Py_ssize_t PyUnicode_GET_LENGTH(object s)
    object PyUnicode_New(Py_ssize_t size, uint32_t max_char)
    object PyUnicode_FromKindAndData(int kind, const void* data, Py_ssize_t size)


cdef int put_wide_string(Buffer b, str s) except -1
cdef str decode_wide(Buffer b, const char* data, Py_ssize_t size, int encoding)
cdef bint is_long_ascii(const uint8_t* p, Py_ssize_t n) noexcept nogil


cdef inline void copy_short(
    uint8_t* to, const uint8_t* source, Py_ssize_t n
) noexcept nogil:
    """Copy n bytes; so few as most strings have need no call."""
    cdef uint64_t first, last
    cdef uint32_t head, tail
    if n > 16:
        memcpy(to, source, n)
    elif n >= 8:
        memcpy(&first, source, 8)
        memcpy(&last, source + n - 8, 8)
        memcpy(to, &first, 8)
        memcpy(to + n - 8, &last, 8)
    elif n >= 4:
        memcpy(&head, source, 4)
        memcpy(&tail, source + n - 4, 4)
        memcpy(to, &head, 4)
        memcpy(to + n - 4, &tail, 4)
    elif n > 0:
        to[0] = source[0]
        to[n >> 1] = source[n >> 1]
        to[n - 1] = source[n - 1]


cdef inline int put_string(Buffer b, str s) except -1:
    """Write s in the width in which Python stores it."""
    cdef Py_ssize_t n
    if PyUnicode_KIND(s) != 1:
        return put_wide_string(b, s)
    n = PyUnicode_GET_LENGTH(s)
    reserve(b, VARINT_MAX + n)
    cdef uint8_t* p = store_varuint(b.base + b.writer, <uint64_t> n << 2)
    copy_short(p, <const uint8_t*> PyUnicode_DATA(s), n)
    b.writer = p - b.base + n
    return 0


cdef inline bint is_ascii(const uint8_t* p, Py_ssize_t n) noexcept nogil:
    cdef uint64_t word, bits = 0
    cdef uint32_t half
    cdef const uint8_t* end = p + n
    if n >= LONG:
        return is_long_ascii(p, n)
    if n >= 8:
        while end - p > 8:
            memcpy(&word, p, 8)
            bits |= word
            p += 8
        memcpy(&word, end - 8, 8)
        bits |= word
    elif n >= 4:
        memcpy(&half, p, 4)
        bits = half
        memcpy(&half, end - 4, 4)
        bits |= half
    elif n > 0:
        bits = p[0] | p[n >> 1] | p[n - 1]
    return (bits & <uint64_t> 0x8080808080808080) == 0


cdef inline str get_string(Buffer b):
    cdef uint64_t header = get_varuint(b)
    cdef uint64_t size = header >> 2
    cdef Py_ssize_t n
    if size > 0x7FFFFFFF:
        size = 0x7FFFFFFF
    n = <Py_ssize_t> size
    need(b, n)
    cdef const uint8_t* p = b.base + b.reader
    b.reader += n
    if (header & 3) != LATIN1:
        return decode_wide(b, <const char*> p, n, header & 3)
    if n < 2 or not is_ascii(p, n):
        return PyUnicode_FromKindAndData(1, p, n)
    s = PyUnicode_New(n, 127)
    copy_short(<uint8_t*> PyUnicode_DATA(s), p, n)
    return s
