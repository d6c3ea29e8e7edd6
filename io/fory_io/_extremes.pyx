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

SIGNED = (AS_INT8, AS_INT16, AS_INT32, AS_INT64, AS_DATE32, AS_DATE64, AS_TIME,
          AS_TIMESTAMP, AS_DURATION)
UNSIGNED = (AS_UINT8, AS_UINT16, AS_UINT32, AS_UINT64)
FLOATS = (AS_FLOAT32, AS_FLOAT64)
BYTES = (AS_UTF8, AS_BINARY)


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
    cdef readonly tuple ordinals

    def __init__(self, Plan plan not None):
        cdef Py_ssize_t i
        self.plan = plan
        ordered = SIGNED + UNSIGNED + FLOATS + BYTES
        self.ordinals = tuple([
            i for i in range(plan.root.n_children)
            if plan.root.children[i].access in ordered
        ])

    def of(self, Block block not None):
        """Return (min, max, nulls, NaNs) of each field; min is None without values.

        Times are counts in their unit, text is bytes.
        """
        cdef const uint8_t** rows = NULL
        cdef uint64_t* sizes = NULL
        cdef Span row
        cdef int64_t i, n = block.n
        rows = <const uint8_t**> malloc(max(n, 1) * sizeof(void*))
        sizes = <uint64_t*> malloc(max(n, 1) * sizeof(uint64_t))
        try:
            if rows == NULL or sizes == NULL:
                raise MemoryError
            for i in range(n):
                block.span(i, &row)
                if row.size < self.plan.root.fixed_bytes:
                    return None
                rows[i] = row.ptr
                sizes[i] = row.size
            return [self.field(k, rows, sizes, n) for k in self.ordinals]
        finally:
            free(rows)
            free(sizes)

    cdef object field(
        self, Py_ssize_t k, const uint8_t** rows, uint64_t* sizes, int64_t n
    ):
        cdef const Node* root = self.plan.root
        cdef const Node* node = &root.children[k]
        if node.access in SIGNED:
            return signed_extremes(root, node, rows, n)
        if node.access in UNSIGNED:
            return unsigned_extremes(root, node, rows, n)
        if node.access in FLOATS:
            return float_extremes(root, node, rows, n)
        return bytes_extremes(root, node, rows, sizes, n)


cdef tuple signed_extremes(
    const Node* root, const Node* node, const uint8_t** rows, int64_t n
):
    cdef int64_t i, v, low = 0, high = 0, nulls = 0
    cdef bint found = False
    for i in range(n):
        if null_at(rows[i], root, node):
            nulls += 1
            continue
        v = load_signed(rows[i] + node.slot, node.width)
        if not found:
            low = high = v
            found = True
        low = min(low, v)
        high = max(high, v)
    return (low, high, nulls, 0) if found else (None, None, nulls, 0)


cdef tuple unsigned_extremes(
    const Node* root, const Node* node, const uint8_t** rows, int64_t n
):
    cdef uint64_t v, low = 0, high = 0
    cdef int64_t i, nulls = 0
    cdef bint found = False
    for i in range(n):
        if null_at(rows[i], root, node):
            nulls += 1
            continue
        v = load_unsigned(rows[i] + node.slot, node.width)
        if not found:
            low = high = v
            found = True
        low = min(low, v)
        high = max(high, v)
    return (low, high, nulls, 0) if found else (None, None, nulls, 0)


cdef tuple float_extremes(
    const Node* root, const Node* node, const uint8_t** rows, int64_t n
):
    cdef int64_t i, nulls = 0, nans = 0
    cdef double v, low = 0, high = 0
    cdef bint found = False
    for i in range(n):
        if null_at(rows[i], root, node):
            nulls += 1
            continue
        if node.width == 4:
            v = load_f32_le(rows[i] + node.slot)
        else:
            v = load_f64_le(rows[i] + node.slot)
        if v != v:
            nans += 1
            continue
        if not found:
            low = high = v
            found = True
        low = min(low, v)
        high = max(high, v)
    return (low, high, nulls, nans) if found else (None, None, nulls, nans)


cdef tuple bytes_extremes(
    const Node* root, const Node* node, const uint8_t** rows, uint64_t* sizes, int64_t n
):
    """Compare bytes; None when a pair points outside its row."""
    cdef int64_t i, nulls = 0
    cdef Span v, low, high
    cdef bint found = False
    low.ptr = high.ptr = NULL
    low.size = high.size = 0
    for i in range(n):
        if null_at(rows[i], root, node):
            nulls += 1
            continue
        if not take_pair(rows[i] + node.slot, rows[i], sizes[i], root.fixed_bytes, &v):
            return None
        if not found:
            low = high = v
            found = True
        elif compare(v, low) < 0:
            low = v
        elif compare(v, high) > 0:
            high = v
    if not found:
        return None, None, nulls, 0
    return (<char*> low.ptr)[:low.size], (<char*> high.ptr)[:high.size], nulls, 0
