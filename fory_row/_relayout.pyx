"""Rows written again by another plan: of the other layout, or of a newer schema.

Values are copied as bytes along two plans; none becomes an object.
"""

from cpython.mem cimport PyMem_Calloc, PyMem_Free
from libc.stdint cimport UINT32_MAX, int32_t, int64_t, uint8_t, uint64_t, uint32_t
from libc.string cimport memcpy

from fory._bytes cimport store_u32_le, store_u64_le, up8
from fory_row._block cimport Block
from fory_row._layout cimport (
    AS_BOOL, AS_DECIMAL, AS_DICTIONARY, AS_LIST, AS_MAP, AS_NULL, AS_STRUCT, Elements, Node, Span,
    array_head, count_bytes, make_pair, null_at, null_element,
)
from fory_row._plan cimport Plan, info_of
from fory_row._rows cimport RowsCore
from fory_row._scratch cimport Ends, Scratch, append, block_of, take
from fory_row._tree cimport body_of, check_struct, open_array, open_map
from fory_row._widen cimport integer_at, same_slot, widen_decimal, widen_slot

from fory.error import DecodeError, EncodeError

cdef uint64_t BLOCK_BYTES = 32 << 20


cdef class Copier:
    """Writes rows of one plan by another.

    In the names here ``a`` is a node of the rows that are read, ``b`` its counterpart
    in those that are written.

    Parameters
    ----------
    read : Plan
        Of the rows to read.
    plan : Plan
        How to write them.
    how : Reading, optional
        Where each field of ``plan`` comes from, if its schema is another.
    rest : Rows, optional
        One row with fields of ``plan`` that the rows to read lack; further ones become
        null.
    """

    def __cinit__(
        self, Plan read not None, Plan plan not None, how=None, RowsCore rest=None
    ):
        self.read = read
        self.plan = plan
        self.rest = rest
        self.dictionaries = {}
        self.sources = <int32_t*> PyMem_Calloc(plan.n_nodes, sizeof(int32_t))
        if self.sources == NULL:
            raise MemoryError
        self.find_sources(plan.root, how)
        if rest is not None:
            self.find_rest(rest.plan.schema.names)

    def __dealloc__(self):
        PyMem_Free(self.sources)

    def __reduce__(self):
        raise TypeError("a copier is compiled from two schemas; pickle the schemas")

    cdef int find_sources(self, const Node* b, how) except -1:
        """Note where the fields below ``b`` come from; None: from their equals."""
        cdef uint32_t i
        cdef int32_t source
        for i in range(b.n_children):
            source = i
            below = None
            if how is not None and i < len(how.sources):
                source = -1 if how.sources[i] is None else how.sources[i]
                below = how.children[i]
            self.sources[&b.children[i] - self.plan.root] = source
            self.find_sources(&b.children[i], below)
        return 0

    cdef int find_rest(self, names) except -1:
        """Note the fields of the rest, as positions counted down from -2."""
        cdef Py_ssize_t at
        cdef int32_t i
        for i, name in enumerate(names):
            at = info_of(self.plan.root).positions[name]
            self.sources[&self.plan.root.children[at] - self.plan.root] = -2 - i
        return 0

    cdef Block copied(self, RowsCore rows, int64_t first, int64_t stop, uint64_t most):
        """Return rows ``first`` to ``stop``, or fewer if they pass ``most`` bytes.

        Raises
        ------
        DecodeError
            If the bytes are damaged, or a null is where none may be; names the row.
        EncodeError
            If a value has no place in its wider type; names the row.
        """
        cdef Ends ends = Ends.__new__(Ends)
        cdef Block owner
        cdef Span row
        cdef int64_t i, n = 0
        cdef uint64_t start
        ends.compact = self.plan.root.compact
        self.out = Scratch.__new__(Scratch)
        for i in range(first, stop):
            owner = rows.locate(i, &row)
            start = self.out.size
            take(self.out, self.plan.root.fixed_bytes)
            try:
                self.fill_struct(self.read.root, self.plan.root, &row, start)
            except (DecodeError, EncodeError) as e:
                raise type(e)(f"row {i}: {e}") from None
            n += 1
            ends.set(n, self.out.size)
            if self.out.size > most:
                break
        return block_of(self.plan, self.out, ends, n)

    cdef int fill_struct(
        self, const Node* a, const Node* b, const Span* row, uint64_t start
    ) except -1:
        """Fill the slots at ``start``, zero so far, and append the bodies."""
        cdef Room room
        cdef const Node* child
        cdef const Node* source
        cdef uint32_t i
        cdef int32_t at
        check_struct(a, row.size)
        room.base = row.ptr
        room.size = row.size
        room.first = a.fixed_bytes
        room.spent = 0
        for i in range(b.n_children):
            child = &b.children[i]
            at = self.sources[child - self.plan.root]
            if at < -1:
                self.copy_cell(
                    self.rest, 0, -2 - at, child, start, start + b.bitmap, child.bit,
                    start + child.slot,
                )
                continue
            source = NULL if at < 0 else &a.children[at]
            if source == NULL or null_at(row.ptr, a, source) or _no_value(source, child):
                self.set_null(child, start + b.bitmap, child.bit)
            else:
                self.copy_place(
                    source, child, row.ptr + source.slot, &room, start,
                    start + b.bitmap, child.bit, start + child.slot,
                )
        return 0

    cdef int set_null(self, const Node* b, uint64_t bitmap, uint64_t bit) except -1:
        if not b.nullable:
            raise DecodeError(f"field {info_of(b).path!r} is null and must not be")
        self.out.data[bitmap + (bit >> 3)] |= 1 << (bit & 7)
        return 0

    cdef int copy_place(
        self, const Node* a, const Node* b, const uint8_t* slot, Room* room,
        uint64_t start, uint64_t bitmap, uint64_t bit, uint64_t to,
    ) except -1:
        """Copy what is not null, or what its code stands for, which may be."""
        if a.access == AS_DICTIONARY and b.access != AS_DICTIONARY:
            return self.copy_cell(
                self.values_of(a), integer_at(a, slot), 0, b, start, bitmap, bit, to
            )
        return self.copy_value(a, b, slot, room, start, to)

    cdef int copy_cell(
        self, RowsCore rows, int64_t i, Py_ssize_t ordinal, const Node* b,
        uint64_t start, uint64_t bitmap, uint64_t bit, uint64_t to,
    ) except -1:
        """Copy one field of row ``i`` of other rows, or its null."""
        cdef Room room
        cdef Span row
        cdef const Node* root = rows.plan.root
        cdef const Node* a = &root.children[ordinal]
        cdef Block owner
        if not 0 <= i < rows.n:
            raise DecodeError(
                f"code {i} of field {info_of(b).path!r} is outside its dictionary of "
                f"{rows.n} values"
            )
        owner = rows.locate(i, &row)
        check_struct(root, row.size)
        if null_at(row.ptr, root, a) or _no_value(a, b):
            return self.set_null(b, bitmap, bit)
        room.base = row.ptr
        room.size = row.size
        room.first = root.fixed_bytes
        room.spent = 0
        return self.copy_value(a, b, row.ptr + a.slot, &room, start, to)

    cdef RowsCore values_of(self, const Node* a):
        """Return the values of a dictionary as rows of one field."""
        found = self.dictionaries.get(<size_t> a)
        if found is None:
            if info_of(a).dictionary is None:
                raise DecodeError(
                    f"field {info_of(a).path!r} is a dictionary whose values these "
                    f"rows came without"
                )
            from fory_row.arrow import value_rows  # it imports this module

            found = value_rows(info_of(a).dictionary, info_of(a).field)
            self.dictionaries[<size_t> a] = found
        return found

    cdef int copy_value(
        self, const Node* a, const Node* b, const uint8_t* slot, Room* room,
        uint64_t start, uint64_t to,
    ) except -1:
        """Copy a value that is not null into the slot ``to`` of structure ``start``."""
        cdef Span body
        cdef uint64_t at = self.out.size, size
        if a.scalar:
            if a.access == AS_BOOL:
                self.out.data[to] = slot[0] != 0
            elif same_slot(a, b):
                memcpy(self.out.data + to, slot, a.width)
            else:
                widen_slot(a, b, slot, self.out.data + to)
            return 0
        body_of(a, slot, room.base, room.size, room.first, &body)
        if a.variable:
            room.spent += body.size
            if room.spent > room.size:
                raise DecodeError(f"bodies overlap at field {info_of(a).path!r}")
        if not b.variable:
            return self.copy_in_place(a, b, &body, to)
        size = self.append_body(a, b, &body)
        if at - start + size > UINT32_MAX:
            raise EncodeError(
                f"{info_of(a).path!r} ends more than 4 GiB behind the start of the "
                "structure that holds it; a row addresses 4 GiB"
            )
        store_u64_le(self.out.data + to, make_pair(at - start, size))
        return 0

    cdef int copy_in_place(
        self, const Node* a, const Node* b, const Span* body, uint64_t to
    ) except -1:
        if a.access == AS_STRUCT:
            return self.fill_struct(a, b, body, to)
        _check_leaf(a, body.size)
        memcpy(self.out.data + to, body.ptr, body.size)
        return 0

    cdef uint64_t append_body(
        self, const Node* a, const Node* b, const Span* body
    ) except <uint64_t> -1:
        """Append a body and its padding; return its size without padding."""
        cdef Scratch out = self.out
        cdef uint64_t at = out.size
        cdef Elements first, second
        if a.access == AS_STRUCT:
            take(out, b.fixed_bytes)
            self.fill_struct(a, b, body, at)
        elif a.access == AS_LIST:
            open_array(a, a.children, body.ptr, body.size, &first)
            self.append_array(a.children, b.children, &first)
        elif a.access == AS_MAP:
            open_map(a, body.ptr, body.size, &first, &second)
            take(out, 8)
            self.append_array(&a.children[0], &b.children[0], &first)
            store_u64_le(out.data + at, out.size - at - 8)
            self.append_array(&a.children[1], &b.children[1], &second)
        else:
            _check_leaf(a, body.size)
            append(out, body.ptr, body.size)
            if a.access == AS_DECIMAL and a.scale != b.scale:
                widen_decimal(a, b, out.data + at)
            return body.size
        return out.size - at

    cdef int append_array(
        self, const Node* a, const Node* b, const Elements* items
    ) except -1:
        cdef Room room
        cdef uint64_t i, n = items.n, start = self.out.size, head = array_head(b, n)
        if n > UINT32_MAX:
            raise EncodeError(f"array {info_of(a).path!r} has {n} elements")
        take(self.out, head + up8(n * b.width))
        store_u32_le(self.out.data + start, <uint32_t> n)
        room.base = items.base
        room.size = items.size
        room.first = items.body
        room.spent = 0
        for i in range(n):
            if null_element(items, i) or _no_value(a, b):
                self.set_null(b, start + count_bytes(b), i)
            else:
                self.copy_place(
                    a, b, items.data + i * a.width, &room, start,
                    start + count_bytes(b), i, start + head + i * b.width,
                )
        return 0


cdef inline bint _no_value(const Node* a, const Node* b) noexcept:
    """Whether ``a`` is the type of nulls, and ``b`` another."""
    return a.access == AS_NULL and b.access != AS_NULL


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


def relayout(RowsCore rows not None, Plan plan not None, how=None):
    """Return blocks with the rows as ``plan`` lays them; see `Copier`.

    Raises
    ------
    DecodeError, EncodeError
        As `Copier.copied`.
    """
    cdef Copier copier = Copier(rows.plan, plan, how)
    cdef Block block
    cdef int64_t i = 0
    cdef list blocks = []
    while i < rows.n:
        block = copier.copied(rows, i, rows.n, BLOCK_BYTES)
        blocks.append(block)
        i += block.n
    return blocks
