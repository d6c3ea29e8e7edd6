"""Keys in their order: bytes that compare as values do, and the index sorted by them."""

from cpython.bytes cimport (
    PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE,
)
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, qsort, realloc
from libc.string cimport memcmp, memcpy

from fory._bytes cimport load_u32_le, load_u64_le, up8
from fory_io._keys cimport IndexTable, KeyFields, float_bits
from fory_row._block cimport Block, Source
from fory_row._layout cimport (
    AS_BINARY, AS_BOOL, AS_DATE32, AS_DATE64, AS_DECIMAL, AS_DECIMAL_BINARY,
    AS_DICTIONARY, AS_DURATION, AS_FLOAT16, AS_FLOAT32, AS_FLOAT64, AS_INT8, AS_INT16, AS_INT32,
    AS_INT64, AS_TIME, AS_TIMESTAMP, AS_UINT8, AS_UINT16, AS_UINT32, AS_UINT64, AS_UTF8,
    AS_UUID, Node, Span, null_at, take_value,
)
from fory_row._plan cimport Plan

from fory.error import DecodeError, EncodeError

cdef extern from *:
    uint64_t __builtin_bswap64(uint64_t v) noexcept nogil

_SORTS = {
    **dict.fromkeys((AS_INT8, AS_INT16, AS_INT32, AS_INT64), SIGNED),
    **dict.fromkeys((AS_DATE32, AS_DATE64, AS_TIME, AS_TIMESTAMP, AS_DURATION), SIGNED),
    **dict.fromkeys((AS_BOOL, AS_UINT8, AS_UINT16, AS_UINT32, AS_UINT64), UNSIGNED),
    **dict.fromkeys((AS_FLOAT16, AS_FLOAT32, AS_FLOAT64), FLOATS),
    **dict.fromkeys((AS_UTF8, AS_BINARY, AS_UUID), BYTES),
    **dict.fromkeys((AS_DECIMAL, AS_DECIMAL_BINARY), DECIMALS),
}

cdef const uint8_t* PRESENT = <const uint8_t*> b"\x00"
cdef const uint8_t* NULL_LAST = <const uint8_t*> b"\x01"
cdef const uint8_t* END = <const uint8_t*> b"\x00\x00"


# A key under construction: whole in ``prefix``, or at ``at`` of the builder's keys.
cdef struct Entry:
    uint64_t prefix
    uint64_t at
    uint32_t size
    uint32_t row


cdef class Bytes:
    """Bytes that grow."""

    def __dealloc__(self):
        free(self.data)

    cdef int reserve(self, uint64_t more) except -1:
        cdef uint64_t capacity = max(self.capacity, <uint64_t> 256)
        cdef uint8_t* data
        while capacity < self.size + more:
            capacity *= 2
        if capacity != self.capacity:
            data = <uint8_t*> realloc(self.data, capacity)
            if data == NULL:
                raise MemoryError
            self.data = data
            self.capacity = capacity
        return 0

    cdef int put(self, const uint8_t* p, uint64_t n) except -1:
        self.reserve(n)
        memcpy(self.data + self.size, p, n)
        self.size += n
        return 0

    cdef int put_escaped(self, const uint8_t* p, uint64_t n) except -1:
        """Append bytes so that two zeros can end them: a zero becomes 00 FF."""
        cdef uint64_t i
        self.reserve(2 * n)
        for i in range(n):
            self.data[self.size] = p[i]
            self.size += 1
            if p[i] == 0:
                self.data[self.size] = 0xFF
                self.size += 1
        return 0


cdef inline uint64_t prefix_of(const uint8_t* p, uint64_t n) noexcept nogil:
    """Return the first eight bytes as a number; zeros stand for what is missing."""
    cdef uint64_t word = 0
    memcpy(&word, p, min(n, <uint64_t> 8))
    return __builtin_bswap64(word)


cdef class OrderFields:
    """The fields of a sorted index, and bytes that have the order of their values.

    docs/container.md has these bytes. A null in the first field means that a row has
    none; later nulls come last.

    Parameters
    ----------
    plan : Plan
        How the rows lie.
    ordinals : sequence of int
        The fields.

    Raises
    ------
    EncodeError
        If a field has values without an order, or codes of a dictionary.
    """

    def __init__(self, Plan plan not None, ordinals):
        cdef int k
        self.keys = KeyFields(plan, ordinals)
        self.root = plan.root
        self.ordinals = self.keys.ordinals
        self.n = len(self.ordinals)
        for k in range(self.n):
            self.nodes[k] = &self.root.children[<Py_ssize_t> self.ordinals[k]]
            if self.nodes[k].access == AS_DICTIONARY:
                name = plan.schema.names[self.ordinals[k]]
                raise EncodeError(
                    f"field {name!r} has codes of a dictionary, which are in no order"
                )
            self.sorts[k] = _SORTS[self.nodes[k].access]
        if self.n == 1 and self.sorts[0] < BYTES:
            self.exact = self.nodes[0].width
        elif self.n == 1 and self.nodes[0].access == AS_DECIMAL:
            self.exact = 8 if self.nodes[0].precision < 19 else 0

    def __len__(self):
        return self.n

    def prefix_bytes(self, tuple values, bint open_end):
        """Return the bytes of the first fields' values; None if no row can have them.

        With ``open_end`` the last value is the beginning of a text.
        """
        cdef Bytes out = Bytes()
        cdef Span value
        cdef int k
        for k, v in enumerate(values):
            if k:
                out.put(PRESENT if v is not None else NULL_LAST, 1)
            elif v is None:
                return None
            if v is None:
                continue
            found = self.keys.of_field(k, v)
            if found is None:
                return None
            value.ptr = <const uint8_t*> PyBytes_AS_STRING(found)
            value.size = PyBytes_GET_SIZE(found)
            if self.nodes[k].variable:
                value.ptr += 4
                value.size -= 4
            if open_end and k + 1 == len(values):
                if k + 1 < self.n:
                    out.put_escaped(value.ptr, value.size)
                else:
                    out.put(value.ptr, value.size)
            else:
                self.put_value(k, &value, out)
        return PyBytes_FromStringAndSize(<char*> out.data, out.size)

    def has_text(self, int k):
        """Whether field ``k`` holds runs of bytes, which can have a beginning."""
        return self.sorts[k] == BYTES

    def dtype(self, int k):
        """Return the numpy type of a number, None of what is no number."""
        cdef int access = self.nodes[k].access
        if AS_INT8 <= access <= AS_FLOAT64:
            letter = "iuf"[(access >= AS_UINT8) + (access >= AS_FLOAT16)]
            return f"{letter}{self.nodes[k].width}"
        return None

    cdef int put_value(self, int k, const Span* value, Bytes out) except -1:
        """Append bytes that have the order of the field's values."""
        cdef const Node* node = self.nodes[k]
        cdef uint64_t bits = 0, top = <uint64_t> 1 << (8 * node.width - 1), i, n
        cdef uint8_t byte
        if self.sorts[k] == BYTES and k + 1 == self.n:
            return out.put(value.ptr, value.size)
        if self.sorts[k] == BYTES:
            out.put_escaped(value.ptr, value.size)
            return out.put(END, 2)
        if self.sorts[k] == DECIMALS:
            n = min(value.size, <uint64_t> (8 if node.precision < 19 else 32))
            for i in range(n):
                byte = value.ptr[n - 1 - i] ^ (0 if i else 0x80)
                out.put(&byte, 1)
            return 0
        if self.sorts[k] == FLOATS:
            bits = float_bits(node, value.ptr)
            bits = ~bits if bits & top else bits | top
        else:
            memcpy(&bits, value.ptr, node.width)
            if self.sorts[k] == SIGNED:
                bits ^= top
        bits = __builtin_bswap64(bits << (64 - 8 * node.width))
        return out.put(<const uint8_t*> &bits, node.width)

    cdef int gather(self, const Span* row, Bytes out) except -1:
        """Put the bytes of a row's key together; False when its first field is null."""
        cdef Span value
        cdef int k
        out.size = 0
        if row.size < self.root.fixed_bytes:
            raise DecodeError("a row is too short for its fields")
        for k in range(self.n):
            if null_at(row.ptr, self.root, self.nodes[k]):
                if k == 0:
                    return False
                out.put(NULL_LAST, 1)
                continue
            if k:
                out.put(PRESENT, 1)
            if not take_value(
                row.ptr + self.nodes[k].slot, self.nodes[k], row.ptr, row.size,
                self.root.fixed_bytes, &value,
            ):
                raise DecodeError("a field of a key lies outside its row")
            self.put_value(k, &value, out)
        return True

    def of_row(self, Source stored not None, int64_t number):
        """Return the bytes of the key of row ``number``, None when it has none."""
        cdef Bytes out = Bytes()
        cdef Span row
        cdef Block kept = stored.locate(number, &row)
        if not self.gather(&row, out):
            return None
        return PyBytes_FromStringAndSize(<char*> out.data, out.size)


cdef const uint8_t* _sorted_keys        # of the entries that are being sorted


cdef int by_key(const void* a, const void* b) noexcept nogil:
    cdef const Entry* x = <const Entry*> a
    cdef const Entry* y = <const Entry*> b
    cdef int order = 0
    if x.prefix != y.prefix:
        return 1 if x.prefix > y.prefix else -1
    if _sorted_keys != NULL:
        order = memcmp(_sorted_keys + x.at, _sorted_keys + y.at, min(x.size, y.size))
        if order == 0:
            order = (x.size > y.size) - (x.size < y.size)
    if order == 0:
        order = (x.row > y.row) - (x.row < y.row)
    return order


cdef class OrderBuilder:
    """Gathers keys, row after row, and sorts them.

    Parameters
    ----------
    fields : OrderFields
        The fields of the index.
    """

    def __init__(self, OrderFields fields not None):
        self.fields = fields
        self.entries = Bytes()
        self.keys = Bytes()
        self.scratch = Bytes()

    def __reduce__(self):
        raise TypeError("an index under construction cannot be pickled")

    @property
    def nbytes(self):
        """Bytes of memory that the keys take."""
        return self.entries.size + self.keys.size

    def add(self, Block block not None):
        """Look at the rows of one chunk."""
        cdef Span row
        cdef Entry entry
        cdef Bytes key = self.scratch
        cdef int64_t i
        for i in range(block.n):
            block.span(i, &row)
            if self.fields.gather(&row, key):
                entry.prefix = prefix_of(key.data, key.size)
                entry.at = self.keys.size
                entry.size = <uint32_t> key.size
                entry.row = <uint32_t> self.n_rows
                if not self.fields.exact:
                    self.keys.put(key.data, key.size)
                self.entries.put(<const uint8_t*> &entry, sizeof(Entry))
                self.n_entries += 1
            self.n_rows += 1

    def extend(self, OrderBuilder other not None):
        """Take the rows of another builder as the next ones."""
        cdef Entry* e
        cdef uint64_t i, first = self.entries.size, at = self.keys.size
        if other.n_entries:
            self.entries.put(other.entries.data, other.entries.size)
        if other.keys.size:
            self.keys.put(other.keys.data, other.keys.size)
        e = <Entry*> (self.entries.data + first)
        for i in range(other.n_entries):
            e[i].at += at
            e[i].row += <uint32_t> self.n_rows
        self.n_rows += other.n_rows
        self.n_entries += other.n_entries

    def words(self, uint64_t first_row):
        """Return the index of these rows, of which the first has this number."""
        global _sorted_keys
        cdef uint64_t n = self.n_entries, i, fields = self.fields.n
        cdef uint64_t n_samples = (n + STEP - 1) // STEP
        cdef Head head = Head(first_row, self.n_rows, n, fields)
        cdef uint64_t samples_at = sizeof(Head) + 8 * fields
        cdef uint64_t prefixes_at = samples_at + 8 * n_samples
        cdef uint64_t rows_at = prefixes_at + 8 * n
        cdef bytearray out = bytearray(rows_at + up8(4 * n))
        cdef uint8_t* base = out
        cdef Entry* entries = <Entry*> self.entries.data
        memcpy(base, &head, sizeof(Head))
        for i in range(fields):
            (<uint64_t*> (base + sizeof(Head)))[i] = self.fields.ordinals[i]
        # The interpreter's lock is held: the comparison needs the keys from outside.
        _sorted_keys = NULL if self.fields.exact else self.keys.data
        if n:
            qsort(entries, n, sizeof(Entry), by_key)
        _sorted_keys = NULL
        for i in range(n):
            (<uint64_t*> (base + prefixes_at))[i] = entries[i].prefix
            (<uint32_t*> (base + rows_at))[i] = entries[i].row
            if i % STEP == 0:
                (<uint64_t*> (base + samples_at))[i // STEP] = entries[i].prefix
        return out


cdef class OrderTable(IndexTable):
    """An index sorted by keys."""

    def __init__(self, Block block not None, str what):
        cdef Head head
        cdef uint64_t n_samples
        self.read_head(block, what, &head, sizeof(Head))
        self.samples_at = self.read_fields(sizeof(Head), head.n_fields)
        self.set_counts(head.first_row, head.n_rows, head.n_entries)
        n_samples = (head.n_entries + STEP - 1) // STEP
        self.prefixes_at = self.samples_at + 8 * n_samples
        self.rows_at = self.prefixes_at + 8 * head.n_entries
        if not head.n_fields or self.rows_at + up8(4 * head.n_entries) != block.size:
            raise self.contradiction()

    def bind(self, OrderFields fields not None):
        """Say what the fields are; they must be those of the index."""
        if fields.ordinals != self.ordinals:
            raise self.contradiction()
        self.fields = fields

    cdef uint64_t word(self, uint64_t at) except? 0:
        if self.guard is not None:
            self.guard.touch(at, at + 8)
        return load_u64_le(self.block.base + at)

    cdef uint64_t row_of(self, uint64_t i) except? 0:
        """Return the number of the row of entry ``i``."""
        cdef uint64_t at = self.rows_at + 4 * i
        cdef uint32_t row
        if self.guard is not None:
            self.guard.touch(at, at + 4)
        row = load_u32_le(self.block.base + at)
        if row >= self.n_rows:
            raise self.contradiction()
        return self.first_row + row

    cdef uint64_t bound(self, uint64_t prefix, bint above) except? 0:
        """Return the first entry whose prefix is not less, or with ``above`` greater."""
        cdef uint64_t low = 0, high = (self.n_entries + STEP - 1) // STEP, middle, v
        while low < high:
            middle = (low + high) >> 1
            v = self.word(self.samples_at + 8 * middle)
            if v < prefix or (above and v == prefix):
                low = middle + 1
            else:
                high = middle
        high = min(low * STEP, self.n_entries)
        low = (low - 1) * STEP + 1 if low else 0
        while low < high:
            middle = (low + high) >> 1
            v = self.word(self.prefixes_at + 8 * middle)
            if v < prefix or (above and v == prefix):
                low = middle + 1
            else:
                high = middle
        return low

    def find(self, bytes key not None, Source stored not None):
        """Return the first entry whose key is not less than some bytes."""
        cdef const uint8_t* wanted = <const uint8_t*> PyBytes_AS_STRING(key)
        cdef uint64_t n = PyBytes_GET_SIZE(key), low, high, middle
        cdef uint64_t prefix = prefix_of(wanted, n)
        low = self.bound(prefix, False)
        high = self.bound(prefix, True)
        if self.fields.exact:  # the entries between have one key: these bytes
            return low if n <= self.fields.exact else high
        while low < high:
            middle = (low + high) >> 1
            found = self.fields.of_row(stored, self.row_of(middle))
            if found is None:
                raise self.contradiction()
            if found < key:
                low = middle + 1
            else:
                high = middle
        return low

    def entries(self, uint64_t start, uint64_t stop):
        """Return the prefixes and the row numbers of some entries as bytes (copies)."""
        cdef uint64_t i, n = stop - start if stop > start else 0
        cdef bytes prefixes, numbers
        cdef uint64_t* out
        if stop > self.n_entries:
            raise IndexError(f"entry {stop} of {self.n_entries}")
        if n == 0:
            return b"", b""
        self.look(self.prefixes_at + 8 * start, self.prefixes_at + 8 * stop)
        self.look(self.rows_at + 4 * start, self.rows_at + 4 * stop)
        prefixes = PyBytes_FromStringAndSize(
            <char*> self.block.base + self.prefixes_at + 8 * start, 8 * n
        )
        numbers = PyBytes_FromStringAndSize(NULL, 8 * n)
        out = <uint64_t*> PyBytes_AS_STRING(numbers)
        for i in range(n):
            out[i] = self.row_of(start + i)
        return prefixes, numbers
