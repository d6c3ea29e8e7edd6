"""Lists, tuples, sets and maps of a message being read (xlang_wire 7, 8)."""

from cpython.dict cimport PyDict_SetItem
from cpython.object cimport PyObject, PyObject_SetItem
from cpython.ref cimport Py_INCREF, Py_XDECREF
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcmp

from fory._bare cimport is_bare, str_data
from fory._buffer cimport get_size, get_u8, need
from fory._bytes cimport load_u32_le, load_u64_le
from fory._codec cimport (
    DYNAMIC, EXT, FLAG_NULL, FLAG_REF, FLAG_VALUE, FLOAT64, NAMED_TUPLE, NONE, OBJECT,
    SET, STRING, STRUCT, VARINT64, Codec, is_basic,
)
from fory._cpython cimport items_of, new_list, new_tuple
from fory._reader cimport (
    Reader, charge, enter, info_at, publish, referred,
)
from fory._runs cimport get_floats, get_ints
from fory._strings cimport get_string
from fory._texts cimport TextTable

from fory._values import hashable, shown
from fory.error import DECODE_ERRORS, DecodeError

cdef extern from "Python.h":
    bint keeps_order "PyODict_Check"(object value) noexcept

cdef enum:
    TRACKED = 1
    HAS_NULL = 2
    DECLARED = 4
    SAME_TYPE = 8
    KEY_TRACKED = 0x01
    KEY_NULL = 0x02
    KEY_DECLARED = 0x04
    VALUE_TRACKED = 0x08
    VALUE_NULL = 0x10
    VALUE_DECLARED = 0x20
    MAX_KEY = 32             # bytes of a map key that is worth remembering
    MAX_ENDS = 16            # of which so many are known from two words
    N_KEYS = 512             # keys that are remembered
    PREALLOCATED = 1024      # items for which room is made before they are seen


cdef class ContainerReader(Reader):
    """Containers; what reads the values in them is the decoder's."""

    def __init__(self, fory, registry, **options):
        super().__init__(fory, registry, **options)
        self.texts = TextTable()
        if self.keys == NULL:
            self.keys = <Key*> calloc(N_KEYS, sizeof(Key))
        if self.keys == NULL:
            raise MemoryError("no memory to remember keys")

    def __dealloc__(self):
        cdef Py_ssize_t i
        if self.keys != NULL:
            for i in range(N_KEYS):
                Py_XDECREF(self.keys[i].text)
            free(self.keys)

    cdef object read_flagged(self, Codec codec, int flag):
        """What a flag announces; its type is known unless codec is None."""
        raise NotImplementedError

    cdef object read_value(self):
        """Type info and payload."""
        raise NotImplementedError

    cdef object read_payload(self, Codec codec):
        """Payload by a plan."""
        raise NotImplementedError

    # ---- lists, tuples, sets --------------------------------------------------------

    cdef object read_collection(self, Codec codec):
        cdef Py_ssize_t n = get_size(self)
        cdef object items
        if codec.make is tuple and n <= PREALLOCATED:
            return self.read_tuple(codec, n)
        if codec.make is None and codec.kind == SET:
            items = set()
            publish(self, items)
            self.slot = -1
            fill_set(items, self.read_all_items(codec, n, None))
            return items
        if codec.make is None and self.slot >= 0:
            items = []
            publish(self, items)
            return self.read_all_items(codec, n, items)
        self.slot = -1
        items = self.read_all_items(codec, n, None)
        if codec.make is None or type(items) is codec.make:
            return items
        return codec.make(items)

    cdef list read_all_items(self, Codec codec, Py_ssize_t n, list known):
        """Header and items.

        Items that may refer to their list know one that is empty until all are there.
        """
        cdef list items
        cdef Codec item
        cdef int header
        charge(self, 48 + 8 * <int64_t> n)
        enter(self)
        if n == 0:
            self.depth -= 1
            return [] if known is None else known
        header = get_u8(self)
        item = item_codec(self, codec, header)
        if is_raw(item, header, codec.lenient):
            items = new_list(self.backed(n, item))
            self.read_run(items_of(items), n, item.kind)
        else:
            items = self.read_list(n, item, header)
            if known is not None:
                known.extend(items)
                items = known
        self.depth -= 1
        return items

    cdef list read_list(self, Py_ssize_t n, Codec item, int header):
        """Items that may contain others; room is made for few that were not seen."""
        cdef bint flagged = header & (TRACKED | HAS_NULL)
        cdef Py_ssize_t i = 0, room = min(n, PREALLOCATED)
        cdef list items
        if self.writer - self.reader < n:
            self.check_unbacked(n, item, flagged)
        items = new_list(room)
        try:
            while i < n:
                if i < room:
                    set_item(items, i, next_item(self, item, flagged))
                else:
                    items.append(next_item(self, item, flagged))
                i += 1
        except DECODE_ERRORS:
            self.path.append(f"[{i}]")
            raise
        return items

    cdef object read_tuple(self, Codec codec, Py_ssize_t n):
        """A short tuple; nothing can refer to it before it is complete."""
        cdef object items
        if n == 0:
            self.slot = -1
            charge(self, 48)
            enter(self)
            self.depth -= 1
            return ()
        items = new_tuple(n)
        self.fill(items_of(items), n, codec)
        return items

    cdef int fill(self, PyObject** places, Py_ssize_t n, Codec codec) except -1:
        """Header and items of a short tuple, each to a place that is NULL."""
        cdef Py_ssize_t i = 0
        cdef Codec item
        cdef int header
        cdef bint flagged
        self.slot = -1
        charge(self, 48 + 8 * <int64_t> n)
        enter(self)
        header = get_u8(self)
        item = item_codec(self, codec, header)
        if is_raw(item, header, codec.lenient):
            self.read_run(places, self.backed(n, item), item.kind)
            self.depth -= 1
            return 0
        flagged = header & (TRACKED | HAS_NULL)
        if self.writer - self.reader < n:
            self.check_unbacked(n, item, flagged)
        try:
            while i < n:
                set_place(places + i, next_item(self, item, flagged))
                i += 1
        except DECODE_ERRORS:
            self.path.append(f"[{i}]")
            raise
        self.depth -= 1
        return 0

    cdef int read_run(self, PyObject** places, Py_ssize_t n, int kind) except -1:
        """Fill new places with n bare payloads."""
        cdef Py_ssize_t i = 0
        try:
            while i < n:
                if kind == VARINT64:
                    i += get_ints(self, places + i, n - i)
                elif kind == FLOAT64:
                    i += get_floats(self, places + i, n - i)
                if i == n:
                    break
                if is_bare(kind):
                    set_place(places + i, get_bare(self, kind))
                else:
                    set_place(places + i, self.read_number(kind))
                i += 1
        except DecodeError:
            self.path.append(f"[{i}]")
            raise
        return 0

    cdef Py_ssize_t backed(self, Py_ssize_t n, Codec item) except -1:
        """n, if there are bytes for so many bare payloads."""
        need(self, 8 * n if item.kind == FLOAT64 else n)
        return n

    cdef int check_unbacked(self, Py_ssize_t n, Codec item, bint flagged) except -1:
        """More items than bytes: only those that take no bytes, and few of them."""
        cdef bint many = n > self.max_unbacked
        if flagged or item is None or item.kind not in (
            STRUCT, EXT, NONE, OBJECT, NAMED_TUPLE
        ) or (many and self.stream is not None):
            return need(self, n)
        if many:
            raise DecodeError(
                f"{n} items in {self.writer - self.reader} bytes are more than "
                f"max_unbacked_container_items={self.max_unbacked}, at byte "
                f"{self.reader}"
            )
        return 0

    # ---- maps -----------------------------------------------------------------------

    cdef object read_map(self, Codec codec):
        cdef Py_ssize_t left = get_size(self)
        cdef dict result = {}
        if codec.make is None:
            publish(self, result)
        self.slot = -1
        self.fill_map(codec, result, left)
        return result if codec.make is None else codec.make(result)

    cdef int fill_map(self, Codec codec, dict result, Py_ssize_t left) except -1:
        """Read the entries of a dict, or of an instance of a subclass."""
        need(self, left)
        charge(self, 64 + 16 * <int64_t> left)
        enter(self)
        if left:
            self.read_entries(codec, result, left)
        self.depth -= 1
        return 0

    cdef int read_entries(self, Codec codec, dict result, Py_ssize_t left) except -1:
        """All chunks of a map; those of bare leaves are read here."""
        cdef bint repeats = left <= N_KEYS     # keys of a large map are all different
        cdef bint plain = not keeps_order(result)
        cdef bint bare = False
        cdef Py_ssize_t n
        cdef int header, kind
        cdef object key = None
        try:
            while left > 0:
                header = get_u8(self)
                if header & (KEY_NULL | VALUE_NULL):
                    left -= 1
                    self.read_entry_with_null(codec, result, header)
                    continue
                n = get_u8(self)
                if n == 0 or n > left:
                    raise wrong_chunk(n, left, self.reader)
                left -= n
                kind = bare_chunk(self) if header == 0 and plain else 0
                if not kind:
                    self.read_chunk(codec, result, header, n, repeats)
                    continue
                self.reader += 2
                bare = True
                while n > 0:
                    n -= 1
                    key = None
                    key = self.read_key() if repeats else read_text(self)
                    PyDict_SetItem(result, key, get_bare(self, kind))
                bare = False
        except DECODE_ERRORS:
            if bare:
                self.path.append(key_step(key))
            raise
        return 0

    cdef int read_entry_with_null(self, Codec codec, dict result, int header) except -1:
        cdef object key = None, value = None
        if not header & KEY_NULL:
            key = self.read_lone(
                codec.key, header & KEY_DECLARED, header & KEY_TRACKED
            )
        elif not header & VALUE_NULL:
            value = self.read_lone(
                codec.item, header & VALUE_DECLARED, header & VALUE_TRACKED
            )
        store(result, key, value)
        return 0

    cdef object read_lone(self, Codec declared, bint is_declared, bint tracked):
        """The side of an entry whose other side is None."""
        self.slot = -1
        if not is_declared:
            return self.read_flagged(None, get_u8(self)) if tracked else (
                self.read_value()
            )
        if declared is None or declared.kind == DYNAMIC:
            raise undeclared(self.reader)
        if tracked:
            return self.read_flagged(declared, get_u8(self))
        return self.read_payload(declared)

    cdef int read_chunk(
        self, Codec codec, dict result, int header, Py_ssize_t n, bint repeats
    ) except -1:
        """A run of n entries whose sides have one type each."""
        cdef Codec keys = side_codec(self, codec.key, header & KEY_DECLARED)
        cdef Codec values = side_codec(self, codec.item, header & VALUE_DECLARED)
        cdef object key = None, value
        try:
            while n > 0:
                n -= 1
                key = None
                self.slot = -1
                if header & KEY_TRACKED:
                    key = self.read_flagged(keys, get_u8(self))
                elif keys.kind == STRING:
                    key = self.read_key() if repeats else read_text(self)
                else:
                    key = self.read_payload(keys)
                self.slot = -1
                if header & VALUE_TRACKED:
                    value = self.read_flagged(values, get_u8(self))
                else:
                    value = self.read_payload(values)
                store(result, key, value)
        except DECODE_ERRORS:
            self.path.append(key_step(key))
            raise
        return 0


    cdef object read_key(self):
        """A short string, which other maps probably use as well."""
        cdef const uint8_t* p = self.base + self.reader
        cdef Py_ssize_t left = self.writer - self.reader
        cdef Py_ssize_t n
        cdef uint64_t first = 0, last = 0
        cdef Key* place
        cdef object text
        if self.track_ref:
            return self.texts.read(self)
        if left < 1 or p[0] & 3 or p[0] >= 4 * MAX_KEY:
            return get_string(self)
        n = p[0] >> 2
        if left <= n:
            return get_string(self)
        load_ends(p + 1, n, &first, &last)
        place = &self.keys[key_place(first, last, n)]
        if place.first == first and place.last == last and place.n == n and (
            place.text != NULL
        ) and (n <= MAX_ENDS or memcmp(str_data(place.text), p + 1, n) == 0):
            self.reader += n + 1
            return <object> place.text
        text = get_string(self)
        Py_INCREF(text)
        Py_XDECREF(place.text)
        place.text = <PyObject*> text
        place.first = first
        place.last = last
        place.n = n
        return text


cdef inline object next_item(ContainerReader r, Codec item, bint flagged):
    """An item of a collection; the common flags and types need no call."""
    cdef int flag, kind
    if flagged:
        flag = get_u8(r)
        if flag == FLAG_NULL:
            return None
        if flag == FLAG_REF:
            return referred(r)
        if flag != FLAG_VALUE:
            return r.read_flagged(item, flag)
    r.slot = -1
    if item is not None:
        return r.read_payload(item)
    if r.reader < r.writer:
        kind = r.base[r.reader]
        if is_bare(kind):
            r.reader += 1
            return get_bare(r, kind)
    return r.read_value()


cdef inline void set_item(object items, Py_ssize_t i, object value) noexcept:
    """Fill a place of a list that is still being made."""
    set_place(items_of(items) + i, value)


cdef inline Codec item_codec(ContainerReader r, Codec codec, int header):
    """The plan that all items share, or None if each has its own."""
    if not header & SAME_TYPE:
        return None
    return side_codec(r, codec.item, header & DECLARED)


cdef inline Codec side_codec(ContainerReader r, Codec declared, bint is_declared):
    """The plan of one side of a map: as declared, else from the bytes."""
    if not is_declared:
        return info_at(r)
    if declared is None or declared.kind == DYNAMIC:
        raise undeclared(r.reader)
    return declared


cdef inline int bare_chunk(ContainerReader r) noexcept:
    """The type of the values of a chunk if they are bare and its keys are strings."""
    cdef int kind
    if r.writer - r.reader < 2 or r.base[r.reader] != STRING:
        return 0
    kind = r.base[r.reader + 1]
    return kind if is_bare(kind) else 0


cdef inline void load_ends(
    const uint8_t* p, Py_ssize_t n, uint64_t* first, uint64_t* last
) noexcept nogil:
    """Load the first and last bytes of a key: all of it up to MAX_ENDS bytes."""
    if n >= 8:
        first[0] = load_u64_le(p)
        last[0] = load_u64_le(p + n - 8)
    elif n >= 4:
        first[0] = load_u32_le(p)
        last[0] = load_u32_le(p + n - 4)
    elif n > 0:
        first[0] = p[0]
        last[0] = <uint64_t> p[n >> 1] << 8 | p[n - 1]


cdef inline size_t key_place(uint64_t first, uint64_t last, Py_ssize_t n) noexcept:
    """Where a key is remembered."""
    first = (first ^ (last * 31) ^ <uint64_t> n) * <uint64_t> 0x9E3779B97F4A7C15
    return (first >> 40) & (N_KEYS - 1)


cdef inline bint is_raw(Codec item, int header, bint lenient) noexcept:
    """Whether items are bare payloads that need no flag (xlang_wire 7, rule 1)."""
    return (
        item is not None and is_basic(item.kind) and not header & HAS_NULL
        and not (lenient and header & TRACKED)
    )


cdef inline int store(dict result, object key, object value) except -1:
    """Set an entry past what a subclass may have for it."""
    if type(key) is str and not keeps_order(result):
        return PyDict_SetItem(result, key, value)
    return store_any(result, key, value)


cdef int store_any(dict result, object key, object value) except -1:
    try:
        set_entry(result, key, value)
    except TypeError:
        set_entry(result, hashable(key), value)
    return 0


cdef int set_entry(dict result, object key, object value) except -1:
    if keeps_order(result):
        return PyObject_SetItem(result, key, value)
    return PyDict_SetItem(result, key, value)


cdef int fill_set(set result, list items) except -1:
    try:
        result.update(items)
    except TypeError:
        result.update([hashable(item) for item in items])
    return 0


cdef str key_step(object key):
    """What the path to an error says of the entry with this key."""
    return "[key]" if key is None else f"[{shown(key)}]"


cdef object wrong_chunk(Py_ssize_t n, Py_ssize_t left, Py_ssize_t place):
    return DecodeError(
        f"a chunk of {n} entries stands where {left} are left, before byte {place}"
    )


cdef object undeclared(Py_ssize_t place):
    return DecodeError(
        f"items have a declared type, but none is declared, before byte {place}"
    )
