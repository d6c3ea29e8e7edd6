"""The compiled form of a schema that every kernel walks."""

from fory_row._layout cimport Node


cdef class NodeInfo:
    """What a node needs on the Python side."""
    cdef readonly object field          # Field
    cdef readonly str path              # "lines[*].price", for messages
    cdef readonly tuple names           # of a struct's fields, in order
    cdef readonly dict positions        # name -> ordinal; repeated names left out
    cdef readonly type row_class        # of a struct: the generated Row subclass
    cdef readonly dict template         # of a struct: {name: None}, to be copied
    cdef readonly object zone           # tzinfo of a zoned timestamp, once used
    cdef readonly object dictionary     # Arrow array of a dictionary type's values
    cdef list values                    # the same as Python objects, filled on use

    cdef object value(self, Py_ssize_t code)


cdef class Plan:
    """A schema compiled for one layout; immutable and shared by all rows of it."""
    cdef Node* root                     # a struct
    cdef Node* nodes                    # all nodes, root first
    cdef Py_ssize_t n_nodes
    cdef readonly list infos            # owns the NodeInfo of every node
    cdef readonly object schema
    cdef readonly str layout
    cdef readonly tuple dictionaries    # one Arrow array per dictionary node, in order
    cdef readonly Py_ssize_t stride     # bytes of every row, or 0 if they differ
    cdef readonly Plan base             # the plan that this projects, or None
    cdef readonly tuple ordinals        # of base's fields, in this plan's order

    cpdef Plan project(self, ordinals)

cdef inline NodeInfo info_of(const Node* node):
    return <NodeInfo> node.info


cdef tuple dictionaries_under(const Node* node)
