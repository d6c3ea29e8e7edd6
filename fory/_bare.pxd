"""Bare leaves: the bools, small ints, floats and Latin-1 strings of most messages.

The loops over items, entries and fields write and read these without a call.
"""

from cpython.object cimport PyObject, PyTypeObject
from libc.stdint cimport int64_t, uint8_t, uint64_t

from fory._buffer cimport Buffer, reserve
from fory._bytes cimport store_f64_le
from fory._codec cimport BOOL, FLOAT64, STRING, VARINT64
from fory._cpython cimport (
    BOOL_TYPE, FLOAT_TYPE, INT_TYPE, STR_TYPE, float_value, small_int, type_of,
)
from fory._strings cimport copy_short
from fory._varint cimport VARINT_MAX, store_varuint, zigzag


cdef extern from "Python.h":
    int str_kind "PyUnicode_KIND"(PyObject* s) noexcept
    void* str_data "PyUnicode_DATA"(PyObject* s) noexcept
    Py_ssize_t str_length "PyUnicode_GET_LENGTH"(PyObject* s) noexcept
    PyObject* TRUE "Py_True"


cdef enum:
    BARE_KINDS = 1 << STRING | 1 << VARINT64 | 1 << FLOAT64 | 1 << BOOL


cdef inline bint is_bare(int kind) noexcept nogil:
    """Whether a kind or type id is that of a bare leaf."""
    return kind <= STRING and (BARE_KINDS >> kind) & 1


cdef inline int bare_kind(PyObject* value) noexcept:
    """The kind of a bare leaf, 0 of any other value."""
    cdef PyTypeObject* cls = type_of(value)
    cdef int64_t v
    if cls is STR_TYPE:
        return STRING if str_kind(value) == 1 else 0
    if cls is INT_TYPE:
        return VARINT64 if small_int(value, &v) else 0
    if cls is FLOAT_TYPE:
        return FLOAT64
    return BOOL if cls is BOOL_TYPE else 0


cdef inline Py_ssize_t bare_room(PyObject* value, int kind) noexcept:
    """How many bytes a bare leaf may take."""
    return VARINT_MAX + (str_length(value) if kind == STRING else 0)


cdef inline uint8_t* store_bare(uint8_t* p, PyObject* value, int kind) noexcept:
    """Write a bare leaf at p, where there is room for it; return the end."""
    cdef int64_t v = 0
    cdef Py_ssize_t n
    if kind == STRING:
        n = str_length(value)
        p = store_varuint(p, <uint64_t> n << 2)
        copy_short(p, <const uint8_t*> str_data(value), n)
        return p + n
    if kind == VARINT64:
        small_int(value, &v)
        return store_varuint(p, zigzag(v))
    if kind == FLOAT64:
        store_f64_le(p, float_value(value))
        return p + 8
    p[0] = value == TRUE
    return p + 1


cdef inline int put_bare(Buffer b, int before, PyObject* value, int kind) except -1:
    """Append a bare leaf, behind a flag or type id unless ``before`` is negative."""
    cdef uint8_t* p
    reserve(b, 1 + bare_room(value, kind))
    p = b.base + b.writer
    if before >= 0:
        p[0] = <uint8_t> before
        p += 1
    b.writer = store_bare(p, value, kind) - b.base
    return 0
