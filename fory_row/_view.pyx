"""Views: rows, arrays and maps read where they lie.

A view checks its extent when it is made; each access checks the pair it follows. The
owner of the bytes and the plan live as long as any view of them.
"""

cimport cython
from cpython.buffer cimport PyBuffer_FillInfo, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.long cimport PyLong_CheckExact
from cpython.object cimport PyObject, PyTypeObject, Py_TYPE
from cpython.unicode cimport PyUnicode_CheckExact
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

from fory._bytes cimport load_f64_le, load_u32_le, load_u64_le
from fory_row._getters cimport Getters
from fory_row._index cimport digit, index_of
from fory_row._layout cimport (
    AS_FLOAT64, AS_INT32, AS_INT64, AS_LIST, AS_MAP, AS_STRUCT, AS_UTF8, Elements, Node,
    Span, null_at, null_element,
)
from fory_row._plan cimport NodeInfo, Plan, dictionaries_under, info_of
from fory_row._scalars cimport body_scalar, int_of, slot_scalar, utf8_scalar
from fory_row._tree cimport (
    body_of, check_struct, open_array, open_map, tree_element, tree_list, tree_map,
    tree_struct,
)

from fory_row import _getters, views as _views
from fory_row.printing import row_html

cdef extern from "Python.h":
    """
    /* A subclass that the collector does not track, as ``type()`` would have it do. */
    static PyObject* fory_untracked_class(const char* name, PyObject* base) {
        PyType_Slot slots[] = {{0, NULL}};
        PyType_Spec spec = {name, 0, 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};
        return PyType_FromSpecWithBases(&spec, base);
    }
    """
    PyObject* PyDict_GetItemWithError(object d, object key) except? NULL
    type _untracked_class "fory_untracked_class"(const char* name, object base)

cdef tuple NOTHING = ()
# What a view that no reader made stands on: no fields, no elements, no entries.
cdef Node[3] EMPTY
EMPTY[0].children = &EMPTY[1]


# -- making views ------------------------------------------------------------------


cdef inline Row make_row(
    Plan plan, const Node* node, const uint8_t* ptr, uint64_t size, object owner
):
    """Return a view of the struct at ``ptr``; its extent is checked here."""
    cdef NodeInfo info = info_of(node)
    cdef Row row
    cdef PyTypeObject* cls
    if size < node.fixed_bytes:
        check_struct(node, size)
    if info.row_class is None:
        info.row_class = _row_class(node)
    cls = <PyTypeObject*> info.row_class
    row = <Row> cls.tp_new(info.row_class, <PyObject*> NOTHING, NULL)
    row.ptr = ptr
    row.size = size
    row.node = node
    row._plan = plan
    row._owner = owner
    return row


cdef object value_at(
    Plan plan, const Node* node, const uint8_t* slot, const uint8_t* base, uint64_t size,
    uint64_t first, object owner,
):
    """Return the value of a non-null slot; nested values become views."""
    cdef Span body
    if node.scalar:
        return slot_scalar(node, slot)
    body_of(node, slot, base, size, first, &body)
    if node.access == AS_UTF8:
        return utf8_scalar(node, body.ptr, body.size)
    if node.access == AS_STRUCT:
        return make_row(plan, node, body.ptr, body.size, owner)
    if node.access == AS_LIST:
        return make_array(plan, node, body.ptr, body.size, owner)
    if node.access == AS_MAP:
        return make_map(plan, node, body.ptr, body.size, owner)
    return body_scalar(node, body.ptr, body.size)


cdef inline object read_field(
    PyObject* plan, const Node* parent, const Node* child, const uint8_t* ptr,
    uint64_t size, PyObject* owner,
):
    """Return a field of the struct at ``ptr``; the common scalars are read right here.

    The plan and the owner are borrowed, so that a number costs no reference counts.
    """
    cdef const uint8_t* slot = ptr + child.slot
    cdef int access = child.access
    if null_at(ptr, parent, child):
        return None
    if access == AS_INT64:
        return int_of(<int64_t> load_u64_le(slot))
    if access == AS_INT32:
        return int_of(<int32_t> load_u32_le(slot))
    if access == AS_FLOAT64:
        return load_f64_le(slot)
    return value_at(
        <Plan> plan, child, slot, ptr, size, parent.fixed_bytes, <object> owner
    )


cdef inline object field_value(Row row, const Node* child):
    return read_field(
        <PyObject*> row._plan, row.node, child, row.ptr, row.size,
        <PyObject*> row._owner,
    )


@cython.no_gc
cdef class View(Getters):
    """Bytes in place: what keeps them alive and says what they are."""

    def __cinit__(self):
        self.node = &EMPTY[0]

    @property
    def _field(self):
        """The Field of what the view looks at; None for a whole record."""
        return None if self.node.info == NULL else info_of(self.node).field

    @property
    def _path(self):
        return "" if self.node.info == NULL else info_of(self.node).path

    @property
    def _dictionaries(self):
        return NOTHING if self.node.info == NULL else dictionaries_under(self.node)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self


# -- rows --------------------------------------------------------------------------


@cython.final
cdef class _FieldGetter:
    """Attribute of one generated row class that reads one field."""
    cdef const Node* parent
    cdef const Node* child
    cdef PyObject* row_class            # the class that this is an attribute of

    def __get__(self, row, cls):
        if row is None:
            return self
        # An instance of the very class has the layout of Row; only a reader makes one
        # that stands on this node.
        if <PyObject*> Py_TYPE(row) != self.row_class or (<Row> row).node != self.parent:
            raise TypeError("fields are read from rows that a reader made")
        return field_value(<Row> row, self.child)

    def __repr__(self):
        return f"<field {info_of(self.child).field}>"


cdef object _row_class(const Node* node):
    """Return a subclass of Row whose attributes are the fields of ``node``.

    Names that a row uses itself, those that mean something to Python, and repeated
    ones are reached by ``row["..."]``.
    """
    cdef NodeInfo info = info_of(node)
    cdef type made = _untracked_class("fory_row._view.Row", Row)
    for name, i in info.positions.items():
        if name in _getters.GETTERS or not _views.is_taken(Row, name):
            getter = _field_getter(made, node, &node.children[<Py_ssize_t> i])
            setattr(made, name, getter)
    return made


cdef _FieldGetter _field_getter(type row_class, const Node* parent, const Node* child):
    cdef _FieldGetter getter = _FieldGetter.__new__(_FieldGetter)
    getter.row_class = <PyObject*> row_class
    getter.parent = parent
    getter.child = child
    return getter


@cython.no_gc
@cython.collection_type("mapping")
cdef class Row(View):
    """A record, or a struct inside one, read where it lies.

    A mapping from field names to values; fields are also attributes where the name
    is free, and reached by position. Nested values are views that share the bytes.

    Notes
    -----
    Made by `Rows`, `RowData` and encoders. The view keeps its bytes alive. Reading
    follows the row layout of its plan (row_format 2.1, 7.3) and raises `DecodeError`
    when the bytes lie; it never reads outside the row.
    """

    def __getitem__(self, key):
        cdef Py_ssize_t i
        cdef PyObject* found
        if PyUnicode_CheckExact(key) and self.node.info != NULL:
            found = PyDict_GetItemWithError(info_of(self.node).positions, key)
            if found != NULL:
                return field_value(self, &self.node.children[digit(<object> found)])
        elif PyLong_CheckExact(key):
            i = index_of(key, self.node.n_children, "field")
            return field_value(self, &self.node.children[i])
        return _views.row_item(self, key)

    def __len__(self):
        return self.node.n_children

    def __iter__(self):
        return iter(self._names)

    def __reversed__(self):
        return reversed(self._names)

    def __contains__(self, name):
        return name in self._names

    def __getbuffer__(self, Py_buffer* view, int flags):
        PyBuffer_FillInfo(view, self, <void*> self.ptr, <Py_ssize_t> self.size, 1, flags)

    @property
    def _names(self):
        return NOTHING if self.node.info == NULL else info_of(self.node).names

    def to_dict(self):
        """Return the whole record as a dict; nested values as dicts and lists (copy)."""
        if self.node.info == NULL:
            return {}
        return tree_struct(self.node, self.ptr, self.size)

    def to_object(self, cls):
        """Return the values as an object of ``cls``, restored as an encoder does."""
        return _views.encoder_of(cls).from_row(self)

    def to_bytes(self):
        """Return a copy of the bytes of this record."""
        return PyBytes_FromStringAndSize(<const char*> self.ptr, <Py_ssize_t> self.size)

    def is_null(self, Py_ssize_t i):
        """Tell whether the field at position ``i`` is null."""
        if i < 0 or i >= self.node.n_children:
            raise IndexError(f"field {i} of a row with {self.node.n_children} fields")
        return null_at(self.ptr, self.node, &self.node.children[i])

    def keys(self):
        """Return the field names in order."""
        return list(self._names)

    def values(self):
        """Return the values in order; nested ones are views."""
        return [self[i] for i in range(len(self))]

    def items(self):
        """Return pairs of name and value in order."""
        return list(zip(self._names, self.values()))

    def get(self, name, default=None):
        """Return the value of a field, or ``default`` when there is no such field."""
        return self[name] if name in self else default

    def __eq__(self, other):
        return _views.rows_equal(self, other)

    def __hash__(self):
        return hash(_views.freeze(self.to_dict()))

    def __repr__(self):
        return _views.row_repr(self)

    def _repr_html_(self):
        return row_html(self)

    def __dir__(self):
        names = {*object.__dir__(self), *self._names}
        return sorted(filter(str.isidentifier, names))

    def __reduce__(self):
        return _views.row_reduce(self)


# -- arrays ------------------------------------------------------------------------


cdef Array make_array(
    Plan plan, const Node* node, const uint8_t* ptr, uint64_t size, object owner
):
    cdef Array array = Array.__new__(Array)
    open_array(node, node.children, ptr, size, &array.elements)
    array.node = node.children
    array.step = 1
    array.n = <int64_t> array.elements.n
    array._plan = plan
    array._owner = owner
    return array


cdef Array _elements_view(
    Plan plan, const Node* node, const Elements* elements, object owner
):
    cdef Array array = Array.__new__(Array)
    array.elements = elements[0]
    array.node = node
    array.step = 1
    array.n = <int64_t> elements.n
    array._plan = plan
    array._owner = owner
    return array


@cython.no_gc
@cython.final
@cython.collection_type("sequence")
cdef class Array(View):
    """The elements of a list, read where they lie: a sequence.

    An int gives an element, a slice another view. Elements without nulls of a number
    type are also a read-only buffer: ``np.asarray(array)`` copies nothing.
    """

    def __len__(self):
        return self.n

    def __getitem__(self, key):
        cdef int64_t i
        cdef Array part
        if isinstance(key, slice):
            start, stop, step = key.indices(self.n)
            part = _elements_view(self._plan, self.node, &self.elements, self._owner)
            part.first = self.first + start * self.step
            part.step = self.step * step
            part.n = len(range(start, stop, step))
            return part
        if PyLong_CheckExact(key):
            i = index_of(key, self.n, "array position")
        else:
            i = _views.position(key, self.n, "array")
        return self.at(i)

    cdef object at(self, int64_t i):
        cdef uint64_t k = <uint64_t> (self.first + i * self.step)
        cdef const Elements* a = &self.elements
        if null_element(a, k):
            return None
        return value_at(
            self._plan, self.node, a.data + k * self.node.width, a.base, a.size, a.body,
            self._owner,
        )

    def __iter__(self):
        cdef int64_t i
        for i in range(self.n):
            yield self.at(i)

    def to_list(self):
        """Return the elements as a list; nested ones as dicts and lists (copy)."""
        cdef int64_t i
        if self.step == 1 and self.n == <int64_t> self.elements.n:
            return tree_list(self.node, &self.elements)
        return [
            tree_element(self.node, &self.elements, self.first + i * self.step)
            for i in range(self.n)
        ]

    tolist = to_list

    @property
    def num_elements(self):
        """Number of elements."""
        return self.n

    @property
    def null_count(self):
        """Number of elements that are null."""
        cdef int64_t i, count = 0
        for i in range(self.n):
            count += null_element(&self.elements, self.first + i * self.step)
        return count

    def is_null(self, key):
        """Tell whether an element is null."""
        cdef int64_t i = _views.position(key, self.n, "array")
        return null_element(&self.elements, self.first + i * self.step)

    def _bytes(self):
        """Return the whole array's bytes and the slice over its elements."""
        cdef const Elements* a = &self.elements
        data = PyBytes_FromStringAndSize(<const char*> a.base, <Py_ssize_t> a.size)
        return data, self.first, self.step, self.n

    def _data(self):
        """Return the slots of all elements, their width and the slice over them."""
        cdef const Elements* a = &self.elements
        data = _Memory.__new__(_Memory)
        (<_Memory> data).ptr = a.data
        (<_Memory> data).size = a.n * self.node.width
        (<_Memory> data).owner = self._owner
        return data, self.first, self.step, self.n

    def to_numpy(self, *, masked=False):
        """Return the elements as a read-only numpy array that shares the bytes.

        Parameters
        ----------
        masked : bool
            Return a `numpy.ma.MaskedArray` with the nulls masked.

        Raises
        ------
        TypeError
            If elements are not numbers, dates or times of fixed width.
        ValueError
            If there are nulls and ``masked`` is False.
        """
        return _views.array_to_numpy(self, masked)

    def __getbuffer__(self, Py_buffer* view, int flags):
        PyObject_GetBuffer(_views.array_to_numpy(self, False), view, flags)
        if view.format != NULL and view.format[0] == b"=":
            view.format += 1            # numpy's sign of no alignment; few know it

    def __array__(self, dtype=None, copy=None):
        return _views.array_protocol(self, dtype, copy)

    def __eq__(self, other):
        return _views.arrays_equal(self, other)

    __hash__ = None

    def __contains__(self, value):
        return any(v is value or v == value for v in self)

    def index(self, value):
        """Return the first position of a value; raise `ValueError` without one."""
        return self.to_list().index(value)

    def count(self, value):
        """Return how often a value occurs."""
        return self.to_list().count(value)

    def __repr__(self):
        return _views.array_repr(self)

    def __reduce__(self):
        return _views.array_reduce(self)


@cython.final
cdef class _Memory:
    """Read-only bytes kept alive by their owner."""
    cdef const uint8_t* ptr
    cdef uint64_t size
    cdef object owner

    def __getbuffer__(self, Py_buffer* view, int flags):
        PyBuffer_FillInfo(view, self, <void*> self.ptr, <Py_ssize_t> self.size, 1, flags)


# -- maps --------------------------------------------------------------------------


cdef Map make_map(
    Plan plan, const Node* node, const uint8_t* ptr, uint64_t size, object owner
):
    cdef Map made = Map.__new__(Map)
    open_map(node, ptr, size, &made.keys_, &made.values_)
    made.ptr = ptr
    made.size = size
    made.node = node
    made._plan = plan
    made._owner = owner
    return made


@cython.no_gc
@cython.final
@cython.collection_type("mapping")
cdef class Map(View):
    """The entries of a map, read where they lie: a mapping.

    Looking up a key decodes the keys once and remembers them. Where a key occurs
    twice, the last entry counts, as when a dict is built; `pairs` gives all.
    """

    def __len__(self):
        return self.keys_.n

    def keys_array(self):
        """Return the keys as an `Array` view."""
        return _elements_view(
            self._plan, &self.node.children[0], &self.keys_, self._owner
        )

    def values_array(self):
        """Return the values as an `Array` view."""
        return _elements_view(
            self._plan, &self.node.children[1], &self.values_, self._owner
        )

    cdef int64_t find(self, key) except -2:
        """Return the position of a key, or -1."""
        if self.found is None:
            keys = tree_list(&self.node.children[0], &self.keys_)
            self.found = {_views.freeze(k): i for i, k in enumerate(keys)}
        return self.found.get(_views.freeze(key), -1)

    def __getitem__(self, key):
        cdef int64_t i = self.find(key)
        if i < 0:
            raise KeyError(key)
        return self.values_array()[i]

    def __contains__(self, key):
        return self.find(key) >= 0

    def get(self, key, default=None):
        """Return the value of a key, or ``default``."""
        cdef int64_t i = self.find(key)
        return default if i < 0 else self.values_array()[i]

    def __iter__(self):
        return iter(self.keys_array())

    def __reversed__(self):
        return reversed(self.keys_array())

    def keys(self):
        """Return the keys in stored order."""
        return self.keys_array()

    def values(self):
        """Return the values in stored order."""
        return self.values_array()

    def items(self):
        """Return the entries in stored order; of a repeated key the last one."""
        return [(k, self[k]) for k in dict.fromkeys(self.keys_array())]

    def pairs(self):
        """Return all entries in stored order, repeated keys included."""
        return list(zip(self.keys_array(), self.values_array()))

    def to_dict(self):
        """Return a dict (copy); a list of pairs when keys are not hashable."""
        return {} if self.ptr == NULL else tree_map(self.node, self.ptr, self.size)

    def to_bytes(self):
        """Return a copy of the bytes of this map."""
        return PyBytes_FromStringAndSize(<const char*> self.ptr, <Py_ssize_t> self.size)

    def __eq__(self, other):
        return _views.maps_equal(self, other)

    __hash__ = None

    def __repr__(self):
        return _views.map_repr(self)

    def __reduce__(self):
        return _views.map_reduce(self)

_views.join_protocols(Row, Array, Map)
