"""Second pass of Arrow to rows: one column after another into a few rows at a time.

Every function treats entries that are neighbours in Arrow and tells their places by a
pointer each, so the rows of a block and structs deep in lists take the same loops.
No store reaches beyond its own slot or body, so their order is free; bitmaps and heads
of arrays may do so, and come before the slots.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from fory._bytes cimport store_u64_le, up8
from fory_row._arrow_column cimport (
    BATCH, NONE, NULL_IN_REQUIRED, Column, Failure, Reason, items_of, keep, lengths,
    nulls_of,
)
from fory_row._bits cimport GROUP, Planes, put_field, words_of
from fory_row._from_arrow_bytes cimport (
    copy_bytes, is_text, write_text_array, write_texts,
)
from fory_row._from_arrow_fixed cimport (
    Lane, lane_of, write_array, write_array_head, write_lane, write_two_lanes,
)
from fory_row._layout cimport (
    AS_LIST, AS_MAP, AS_NULL, AS_STRUCT, Node, array_head, count_bytes, make_pair,
    padded,
)


cdef bint _fail(Failure* failure, const Column* c, Reason reason) noexcept nogil:
    """Note the column and the reason; True when there is one."""
    if reason == NONE:
        return False
    failure.reason = reason
    failure.node = c.node
    return True


cdef inline bint _forbidden(const Column* c, uint64_t nulls) noexcept nogil:
    return nulls != 0 and not c.node.nullable and c.node.access != AS_NULL


# -- rows and structs ------------------------------------------------------------------


cdef bint write_rows(
    const Column* c, int64_t first, int n, uint8_t** rows, Failure* failure
) noexcept nogil:
    """Write entries ``first`` to ``first + n`` (n <= BATCH, none null) of a struct."""
    cdef uint64_t cursors[BATCH]
    cdef uint64_t nulls[GROUP]
    cdef Lane lanes[2]
    cdef const Column* child
    cdef int waiting = 0
    cdef uint32_t i, field
    cdef int64_t k
    for k in range(n):
        cursors[k] = c.node.fixed_bytes
    for i in range(c.node.n_children):
        child = &c.children[i]
        field = i % GROUP
        if field == 0 and not _write_bitmap(c, i, first, n, nulls, rows, failure):
            return False
        if not child.node.scalar:
            if not _write_bytes(child, first, n, nulls[field], rows, cursors, failure):
                return False
            continue
        if _fail(failure, child, lane_of(
            child, first, n, nulls[field], &lanes[waiting]
        )):
            return False
        # Neighbours are written together.
        if not waiting:
            waiting = 1
        elif _are_neighbours(&lanes[0], &lanes[1]):
            write_two_lanes(&lanes[0], &lanes[1], n, rows)
            waiting = 0
        else:
            write_lane(&lanes[0], n, rows)
            write_lane(&lanes[1], n, rows)
            waiting = 0
    if waiting:
        write_lane(&lanes[0], n, rows)
    return True


cdef inline bint _are_neighbours(const Lane* a, const Lane* b) noexcept nogil:
    return a.slot + 8 == b.slot and a.width == 8 and b.width == 8


cdef uint64_t[BATCH] NO_NULLS     # all zero


cdef bint _write_bitmap(
    const Column* c, uint32_t start, int64_t first, int n, uint64_t* nulls,
    uint8_t** rows, Failure* failure,
) noexcept nogil:
    """Find the nulls of up to 64 fields, and write them as a word of every bitmap."""
    cdef int n_fields = <int> min(c.node.n_children - start, <uint32_t> GROUP)
    cdef uint64_t words[BATCH]
    cdef const uint64_t* stored = NO_NULLS
    cdef uint64_t some = 0
    cdef Planes planes
    cdef int64_t k
    for k in range(n_fields):
        nulls[k] = nulls_of(&c.children[start + k], first, n)
        if _forbidden(&c.children[start + k], nulls[k]):
            return not _fail(failure, &c.children[start + k], NULL_IN_REQUIRED)
        some |= nulls[k]
    if start and not c.children[start].node.has_bit:
        return True
    if some and c.children[start].node.has_bit:
        memset(&planes, 0, sizeof(planes))
        for k in range(n_fields):
            put_field(&planes, <int> k, nulls[k])
        words_of(&planes, n_fields, words)
        stored = words
    _store_words(c.node, c.node.bitmap + (start >> 3), stored, n, rows)
    return True


cdef void _store_words(
    const Node* node, uint32_t at, const uint64_t* words, int n, uint8_t** rows
) noexcept nogil:
    """Store a word of every bitmap, and the padding behind a compact one."""
    cdef uint32_t end = node.fixed_bytes, room = end - at
    cdef int64_t k
    if not node.compact:
        for k in range(n):
            store_u64_le(rows[k] + at, words[k])
    elif room == 0:
        pass
    elif room >= 8:
        for k in range(n):
            store_u64_le(rows[k] + end - 8, 0)
            store_u64_le(rows[k] + at, words[k])
    elif end >= 8 and at == node.bitmap:
        # What is before the bitmap are slots, and they come later.
        for k in range(n):
            store_u64_le(rows[k] + end - 8, words[k] << (64 - 8 * room))
    else:
        for k in range(n):
            memcpy(rows[k] + at, &words[k], room)


cdef bint _write_bytes(
    const Column* c, int64_t first, int n, uint64_t nulls, uint8_t** rows,
    uint64_t* cursors, Failure* failure,
) noexcept nogil:
    """Write values of many bytes: in the slots, or where each row's cursor is."""
    cdef uint64_t sizes[BATCH]
    cdef uint8_t* bodies[BATCH]
    cdef int64_t k
    if is_text(c.node):
        write_texts(c, first, n, nulls, rows, cursors)
        return True
    if not c.node.variable:
        for k in range(n):
            bodies[k] = rows[k] + c.node.slot
        return _write_bodies(c, first, n, nulls, bodies, NULL, failure)
    lengths(c, first, n, nulls, sizes)
    for k in range(n):
        bodies[k] = rows[k] + cursors[k]
        store_u64_le(
            rows[k] + c.node.slot, make_pair(cursors[k], sizes[k]) & keep(nulls, k)
        )
        cursors[k] += padded(c.node, sizes[k])
    return _write_bodies(c, first, n, nulls, bodies, sizes, failure)


cdef bint _write_bodies(
    const Column* c, int64_t first, int n, uint64_t nulls, uint8_t** bodies,
    const uint64_t* sizes, Failure* failure,
) noexcept nogil:
    if c.node.access == AS_STRUCT:
        return _write_structs(c, first, n, nulls, bodies, failure)
    if c.node.access == AS_LIST:
        return _write_lists(c, first, n, nulls, bodies, failure)
    if c.node.access == AS_MAP:
        return _write_maps(c, first, n, nulls, bodies, failure)
    copy_bytes(c, first, n, nulls, bodies, sizes)
    return True


cdef bint _write_structs(
    const Column* c, int64_t first, int n, uint64_t nulls, uint8_t** bodies,
    Failure* failure,
) noexcept nogil:
    """Write the runs of structs between nulls; these are zero where structs lie."""
    cdef int k = 0, stop
    if nulls == 0:
        return write_rows(c, first, n, bodies, failure)
    while k < n:
        if (nulls >> k) & 1:
            if not c.node.variable:
                memset(bodies[k], 0, c.node.width)
            k += 1
            continue
        stop = k + 1
        while stop < n and not (nulls >> stop) & 1:
            stop += 1
        if not write_rows(c, first + k, stop - k, bodies + k, failure):
            return False
        k = stop
    return True


# -- lists and maps --------------------------------------------------------------------


cdef bint _write_lists(
    const Column* c, int64_t first, int n, uint64_t nulls, uint8_t** bodies,
    Failure* failure,
) noexcept nogil:
    cdef int64_t starts[BATCH]
    cdef int64_t stops[BATCH]
    items_of(c, first, n, nulls, starts, stops)
    return _write_arrays(&c.children[0], n, nulls, starts, stops, bodies, failure)


cdef bint _write_maps(
    const Column* c, int64_t first, int n, uint64_t nulls, uint8_t** bodies,
    Failure* failure,
) noexcept nogil:
    cdef const uint32_t* key_bytes = (
        c.children[0].array_bytes + (first - c.first_measured)
    )
    cdef int64_t starts[BATCH]
    cdef int64_t stops[BATCH]
    cdef uint8_t* arrays[BATCH]
    cdef int k
    items_of(c, first, n, nulls, starts, stops)
    for k in range(n):
        if keep(nulls, k):
            store_u64_le(bodies[k], key_bytes[k])
            arrays[k] = bodies[k] + 8
    if not _write_arrays(&c.children[0], n, nulls, starts, stops, arrays, failure):
        return False
    for k in range(n):
        if keep(nulls, k):
            arrays[k] += key_bytes[k]
    return _write_arrays(&c.children[1], n, nulls, starts, stops, arrays, failure)


cdef bint _write_arrays(
    const Column* item, int n, uint64_t nulls, const int64_t* starts,
    const int64_t* stops, uint8_t** to, Failure* failure,
) noexcept nogil:
    """Write the arrays that are not null, in runs whose items are neighbours."""
    cdef int k = 0, stop
    while k < n:
        stop = k + 1
        if (nulls >> k) & 1:
            pass
        elif item.node.scalar:
            if _fail(failure, item, write_array(
                item, starts[k], stops[k] - starts[k], to[k]
            )):
                return False
        elif is_text(item.node):
            if _fail(failure, item, write_text_array(
                item, starts[k], stops[k] - starts[k], to[k]
            )):
                return False
        else:
            while stop < n and keep(nulls, stop) and starts[stop] == stops[stop - 1]:
                stop += 1
            if not _write_run(
                item, stop - k, starts + k, stops + k, to + k, failure
            ):
                return False
        k = stop
    return True


# Where the next item of an array goes.
cdef struct Place:
    const Node* item
    uint8_t* array
    uint8_t* slot
    uint64_t cursor         # offset of the next body
    int64_t index           # of the next item
    int64_t n


cdef bint _write_run(
    const Column* item, int n_arrays, const int64_t* starts, const int64_t* stops,
    uint8_t** to, Failure* failure,
) noexcept nogil:
    """Write arrays of items, no numbers, that follow each other without a gap."""
    cdef uint64_t sizes[BATCH]
    cdef uint8_t* bodies[BATCH]
    cdef Place place
    cdef uint64_t nulls
    cdef int64_t at = starts[0], stop = stops[n_arrays - 1]
    cdef int opened = 0, n, k, m
    place.item = item.node
    place.index = place.n = 0
    while at < stop:
        n = <int> min(stop - at, <int64_t> BATCH)
        nulls = nulls_of(item, at, n)
        if _forbidden(item, nulls):
            return not _fail(failure, item, NULL_IN_REQUIRED)
        if item.node.variable:
            lengths(item, at, n, nulls, sizes)
        k = 0
        while k < n:
            while place.index == place.n:
                _open(&place, to[opened], stops[opened] - starts[opened])
                opened += 1
            m = <int> min(place.n - place.index, <int64_t> (n - k))
            _place_items(&place, sizes + k, m, nulls >> k, bodies + k)
            k += m
        if not _write_bodies(item, at, n, nulls, bodies, sizes, failure):
            return False
        at += n
    for k in range(opened, n_arrays):
        write_array_head(to[k], 0, array_head(item.node, 0))
    return True


cdef inline void _open(Place* place, uint8_t* to, int64_t n) noexcept nogil:
    cdef uint64_t head = array_head(place.item, n)
    cdef uint64_t data_bytes = up8(n * place.item.width)
    write_array_head(to, n, head)
    place.array = to
    place.slot = to + head
    place.cursor = head + data_bytes
    place.index = 0
    place.n = n
    if data_bytes:
        store_u64_le(to + place.cursor - 8, 0)


cdef inline void _place_items(
    Place* place, const uint64_t* sizes, int n, uint64_t nulls, uint8_t** bodies
) noexcept nogil:
    """Tell where the next items go, and write the pairs or nulls that say so."""
    cdef uint8_t* array = place.array
    cdef uint8_t* slot = place.slot
    cdef uint64_t cursor = place.cursor
    cdef uint32_t width = place.item.width
    cdef uint8_t* bitmap = array + count_bytes(place.item)
    cdef int64_t index, k
    if place.item.variable:
        for k in range(n):
            bodies[k] = array + cursor
            store_u64_le(slot + 8 * k, make_pair(cursor, sizes[k]) & keep(nulls, k))
            cursor += padded(place.item, sizes[k])
    else:
        for k in range(n):
            bodies[k] = slot + k * width
    if nulls:
        for k in range(n):
            index = place.index + k
            bitmap[index >> 3] |= ((nulls >> k) & 1) << (index & 7)
    place.slot = slot + n * width
    place.cursor = cursor
    place.index += n
