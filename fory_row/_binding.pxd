"""A node of a plan joined with the Python object that stands there."""

from fory_row._layout cimport Node
from fory_row._plan cimport Plan


cdef enum Form:
    """`fory_row.shape.Form` in C."""
    SCALAR = 0
    ENUM = 1
    LIST = 2
    MAP = 3
    PAIRS = 4
    MAPPING = 5
    OBJECT = 6
    TUPLE = 7


# Where instances of a class keep one field; -1: not there.
cdef struct Attribute:
    Py_ssize_t offset                   # of its slot, from the start of the instance
    Py_ssize_t place                    # in the instance's dict, where it mostly is


cdef class Binding:
    """What writing and reading one node needs; immutable."""
    cdef const Node* node               # NULL: rows were written without this field
    cdef int form
    cdef Plan plan                      # keeps node alive
    cdef object cls                     # of a record, enum or container
    cdef tuple children                 # of Binding, in the order of the shape
    cdef tuple names                    # keys or attributes of a struct, interned
    cdef tuple places                   # of a NamedTuple: its item for each child
    cdef Attribute* attributes          # of an OBJECT: one for each child
    cdef bint in_dict                   # some of them are in the instance's dict
    cdef dict members                   # of an enum: member -> name
    cdef frozenset choices              # of a Literal: the values allowed
    cdef object codes                   # of a dictionary: value -> code; None: codes come
    cdef object default                 # makes the value of a field without node
    cdef object finish
    cdef str after
    cdef bint optional                  # the key is left out of a dict when null
    cdef bint required                  # a mapping must have the key
    cdef bint zoned                     # a timestamp with zone
    cdef str dtype                      # of numpy arrays whose items are the elements
    cdef bint to_float                  # integers of the rows are floats here


cdef Binding bind(Plan plan, const Node* node, shape, how=*)
cdef int order_fields(Binding made) except -1
