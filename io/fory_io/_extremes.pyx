"""Smallest and largest values, nulls and NaNs of the scalar fields of a block."""

from libc.stdint cimport (
    INT8_MAX, INT8_MIN, INT16_MAX, INT16_MIN, INT32_MAX, INT32_MIN, INT64_MAX,
    INT64_MIN, UINT64_MAX, int8_t, int16_t, int32_t,
    int64_t, uint8_t, uint16_t, uint32_t, uint64_t,
)
from libc.math cimport INFINITY
from libc.stdlib cimport free, malloc
from libc.string cimport memcmp, memcpy, memset

from fory._bytes cimport load_u64_le
from fory_row._block cimport Block
from fory_row._layout cimport (
    AS_BINARY, AS_DATE32, AS_DATE64, AS_DURATION, AS_FLOAT32, AS_FLOAT64, AS_INT8,
    AS_INT16, AS_INT32, AS_INT64, AS_TIME, AS_TIMESTAMP, AS_UINT8, AS_UINT16,
    AS_UINT32, AS_UINT64, AS_UTF8, Node, Span, bit_at, null_at,
    take_pair,
)
from fory_row._plan cimport Plan

cdef extern from *:
    uint64_t __builtin_bswap64(uint64_t v) noexcept nogil
    void __builtin_prefetch(const void* p) noexcept nogil

cdef enum Order:
    SIGNED
    UNSIGNED
    FLOATS
    BYTES

cdef enum:
    TILE = 64           # rows that stay in the nearest cache while all fields are read
    TILES = 16          # that are read without asking the interpreter for anything

_ORDERS = {
    **dict.fromkeys((AS_INT8, AS_INT16, AS_INT32, AS_INT64), SIGNED),
    **dict.fromkeys((AS_DATE32, AS_DATE64, AS_TIME, AS_TIMESTAMP, AS_DURATION), SIGNED),
    **dict.fromkeys((AS_UINT8, AS_UINT16, AS_UINT32, AS_UINT64), UNSIGNED),
    **dict.fromkeys((AS_FLOAT32, AS_FLOAT64), FLOATS),
    **dict.fromkeys((AS_UTF8, AS_BINARY), BYTES),
}

ctypedef fused Number:
    int8_t
    int16_t
    int32_t
    int64_t
    uint8_t
    uint16_t
    uint32_t
    uint64_t
    float
    double


# A number of any type.
cdef union Any:
    int8_t i8
    int16_t i16
    int32_t i32
    int64_t i64
    uint8_t u8
    uint16_t u16
    uint32_t u32
    uint64_t u64
    float f32
    double f64


# A run of bytes, and its first eight as a number that has their order.
cdef struct Text:
    Span span
    uint64_t prefix


# What is known of one field so far; which pair counts depends on its order.
cdef struct Found:
    const Node* node
    int order
    bint damaged
    int64_t n               # values that are neither null nor NaN
    int64_t nulls
    int64_t nans
    Any low
    Any high
    Text first
    Text last


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
    cdef uint8_t* some                  # null bits of a tile, all rows together
    cdef int n_bytes
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
            if self.found[i].node.has_bit:
                self.n_bytes = max(self.n_bytes, (self.found[i].node.bit >> 3) + 1)
        self.some = <uint8_t*> malloc(max(self.n_bytes, 1))
        if self.some == NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.found)
        free(self.some)

    def of(self, Block block not None):
        """Return (min, max, nulls, NaNs) of each field; min is None without values.

        Times are counts in their unit, text is bytes. None stands for a field, or for
        all, whose bytes do not lie inside the rows.
        """
        cdef Span rows[TILE * TILES]
        cdef int64_t i, k, n
        cdef Py_ssize_t f
        for f in range(self.n):
            begin(&self.found[f])
        for i in range(0, block.n, TILE * TILES):
            n = min(block.n - i, <int64_t> TILE * TILES)
            block.spans(i, n, rows)
            for k in range(n):
                if rows[k].size < self.plan.root.fixed_bytes:
                    return None
            with nogil:
                for k in range(0, n, 64):  # TILE
                    self.take_in(rows + k, min(n - k, <int64_t> TILE))
        return [result(&self.found[f]) for f in range(self.n)]

    cdef void take_in(self, const Span* rows, int64_t n) noexcept nogil:
        """Look at all fields of at most ``TILE`` rows."""
        cdef Py_ssize_t f
        prefetch(&rows[n - 1], rows[n - 1].ptr - rows[0].ptr)
        any_null(self.plan.root, rows, n, self.some, self.n_bytes)
        for f in range(self.n):
            look(self.plan.root, &self.found[f], rows, n, self.some)


cdef inline void prefetch(const Span* last, int64_t n) noexcept nogil:
    """Ask for the bytes of the next tile, which as a rule lies behind this one."""
    cdef int64_t at
    for at in range(0, n, 64):
        __builtin_prefetch(last.ptr + last.size + at)


cdef void begin(Found* f) noexcept nogil:
    """Forget all values: the least is above every other one, the greatest below."""
    cdef int width = f.node.width
    f.damaged = False
    f.n = f.nulls = f.nans = 0
    f.low.u64 = f.high.u64 = 0
    f.first.span.ptr = NULL
    if f.order == UNSIGNED:
        f.low.u64 = UINT64_MAX
    elif f.order == FLOATS and width == 4:
        f.low.f32, f.high.f32 = <float> INFINITY, <float> -INFINITY
    elif f.order == FLOATS:
        f.low.f64, f.high.f64 = INFINITY, -INFINITY
    elif width == 8:
        f.low.i64, f.high.i64 = INT64_MAX, INT64_MIN
    elif width == 4:
        f.low.i32, f.high.i32 = INT32_MAX, INT32_MIN
    elif width == 2:
        f.low.i16, f.high.i16 = INT16_MAX, INT16_MIN
    else:
        f.low.i8, f.high.i8 = INT8_MAX, INT8_MIN


cdef inline void any_null(
    const Node* root, const Span* rows, int64_t n, uint8_t* some, int n_bytes
) noexcept nogil:
    """Say in ``some`` which fields are null in any row."""
    cdef int64_t i
    cdef int k
    memset(some, 0, n_bytes)
    for i in range(n):
        for k in range(n_bytes):
            some[k] |= rows[i].ptr[root.bitmap + k]


cdef void look(
    const Node* root, Found* f, const Span* rows, int64_t n, const uint8_t* some
) noexcept nogil:
    """Take in one field of at most ``TILE`` rows, ``some`` of which may be null."""
    cdef Span present[TILE]
    cdef int64_t i, k = 0
    cdef int width = f.node.width
    if f.node.has_bit and bit_at(some, f.node.bit):
        for i in range(n):
            present[k] = rows[i]
            k += not null_at(rows[i].ptr, root, f.node)
        f.nulls += n - k
        rows, n = present, k
    f.n += n
    if f.order == BYTES:
        look_texts(root, f, rows, n)
    elif f.order == FLOATS and width == 8:
        look_numbers(f, rows, n, &f.low.f64, &f.high.f64)
    elif f.order == FLOATS:
        look_numbers(f, rows, n, &f.low.f32, &f.high.f32)
    elif f.order == SIGNED and width == 8:
        look_numbers(f, rows, n, &f.low.i64, &f.high.i64)
    elif f.order == SIGNED and width == 4:
        look_numbers(f, rows, n, &f.low.i32, &f.high.i32)
    elif f.order == SIGNED and width == 2:
        look_numbers(f, rows, n, &f.low.i16, &f.high.i16)
    elif f.order == SIGNED:
        look_numbers(f, rows, n, &f.low.i8, &f.high.i8)
    elif width == 8:
        look_numbers(f, rows, n, &f.low.u64, &f.high.u64)
    elif width == 4:
        look_numbers(f, rows, n, &f.low.u32, &f.high.u32)
    elif width == 2:
        look_numbers(f, rows, n, &f.low.u16, &f.high.u16)
    else:
        look_numbers(f, rows, n, &f.low.u8, &f.high.u8)


cdef inline void look_numbers(
    Found* f, const Span* rows, int64_t n, Number* least, Number* greatest
) noexcept nogil:
    """Take in numbers; a NaN is neither less nor greater than anything."""
    cdef uint32_t slot = f.node.slot
    cdef Number low = least[0], high = greatest[0], v
    cdef int64_t i, nans = 0
    for i in range(n):
        memcpy(&v, rows[i].ptr + slot, sizeof(Number))
        low = v if v < low else low
        high = v if v > high else high
        nans += v != v
    least[0], greatest[0] = low, high
    f.nans += nans
    f.n -= nans


cdef inline uint64_t prefix_of(Span v, const uint8_t* end) noexcept nogil:
    """Return the first eight bytes as a number; zeros stand for what is missing."""
    cdef uint64_t word = 0
    if end - v.ptr >= 8:
        word = load_u64_le(v.ptr)
        if v.size < 8:
            word &= (<uint64_t> 1 << (8 * v.size)) - 1
    else:
        memcpy(&word, v.ptr, v.size)
    return __builtin_bswap64(word)


cdef inline bint is_less(const Text* a, const Text* b) noexcept nogil:
    cdef uint64_t common = min(a.span.size, b.span.size)
    cdef int order
    if a.prefix != b.prefix:
        return a.prefix < b.prefix
    order = memcmp(a.span.ptr, b.span.ptr, common)
    return order < 0 or (order == 0 and a.span.size < b.span.size)


cdef void look_texts(
    const Node* root, Found* f, const Span* rows, int64_t n
) noexcept nogil:
    cdef int64_t i
    cdef Text v
    for i in range(n):
        if not take_pair(
            rows[i].ptr + f.node.slot, rows[i].ptr, rows[i].size, root.fixed_bytes,
            &v.span,
        ):
            f.damaged = True
            return
        v.prefix = prefix_of(v.span, rows[i].ptr + rows[i].size)
        if f.first.span.ptr == NULL:
            f.first = f.last = v
        elif is_less(&v, &f.first):
            f.first = v
        elif is_less(&f.last, &v):
            f.last = v


cdef tuple result(const Found* f):
    if f.damaged:
        return None
    if f.n == 0:
        return None, None, f.nulls, f.nans
    if f.order == BYTES:
        return as_bytes(f.first.span), as_bytes(f.last.span), f.nulls, 0
    return number(f, f.low), number(f, f.high), f.nulls, f.nans


cdef bytes as_bytes(Span v):
    return (<char*> v.ptr)[:v.size]


cdef object number(const Found* f, Any v):
    cdef int width = f.node.width
    if f.order == FLOATS:
        return v.f64 if width == 8 else v.f32
    if width == 8:
        return v.i64 if f.order == SIGNED else v.u64
    if width == 4:
        return v.i32 if f.order == SIGNED else v.u32
    if width == 2:
        return v.i16 if f.order == SIGNED else v.u16
    return v.i8 if f.order == SIGNED else v.u8
