"""The bytes of one row to one object, walking the plan; no view is made.

Objects are restored, not constructed: fields are set as they were stored, as pickle
does, so that ``__init__``, validators and frozen classes change nothing.
"""

from cpython.dict cimport PyDict_SetItem
from cpython.list cimport PyList_New, PyList_SET_ITEM
from cpython.object cimport PyObject, PyObject_GenericSetAttr, PyTypeObject
from cpython.ref cimport Py_INCREF, Py_XDECREF
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_SET_ITEM
from libc.stdint cimport int64_t, uint8_t, uint64_t

from fory_row._binding cimport (
    ENUM, OBJECT, PAIRS, TUPLE, Binding, bind,
)
from fory_row._block cimport Block, Held
from fory_row._layout cimport (
    AS_BOOL, AS_LIST, AS_MAP, AS_STRUCT, AS_UTF8,
    Elements, Node, Span, null_at, null_element,
)
from fory_row._plan cimport Plan, info_of
from fory_row._rows cimport RowsCore
from fory_row._scalars cimport body_scalar, plain_scalar, slot_scalar, utf8_scalar
from fory_row._tree cimport body_of, check_struct, open_array, open_map
from fory_row._view cimport Row

from enum import Flag as _Flag

from fory.error import DecodeError, TruncatedError
from fory_row.flags import flag_named as _flag_named

cdef extern from *:
    """
    /* A tuple of a class, to be filled, without a call of its __new__. */
    static PyObject *fory_bare_tuple(PyTypeObject *cls, Py_ssize_t n_items) {
        PyObject *made = PyType_GenericAlloc(cls, n_items);
    #if PY_VERSION_HEX >= 0x030E0000
        /* Tuples remember their hash, and the zeros of new memory would be one. */
        if (made != NULL) ((PyTupleObject *)made)->ob_hash = -1;
    #endif
        return made;
    }
    """
    tuple bare_tuple "fory_bare_tuple"(PyTypeObject* cls, Py_ssize_t n_items)

cdef tuple NOTHING = ()


# -- values ----------------------------------------------------------------------


cdef inline object _fixed(Binding place, const Node* node, const uint8_t* slot):
    """Return the value of a fixed-width slot."""
    if place.to_float:
        return float(slot_scalar(node, slot))
    if node.access == AS_BOOL:
        return slot[0] != 0
    return plain_scalar(node, slot)


cdef object _run(
    Binding place, const uint8_t* slot, const uint8_t* base, uint64_t size,
    uint64_t first, uint64_t* spent,
):
    """Return the value of a run of bytes: in ``slot``, or behind the pair there.

    ``spent`` counts the bytes of bodies read from that structure: bodies that overlap
    would let a few bytes stand for any amount of data.
    """
    cdef const Node* node = place.node
    cdef Span body
    body_of(node, slot, base, size, first, &body)
    spent[0] += body.size
    if spent[0] > size:
        raise DecodeError(f"bodies overlap at field {info_of(node).path!r}")
    if node.access == AS_UTF8:
        text = utf8_scalar(node, body.ptr, body.size)
        return _member(place, text) if place.form == ENUM else text
    if node.access == AS_STRUCT:
        return _struct(place, body.ptr, body.size)
    if node.access == AS_LIST:
        return _list(place, body.ptr, body.size)
    if node.access == AS_MAP:
        return _map(place, body.ptr, body.size)
    return body_scalar(node, body.ptr, body.size)


cdef object _member(Binding place, name):
    member = place.cls.__members__.get(name)
    if member is None and issubclass(place.cls, _Flag):
        member = _flag_named(place.cls, name)
    if member is None:
        raise DecodeError(
            f"field {info_of(place.node).path!r}: {place.cls.__qualname__} has no "
            f"member {name!r}"
        )
    return member


# -- structs ---------------------------------------------------------------------


cdef object _struct(Binding place, const uint8_t* ptr, uint64_t size):
    """Return the object of the row at ``ptr``."""
    check_struct(place.node, size)
    if place.form == OBJECT:
        if place.finish is None:
            return _instance(place, ptr, size)
        return place.finish(_dict(place, ptr, size))
    if place.form == TUPLE:
        return _named_tuple(place, ptr, size)
    return _dict(place, ptr, size)


cdef inline object _field(
    Binding child, const Node* parent, const uint8_t* ptr, uint64_t size,
    uint64_t* spent,
):
    """Return the value of one field, or its default where the rows lack it."""
    cdef const Node* node = child.node
    if node == NULL:
        return child.default()
    if null_at(ptr, parent, node):
        return None
    if node.scalar:
        return _fixed(child, node, ptr + node.slot)
    return _run(child, ptr + node.slot, ptr, size, parent.fixed_bytes, spent)


cdef dict _dict(Binding place, const uint8_t* ptr, uint64_t size):
    cdef dict out = {}
    cdef uint64_t spent = 0
    cdef Py_ssize_t i
    cdef Binding child
    for i in range(len(place.children)):
        child = <Binding> PyTuple_GET_ITEM(place.children, i)
        value = _field(child, place.node, ptr, size, &spent)
        if value is not None or not child.optional:
            PyDict_SetItem(out, <object> PyTuple_GET_ITEM(place.names, i), value)
    return out


cdef object _named_tuple(Binding place, const uint8_t* ptr, uint64_t size):
    cdef Py_ssize_t i, n = len(place.children)
    cdef uint64_t spent = 0
    cdef tuple made = bare_tuple(<PyTypeObject*> place.cls, n)
    for i in range(n):
        value = _field(
            <Binding> PyTuple_GET_ITEM(place.children, i), place.node, ptr, size, &spent
        )
        Py_INCREF(value)
        PyTuple_SET_ITEM(made, place.places[i], value)
    return made


cdef object _instance(Binding place, const uint8_t* ptr, uint64_t size):
    cdef PyTypeObject* cls = <PyTypeObject*> place.cls
    made = cls.tp_new(<type> cls, <PyObject*> NOTHING, NULL)
    _set_fields(made, place, ptr, size)
    if place.after is not None:
        # The method derives further state; what was stored counts over what it sets.
        getattr(made, place.after)()
        _set_fields(made, place, ptr, size)
    return made


cdef int _set_fields(made, Binding place, const uint8_t* ptr, uint64_t size) except -1:
    cdef Py_ssize_t i
    cdef uint64_t spent = 0
    cdef PyObject** slot
    cdef PyObject* before
    for i in range(len(place.children)):
        value = _field(
            <Binding> PyTuple_GET_ITEM(place.children, i), place.node, ptr, size, &spent
        )
        if place.attributes[i].offset < 0:
            PyObject_GenericSetAttr(
                made, <object> PyTuple_GET_ITEM(place.names, i), value
            )
            continue
        slot = <PyObject**> (<char*> <PyObject*> made + place.attributes[i].offset)
        before = slot[0]
        Py_INCREF(value)
        slot[0] = <PyObject*> value
        Py_XDECREF(before)
    return 0


# -- lists and maps --------------------------------------------------------------


cdef inline object _element(
    Binding place, const Elements* array, uint64_t i, uint64_t* spent
):
    cdef const Node* node = place.node
    cdef const uint8_t* slot
    if null_element(array, i):
        return None
    slot = array.data + i * node.width
    if node.scalar:
        return _fixed(place, node, slot)
    return _run(place, slot, array.base, array.size, array.body, spent)


cdef list _elements(Binding place, const Elements* array):
    cdef list out = PyList_New(<Py_ssize_t> array.n)
    cdef uint64_t i, spent = 0
    for i in range(array.n):
        value = _element(place, array, i, &spent)
        Py_INCREF(value)
        PyList_SET_ITEM(out, <Py_ssize_t> i, value)
    return out


cdef object _list(Binding place, const uint8_t* ptr, uint64_t size):
    cdef Elements array
    open_array(place.node, place.node.children, ptr, size, &array)
    items = _elements(<Binding> PyTuple_GET_ITEM(place.children, 0), &array)
    return items if place.cls is list else place.cls(items)


cdef object _map(Binding place, const uint8_t* ptr, uint64_t size):
    """Return a dict, in which the last entry of a key counts, or the pairs."""
    cdef Elements keys, values
    open_map(place.node, ptr, size, &keys, &values)
    pairs = zip(
        _elements(<Binding> PyTuple_GET_ITEM(place.children, 0), &keys),
        _elements(<Binding> PyTuple_GET_ITEM(place.children, 1), &values),
    )
    return list(pairs) if place.form == PAIRS else place.cls(pairs)


# -- whole rows ------------------------------------------------------------------


def place_of(Row row not None):
    """Return what identifies the place of a row in its plan: the key of its reader."""
    if row.node.info == NULL:
        raise TypeError("this row was not made by a reader; use RowData(...)")
    return info_of(row.node)


cdef class RowReader:
    """Makes objects of one shape from rows of one plan.

    Parameters
    ----------
    plan : Plan
        Where everything lies.
    shape : Shape
        What objects to make.
    how : Reading, optional
        Where the fields lie when the plan is that of another schema.
    row : Row, optional
        A struct inside the plan's rows that is to be read instead of them.
    """
    cdef Binding root

    def __cinit__(self, Plan plan not None, shape, how=None, Row row=None):
        cdef const Node* node = plan.root
        if row is not None:
            node = row.node
        self.root = bind(plan, node, shape, how)

    def __reduce__(self):
        raise TypeError("a reader is compiled from its schema; pickle the schema")

    def read(self, buffer, uint64_t offset=0):
        """Return the object of the row that starts ``offset`` bytes into a buffer.

        Raises
        ------
        DecodeError
            If the bytes are no such row.
        """
        cdef Held held
        if type(buffer) is bytes:
            return self._at(<const uint8_t*> <const char*> buffer, len(buffer), offset)
        held = Held(buffer)
        return self._at(<const uint8_t*> held.view.buf, held.view.len, offset)

    cdef object _at(self, const uint8_t* ptr, uint64_t size, uint64_t offset):
        if offset > size:
            raise TruncatedError(f"a row at byte {offset} of {size} bytes")
        return _struct(self.root, ptr + offset, size - offset)

    def read_view(self, Row row not None):
        """Return the object of a row view of this reader's place."""
        return _struct(self.root, row.ptr, row.size)

    def read_all(self, RowsCore rows not None):
        """Return the objects of all rows, which have this reader's plan."""
        cdef int64_t i
        cdef Span span
        cdef Block block
        cdef list out = []
        for i in range(rows.n):
            block = rows.locate(i, &span)
            out.append(_struct(self.root, span.ptr, span.size))
        return out
