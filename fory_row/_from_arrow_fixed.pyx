"""Write values that lie in the slot itself, many rows or one array at a time."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from fory._bytes cimport (
    load_u16_le, load_u32_le, load_u64_le, store_u64_le, up8,
)
from fory_row._arrow_column cimport (
    BAD_CODE, BATCH, NONE, NULL_IN_REQUIRED, Column, Reason, bits_at, nulls_of,
)
from fory_row._bits cimport lowest
from fory_row._layout cimport AS_BOOL, AS_NULL, bit_at, bitmap_bytes
from fory_row._stream cimport fetch


# -- slots of rows: always all eight bytes, so that no other code has to zero them -----


cdef Reason write_slots(
    const Column* c, int64_t first, int n, uint64_t nulls, uint8_t** rows
) noexcept nogil:
    """Write the slots of ``n`` <= BATCH entries of a column from ``first`` on."""
    cdef const uint8_t* values = c.data + first * c.node.width
    cdef uint32_t slot = c.node.slot
    # The next entries of this column are wanted when all others had their turn.
    fetch(values + n * c.node.width, n * c.node.width)
    if c.node.access == AS_BOOL:
        _bool_slots(c, first, n, nulls, rows)
    elif c.node.access == AS_NULL:
        _zero_slots(n, rows, slot)
    elif c.remap != NULL:
        return _code_slots(c, first, n, nulls, rows)
    else:
        if c.node.width == 8:
            _slots_8(values, n, rows, slot)
        elif c.node.width == 4:
            _slots_4(values, n, rows, slot)
        elif c.node.width == 2:
            _slots_2(values, n, rows, slot)
        else:
            _slots_1(values, n, rows, slot)
        _zero_nulls(nulls, rows, slot)
    return NONE


cdef void _slots_8(
    const uint8_t* values, int n, uint8_t** rows, uint32_t slot
) noexcept nogil:
    # Four at a time: the loop itself would cost as much as a value.
    cdef int64_t k = 0
    while k + 4 <= n:
        store_u64_le(rows[k] + slot, load_u64_le(values + 8 * k))
        store_u64_le(rows[k + 1] + slot, load_u64_le(values + 8 * k + 8))
        store_u64_le(rows[k + 2] + slot, load_u64_le(values + 8 * k + 16))
        store_u64_le(rows[k + 3] + slot, load_u64_le(values + 8 * k + 24))
        k += 4
    while k < n:
        store_u64_le(rows[k] + slot, load_u64_le(values + 8 * k))
        k += 1


cdef void _slots_4(
    const uint8_t* values, int n, uint8_t** rows, uint32_t slot
) noexcept nogil:
    cdef int64_t k
    for k in range(n):
        store_u64_le(rows[k] + slot, load_u32_le(values + 4 * k))


cdef void _slots_2(
    const uint8_t* values, int n, uint8_t** rows, uint32_t slot
) noexcept nogil:
    cdef int64_t k
    for k in range(n):
        store_u64_le(rows[k] + slot, load_u16_le(values + 2 * k))


cdef void _slots_1(
    const uint8_t* values, int n, uint8_t** rows, uint32_t slot
) noexcept nogil:
    cdef int64_t k
    for k in range(n):
        store_u64_le(rows[k] + slot, values[k])


cdef inline void _zero_nulls(uint64_t nulls, uint8_t** rows, uint32_t slot) noexcept nogil:
    """Zero the slots of nulls, under which Arrow may have anything."""
    while nulls:
        store_u64_le(rows[lowest(nulls)] + slot, 0)
        nulls &= nulls - 1


cdef void _bool_slots(
    const Column* c, int64_t first, int n, uint64_t nulls, uint8_t** rows
) noexcept nogil:
    cdef uint64_t bits = _bools(c, first, n) & ~nulls
    cdef uint32_t slot = c.node.slot
    cdef int64_t k
    for k in range(n):
        store_u64_le(rows[k] + slot, (bits >> k) & 1)


cdef void _zero_slots(int n, uint8_t** rows, uint32_t slot) noexcept nogil:
    cdef int64_t k
    for k in range(n):
        store_u64_le(rows[k] + slot, 0)


cdef Reason _code_slots(
    const Column* c, int64_t first, int n, uint64_t nulls, uint8_t** rows
) noexcept nogil:
    cdef uint64_t code
    cdef int64_t k
    for k in range(n):
        code = 0
        if not (nulls >> k) & 1:
            code = _code(c, first + k)
            if code >= <uint64_t> c.n_remap:
                return BAD_CODE
            code = <uint64_t> c.remap[code] & _mask(c.node.width)
        store_u64_le(rows[k] + c.node.slot, code)
    return NONE


cdef inline uint64_t _code(const Column* c, int64_t i) noexcept nogil:
    """Return a code; a negative one comes back huge, or beyond any dictionary."""
    cdef uint64_t code = 0
    memcpy(&code, c.data + i * c.node.width, c.node.width)
    return code


cdef inline uint64_t _mask(int width) noexcept nogil:
    return (<uint64_t> -1) >> (64 - 8 * width)


cdef inline uint64_t _bools(const Column* c, int64_t first, int n) noexcept nogil:
    return bits_at(c.data, c.data_bit + first, c.data_bit + c.length, n)


# -- arrays: values side by side -------------------------------------------------------


cdef void write_array_head(uint8_t* to, uint64_t n) noexcept nogil:
    """Write the count and a bitmap without nulls."""
    store_u64_le(to, n)
    memset(to + 8, 0, bitmap_bytes(n))


cdef Reason write_array(
    const Column* c, int64_t start, int64_t n, uint8_t* to
) noexcept nogil:
    """Write a whole array of items ``start`` to ``start + n``."""
    cdef uint64_t head = 8 + bitmap_bytes(n)
    cdef uint64_t n_bytes = n * c.node.width
    cdef uint8_t* data = to + head
    write_array_head(to, n)
    if n == 0:
        return NONE
    store_u64_le(data + up8(n_bytes) - 8, 0)
    if c.node.access == AS_BOOL:
        _bool_items(c, start, n, data)
    elif c.node.access == AS_NULL:
        memset(data, 0, n_bytes)
    elif c.remap == NULL:
        memcpy(data, c.data + start * c.node.width, n_bytes)
    if c.validity != NULL or c.node.access == AS_NULL:
        if not _null_items(c, start, n, to + 8, data):
            return NULL_IN_REQUIRED
    if c.remap != NULL:
        return _code_items(c, start, n, to + 8, data)
    return NONE


cdef bint _null_items(
    const Column* c, int64_t start, int64_t n, uint8_t* bitmap, uint8_t* data
) noexcept nogil:
    """Set the bits of nulls and zero their values; False if none may be null."""
    cdef int64_t at = 0
    cdef int m, k
    cdef uint32_t nulls
    while at < n:
        m = <int> min(n - at, <int64_t> BATCH)
        nulls = <uint32_t> nulls_of(c, start + at, m)
        if nulls:
            if not c.node.nullable and c.node.access != AS_NULL:
                return False
            memcpy(bitmap + (at >> 3), &nulls, 4)
            for k in range(m):
                if (nulls >> k) & 1:
                    memset(data + (at + k) * c.node.width, 0, c.node.width)
        at += BATCH
    return True


cdef void _bool_items(
    const Column* c, int64_t start, int64_t n, uint8_t* data
) noexcept nogil:
    cdef int64_t at = 0
    cdef int m, k
    cdef uint64_t bits
    while at < n:
        m = <int> min(n - at, <int64_t> BATCH)
        bits = _bools(c, start + at, m)
        for k in range(m):
            data[at + k] = (bits >> k) & 1
        at += BATCH


cdef Reason _code_items(
    const Column* c, int64_t start, int64_t n, const uint8_t* bitmap, uint8_t* data
) noexcept nogil:
    cdef uint64_t code
    cdef int64_t k
    for k in range(n):
        code = 0
        if not bit_at(bitmap, k):
            code = _code(c, start + k)
            if code >= <uint64_t> c.n_remap:
                return BAD_CODE
            code = c.remap[code]
        memcpy(data + k * c.node.width, &code, c.node.width)
    return NONE
