"""Smallest and largest values, nulls and NaNs of the scalar fields of a block."""

from libc.stdint cimport (
    int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t,
)
from libc.stdlib cimport free, malloc
from libc.string cimport memcmp

from fory._bytes cimport (
    load_f32_le, load_f64_le, load_u16_le, load_u32_le, load_u64_le,
)
from fory_row._block cimport Block
from fory_row._layout cimport (
    AS_BINARY, AS_DATE32, AS_DATE64, AS_DURATION, AS_FLOAT32, AS_FLOAT64, AS_INT8,
    AS_INT16, AS_INT32, AS_INT64, AS_TIME, AS_TIMESTAMP, AS_UINT8, AS_UINT16,
    AS_UINT32, AS_UINT64, AS_UTF8, Node, Span, null_at, take_pair,
)
from fory_row._plan cimport Plan

cdef enum Order:
    NO_ORDER = 0
    SIGNED
    UNSIGNED
    FLOATS
    BYTES

cdef enum:
    TILE = 64           # rows that stay in the nearest cache while all fields are read

_ORDERS = {
    **dict.fromkeys((AS_INT8, AS_INT16, AS_INT32, AS_INT64), SIGNED),
    **dict.fromkeys((AS_DATE32, AS_DATE64, AS_TIME, AS_TIMESTAMP, AS_DURATION), SIGNED),
    **dict.fromkeys((AS_UINT8, AS_UINT16, AS_UINT32, AS_UINT64), UNSIGNED),
    **dict.fromkeys((AS_FLOAT32, AS_FLOAT64), FLOATS),
    **dict.fromkeys((AS_UTF8, AS_BINARY), BYTES),
}


# What is known of one field so far; which pair counts depends on its order.
cdef struct Found:
    const Node* node
    int order
    bint any
    bint damaged
    int64_t nulls
    int64_t nans
    int64_t low
    int64_t high
    uint64_t ulow
    uint64_t uhigh
    double flow
    double fhigh
    Span blow
    Span bhigh


cdef inline int64_t load_signed(const uint8_t* p, int width) noexcept nogil:
    if width == 8:
        return <int64_t> load_u64_le(p)
    if width == 4:
        return <int32_t> load_u32_le(p)
    if width == 2:
        return <int16_t> load_u16_le(p)
    return <int8_t> p[0]


cdef inline uint64_t load_unsigned(const uint8_t* p, int width) noexcept nogil:
    if width == 8:
        return load_u64_le(p)
    if width == 4:
        return load_u32_le(p)
    if width == 2:
        return load_u16_le(p)
    return p[0]


cdef inline int compare(Span a, Span b) noexcept nogil:
    cdef int order = memcmp(a.ptr, b.ptr, a.size if a.size < b.size else b.size)
    if order:
        return order
    return (a.size > b.size) - (a.size < b.size)


cdef class Extremes:
    """Looks at the rows of blocks of one plan.

    Attributes
    ----------
    ordinals : tuple of int
        The fields that have an order, by position.
    """
    cdef Plan plan
    cdef Found* found
    cdef Py_ssize_t n
    cdef readonly tuple ordinals

    def __init__(self, Plan plan not None):
        cdef Py_ssize_t i
        cdef const Node* root = plan.root
        self.plan = plan
        self.ordinals = tuple([
            i for i in range(root.n_children) if root.children[i].access in _ORDERS
        ])
        self.n = len(self.ordinals)
        self.found = <Found*> malloc(max(self.n, 1) * sizeof(Found))
        if self.found == NULL:
            raise MemoryError
        for i in range(self.n):
            self.found[i].node = &root.children[<Py_ssize_t> self.ordinals[i]]
            self.found[i].order = _ORDERS[self.found[i].node.access]

    def __dealloc__(self):
        free(self.found)

    def of(self, Block block not None):
        """Return (min, max, nulls, NaNs) of each field; min is None without values.

        Times are counts in their unit, text is bytes. None stands for a field, or for
        all, whose bytes do not lie inside the rows.
        """
        cdef Span rows[TILE]
        cdef int64_t i, k, n
        cdef Py_ssize_t f
        for f in range(self.n):
            self.found[f].any = self.found[f].damaged = False
            self.found[f].nulls = self.found[f].nans = 0
        for i in range(0, block.n, TILE):
            n = min(block.n - i, <int64_t> TILE)
            for k in range(n):
                block.span(i + k, &rows[k])
                if rows[k].size < self.plan.root.fixed_bytes:
                    return None
            for f in range(self.n):
                look(self.plan.root, &self.found[f], rows, n)
        return [result(&self.found[f]) for f in range(self.n)]


cdef void look(const Node* root, Found* f, const Span* rows, int64_t n) noexcept nogil:
    if f.order == SIGNED:
        look_signed(root, f, rows, n)
    elif f.order == UNSIGNED:
        look_unsigned(root, f, rows, n)
    elif f.order == FLOATS:
        look_floats(root, f, rows, n)
    else:
        look_bytes(root, f, rows, n)


cdef tuple result(const Found* f):
    if f.damaged:
        return None
    if not f.any:
        return None, None, f.nulls, f.nans
    if f.order == SIGNED:
        return f.low, f.high, f.nulls, 0
    if f.order == UNSIGNED:
        return f.ulow, f.uhigh, f.nulls, 0
    if f.order == FLOATS:
        return f.flow, f.fhigh, f.nulls, f.nans
    low = (<char*> f.blow.ptr)[:f.blow.size]
    return low, (<char*> f.bhigh.ptr)[:f.bhigh.size], f.nulls, 0


cdef void look_signed(
    const Node* root, Found* f, const Span* rows, int64_t n
) noexcept nogil:
    cdef int64_t i, v
    for i in range(n):
        if null_at(rows[i].ptr, root, f.node):
            f.nulls += 1
            continue
        v = load_signed(rows[i].ptr + f.node.slot, f.node.width)
        if not f.any:
            f.low = f.high = v
            f.any = True
        f.low = min(f.low, v)
        f.high = max(f.high, v)


cdef void look_unsigned(
    const Node* root, Found* f, const Span* rows, int64_t n
) noexcept nogil:
    cdef int64_t i
    cdef uint64_t v
    for i in range(n):
        if null_at(rows[i].ptr, root, f.node):
            f.nulls += 1
            continue
        v = load_unsigned(rows[i].ptr + f.node.slot, f.node.width)
        if not f.any:
            f.ulow = f.uhigh = v
            f.any = True
        f.ulow = min(f.ulow, v)
        f.uhigh = max(f.uhigh, v)


cdef void look_floats(
    const Node* root, Found* f, const Span* rows, int64_t n
) noexcept nogil:
    cdef int64_t i
    cdef double v
    for i in range(n):
        if null_at(rows[i].ptr, root, f.node):
            f.nulls += 1
            continue
        if f.node.width == 4:
            v = load_f32_le(rows[i].ptr + f.node.slot)
        else:
            v = load_f64_le(rows[i].ptr + f.node.slot)
        if v != v:
            f.nans += 1
            continue
        if not f.any:
            f.flow = f.fhigh = v
            f.any = True
        f.flow = min(f.flow, v)
        f.fhigh = max(f.fhigh, v)


cdef void look_bytes(
    const Node* root, Found* f, const Span* rows, int64_t n
) noexcept nogil:
    cdef int64_t i
    cdef Span v
    for i in range(n):
        if null_at(rows[i].ptr, root, f.node):
            f.nulls += 1
            continue
        if not take_pair(
            rows[i].ptr + f.node.slot, rows[i].ptr, rows[i].size, root.fixed_bytes, &v
        ):
            f.damaged = True
            return
        if not f.any:
            f.blow = f.bhigh = v
            f.any = True
        elif compare(v, f.blow) < 0:
            f.blow = v
        elif compare(v, f.bhigh) > 0:
            f.bhigh = v
