"""One object into the bytes of one row, walking the plan.

Bytes that the layout leaves undefined are zero, so equal values have equal bytes.
Values are borrowed from the caller's objects while they are written; user code that
runs in between (properties, time zones, ``__index__``) may change or reuse anything,
so lists are measured again at every step and a nested call gets a scratch of its own.
"""

from cpython.bytes cimport (
    PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE,
)
from cpython.dict cimport (
    PyDict_CheckExact, PyDict_Keys, PyDict_Next, PyDict_Size, PyDict_Values,
)
from cpython.list cimport PyList_CheckExact
from cpython.object cimport PyObject, PyObject_GetAttr
from cpython.tuple cimport PyTuple_CheckExact, PyTuple_GET_ITEM
from cpython.unicode cimport PyUnicode_Check
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from fory._bytes cimport store_u32_le, store_u64_le, up8
from fory_row._binding cimport (
    ENUM, OBJECT, TUPLE, Attribute, Binding, bind, order_fields,
)
from fory_row._layout cimport (
    AS_LIST, AS_MAP, AS_STRUCT, AS_UTF8, Node, array_head, count_bytes, make_pair,
)
from fory_row._plan cimport Plan
from fory_row._scratch cimport (
    FIELD, ITEM, KEY, VALUE, Ends, Role, Scratch, Step, append, block_of, enter, take,
)
from fory_row._view cimport make_row
from fory_row._write_scalars cimport body_bytes, put_fixed, wrong_type

from enum import Flag as _Flag

from fory.error import DepthLimitError, EncodeError
from fory_row import collect as _collect
from fory_row.flags import flag_text as _flag_text
from fory_row.shown import shown

cdef extern from "Python.h":
    PyObject* PyDict_GetItemWithError(object d, object key) except? NULL
    object PyObject_GenericGetDict(object o, void* context)
    PyObject* PyTuple_GetItem(object t, Py_ssize_t i) except NULL
    bint PyUnicode_IS_COMPACT_ASCII(object text)
    Py_ssize_t PyUnicode_GET_LENGTH(object text)
    void* PyUnicode_DATA(object text)
    const char* PyUnicode_AsUTF8AndSize(object text, Py_ssize_t* size) except NULL
    Py_ssize_t PySequence_Fast_GET_SIZE(object list_or_tuple)
    PyObject** PySequence_Fast_ITEMS(object list_or_tuple)

cdef uint64_t MAX_BODY = 0xFFFFFFFF
cdef uint64_t MAX_COUNT = 0x7FFFFFFF
cdef uint64_t KEPT_BYTES = 1 << 20      # a writer keeps no larger scratch than this


# -- structs ---------------------------------------------------------------------


cdef int _put_struct(Scratch out, Binding place, uint64_t start, value) except -1:
    """Fill the slots of a row at ``start``, zero so far, and append its bodies."""
    cdef Step* step = enter(out, place, FIELD)
    if place.form == OBJECT:
        _put_attributes(out, place, start, value, step)
    elif place.form == TUPLE:
        _put_named_tuple(out, place, start, value, step)
    elif PyDict_CheckExact(value):
        _put_dict(out, place, start, value, step)
    else:
        _put_mapping(out, place, start, value, step)
    out.depth -= 1
    return 0


cdef inline int _add_struct(Scratch out, Binding place, value) except -1:
    """Append the row of a struct (row_format 2.1 and 7.3)."""
    cdef uint64_t start = out.size
    take(out, place.node.fixed_bytes)
    return _put_struct(out, place, start, value)


cdef inline int _put_field(
    Scratch out, const Node* parent, Binding child, uint64_t start, value
) except -1:
    """Write one field of the row at ``start``."""
    cdef const Node* node = child.node
    if value is None:
        if not node.nullable:
            raise EncodeError("None in a field that is not nullable")
        out.data[start + parent.bitmap + (node.bit >> 3)] |= 1 << (node.bit & 7)
        return 0
    if child.choices is not None:
        _check_choice(child, value)
    if node.scalar:
        return put_fixed(out.data + start + node.slot, child, node, value)
    return _put_body(out, child, start + node.slot, start, value)


cdef int _check_choice(Binding place, value) except -1:
    """Raise unless a `Literal` allows the value, of the class that it is written in."""
    for choice in place.choices:
        if type(choice) is type(value) and choice == value:
            return 0
    allowed = ", ".join(sorted(map(repr, place.choices)))
    raise EncodeError(f"expected one of {allowed}, found {shown(value)}")


cdef int _put_attributes(
    Scratch out, Binding place, uint64_t start, value, Step* step
) except -1:
    cdef const Node* node = place.node
    cdef const Attribute* at = place.attributes
    cdef PyObject* found
    cdef PyObject* name
    cdef Binding child
    cdef Py_ssize_t i
    if type(value) is not place.cls:
        raise _not_of_class(place, value)
    # As pickle does, this makes the instance's dict where there was none so far.
    attributes = PyObject_GenericGetDict(value, NULL) if place.in_dict else None
    for i in range(node.n_children):
        step.index = i
        name = <PyObject*> PyTuple_GET_ITEM(place.names, i)
        if at[i].offset >= 0:
            found = (<PyObject**> (<char*> <PyObject*> value + at[i].offset))[0]
            if found == NULL:
                raise EncodeError("the attribute is not set")
        elif at[i].place >= 0:
            found = _entry_at(attributes, at[i].place, name)
            if found == NULL:
                found = PyDict_GetItemWithError(attributes, <object> name)
        else:
            found = NULL
        if found != NULL:
            item = <object> found
        else:
            item = PyObject_GetAttr(value, <object> name)
        child = <Binding> PyTuple_GET_ITEM(place.children, i)
        _put_field(out, node, child, start, item)
    return 0


cdef inline PyObject* _entry_at(
    object entries, Py_ssize_t place, PyObject* name
) noexcept:
    """Return the value of entry ``place`` of a dict if its key is ``name``, else NULL.

    This is several times quicker than a lookup, where the place can be guessed.
    """
    cdef PyObject* key
    cdef PyObject* value
    if PyDict_Next(entries, &place, &key, &value) and key == name:
        return value
    return NULL


cdef int _put_named_tuple(
    Scratch out, Binding place, uint64_t start, value, Step* step
) except -1:
    cdef const Node* node = place.node
    cdef Binding child
    cdef Py_ssize_t i
    if type(value) is not place.cls:
        raise _not_of_class(place, value)
    for i in range(node.n_children):
        step.index = i
        item = <object> PyTuple_GetItem(value, place.places[i])
        child = <Binding> PyTuple_GET_ITEM(place.children, i)
        _put_field(out, node, child, start, item)
    return 0


cdef int _put_dict(
    Scratch out, Binding place, uint64_t start, value, Step* step
) except -1:
    cdef const Node* node = place.node
    cdef PyObject* found = NULL
    cdef PyObject* name
    cdef Binding child
    cdef Py_ssize_t i, n_found = 0
    cdef bint in_order = True           # so far the keys are the fields, in order
    for i in range(node.n_children):
        step.index = i
        name = <PyObject*> PyTuple_GET_ITEM(place.names, i)
        if in_order:
            found = _entry_at(value, i, name)
            in_order = found != NULL
        if not in_order:
            found = PyDict_GetItemWithError(value, <object> name)
        child = <Binding> PyTuple_GET_ITEM(place.children, i)
        if found != NULL:
            n_found += 1
            item = <object> found
        elif child.required:
            raise EncodeError("the mapping lacks this key")
        else:
            item = None
        _put_field(out, node, child, start, item)
    if n_found != PyDict_Size(value):
        step.index = -1
        raise _collect.unknown_keys(place.names, value)
    return 0


cdef int _put_mapping(
    Scratch out, Binding place, uint64_t start, value, Step* step
) except -1:
    """Write any other mapping, or the attributes of any object."""
    record = _collect.as_dict(value, place.names)
    if record is None:
        raise EncodeError(
            "expected a mapping or an object with the fields as attributes, found "
            f"{shown(value)}"
        )
    return _put_dict(out, place, start, record, step)


cdef object _not_of_class(Binding place, value):
    return EncodeError(
        f"expected {place.cls.__qualname__}, found {shown(value)}"
    )


# -- bodies ----------------------------------------------------------------------


cdef int _put_body(
    Scratch out, Binding place, uint64_t slot, uint64_t start, value
) except -1:
    """Append a value that is no number and store its pair, or write it in place.

    ``slot`` and ``start``, of the pair and of its structure, count from the first
    byte of the scratch.
    """
    cdef int access = place.node.access
    cdef uint64_t body = out.size, size
    cdef bytes raw
    if not place.node.variable:
        return _put_in_place(out, place, slot, value)
    if access == AS_UTF8:
        size = _put_text(out, place, body - start, value)
    elif access == AS_STRUCT:
        _add_struct(out, place, value)
        size = out.size - body
    elif access == AS_LIST:
        _put_list(out, place, value)
        size = out.size - body
    elif access == AS_MAP:
        _put_map(out, place, value)
        size = out.size - body
    else:
        raw = body_bytes(place, value)
        size = PyBytes_GET_SIZE(raw)
        _check_reach(body - start, size)
        append(out, PyBytes_AS_STRING(raw), size)
    _check_reach(body - start, size)
    store_u64_le(out.data + slot, make_pair(body - start, size))
    return 0


cdef inline int _check_reach(uint64_t offset, uint64_t size) except -1:
    """Raise unless a pair can say where a body lies."""
    if offset + size > MAX_BODY:
        raise EncodeError(
            f"its bytes end {offset + size} bytes behind the start of the structure "
            "that holds it; a row addresses 4 GiB"
        )
    return 0


cdef int _put_in_place(Scratch out, Binding place, uint64_t slot, value) except -1:
    """Write a struct or bytes of fixed width into their slot (row_format 7.3)."""
    cdef bytes raw
    if place.node.access == AS_STRUCT:
        return _put_struct(out, place, slot, value)
    raw = body_bytes(place, value)
    memcpy(out.data + slot, PyBytes_AS_STRING(raw), PyBytes_GET_SIZE(raw))
    return 0


cdef uint64_t _put_text(
    Scratch out, Binding place, uint64_t offset, value
) except <uint64_t> -1:
    """Append UTF-8 at ``offset`` of its structure; return the size without padding."""
    cdef Py_ssize_t size
    cdef const void* text
    if place.form == ENUM:
        name = place.members.get(value) if isinstance(value, place.cls) else None
        if name is None and isinstance(value, _Flag) and type(value) is place.cls:
            name = _flag_text(value)
        if name is None:
            raise EncodeError(
                f"expected a member of {place.cls.__qualname__}, found {shown(value)}"
            )
        value = name
    elif not PyUnicode_Check(value):
        raise wrong_type(place, value)
    if PyUnicode_IS_COMPACT_ASCII(value):
        size = PyUnicode_GET_LENGTH(value)
        text = PyUnicode_DATA(value)
    else:
        try:
            text = PyUnicode_AsUTF8AndSize(value, &size)
        except UnicodeEncodeError as e:
            raise EncodeError(
                f"the text has a lone surrogate at character {e.start}; UTF-8 has none"
            ) from None
    _check_reach(offset, size)
    append(out, text, size)
    return <uint64_t> size


# -- lists and maps --------------------------------------------------------------


cdef int _put_list(Scratch out, Binding place, value) except -1:
    if not PyList_CheckExact(value) and not PyTuple_CheckExact(value):
        if place.dtype is not None:
            slots = _collect.as_slots(value, place.dtype)
            if slots is not None:
                return _put_slots(out, place, slots)
        items = _collect.as_list(value)
        if items is None:
            raise wrong_type(place, value)
        value = items
    _check_fixed(place.node, PySequence_Fast_GET_SIZE(value))
    return _put_array(out, <Binding> PyTuple_GET_ITEM(place.children, 0), value, ITEM)


cdef inline int _check_fixed(const Node* node, Py_ssize_t n) except -1:
    if node.fixed >= 0 and n != node.fixed:
        raise EncodeError(f"expected {node.fixed} items, found {n}")
    return 0


cdef uint64_t _add_head(Scratch out, const Node* element, uint64_t n) except 0:
    """Append count and empty bitmap of an array (row_format 2.2 and 7.5)."""
    cdef uint64_t start = out.size, head = array_head(element, n)
    if element.compact and n > MAX_COUNT:
        raise EncodeError(f"{n} items; a compact array has up to {MAX_COUNT}")
    take(out, head)
    if element.compact:
        store_u32_le(out.data + start, <uint32_t> n)
    else:
        store_u64_le(out.data + start, n)
    return head


cdef int _put_slots(Scratch out, Binding place, bytes slots) except -1:
    """Append the array of elements that are slots already."""
    cdef uint64_t size = PyBytes_GET_SIZE(slots)
    cdef uint64_t n = size // place.node.children.width
    _check_fixed(place.node, n)
    _add_head(out, place.node.children, n)
    return append(out, PyBytes_AS_STRING(slots), size)


cdef int _put_array(Scratch out, Binding element, items, Role role) except -1:
    """Append the array of a list or tuple."""
    cdef const Node* node = element.node
    cdef uint64_t n = PySequence_Fast_GET_SIZE(items), i
    cdef uint64_t start = out.size, slot = start + _add_head(out, node, n)
    cdef uint64_t bits = start + count_bytes(node)
    cdef Step* step = enter(out, element, role)
    take(out, up8(n * node.width))
    for i in range(n):
        step.index = i
        if i >= <uint64_t> PySequence_Fast_GET_SIZE(items):
            break
        item = <object> PySequence_Fast_ITEMS(items)[i]
        if item is None:
            if not node.nullable:
                raise EncodeError("None where nulls are not allowed")
            out.data[bits + (i >> 3)] |= 1 << (i & 7)
            slot += node.width
            continue
        if element.choices is not None:
            _check_choice(element, item)
        if node.scalar:
            put_fixed(out.data + slot, element, node, item)
        else:
            _put_body(out, element, slot, start, item)
        slot += node.width
    if n != <uint64_t> PySequence_Fast_GET_SIZE(items):
        raise EncodeError("the list changed its length while it was written")
    out.depth -= 1
    return 0


cdef int _put_map(Scratch out, Binding place, value) except -1:
    """Append both arrays of a map (row_format 2.3 and 7.6)."""
    cdef uint64_t start = out.size
    cdef int depth = out.depth
    cdef list keys, values
    if PyDict_CheckExact(value):
        keys = PyDict_Keys(value)
        values = PyDict_Values(value)
    else:
        entries = _collect.as_entries(value)
        if entries is None:
            raise wrong_type(place, value)
        keys, values = entries
    if len(keys) != len(values):
        raise EncodeError("the mapping changed while it was written")
    take(out, 8)
    _put_array(out, <Binding> PyTuple_GET_ITEM(place.children, 0), keys, KEY)
    store_u64_le(out.data + start, out.size - start - 8)
    try:
        _put_array(out, <Binding> PyTuple_GET_ITEM(place.children, 1), values, VALUE)
    except Exception:
        _note_key(out, depth, keys)
        raise
    return 0


cdef int _note_key(Scratch out, int depth, list keys) except -1:
    """Remember the key of the value that failed, for the path."""
    cdef int64_t i = out.trail[depth].index
    if 0 <= i < len(keys):
        if out.keys is None:
            out.keys = {}
        out.keys[depth] = keys[i]
    return 0


# -- errors ----------------------------------------------------------------------


cdef object _explained(Scratch out, error, row):
    """Return the error to raise for one that stopped a walk."""
    path = place = out.path()
    if row is not None:
        place = f"row {row}, {path}" if path else f"row {row}"
    text = str(error)
    if not isinstance(error, EncodeError):
        text = f"{type(error).__name__} while reading the value: {text}"
    made = EncodeError(f"{place}: {text}" if place else text)
    made.path = path
    return made


# -- whole rows ------------------------------------------------------------------


cdef class RowWriter:
    """Writes objects of one shape as rows of one plan.

    Parameters
    ----------
    plan : Plan
        Where everything lies.
    shape : Shape
        What the objects are.
    """
    cdef Binding root
    cdef Scratch spare                  # None while a call uses it

    def __cinit__(self, Plan plan not None, shape):
        self.root = bind(plan, plan.root, shape)
        if plan.layout == "compact":
            order_fields(self.root)
        self.spare = Scratch.__new__(Scratch)

    def __reduce__(self):
        raise TypeError("a writer is compiled from its schema; pickle the schema")

    def row(self, value):
        """Return a view of the row of one object, with bytes of its own."""
        cdef bytes made = self._bytes(value, b"")
        return make_row(
            self.root.plan, self.root.node, <const uint8_t*> PyBytes_AS_STRING(made),
            PyBytes_GET_SIZE(made), made,
        )

    def write(self, value, bytes prefix not None=b""):
        """Return ``prefix`` and the row of one object as bytes.

        Raises
        ------
        EncodeError
            If a value does not fit; the message starts with its path.
        """
        return self._bytes(value, prefix)

    cdef bytes _bytes(self, value, bytes prefix):
        cdef Scratch out = self._borrow()
        cdef Py_ssize_t before = PyBytes_GET_SIZE(prefix)
        cdef bytes made
        cdef char* target
        try:
            self._put(out, value, None)
            made = PyBytes_FromStringAndSize(NULL, before + <Py_ssize_t> out.size)
            target = PyBytes_AS_STRING(made)
            memcpy(target, PyBytes_AS_STRING(prefix), before)
            memcpy(target + before, out.data, out.size)
            return made
        finally:
            self._give_back(out)

    def write_all(self, values):
        """Return a `Block` with one row for each object of an iterable."""
        cdef Scratch out = Scratch.__new__(Scratch)
        cdef Ends ends = Ends.__new__(Ends)
        cdef int64_t n = 0
        ends.compact = self.root.node.compact
        for value in values:
            self._put(out, value, n)
            n += 1
            ends.set(n, out.size)
        return block_of(self.root.plan, out, ends, n)

    cdef int _put(self, Scratch out, value, row) except -1:
        out.depth = 0
        out.keys = None
        try:
            return _add_struct(out, self.root, value)
        except (MemoryError, DepthLimitError):
            raise
        except EncodeError as e:
            raise _explained(out, e, row) from None
        except Exception as e:
            raise _explained(out, e, row) from e

    cdef Scratch _borrow(self):
        """Return the spare scratch, or a new one for a call inside a call."""
        cdef Scratch out = self.spare
        if out is None:
            return Scratch.__new__(Scratch)
        self.spare = None
        out.size = 0
        return out

    cdef _give_back(self, Scratch out):
        out.keys = None
        if out.capacity <= KEPT_BYTES:
            self.spare = out
