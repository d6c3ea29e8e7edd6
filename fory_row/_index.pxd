"""Positions from Python ints."""

from cpython.exc cimport PyErr_Clear, PyErr_Occurred

cdef extern from *:
    """
    #if PY_VERSION_HEX >= 0x030C0000
    #define fory_is_digit(number) PyUnstable_Long_IsCompact((PyLongObject *)(number))
    #define fory_digit(number) PyUnstable_Long_CompactValue((PyLongObject *)(number))
    #else
    #define fory_is_digit(number) ((size_t)(Py_SIZE(number) + 1) <= 2)
    #define fory_digit(number) \
        (Py_SIZE(number) * (Py_ssize_t)((PyLongObject *)(number))->ob_digit[0])
    #endif
    """
    bint is_digit "fory_is_digit"(object number) noexcept
    Py_ssize_t digit "fory_digit"(object number) noexcept

cdef extern from "Python.h":
    Py_ssize_t _as_ssize "PyLong_AsSsize_t"(object number) noexcept


cdef inline Py_ssize_t index_of(object key, Py_ssize_t n, str what) except -1:
    """Return the place that an exact int names among ``n`` items, from either end."""
    cdef Py_ssize_t i = digit(key) if is_digit(key) else _as_ssize(key)
    if <size_t> i < <size_t> n:
        return i
    if i == -1 and PyErr_Occurred() != NULL:
        PyErr_Clear()
        raise IndexError(f"{what} of a number beyond 64 bits, there are {n:,}")
    if -n <= i < 0:
        return i + n
    raise IndexError(f"{what} {key} of {n:,}")
