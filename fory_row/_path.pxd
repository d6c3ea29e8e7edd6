"""Compiled paths into nested rows."""

from libc.stdint cimport int64_t, uint8_t, uint64_t

from fory_row._layout cimport Elements, Node
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


cdef class Route:
    cdef Step* steps
    cdef Py_ssize_t n
    cdef tuple keys         # the steps as they were written
    cdef str text
    cdef Plan plan          # keeps the nodes alive
    cdef const Node* root

    cdef object read(self, const uint8_t* ptr, uint64_t size, object owner)


cdef class PathCore:
    cdef readonly tuple steps
    cdef readonly str text
    cdef Route route

    cdef Route compile(self, Plan plan, const Node* root)


cdef bint entry(
    key, const Node* map_node, const uint8_t* ptr, uint64_t size, Elements* values,
    const uint8_t** slot,
) except -1
