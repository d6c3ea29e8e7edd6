"""Whole values, nested ones as dicts and lists, without making views."""

from cpython.dict cimport PyDict_Copy, PyDict_SetItem
from cpython.list cimport PyList_New, PyList_SET_ITEM
from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF, Py_INCREF
from cpython.tuple cimport PyTuple_GET_ITEM
from libc.stdint cimport uint8_t, uint32_t, uint64_t

from fory_row._layout cimport (
    AS_DICTIONARY, AS_LIST, AS_MAP, AS_STRUCT, AS_UTF8, Elements, Node, Span, null_at,
    null_element, take_elements, take_map, take_value,
)
from fory_row._plan cimport NodeInfo, info_of
from fory_row._scalars cimport body_scalar, plain_scalar, utf8_scalar
from fory_row._templates cimport shared_values, template_of, track

from fory.error import DecodeError, TruncatedError


# -- checks with messages ----------------------------------------------------------


cdef int check_struct(const Node* node, uint64_t size) except -1:
    """Raise unless ``size`` bytes can hold the slots of a struct."""
    if size < node.fixed_bytes:
        path = info_of(node).path
        raise TruncatedError(
            f"{'row' if not path else f'struct {path!r}'} has {size} bytes, its "
            f"{node.n_children} fields need {node.fixed_bytes}"
        )
    return 0


cdef int body_of(
    const Node* node, const uint8_t* slot, const uint8_t* base, uint64_t size,
    uint64_t first, Span* out,
) except -1:
    """Find the bytes of a value; raise when its pair points outside its structure."""
    if not take_value(slot, node, base, size, first, out):
        raise DecodeError(
            f"field {info_of(node).path!r} at byte {slot - base} points to bytes "
            f"{out.ptr - base} to {out.ptr - base + out.size}, outside bytes {first} "
            f"to {size} of its structure"
        )
    return 0


cdef int open_array(
    const Node* node, const Node* element, const uint8_t* ptr, uint64_t size,
    Elements* out,
) except -1:
    if not take_elements(ptr, size, element, out):
        raise DecodeError(
            f"array {info_of(node).path!r} claims more elements than its {size} bytes "
            "hold"
        )
    if node.fixed >= 0 and out.n != <uint64_t> node.fixed:
        raise DecodeError(
            f"array {info_of(node).path!r} has {out.n} elements, its type has "
            f"{node.fixed}"
        )
    return 0


cdef int open_map(
    const Node* node, const uint8_t* ptr, uint64_t size, Elements* keys, Elements* values
) except -1:
    if not take_map(ptr, size, node, keys, values):
        raise DecodeError(
            f"map {info_of(node).path!r} of {size} bytes has key and value arrays that "
            "overrun it or differ in length"
        )
    return 0


# -- values ------------------------------------------------------------------------


cdef inline object _value(
    const Node* node, const uint8_t* slot, const uint8_t* base, uint64_t size,
    uint64_t first, uint64_t* spent,
):
    """Return the whole value of a non-null slot in the structure at ``base``.

    ``spent`` counts the bytes of bodies read from that structure: bodies that overlap
    would let a few bytes stand for any amount of data.
    """
    cdef Span body
    if node.scalar:
        return plain_scalar(node, slot)
    body_of(node, slot, base, size, first, &body)
    spent[0] += body.size
    if spent[0] > size:
        raise DecodeError(f"bodies overlap at field {info_of(node).path!r}")
    if node.access == AS_UTF8:
        return utf8_scalar(node, body.ptr, body.size)
    if node.access == AS_STRUCT:
        return tree_struct(node, body.ptr, body.size)
    if node.access == AS_LIST:
        return _body_list(node, body.ptr, body.size)
    if node.access == AS_MAP:
        return tree_map(node, body.ptr, body.size)
    return body_scalar(node, body.ptr, body.size)


cdef dict tree_struct(const Node* node, const uint8_t* ptr, uint64_t size):
    """Return the fields of a struct as a dict."""
    cdef NodeInfo info = info_of(node)
    cdef const Node* child
    cdef dict out
    cdef PyObject** values
    cdef PyObject* absent
    cdef uint64_t spent = 0
    cdef uint32_t i
    check_struct(node, size)
    if info.template is None:
        info.template = _template(info)
    out = <dict> PyDict_Copy(info.template)
    values = shared_values(out)
    for i in range(node.n_children):
        child = &node.children[i]
        if null_at(ptr, node, child):
            continue
        value = _value(child, ptr + child.slot, ptr, size, node.fixed_bytes, &spent)
        if values == NULL:
            PyDict_SetItem(out, <object> PyTuple_GET_ITEM(info.names, i), value)
            continue
        Py_INCREF(value)
        absent = values[i]
        values[i] = <PyObject*> value
        Py_DECREF(<object> absent)
        if child.access >= AS_DICTIONARY:   # these may be containers
            track(out)
    return out


cdef dict _template(NodeInfo info):
    if len(set(info.names)) < len(info.names):
        raise DecodeError(
            f"fields of {info.path or 'the row'!r} share a name, a dict would lose "
            "values; read them by position"
        )
    return template_of(info.names)


cdef object tree_element(const Node* element, const Elements* array, uint64_t i):
    """Return element ``i`` (checked by the caller) as a whole value."""
    cdef uint64_t spent = 0
    return _element(element, array, i, &spent)


cdef inline object _element(
    const Node* element, const Elements* array, uint64_t i, uint64_t* spent
):
    if null_element(array, i):
        return None
    return _value(
        element, array.data + i * element.width, array.base, array.size, array.body,
        spent,
    )


cdef list tree_list(const Node* element, const Elements* array):
    """Return all elements of an array."""
    cdef list out = PyList_New(<Py_ssize_t> array.n)
    cdef uint64_t i, spent = 0
    for i in range(array.n):
        item = _element(element, array, i, &spent)
        Py_INCREF(item)
        PyList_SET_ITEM(out, <Py_ssize_t> i, item)
    return out


cdef list _body_list(const Node* node, const uint8_t* ptr, uint64_t size):
    cdef Elements array
    open_array(node, node.children, ptr, size, &array)
    return tree_list(node.children, &array)


cdef object tree_map(const Node* node, const uint8_t* ptr, uint64_t size):
    """Return a dict, or a list of pairs when the keys are not hashable."""
    cdef Elements keys, values
    cdef list out_keys, out_values
    open_map(node, ptr, size, &keys, &values)
    out_keys = tree_list(&node.children[0], &keys)
    out_values = tree_list(&node.children[1], &values)
    if node.children[0].access in (AS_STRUCT, AS_LIST, AS_MAP):
        return list(zip(out_keys, out_values))
    return dict(zip(out_keys, out_values))
