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


cdef extern from "Python.h":
    int PyUnicode_KIND(object s)
    void* PyUnicode_DATA(object s)
    Py_ssize_t PyUnicode_GET_LENGTH(object s)
    object PyUnicode_New(Py_ssize_t size, uint32_t max_char)
    object PyUnicode_FromKindAndData(int kind, const void* data, Py_ssize_t size)


cdef int put_wide_string(Buffer b, str s) except -1
cdef str decode_wide(Buffer b, const char* data, Py_ssize_t size, int encoding)


cdef inline int put_string(Buffer b, str s) except -1:
    """Write s in the width in which Python stores it."""
    cdef Py_ssize_t n
    if PyUnicode_KIND(s) != 1:
        return put_wide_string(b, s)
    n = PyUnicode_GET_LENGTH(s)
    reserve(b, VARINT_MAX + n)
    cdef uint8_t* p = store_varuint(b.base + b.writer, <uint64_t> n << 2)
    memcpy(p, PyUnicode_DATA(s), n)
    b.writer = p - b.base + n
    return 0


cdef inline bint is_ascii(const uint8_t* p, Py_ssize_t n) noexcept nogil:
    cdef uint64_t word, bits = 0
    while n >= 8:
        memcpy(&word, p, 8)
        bits |= word
        p += 8
        n -= 8
    while n > 0:
        bits |= p[0]
        p += 1
        n -= 1
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
    memcpy(PyUnicode_DATA(s), p, n)
    return s
