"""Strings of one message, equal ones once."""

from libc.stdint cimport uint32_t, uint8_t

from cpython.object cimport PyObject

from fory._buffer cimport Buffer


cdef struct Text:
    PyObject* text             # a strong reference
    uint32_t hash              # of its bytes as Python stores them


cdef class TextTable:
    cdef Text* texts           # in the order in which they came
    cdef uint32_t* slots       # 1 + the place of a text, 0 if empty
    cdef size_t used
    cdef size_t mask
    cdef list recent           # short strings of this and earlier messages

    cdef str read(self, Buffer b)
    cdef str keep(self, str text)
    cdef size_t slot_of(
        self, const uint8_t* p, Py_ssize_t n, int kind, uint32_t hash
    ) noexcept
    cdef int add(self, str text, uint32_t hash, size_t slot) except -1
    cdef int enlarge(self) except -1
    cdef void clear(self) noexcept
