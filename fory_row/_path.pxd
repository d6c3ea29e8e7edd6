"""Compiled paths into nested rows."""

from libc.stdint cimport int64_t, uint8_t, uint64_t

from fory_row._layout cimport Node
from fory_row._plan cimport Plan


cdef enum Op:
    FIELD
    ITEM
    ALL
    KEY


cdef struct Step:
    Op op
    int64_t index           # of an item
    const Node* node        # what the step leads to


cdef class PathCore:
    cdef readonly tuple steps
    cdef readonly str text
    cdef Step* compiled
    cdef Py_ssize_t n
    cdef Plan plan          # keeps the nodes alive; compiled for this root
    cdef const Node* root

    cdef int compile(self, Plan plan, const Node* root) except -1
    cdef object read(self, const uint8_t* ptr, uint64_t size, object owner)
    cdef object look_up(
        self, Py_ssize_t k, const Node* node, const uint8_t* ptr, uint64_t size
    )
