"""Rows of one layout written in the other, or once more in canonical form.

Values are copied as bytes along two plans of one schema; none becomes an object.
"""

from libc.stdint cimport UINT32_MAX, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from fory._bytes cimport store_u32_le, store_u64_le, up8
from fory_row._block cimport Block
from fory_row._layout cimport (
    AS_BOOL, AS_DECIMAL, AS_LIST, AS_MAP, AS_STRUCT, Elements, Node, Span, array_head,
    count_bytes, make_pair, null_at, null_element,
)
from fory_row._plan cimport Plan, info_of
from fory_row._rows cimport RowsCore
from fory_row._scratch cimport Ends, Scratch, append, block_of, take
from fory_row._tree cimport body_of, check_struct, open_array, open_map

from fory.error import DecodeError, EncodeError

cdef uint64_t BLOCK_BYTES = 32 << 20


# A row or array that is read.
cdef struct Room:
    const uint8_t* base
    uint64_t size
    uint64_t first                      # where bodies may start
    uint64_t spent                      # bytes of bodies read so far


cdef int _copy_struct(
    Scratch out, const Node* a, const Node* b, const Span* row, uint64_t start
) except -1:
    """Fill the slots at ``start``, zero so far, and append the bodies."""
    cdef Room room
    cdef const Node* child
    cdef uint32_t i
    check_struct(a, row.size)
    room.base = row.ptr
    room.size = row.size
    room.first = a.fixed_bytes
    room.spent = 0
    for i in range(a.n_children):
        child = &b.children[i]
        if null_at(row.ptr, a, &a.children[i]):
            _check_nullable(child)
            out.data[start + b.bitmap + (child.bit >> 3)] |= 1 << (child.bit & 7)
        else:
            _copy_value(
                out, &a.children[i], child, row.ptr + a.children[i].slot, &room, start,
                start + child.slot,
            )
    return 0


cdef inline int _check_nullable(const Node* node) except -1:
    if not node.nullable:
        raise DecodeError(f"field {info_of(node).path!r} is null and must not be")
    return 0


cdef int _copy_value(
    Scratch out, const Node* a, const Node* b, const uint8_t* slot, Room* room,
    uint64_t start, uint64_t to,
) except -1:
    """Copy a value that is not null into the slot ``to`` of the structure ``start``."""
    cdef Span body
    cdef uint64_t at = out.size, size
    if a.scalar:
        if a.access == AS_BOOL:
            out.data[to] = slot[0] != 0
        else:
            memcpy(out.data + to, slot, a.width)
        return 0
    body_of(a, slot, room.base, room.size, room.first, &body)
    if a.variable:
        room.spent += body.size
        if room.spent > room.size:
            raise DecodeError(f"bodies overlap at field {info_of(a).path!r}")
    if not b.variable:
        return _copy_in_place(out, a, b, &body, to)
    size = _append_body(out, a, b, &body)
    if at - start + size > UINT32_MAX:
        raise EncodeError(
            f"{info_of(a).path!r} ends more than 4 GiB behind the start of the "
            "structure that holds it; a row addresses 4 GiB"
        )
    store_u64_le(out.data + to, make_pair(at - start, size))
    return 0


cdef int _check_leaf(const Node* node, uint64_t size) except -1:
    """Raise unless a binary or decimal has the bytes that its type asks for."""
    if node.access == AS_DECIMAL:
        if size != 32:
            raise DecodeError(f"decimal field {info_of(node).path!r} has {size} bytes")
    elif node.fixed >= 0 and size != <uint64_t> node.fixed:
        raise DecodeError(
            f"field {info_of(node).path!r} has {size} bytes, its type has {node.fixed}"
        )
    return 0


cdef int _copy_in_place(
    Scratch out, const Node* a, const Node* b, const Span* body, uint64_t to
) except -1:
    if a.access == AS_STRUCT:
        return _copy_struct(out, a, b, body, to)
    _check_leaf(a, body.size)
    memcpy(out.data + to, body.ptr, body.size)
    return 0


cdef uint64_t _append_body(
    Scratch out, const Node* a, const Node* b, const Span* body
) except <uint64_t> -1:
    """Append a body and its padding; return its size without padding."""
    cdef uint64_t at = out.size
    cdef Elements first, second
    if a.access == AS_STRUCT:
        take(out, b.fixed_bytes)
        _copy_struct(out, a, b, body, at)
    elif a.access == AS_LIST:
        open_array(a, a.children, body.ptr, body.size, &first)
        _append_array(out, a.children, b.children, &first)
    elif a.access == AS_MAP:
        open_map(a, body.ptr, body.size, &first, &second)
        take(out, 8)
        _append_array(out, &a.children[0], &b.children[0], &first)
        store_u64_le(out.data + at, out.size - at - 8)
        _append_array(out, &a.children[1], &b.children[1], &second)
    else:
        _check_leaf(a, body.size)
        append(out, body.ptr, body.size)
        return body.size
    return out.size - at


cdef int _append_array(
    Scratch out, const Node* a, const Node* b, const Elements* items
) except -1:
    cdef Room room
    cdef uint64_t i, n = items.n, start = out.size, head = array_head(b, n)
    cdef uint64_t bitmap = start + count_bytes(b)
    if n > UINT32_MAX:
        raise EncodeError(f"array {info_of(a).path!r} has {n} elements")
    take(out, head + up8(n * b.width))
    store_u32_le(out.data + start, <uint32_t> n)
    room.base = items.base
    room.size = items.size
    room.first = items.body
    room.spent = 0
    for i in range(n):
        if null_element(items, i):
            _check_nullable(b)
            out.data[bitmap + (i >> 3)] |= 1 << (i & 7)
        else:
            _copy_value(
                out, a, b, items.data + i * a.width, &room, start,
                start + head + i * b.width,
            )
    return 0


def relayout(RowsCore rows not None, Plan plan not None):
    """Return blocks with the rows as ``plan``, of the same schema, lays them.

    Raises
    ------
    DecodeError
        If the bytes are damaged, or a null is where none may be; names the row.
    """
    cdef Scratch out = None
    cdef Ends ends
    cdef Block owner
    cdef Span row
    cdef int64_t i, n = 0
    cdef uint64_t start
    cdef list blocks = []
    for i in range(rows.n):
        if out is None:
            out = Scratch.__new__(Scratch)
            ends = Ends.__new__(Ends)
            ends.compact = plan.root.compact
            n = 0
        owner = rows.locate(i, &row)
        start = out.size
        take(out, plan.root.fixed_bytes)
        try:
            _copy_struct(out, rows.plan.root, plan.root, &row, start)
        except (DecodeError, EncodeError) as e:
            raise type(e)(f"row {i}: {e}") from None
        n += 1
        ends.set(n, out.size)
        if out.size > BLOCK_BYTES:
            blocks.append(block_of(plan, out, ends, n))
            out = None
    if out is not None:
        blocks.append(block_of(plan, out, ends, n))
    return blocks
