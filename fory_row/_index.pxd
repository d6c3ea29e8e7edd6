"""Positions from Python ints."""

from cpython.exc cimport PyErr_Clear, PyErr_Occurred

cdef extern from "Python.h":
    Py_ssize_t _as_ssize "PyLong_AsSsize_t"(object number) noexcept


cdef inline Py_ssize_t index_of(object key, Py_ssize_t n, str what) except -1:
    """Return the place that an exact int names among ``n`` items, from either end."""
    cdef Py_ssize_t i = _as_ssize(key)
    if i == -1 and PyErr_Occurred() != NULL:
        PyErr_Clear()
        raise IndexError(f"{what} of a number beyond 64 bits, there are {n:,}")
    if i < 0:
        i += n
    if i < 0 or i >= n:
        raise IndexError(f"{what} {key} of {n:,}")
    return i
