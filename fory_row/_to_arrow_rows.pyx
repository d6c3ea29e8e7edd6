"""Rows to Arrow: one column after another out of a few rows at a time.

Every span is checked against the structure around it before it is used, so bytes of
any origin end in values or in a fault, never outside their block.
"""

from libc.stdint cimport INT32_MAX, int64_t, uint32_t, uint64_t, uint8_t
from libc.string cimport memcpy

from fory._bytes cimport load_u64_le, store_u32_le, store_u64_le
from fory_row._arrow_builder cimport Builder, append_validity, reserve
from fory_row._arrow_column cimport BATCH
from fory_row._arrow_fault cimport (
    ARRAY_OUTSIDE, MAP_UNSOUND, NO_MEMORY, NULL_NOT_ALLOWED, PAIR_OUTSIDE,
    ROW_TOO_SHORT, TOO_LARGE, WRONG_SIZE, Reading, nulls_of_items, spend, spoil,
    take_item_pairs, take_pairs,
)
from fory_row._bits cimport GROUP, fields_of
from fory_row._layout cimport (
    AS_DICTIONARY, AS_LIST, AS_MAP, AS_NULL, AS_STRUCT, FIXED, LARGE, LARGE_VIEW,
    Elements, Node, Span, take_elements, take_map, take_value,
)
from fory_row._stream cimport fetch, fetch_line
from fory_row._to_arrow_bytes cimport read_bytes
from fory_row._to_arrow_fixed cimport (
    read_absent, read_items, read_slots, read_two_slots,
)


# -- rows and structs ------------------------------------------------------------------


cdef bint read_rows(
    Builder* b, const Span* rows, int n, uint64_t absent, Reading* r
) noexcept nogil:
    """Append ``n`` <= BATCH rows to the fields of a struct.

    The rows in ``absent`` are those of null structs and point at ``r.absent``. Rows
    must be as long as their fixed part.
    """
    cdef Nulls nulls
    cdef Builder* child
    cdef uint64_t own, others
    cdef uint32_t i = 0
    nulls.group = <uint32_t> -1
    while i < b.node.n_children:
        child = &b.children[i]
        i += 1
        own = _nulls_of(child.node, b.node, rows, n, &nulls, r) | absent
        if own and _misplaced(child.node, own & ~absent):
            return spoil(r, child.node, NULL_NOT_ALLOWED)
        _ask_ahead(r, rows + n, child.node.slot)
        if not child.node.scalar:
            if not _read_variable(child, b.node, rows, n, own, absent, r):
                return False
        elif i < b.node.n_children and _are_words(child.node, child[1].node):
            others = _nulls_of(child[1].node, b.node, rows, n, &nulls, r) | absent
            if others and _misplaced(child[1].node, others & ~absent):
                return spoil(r, child[1].node, NULL_NOT_ALLOWED)
            _ask_ahead(r, NULL, 0)
            i += 1
            if not read_two_slots(child, child + 1, rows, n, own, others, r):
                return False
        elif not read_slots(child, rows, n, own, r):
            return False
    return True


cdef inline void _ask_ahead(Reading* r, const Span* next, uint32_t at) noexcept nogil:
    """Ask for a share of the rows that come next, or for what lies at one place of each.

    ``next`` is what follows the rows at hand; those of a nested struct have no next.
    """
    cdef int64_t k
    if r.ahead < r.beyond:
        fetch(r.ahead, min(r.share, r.beyond - r.ahead))
        r.ahead += r.share
    elif next == r.next:
        for k in range(r.n_next):
            fetch_line(next[k].ptr + at)


cdef inline bint _misplaced(const Node* node, uint64_t nulls) noexcept nogil:
    return nulls != 0 and not node.nullable and node.access != AS_NULL


cdef inline bint _are_words(const Node* a, const Node* b) noexcept nogil:
    """Whether two fields are words side by side, to be taken as they are."""
    return (
        b.scalar and a.width == 8 and b.width == 8 and b.slot == a.slot + 8
        and a.access != AS_DICTIONARY and b.access != AS_DICTIONARY
    )


# The nulls of up to 64 fields that share a word of the bitmap.
cdef struct Nulls:
    uint32_t group
    uint32_t turned             # one bit for each eight of ``fields`` that is valid
    uint64_t some               # fields that are null in any row
    uint64_t fields[GROUP]      # one bit for each row
    uint64_t words[BATCH]       # the bitmaps of the rows, valid if any field is null


cdef inline uint64_t _nulls_of(
    const Node* node, const Node* parent, const Span* rows, int n, Nulls* nulls,
    Reading* r,
) noexcept nogil:
    """Return the rows in which a field is null."""
    cdef uint32_t bit = node.bit % GROUP
    if not node.has_bit:
        return 0
    if node.bit // GROUP != nulls.group:
        nulls.group = node.bit // GROUP
        _load_nulls(parent, rows, n, nulls, r)
    if not (nulls.some >> bit) & 1:
        return 0
    if not (nulls.turned >> (bit >> 3)) & 1:
        _turn_nulls(nulls, bit >> 3)
    return nulls.fields[bit]


cdef void _load_nulls(
    const Node* node, const Span* rows, int n, Nulls* nulls, Reading* r
) noexcept nogil:
    """Load a word of every row's bitmap."""
    cdef uint64_t some = 0
    cdef uint32_t at = node.bitmap + nulls.group * (GROUP // 8)
    cdef uint32_t size = min(node.fixed_bytes - at, <uint32_t> 8)
    cdef uint32_t last = at + size - 8, too_many = 64 - 8 * size
    cdef int64_t k
    _ask_ahead(r, rows + n, at)
    if at + size >= 8:
        # A bitmap that ends sooner ends what is fixed, so there are slots before it.
        for k in range(n):
            nulls.words[k] = load_u64_le(rows[k].ptr + last) >> too_many
            some |= nulls.words[k]
    else:
        for k in range(n):
            nulls.words[k] = 0
            memcpy(&nulls.words[k], rows[k].ptr + at, size)
            some |= nulls.words[k]
    nulls.some = some
    nulls.turned = 0
    if some:
        for k in range(n, BATCH):
            nulls.words[k] = 0


cdef void _turn_nulls(Nulls* nulls, uint32_t eight) noexcept nogil:
    """Make bits of rows of the bits of eight fields."""
    cdef uint8_t bytes[BATCH]
    cdef int k
    for k in range(BATCH):
        bytes[k] = <uint8_t> (nulls.words[k] >> (8 * eight))
    fields_of(bytes, &nulls.fields[8 * eight])
    nulls.turned |= <uint32_t> 1 << eight


cdef bint _read_variable(
    Builder* b, const Node* parent, const Span* rows, int n, uint64_t nulls,
    uint64_t absent, Reading* r,
) noexcept nogil:
    cdef Span bodies[BATCH]
    cdef bint inside = True
    cdef int64_t k
    if not nulls and b.node.variable:
        inside = take_pairs(rows, n, b.node.slot, parent.fixed_bytes, bodies)
    elif not nulls:
        for k in range(n):
            bodies[k].ptr = rows[k].ptr + b.node.slot
            bodies[k].size = b.node.width
    else:
        for k in range(n):
            if (nulls >> k) & 1:
                bodies[k].ptr = r.absent
                bodies[k].size = 0
            else:
                inside &= take_value(
                    rows[k].ptr + b.node.slot, b.node, rows[k].ptr, rows[k].size,
                    parent.fixed_bytes, &bodies[k],
                )
    if not inside:
        return spoil(r, b.node, PAIR_OUTSIDE)
    return _read_bodies(b, bodies, n, nulls, r)


cdef bint _read_bodies(
    Builder* b, Span* bodies, int n, uint64_t nulls, Reading* r
) noexcept nogil:
    """Append ``n`` bodies that are in bounds; those of nulls are empty."""
    if b.node.access == AS_STRUCT:
        return _read_structs(b, bodies, n, nulls, r)
    if b.node.access == AS_LIST:
        return _read_lists(b, bodies, n, nulls, r)
    if b.node.access == AS_MAP:
        return _read_maps(b, bodies, n, nulls, r)
    return read_bytes(b, bodies, n, nulls, r)


cdef bint _read_structs(
    Builder* b, Span* bodies, int n, uint64_t nulls, Reading* r
) noexcept nogil:
    cdef int64_t k
    for k in range(n):
        if not (nulls >> k) & 1:
            if bodies[k].size < b.node.fixed_bytes:
                return spoil(r, b.node, ROW_TOO_SHORT)
            # A struct in the slot itself is part of what its parent takes.
            r.budget -= b.node.fixed_bytes if b.node.variable else 0
    if r.budget < 0 and not spend(r, b.node, 0):
        return False
    if not append_validity(b, nulls, n):
        return spoil(r, b.node, NO_MEMORY)
    return read_rows(b, bodies, n, nulls, r)


# -- lists and maps --------------------------------------------------------------------


cdef bint _read_lists(
    Builder* b, const Span* bodies, int n, uint64_t nulls, Reading* r
) noexcept nogil:
    cdef Elements arrays[BATCH]
    cdef int64_t k
    for k in range(n):
        arrays[k].n = 0
        if not (nulls >> k) & 1 and not take_elements(
            bodies[k].ptr, bodies[k].size, b.children[0].node, &arrays[k]
        ):
            return spoil(r, b.node, ARRAY_OUTSIDE)
    if b.node.wide == FIXED:
        return _read_fixed_lists(b, arrays, n, nulls, r)
    if not _append_counts(b, arrays, n, r):
        return False
    if not append_validity(b, nulls, n):
        return spoil(r, b.node, NO_MEMORY)
    return _read_arrays(&b.children[0], arrays, n, r)


cdef bint _read_fixed_lists(
    Builder* b, const Elements* arrays, int n, uint64_t nulls, Reading* r
) noexcept nogil:
    cdef int64_t k
    if not append_validity(b, nulls, n):
        return spoil(r, b.node, NO_MEMORY)
    for k in range(n):
        if (nulls >> k) & 1:
            if not _read_absent(&b.children[0], b.node.fixed, r):
                return False
        elif arrays[k].n != <uint64_t> b.node.fixed:
            return spoil(r, b.node, WRONG_SIZE)
        elif not _read_arrays(&b.children[0], &arrays[k], 1, r):
            return False
    return True


cdef bint _read_absent(Builder* b, int64_t n, Reading* r) noexcept nogil:
    """Append items of a fixed-size list that is null itself."""
    cdef Span bodies[BATCH]
    cdef int m, k
    if b.node.scalar:
        return read_absent(b, n, r)
    for k in range(BATCH):
        bodies[k].ptr = r.absent
        bodies[k].size = 0
    while n > 0:
        m = <int> min(n, <int64_t> BATCH)
        if not _read_bodies(b, bodies, m, (<uint64_t> 1 << m) - 1, r):
            return False
        n -= m
    return True


cdef bint _append_counts(
    Builder* b, const Elements* arrays, int n, Reading* r
) noexcept nogil:
    """Append the offsets of arrays."""
    cdef bint large = b.node.wide == LARGE or b.node.wide == LARGE_VIEW
    cdef int width = 8 if large else 4
    cdef int64_t end = b.children[0].n
    cdef int64_t k
    if not reserve(&b.offsets, n * width):
        return spoil(r, b.node, NO_MEMORY)
    for k in range(n):
        end += arrays[k].n
        if large:
            store_u64_le(b.offsets.bytes + b.offsets.size + 8 * k, end)
        else:
            store_u32_le(b.offsets.bytes + b.offsets.size + 4 * k, <uint32_t> end)
    b.offsets.size += n * width
    return large or end <= INT32_MAX or spoil(r, b.node, TOO_LARGE)


cdef bint _read_maps(
    Builder* b, const Span* bodies, int n, uint64_t nulls, Reading* r
) noexcept nogil:
    cdef Elements keys[BATCH]
    cdef Elements values[BATCH]
    cdef int64_t k
    for k in range(n):
        keys[k].n = values[k].n = 0
        if not (nulls >> k) & 1 and not take_map(
            bodies[k].ptr, bodies[k].size, b.node, &keys[k], &values[k]
        ):
            return spoil(r, b.node, MAP_UNSOUND)
    if not _append_counts(b, keys, n, r):
        return False
    if not append_validity(b, nulls, n):
        return spoil(r, b.node, NO_MEMORY)
    return (
        _read_arrays(&b.children[0], keys, n, r)
        and _read_arrays(&b.children[1], values, n, r)
    )


cdef enum:
    FEW = 8     # items of most arrays


# Items of several arrays that are read together.
cdef struct Pending:
    Span bodies[BATCH + FEW]
    uint64_t nulls
    int n


cdef bint _read_arrays(
    Builder* b, const Elements* arrays, int n, Reading* r
) noexcept nogil:
    """Append the items of arrays."""
    cdef Pending pending
    cdef int64_t k
    pending.n = 0
    pending.nulls = 0
    for k in range(n):
        if arrays[k].n == 0:
            continue
        if b.node.scalar:
            if not read_items(b, &arrays[k], r):
                return False
        elif not _read_pairs(b, &arrays[k], &pending, r):
            return False
    if pending.n == 0:
        return True
    return _read_bodies(b, pending.bodies, pending.n, pending.nulls, r)


cdef bint _read_pairs(
    Builder* b, const Elements* items, Pending* pending, Reading* r
) noexcept nogil:
    """Add the items of an array to those pending; read these when they are BATCH."""
    cdef int64_t at = 0, n = items.n, m, behind
    cdef uint64_t nulls
    if not spend(r, b.node, n * b.node.width):
        return False
    while at < n:
        # Up to where the next word of nulls begins.
        behind = at & (BATCH - 1)
        m = min(n - at, BATCH - max(behind, <int64_t> pending.n))
        nulls = nulls_of_items(b.node, items, at - behind) >> behind
        nulls &= (<uint64_t> 1 << m) - 1
        if nulls and not b.node.nullable:
            return spoil(r, b.node, NULL_NOT_ALLOWED)
        if not _take_items(b.node, items, at, m, nulls, &pending.bodies[pending.n], r):
            return False
        pending.nulls |= nulls << pending.n
        pending.n += <int> m
        at += m
        if pending.n == BATCH:
            if not _read_bodies(b, pending.bodies, BATCH, pending.nulls, r):
                return False
            pending.n = 0
            pending.nulls = 0
    return True


cdef inline bint _take_items(
    const Node* node, const Elements* items, int64_t at, int64_t n, uint64_t nulls,
    Span* bodies, Reading* r,
) noexcept nogil:
    """Find the bodies of ``n`` items from ``at`` on; up to FEW more are overwritten."""
    cdef const uint8_t* item = items.data + at * node.width
    cdef bint inside = True
    cdef int64_t k = 0, j
    if not nulls and node.variable:
        inside = take_item_pairs(items, at, n, bodies)
    elif not nulls:
        # Always so many at once: a loop over a few ends when nobody expects it.
        while k < n:
            for j in range(FEW):
                bodies[k + j].ptr = item
                bodies[k + j].size = node.width
                item += node.width
            k += FEW
    else:
        for k in range(n):
            if (nulls >> k) & 1:
                bodies[k].ptr = r.absent
                bodies[k].size = 0
            else:
                inside &= take_value(
                    items.data + (at + k) * node.width, node, items.base, items.size,
                    items.body, &bodies[k],
                )
    return inside or spoil(r, node, PAIR_OUTSIDE)
