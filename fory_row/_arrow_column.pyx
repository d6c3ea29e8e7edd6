"""Bind Arrow arrays to a plan; tell how long their entries are."""

from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free

from fory._bytes cimport load_u32_le
from fory_row._arrow_c cimport ArrowArray
from fory_row._layout cimport (
    AS_BOOL, AS_DECIMAL, AS_DICTIONARY, AS_LIST, AS_MAP, AS_NULL, AS_STRUCT, FIXED,
    LARGE, LARGE_VIEW, MAP, NARROW, VIEW, Node,
)
from fory_row._plan cimport NodeInfo, Plan, info_of

from fory.error import EncodeError


cdef class Columns:
    """The arrays of one batch, bound to the nodes of a plan.

    Parameters
    ----------
    plan : Plan
        Its schema must be that of the batch.
    batch : capsule
        An ``arrow_array`` of a struct; stays owned by the capsule.
    remaps : list
        For every dictionary node in depth-first order, None or a buffer of int64
        that maps the codes of this batch.
    """

    def __cinit__(self, Plan plan, batch, remaps):
        cdef ArrowArray* array = <ArrowArray*> PyCapsule_GetPointer(
            batch, "arrow_array"
        )
        if array.release == NULL:
            raise EncodeError("the Arrow batch was consumed already; ask for a new one")
        self.batch = batch
        self.remaps = list(remaps)
        self.n_columns = plan.n_nodes
        self.columns = <Column*> calloc(plan.n_nodes, sizeof(Column))
        if self.columns == NULL:
            raise MemoryError
        _bind(self, plan, plan.root, self.columns, array, 0, iter(self.remaps))

    def __dealloc__(self):
        cdef Py_ssize_t i
        if self.columns == NULL:
            return
        for i in range(self.n_columns):
            free(self.columns[i].body_bytes)
            free(self.columns[i].array_bytes)
        free(self.columns)

    def __reduce__(self):
        raise TypeError("columns are memory of Arrow; pickle the rows made of them")


cdef _bind(
    Columns self, Plan plan, const Node* node, Column* column, const ArrowArray* array,
    int64_t skip, remaps,
):
    """Bind a node and its children; ``skip`` entries lie before the parent's first."""
    cdef const ArrowArray* items = array
    cdef const Node* child
    cdef int64_t offset = array.offset + skip
    cdef Py_ssize_t i, place
    column.node = node
    column.length = array.length - skip
    if node.access != AS_NULL and array.n_buffers > 0 and array.null_count != 0:
        column.validity = <const uint8_t*> array.buffers[0]
        column.validity_bit = offset
    if node.n_children:
        column.children = &self.columns[node.children - plan.nodes]
    if node.kind == MAP:
        _need(node, array.n_children == 1)
        items = array.children[0]
    _need(node, items.n_children == node.n_children)
    if node.access == AS_DICTIONARY:
        _bind_codes(column, next(remaps))
    if node.access != AS_STRUCT:
        _bind_buffers(column, array, offset)
        offset = items.offset if node.kind == MAP else 0
    for i in range(node.n_children):
        child = &node.children[i]
        place = child.bit if node.access == AS_STRUCT else i
        _bind(
            self, plan, child, &column.children[place], items.children[i], offset,
            remaps,
        )


cdef _need(const Node* node, bint condition):
    if not condition:
        raise EncodeError(
            f"the Arrow array of field {info_of(node).path!r} has not the parts of its "
            f"type {info_of(node).field}"
        )


cdef _bind_codes(Column* column, remap):
    cdef const int64_t[::1] codes
    if remap is not None:
        codes = remap
        column.remap = &codes[0] if codes.shape[0] else NULL
        column.n_remap = codes.shape[0]


cdef _bind_buffers(Column* column, const ArrowArray* array, int64_t offset):
    """Point at the buffers of an array that is not a struct."""
    cdef const Node* node = column.node
    cdef const uint8_t* values
    cdef int64_t n_needed = _n_buffers(node)
    _need(node, array.n_buffers >= n_needed)
    if n_needed < 2:
        column.first_item = offset * node.fixed if node.fixed > 0 else 0
        return
    values = <const uint8_t*> array.buffers[1]
    if not node.variable or node.wide == FIXED or node.access == AS_DECIMAL:
        _bind_values(column, values, offset)
    elif node.access == AS_LIST or node.access == AS_MAP:
        _bind_items(column, array, offset)
    elif node.wide == VIEW:
        column.data = values + 16 * offset
        column.end = column.data + 16 * column.length
        column.buffers = array.buffers + 2
        column.buffer_bytes = <const uint8_t*> array.buffers[array.n_buffers - 1]
    else:
        column.offsets = values + offset * (8 if node.wide == LARGE else 4)
        column.data = <const uint8_t*> array.buffers[2]
        if column.length:
            column.end = column.data + _offset_at(column, column.length)


cdef int64_t _n_buffers(const Node* node):
    if node.access == AS_NULL:
        return 0
    if node.access == AS_LIST or node.access == AS_MAP:
        if node.wide == FIXED:
            return 1
        return 3 if node.wide in (VIEW, LARGE_VIEW) else 2
    if not node.variable or node.wide == FIXED or node.access == AS_DECIMAL:
        return 2
    return 3


cdef _bind_values(Column* column, const uint8_t* values, int64_t offset):
    """Point at values of one width."""
    cdef const Node* node = column.node
    cdef int64_t width = value_bytes(node)
    if node.access == AS_BOOL:
        column.data = values
        column.data_bit = offset
        return
    column.data = values + offset * width
    column.end = column.data + column.length * width


cdef int64_t value_bytes(const Node* node) noexcept nogil:
    """Return the bytes of one value in Arrow."""
    if node.access == AS_DECIMAL:
        return node.bits // 8
    return node.fixed if node.variable else node.width


cdef _bind_items(Column* column, const ArrowArray* array, int64_t offset):
    cdef int64_t width = 8 if column.node.wide in (LARGE, LARGE_VIEW) else 4
    column.offsets = <const uint8_t*> array.buffers[1] + offset * width
    if column.node.wide in (VIEW, LARGE_VIEW):
        column.sizes = <const uint8_t*> array.buffers[2] + offset * width


cdef inline int64_t _offset_at(const Column* c, int64_t i) noexcept nogil:
    if c.node.wide == LARGE or c.node.wide == LARGE_VIEW:
        return load_i64(c.offsets + 8 * i)
    return load_i32(c.offsets + 4 * i)


cdef void lengths(
    const Column* c, int64_t first, int n, uint64_t nulls, uint64_t* out
) noexcept nogil:
    """Store the body bytes of entries of a variable-width column; 0 where null."""
    cdef const Node* node = c.node
    cdef const uint8_t* p
    cdef int k
    if c.body_bytes != NULL:
        for k in range(n):
            out[k] = c.body_bytes[first - c.first_measured + k]
    elif node.access == AS_DECIMAL:
        for k in range(n):
            out[k] = 32
    elif node.wide == FIXED:
        for k in range(n):
            out[k] = node.fixed
    elif node.wide == VIEW:
        for k in range(n):
            out[k] = load_u32_le(c.data + 16 * (first + k))
    elif node.wide == LARGE:
        p = c.offsets + 8 * first
        for k in range(n):
            out[k] = load_i64(p + 8 * k + 8) - load_i64(p + 8 * k)
    else:
        p = c.offsets + 4 * first
        for k in range(n):
            out[k] = load_i32(p + 4 * k + 4) - load_i32(p + 4 * k)
    if nulls:
        for k in range(n):
            out[k] &= keep(nulls, k)


cdef bint items_of(
    const Column* c, int64_t first, int n, uint64_t nulls, int64_t* starts,
    int64_t* stops,
) noexcept nogil:
    """Store where the items of lists or maps lie; False when not inside the items."""
    cdef int64_t available = c.children[0].length
    cdef int64_t fixed = c.node.fixed
    cdef bint sound = True
    cdef int64_t k
    if c.node.wide == NARROW and not nulls:
        return _items_between(c.offsets + 4 * first, n, available, starts, stops)
    for k in range(n):
        if (nulls >> k) & 1:
            starts[k] = stops[k] = 0
            continue
        if c.node.wide == FIXED:
            starts[k] = c.first_item + (first + k) * fixed
            stops[k] = starts[k] + fixed
        elif c.sizes != NULL:
            starts[k] = _offset_at(c, first + k)
            if c.node.wide == LARGE_VIEW:
                stops[k] = starts[k] + load_i64(c.sizes + 8 * (first + k))
            else:
                stops[k] = starts[k] + load_i32(c.sizes + 4 * (first + k))
        else:
            starts[k] = _offset_at(c, first + k)
            stops[k] = _offset_at(c, first + k + 1)
        sound &= 0 <= starts[k] <= stops[k] <= available
    return sound


cdef inline bint _items_between(
    const uint8_t* offsets, int n, int64_t available, int64_t* starts, int64_t* stops
) noexcept nogil:
    """Store where lists between narrow offsets lie, the usual ones without nulls."""
    cdef int64_t start, stop = load_i32(offsets), wrong = stop, k
    for k in range(n):
        start = stop
        stop = load_i32(offsets + 4 * k + 4)
        starts[k] = start
        stops[k] = stop
        wrong |= stop - start
    return (wrong | (available - stop)) >= 0
