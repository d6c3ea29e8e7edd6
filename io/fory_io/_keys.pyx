"""Keys of rows: their bytes, their hashes, and the index that finds them."""

cimport cython
from cpython.bytes cimport (
    PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE,
)
from cpython.long cimport PyLong_CheckExact
from cpython.unicode cimport PyUnicode_CheckExact
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, qsort, realloc
from libc.string cimport memcmp, memcpy

from fory._bytes cimport load_u32_le, load_u64_le, up8
from fory._hash cimport murmur64
from fory_row._block cimport Block, Source
from fory_row._layout cimport (
    AS_DICTIONARY, AS_FLOAT16, AS_FLOAT64, AS_INT8, AS_INT64, AS_LIST, AS_MAP, AS_NULL,
    AS_STRUCT, AS_UTF8, Node, Span, null_at, take_value,
)
from fory_row._plan cimport Plan, info_of
from fory_row._rows cimport RowsCore
from fory_row._view cimport make_row

from fory.error import DecodeError, EncodeError
from fory_row.encoder import encoder
from fory_row.schema import Schema

cdef extern from "Python.h":
    const char* PyUnicode_AsUTF8AndSize(object text, Py_ssize_t* size) except NULL
    long long PyLong_AsLongLongAndOverflow(object number, int* overflow) except? -1

cdef enum:
    BUCKET = 8          # keys of a bucket, on average: a line of the cache

_NO_KEYS = (AS_LIST, AS_MAP, AS_STRUCT, AS_NULL)


cdef inline bint is_float(const Node* node) noexcept nogil:
    return AS_FLOAT16 <= node.access <= AS_FLOAT64


cdef dict codes_of(const Node* node):
    """Return the code of each value of a dictionary field."""
    values = info_of(node).dictionary
    values = [] if values is None else values.to_pylist()
    codes = {value: code for code, value in enumerate(values)}
    if len(codes) < len(values):
        raise EncodeError(
            f"field {info_of(node).path!r} cannot be a key: its dictionary has a value "
            f"twice; encode it again"
        )
    return codes


cdef class KeyFields:
    """The fields of a key, and the bytes of their values.

    The bytes of a key are those of its fields one after another: of a value of fixed
    width as they are in the row, but one zero and one NaN of floats; of others their
    length as u32 first. A dictionary field has its codes.

    Parameters
    ----------
    plan : Plan
        How the rows lie.
    ordinals : sequence of int
        The fields.

    Raises
    ------
    EncodeError
        If a field has no values of one sort (a list, map or struct), or a dictionary
        with a value twice.
    """

    def __init__(self, Plan plan not None, ordinals):
        cdef int k
        cdef Py_ssize_t ordinal
        self.plan = plan
        self.root = plan.root
        self.ordinals = tuple(ordinals)
        self.n = len(self.ordinals)
        self.encoders = [None] * self.n
        if not 1 <= self.n <= MAX_FIELDS:
            raise EncodeError(f"a key has 1 to {MAX_FIELDS} fields, not {self.n}")
        for k in range(self.n):
            ordinal = self.ordinals[k]
            if not 0 <= ordinal < self.root.n_children:
                raise DecodeError(
                    f"a key has field {ordinal} of {self.root.n_children}"
                )
            self.nodes[k] = &self.root.children[ordinal]
            if self.nodes[k].access in _NO_KEYS:
                field = plan.schema.fields[ordinal]
                raise EncodeError(
                    f"field {field.name!r} of type {field.type} cannot be a key; "
                    f"numbers, text, bytes and times can"
                )
            if self.nodes[k].access == AS_DICTIONARY:
                self.encoders[k] = codes_of(self.nodes[k])

    cdef bytes of_value(self, key):
        """Return the bytes of a key, None for one that no row can have."""
        cdef int k
        if self.n == 1:
            return self.of_field(0, key)
        if not isinstance(key, tuple) or len(key) != self.n:
            raise KeyError(key)
        parts = [self.of_field(k, key[k]) for k in range(self.n)]
        return None if None in parts else b"".join(parts)

    cdef bytes of_field(self, int k, value):
        cdef const Node* node = self.nodes[k]
        cdef const char* text
        cdef Py_ssize_t size
        cdef uint32_t length
        cdef int overflow = 0, bits
        cdef long long v
        if PyLong_CheckExact(value) and AS_INT8 <= node.access <= AS_INT64:
            v = PyLong_AsLongLongAndOverflow(value, &overflow)
            bits = 64 - 8 * node.width
            if overflow or <int64_t> (<uint64_t> v << bits) >> bits != v:
                return None
            return PyBytes_FromStringAndSize(<char*> &v, node.width)
        if PyUnicode_CheckExact(value) and node.access == AS_UTF8 and node.variable:
            text = PyUnicode_AsUTF8AndSize(value, &size)
            made = PyBytes_FromStringAndSize(NULL, size + 4)
            length = <uint32_t> size
            memcpy(PyBytes_AS_STRING(made), &length, 4)
            memcpy(PyBytes_AS_STRING(made) + 4, text, size)
            return made
        if node.access == AS_DICTIONARY:
            return self.code_of(k, value)
        return self.encoded(k, value)

    cdef bytes code_of(self, int k, value):
        """Return the code of a dictionary's value as rows have it, or None."""
        try:
            code = self.encoders[k].get(value)
        except TypeError:  # it cannot be hashed, and no value is such
            code = None
        return None if code is None else code.to_bytes(self.nodes[k].width, "little")

    def encoded(self, int k, value):
        """Return the bytes of a value as a row of its field has them, or None."""
        cdef Span row
        cdef KeyFields alone
        cdef KeyBuilder builder
        if value is None:
            return None
        if self.encoders[k] is None:
            schema = Schema([self.plan.schema.fields[self.ordinals[k]]])
            self.encoders[k] = (
                encoder(schema, layout=self.plan.layout),
                KeyFields(schema.plan(self.plan.layout), (0,)),
                schema.names[0],
            )
        write, alone, name = self.encoders[k]
        try:
            if hasattr(value, "__index__") and not isinstance(value, bool):
                value = int(value)
            data = bytes(write.to_row({name: value}))
        except (EncodeError, TypeError, ValueError, OverflowError):
            return None  # what a field cannot hold is in no row
        row.ptr = <const uint8_t*> PyBytes_AS_STRING(data)
        row.size = PyBytes_GET_SIZE(data)
        builder = KeyBuilder(alone)
        return builder.key_of(&row)

    cdef int matches(self, const Span* row, const uint8_t* key, uint64_t n) except -1:
        """Tell whether a row has the key with these bytes."""
        cdef const Node* node
        cdef const uint8_t* end = key + n
        cdef Span value
        cdef uint64_t bits
        cdef int k
        if row.size < self.root.fixed_bytes:
            raise DecodeError("a row is too short for its fields")
        for k in range(self.n):
            node = self.nodes[k]
            if null_at(row.ptr, self.root, node) or not take_value(
                row.ptr + node.slot, node, row.ptr, row.size, self.root.fixed_bytes,
                &value,
            ):
                return False
            if node.variable:
                if end - key < 4 or load_u32_le(key) != value.size:
                    return False
                key += 4
            if is_float(node):
                bits = float_bits(node, value.ptr)
                value.ptr = <const uint8_t*> &bits
            if <uint64_t> (end - key) < value.size:
                return False
            if memcmp(key, value.ptr, value.size):
                return False
            key += value.size
        return key == end


cdef class KeyBuilder:
    """Gathers the hashes of keys, row after row.

    Parameters
    ----------
    fields : KeyFields
        The key.
    """

    def __init__(self, KeyFields fields not None):
        self.fields = fields

    def __dealloc__(self):
        free(self.hashes)
        free(self.present)
        free(self.key)

    def __reduce__(self):
        raise TypeError("an index under construction cannot be pickled")

    @property
    def nbytes(self):
        """Bytes of memory that the hashes take."""
        return 9 * self.n_rows

    cdef int reserve(self, uint64_t n) except -1:
        cdef uint64_t capacity = max(self.capacity, <uint64_t> 4096)
        cdef void* made
        while capacity < self.n_rows + n:
            capacity *= 2
        if capacity == self.capacity:
            return 0
        made = realloc(self.hashes, capacity * 8)
        if made == NULL:
            raise MemoryError
        self.hashes = <uint64_t*> made
        made = realloc(self.present, capacity)
        if made == NULL:
            raise MemoryError
        self.present = <uint8_t*> made
        self.capacity = capacity
        return 0

    def add(self, Block block not None):
        """Look at the rows of one chunk."""
        cdef Span row
        cdef int64_t i, size
        self.reserve(block.n)
        for i in range(block.n):
            block.span(i, &row)
            size = self.gather(&row)
            self.present[self.n_rows] = size >= 0
            if size >= 0:
                self.hashes[self.n_rows] = murmur64(self.key, size)
            self.n_rows += 1

    def extend(self, KeyBuilder other not None):
        """Take the rows of another builder as the next ones."""
        self.reserve(other.n_rows)
        if other.n_rows:
            memcpy(self.hashes + self.n_rows, other.hashes, 8 * other.n_rows)
            memcpy(self.present + self.n_rows, other.present, other.n_rows)
            self.n_rows += other.n_rows

    cdef int64_t gather(self, const Span* row) except -2:
        """Put the bytes of a row's key together; -1 when a part is null."""
        cdef KeyFields f = self.fields
        cdef const Node* node
        cdef Span value
        cdef uint64_t at = 0, bits
        cdef void* made
        cdef uint32_t length
        cdef int k
        if row.size < f.root.fixed_bytes:
            raise DecodeError("a row is too short for its fields")
        for k in range(f.n):
            node = f.nodes[k]
            if null_at(row.ptr, f.root, node):
                return -1
            if not take_value(
                row.ptr + node.slot, node, row.ptr, row.size, f.root.fixed_bytes, &value
            ):
                raise DecodeError("a field of a key lies outside its row")
            if is_float(node):
                bits = float_bits(node, value.ptr)
                value.ptr = <const uint8_t*> &bits
            if at + 4 + value.size > self.key_capacity:
                self.key_capacity = 2 * (at + 4 + value.size)
                made = realloc(self.key, self.key_capacity)
                if made == NULL:
                    raise MemoryError
                self.key = <uint8_t*> made
            if node.variable:
                length = <uint32_t> value.size
                memcpy(self.key + at, &length, 4)
                at += 4
            memcpy(self.key + at, value.ptr, value.size)
            at += value.size
        return at

    cdef bytes key_of(self, const Span* row):
        cdef int64_t size = self.gather(row)
        return None if size < 0 else (<char*> self.key)[:size]

    def words(self, uint64_t first_row):
        """Return the index of these rows, of which the first has this number."""
        cdef uint64_t n = 0, i
        for i in range(self.n_rows):
            n += self.present[i]
        cdef uint64_t n_buckets = n // BUCKET + 1
        cdef Head head = Head(first_row, self.n_rows, n_buckets, n, self.fields.n)
        cdef uint64_t starts_at = sizeof(Head) + 8 * <uint64_t> self.fields.n
        cdef uint64_t entries_at = starts_at + up8(4 * (n_buckets + 1))
        cdef bytearray out = bytearray(entries_at + 8 * n)
        cdef uint8_t* base = out
        cdef uint32_t* starts = <uint32_t*> (base + starts_at)
        memcpy(base, &head, sizeof(Head))
        for i in range(<uint64_t> self.fields.n):
            (<uint64_t*> (base + sizeof(Head)))[i] = self.fields.ordinals[i]
        with nogil:
            scatter(self, starts, <Entry*> (base + entries_at), n_buckets)
        return out


cdef inline uint64_t bucket_of(uint64_t hash, uint64_t n_buckets) noexcept nogil:
    return (hash >> 32) * n_buckets >> 32


cdef int by_entry(const void* a, const void* b) noexcept nogil:
    cdef const Entry* x = <const Entry*> a
    cdef const Entry* y = <const Entry*> b
    if x.fingerprint != y.fingerprint:
        return 1 if x.fingerprint > y.fingerprint else -1
    return (x.row > y.row) - (x.row < y.row)


cdef void sort_bucket(Entry* entries, uint64_t n) noexcept nogil:
    """Sort by fingerprint, then by row; rows ascend already."""
    cdef uint64_t i, j
    cdef Entry e
    if n > 8 * BUCKET:
        qsort(entries, n, sizeof(Entry), by_entry)
        return
    for i in range(1, n):
        e = entries[i]
        j = i
        while j > 0 and entries[j - 1].fingerprint > e.fingerprint:
            entries[j] = entries[j - 1]
            j -= 1
        entries[j] = e


cdef void scatter(
    KeyBuilder b, uint32_t* starts, Entry* entries, uint64_t n_buckets
) noexcept nogil:
    """Sort the rows into buckets, in each by fingerprint and row."""
    cdef uint64_t i, k
    for i in range(b.n_rows):
        if b.present[i]:
            starts[bucket_of(b.hashes[i], n_buckets) + 1] += 1
    for k in range(1, n_buckets + 1):
        starts[k] += starts[k - 1]
    # Each start moves to its bucket's end, that is, to where the next one starts.
    for i in range(b.n_rows):
        if not b.present[i]:
            continue
        k = bucket_of(b.hashes[i], n_buckets)
        entries[starts[k]] = Entry(<uint32_t> b.hashes[i], <uint32_t> i)
        starts[k] += 1
    for k in range(n_buckets, 0, -1):
        starts[k] = starts[k - 1]
    starts[0] = 0
    for k in range(n_buckets):
        sort_bucket(entries + starts[k], starts[k + 1] - starts[k])


cdef class IndexTable:
    """One index of a file, used where it lies.

    Parameters
    ----------
    block : Block
        The words of the index as rows of eight bytes.
    what : str
        Name of the index, for messages.

    Raises
    ------
    DecodeError
        If the words contradict themselves.
    """

    cdef int read_head(self, Block block, str what, void* head, uint64_t n) except -1:
        """Take the words of the index, and copy the ``n`` bytes that stand first."""
        self.block = block
        self.guard = block.guard
        self.what = what
        if block.size < n:
            raise self.contradiction()
        self.look(0, n)
        memcpy(head, block.base, n)
        return 0

    cdef uint64_t read_fields(self, uint64_t start, uint64_t n) except 0:
        """Read the ordinals of ``n`` fields at ``start``; return where they end."""
        cdef uint64_t stop = start + 8 * n, at
        if n > MAX_FIELDS or stop > self.block.size:
            raise self.contradiction()
        self.look(start, stop)
        self.ordinals = tuple([
            load_u64_le(self.block.base + at) for at in range(start, stop, 8)
        ])
        return stop

    cdef int set_counts(
        self, uint64_t first_row, uint64_t n_rows, uint64_t n_entries
    ) except -1:
        self.first_row, self.n_rows, self.n_entries = first_row, n_rows, n_entries
        if n_rows >> 32 or n_entries > n_rows or first_row >> 48:
            raise self.contradiction()
        return 0

    def contradiction(self):
        """Return the error for an index that cannot be."""
        return DecodeError(
            f"{self.what} is damaged: it contradicts itself; read an intact copy, or "
            f"write the file again"
        )

    def look(self, uint64_t start, uint64_t stop):
        """Check some bytes before they are used."""
        if self.guard is not None:
            self.guard.touch(start, stop)


cdef class KeyTable(IndexTable):
    """An index by the hashes of keys."""

    def __init__(self, Block block not None, str what):
        cdef Head head
        self.read_head(block, what, &head, sizeof(Head))
        self.starts_at = self.read_fields(sizeof(Head), head.n_fields)
        self.set_counts(head.first_row, head.n_rows, head.n_entries)
        self.n_buckets = head.n_buckets
        if head.n_buckets == 0 or head.n_buckets >> 32:
            raise self.contradiction()
        self.entries_at = self.starts_at + up8(4 * (head.n_buckets + 1))
        if self.entries_at + 8 * head.n_entries != block.size:
            raise self.contradiction()

    cdef const Entry* bucket(self, uint64_t hash, uint32_t* n) except? NULL:
        """Return the entries of the rows whose keys have a hash, the last row last."""
        cdef uint64_t at = self.starts_at + 4 * bucket_of(hash, self.n_buckets)
        cdef uint32_t start, stop, low, high, middle, wanted = <uint32_t> hash
        cdef const Entry* entries = <const Entry*> (self.block.base + self.entries_at)
        if self.guard is not None:
            self.guard.touch(at, at + 8)
        start = load_u32_le(self.block.base + at)
        stop = load_u32_le(self.block.base + at + 4)
        n[0] = 0
        if start > stop or stop > self.n_entries:
            raise self.contradiction()
        if self.guard is not None:
            self.guard.touch(
                self.entries_at + 8 * <uint64_t> start,
                self.entries_at + 8 * <uint64_t> stop,
            )
        low, high = start, stop
        while high - low > BUCKET:
            middle = low + (high - low) // 2
            if entries[middle].fingerprint < wanted:
                low = middle + 1
            else:
                high = middle
        while low < stop and entries[low].fingerprint < wanted:
            low += 1
        high = low
        while high < stop and entries[high].fingerprint == wanted:
            if entries[high].row >= self.n_rows:
                raise self.contradiction()
            high += 1
        n[0] = high - low
        return entries + low


@cython.no_gc
cdef class KeyIndex:
    """Finds rows of a file by their keys; made for one search or a few.

    A file keeps fields and tables, not this: it refers to the file.
    """

    def __init__(self):
        raise TypeError("rows.lookup() looks for keys")

    cdef int64_t position(self, int64_t number) except -2:
        """Return where a row stands among those that are not deleted, or -1."""
        return number if self.live is None else self.live.position_of(number)

    def last(self, key):
        """Return the position of the last row with a key, -1 when there is none."""
        cdef int64_t at
        cdef Span row
        self.search(key, None, &at, &row)
        return at

    def all(self, key):
        """Return the positions of all rows with a key, ascending."""
        cdef list out = []
        cdef int64_t at
        cdef Span row
        self.search(key, out, &at, &row)
        return out[::-1]

    def row(self, RowsCore rows not None, key):
        """Return the last row with a key as a view, None when ``rows`` lack it."""
        cdef int64_t at
        cdef Span row
        cdef Block block = self.search(key, None, &at, &row)
        if at < 0 or rows.picks != NULL or rows.step != 1:
            return None
        if not 0 <= at - rows.first < rows.n:
            return None
        return make_row(rows.plan, rows.plan.root, row.ptr, row.size, block)

    cdef Block search(self, key, list out, int64_t* at, Span* row):
        """Find the last row with a key, or put the positions of all into ``out``.

        Without ``out``, ``at`` becomes the position of the row, -1 when there is none,
        ``row`` its place, and its block is returned.
        """
        cdef bytes wanted = self.fields.of_value(key)
        cdef const uint8_t* data
        cdef uint64_t size, hash
        cdef const Entry* entries
        cdef KeyTable table
        cdef Block block
        cdef uint32_t n
        at[0] = -1
        if wanted is None:
            return None
        data = <const uint8_t*> PyBytes_AS_STRING(wanted)
        size = PyBytes_GET_SIZE(wanted)
        hash = murmur64(data, size)
        for table in self.tables:
            entries = table.bucket(hash, &n)
            while n:
                n -= 1
                at[0] = table.first_row + entries[n].row
                # Other keys may have the same hash.
                block = self.stored.locate(at[0], row)
                if not self.fields.matches(row, data, size):
                    continue
                at[0] = self.position(at[0])
                if at[0] >= 0 and out is None:
                    return block
                if at[0] >= 0:
                    out.append(at[0])
        at[0] = -1
        return None


cdef KeyIndex bound_index(KeyFields fields, list tables, Source stored, live):
    """Return what searches the rows of a file.

    ``tables`` are indexes of all rows, newest first; ``live`` is the `LiveSource` of
    the rows that are not deleted, None if that is all.
    """
    cdef KeyIndex made = KeyIndex.__new__(KeyIndex)
    made.fields = fields
    made.tables = tables
    made.stored = stored
    made.live = live
    return made
