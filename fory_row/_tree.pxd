"""Whole values, nested ones as dicts and lists, without making views."""

from libc.stdint cimport uint8_t, uint64_t

from fory_row._layout cimport Elements, Node, Span


cdef dict tree_struct(const Node* node, const uint8_t* ptr, uint64_t size)
cdef list tree_list(const Node* element, const Elements* array)
cdef object tree_map(const Node* node, const uint8_t* ptr, uint64_t size)
cdef object tree_element(const Node* element, const Elements* array, uint64_t i)

cdef int check_struct(const Node* node, uint64_t size) except -1
cdef int body_of(
    const Node* node, const uint8_t* slot, const uint8_t* base, uint64_t size,
    uint64_t first, Span* out,
) except -1
cdef int open_array(
    const Node* node, const Node* element, const uint8_t* ptr, uint64_t size,
    Elements* out,
) except -1
cdef int open_map(
    const Node* node, const uint8_t* ptr, uint64_t size, Elements* keys, Elements* values
) except -1
