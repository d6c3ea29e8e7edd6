"""References, type info and leaf payloads of a message being read."""

import sys

from cpython.bytes cimport (
    PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE,
)
from cpython.dict cimport PyDict_GetItem
from cpython.object cimport PyObject
from cpython.ref cimport Py_XDECREF
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_GET_SIZE
from libc.stdint cimport int16_t, int32_t, int64_t, int8_t, uint32_t, uint64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memcmp

from fory._buffer cimport (
    Buffer, get_f32, get_f64, get_size, get_u16, get_u32, get_u64, get_u8, get_varuint,
    get_varuint32, need,
)
from fory._bytes cimport load_u32_le
from fory._codec cimport (
    BOOL, FLOAT16, FLOAT32, FLOAT64, INT16, INT32, INT64, INT8, TAGGED_INT64,
    TAGGED_UINT64, UINT16, UINT32, UINT64, UINT8, VARINT32, VARINT64, VAR_UINT32,
    VAR_UINT64, Codec,
)
from fory._scalars cimport get_bfloat16, get_float16, get_long_int
from fory._tagged cimport get_tagged_int64, get_tagged_uint64
from fory._varint cimport unzigzag

from fory.error import DecodeError, DepthLimitError
from fory._outside import BufferObject

cdef extern from "csrc/stack.h":
    bint fory_stack_is_low() noexcept


cdef enum:
    LAST_TYPE_ID = 76
    COMPATIBLE_STRUCT = 28
    NAMED_COMPATIBLE_STRUCT = 30
    FULL_TYPEDEF = 255
    TYPEDEF_HEADER = 8
    LONG_NAME = 16
    SHORT_NAMES = 62         # so many have references of one byte
    LOCAL = 128
    LONG_INT = 9             # bytes of the zero before a long int
    FIRST_REFS = 64
    KEPT_REFS = 4096         # references whose memory is kept between messages


cdef class Reader(Buffer):
    """The state of one message and the payloads that contain no other values."""

    def __init__(self, fory, registry, *, bint xlang, bint ref, bint compatible,
                 int max_depth, Py_ssize_t max_unbacked, int64_t max_memory=-1):
        self.fory = fory
        self.type_resolver = registry
        self.xlang = xlang
        self.track_ref = ref
        self.compatible = compatible
        self.max_depth = max_depth
        self.max_unbacked = max_unbacked
        self.max_memory = self.memory = max_memory
        self.by_typedef = registry.by_typedef
        self.by_type_id = registry.by_type_id
        self.by_id = registry.by_id
        self.by_wire_name = registry.by_wire_name
        self.types = []
        self.names = []
        self.name_pairs = {}
        self.local_codecs = {}
        self.path = []
        self.slot = self.ext_slot = self.names_at = -1

    def __dealloc__(self):
        self.forget_refs()
        free(self.refs)

    def __reduce__(self):
        raise TypeError("a decoder belongs to the call that uses it")

    cdef int reset(self) except -1:
        """Drop everything that belongs to the message just read."""
        self.depth = 0
        self.memory = self.max_memory
        self.slot = self.ext_slot = -1
        if self.n_refs:
            self.forget_refs()
        if self.first_type is not None:
            self.first_type = None
            if self.types:
                self.types = []
        if self.last_info:
            self.last_info = 0
            self.last_named = None
            self.names_at = -1
        if self.names:
            self.names = []
            self.name_pairs = {}
        if self.path:
            self.path = []
        if self.local_codecs:
            self.local_codecs = {}
        if self.buffers is not None:
            self.buffers = None
        if self.context is not None:
            self.context = None
        return 0

    cdef int refuse_depth(self) except -1:
        """Say that the message is nested too deeply."""
        raise DepthLimitError(
            f"the bytes are nested deeper than {self.max_depth} levels, at byte "
            f"{self.reader}; raise max_depth if you trust them"
        )

    cdef int look_at_stack(self) except -1:
        """Refuse to go deeper before the stack of the thread ends."""
        if fory_stack_is_low():
            raise DepthLimitError(
                f"the bytes are nested {self.depth} levels deep at byte {self.reader}, "
                f"the stack of this thread ends; read them in one with a larger stack"
            )
        return 0

    cdef int take_memory(self, int64_t n_bytes) except -1:
        """Count memory where there is a limit to it."""
        self.memory -= n_bytes
        if self.memory < 0:
            raise DecodeError(
                f"the values take more than max_graph_memory_bytes={self.max_memory}, "
                f"at byte {self.reader}"
            )
        return 0

    # ---- references -----------------------------------------------------------------

    cdef int enlarge_refs(self) except -1:
        """Make room for more objects that references may name."""
        cdef Py_ssize_t room = max(FIRST_REFS, 2 * self.room_for_refs)
        cdef void* grown = realloc(self.refs, room * sizeof(PyObject*))
        if grown == NULL:
            raise MemoryError("no memory for the references of a message")
        self.refs = <PyObject**> grown
        self.room_for_refs = room
        return 0

    cdef int forget_refs(self) except -1:
        """Drop the objects of a message; keep the memory unless it is much."""
        while self.n_refs > 0:
            self.n_refs -= 1
            Py_XDECREF(self.refs[self.n_refs])
        if self.room_for_refs > KEPT_REFS:
            free(self.refs)
            self.refs = NULL
            self.room_for_refs = 0
        return 0

    cdef object reference_at(self):
        """The object that a reference flag names."""
        cdef uint64_t number = get_varuint32(self)
        cdef PyObject* value
        if not self.track_ref:
            raise DecodeError(
                f"a reference stands before byte {self.reader}, but this reader was "
                f"made with ref=False"
            )
        if number >= <uint64_t> self.n_refs:
            raise DecodeError(
                f"reference {number} is unknown, before byte {self.reader}"
            )
        value = self.refs[number]
        if value == NULL:
            raise DecodeError(
                f"reference {number} is used before its value is complete, before "
                f"byte {self.reader}"
            )
        return <object> value

    # ---- type info (xlang_wire 10, 11) ----------------------------------------------

    cdef Codec read_info(self):
        cdef int type_id
        cdef PyObject* known
        cdef uint64_t user_id
        cdef object codec
        if self.last_info and self.writer - self.reader >= 4 and (
            load_u32_le(self.base + self.reader) & 0xFFFFFF == self.last_info
        ):
            self.reader += 3
            return self.last_named
        type_id = get_u8(self)
        known = PyList_GET_ITEM(self.by_type_id, type_id)
        if known != <PyObject*> None:
            return <Codec> known
        if type_id in (25, 27, 31, 34):
            user_id = get_varuint32(self)
            codec = self.by_id.get(user_id)
            if codec is None or (<Codec> codec).type_id != type_id:
                raise self.type_resolver.unknown_id(type_id, user_id, codec)
            return codec
        if type_id in (COMPATIBLE_STRUCT, NAMED_COMPATIBLE_STRUCT):
            return self.read_typedef()
        if type_id in (26, 29, 32, 35):
            if self.compatible:
                return self.read_typedef()
            return self.read_named(type_id)
        if type_id == LOCAL and not self.xlang:
            return self.read_class()
        raise DecodeError(f"type id {type_id} is unknown, before byte {self.reader}")

    cdef Codec read_class(self):
        """The plan of a class that is part of the message."""
        cdef Py_ssize_t slot = self.slot
        cdef object cls = (<object> self).read_ref()
        cdef object codec
        self.slot = slot
        try:
            codec = self.local_codecs.get(cls)
        except TypeError:
            codec = None
        if codec is None:
            codec = self.type_resolver.local_plan(cls)
            self.local_codecs[cls] = codec
        return codec

    cdef Codec read_typedef(self):
        """The plan of a TypeDef, which is sent once per message."""
        cdef uint64_t number = get_varuint32(self)
        cdef uint64_t header, size
        cdef uint64_t n_types = 0
        cdef Codec codec
        if self.first_type is not None:
            n_types = 1 + <uint64_t> PyList_GET_SIZE(self.types)
        if number & 1:
            number >>= 1
            if number >= n_types:
                raise DecodeError(
                    f"type definition {number} is unknown, before byte {self.reader}"
                )
            return self.types[number - 1] if number else self.first_type
        if number >> 1 != n_types:
            raise DecodeError(
                f"type definition {number >> 1} is out of order, before byte "
                f"{self.reader}"
            )
        header = get_u64(self)
        size = header & FULL_TYPEDEF
        if size == FULL_TYPEDEF:
            size += get_varuint32(self)
        need(self, size)
        self.reader += size
        if n_types:
            codec = self.find_typedef(header, size)
            self.types.append(codec)
            return codec
        if header != self.last_header or size != self.last_size or (
            self.last_type is None or not is_current(self.last_type)
        ):
            self.last_type = self.find_typedef(header, size)
            self.last_header = header
            self.last_size = size
        self.first_type = self.last_type
        return self.last_type

    cdef Codec find_typedef(self, uint64_t header, uint64_t size):
        """The plan of the definition that was just passed over."""
        key = (header, size)
        cdef PyObject* found = PyDict_GetItem(self.by_typedef, key)
        if found != NULL and is_current(<Codec> found):
            return <Codec> found
        return self.type_resolver.add_typedef(
            key,
            PyBytes_FromStringAndSize(<char*> self.base + self.reader - size, size),
        )

    cdef Codec read_named(self, int type_id):
        """The plan of a class that is known by namespace and name (xlang_wire 9)."""
        cdef Py_ssize_t start = self.reader
        if self.names:
            return self.find_named(type_id)
        if self.names_at >= 0:
            self.list_names()
            return self.find_named(type_id)
        if self.expects_names(type_id):
            self.names_at = start
            self.reader += PyBytes_GET_SIZE(self.usual_names)
            self.last_info = self.usual_info
            self.last_named = self.usual_named
            return self.last_named
        codec = self.find_named(type_id)
        if self.last_info:
            self.usual_info = self.last_info
            self.usual_named = codec
            self.usual_names = PyBytes_FromStringAndSize(
                <char*> self.base + start, self.reader - start
            )
        return codec

    cdef bint expects_names(self, int type_id) except -1:
        """Whether what follows is how the last message began to name a class."""
        cdef Py_ssize_t n
        if self.usual_names is None or self.usual_info & 0xFF != <uint32_t> type_id:
            return False
        n = PyBytes_GET_SIZE(self.usual_names)
        if self.writer - self.reader < n or memcmp(
            self.base + self.reader, PyBytes_AS_STRING(self.usual_names), n
        ):
            return False
        return is_current(self.usual_named)

    cdef int list_names(self) except -1:
        """Read the first two names after all: the message has more of them."""
        cdef Py_ssize_t place = self.reader
        self.reader = self.names_at
        self.names_at = -1
        self.read_name()
        self.read_name()
        self.reader = place
        return 0

    cdef Codec find_named(self, int type_id):
        """The plan for two names, each of which may be new to the message."""
        cdef uint64_t namespace = self.read_name()
        cdef uint64_t name = self.read_name()
        cdef uint64_t pair = namespace << 40 | name << 8 | <uint64_t> type_id
        cdef PyObject* found = PyDict_GetItem(self.name_pairs, pair)
        if found != NULL:
            return self.remember(type_id, namespace, name, <Codec> found)
        key = (type_id, self.names[namespace], self.names[name])
        codec = self.by_wire_name.get(key)
        if codec is None or not is_current(codec):
            codec = self.type_resolver.find_name(*key)
        self.name_pairs[pair] = codec
        return self.remember(type_id, namespace, name, codec)

    cdef Codec remember(
        self, int type_id, uint64_t namespace, uint64_t name, Codec codec
    ):
        """Keep the class that was met last: the next one is often the same."""
        if namespace < SHORT_NAMES and name < SHORT_NAMES:
            self.last_info = <uint32_t> (
                type_id | (2 * namespace + 3) << 8 | (2 * name + 3) << 16
            )
            self.last_named = codec
        return codec

    cdef uint64_t read_name(self) except? 0xFFFFFFFF:
        """The place in ``names`` of a name; one that is new is added there."""
        cdef uint64_t header = get_varuint32(self)
        cdef uint64_t size = header >> 1
        cdef int encoding = 0
        if header & 1:
            if size == 0 or size > <uint64_t> len(self.names):
                raise DecodeError(f"name {size} is unknown, before byte {self.reader}")
            return size - 1
        if size > LONG_NAME:
            encoding = get_u64(self) & 0xFF
        elif size:
            encoding = get_u8(self)
        need(self, size)
        self.reader += size
        self.names.append(
            bytes((encoding,)) + PyBytes_FromStringAndSize(
                <char*> self.base + self.reader - size, size
            )
        )
        return len(self.names) - 1

    # ---- leaves ---------------------------------------------------------------------

    cdef object read_number(self, int kind):
        """A bool, an int or a float of any width."""
        if kind == VARINT64:
            return get_int(self)
        if kind == FLOAT64:
            return get_f64(self)
        if kind == BOOL:
            return get_u8(self) != 0
        if kind == INT8:
            return <int8_t> get_u8(self)
        if kind == INT16:
            return <int16_t> get_u16(self)
        if kind == INT32:
            return <int32_t> get_u32(self)
        if kind == VARINT32:
            return <int32_t> unzigzag(get_varuint32(self))
        if kind == INT64:
            return <int64_t> get_u64(self)
        if kind == TAGGED_INT64:
            return get_tagged_int64(self)
        if kind == UINT8:
            return get_u8(self)
        if kind == UINT16:
            return get_u16(self)
        if kind == UINT32:
            return get_u32(self)
        if kind == VAR_UINT32:
            return get_varuint32(self)
        if kind == UINT64:
            return get_u64(self)
        if kind == VAR_UINT64:
            return get_varuint(self)
        if kind == TAGGED_UINT64:
            return get_tagged_uint64(self)
        if kind == FLOAT32:
            return get_f32(self)
        if kind == FLOAT16:
            return get_float16(self)
        return get_bfloat16(self)

    cdef object read_zero(self, Py_ssize_t size):
        """Zero, or the long int that a zero of nine bytes announces."""
        return get_long_int(self) if size == LONG_INT else 0

    cdef object read_binary(self):
        """Bytes in the message."""
        cdef Py_ssize_t n
        if self.buffers is not None and not get_u8(self):
            return bytes(self.next_buffer())
        n = get_size(self)
        need(self, n)
        self.reader += n
        return PyBytes_FromStringAndSize(<char*> self.base + self.reader - n, n)

    def next_buffer(self):
        """Return the next out-of-band buffer as a view."""
        return memoryview(self.next_source())

    def next_source(self):
        """Return the next out-of-band buffer as it was passed."""
        for buffer in self.buffers:
            return buffer.getbuffer() if isinstance(buffer, BufferObject) else buffer
        raise DecodeError(
            f"fewer buffers were passed than were taken out, at byte {self.reader}"
        )

    def read_buffer_object(self):
        """Return bytes that may be out of band, as a view."""
        if self.buffers is not None and not get_u8(self):
            return self.next_buffer()
        return self.read_view(get_size(self))

    cdef Py_ssize_t read_n_bytes(self, Py_ssize_t width) except -1:
        """How many bytes of elements follow, all of them there."""
        cdef Py_ssize_t n_bytes = get_size(self)
        if n_bytes % width:
            raise DecodeError(
                f"an array has {n_bytes} bytes, no multiple of its width {width}, "
                f"before byte {self.reader}"
            )
        need(self, n_bytes)
        return n_bytes

    def read_array_size(self, Py_ssize_t width):
        """Return how many elements of ``width`` bytes follow, all of them there."""
        return self.read_n_bytes(width) // width

    def view_bytes(self, Py_ssize_t n):
        """Return a read-only view on the next n bytes; it keeps the message alive."""
        return self.read_view(n)

    # ---- for custom serializers -----------------------------------------------------

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

    def referred(self, Py_ssize_t number):
        """Return the object with a number, which is complete."""
        if not 0 <= number < self.n_refs or self.refs[number] == NULL:
            raise DecodeError(f"reference {number} is unknown at byte {self.reader}")
        return <object> self.refs[number]

    def reference(self, value):
        """Let values inside ``value`` refer to it; call it before reading them."""
        if self.ext_slot >= 0:
            set_ref(self, self.ext_slot, value)

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

    # ---- enums ----------------------------------------------------------------------

    cdef object read_enum(self, Codec codec):
        cdef uint64_t number = get_varuint32(self)
        cdef PyObject* member
        if codec.counted and number < <uint64_t> PyTuple_GET_SIZE(codec.members):
            return <object> PyTuple_GET_ITEM(codec.members, number)
        if codec.by_number is None:
            return number
        member = PyDict_GetItem(codec.by_number, number)
        if member == NULL and not self.xlang and number == <uint64_t> len(
            codec.members
        ):
            return enum_from(codec.cls, (<object> self).read_ref(), self.reader)
        if member == NULL:
            raise DecodeError(
                f"{codec.cls.__name__} has no member {number}, before byte "
                f"{self.reader}"
            )
        return <object> member


cdef bint is_current(Codec codec) except -1:
    """Whether the module of a class was neither reloaded nor replaced since."""
    cdef PyObject* module
    cdef PyObject* found
    if codec.home is None:
        return True
    module = PyDict_GetItem(sys.modules, <object> PyTuple_GET_ITEM(codec.home, 0))
    if module == NULL:
        return False
    found = PyDict_GetItem(
        (<object> module).__dict__, <object> PyTuple_GET_ITEM(codec.home, 1)
    )
    return found == PyTuple_GET_ITEM(codec.home, 2)


cdef object enum_from(object cls, object value, Py_ssize_t place):
    """A value of an enum that is no member of its own, such as combined flags."""
    try:
        known = cls._value2member_map_.get(value)
        return cls(value) if known is None else known
    except (TypeError, ValueError) as error:
        raise DecodeError(
            f"{cls.__name__} has no {value!r:.40}, before byte {place}"
        ) from error
