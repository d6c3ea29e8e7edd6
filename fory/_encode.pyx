"""The encoder: values that contain other values (xlang_wire 2, 7, 8, 12, 13)."""

from cpython.dict cimport PyDict_Next, PyDict_Size
from cpython.float cimport PyFloat_AS_DOUBLE
from cpython.object cimport PyObject, PyObject_GetAttr, PyTypeObject
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_GET_SIZE
from libc.stdint cimport int64_t, uint8_t

from fory._buffer cimport put_f64, put_u32, put_u8, put_varuint, reserve
from fory._codec cimport (
    BFLOAT16, BINARY, BOOL, DATE, DECIMAL, DURATION, DYNAMIC, ENUM, EXT, FLAG_NULL,
    FLAG_VALUE, FLOAT64, INFO_HEAD, LIST, MAP, NONE, SET, STRING, STRUCT, TIMESTAMP,
    UNION, VARIES, VARINT64, Codec, Field, is_basic,
)
from fory._cpython cimport items_of, n_items, small_int, type_of
from fory._scalars cimport put_date, put_decimal, put_duration, put_timestamp
from fory._strings cimport put_string
from fory._varint cimport VARINT_MAX, store_varuint, zigzag
from fory._writer cimport Writer

from fory._values import as_entries, as_items, unexpected
from fory.error import DepthLimitError, EncodeError, located

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
    RUN = 512                # numbers for which room is made at once
    FIRST_REFERRED = 27      # ids of structs and extensions, whose info is written
    LAST_REFERRED = 32       # even if the type is declared
    COMPATIBLE_STRUCT = 28
    NAMED_COMPATIBLE_STRUCT = 30

cdef PyTypeObject* INT_TYPE = <PyTypeObject*> int
cdef PyTypeObject* STR_TYPE = <PyTypeObject*> str
cdef PyTypeObject* FLOAT_TYPE = <PyTypeObject*> float
cdef PyTypeObject* BOOL_TYPE = <PyTypeObject*> bool
cdef PyTypeObject* LIST_TYPE = <PyTypeObject*> list
cdef PyTypeObject* TUPLE_TYPE = <PyTypeObject*> tuple
cdef PyTypeObject* SET_TYPE = <PyTypeObject*> set

cdef Codec NONE_CODEC = Codec(NONE)
cdef Codec MAP_CODEC = Codec(MAP)
cdef Codec LENIENT_CODEC = Codec(LIST, lenient=True)


cdef class Encoder(Writer):
    """Where one message is written; custom serializers receive it as ``buffer``."""

    cdef int encode(self, object value, object buffer_callback) except -1:
        """Append one root value; state starts empty and is dropped afterwards."""
        self.buffer_callback = buffer_callback
        try:
            put_u8(self, self.xlang | (2 if buffer_callback is not None else 0))
            self.write_any(value)
        except (EncodeError, DepthLimitError) as error:
            raise located(error, self.path) from error.__cause__
        finally:
            self.reset()
        return 0

    # ---- one value ------------------------------------------------------------------

    cdef int write_any(self, object value) except -1:
        """Flag, type info and payload: a value in a generic position."""
        if value is None:
            return put_u8(self, FLAG_NULL)
        if self.write_flag(value):
            return 0
        return self.write_value(value)

    cdef int write_value(self, object value) except -1:
        """Type info and payload of a value whose type nobody declared."""
        cdef PyTypeObject* cls = type_of(<PyObject*> value)
        cdef Codec codec
        if cls is STR_TYPE:
            put_u8(self, STRING)
            return put_string(self, <str> value)
        if cls is INT_TYPE:
            put_u8(self, VARINT64)
            return self.write_number(VARINT64, value)
        if cls is FLOAT_TYPE:
            put_u8(self, FLOAT64)
            return put_f64(self, PyFloat_AS_DOUBLE(value))
        if cls is BOOL_TYPE:
            put_u8(self, BOOL)
            return put_u8(self, value is True)
        codec = self.codec_of(value)
        self.write_info(codec)
        return self.write_payload(codec, value)

    cdef int write_payload(self, Codec codec, object value) except -1:
        cdef int kind = codec.kind
        if kind == STRING:
            if not isinstance(value, str):
                raise unexpected("a str", value)
            return put_string(self, <str> value)
        if BOOL <= kind <= FLOAT64:
            return self.write_number(kind, value)
        if kind == LIST or kind == SET:
            return self.write_collection(codec, value)
        if kind == MAP:
            return self.write_map(codec, value)
        if kind == STRUCT:
            return self.write_struct(codec, value)
        if kind == BINARY:
            if not isinstance(value, (bytes, bytearray, memoryview)):
                raise unexpected("bytes", value)
            return self.write_binary(value)
        if kind == DATE:
            return put_date(self, value, not self.xlang)
        if kind == TIMESTAMP:
            return put_timestamp(self, value)
        if kind == DURATION:
            return put_duration(self, value)
        if kind == DECIMAL:
            return put_decimal(self, value)
        if kind == ENUM:
            return self.write_enum(codec, value)
        if kind == UNION:
            return self.write_union(codec, value)
        if kind == DYNAMIC:
            return self.write_value(value)
        if kind != NONE:
            self.enter()
            codec.serializer.write(self, value)
            self.depth -= 1
        return 0

    # ---- structs and unions ---------------------------------------------------------

    cdef int write_struct(self, Codec codec, object value) except -1:
        cdef Py_ssize_t i = 0
        cdef Field field
        cdef PyObject* slot
        if codec.fields is None:
            codec.prepare(codec)
        if type(value) is not codec.cls:
            raise unexpected(f"exactly {codec.cls.__name__}", value)
        self.enter()
        if codec.hashed:
            put_u32(self, codec.schema_hash)
        try:
            for i in range(PyTuple_GET_SIZE(codec.fields)):
                field = <Field> PyTuple_GET_ITEM(codec.fields, i)
                if field.slot:
                    slot = (<PyObject**> (<char*> <PyObject*> value + field.slot))[0]
                    if slot == NULL:
                        raise AttributeError(field.name)
                    self.write_field(field, <object> slot)
                else:
                    self.write_field(field, PyObject_GetAttr(value, field.name))
        except AttributeError as error:
            name = codec.fields[i].name
            raise EncodeError(
                f"{codec.cls.__name__} has no value for its field {name!r}"
            ) from error
        except (EncodeError, DepthLimitError):
            self.path.append(f".{codec.fields[i].name}")
            raise
        self.depth -= 1
        return 0

    cdef int write_field(self, Field field, object value) except -1:
        """One field in the framing of xlang_wire 12.3."""
        cdef Codec codec = field.codec
        if field.tracked:
            if value is None:
                return put_u8(self, FLAG_NULL)
            if codec.kind == DYNAMIC or codec.trackable:
                if self.write_flag(value):
                    return 0
            else:
                put_u8(self, FLAG_VALUE)
        elif field.nullable:
            if value is None:
                return put_u8(self, FLAG_NULL)
            put_u8(self, FLAG_VALUE)
        elif value is None:
            if field.dynamic:
                return put_u8(self, NONE)
            raise EncodeError(
                "the value is None but the field is not Optional; annotate it so or "
                "give it a value"
            )
        if field.dynamic:
            return self.write_value(value)
        return self.write_payload(codec, value)

    cdef int write_union(self, Codec codec, object value) except -1:
        cdef Codec case
        number, case, content = codec.serializer.case_of(value)
        put_varuint(self, number)
        if content is None:
            return put_u8(self, FLAG_NULL)
        if not case.trackable:
            put_u8(self, FLAG_VALUE)
        elif self.write_flag(content):
            return 0
        self.enter()
        self.write_info(case)
        self.write_payload(case, content)
        self.depth -= 1
        return 0

    # ---- lists, tuples, sets --------------------------------------------------------

    cdef int write_collection(self, Codec codec, object value) except -1:
        cdef PyTypeObject* cls = type_of(<PyObject*> value)
        cdef bint lenient = codec.lenient
        cdef object items = value
        if cls is SET_TYPE and codec.kind == SET:
            items = list(value)
        elif codec.kind == SET or (cls is not LIST_TYPE and cls is not TUPLE_TYPE):
            lenient = True
            items = as_items(value, codec.kind == SET)
        put_varuint(self, n_items(items))
        if n_items(items) == 0:
            return 0
        self.enter()
        if codec.item is not None and codec.item.kind != DYNAMIC and (
            codec.item.kind != STRUCT or all_of_class(items, codec.item.cls)
        ):
            self.write_declared(codec, items, lenient)
        else:
            self.write_dynamic(items, lenient)
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

    cdef int write_dynamic(self, object items, bint lenient) except -1:
        """Items whose types are known only from themselves."""
        cdef int header = 0
        cdef bint same
        cdef PyObject* first = first_value(items, &same)
        cdef Codec item = None
        if first == NULL:
            item = NONE_CODEC
        elif same:
            item = self.plan_of(<object> first)
        if item is not None and item.kind == VARIES:
            item = None
        if item is not None:
            header |= SAME_TYPE
        if self.track_ref and (item is None or item.trackable):
            header |= TRACKED
        if first == NULL or has_none(items):
            header |= HAS_NULL
        put_u8(self, header)
        if item is None:
            return self.write_mixed(items, header, lenient)
        self.write_info(item)
        return self.write_alike(items, item, header, lenient)

    cdef int write_alike(
        self, object items, Codec item, int header, bint lenient
    ) except -1:
        """Items of one type, which is known already."""
        cdef Py_ssize_t i = 0, n = n_items(items)
        cdef bint tracked = header & TRACKED
        cdef bint nulls = header & HAS_NULL
        cdef object value
        try:
            if is_basic(item.kind) and not nulls and not (lenient and tracked):
                return self.write_run(items, item.kind)
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
        except (EncodeError, DepthLimitError):
            self.path.append(f"[{i}]")
            raise
        return 0

    cdef int write_mixed(self, object items, int header, bint lenient) except -1:
        """Items each of which has its own type info."""
        cdef Py_ssize_t i = 0, n = n_items(items)
        cdef bint tracked = header & TRACKED
        cdef bint flagged = header & (TRACKED | HAS_NULL)
        cdef object value
        cdef PyTypeObject* cls
        try:
            for i in range(n):
                check_size(items, n)
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
        except (EncodeError, DepthLimitError):
            self.path.append(f"[{i}]")
            raise
        return 0

    cdef int write_run(self, object items, int kind) except -1:
        """Payloads back to back; room is made for many numbers at once."""
        cdef Py_ssize_t i = 0, n = n_items(items), room = 0
        cdef PyObject* value
        cdef int64_t v
        try:
            for i in range(n):
                check_size(items, n)
                value = items_of(items)[i]
                if kind == STRING:
                    if type_of(value) is not STR_TYPE:
                        raise unexpected("a str", <object> value)
                    put_string(self, <str> value)
                    continue
                if room == 0:
                    room = min(n - i, RUN)
                    reserve(self, room * VARINT_MAX)
                room -= 1
                if kind == VARINT64 and type_of(value) is INT_TYPE and small_int(
                    value, &v
                ):
                    self.writer = store_varuint(
                        self.base + self.writer, zigzag(v)
                    ) - self.base
                else:
                    self.write_number(kind, <object> value)
        except EncodeError:
            self.path.append(f"[{i}]")
            raise
        return 0

    # ---- maps -----------------------------------------------------------------------

    cdef int write_map(self, Codec codec, object value) except -1:
        cdef dict entries = value if type(value) is dict else as_entries(value)
        cdef Py_ssize_t n = PyDict_Size(entries), place = 0, written = 0
        cdef PyObject* key_at
        cdef PyObject* value_at
        cdef object key, val
        cdef Chunk chunk
        chunk.size = 0
        put_varuint(self, n)
        if n == 0:
            return 0
        self.enter()
        try:
            while PyDict_Next(entries, &place, &key_at, &value_at):
                key = <object> key_at
                val = <object> value_at
                if key is None or val is None:
                    chunk.size = 0
                    self.write_entry_with_null(codec, key, val)
                else:
                    if not continues(&chunk, key_at, value_at):
                        self.open_chunk(codec, key, val, &chunk)
                    self.write_side(
                        <Codec> chunk.key, key, chunk.header & KEY_TRACKED
                    )
                    self.write_side(
                        <Codec> chunk.value, val, chunk.header & VALUE_TRACKED
                    )
                    chunk.size += 1
                    self.base[chunk.at] = chunk.size if not chunk.single else 1
                written += 1
                if PyDict_Size(entries) != n:
                    raise changed()
        except (EncodeError, DepthLimitError):
            self.path.append(f"[{key!r}]")
            raise
        if written != n:
            raise changed()
        self.depth -= 1
        return 0

    cdef int open_chunk(
        self, Codec codec, object key, object value, Chunk* chunk
    ) except -1:
        """Begin a run of entries whose sides have one type each."""
        cdef Codec key_codec = declared(codec.key)
        cdef Codec value_codec = declared(codec.item)
        cdef int header = 0
        chunk.single = False
        if key_codec is None:
            key_codec = self.side_codec(key, chunk)
        else:
            header |= KEY_DECLARED
        if value_codec is None:
            value_codec = self.side_codec(value, chunk)
        else:
            header |= VALUE_DECLARED
        if self.is_tracked(codec.key, key_codec, codec.key_tracked):
            header |= KEY_TRACKED
        if self.is_tracked(codec.item, value_codec, codec.item_tracked):
            header |= VALUE_TRACKED
        put_u8(self, header)
        chunk.at = self.writer
        put_u8(self, 0)
        if not header & KEY_DECLARED:
            self.write_info(key_codec)
        if not header & VALUE_DECLARED:
            self.write_info(value_codec)
        chunk.header = header
        chunk.size = 0
        chunk.key = <PyObject*> key_codec
        chunk.value = <PyObject*> value_codec
        chunk.key_class = type_of(<PyObject*> key)
        chunk.value_class = type_of(<PyObject*> value)
        return 0

    cdef Codec side_codec(self, object value, Chunk* chunk):
        cdef Codec codec = self.plan_of(value)
        if codec.kind != VARIES:
            return codec
        chunk.single = True
        return codec.serializer.choose(value)

    cdef bint is_tracked(self, Codec declaration, Codec actual, bint tracked):
        if declaration is None or declaration.kind == DYNAMIC:
            return self.track_ref and actual.trackable
        return tracked

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
        return self.write_payload(codec, value)

    # ---- for custom serializers -----------------------------------------------------

    def write_ref(self, value, codec=None):
        """Write a value in a generic position: flag, type info, payload."""
        self.write_any(value)

    def write_no_ref(self, value, codec=None):
        """Write type info and payload of a value that is not None."""
        self.write_value(value)

    def write_payload_as(self, Codec codec not None, value):
        """Write the bare payload of ``value`` by a plan of the registry."""
        self.write_payload(codec, value)

    def write_nullable(self, value):
        """Write a value in a generic position without tracking it."""
        if value is None:
            put_u8(self, FLAG_NULL)
        else:
            put_u8(self, FLAG_VALUE)
            self.write_value(value)

    def write_container(self, value, base):
        """Write the items of a subclass of list, set or dict."""
        if base is dict:
            self.write_map(MAP_CODEC, dict(dict.items(value)))
        else:
            items = list(base.__iter__(value))
            self.write_collection(LENIENT_CODEC, items)

    @property
    def takes_buffers(self):
        """Whether large buffers are offered to a callback."""
        return self.buffer_callback is not None

    def write_buffer_object(self, value):
        """Write bytes that ``buffer_callback`` may take out of the message."""
        self.write_binary(value)

    def add_context_object(self, key, value):
        """Keep ``value`` for other serializers until the message ends."""
        if self.context is None:
            self.context = {}
        self.context[key] = value

    def get_context_object(self, key):
        """Return what was kept under ``key``, or None."""
        return self.context.get(key) if self.context else None

    def has_context_object(self, key):
        """Tell whether something was kept under ``key``."""
        return self.context is not None and key in self.context


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


cdef object changed():
    return EncodeError("a container changed while it was being written; copy it first")


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
