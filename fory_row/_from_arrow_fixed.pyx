"""Write values that lie in the slot itself, many rows or one array at a time."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from fory._bytes cimport (
    load_u16_le, load_u32_le, load_u64_le, store_u16_le, store_u32_le, store_u64_le,
    up8,
)
from fory_row._arrow_column cimport (
    BAD_CODE, BATCH, NONE, NULL_IN_REQUIRED, Column, Reason, bits_at, is_null, keep,
    nulls_of,
)
from fory_row._lanes cimport Two, firsts, kept, load_two, seconds, store_two
from fory_row._layout cimport AS_BOOL, AS_NULL, array_head, count_bytes


# -- slots of rows: always all their bytes, so that no other code has to zero them -----


cdef Reason widen(
    const Column* c, int64_t first, int n, uint64_t nulls, uint64_t* words
) noexcept nogil:
    """Make slots of values that are no words in Arrow, or not the words to write."""
    if c.node.access == AS_BOOL:
        _spread(_bools(c, first, n), n, words)
    elif c.node.access == AS_NULL:
        _spread(0, n, words)
    elif c.remap != NULL:
        return _codes(c, first, n, nulls, words)
    else:
        _widen(c.data + first * c.node.width, n, c.node.width, words)
    return NONE


cdef void _widen(
    const uint8_t* values, int n, int width, uint64_t* words
) noexcept nogil:
    cdef int64_t k
    if width == 4:
        for k in range(n):
            words[k] = load_u32_le(values + 4 * k)
    elif width == 2:
        for k in range(n):
            words[k] = load_u16_le(values + 2 * k)
    else:
        for k in range(n):
            words[k] = values[k]


cdef void _spread(uint64_t bits, int n, uint64_t* words) noexcept nogil:
    cdef int64_t k
    for k in range(n):
        words[k] = (bits >> k) & 1


cdef Reason _codes(
    const Column* c, int64_t first, int n, uint64_t nulls, uint64_t* words
) noexcept nogil:
    cdef uint64_t code
    cdef int64_t k
    for k in range(n):
        words[k] = 0
        if not (nulls >> k) & 1:
            code = _code(c, first + k)
            if code >= <uint64_t> c.n_remap:
                return BAD_CODE
            words[k] = <uint64_t> c.remap[code] & _mask(c.node.width)
    return NONE


cdef void write_lane(const Lane* lane, int n, uint8_t** rows) noexcept nogil:
    """Write the slots of a column; under a null Arrow may have anything."""
    if lane.width == 8:
        _write_rest(lane, 0, n, rows)
    elif lane.width == 4:
        _write_narrow(lane, 4, n, rows)
    elif lane.width == 2:
        _write_narrow(lane, 2, n, rows)
    else:
        _write_narrow(lane, 1, n, rows)


cdef inline void _write_narrow(
    const Lane* lane, int width, int n, uint8_t** rows
) noexcept nogil:
    cdef const uint8_t* words = lane.words
    cdef uint64_t nulls = lane.nulls, word
    cdef uint32_t slot = lane.slot
    cdef int64_t k
    for k in range(n):
        word = load_u64_le(words + 8 * k) & keep(nulls, k)
        if width == 4:
            store_u32_le(rows[k] + slot, <uint32_t> word)
        elif width == 2:
            store_u16_le(rows[k] + slot, <uint16_t> word)
        else:
            rows[k][slot] = <uint8_t> word


cdef inline void _write_rest(
    const Lane* lane, int64_t k, int n, uint8_t** rows
) noexcept nogil:
    cdef const uint8_t* words = lane.words
    cdef uint64_t nulls = lane.nulls
    cdef uint32_t slot = lane.slot
    while k < n:
        store_u64_le(rows[k] + slot, load_u64_le(words + 8 * k) & keep(nulls, k))
        k += 1


cdef void write_two_lanes(
    const Lane* a, const Lane* b, int n, uint8_t** rows
) noexcept nogil:
    """Write the slots of two columns, those of the second right behind the first."""
    cdef const uint8_t* words_a = a.words
    cdef const uint8_t* words_b = b.words
    cdef uint64_t nulls_a = a.nulls, nulls_b = b.nulls
    cdef uint32_t slot = a.slot
    cdef int64_t k = 0
    if nulls_a | nulls_b:
        while k + 4 <= n:
            _write_four(words_a, words_b, True, nulls_a, nulls_b, rows, slot, k)
            k += 4
    else:
        while k + 4 <= n:
            _write_four(words_a, words_b, False, 0, 0, rows, slot, k)
            k += 4
    if k < n:
        _write_rest(a, k, n, rows)
        _write_rest(b, k, n, rows)


cdef inline void _write_four(
    const uint8_t* a, const uint8_t* b, bint nulls, uint64_t nulls_a, uint64_t nulls_b,
    uint8_t** rows, uint32_t slot, int64_t k,
) noexcept nogil:
    cdef Two x, y
    cdef int64_t at
    for at in range(k, k + 4, 2):
        x = load_two(a + 8 * at)
        y = load_two(b + 8 * at)
        if nulls:
            x = kept(x, nulls_a, at)
            y = kept(y, nulls_b, at)
        store_two(rows[at] + slot, firsts(x, y))
        store_two(rows[at + 1] + slot, seconds(x, y))


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


cdef Reason write_array(
    const Column* c, int64_t start, int64_t n, uint8_t* to
) noexcept nogil:
    """Write a whole array of items ``start`` to ``start + n``."""
    cdef uint64_t head = array_head(c.node, n)
    cdef uint64_t n_bytes = n * c.node.width
    cdef uint8_t* data = to + head
    write_array_head(to, n, head)
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
        if not _null_items(c, start, n, to + count_bytes(c.node), data):
            return NULL_IN_REQUIRED
    if c.remap != NULL:
        return _code_items(c, start, n, data)
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
            if c.node.nullable or not c.node.compact:
                memcpy(bitmap + (at >> 3), &nulls, (m + 7) >> 3)
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
    const Column* c, int64_t start, int64_t n, uint8_t* data
) noexcept nogil:
    cdef uint64_t code
    cdef int64_t k
    for k in range(n):
        code = 0
        if not is_null(c, start + k):
            code = _code(c, start + k)
            if code >= <uint64_t> c.n_remap:
                return BAD_CODE
            code = c.remap[code]
        memcpy(data + k * c.node.width, &code, c.node.width)
    return NONE
