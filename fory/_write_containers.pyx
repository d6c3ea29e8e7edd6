"""Lists, tuples, sets and maps of a message being written (xlang_wire 7, 8)."""

from cpython.dict cimport PyDict_Next, PyDict_Size
from cpython.object cimport PyObject, PyTypeObject
from libc.stdint cimport uint8_t

from fory._bare cimport (
    Leaf, bare_kind, is_bare, leaf_room, look_at, put_leaf, store_leaf,
)
from fory._buffer cimport put_u16, put_u8, put_varuint, reserve
from fory._bytes cimport store_u32_le
from fory._codec cimport (
    BOOL, DYNAMIC, FLAG_NULL, FLAG_VALUE, FLOAT64, INFO_NOTHING, LIST, MAP, NONE, SET,
    STRING, STRUCT, VARIES, VARINT64, Codec, is_basic,
)
from fory._cpython cimport (
    BOOL_TYPE, DICT_TYPE, FLOAT_TYPE, INT_TYPE, LIST_TYPE, SET_TYPE, STR_TYPE,
    TUPLE_TYPE, items_of, n_items, type_of,
)
from fory._runs cimport put_floats, put_ints, put_texts
from fory._strings cimport put_string
from fory._writer cimport Writer, begin_open, enter

from fory._values import as_entries, as_items, changed, key_step
from fory.error import ENCODE_ERRORS, EncodeError

# Bits of a collection header (xlang_wire 7) and of a map chunk (8).
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
    MAX_CHUNK = 255
    CHUNK = 4                # bytes of its header, size and type ids
    FIRST_REFERRED = 27      # ids of structs and extensions, whose info is written
    LAST_REFERRED = 32       # even if the type is declared
    COMPATIBLE_STRUCT = 28
    NAMED_COMPATIBLE_STRUCT = 30

cdef Codec NONE_CODEC = Codec(NONE)
cdef Codec STR_CODEC = Codec(STRING)
cdef Codec INT_CODEC = Codec(VARINT64)
cdef Codec FLOAT_CODEC = Codec(FLOAT64)
cdef Codec BOOL_CODEC = Codec(BOOL)
cdef Codec DICT_CODEC = Codec(MAP, trackable=True)
cdef Codec LIST_CODEC = Codec(LIST, trackable=True)


cdef class ContainerWriter(Writer):
    """Containers; what writes the values in them is the encoder's."""

    cdef int write_any(self, object value) except -1:
        """Flag, type info and payload: a value in a generic position."""
        raise NotImplementedError

    cdef int write_value(self, object value) except -1:
        """Type info and payload of a value whose type nobody declared."""
        raise NotImplementedError

    cdef int write_payload(self, Codec codec, object value) except -1:
        """Payload by a plan."""
        raise NotImplementedError

    # ---- lists, tuples, sets --------------------------------------------------------

    cdef int write_collection(self, Codec codec, object value) except -1:
        cdef PyTypeObject* cls = type_of(<PyObject*> value)
        cdef bint lenient = codec.lenient
        cdef bint waits = self.track_ref and cls is TUPLE_TYPE and not self.xlang
        cdef object items = value
        if cls is SET_TYPE and codec.kind == SET:
            items = list(value)
        elif codec.kind == SET or (cls is not LIST_TYPE and cls is not TUPLE_TYPE):
            lenient = True
            items = as_items(value, codec.kind == SET)
        put_varuint(self, n_items(items))
        if n_items(items) == 0:
            return 0 if self.depth < self.max_depth else self.refuse_depth()
        enter(self)
        if waits:
            begin_open(self, value)
        if codec.item is not None and codec.item.kind != DYNAMIC and (
            codec.item.kind != STRUCT or all_of_class(items, codec.item.cls)
        ):
            self.write_declared(codec, items, lenient)
        else:
            self.write_dynamic(codec, items, lenient)
        if waits:
            self.n_open -= 1
        self.depth -= 1
        return 0

    cdef int write_declared(self, Codec codec, object items, bint lenient) except -1:
        cdef Codec item = codec.item
        cdef int header = SAME_TYPE
        if not FIRST_REFERRED <= item.type_id <= LAST_REFERRED:
            header |= DECLARED
        if codec.item_tracked:
            header |= TRACKED
        if has_none(items):
            header |= HAS_NULL
        put_u8(self, header)
        if not header & DECLARED:
            self.write_info(item)
        return self.write_alike(items, item, header, lenient)

    cdef int write_dynamic(self, Codec codec, object items, bint lenient) except -1:
        """Items whose types are known only from themselves."""
        cdef int header = 0
        cdef bint same
        cdef bint told = tells_tracking(codec.item)
        cdef PyObject* first
        cdef Codec item = None
        if (
            self.hooks is None and not (told and codec.item_tracked)
            and self.write_bare_items(items)
        ):
            return 0
        first = first_value(items, &same)
        if first == NULL:
            item = NONE_CODEC
        elif same and self.hooks is None:
            item = self.plan_of_items(items, <object> first)
        if item is not None and item.kind == VARIES:
            item = None
        if item is not None:
            header |= SAME_TYPE
        if self.track_ref and (
            codec.item_tracked if told else item is None or item.trackable
        ):
            header |= TRACKED
        if first == NULL or has_none(items):
            header |= HAS_NULL
        put_u8(self, header)
        if item is None:
            return self.write_mixed(items, header, lenient)
        self.write_info(item)
        return self.write_alike(items, item, header, lenient)

    cdef Codec plan_of_items(self, object items, object first):
        """The plan of items of one class; an error says where the first one is."""
        cdef Py_ssize_t i = 0
        try:
            return self.common_plan(first)
        except ENCODE_ERRORS:
            while items_of(items)[i] == <PyObject*> None:
                i += 1
            self.path.append(f"[{i}]")
            raise

    cdef bint write_bare_items(self, object items) except -1:
        """Write items that turn out to have one class, which has a bare payload.

        They are looked at only once: large lists do not stay in the caches.
        """
        cdef Py_ssize_t start = self.writer, n = n_items(items)
        cdef PyObject* first = items_of(items)[0]
        cdef PyTypeObject* cls = type_of(first)
        cdef Codec item
        if type_of(items_of(items)[n - 1]) is not cls or not (
            cls is STR_TYPE or cls is INT_TYPE or cls is FLOAT_TYPE
            or cls is BOOL_TYPE
        ):
            return False
        item = self.common_plan(<object> first)
        put_u16(self, SAME_TYPE | item.kind << 8)
        if self.write_run(items, item, cls) == n:
            return True
        self.writer = start
        return False

    cdef int write_alike(
        self, object items, Codec item, int header, bint lenient
    ) except -1:
        """Items of one type, which is known already."""
        cdef Py_ssize_t i = 0, n = n_items(items)
        cdef bint tracked = header & TRACKED
        cdef bint nulls = header & HAS_NULL
        cdef object value
        if is_basic(item.kind) and not nulls and not (lenient and tracked):
            self.write_run(items, item, NULL)
            return 0
        try:
            for i in range(n):
                check_size(items, n)
                value = <object> items_of(items)[i]
                if value is None:
                    if not nulls:
                        raise changed()
                    put_u8(self, FLAG_NULL)
                    continue
                if tracked:
                    if self.write_flag(value):
                        continue
                elif nulls:
                    put_u8(self, FLAG_VALUE)
                self.write_payload(item, value)
        except ENCODE_ERRORS:
            self.path.append(f"[{i}]")
            raise
        return 0

    cdef int write_mixed(self, object items, int header, bint lenient) except -1:
        """Items each of which has its own type info."""
        cdef Py_ssize_t i = 0, n = n_items(items)
        cdef bint tracked = header & TRACKED
        cdef bint flagged = header & (TRACKED | HAS_NULL)
        cdef bint bare = self.hooks is None and not (tracked and lenient)
        cdef Leaf leaf
        cdef object value
        cdef PyTypeObject* cls
        try:
            for i in range(n):
                check_size(items, n)
                if bare and look_at(items_of(items)[i], &leaf):
                    if flagged:
                        put_u8(self, FLAG_VALUE)
                    put_leaf(self, leaf.kind, &leaf)
                    continue
                value = <object> items_of(items)[i]
                if value is None:
                    if not flagged:
                        raise changed()
                    put_u8(self, FLAG_NULL)
                    continue
                cls = type_of(<PyObject*> value)
                if tracked and (
                    lenient or not (cls is STR_TYPE or cls is INT_TYPE
                                    or cls is FLOAT_TYPE or cls is BOOL_TYPE)
                ):
                    if self.write_flag(value):
                        continue
                elif flagged:
                    put_u8(self, FLAG_VALUE)
                self.write_value(value)
        except ENCODE_ERRORS:
            self.path.append(f"[{i}]")
            raise
        return 0

    cdef Py_ssize_t write_run(
        self, object items, Codec item, PyTypeObject* only
    ) except -1:
        """Bare payloads back to back.

        With ``only`` it stops at the first item of another class. Returns how many
        were written.
        """
        cdef Py_ssize_t i = 0, n = n_items(items)
        cdef int kind = item.kind
        cdef object value
        try:
            while i < n:
                if kind == STRING:
                    i += put_texts(self, items_of(items) + i, n - i)
                elif kind == VARINT64:
                    i += put_ints(self, items_of(items) + i, n - i)
                elif kind == FLOAT64:
                    i += put_floats(self, items_of(items) + i, n - i)
                if i < n:
                    if only != NULL and type_of(items_of(items)[i]) is not only:
                        break
                    value = <object> items_of(items)[i]
                    self.write_payload(item, value)
                    check_size(items, n)
                    i += 1
        except EncodeError:
            self.path.append(f"[{i}]")
            raise
        return i

    cdef Codec common_plan(self, object value):
        """The plan of the class of ``value``; the most common ones are tried first."""
        cdef PyTypeObject* cls = type_of(<PyObject*> value)
        if cls is STR_TYPE:
            return STR_CODEC
        if cls is INT_TYPE:
            return INT_CODEC
        if cls is FLOAT_TYPE:
            return FLOAT_CODEC
        if cls is BOOL_TYPE:
            return BOOL_CODEC
        if cls is DICT_TYPE:
            return DICT_CODEC
        if cls is LIST_TYPE:
            return LIST_CODEC
        return self.plan_of(value)

    # ---- maps -----------------------------------------------------------------------

    cdef int write_map(self, Codec codec, object value) except -1:
        cdef dict entries = value if type(value) is dict else as_entries(value)
        cdef Py_ssize_t n = PyDict_Size(entries)
        cdef Entry entry
        cdef Chunk chunk
        put_varuint(self, n)
        if n == 0:
            return 0 if self.depth < self.max_depth else self.refuse_depth()
        chunk.size = 0
        chunk.undeclared = (
            self.hooks is None and codec.key is None and codec.item is None
        )
        enter(self)
        entry.place = entry.count = 0
        if not self.write_bare_entries(entries, &entry, &chunk):
            self.write_entries(codec, entries, &entry, &chunk)
        self.depth -= 1
        return 0

    cdef bint write_bare_entries(
        self, dict entries, Entry* entry, Chunk* chunk
    ) except -1:
        """Write entries up to the first that has another value than bare leaves."""
        while PyDict_Next(entries, &entry.place, &entry.key, &entry.value):
            entry.count += 1
            if not write_bare_entry(self, entry.key, entry.value, chunk):
                return False
        return True

    cdef int write_entries(
        self, Codec codec, dict entries, Entry* entry, Chunk* chunk
    ) except -1:
        """Write an entry and those behind it, which may run custom code."""
        cdef Py_ssize_t n = PyDict_Size(entries)
        cdef object key = None, value
        try:
            while True:
                key = <object> entry.key
                value = <object> entry.value
                self.write_entry(codec, key, value, chunk)
                if PyDict_Size(entries) != n:
                    raise changed()
                if self.write_bare_entries(entries, entry, chunk):
                    break
        except ENCODE_ERRORS:
            self.path.append(key_step(key))
            raise
        if entry.count != n:
            raise changed()
        return 0

    cdef int write_entry(
        self, Codec codec, object key, object value, Chunk* chunk
    ) except -1:
        """An entry of any two types, in the chunk that is open or in its own."""
        cdef Codec key_codec, value_codec
        cdef Leaf leaf
        if chunk.undeclared and not self.track_ref and look_at(<PyObject*> key, &leaf):
            if value is None:
                chunk.size = 0
                put_u16(self, VALUE_NULL | KEY_TRACKED | FLAG_VALUE << 8)
                return put_leaf(self, leaf.kind, &leaf)
            if type(value) is dict:
                write_bare_key(self, &leaf, MAP, key, value, chunk)
                return self.write_map(DICT_CODEC, value)
            if type(value) is list:
                write_bare_key(self, &leaf, LIST, key, value, chunk)
                return self.write_collection(LIST_CODEC, value)
        if key is None or value is None:
            chunk.size = 0
            return self.write_entry_with_null(codec, key, value)
        if not continues(chunk, <PyObject*> key, <PyObject*> value):
            self.open_chunk(codec, key, value, chunk)
        elif chunk.key is NULL:
            key_codec = self.common_plan(key)
            value_codec = self.common_plan(value)
            chunk.key = <PyObject*> key_codec
            chunk.value = <PyObject*> value_codec
        self.write_side(<Codec> chunk.key, key, chunk.header & KEY_TRACKED)
        self.write_side(<Codec> chunk.value, value, chunk.header & VALUE_TRACKED)
        chunk.size += 1
        self.base[chunk.at] = chunk.size if not chunk.single else 1
        return 0

    cdef int open_chunk(
        self, Codec codec, object key, object value, Chunk* chunk
    ) except -1:
        """Begin a run of entries whose sides have one type each."""
        cdef Codec key_codec = declared(codec.key)
        cdef Codec value_codec = declared(codec.item)
        cdef bint key_declared = key_codec is not None
        cdef bint value_declared = value_codec is not None
        chunk.single = False
        chunk.size = 0
        chunk.key_class = type_of(<PyObject*> key)
        chunk.value_class = type_of(<PyObject*> value)
        if not key_declared:
            key_codec = self.side_codec(key, chunk)
        if not value_declared:
            value_codec = self.side_codec(value, chunk)
        chunk.key = <PyObject*> key_codec
        chunk.value = <PyObject*> value_codec
        chunk.header = key_declared * KEY_DECLARED | value_declared * VALUE_DECLARED
        if self.track_ref:
            if is_tracked(codec.key, key_codec, codec.key_tracked):
                chunk.header |= KEY_TRACKED
            if is_tracked(codec.item, value_codec, codec.item_tracked):
                chunk.header |= VALUE_TRACKED
        chunk.bare = (
            not chunk.header & (KEY_TRACKED | VALUE_TRACKED)
            and is_bare(key_codec.kind) and is_bare(value_codec.kind)
            and bare_kind(<PyObject*> key) == key_codec.kind
            and bare_kind(<PyObject*> value) == value_codec.kind
        )
        put_u16(self, chunk.header)
        chunk.at = self.writer - 1
        if not key_declared:
            self.write_side_info(key_codec)
        if not value_declared:
            self.write_side_info(value_codec)
        return 0

    cdef int write_side_info(self, Codec codec) except -1:
        if codec.info == INFO_NOTHING:
            return put_u8(self, codec.type_id)
        return self.write_info(codec)

    cdef Codec side_codec(self, object value, Chunk* chunk):
        cdef Codec codec
        if self.hooks is not None:
            chunk.single = True
            codec = self.hooks.choose(value)
            if codec is not None:
                return codec
        codec = self.common_plan(value)
        if codec.kind != VARIES:
            return codec
        chunk.single = True
        return codec.serializer.choose(value)

    cdef int write_entry_with_null(
        self, Codec codec, object key, object value
    ) except -1:
        cdef Codec side
        if key is None and value is None:
            return put_u8(self, KEY_NULL | VALUE_NULL)
        if value is None:
            side = declared(codec.key)
            if side is not None:
                put_u8(
                    self,
                    VALUE_NULL | KEY_DECLARED
                    | (KEY_TRACKED if codec.key_tracked else 0),
                )
                return self.write_side(side, key, codec.key_tracked)
            put_u8(self, VALUE_NULL | KEY_TRACKED)
            return self.write_any(key)
        side = declared(codec.item)
        if side is not None:
            put_u8(
                self,
                KEY_NULL | VALUE_DECLARED
                | (VALUE_TRACKED if codec.item_tracked else 0),
            )
            return self.write_side(side, value, codec.item_tracked)
        put_u8(self, KEY_NULL | VALUE_TRACKED)
        return self.write_any(value)

    cdef int write_side(self, Codec codec, object value, bint tracked) except -1:
        if tracked and self.write_flag(value):
            return 0
        if codec is STR_CODEC:
            return put_string(self, <str> value)
        if codec is INT_CODEC:
            return self.write_number(VARINT64, value)
        return self.write_payload(codec, value)


cdef inline bint tells_tracking(Codec item) noexcept:
    """Whether ``Ref`` says for items of any type if they carry references."""
    return item is not None and item.kind == DYNAMIC and item.trackable


cdef inline bint is_tracked(Codec declaration, Codec actual, bint tracked) noexcept:
    """Whether a side carries references: as declared, else as its type is."""
    if declaration is None or declaration.kind == DYNAMIC:
        return actual.trackable
    return tracked


cdef inline bint write_bare_entry(
    ContainerWriter w, PyObject* key, PyObject* value, Chunk* chunk
) except -1:
    """Write an entry of two bare leaves, unless its chunk wants them otherwise."""
    cdef Leaf first, second
    cdef bint joins
    cdef uint8_t* p
    if not look_at(key, &first) or not look_at(value, &second):
        return False
    joins = continues(chunk, key, value)
    if not (chunk.bare if joins else chunk.undeclared):
        return False
    reserve(w, CHUNK + leaf_room(&first) + leaf_room(&second))
    p = w.base + w.writer
    if not joins:
        p = begin_chunk(p, w.writer, first.kind, second.kind, chunk)
        chunk.key_class = type_of(key)
        chunk.value_class = type_of(value)
    p = store_leaf(store_leaf(p, &first), &second)
    w.writer = p - w.base
    chunk.size += 1
    w.base[chunk.at] = chunk.size
    return True


cdef int write_bare_key(
    Writer w, Leaf* leaf, int value_kind, object key, object value, Chunk* chunk
) except -1:
    """Write the key of an entry whose value is a list or a dict."""
    cdef uint8_t* p
    reserve(w, CHUNK + leaf_room(leaf))
    p = w.base + w.writer
    if not continues(chunk, <PyObject*> key, <PyObject*> value):
        p = begin_chunk(p, w.writer, leaf.kind, value_kind, chunk)
        chunk.key_class = type_of(<PyObject*> key)
        chunk.value_class = type_of(<PyObject*> value)
    w.writer = store_leaf(p, leaf) - w.base
    chunk.size += 1
    w.base[chunk.at] = chunk.size
    return 0


cdef inline uint8_t* begin_chunk(
    uint8_t* p, Py_ssize_t at, int key_kind, int value_kind, Chunk* chunk
) noexcept:
    """Write what announces entries of types that need no more than an id."""
    store_u32_le(p, key_kind << 16 | value_kind << 24)
    chunk.at = at + 1
    chunk.header = chunk.size = 0
    chunk.single = False
    chunk.bare = is_bare(value_kind)
    chunk.key = chunk.value = NULL
    return p + CHUNK


cdef inline bint continues(Chunk* chunk, PyObject* key, PyObject* value) noexcept:
    """Whether an entry may join the chunk that is open."""
    return (
        0 < chunk.size < MAX_CHUNK and not chunk.single
        and type_of(key) is chunk.key_class and type_of(value) is chunk.value_class
    )


cdef inline Codec declared(Codec codec):
    """The plan of a side of a map if its annotation gives the type on the wire.

    A compatible struct does not: its definition travels with each chunk.
    """
    if codec is None or codec.kind == DYNAMIC:
        return None
    if codec.type_id in (COMPATIBLE_STRUCT, NAMED_COMPATIBLE_STRUCT):
        return None
    return codec


cdef inline int check_size(object items, Py_ssize_t n) except -1:
    """Custom code may run between two items; it must not change the list."""
    if n_items(items) != n:
        raise changed()
    return 0


cdef inline bint has_none(object items) noexcept:
    cdef Py_ssize_t i
    for i in range(n_items(items)):
        if items_of(items)[i] == <PyObject*> None:
            return True
    return False


cdef inline PyObject* first_value(object items, bint* same) noexcept:
    """The first item that is not None, and whether all others have its class."""
    cdef Py_ssize_t i
    cdef PyObject* first = NULL
    cdef PyObject* item
    same[0] = True
    for i in range(n_items(items)):
        item = items_of(items)[i]
        if item == <PyObject*> None:
            continue
        if first == NULL:
            first = item
        elif type_of(item) is not type_of(first):
            same[0] = False
            break
    return first


cdef inline bint all_of_class(object items, object cls) noexcept:
    cdef Py_ssize_t i
    cdef PyObject* item
    for i in range(n_items(items)):
        item = items_of(items)[i]
        if item != <PyObject*> None and type_of(item) is not <PyTypeObject*> cls:
            return False
    return True
