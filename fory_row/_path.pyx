"""Compiled paths: one value deep inside a row, or all of them, without views between."""

cimport cython
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memcpy

from fory_row._block cimport Block
from fory_row._layout cimport (
    AS_DICTIONARY, AS_NULL, LIST, MAP, STRUCT, Elements, Node, Span, null_at, null_element,
)
from fory_row._plan cimport NodeInfo, Plan, info_of
from fory_row._rows cimport RowsCore
from fory_row._tree cimport body_of, check_struct, open_array, open_map, tree_element
from fory_row._view cimport Row, value_at

from fory_row.schema import no_field_message


@cython.final
cdef class Route:
    """The steps of a path from one node of a plan; it never changes once made.

    So threads may follow it while another one compiles the path for other rows.
    """

    def __cinit__(self, str text, tuple keys, Plan plan):
        self.text = text
        self.keys = keys
        self.plan = plan
        self.n = len(keys)
        self.steps = <Step*> calloc(max(self.n, 1), sizeof(Step))
        if self.steps == NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.steps)

    cdef object read(self, const uint8_t* ptr, uint64_t size, object owner):
        cdef const Node* parent = self.root
        cdef const Step* step
        cdef const uint8_t* slot
        cdef const uint8_t* base
        cdef uint64_t extent, first
        cdef Elements array
        cdef Span body
        cdef Py_ssize_t k
        for k in range(self.n):
            step = &self.steps[k]
            if step.op == FIELD:
                check_struct(parent, size)
                if null_at(ptr, parent, step.node):
                    return None
                slot, base, extent = ptr + step.node.slot, ptr, size
                first = parent.fixed_bytes
            elif step.op == ITEM:
                open_array(parent, step.node, ptr, size, &array)
                if not _item(step, &array, &slot):
                    return None
                base, extent, first = array.base, array.size, array.body
            elif step.op == KEY:
                if not _entry(self.keys[k], parent, ptr, size, &array, &slot):
                    return None
                base, extent, first = array.base, array.size, array.body
            else:
                raise TypeError(
                    f"{self.text!r} names many values; use its to_arrow(rows)"
                )
            if k == self.n - 1:
                return value_at(self.plan, step.node, slot, base, extent, first, owner)
            body_of(step.node, slot, base, extent, first, &body)
            ptr, size, parent = body.ptr, body.size, step.node
        return None


cdef class PathCore:
    """The compiled form of a path; `fory_row.path` parses the text."""

    def __cinit__(self, str text, tuple steps):
        self.text = text
        self.steps = steps

    cdef Route compile(self, Plan plan, const Node* root):
        """Resolve the steps against the node that the path starts from."""
        cdef Route route = Route(self.text, self.steps, plan)
        cdef const Node* node = root
        cdef Py_ssize_t k
        for k in range(route.n):
            node = _resolve(&route.steps[k], node, self.steps[k])
        route.root = root
        self.route = route
        return route

    def __call__(self, Row row not None):
        """Return the value of one row; None where something on the way is null."""
        cdef Route route = self.route
        if route is None or row._plan is not route.plan or row.node != route.root:
            route = self.compile(row._plan, row.node)
        return route.read(row.ptr, row.size, row._owner)

    def collect(self, RowsCore rows not None):
        """Return a `Leaves` with the values of all rows, in order."""
        cdef Leaves out = Leaves()
        cdef Span span
        cdef Block block
        cdef int64_t i
        cdef Route route = self.compile(rows.plan, rows.plan.root)
        out.begin(route.steps[route.n - 1].node)
        for i in range(rows.n):
            block = rows.locate(i, &span)
            _visit(route, 0, route.root, span.ptr, span.size, out)
            out.end_row()
        return out

    def __reduce__(self):
        from fory_row.paths import path

        return path, (self.text,)


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


cdef const Node* _resolve(Step* out, const Node* node, step) except NULL:
    """Compile one step from ``node``; return the node that it leads to."""
    cdef NodeInfo info = info_of(node)
    where = f" in {info.path!r}" if info.path else ""
    if node.kind == STRUCT:
        if not isinstance(step, str):
            raise KeyError(f"fields{where} have names, not positions like [{step}]")
        ordinal = info.positions.get(step)
        if ordinal is None:
            raise KeyError(no_field_message(step, list(info.names)) + where)
        out.op = FIELD
        out.node = &node.children[<Py_ssize_t> ordinal]
    elif node.kind == MAP:
        out.op = ALL if step is Ellipsis else KEY
        out.node = &node.children[1]
    elif node.kind != LIST:
        raise KeyError(f"{info.path!r} is {info.field.type}; nothing is inside it")
    else:
        if isinstance(step, str):
            raise KeyError(f"{info.path!r} is a list; name its fields as [*].{step}")
        out.op = ALL if step is Ellipsis else ITEM
        out.index = 0 if step is Ellipsis else step
        out.node = &node.children[0]
    return out.node


cdef bint _item(
    const Step* step, const Elements* array, const uint8_t** slot
) except -1:
    """Point ``slot`` at the item of a step; False when it is null."""
    cdef int64_t i = step.index
    if i < 0:
        i += array.n
    if i < 0 or <uint64_t> i >= array.n:
        raise IndexError(
            f"item {step.index} of {array.n} in {info_of(step.node).path!r}"
        )
    if null_element(array, i):
        return False
    slot[0] = array.data + i * step.node.width
    return True


cdef bint _entry(
    key, const Node* map_node, const uint8_t* ptr, uint64_t size, Elements* values,
    const uint8_t** slot,
) except -1:
    """Point ``slot`` at the value under a key, the last one; False when it is null."""
    cdef Elements keys
    cdef uint64_t i, at = 0
    cdef bint found = False
    open_map(map_node, ptr, size, &keys, values)
    for i in range(keys.n):
        if tree_element(&map_node.children[0], &keys, i) == key:
            at, found = i, True
    if not found or null_element(values, at):
        return False
    slot[0] = values.data + at * map_node.children[1].width
    return True


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
        _entry(path.keys[k], parent, ptr, size, &array, &slot)
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
