"""Slots and bodies of leaf types to Python objects."""

from cpython.object cimport PyObject
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

from fory._bytes cimport load_f64_le, load_u32_le, load_u64_le
from fory_row._layout cimport AS_FLOAT64, AS_INT32, AS_INT64, Node

cdef enum:
    N_KEPT = 4096

# Ints from 0 that were made once: years, times of day and counts come again and again.
# Python itself keeps those up to 256.
cdef PyObject** kept_ints


cdef object slot_scalar(const Node* node, const uint8_t* slot)
cdef object body_scalar(const Node* node, const uint8_t* ptr, uint64_t size)
cdef object utf8_scalar(const Node* node, const uint8_t* ptr, uint64_t size)
cdef object keep_int(int64_t v)


cdef inline object int_of(int64_t v):
    if <uint64_t> v >= N_KEPT:
        return v
    if kept_ints[v] == NULL:
        return keep_int(v)
    return <object> kept_ints[v]


cdef inline object plain_scalar(const Node* node, const uint8_t* slot):
    """The value of a non-null slot; the common types are read right here."""
    cdef int access = node.access
    if access == AS_INT64:
        return int_of(<int64_t> load_u64_le(slot))
    if access == AS_FLOAT64:
        return load_f64_le(slot)
    if access == AS_INT32:
        return int_of(<int32_t> load_u32_le(slot))
    return slot_scalar(node, slot)
