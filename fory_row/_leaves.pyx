"""The values that a path leads to in many rows, gathered in order."""

cimport cython
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memcpy

from fory_row._block cimport Block
from fory_row._layout cimport (
    AS_DICTIONARY, AS_NULL, MAP, Elements, Node, Span, null_at, null_element,
)
from fory_row._path cimport ALL, FIELD, ITEM, KEY, PathCore, Route, Step, entry
from fory_row._plan cimport info_of
from fory_row._rows cimport RowsCore
from fory_row._tree cimport body_of, check_struct, open_array, open_map
from fory_row._view cimport value_at


@cython.final
cdef class Leaves:
    """Values gathered by a path: slots of numbers, or Python objects of the rest.

    Attributes
    ----------
    field : Field
        Of the values.
    objects : list or None
        The values where they are not numbers; else they are in `data`.
    """
    cdef uint8_t* data
    cdef uint8_t* valid
    cdef uint64_t n
    cdef uint64_t capacity
    cdef const Node* node
    cdef readonly object field
    cdef readonly list objects
    cdef readonly list ends             # number of values up to each row's end

    def __dealloc__(self):
        free(self.data)
        free(self.valid)

    cdef int begin(self, const Node* node) except -1:
        self.node = node
        self.field = info_of(node).field
        # Codes are no values, and nulls no numbers.
        numbers = node.scalar and node.access not in (AS_DICTIONARY, AS_NULL)
        self.objects = None if numbers else []
        self.ends = []
        return self.grow(1024)

    cdef int grow(self, uint64_t capacity) except -1:
        cdef uint8_t* data = <uint8_t*> realloc(self.data, capacity * self.node.width)
        if data == NULL:
            raise MemoryError
        self.data = data
        data = <uint8_t*> realloc(self.valid, capacity)
        if data == NULL:
            raise MemoryError
        self.valid = data
        self.capacity = capacity
        return 0

    cdef int add(self, const uint8_t* slot, value) except -1:
        """Append a slot, or the object ``value``; null when both are missing."""
        if self.objects is not None:
            self.objects.append(value)
            self.n += 1
            return 0
        if self.n == self.capacity:
            self.grow(2 * self.capacity)
        self.valid[self.n] = slot != NULL
        if slot != NULL:
            memcpy(self.data + self.n * self.node.width, slot, self.node.width)
        else:
            for i in range(self.node.width):
                self.data[self.n * self.node.width + i] = 0
        self.n += 1
        return 0

    cdef int end_row(self) except -1:
        self.ends.append(self.n)
        return 0

    def numbers(self):
        """Return the slots and one byte per value that tells whether it is there."""
        n = self.n
        return (
            (<char*> self.data)[:n * self.node.width], (<char*> self.valid)[:n],
        )


def gather(PathCore path not None, RowsCore rows not None):
    """Return a `Leaves` with the values of all rows, in order."""
    cdef Leaves out = Leaves()
    cdef Span span
    cdef Block block
    cdef int64_t i
    cdef Route route = path.compile(rows.plan, rows.plan.root)
    out.begin(route.steps[route.n - 1].node)
    for i in range(rows.n):
        block = rows.locate(i, &span)
        _visit(route, 0, route.root, span.ptr, span.size, out)
        out.end_row()
    return out


cdef int _visit(
    Route path, Py_ssize_t k, const Node* parent, const uint8_t* ptr, uint64_t size,
    Leaves out,
) except -1:
    """Add every value that steps ``k`` and on lead to from the structure at ``ptr``."""
    cdef const Step* step = &path.steps[k]
    cdef Elements array, keys
    cdef uint64_t i
    cdef const uint8_t* slot = NULL
    if step.op == FIELD:
        check_struct(parent, size)
        slot = ptr + step.node.slot
        if null_at(ptr, parent, step.node):
            slot = NULL
        return _follow(path, k, slot, ptr, size, parent.fixed_bytes, out)
    if step.op == KEY:
        entry(path.keys[k], parent, ptr, size, &array, &slot)
        return _follow(path, k, slot, array.base, array.size, array.body, out)
    if parent.kind == MAP:
        open_map(parent, ptr, size, &keys, &array)
    else:
        open_array(parent, step.node, ptr, size, &array)
    if step.op == ITEM:
        # Rows may have lists of any length: a missing item is null here.
        i = step.index + array.n if step.index < 0 else step.index
        slot = NULL
        if i < array.n and not null_element(&array, i):
            slot = array.data + i * step.node.width
        return _follow(path, k, slot, array.base, array.size, array.body, out)
    for i in range(array.n):
        slot = NULL
        if not null_element(&array, i):
            slot = array.data + i * step.node.width
        _follow(path, k, slot, array.base, array.size, array.body, out)
    return 0


cdef int _follow(
    Route path, Py_ssize_t k, const uint8_t* slot, const uint8_t* base,
    uint64_t size, uint64_t first, Leaves out,
) except -1:
    """Go on behind step ``k`` from the slot that it led to (NULL: null)."""
    cdef const Node* node = path.steps[k].node
    cdef Span body
    cdef Py_ssize_t later
    if k == path.n - 1:
        if out.objects is None:
            return out.add(slot, None)
        if slot == NULL:
            return out.add(NULL, None)
        value = value_at(path.plan, node, slot, base, size, first, None)
        if hasattr(value, "to_dict"):
            value = value.to_dict()
        elif hasattr(value, "to_list"):
            value = value.to_list()
        return out.add(NULL, value)
    if slot == NULL:
        for later in range(k + 1, path.n):
            if path.steps[later].op == ALL:
                return 0        # no list, no values
        return out.add(NULL, None)
    body_of(node, slot, base, size, first, &body)
    return _visit(path, k + 1, node, body.ptr, body.size, out)
