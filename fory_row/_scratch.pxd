"""Growing bytes of the rows being written, and the way to the current value."""

from cpython.object cimport PyObject
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcpy, memset

from fory._bytes cimport store_u64_le, up8
from fory_row._binding cimport Binding
from fory_row._block cimport Block
from fory_row._plan cimport Plan

from fory.error import DepthLimitError


cdef enum Role:
    """What a step of a path goes through."""
    FIELD
    ITEM
    KEY
    VALUE


cdef struct Step:
    PyObject* place                     # Binding, borrowed from the writer
    int64_t index
    Role role


cdef enum:
    MAX_STEPS = 128                     # plans nest at most 100 levels


cdef class Scratch:
    """Growing bytes of the rows being written, and the way to the current value."""
    cdef uint8_t* data
    cdef uint64_t size
    cdef uint64_t capacity
    cdef Step[MAX_STEPS] trail
    cdef int depth
    cdef dict keys                      # depth -> key of the map value that failed

    cdef int grow(self, uint64_t n) except -1
    cdef str path(self)


cdef class Ends:
    """Where each of many rows ends; units of eight bytes, or bytes if compact."""
    cdef void* data
    cdef int64_t capacity
    cdef bint compact

    cdef int set(self, int64_t i, uint64_t end) except -1


cdef Block block_of(Plan plan, Scratch rows, Ends ends, int64_t n)


cdef inline int take(Scratch out, uint64_t n) except -1:
    """Append ``n`` zero bytes."""
    if n > out.capacity - out.size:
        out.grow(n)
    memset(out.data + out.size, 0, n)
    out.size += n
    return 0


cdef inline int append(Scratch out, const void* source, uint64_t n) except -1:
    """Append a body and zeros up to a multiple of eight."""
    cdef uint64_t padded = up8(n)
    if padded > out.capacity - out.size:
        out.grow(padded)
    if n:
        store_u64_le(out.data + out.size + padded - 8, 0)
        memcpy(out.data + out.size, source, n)
    out.size += padded
    return 0


cdef inline Step* enter(Scratch out, Binding place, Role role) except NULL:
    """Go one level deeper on the trail."""
    cdef Step* step
    if out.depth == MAX_STEPS:
        raise DepthLimitError(f"values nest deeper than {MAX_STEPS} levels")
    step = &out.trail[out.depth]
    step.place = <PyObject*> place
    step.role = role
    step.index = -1
    out.depth += 1
    return step
