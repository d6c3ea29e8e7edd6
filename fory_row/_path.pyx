"""Compiled paths: one value deep inside a row, without views between."""

cimport cython
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.stdlib cimport calloc, free

from fory_row._layout cimport (
    LIST, MAP, STRUCT, Elements, Node, Span, null_at, null_element,
)
from fory_row._plan cimport NodeInfo, Plan, info_of
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
                if not entry(self.keys[k], parent, ptr, size, &array, &slot):
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

    def __reduce__(self):
        from fory_row.paths import path

        return path, (self.text,)


cdef const Node* _resolve(Step* out, const Node* node, step) except NULL:
    """Compile one step from ``node``; return the node that it leads to."""
    cdef NodeInfo info = info_of(node)
    where = f" in {info.path!r}" if info.path else ""
    if node.kind == STRUCT:
        if not isinstance(step, str):
            text = "*" if step is ... else step
            raise KeyError(f"fields{where} have names, not positions like [{text}]")
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


cdef bint entry(
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
