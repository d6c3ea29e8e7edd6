"""A node of a plan joined with the Python object that stands there."""

from cpython.object cimport PyObject, PyTypeObject
from libc.stdlib cimport free, malloc

from fory_row._layout cimport AS_TIMESTAMP, Node
from fory_row._plan cimport Plan, info_of

import sys
from types import MemberDescriptorType

from fory_row.collect import dtype_of

cdef extern from "structmember.h":
    ctypedef struct PyMemberDef:
        int type
        Py_ssize_t offset
    int T_OBJECT_EX

cdef extern from "Python.h":
    ctypedef struct PyMemberDescrObject:
        PyMemberDef* d_member


cdef class Binding:
    """What writing and reading one node needs; made by `bind`."""

    def __dealloc__(self):
        free(self.attributes)

    def __reduce__(self):
        raise TypeError("a binding is compiled from its class; pickle the class")


cdef Binding bind(Plan plan, const Node* node, shape, how=None):
    """Join a node of ``plan`` and everything below it with a `Shape`.

    ``how`` is the `Reading` when the plan is that of another schema.
    """
    cdef Binding made = Binding.__new__(Binding)
    cdef Binding child
    cdef Py_ssize_t i
    made.plan = plan
    made.node = node
    _describe(made, shape)
    made.to_float = how is not None and how.to_float
    children = []
    for i in range(len(shape.children)):
        child = _bind_child(plan, node, shape, how, i)
        if made.form == MAPPING:
            _describe_key(child, shape, i)
        children.append(child)
    made.children = tuple(children)
    return made


cdef Binding _bind_child(Plan plan, const Node* node, shape, how, Py_ssize_t i):
    cdef Binding absent
    if how is None:
        return bind(plan, &node.children[i], shape.children[i])
    place = how.sources[i]
    if place is not None:
        return bind(
            plan, &node.children[<Py_ssize_t> place], shape.children[i], how.children[i]
        )
    absent = Binding.__new__(Binding)
    absent.plan = plan
    absent.default = shape.defaults.get(shape.names[i], _none)
    return absent


def _none():
    return None


cdef _describe_key(Binding child, shape, Py_ssize_t i):
    """Note whether a dict may lack the key of a field."""
    child.optional = shape.names[i] in shape.absent
    child.required = child.node != NULL and not child.node.nullable
    if shape.cls is not dict and not child.optional:
        child.required = True


cdef _describe(Binding made, shape):
    """Fill everything but the children."""
    made.form = shape.form
    made.cls = shape.cls
    made.names = tuple(sys.intern(name) for name in shape.names)
    made.finish = shape.finish
    made.after = shape.after
    made.choices = shape.choices
    made.codes = shape.codes
    if made.form == ENUM:
        made.members = {m: m.name for m in shape.cls}
    elif made.form == TUPLE:
        made.places = tuple(shape.cls._fields.index(n) for n in made.names)
    elif made.form == OBJECT:
        _find_attributes(made, shape.declared)
        if made.finish is None and (<PyTypeObject*> made.cls).tp_new == NULL:
            made.finish = _called(made.cls)
    if made.node.access == AS_TIMESTAMP:
        logical = info_of(made.node).field.type.logical
        made.zoned = logical is not None and bool(logical.args[1])
    elif made.form == LIST:
        made.dtype = dtype_of(info_of(made.node.children).field.type)


def _called(cls):
    """Return what makes instances of a class that can only be called (msgspec's)."""
    return lambda values: cls(**values)


cdef _find_attributes(Binding made, tuple declared):
    """Note where instances keep their fields, where that is no property."""
    cdef Py_ssize_t i, n = len(made.names)
    cdef PyMemberDef* member
    plain = made.cls.__getattribute__ is object.__getattribute__
    plain = plain and made.cls.__dictoffset__ != 0
    made.attributes = <Attribute*> malloc(max(n, 1) * sizeof(Attribute))
    if made.attributes == NULL:
        raise MemoryError
    for i in range(n):
        made.attributes[i].offset = made.attributes[i].place = -1
        found = _static(made.cls, made.names[i])
        if type(found) is MemberDescriptorType:
            member = (<PyMemberDescrObject*> <PyObject*> found).d_member
            if member.type == T_OBJECT_EX:
                made.attributes[i].offset = member.offset
        elif plain and made.names[i] in declared and not _is_asked_first(found):
            made.attributes[i].place = declared.index(made.names[i])
            made.in_dict = True


def _is_asked_first(attribute):
    """Tell whether a class attribute counts before the instance's dict."""
    cls = type(attribute)
    return hasattr(cls, "__set__") or hasattr(cls, "__delete__")


def _static(cls, name):
    """Return the class attribute that instances find first, without calling it."""
    for base in cls.__mro__:
        if name in vars(base):
            return vars(base)[name]
    return None


cdef int order_fields(Binding made) except -1:
    """Put the fields of every struct in the order of their bodies (row_format 7.2)."""
    cdef Py_ssize_t i, k
    cdef Binding child
    cdef list order = []
    for i in range(len(made.children)):
        child = made.children[i]
        order_fields(child)
        order.append((child.node.bit, i))
    if made.form not in (MAPPING, OBJECT, TUPLE):
        return 0
    order = [i for _, i in sorted(order)]
    made.children = tuple([made.children[k] for k in order])
    made.names = tuple([made.names[k] for k in order])
    if made.places is not None:
        made.places = tuple([made.places[k] for k in order])
    if made.attributes != NULL:
        attributes = [made.attributes[<Py_ssize_t> k] for k in order]
        for i in range(len(attributes)):
            made.attributes[i] = attributes[i]
    return 0
