"""Rows written again by another plan: of the other layout, or of a newer schema."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

from fory_row._block cimport Block
from fory_row._layout cimport Elements, Node, Span
from fory_row._plan cimport Plan
from fory_row._rows cimport RowsCore
from fory_row._scratch cimport Scratch


# A row or array that is read.
cdef struct Room:
    const uint8_t* base
    uint64_t size
    uint64_t first                      # where bodies may start
    uint64_t spent                      # bytes of bodies read so far


cdef class Copier:
    """Writes rows of one plan by another."""
    cdef readonly Plan read
    cdef readonly Plan plan
    cdef RowsCore rest
    cdef dict dictionaries              # address of a node -> its values as rows
    cdef Scratch out
    # For each node of a field in ``plan``: its position in the struct that is read,
    # -1 where that lacks it, and -2 - i where field i of the rest has it.
    cdef int32_t* sources

    cdef int find_sources(self, const Node* b, how) except -1
    cdef int find_rest(self, names) except -1
    cdef Block copied(self, RowsCore rows, int64_t first, int64_t stop, uint64_t most)
    cdef int fill_struct(
        self, const Node* a, const Node* b, const Span* row, uint64_t start
    ) except -1
    cdef int set_null(self, const Node* b, uint64_t bitmap, uint64_t bit) except -1
    cdef int copy_place(
        self, const Node* a, const Node* b, const uint8_t* slot, Room* room,
        uint64_t start, uint64_t bitmap, uint64_t bit, uint64_t to,
    ) except -1
    cdef int copy_cell(
        self, RowsCore rows, int64_t i, Py_ssize_t ordinal, const Node* b,
        uint64_t start, uint64_t bitmap, uint64_t bit, uint64_t to,
    ) except -1
    cdef RowsCore values_of(self, const Node* a)
    cdef int copy_value(
        self, const Node* a, const Node* b, const uint8_t* slot, Room* room,
        uint64_t start, uint64_t to,
    ) except -1
    cdef int copy_in_place(
        self, const Node* a, const Node* b, const Span* body, uint64_t to
    ) except -1
    cdef uint64_t append_body(
        self, const Node* a, const Node* b, const Span* body
    ) except <uint64_t> -1
    cdef int append_array(
        self, const Node* a, const Node* b, const Elements* items
    ) except -1
