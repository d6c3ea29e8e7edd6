"""Object cells: what exactly each one is, and whether two are the same.

Types are compared by pointer, for every cell: a subclass or a numpy scalar is
another type, and a sample is how values change without a word.
"""

from cpython.float cimport PyFloat_AS_DOUBLE
from cpython.list cimport PyList_GET_ITEM, PyList_GET_SIZE
from cpython.object cimport PyObject
from libc.stdint cimport uint64_t
from libc.string cimport memcpy

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from pandas import NA, NaT


cdef extern from "Python.h":
    PyObject* Py_TYPE "(PyObject*) Py_TYPE" (object value)

cdef enum:
    IS_VALUE = 0
    IS_NONE = 1
    IS_NAN = 2
    IS_NA = 3
    IS_NAT = 4

NULL_KINDS = ("", "None", "NaN", "NA", "NaT")

cdef uint64_t _NAN_BITS = 0x7FF8000000000000


cdef inline uint64_t _bits(object cell) noexcept:
    """Return the bits of a float: they tell zeros and NaNs apart."""
    cdef double value = PyFloat_AS_DOUBLE(cell)
    cdef uint64_t bits
    memcpy(&bits, &value, 8)
    return bits


cdef inline bint _is_the_nan(object cell) noexcept:
    """Whether a float is NaN as numpy and pandas write it: other payloads are values."""
    cdef double value = PyFloat_AS_DOUBLE(cell)
    return value != value and _bits(cell) == _NAN_BITS


def scan(list cells not None):
    """Return the types of the cells that are no nulls, and the kind of every null.

    Returns
    -------
    tuple[dict[type, int], bytearray, int]
        Each exact type with the place of its first cell; per cell an index into
        ``NULL_KINDS``; how many cells are nulls, NaN among them.
    """
    cdef Py_ssize_t i, n = PyList_GET_SIZE(cells)
    cdef bytearray kinds = bytearray(n)
    cdef unsigned char* kind = <unsigned char*> <char*> kinds
    cdef PyObject* last = NULL
    cdef PyObject* type_pointer
    cdef Py_ssize_t n_nulls = 0
    cdef dict types = {}
    cdef object cell
    for i in range(n):
        cell = <object> PyList_GET_ITEM(cells, i)
        type_pointer = Py_TYPE(cell)
        if type_pointer == last:
            continue
        if cell is None:
            kind[i] = IS_NONE
        elif cell is NA:
            kind[i] = IS_NA
        elif cell is NaT:
            kind[i] = IS_NAT
        elif type_pointer == <PyObject*> float:
            # Never remembered as `last`: each float may be the NaN.
            if _is_the_nan(cell):
                kind[i] = IS_NAN
            elif float not in types:
                types[float] = i
        else:
            last = type_pointer
            if <object> type_pointer not in types:
                types[<object> type_pointer] = i
        n_nulls += kind[i] != IS_VALUE
    return types, kinds, n_nulls


def first_difference(list left not None, list right not None, object odd):
    """Return the first place where two lists of cells differ, or -1.

    ``odd(a, b)`` decides about two cells of one type that is none of the builtins.
    """
    cdef Py_ssize_t i, n = PyList_GET_SIZE(left)
    if n != PyList_GET_SIZE(right):
        return min(n, PyList_GET_SIZE(right))
    for i in range(n):
        if not _same(
            <object> PyList_GET_ITEM(left, i), <object> PyList_GET_ITEM(right, i), odd
        ):
            return i
    return -1


def too_deep(list cells not None, int limit):
    """Return the first place whose containers are nested over ``limit`` deep, or -1.

    A list that contains itself is such a place.
    """
    cdef Py_ssize_t i
    for i in range(PyList_GET_SIZE(cells)):
        if _exceeds(<object> PyList_GET_ITEM(cells, i), limit):
            return i
    return -1


cdef bint _exceeds(object value, int limit) except -1:
    cdef PyObject* kind = Py_TYPE(value)
    cdef object part
    if kind == <PyObject*> dict:
        value = value.values()
    elif kind != <PyObject*> list and kind != <PyObject*> tuple:
        return False
    if limit == 0:
        return True
    for part in value:
        if _exceeds(part, limit - 1):
            return True
    return False


cdef bint _same(object a, object b, object odd) except -1:
    """Whether two values are of one type, equal, and equal in every part."""
    cdef PyObject* kind = Py_TYPE(a)
    if kind != Py_TYPE(b):
        return False
    if a is b:
        return True
    if kind == <PyObject*> float:
        return _bits(a) == _bits(b)
    if kind == <PyObject*> str or kind == <PyObject*> int or kind == <PyObject*> bytes:
        return a == b
    if kind == <PyObject*> list or kind == <PyObject*> tuple:
        return _same_items(a, b, odd)
    if kind == <PyObject*> dict:
        # The order of keys is part of a dict, as pickle keeps it.
        return _same_items(list(a), list(b), odd) and _same_items(
            list(a.values()), list(b.values()), odd
        )
    if kind == <PyObject*> date or kind == <PyObject*> timedelta:
        return a == b
    if kind == <PyObject*> Decimal:
        return not a.compare_total(b)  # tells 1.0 from 1.00
    if kind == <PyObject*> datetime or kind == <PyObject*> time:
        if a.tzinfo is b.tzinfo:
            return a == b and a.fold == b.fold
    return odd(a, b)


cdef bint _same_items(object a, object b, object odd) except -1:
    cdef Py_ssize_t i, n = len(a)
    if n != len(b):
        return False
    for i in range(n):
        if not _same(a[i], b[i], odd):
            return False
    return True
