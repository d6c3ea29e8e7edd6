"""Values of one type as those of a wider one, exactly.

Which types are wider than others is `fory_row.evolution`'s to say; this only carries
it out. ``a`` is the node that is read and ``b`` the wider one.
"""

from libc.stdint cimport (
    INT32_MAX, INT64_MAX, int8_t, int16_t, int32_t, int64_t, uint8_t, uint32_t,
    uint64_t,
)
from libc.string cimport memcpy

from fory._bytes cimport (
    load_f32_le, load_f64_le, load_u16_le, load_u32_le, load_u64_le, store_f32_le,
    store_f64_le,
)
from fory_row._layout cimport (
    AS_DICTIONARY, AS_DURATION, AS_FLOAT16, AS_FLOAT32, AS_FLOAT64, AS_INT8, AS_INT16,
    AS_INT32, AS_INT64, AS_TIME, AS_TIMESTAMP, AS_UINT8, AS_UINT16, AS_UINT32, AS_UINT64, Node,
    decimal_fits,
)
from fory_row._plan cimport info_of

from fory.error import DecodeError

cdef extern from "Python.h":
    int PyFloat_Pack2(double x, char* p, int little_endian) except -1
    double PyFloat_Unpack2(const char* p, int little_endian) except? -1.0


cdef int widen_slot(
    const Node* a, const Node* b, const uint8_t* slot, uint8_t* to
) except -1:
    """Store the value of a slot in a wider one, which is zero so far."""
    cdef int64_t number
    if b.access == AS_FLOAT64:
        store_f64_le(to, _real(a, slot))
    elif b.access == AS_FLOAT32:
        store_f32_le(to, <float> _real(a, slot))
    elif b.access == AS_FLOAT16:
        PyFloat_Pack2(_real(a, slot), <char*> to, 1)
    else:
        number = integer_at(a, slot)
        if b.access in (AS_TIMESTAMP, AS_DURATION, AS_TIME):
            number = _finer(a, b, number)
        memcpy(to, &number, b.width)
    return 0


cdef int64_t integer_at(const Node* a, const uint8_t* slot) noexcept nogil:
    """Return the bits of an integer, a time or a dictionary's code, as 64."""
    cdef int access = a.index_access if a.access == AS_DICTIONARY else a.access
    if access == AS_INT8:
        return <int8_t> slot[0]
    if access == AS_UINT8:
        return slot[0]
    if access == AS_INT16:
        return <int16_t> load_u16_le(slot)
    if access == AS_UINT16:
        return load_u16_le(slot)
    if access == AS_UINT32:
        return load_u32_le(slot)
    if a.width == 4:
        return <int32_t> load_u32_le(slot)
    return <int64_t> load_u64_le(slot)


cdef double _real(const Node* a, const uint8_t* slot) except? -1.0:
    if a.access == AS_FLOAT64:
        return load_f64_le(slot)
    if a.access == AS_FLOAT32:
        return load_f32_le(slot)
    if a.access == AS_FLOAT16:
        return PyFloat_Unpack2(<const char*> slot, 1)
    return <double> integer_at(a, slot)


cdef int64_t _finer(const Node* a, const Node* b, int64_t number) except? -1:
    """Return a count of ``a``'s unit of time in the finer one of ``b``."""
    cdef int64_t most = INT32_MAX if b.width == 4 else INT64_MAX
    cdef int64_t factor = 1
    cdef int i
    for i in range(a.unit, b.unit):
        factor *= 1000
    if not -(most // factor) <= number <= most // factor:
        raise DecodeError(
            f"field {info_of(a).path!r}: {number} in {info_of(a).field.type} does not "
            f"fit into {info_of(b).field.type}"
        )
    return number * factor


cdef int widen_decimal(const Node* a, const Node* b, uint8_t* body) except -1:
    """Multiply a decimal's 32 bytes so that they count in the smaller unit of ``b``."""
    cdef uint32_t limbs[8]
    cdef uint64_t carry
    cdef int i, k
    if not decimal_fits(a, body, 32):
        raise DecodeError(f"field {info_of(a).path!r} has more digits than its type")
    memcpy(limbs, body, 32)
    # In two's complement the product is right modulo 2**256, and it fits.
    for i in range(b.scale - a.scale):
        carry = 0
        for k in range(8):
            carry += <uint64_t> limbs[k] * 10
            limbs[k] = <uint32_t> carry
            carry >>= 32
    memcpy(body, limbs, 32)
    return 0
