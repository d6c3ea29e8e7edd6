"""Check whole batches of rows before anything is read from them.

Walks the plan over the bytes and follows every pair. Nothing here needs the
interpreter: a fault is noted with the way to it and becomes an exception at the end.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc

from fory._bytes cimport load_u16_le, load_u32_le, load_u64_le
from fory_row._block cimport Block
from fory_row._layout cimport (
    AS_BOOL, AS_DECIMAL, AS_DECIMAL_BINARY, AS_DICTIONARY, AS_LIST, AS_MAP, AS_STRUCT,
    AS_UINT16, AS_UINT32, AS_UINT64, AS_UINT8, AS_UTF8, LIST, MAP, Elements, Node, Span,
    bits_bytes, count_bytes, decimal_fits, null_at, null_element, padded, take_elements,
    take_map, take_value,
)
from fory_row._plan cimport Plan, info_of
from fory_row._rows cimport RowsCore
from fory_row._utf8 cimport is_ascii, is_utf8

from fory.error import DecodeError


cdef enum Reason:
    SHORT
    OUTSIDE
    OVERLAP
    COUNT
    ITEMS
    ENTRIES
    WIDTH
    TEXT
    DIGITS
    CODE
    NULL_VALUE
    NOT_BOOL
    NOT_ZERO
    MOVED
    LEFT_OVER

_REASONS = {
    SHORT: "is too short for its fields",
    OUTSIDE: "points outside the structure that holds it",
    OVERLAP: "overlaps another value",
    COUNT: "claims more elements than its bytes hold",
    ITEMS: "has another number of elements than its type",
    ENTRIES: "has key and value arrays that overrun it or differ in length",
    WIDTH: "has another number of bytes than its type",
    TEXT: "is not UTF-8",
    DIGITS: "is a decimal of more digits than its type",
    CODE: "is a code outside its dictionary",
    NULL_VALUE: "is null and must not be",
    NOT_BOOL: "is a bool that is neither 0 nor 1",
    NOT_ZERO: "is followed by unused bytes or bits that are not zero",
    MOVED: "does not lie directly behind the value before",
    LEFT_OVER: "is followed by bytes that belong to no value",
}


cdef enum:
    MAX_STEPS = 128                     # plans nest at most 100 levels
    CHUNK = 256                         # rows checked between two looks at sources


cdef struct Step:
    const Node* parent
    uint32_t ordinal                    # of the child
    uint64_t index                      # of the element, in lists and maps


cdef struct Check:
    const Node* nodes
    const int64_t* n_codes              # of each node: values of its dictionary, or -1
    bint canonical
    Reason reason
    const uint8_t* place                # where the fault is
    int n_steps
    Step[MAX_STEPS] steps               # the way to it, innermost first


# A row or array, and how far its bodies go.
cdef struct Room:
    const uint8_t* base
    uint64_t size
    uint64_t first                      # where bodies may start
    uint64_t end                        # where the next one starts if canonical
    uint64_t spent                      # bytes of all bodies so far


cdef inline bint _fail(Check* c, const uint8_t* place, Reason reason) noexcept nogil:
    c.reason = reason
    c.place = place
    return False


cdef inline bint _below(
    Check* c, const Node* parent, uint32_t ordinal, uint64_t index
) noexcept nogil:
    """Note one step of the way to a fault."""
    cdef Step* step = &c.steps[c.n_steps]
    step.parent = parent
    step.ordinal = ordinal
    step.index = index
    c.n_steps += 1
    return False


cdef bint _all_zero(const uint8_t* p, uint64_t n) noexcept nogil:
    cdef uint64_t i
    for i in range(n):
        if p[i]:
            return False
    return True


cdef bint _rest_zero(const uint8_t* bitmap, uint64_t n, uint64_t size) noexcept nogil:
    """Whether the bits of a bitmap of ``size`` bytes behind entry ``n`` are zero."""
    cdef uint64_t whole = n >> 3
    if whole < size and bitmap[whole] >> (n & 7):
        return False
    return whole + 1 >= size or _all_zero(bitmap + whole + 1, size - whole - 1)


cdef inline bint _takes_all(const Check* c, const Node* node) noexcept nogil:
    """Whether any bytes are a value of this type."""
    if c.canonical or not node.scalar or not node.nullable:
        return False
    return node.access != AS_DICTIONARY


# -- structures ------------------------------------------------------------------


cdef bint _check_struct(
    Check* c, const Node* node, const uint8_t* base, uint64_t size
) noexcept nogil:
    cdef Room room
    cdef uint32_t i
    if size < node.fixed_bytes:
        return _fail(c, base, SHORT)
    room.base = base
    room.size = size
    room.first = room.end = node.fixed_bytes
    room.spent = 0
    for i in range(node.n_children):
        if _takes_all(c, &node.children[i]):
            continue
        if not _check_field(c, node, &node.children[i], &room):
            return _below(c, node, i, 0)
    return not c.canonical or _check_frame(c, node, &room)


cdef inline bint _check_field(
    Check* c, const Node* node, const Node* child, Room* room
) noexcept nogil:
    cdef const uint8_t* slot = room.base + child.slot
    cdef uint64_t slot_bytes = child.width if child.compact else 8
    if null_at(room.base, node, child):
        return _check_null(c, child, slot, slot_bytes)
    if c.canonical and child.scalar:
        if not _all_zero(slot + child.width, slot_bytes - child.width):
            return _fail(c, slot, NOT_ZERO)
    return _check_value(c, child, slot, room)


cdef bint _check_frame(Check* c, const Node* node, const Room* room) noexcept nogil:
    """Check what no field of a canonical row covers."""
    cdef const uint8_t* bitmap = room.base + node.bitmap
    cdef uint64_t size = 0
    if node.n_children and node.children[0].has_bit:
        size = bits_bytes(node, node.n_children)
        if not _rest_zero(bitmap, node.n_children, size):
            return _fail(c, bitmap, NOT_ZERO)
    if node.compact and not _all_zero(
        bitmap + size, node.fixed_bytes - node.bitmap - size
    ):
        return _fail(c, bitmap + size, NOT_ZERO)
    return _check_end(c, room)


cdef bint _check_elements(
    Check* c, const Node* node, uint32_t ordinal, const Elements* array
) noexcept nogil:
    """Check the elements of a list, or the keys or values of a map."""
    cdef const Node* element = &node.children[ordinal]
    cdef Room room
    cdef uint64_t i
    cdef const uint8_t* slot
    cdef bint sound
    if _takes_all(c, element):
        return True
    room.base = array.base
    room.size = array.size
    room.first = room.end = array.body
    room.spent = 0
    for i in range(array.n):
        slot = array.data + i * element.width
        if null_element(array, i):
            sound = _check_null(c, element, slot, element.width)
        else:
            sound = _check_value(c, element, slot, &room)
        if not sound:
            return _below(c, node, ordinal, i)
    return not c.canonical or _check_array_frame(c, element, array, &room)


cdef bint _check_array_frame(
    Check* c, const Node* element, const Elements* array, const Room* room
) noexcept nogil:
    """Check what no element of a canonical array covers."""
    cdef const uint8_t* head = array.base + count_bytes(element)
    cdef const uint8_t* stop = array.data + array.n * element.width
    cdef uint64_t size = 0
    if array.bitmap != NULL:
        size = bits_bytes(element, array.n)
        if not _rest_zero(array.bitmap, array.n, size):
            return _fail(c, array.bitmap, NOT_ZERO)
    if not _all_zero(head + size, array.data - head - size):
        return _fail(c, head, NOT_ZERO)
    if not _all_zero(stop, array.base + array.body - stop):
        return _fail(c, stop, NOT_ZERO)
    return _check_end(c, room)


cdef inline bint _check_end(Check* c, const Room* room) noexcept nogil:
    if room.end != room.size:
        return _fail(c, room.base + room.end, LEFT_OVER)
    return True


# -- values ----------------------------------------------------------------------


cdef inline bint _check_null(
    Check* c, const Node* node, const uint8_t* slot, uint64_t slot_bytes
) noexcept nogil:
    if not node.nullable:
        return _fail(c, slot, NULL_VALUE)
    if c.canonical and not _all_zero(slot, slot_bytes):
        return _fail(c, slot, NOT_ZERO)
    return True


cdef inline bint _check_value(
    Check* c, const Node* node, const uint8_t* slot, Room* room
) noexcept nogil:
    cdef Span body
    if node.scalar:
        return _check_scalar(c, node, slot)
    if not take_value(slot, node, room.base, room.size, room.first, &body):
        return _fail(c, slot, OUTSIDE)
    # As readers count, who count what a compact row holds in place too.
    room.spent += body.size
    if room.spent > room.size:
        return _fail(c, slot, OVERLAP)
    if node.variable and c.canonical and not _check_next(c, node, slot, &body, room):
        return False
    return _check_body(c, node, &body)


cdef inline bint _check_scalar(
    Check* c, const Node* node, const uint8_t* slot
) noexcept nogil:
    cdef int64_t limit
    if node.access == AS_BOOL:
        if c.canonical and slot[0] > 1:
            return _fail(c, slot, NOT_BOOL)
    elif node.access == AS_DICTIONARY:
        limit = c.n_codes[node - c.nodes]
        if limit >= 0 and _code(node, slot) >= <uint64_t> limit:
            return _fail(c, slot, CODE)
    return True


cdef uint64_t _code(const Node* node, const uint8_t* slot) noexcept nogil:
    """Return a dictionary code; a negative one as a huge number."""
    cdef int access = node.index_access
    cdef uint64_t code
    if node.width == 8:
        return load_u64_le(slot)
    if node.width == 4:
        code = load_u32_le(slot)
    elif node.width == 2:
        code = load_u16_le(slot)
    else:
        code = slot[0]
    if access in (AS_UINT8, AS_UINT16, AS_UINT32, AS_UINT64):
        return code
    # A set sign bit moves the code beyond any dictionary.
    return code | (code >> (8 * node.width - 1)) << 63


cdef bint _check_next(
    Check* c, const Node* node, const uint8_t* slot, const Span* body, Room* room
) noexcept nogil:
    """Check that a body lies where a canonical writer puts it, padded with zeros."""
    cdef uint64_t full = padded(node, body.size)
    if body.ptr != room.base + room.end:
        return _fail(c, slot, MOVED)
    if full > room.size - room.end:
        return _fail(c, slot, OUTSIDE)
    if not _all_zero(body.ptr + body.size, full - body.size):
        return _fail(c, body.ptr + body.size, NOT_ZERO)
    room.end += full
    return True


cdef bint _check_body(Check* c, const Node* node, const Span* body) noexcept nogil:
    cdef Elements first, second
    if node.access == AS_UTF8:
        if is_ascii(body.ptr, body.size) or is_utf8(body.ptr, body.size):
            return True
        return _fail(c, body.ptr, TEXT)
    if node.access == AS_STRUCT:
        return _check_struct(c, node, body.ptr, body.size)
    if node.access == AS_LIST:
        if not take_elements(body.ptr, body.size, node.children, &first):
            return _fail(c, body.ptr, COUNT)
        if node.fixed >= 0 and first.n != <uint64_t> node.fixed:
            return _fail(c, body.ptr, ITEMS)
        return _check_elements(c, node, 0, &first)
    if node.access == AS_MAP:
        if not take_map(body.ptr, body.size, node, &first, &second):
            return _fail(c, body.ptr, ENTRIES)
        return (
            _check_elements(c, node, 0, &first) and _check_elements(c, node, 1, &second)
        )
    if node.access == AS_DECIMAL:
        if body.size != 32:
            return _fail(c, body.ptr, WIDTH)
        return decimal_fits(node, body.ptr, 32) or _fail(c, body.ptr, DIGITS)
    if node.fixed >= 0 and body.size != <uint64_t> node.fixed:
        return _fail(c, body.ptr, WIDTH)
    if node.access == AS_DECIMAL_BINARY and not decimal_fits(node, body.ptr, node.fixed):
        return _fail(c, body.ptr, DIGITS)
    return True


# -- whole batches ---------------------------------------------------------------


def validate(RowsCore rows not None, *, canonical=False):
    """Check every row of a batch: extents, pairs, counts, texts, nulls and codes.

    Parameters
    ----------
    rows : Rows
        The rows to check; of a projection, only its fields.
    canonical : bool
        Also ask that all undefined bytes are zero, bools are 0 or 1 and bodies lie
        back to back in field order, so that equal rows have equal bytes. This looks
        at whole rows, also of a projection.

    Raises
    ------
    DecodeError
        At the first fault; names the row, the path and the byte.

    Notes
    -----
    Rows that pass are read without a `DecodeError` (row_format 6).
    """
    cdef Plan plan = rows.plan
    cdef Check c
    cdef Span[CHUNK] spans
    cdef int64_t start, n, found
    if canonical and plan.base is not None:
        plan = plan.base
    c.nodes = plan.nodes
    c.canonical = canonical
    c.n_steps = 0
    cdef int64_t* n_codes = _dictionary_sizes(plan)
    c.n_codes = n_codes
    try:
        for start in range(0, len(rows), CHUNK):
            n = min(CHUNK, len(rows) - start)
            held = _look_up(rows, start, n, spans)
            with nogil:
                found = _check_rows(&c, plan.root, spans, n)
            if found < n:
                raise _error(&c, start + found, spans[found].ptr)
    finally:
        free(n_codes)


cdef int64_t* _dictionary_sizes(Plan plan) except NULL:
    """Return the number of values of each node's dictionary, -1 without one."""
    cdef Py_ssize_t i
    cdef int64_t* sizes = <int64_t*> malloc(plan.n_nodes * sizeof(int64_t))
    if sizes == NULL:
        raise MemoryError
    for i in range(plan.n_nodes):
        dictionary = info_of(&plan.nodes[i]).dictionary
        sizes[i] = -1 if dictionary is None else len(dictionary)
    return sizes


cdef list _look_up(RowsCore rows, int64_t start, int64_t n, Span* spans):
    """Fill ``spans`` with the rows from ``start``; return the blocks to be kept."""
    cdef list held = []
    cdef Block block, last = None
    cdef int64_t i
    for i in range(n):
        block = rows.locate(start + i, &spans[i])
        if block is not last:
            held.append(block)
            last = block
    return held


cdef int64_t _check_rows(
    Check* c, const Node* root, const Span* spans, int64_t n
) noexcept nogil:
    """Return the first row with a fault, ``n`` without one."""
    cdef int64_t i
    for i in range(n):
        if not _check_struct(c, root, spans[i].ptr, spans[i].size):
            return i
    return n


cdef object _error(const Check* c, int64_t row, const uint8_t* base):
    path = _path(c)
    place = f"field {path!r}" if path else "the row"
    return DecodeError(
        f"row {row}: {place} at byte {c.place - base} {_REASONS[c.reason]}; the bytes "
        "are damaged or of another schema or layout"
    )


cdef str _path(const Check* c):
    """Spell the way to the fault: ``a.b[3]``, ``m.keys[0]``."""
    cdef int k
    cdef const Step* step
    path = ""
    for k in range(c.n_steps - 1, -1, -1):
        step = &c.steps[k]
        if step.parent.kind == LIST:
            path = f"{path}[{step.index}]"
        elif step.parent.kind == MAP:
            path = f"{path}{'' if step.ordinal else '.keys'}[{step.index}]"
        else:
            name = info_of(step.parent).names[step.ordinal]
            path = f"{path}.{name}" if path else name
    return path
