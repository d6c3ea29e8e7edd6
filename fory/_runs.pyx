"""Tight loops over runs of bare leaves; positions stay in registers meanwhile."""

from cpython.object cimport PyObject
from libc.stdint cimport int64_t, uint8_t, uint64_t

from fory._bare cimport Leaf, look_at, put_leaf
from fory._buffer cimport Buffer, reserve
from fory._bytes cimport load_f64_le, store_f64_le
from fory._codec cimport STRING
from fory._cpython cimport (
    FLOAT_TYPE, INT_TYPE, float_new, float_value, int_new, small_int, type_of,
)
from fory._varint cimport (
    VARINT_MAX, load_varuint_word, store_varuint, unzigzag, zigzag,
)

cdef enum:
    RUN = 512                # numbers for which room is made at once
    OVERLONG = 0x80          # begins a zero that stands before an int beyond 64 bits


cdef Py_ssize_t put_ints(Buffer b, PyObject** items, Py_ssize_t n) except -1:
    """Write ints up to the first that needs more than one look."""
    cdef Py_ssize_t i, count = min(n, RUN)
    cdef int64_t v
    reserve(b, count * VARINT_MAX)
    cdef uint8_t* p = b.base + b.writer
    for i in range(count):
        if type_of(items[i]) is not INT_TYPE or not small_int(items[i], &v):
            count = i
            break
        p = store_varuint(p, zigzag(v))
    b.writer = p - b.base
    return count


cdef Py_ssize_t put_floats(Buffer b, PyObject** items, Py_ssize_t n) except -1:
    """Write floats up to the first value of another type."""
    cdef Py_ssize_t i, count = min(n, RUN)
    reserve(b, count * 8)
    cdef uint8_t* p = b.base + b.writer
    for i in range(count):
        if type_of(items[i]) is not FLOAT_TYPE:
            count = i
            break
        store_f64_le(p + 8 * i, float_value(items[i]))
    b.writer += 8 * count
    return count


cdef Py_ssize_t put_texts(Buffer b, PyObject** items, Py_ssize_t n) except -1:
    """Write strings up to the first that is not Latin-1."""
    cdef Py_ssize_t i
    cdef Leaf leaf
    for i in range(n):
        if look_at(items[i], &leaf) != STRING:
            return i
        put_leaf(b, -1, &leaf)
    return n


cdef Py_ssize_t get_ints(Buffer b, PyObject** places, Py_ssize_t n) except -1:
    """Fill places up to an int of unusual bytes, or one close to the end."""
    cdef const uint8_t* p = b.base + b.reader
    cdef const uint8_t* end = b.base + b.writer
    cdef Py_ssize_t i = 0
    cdef uint64_t v
    while i < n and end - p >= VARINT_MAX and p[0] != OVERLONG:
        p = load_varuint_word(p, &v)
        places[i] = int_new(unzigzag(v))
        i += 1
    b.reader = p - b.base
    return i


cdef Py_ssize_t get_floats(Buffer b, PyObject** places, Py_ssize_t n) except -1:
    """Fill places with floats as far as their bytes are there."""
    cdef const uint8_t* p = b.base + b.reader
    cdef Py_ssize_t i, count = min(n, (b.writer - b.reader) // 8)
    for i in range(count):
        places[i] = float_new(load_f64_le(p + 8 * i))
    b.reader += 8 * count
    return count
