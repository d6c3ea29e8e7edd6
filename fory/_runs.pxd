"""Runs of bare leaves: payloads back to back, in lists of one type."""

from cpython.object cimport PyObject

from fory._buffer cimport Buffer

# Each stops early at what is no such leaf, or near the end; returns how many it did.
cdef Py_ssize_t put_ints(Buffer b, PyObject** items, Py_ssize_t n) except -1
cdef Py_ssize_t put_floats(Buffer b, PyObject** items, Py_ssize_t n) except -1
cdef Py_ssize_t put_texts(Buffer b, PyObject** items, Py_ssize_t n) except -1
cdef Py_ssize_t get_ints(Buffer b, PyObject** places, Py_ssize_t n) except -1
cdef Py_ssize_t get_floats(Buffer b, PyObject** places, Py_ssize_t n) except -1
