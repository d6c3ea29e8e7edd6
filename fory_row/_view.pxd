"""Views: rows, arrays and maps read where they lie."""

from cpython.object cimport PyObject
from libc.stdint cimport int64_t, uint8_t, uint64_t

from fory_row._getters cimport Getters
from fory_row._layout cimport Elements, Node
from fory_row._plan cimport Plan


cdef class View(Getters):
    """Bytes in place. ``owner`` keeps them alive, ``plan`` the nodes."""
    cdef const Node* node
    cdef readonly Plan _plan
    cdef readonly object _owner


cdef class Row(View):
    """A struct in place."""
    cdef const uint8_t* ptr
    cdef uint64_t size


cdef class Array(View):
    """The elements of an array, or a slice of them; the node is that of elements."""
    cdef Elements elements
    cdef int64_t first
    cdef int64_t step
    cdef int64_t n

    cdef object at(self, int64_t i)


cdef class Map(View):
    """The entries of a map."""
    cdef const uint8_t* ptr
    cdef uint64_t size
    cdef Elements keys_
    cdef Elements values_
    cdef dict found

    cdef int64_t find(self, key) except -2


cdef Row make_row(
    Plan plan, const Node* node, const uint8_t* ptr, uint64_t size, object owner
)
cdef Array make_array(
    Plan plan, const Node* node, const uint8_t* ptr, uint64_t size, object owner
)
cdef Map make_map(
    Plan plan, const Node* node, const uint8_t* ptr, uint64_t size, object owner
)
cdef object read_field(
    PyObject* plan, const Node* parent, const Node* child, const uint8_t* ptr,
    uint64_t size, PyObject* owner,
)
cdef object value_at(
    Plan plan, const Node* node, const uint8_t* slot, const uint8_t* base, uint64_t size,
    uint64_t first, object owner,
)
