"""Python scalars into slots and bodies; the common cases are inlined."""

from cpython.float cimport PyFloat_AS_DOUBLE, PyFloat_CheckExact
from cpython.long cimport PyLong_AsLongLongAndOverflow, PyLong_CheckExact
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t

from fory._bytes cimport store_f64_le, store_u32_le, store_u64_le
from fory_row._binding cimport Binding
from fory_row._layout cimport AS_BOOL, AS_FLOAT64, AS_INT32, AS_INT64, Node


cdef object wrong_type(Binding place, value)
cdef int put_other(uint8_t* slot, Binding place, value) except -1
cdef bytes body_bytes(Binding place, value)


cdef inline int put_fixed(
    uint8_t* slot, Binding place, const Node* node, object value
) except -1:
    """Store a value of a fixed-width type; the rest of a wider slot stays zero."""
    cdef int64_t number
    cdef int overflow = 0
    cdef int access = node.access
    if access == AS_INT64 or access == AS_INT32:
        if PyLong_CheckExact(value):
            number = PyLong_AsLongLongAndOverflow(value, &overflow)
            if not overflow:
                if access == AS_INT64:
                    store_u64_le(slot, <uint64_t> number)
                    return 0
                if number == <int32_t> number:
                    store_u32_le(slot, <uint32_t> number)
                    return 0
    elif access == AS_FLOAT64:
        if PyFloat_CheckExact(value):
            store_f64_le(slot, PyFloat_AS_DOUBLE(value))
            return 0
    elif access == AS_BOOL:
        if value is True or value is False:
            slot[0] = value is True
            return 0
    return put_other(slot, place, value)
