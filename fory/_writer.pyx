"""References, type info and leaf payloads of a message being written."""

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.dict cimport PyDict_GetItem, PyDict_GetItemWithError
from cpython.float cimport PyFloat_AS_DOUBLE
from cpython.long cimport PyLong_AsLongLongAndOverflow
from cpython.object cimport PyObject
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_GET_SIZE
from libc.stdint cimport (
    INT16_MAX, INT16_MIN, INT32_MAX, INT32_MIN, INT8_MAX, INT8_MIN, UINT16_MAX,
    UINT32_MAX, UINT8_MAX, int64_t, uint16_t, uint32_t, uint64_t, uint8_t, uintptr_t,
)
from libc.stdlib cimport free, realloc

from fory._buffer cimport (
    Buffer, put_f64, put_u16, put_u32, put_u64, put_u8, put_varint, put_varuint,
)
from fory._codec cimport (
    BOOL, FLAG_REF, FLAG_REF_VALUE, FLAG_VALUE, FLOAT16, FLOAT32, FLOAT64, INFO_CLASS,
    INFO_NAMES, INFO_NOTHING, INFO_USER_ID, INT16, INT32, INT64, INT8, TAGGED_INT64,
    TAGGED_UINT64, UINT16, UINT32, UINT64, UINT8, VARIES, VARINT32, VARINT64,
    VAR_UINT32, VAR_UINT64, Codec,
)
from fory._cpython cimport FLOAT_TYPE, INT_TYPE, small_int, type_of
from fory._refs cimport RefTable
from fory._scalars cimport put_bfloat16, put_float16, put_float32, put_long_int
from fory._tagged cimport put_tagged_int64, put_tagged_uint64

from fory._names import varuint
from fory._outside import BufferObject
from fory._values import as_float, as_int, out_of_range, unexpected
from fory.error import DepthLimitError, EncodeError, nested_too_deep


cdef extern from "csrc/stack.h":
    bint fory_stack_is_low() noexcept


cdef enum:
    FIRST_OPEN = 16


cdef class Writer(Buffer):
    """The state of one message and the payloads that contain no other values."""

    def __init__(self, fory, registry, *, bint xlang, bint ref, bint compatible,
                 int max_depth, hooks=None):
        self.fory = fory
        self.type_resolver = registry
        self.codecs = registry.codecs
        self.local_codecs = {}
        self.hooks = hooks
        self.xlang = xlang
        self.track_ref = ref
        self.compatible = compatible
        self.max_depth = max_depth
        self.refs = RefTable()
        self.type_indexes = {}
        self.name_ids = {}
        self.name_pairs = {}
        self.path = []

    def __dealloc__(self):
        free(self.open)

    def __reduce__(self):
        raise TypeError("an encoder belongs to the call that uses it")

    cdef int reset(self) except -1:
        """Drop everything that belongs to the message just written."""
        self.depth = 0
        if self.refs.used:
            self.refs.clear()
        if self.type_indexes:
            self.type_indexes.clear()
        if self.first_named is not None:
            self.first_named = None
            if self.name_pairs:
                self.name_ids.clear()
                self.name_pairs.clear()
        if self.local_codecs:
            self.local_codecs = {}
        self.n_open = 0
        if self.buffer_callback is not None:
            self.buffer_callback = None
        if self.context is not None:
            self.context = None
        return 0

    cdef int refuse_depth(self) except -1:
        """Say that the values are nested too deeply."""
        raise nested_too_deep(self.max_depth, self.track_ref)

    cdef int look_at_stack(self) except -1:
        """Refuse to go deeper before the stack of the thread ends."""
        if fory_stack_is_low():
            raise DepthLimitError(
                f"values are nested {self.depth} levels deep, the stack of this thread "
                f"ends; write them in one with a larger stack"
            )
        return 0

    cdef int enlarge_open(self) except -1:
        """Make room for more objects that are not complete."""
        cdef Py_ssize_t room = max(FIRST_OPEN, 2 * self.room_for_open)
        cdef void* grown = realloc(self.open, room * sizeof(PyObject*))
        if grown == NULL:
            raise MemoryError("no memory to track references")
        self.open = <PyObject**> grown
        self.room_for_open = room
        return 0

    # ---- references and type info ---------------------------------------------------

    cdef Codec plan_of(self, object value):
        """The plan of the class of ``value``."""
        cdef PyObject* found = PyDict_GetItemWithError(
            self.codecs, <object> type_of(<PyObject*> value)
        )
        if found == NULL:
            return self.new_plan(type(value))
        return <Codec> found

    cdef Codec new_plan(self, object cls):
        """The plan of a class that is new to the registry, or too fleeting for it."""
        cdef PyObject* found = PyDict_GetItem(self.local_codecs, cls)
        cdef Codec codec
        if found != NULL:
            return <Codec> found
        codec = self.type_resolver.resolve(cls)
        if codec.info == INFO_CLASS:
            self.local_codecs[cls] = codec
        return codec

    cdef Codec codec_of(self, object value):
        """The plan of ``value``, where its class alone may not decide."""
        cdef Codec codec = self.plan_of(value)
        if codec.kind == VARIES:
            return codec.serializer.choose(value)
        return codec

    cdef bint write_flag(self, object value) except -1:
        """Write the flag of a value that may be shared; true if that was all."""
        cdef Py_ssize_t number
        if not self.track_ref:
            put_u8(self, FLAG_VALUE)
            return False
        number = self.refs.add(value)
        if number < 0:
            put_u8(self, FLAG_REF_VALUE)
            return False
        if (self.n_open or self.begun) and self.is_open(value):
            self.refs.renew(value)
            put_u8(self, FLAG_REF_VALUE)
            return False
        put_u8(self, FLAG_REF)
        put_varuint(self, number)
        return True

    cdef bint is_open(self, object value) except -1:
        """Whether a reference would come before its value is complete."""
        cdef list numbers
        cdef Py_ssize_t i
        if self.begun is None:
            for i in range(self.n_open):
                if self.open[i] == <PyObject*> value:
                    self.in_cycle = True
                    raise EncodeError(f"a {type(value).__qualname__} holds itself")
            return False
        numbers = self.begun.get(<uintptr_t> <PyObject*> value)
        if not numbers or numbers[-1] != self.refs.find(value):
            return False
        if len(numbers) > 1:
            raise EncodeError(
                f"a {type(value).__qualname__} needs itself to be rebuilt: its "
                f"__reduce__ has it among the arguments"
            )
        return True

    def begin(self, value):
        """Announce that ``value`` cannot be referred to yet; return its number."""
        cdef Py_ssize_t number = self.refs.find(value)
        if self.begun is None:
            begin_open(self, value)
            return number
        self.begun.setdefault(<uintptr_t> <PyObject*> value, []).append(number)
        return number

    def end(self, value, number):
        """Return 0, or one more than the number that ``value`` has got since."""
        cdef Py_ssize_t now = self.refs.find(value)
        if self.begun is None:
            self.n_open -= 1
            return 0
        self.begun[<uintptr_t> <PyObject*> value].pop()
        return 0 if now == number else now + 1

    cdef int write_info(self, Codec codec) except -1:
        """Which type the payload that follows has (xlang_wire 10)."""
        put_u8(self, codec.type_id)
        if codec.info == INFO_NOTHING:
            return 0
        if codec.info == INFO_USER_ID:
            return put_varuint(self, codec.user_id)
        if codec.info == INFO_NAMES:
            return self.write_names(codec)
        if codec.info == INFO_CLASS:
            (<object> self).write_ref(codec.cls)
            return 0
        if codec.typedef is None:
            codec.prepare(codec)
        index = self.type_indexes.get(codec)
        if index is not None:
            return put_varuint(self, <uint64_t> index << 1 | 1)
        index = len(self.type_indexes)
        self.type_indexes[codec] = index
        put_varuint(self, <uint64_t> index << 1)
        return self.put_bytes(codec.typedef)

    cdef int write_names(self, Codec codec) except -1:
        """Namespace and name, by their numbers where they were written before."""
        cdef PyObject* known
        if self.first_named is None:
            self.first_named = codec
            return self.put_bytes(codec.first_names)
        if not self.name_pairs:
            self.name_pair(self.first_named)
        known = PyDict_GetItem(self.name_pairs, codec)
        return self.put_bytes(
            self.name_pair(codec) if known == NULL else <object> known
        )

    cdef bytes name_pair(self, Codec codec):
        """What announces the names of a class here; later uses repeat numbers."""
        cdef bytes first = b"", later = b"", repeat
        for identity, data in codec.names:
            repeat = self.name_ids.get(identity)
            if repeat is None:
                repeat = varuint((len(self.name_ids) + 1) << 1 | 1)
                self.name_ids[identity] = repeat
                first += data
            else:
                first += repeat
            later += repeat
        self.name_pairs[codec] = later
        return first

    cdef int put_bytes(self, bytes data) except -1:
        return self.write_raw(PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data))

    # ---- leaves ---------------------------------------------------------------------

    cdef int write_number(self, int kind, object value) except -1:
        """A bool, an int or a float of any width."""
        cdef int64_t v
        if kind == VARINT64:
            if type_of(<PyObject*> value) is INT_TYPE and small_int(
                <PyObject*> value, &v
            ):
                return put_varint(self, v)
            return self.write_int(
                kind, value if type(value) is int else as_int(value)
            )
        if kind >= FLOAT16:
            return self.write_float(kind, value)
        if kind == BOOL:
            if value is not True and value is not False:
                raise unexpected("a bool", value)
            return put_u8(self, value is True)
        if kind == UINT64 or kind == VAR_UINT64 or kind == TAGGED_UINT64:
            return self.write_unsigned(kind, as_int(value))
        return self.write_int(kind, as_int(value))

    cdef int write_int(self, int kind, object value) except -1:
        cdef int overflow = 0
        cdef int64_t v = PyLong_AsLongLongAndOverflow(value, &overflow)
        if overflow:
            if kind == VARINT64 and not self.xlang:
                return put_long_int(self, value)
            raise out_of_range(kind, value)
        if kind == VARINT64:
            return put_varint(self, v)
        if kind == INT64:
            return put_u64(self, <uint64_t> v)
        if kind == TAGGED_INT64:
            return put_tagged_int64(self, v)
        if kind == VARINT32 and INT32_MIN <= v <= INT32_MAX:
            return put_varint(self, v)
        if kind == INT32 and INT32_MIN <= v <= INT32_MAX:
            return put_u32(self, <uint32_t> v)
        if kind == INT16 and INT16_MIN <= v <= INT16_MAX:
            return put_u16(self, <uint16_t> v)
        if kind == INT8 and INT8_MIN <= v <= INT8_MAX:
            return put_u8(self, <uint8_t> v)
        if kind == UINT8 and 0 <= v <= UINT8_MAX:
            return put_u8(self, <uint8_t> v)
        if kind == UINT16 and 0 <= v <= UINT16_MAX:
            return put_u16(self, <uint16_t> v)
        if kind == UINT32 and 0 <= v <= UINT32_MAX:
            return put_u32(self, <uint32_t> v)
        if kind == VAR_UINT32 and 0 <= v <= UINT32_MAX:
            return put_varuint(self, <uint64_t> v)
        raise out_of_range(kind, value)

    cdef int write_unsigned(self, int kind, object value) except -1:
        if value < 0 or value > 0xFFFFFFFFFFFFFFFF:
            raise out_of_range(kind, value)
        cdef uint64_t v = value
        if kind == UINT64:
            return put_u64(self, v)
        if kind == VAR_UINT64:
            return put_varuint(self, v)
        return put_tagged_uint64(self, v)

    cdef int write_float(self, int kind, object value) except -1:
        cdef double v
        if type_of(<PyObject*> value) is FLOAT_TYPE:
            v = PyFloat_AS_DOUBLE(value)
        else:
            v = as_float(value)
        if kind == FLOAT64:
            return put_f64(self, v)
        if kind == FLOAT32:
            return put_float32(self, v)
        if kind == FLOAT16:
            return put_float16(self, v)
        return put_bfloat16(self, v)

    cdef int write_binary(self, object value) except -1:
        """Bytes, which a buffer callback may take out of the message."""
        cdef Py_buffer view
        if self.buffer_callback is not None:
            if not self.buffer_callback(BufferObject(value)):
                return put_u8(self, 0)
            put_u8(self, 1)
        PyObject_GetBuffer(value, &view, PyBUF_SIMPLE)
        try:
            put_varuint(self, view.len)
            self.write_raw(view.buf, view.len)
        finally:
            PyBuffer_Release(&view)
        return 0

    cdef int write_enum(self, Codec codec, object value) except -1:
        cdef Py_ssize_t i
        if codec.members is None:          # of a class that is not here: a number
            return put_varuint(self, as_int(value))
        for i in range(PyTuple_GET_SIZE(codec.members)):
            if <PyObject*> PyTuple_GET_ITEM(codec.members, i) == <PyObject*> value:
                return put_varuint(self, codec.numbers[i])
        if not self.xlang and isinstance(value, codec.cls):
            put_varuint(self, len(codec.members))
            (<object> self).write_ref(value._value_)
            return 0
        raise unexpected(f"a member of {codec.cls.__name__}", value)
