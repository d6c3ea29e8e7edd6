"""Gather values that lie in the slot itself into Arrow buffers."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from fory._bytes cimport (
    load_u16_le, load_u32_le, load_u64_le, store_u16_le, store_u32_le, store_u64_le,
)
from fory_row._arrow_builder cimport Builder, append_validity, reserve
from fory_row._arrow_column cimport BATCH, keep
from fory_row._arrow_fault cimport (
    CODE_OUTSIDE, NO_MEMORY, NULL_NOT_ALLOWED, Reading, nulls_of_items, spend, spoil,
)
from fory_row._bits cimport lowest
from fory_row._lanes cimport (
    Two, firsts, kept, load_two, seconds, store_two, stream_two,
)
from fory_row._layout cimport AS_BOOL, AS_DICTIONARY, AS_NULL, Elements, Span
from fory_row._stream cimport LINE


# -- slots of rows ---------------------------------------------------------------------


cdef bint read_slots(
    Builder* b, const Span* rows, int n, uint64_t nulls, Reading* r
) noexcept nogil:
    """Append the field ``b.node`` of ``n`` <= BATCH rows whose slots are in bounds."""
    cdef int width = b.node.width
    cdef uint32_t slot = b.node.slot
    cdef uint8_t* to
    if b.node.access == AS_NULL:
        b.n += n
        return True
    if b.node.access == AS_BOOL:
        return _append_bools(b, _bools(rows, slot, n), n, nulls, r)
    if not reserve(&b.data, n * width):
        return spoil(r, b.node, NO_MEMORY)
    to = b.data.bytes + b.data.size
    _copy_slots(rows, slot, n, width, to)
    _zero_nulls(nulls, to, width)
    b.data.size += n * width
    return _finish(b, n, nulls, r)


cdef bint read_two_slots(
    Builder* a, Builder* b, const Span* rows, int n, uint64_t nulls_a,
    uint64_t nulls_b, Reading* r,
) noexcept nogil:
    """Append two fields of words at once, the slot of ``b`` behind that of ``a``."""
    cdef uint8_t* to_a
    cdef uint8_t* to_b
    if not reserve(&a.data, 8 * n) or not reserve(&b.data, 8 * n):
        return spoil(r, a.node, NO_MEMORY)
    to_a = a.data.bytes + a.data.size
    to_b = b.data.bytes + b.data.size
    # Whole lines that nobody reads again soon go past the caches.
    if r.large and n == BATCH and (<size_t> to_a | <size_t> to_b) % LINE == 0:
        _part(rows, a.node.slot, BATCH, nulls_a, nulls_b, True, to_a, to_b)
    else:
        _part(rows, a.node.slot, n, nulls_a, nulls_b, False, to_a, to_b)
    a.data.size += 8 * n
    b.data.size += 8 * n
    if append_validity(a, nulls_a, n) and append_validity(b, nulls_b, n):
        return True
    return spoil(r, a.node, NO_MEMORY)


cdef inline void _part(
    const Span* rows, uint32_t slot, int n, uint64_t nulls_a, uint64_t nulls_b,
    bint streams, uint8_t* a, uint8_t* b,
) noexcept nogil:
    """Part two columns of words; nulls become zeros: rows of any origin have any."""
    cdef int64_t k = 0
    if nulls_a | nulls_b:
        while k + 8 <= n:
            _part_lines(rows, slot, True, nulls_a, nulls_b, streams, a, b, k)
            k += 8
    else:
        while k + 8 <= n:
            _part_lines(rows, slot, False, 0, 0, streams, a, b, k)
            k += 8
    while k < n:
        store_u64_le(a + 8 * k, load_u64_le(rows[k].ptr + slot) & keep(nulls_a, k))
        store_u64_le(b + 8 * k, load_u64_le(rows[k].ptr + slot + 8) & keep(nulls_b, k))
        k += 1


cdef inline void _part_lines(
    const Span* rows, uint32_t slot, bint nulls, uint64_t nulls_a, uint64_t nulls_b,
    bint streams, uint8_t* to_a, uint8_t* to_b, int64_t k,
) noexcept nogil:
    """Part a line of each: a line of a stream is stored whole before the next."""
    cdef Two a[4]
    cdef Two b[4]
    cdef Two x, y
    cdef int64_t at
    for at in range(4):
        x = load_two(rows[k + 2 * at].ptr + slot)
        y = load_two(rows[k + 2 * at + 1].ptr + slot)
        a[at] = firsts(x, y)
        b[at] = seconds(x, y)
        if nulls:
            a[at] = kept(a[at], nulls_a, k + 2 * at)
            b[at] = kept(b[at], nulls_b, k + 2 * at)
    _store_line(to_a + 8 * k, a, streams)
    _store_line(to_b + 8 * k, b, streams)


cdef inline void _store_line(uint8_t* to, const Two* line, bint streams) noexcept nogil:
    cdef int64_t at
    for at in range(4):
        if streams:
            stream_two(to + 16 * at, line[at])
        else:
            store_two(to + 16 * at, line[at])


cdef inline void _copy_slots(
    const Span* rows, uint32_t slot, int n, int width, uint8_t* to
) noexcept nogil:
    if width == 8:
        _slots_8(rows, slot, n, to)
    elif width == 4:
        _slots_4(rows, slot, n, to)
    elif width == 2:
        _slots_2(rows, slot, n, to)
    else:
        _slots_1(rows, slot, n, to)


cdef bint _finish(Builder* b, int n, uint64_t nulls, Reading* r) noexcept nogil:
    """Check the codes just appended and append the validity."""
    if b.node.access == AS_DICTIONARY and not _codes_inside(b, n, nulls):
        return spoil(r, b.node, CODE_OUTSIDE)
    if not append_validity(b, nulls, n):
        return spoil(r, b.node, NO_MEMORY)
    return True


cdef void _slots_8(const Span* rows, uint32_t slot, int n, uint8_t* to) noexcept nogil:
    # Four at a time: the loop itself would cost as much as a value.
    cdef int64_t k = 0
    while k + 4 <= n:
        store_u64_le(to + 8 * k, load_u64_le(rows[k].ptr + slot))
        store_u64_le(to + 8 * k + 8, load_u64_le(rows[k + 1].ptr + slot))
        store_u64_le(to + 8 * k + 16, load_u64_le(rows[k + 2].ptr + slot))
        store_u64_le(to + 8 * k + 24, load_u64_le(rows[k + 3].ptr + slot))
        k += 4
    while k < n:
        store_u64_le(to + 8 * k, load_u64_le(rows[k].ptr + slot))
        k += 1


cdef void _slots_4(const Span* rows, uint32_t slot, int n, uint8_t* to) noexcept nogil:
    cdef int64_t k
    for k in range(n):
        store_u32_le(to + 4 * k, load_u32_le(rows[k].ptr + slot))


cdef void _slots_2(const Span* rows, uint32_t slot, int n, uint8_t* to) noexcept nogil:
    cdef int64_t k
    for k in range(n):
        store_u16_le(to + 2 * k, load_u16_le(rows[k].ptr + slot))


cdef void _slots_1(const Span* rows, uint32_t slot, int n, uint8_t* to) noexcept nogil:
    cdef int64_t k
    for k in range(n):
        to[k] = rows[k].ptr[slot]


cdef inline void _zero_nulls(uint64_t nulls, uint8_t* to, int width) noexcept nogil:
    """Zero the values of nulls: Arrow hands them on, and rows of any origin have any."""
    while nulls:
        memset(to + lowest(nulls) * width, 0, width)
        nulls &= nulls - 1


cdef uint64_t _bools(const Span* rows, uint32_t slot, int n) noexcept nogil:
    cdef uint64_t bits = 0
    cdef int64_t k
    for k in range(n):
        bits |= <uint64_t> (rows[k].ptr[slot] != 0) << k
    return bits


cdef bint _append_bools(
    Builder* b, uint64_t bits, int n, uint64_t nulls, Reading* r
) noexcept nogil:
    """Append bits to a bitmap in which the entries so far take ``b.n`` bits."""
    cdef int64_t byte = b.n >> 3
    cdef int bit = b.n & 7
    b.data.size = byte
    if not reserve(&b.data, 8):
        return spoil(r, b.node, NO_MEMORY)
    bits = (bits & ~nulls) << bit
    if bit:
        bits |= b.data.bytes[byte] & ((1 << bit) - 1)
    store_u64_le(b.data.bytes + byte, bits)
    if not append_validity(b, nulls, n):
        return spoil(r, b.node, NO_MEMORY)
    b.data.size = (b.n + 7) >> 3
    return True


cdef bint _codes_inside(const Builder* b, int n, uint64_t nulls) noexcept nogil:
    """Tell whether the last ``n`` codes are in the dictionary; those of nulls are 0."""
    cdef const uint8_t* codes = b.data.bytes + b.data.size - n * b.node.width
    if b.n_codes == 0:
        return nulls == (<uint64_t> 1 << n) - 1
    return _largest(codes, n, b.node.width) < <uint64_t> b.n_codes


cdef uint64_t _largest(const uint8_t* p, int64_t n, int width) noexcept nogil:
    """Return the largest code; a negative one is larger than any dictionary."""
    cdef uint64_t largest = 0
    cdef uint8_t largest_byte = 0
    cdef int64_t k
    if width == 1:
        for k in range(n):
            largest_byte = max(largest_byte, p[k])
        return largest_byte
    if width == 2:
        for k in range(n):
            largest = max(largest, <uint64_t> load_u16_le(p + 2 * k))
    elif width == 4:
        for k in range(n):
            largest = max(largest, <uint64_t> load_u32_le(p + 4 * k))
    else:
        for k in range(n):
            largest = max(largest, load_u64_le(p + 8 * k))
    return largest


# -- items of arrays -------------------------------------------------------------------


cdef bint read_items(Builder* b, const Elements* items, Reading* r) noexcept nogil:
    """Append all items of an array whose extent was checked."""
    cdef int64_t at = 0, n = items.n
    cdef uint64_t nulls
    cdef int m
    if not spend(r, b.node, n * b.node.width):
        return False
    if b.node.access != AS_BOOL and not reserve(&b.data, n * b.node.width):
        return spoil(r, b.node, NO_MEMORY)
    if _are_plain(b, items):
        _append_plain(b, items, r.end)
        return True
    while at < n:
        m = <int> min(n - at, <int64_t> BATCH)
        nulls = nulls_of_items(b.node, items, at)
        if nulls and not b.node.nullable and b.node.access != AS_NULL:
            return spoil(r, b.node, NULL_NOT_ALLOWED)
        if not _append_items(b, items.data + at * b.node.width, m, nulls, r):
            return False
        at += m
    return True


cdef inline bint _are_plain(const Builder* b, const Elements* items) noexcept nogil:
    """Whether an array is appended by copying its items: none is null, none a code."""
    cdef uint64_t nulls = 0
    cdef int64_t at = 0
    if b.has_nulls or b.node.access in (AS_BOOL, AS_DICTIONARY, AS_NULL):
        return False
    while at < <int64_t> items.n:
        nulls |= nulls_of_items(b.node, items, at)
        at += BATCH
    return nulls == 0


cdef inline void _append_plain(
    Builder* b, const Elements* items, const uint8_t* end
) noexcept nogil:
    """Append all items of an array as they are, where there is room for them."""
    cdef int64_t n_bytes = items.n * b.node.width
    cdef uint8_t* to = b.data.bytes + b.data.size
    # Few bytes are copied with those behind them: no size has to be told from another.
    if (
        n_bytes <= LINE and end != NULL and end - items.data >= LINE
        and <int64_t> b.data.room - b.data.size >= LINE
    ):
        memcpy(to, items.data, LINE)
    else:
        memcpy(to, items.data, n_bytes)
    b.data.size += n_bytes
    b.n += items.n


cdef bint _append_items(
    Builder* b, const uint8_t* values, int n, uint64_t nulls, Reading* r
) noexcept nogil:
    """Append ``n`` <= BATCH items for which there is room."""
    cdef int width = b.node.width
    cdef uint8_t* to = b.data.bytes + b.data.size
    cdef uint64_t bits = 0
    cdef int64_t k
    if b.node.access == AS_NULL:
        b.n += n
        return True
    if b.node.access == AS_BOOL:
        for k in range(n):
            bits |= <uint64_t> (values[k] != 0) << k
        return _append_bools(b, bits, n, nulls, r)
    memcpy(to, values, n * width)
    b.data.size += n * width
    _zero_nulls(nulls, to, width)
    return _finish(b, n, nulls, r)


cdef bint read_absent(Builder* b, int64_t n, Reading* r) noexcept nogil:
    """Append items of a fixed-size list that is null itself."""
    cdef uint64_t zeros[BATCH]
    cdef int64_t at = 0
    cdef int m
    memset(zeros, 0, sizeof(zeros))
    if b.node.access != AS_BOOL and not reserve(&b.data, n * b.node.width):
        return spoil(r, b.node, NO_MEMORY)
    while at < n:
        m = <int> min(n - at, <int64_t> BATCH)
        if not _append_items(b, <const uint8_t*> zeros, m, (<uint64_t> 1 << m) - 1, r):
            return False
        at += m
    return True
