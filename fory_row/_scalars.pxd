"""Slots and bodies of leaf types to Python objects."""

from libc.stdint cimport uint8_t, uint64_t

from fory_row._layout cimport Node


cdef object slot_scalar(const Node* node, const uint8_t* slot)
cdef object body_scalar(const Node* node, const uint8_t* ptr, uint64_t size)
cdef object utf8_scalar(const Node* node, const uint8_t* ptr, uint64_t size)
