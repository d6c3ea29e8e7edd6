"""The decoder: values that contain other values (xlang_wire 2, 7, 8, 12 to 14)."""

from cpython.list cimport PyList_New, PyList_SET_ITEM
from cpython.object cimport PyObject, PyObject_GenericSetAttr, PyTypeObject
from cpython.ref cimport Py_INCREF, Py_XDECREF
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_GET_SIZE
from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memcmp

from fory._buffer cimport (
    get_f64, get_size, get_u32, get_u8, get_varint, get_varuint, get_varuint32, need,
)
from fory._codec cimport (
    BINARY, BOOL, DATE, DECIMAL, DURATION, DYNAMIC, ENUM, EXT, FLAG_NULL, FLAG_REF,
    FLAG_REF_VALUE, FLAG_VALUE, FLOAT64, LIST, MAP, NONE, SET, STRING, STRUCT,
    TIMESTAMP, UNION, VARINT64, Codec, Field, is_basic,
)
from fory._reader cimport Reader
from fory._scalars cimport get_date, get_decimal, get_duration, get_timestamp
from fory._strings cimport PyUnicode_DATA, PyUnicode_GET_LENGTH, get_string

from fory._reader import PENDING
from fory._values import hashable
from fory.error import DecodeError, DepthLimitError, located


cdef extern from "Python.h":
    int PyGC_Disable() noexcept
    int PyGC_Enable() noexcept
    object new_instance "PyBaseObject_Type.tp_new"(
        PyTypeObject* cls, object args, PyObject* kwargs
    )

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
    BULK = 2048              # bytes from which the collector pauses

    MAX_KEY = 32             # bytes of a map key that is worth remembering
    N_KEYS = 512             # of which so many are remembered

cdef tuple NO_ARGS = ()
cdef Codec MAP_CODEC = Codec(MAP)
cdef Codec LIST_CODEC = Codec(LIST)


cdef class Decoder(Reader):
    """Where one message is read; custom serializers receive it as ``buffer``."""

    def __init__(self, fory, registry, **options):
        super().__init__(fory, registry, **options)
        self.keys = [None] * N_KEYS

    cdef object decode(self, object buffers):
        """Read one root value; state starts empty and is dropped afterwards."""
        cdef int bitmap, collecting = 0
        try:
            bitmap = get_u8(self)
            self.check_bitmap(bitmap, buffers)
            if self.writer - self.reader >= BULK:
                collecting = PyGC_Disable()
            return self.read_any()
        except (DecodeError, DepthLimitError) as error:
            raise located(error, self.path) from error.__cause__
        finally:
            if collecting:
                PyGC_Enable()
            self.reset()

    cdef int check_bitmap(self, int bitmap, object buffers) except -1:
        if bitmap & ~3:
            raise DecodeError(
                f"the first byte is {bitmap:#04x}, which no message begins with"
            )
        if (bitmap & 1) != self.xlang:
            raise DecodeError(
                "the message was written with xlang="
                f"{bool(bitmap & 1)}, this reader has xlang={bool(self.xlang)}"
            )
        if bitmap & 2:
            if buffers is None:
                raise DecodeError(
                    "the message keeps data out of band: pass its buffers"
                )
            self.buffers = iter(buffers)
        elif buffers is not None:
            raise DecodeError(
                "buffers were passed, but the message keeps all data in band"
            )
        return 0

    # ---- one value ------------------------------------------------------------------

    cdef object read_any(self):
        """Flag, type info and payload: a value in a generic position."""
        return self.read_flagged(None, get_u8(self))

    cdef object read_flagged(self, Codec codec, int flag):
        """What a flag announces; its type is known unless codec is None."""
        cdef Py_ssize_t number = -1
        cdef object value
        if flag == FLAG_NULL:
            return None
        if flag == FLAG_REF:
            return self.reference_at()
        if flag != FLAG_VALUE and flag != FLAG_REF_VALUE:
            raise DecodeError(f"{flag:#04x} is not a flag, before byte {self.reader}")
        if flag == FLAG_REF_VALUE and self.track_ref:
            number = len(self.refs)
            self.refs.append(PENDING)
        self.slot = number
        value = self.read_value() if codec is None else self.read_payload(codec)
        self.slot = -1
        if number >= 0:
            self.refs[number] = value
        return value

    cdef object read_value(self):
        """Type info and payload."""
        if self.reader < self.writer and self.base[self.reader] == STRING:
            self.reader += 1
            return get_string(self)
        return self.read_payload(self.read_info())

    cdef object read_payload(self, Codec codec):
        cdef int kind = codec.kind
        if kind == STRING:
            return get_string(self)
        if BOOL <= kind <= FLOAT64:
            return self.read_number(kind)
        if kind == LIST or kind == SET:
            return self.read_collection(codec)
        if kind == MAP:
            return self.read_map(codec)
        if kind == STRUCT:
            return self.read_struct(codec)
        if kind == BINARY:
            return self.read_binary()
        if kind == DATE:
            return get_date(self, not self.xlang)
        if kind == TIMESTAMP:
            return get_timestamp(self)
        if kind == DURATION:
            return get_duration(self)
        if kind == DECIMAL:
            return get_decimal(self)
        if kind == ENUM:
            return self.read_enum(codec)
        if kind == UNION:
            return self.read_union(codec)
        if kind == NONE:
            return None
        if kind == DYNAMIC:
            return self.read_value()
        return self.read_ext(codec)

    cdef object read_ext(self, Codec codec):
        """What a serializer object reads; it may publish its value early."""
        cdef Py_ssize_t outer = self.ext_slot
        self.enter()
        self.ext_slot = self.slot
        self.slot = -1
        try:
            return codec.serializer.read(self)
        finally:
            self.ext_slot = outer
            self.depth -= 1

    # ---- structs and unions ---------------------------------------------------------

    cdef object read_struct(self, Codec codec):
        cdef Py_ssize_t i = 0
        cdef Field field
        cdef object result, value
        cdef PyObject** place
        if codec.fields is None:
            codec.prepare(codec)
        self.enter()
        if codec.hashed:
            self.check_schema(codec)
        if codec.authorize is not None:
            codec.authorize(codec.cls)
        result = new_instance(<PyTypeObject*> codec.cls, NO_ARGS, NULL)
        self.publish(result)
        try:
            for i in range(PyTuple_GET_SIZE(codec.fields)):
                field = <Field> PyTuple_GET_ITEM(codec.fields, i)
                value = self.read_field(field)
                if field.name is None:
                    continue
                if field.slot:
                    set_slot(result, field.slot, value)
                else:
                    PyObject_GenericSetAttr(result, field.name, value)
        except (DecodeError, DepthLimitError):
            self.path.append(f".{codec.fields[i].name}")
            raise
        if codec.missing:
            for name, default in codec.missing:
                PyObject_GenericSetAttr(result, name, default())
        self.depth -= 1
        return result

    cdef int check_schema(self, Codec codec) except -1:
        cdef unsigned int found = get_u32(self)
        if found != codec.schema_hash:
            raise DecodeError(
                f"{codec.cls.__name__} was written with other fields: schema hash "
                f"{found:#010x}, expected {codec.schema_hash:#010x}, before byte "
                f"{self.reader}; use compatible=True on both sides to let classes "
                f"change"
            )
        return 0

    cdef object read_field(self, Field field):
        """One field in the framing of xlang_wire 12.3, made what the class wants."""
        cdef object value
        self.slot = -1
        if field.tracked or field.nullable:
            value = self.read_flagged(
                None if field.dynamic else field.codec, get_u8(self)
            )
        elif field.dynamic:
            value = self.read_value()
        else:
            value = self.read_payload(field.codec)
        if value is None:
            return None if field.default is None else field.default()
        if field.convert is not None:
            return field.convert(value)
        return value

    cdef object read_union(self, Codec codec):
        cdef Py_ssize_t slot = self.slot
        cdef uint64_t number = get_varuint32(self)
        cdef object value
        self.enter()
        value = self.read_any()
        self.depth -= 1
        return codec.serializer.from_case(number, value)

    # ---- lists, tuples, sets --------------------------------------------------------

    cdef object read_collection(self, Codec codec):
        cdef Py_ssize_t n = get_size(self)
        cdef bint is_set = codec.kind == SET and codec.make is None
        cdef list items = []
        cdef object result = items
        cdef Codec item
        cdef int header
        if is_set:
            result = set()
        if codec.make is None:
            self.publish(result)
        self.slot = -1
        if n:
            self.enter()
            header = get_u8(self)
            item = self.read_item_codec(codec, header)
            if is_raw(item, header, codec.lenient):
                self.read_run(items, n, item.kind)
            else:
                self.read_items(items, n, item, header)
            self.depth -= 1
        if is_set:
            fill_set(result, items)
        elif codec.make is not None:
            return codec.make(items)
        return result

    cdef Codec read_item_codec(self, Codec codec, int header):
        """The plan that all items share, or None if each has its own."""
        if not header & SAME_TYPE:
            return None
        if not header & DECLARED:
            return self.read_info()
        if codec.item is None or codec.item.kind == DYNAMIC:
            raise undeclared(self.reader)
        return codec.item

    cdef int read_items(
        self, list items, Py_ssize_t n, Codec item, int header
    ) except -1:
        cdef bint flagged = header & (TRACKED | HAS_NULL)
        cdef object value
        if self.writer - self.reader < n:
            self.check_unbacked(n, item, flagged)
        try:
            while n > 0:
                n -= 1
                self.slot = -1
                if flagged:
                    value = self.read_flagged(item, get_u8(self))
                elif item is None:
                    value = self.read_value()
                else:
                    value = self.read_payload(item)
                items.append(value)
        except (DecodeError, DepthLimitError):
            self.path.append(f"[{len(items)}]")
            raise
        return 0

    cdef int read_run(self, list items, Py_ssize_t n, int kind) except -1:
        """Payloads back to back, at least one byte each."""
        cdef Py_ssize_t i
        cdef list filled
        cdef object value
        need(self, n)
        if kind == FLOAT64:
            need(self, 8 * n)
        if kind == VARINT64:
            for i in range(n):
                items.append(get_varint(self))
        elif kind == STRING:
            for i in range(n):
                items.append(get_string(self))
        elif kind == FLOAT64:
            for i in range(n):
                items.append(get_f64(self))
        else:
            for i in range(n):
                items.append(self.read_number(kind))
        return 0

    cdef int check_unbacked(self, Py_ssize_t n, Codec item, bint flagged) except -1:
        """More items than bytes: only those that take no bytes, and few of them."""
        if flagged or item is None or item.kind not in (STRUCT, EXT, NONE):
            need(self, n)
        if n > self.max_unbacked:
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
        cdef int header
        if codec.make is None:
            self.publish(result)
        self.slot = -1
        need(self, left)
        if left:
            self.enter()
            while left > 0:
                header = get_u8(self)
                if header & (KEY_NULL | VALUE_NULL):
                    left -= 1
                    self.read_entry_with_null(codec, result, header)
                else:
                    left -= self.read_chunk(codec, result, header, left)
            self.depth -= 1
        return result if codec.make is None else codec.make(result)

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

    cdef Py_ssize_t read_chunk(
        self, Codec codec, dict result, int header, Py_ssize_t left
    ) except -1:
        """A run of entries whose sides have one type each; return how many."""
        cdef Py_ssize_t n = get_u8(self), i
        cdef Codec key_codec = self.read_side_codec(codec.key, header & KEY_DECLARED)
        cdef Codec value_codec
        cdef object key = None, value
        value_codec = self.read_side_codec(codec.item, header & VALUE_DECLARED)
        if n == 0 or n > left:
            raise DecodeError(
                f"a chunk of {n} entries stands where {left} are left, before byte "
                f"{self.reader}"
            )
        try:
            for i in range(n):
                key = None
                self.slot = -1
                if header & KEY_TRACKED:
                    key = self.read_flagged(key_codec, get_u8(self))
                elif key_codec.kind == STRING:
                    key = self.read_key()
                else:
                    key = self.read_payload(key_codec)
                self.slot = -1
                if header & VALUE_TRACKED:
                    value = self.read_flagged(value_codec, get_u8(self))
                else:
                    value = self.read_payload(value_codec)
                store(result, key, value)
        except (DecodeError, DepthLimitError):
            self.path.append("[key]" if key is None else f"[{key!r:.60}]")
            raise
        return n

    cdef Codec read_side_codec(self, Codec declared, bint is_declared):
        if not is_declared:
            return self.read_info()
        if declared is None or declared.kind == DYNAMIC:
            raise undeclared(self.reader)
        return declared

    cdef object read_key(self):
        """A short string, which other maps of the message probably use as well."""
        cdef const uint8_t* p = self.base + self.reader
        cdef Py_ssize_t n
        cdef object key
        if self.reader >= self.writer or p[0] & 3 or p[0] >= 4 * MAX_KEY:
            return get_string(self)
        n = p[0] >> 2
        if self.writer - self.reader <= n:
            return get_string(self)
        key = self.keys[key_place(p, n + 1)]
        if key is not None and PyUnicode_GET_LENGTH(key) == n and (
            memcmp(PyUnicode_DATA(key), p + 1, n) == 0
        ):
            self.reader += n + 1
            return key
        key = get_string(self)
        self.keys[key_place(p, n + 1)] = key
        return key

    # ---- for custom serializers -----------------------------------------------------

    def read_ref(self, codec=None):
        """Return a value from a generic position: flag, type info, payload."""
        return self.read_any()

    def read_no_ref(self, codec=None):
        """Return a value from its type info and payload."""
        self.slot = -1
        return self.read_value()

    def read_payload_as(self, Codec codec not None):
        """Return a value from its bare payload by a plan of the registry."""
        self.slot = -1
        return self.read_payload(codec)

    def read_container(self, base):
        """Return items that ``write_container`` wrote, as a plain list or dict."""
        self.slot = -1
        if base is dict:
            return self.read_map(MAP_CODEC)
        return self.read_collection(LIST_CODEC)

    @property
    def takes_buffers(self):
        """Whether large buffers are beside the message."""
        return self.buffers is not None

    @property
    def readable_bytes(self):
        """How many bytes of the message are left."""
        return self.writer - self.reader

    def peek_uint8(self):
        """Return the next byte without passing over it."""
        need(self, 1)
        return self.base[self.reader]

    def checked_size(self, Py_ssize_t n):
        """Return a count of items that take at least one byte each."""
        need(self, n)
        return n

    def reference(self, value):
        """Let values inside ``value`` refer to it; call it before reading them."""
        if self.ext_slot >= 0:
            self.refs[self.ext_slot] = value

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


cdef inline size_t key_place(const uint8_t* p, Py_ssize_t n) noexcept nogil:
    """Where a key is remembered."""
    cdef uint64_t h = n
    cdef Py_ssize_t i
    for i in range(n):
        h = (h ^ p[i]) * <uint64_t> 0x9E3779B97F4A7C15
    return (h >> 40) & (N_KEYS - 1)


cdef inline bint is_raw(Codec item, int header, bint lenient) noexcept:
    """Whether items are bare payloads that need no flag (xlang_wire 7, rule 1)."""
    return (
        item is not None and is_basic(item.kind) and not header & HAS_NULL
        and not (lenient and header & TRACKED)
    )


cdef inline void set_slot(object instance, Py_ssize_t offset, object value):
    """Store into a slot of an instance that is still being made."""
    cdef PyObject** place = <PyObject**> (<char*> <PyObject*> instance + offset)
    cdef PyObject* old = place[0]
    Py_INCREF(value)
    place[0] = <PyObject*> value
    Py_XDECREF(old)


cdef int store(dict result, object key, object value) except -1:
    try:
        result[key] = value
    except TypeError:
        result[hashable(key)] = value
    return 0


cdef int fill_set(set result, list items) except -1:
    try:
        result.update(items)
    except TypeError:
        result.update([hashable(item) for item in items])
    return 0


cdef object undeclared(Py_ssize_t place):
    return DecodeError(
        f"items have a declared type, but none is declared, before byte {place}"
    )
