"""Bare leaves: the bools, small ints, floats and Latin-1 strings of most messages.

The loops over items, entries and fields write and read these without a call.
"""

from cpython.object cimport PyObject, PyTypeObject
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcpy

from fory._buffer cimport Buffer, reserve
from fory._bytes cimport store_u64_le
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


cdef struct Leaf:
    int kind
    Py_ssize_t size             # bytes of a string, else 0
    const uint8_t* data         # of a string
    uint64_t word               # what is written before them, or all there is


cdef inline int look_at(PyObject* value, Leaf* leaf) noexcept:
    """Take a bare leaf apart; return its kind, 0 for any other value."""
    cdef PyTypeObject* cls = type_of(value)
    cdef int64_t v
    leaf.kind = 0
    leaf.size = 0
    if cls is STR_TYPE:
        if str_kind(value) == 1:
            leaf.kind = STRING
            leaf.size = str_length(value)
            leaf.data = <const uint8_t*> str_data(value)
            leaf.word = <uint64_t> leaf.size << 2
    elif cls is INT_TYPE:
        if small_int(value, &v):
            leaf.kind = VARINT64
            leaf.word = zigzag(v)
    elif cls is FLOAT_TYPE:
        leaf.kind = FLOAT64
        leaf.word = float_bits(value)
    elif cls is BOOL_TYPE:
        leaf.kind = BOOL
        leaf.word = value == TRUE
    return leaf.kind


cdef inline int bare_kind(PyObject* value) noexcept:
    """The kind of a bare leaf, 0 of any other value."""
    cdef Leaf leaf
    return look_at(value, &leaf)


cdef inline uint64_t float_bits(PyObject* value) noexcept:
    cdef double v = float_value(value)
    cdef uint64_t bits
    memcpy(&bits, &v, 8)
    return bits


cdef inline Py_ssize_t leaf_room(Leaf* leaf) noexcept nogil:
    """How many bytes a bare leaf may take."""
    return VARINT_MAX + leaf.size


cdef inline uint8_t* store_leaf(uint8_t* p, Leaf* leaf) noexcept nogil:
    """Write a bare leaf at p, where there is room for it; return the end."""
    if leaf.kind == FLOAT64:
        store_u64_le(p, leaf.word)
        return p + 8
    p = store_varuint(p, leaf.word)
    if leaf.size:
        copy_short(p, leaf.data, leaf.size)
    return p + leaf.size


cdef inline int put_leaf(Buffer b, int before, Leaf* leaf) except -1:
    """Append a bare leaf, behind a flag or type id unless ``before`` is negative."""
    cdef uint8_t* p
    reserve(b, 1 + leaf_room(leaf))
    p = b.base + b.writer
    if before >= 0:
        p[0] = <uint8_t> before
        p += 1
    b.writer = store_leaf(p, leaf) - b.base
    return 0
