"""The decoder: one value of any kind, and whole messages (xlang_wire 2, 3, 12, 13)."""

from cpython.object cimport PyObject, PyObject_GenericSetAttr
from cpython.ref cimport Py_INCREF, Py_XDECREF
from cython cimport final
from libc.stdint cimport int64_t, uint64_t, uint8_t
from libc.string cimport memcmp

from fory._bare cimport is_bare
from fory._buffer cimport get_f64, get_size, get_u32, get_u8, get_varuint32, need
from fory._codec cimport (
    BINARY, BOOL, CALLED, DATE, DECIMAL, DENSE, DURATION, DYNAMIC, ENUM, FLAG_NULL,
    FLAG_REF, FLAG_REF_VALUE, FLAG_VALUE, FLOAT64, FRAMED_STEP, LIST, MAP, NAMED_TUPLE,
    NONE, OBJECT, REDUCED, SET, STRING, STRUCT, SUBCLASS, TIMESTAMP, UNION, VARINT64,
    Codec, Field, Step,
)
from fory._cpython cimport failed, new_instance, owned
from fory._protocol cimport (
    MOST_ARGS, Attributes, Reduction, StateSerializer, hide_attribute, keep_name,
    made_by_call, made_from, restore, set_attribute,
)
from fory._read_containers cimport get_bare
from fory._read_known cimport KnownReader
from fory._reader cimport (
    PyList_GET_ITEM, PyList_GET_SIZE, charge, enter, get_int, info_at, new_ref,
    publish, referred, set_ref,
)
from fory._scalars cimport (
    get_date, get_decimal, get_duration, get_timestamp, has_zone,
)
from fory._strings cimport PyUnicode_DATA, PyUnicode_GET_LENGTH, get_string

from fory.error import DECODE_ERRORS, DecodeError, located, too_deep


cdef extern from "Python.h":
    int PyGC_Disable() noexcept
    int PyGC_Enable() noexcept
    bint PyCallable_Check(object value) noexcept


cdef enum:
    BULK = 2048              # bytes from which the collector pauses
    TUPLE = 65
    MOST_PARTS = 5           # of a call: itself, state, items, entries, setter

# As it is called where the result is looked at; what was raised is still raised then.
ctypedef int (*DecodeAttempt)(Decoder, object, int*, PyObject**) noexcept

cdef tuple NO_ARGS = ()
cdef str CLASS = "__class__", DICT = "__dict__"
cdef Codec MAP_CODEC = Codec(MAP)
cdef Codec LIST_CODEC = Codec(LIST)
cdef Codec TUPLE_CODEC = Codec(LIST, TUPLE, make=tuple)


@final
cdef class Decoder(KnownReader):
    """Where one message is read; custom serializers receive it as ``buffer``."""

    cdef object decode(self, object buffers):
        """Read one root value; state starts empty and is dropped afterwards."""
        cdef int collecting = 0
        cdef PyObject* value = NULL
        try:
            if (<DecodeAttempt> decode_message)(
                self, buffers, &collecting, &value
            ) < 0:
                self.explain()
            return owned(value)
        finally:
            if collecting:
                PyGC_Enable()
            self.reset()
            if self.track_ref:
                self.texts.clear()

    cdef int explain(self) except -1:
        """Raise what was raised, with the place where it happened."""
        try:
            return failed()
        except DECODE_ERRORS as error:
            raise located(error, self.path) from error.__cause__
        except RecursionError as error:
            raise too_deep("read") from error

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
        cdef int flag = get_u8(self)
        if flag == FLAG_VALUE:
            self.slot = -1
            return self.read_value()
        if flag == FLAG_REF:
            return referred(self)
        if flag == FLAG_REF_VALUE and self.track_ref:
            return self.read_shared(None)
        return self.read_flagged(None, flag)

    cdef object read_flagged(self, Codec codec, int flag):
        """What a flag announces; its type is known unless codec is None."""
        cdef object value
        if flag == FLAG_REF:
            return referred(self)
        if flag == FLAG_NULL:
            return None
        if flag == FLAG_REF_VALUE and self.track_ref:
            return self.read_shared(codec)
        if flag != FLAG_VALUE and flag != FLAG_REF_VALUE:
            raise DecodeError(f"{flag:#04x} is not a flag, before byte {self.reader}")
        self.slot = -1
        value = self.read_value() if codec is None else self.read_payload(codec)
        self.slot = -1
        return value

    cdef object read_shared(self, Codec codec):
        """A value that later references may name; leaves have no part that does."""
        cdef Py_ssize_t number
        cdef int type_id
        cdef object value
        if codec is None and self.reader < self.writer:
            type_id = self.base[self.reader]
            if type_id == STRING or type_id == VARINT64:
                self.reader += 1
                value = get_string(self) if type_id == STRING else get_int(self)
                set_ref(self, new_ref(self), value)
                return value
        number = new_ref(self)
        self.slot = number
        value = self.read_value() if codec is None else self.read_payload(codec)
        self.slot = -1
        set_ref(self, number, value)
        return value

    cdef object read_value(self):
        """Type info and payload; the most common types are tried first."""
        cdef int type_id
        need(self, 1)
        type_id = self.base[self.reader]
        if is_bare(type_id):
            self.reader += 1
            return get_bare(self, type_id)
        if type_id == LIST:
            self.reader += 1
            return self.read_collection(LIST_CODEC)
        if type_id == MAP:
            self.reader += 1
            return self.read_map(MAP_CODEC)
        return self.read_payload(info_at(self))

    cdef object read_payload(self, Codec codec):
        cdef int kind = codec.kind
        if is_bare(kind):
            return get_bare(self, kind)
        if kind >= OBJECT:
            return self.read_python(codec)
        if kind == LIST or kind == SET:
            return self.read_collection(codec)
        if kind == MAP:
            return self.read_map(codec)
        if kind == STRUCT:
            return self.read_struct(codec)
        if kind < LIST and kind != DYNAMIC:
            return self.read_number(kind)
        return self.read_rarer(codec)

    cdef object read_python(self, Codec codec):
        """What only messages of Python have."""
        cdef int kind = codec.kind
        if kind == OBJECT:
            return self.read_object(codec)
        if kind == CALLED:
            return self.read_call(codec)
        if kind == REDUCED:
            return self.read_reduced(codec)
        if codec.authorize is not None:
            return self.read_ext(codec)
        if kind == NAMED_TUPLE:
            return self.read_named_tuple(codec)
        if kind == SUBCLASS:
            return self.read_subclass(codec)
        return self.read_known(codec)

    cdef object read_rarer(self, Codec codec):
        """The kinds that are not worth a look at first; a jump table finds them."""
        cdef int kind = codec.kind
        if kind == BINARY:
            return self.read_binary()
        elif kind == DENSE:
            return self.read_dense(codec)
        elif kind == DATE:
            return get_date(self, not self.xlang)
        elif kind == TIMESTAMP:
            if not self.xlang and has_zone(self):
                return self.read_zoned()
            return get_timestamp(self)
        elif kind == DURATION:
            return get_duration(self)
        elif kind == DECIMAL:
            return get_decimal(self, not self.xlang)
        elif kind == ENUM:
            return self.read_enum(codec)
        elif kind == UNION:
            return self.read_union(codec)
        elif kind == NONE:
            return None
        elif kind == DYNAMIC:
            return self.read_declared(codec.item)
        if type(codec.serializer) is StateSerializer:
            return self.read_state(codec.serializer)
        return self.read_ext(codec)

    cdef object read_ext(self, Codec codec):
        """What a serializer object reads; it may publish its value early."""
        cdef Py_ssize_t outer = self.ext_slot
        enter(self)
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
        cdef object result
        if codec.steps == NULL:
            codec.prepare(codec)
        enter(self)
        charge(self, 96 + 16 * <int64_t> codec.n_fields)
        if codec.hashed:
            self.check_schema(codec)
        if codec.authorize is not None:
            codec.authorize(codec.cls)
        result = new_instance(codec.cls, NO_ARGS)
        publish(self, result)
        try:
            while i < codec.n_fields:
                self.read_step(&codec.steps[i], result)
                i += 1
        except DECODE_ERRORS:
            self.path.append(f".{codec.fields[i].name}")
            raise
        if codec.missing:
            for name, default in codec.missing:
                PyObject_GenericSetAttr(result, name, default())
        self.depth -= 1
        return result

    cdef int read_step(self, Step* step, object instance) except -1:
        """One field, stored where the class keeps it."""
        cdef object value
        if step.nullable and step.kind != FRAMED_STEP:
            self.slot = -1
            value = self.read_flagged((<Field> step.field).codec, get_u8(self))
        elif step.kind == STRING:
            value = get_string(self)
        elif step.kind == VARINT64:
            value = get_int(self)
        elif step.kind == FLOAT64:
            value = get_f64(self)
        elif step.kind == BOOL:
            value = get_u8(self) != 0
        else:
            value = self.read_field(<Field> step.field)
        if step.slot:
            set_slot(instance, step.slot, value)
        elif step.name != NULL:
            PyObject_GenericSetAttr(instance, <object> step.name, value)
        return 0

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

    cdef object read_object(self, Codec codec):
        """A plain object; its ``__init__`` does not run."""
        cdef uint64_t i, n = get_varuint32(self)
        cdef object result, name = None
        cdef frozenset hidden = (<Attributes?> codec.serializer).hidden
        enter(self)
        charge(self, 96 + 16 * <int64_t> n)
        if codec.authorize is not None:
            codec.authorize(codec.cls)
        result = new_instance(codec.cls, NO_ARGS)
        publish(self, result)
        try:
            for i in range(n):
                name = None
                name = self.read_name_of(codec.read_names, i)
                if name is CLASS or name is DICT or hidden and name in hidden:
                    hide_attribute(result, name, self.read_any())
                else:
                    set_attribute(result, name, self.read_any())
        except DECODE_ERRORS:
            self.path.append(f".{name}")
            raise
        self.depth -= 1
        return result

    cdef str read_name_of(self, list names, uint64_t i):
        """The name of an attribute, most often that of the instance before."""
        cdef const uint8_t* p = self.base + self.reader
        cdef Py_ssize_t n
        cdef PyObject* name
        if i < <uint64_t> PyList_GET_SIZE(names) and self.reader < self.writer:
            name = PyList_GET_ITEM(names, i)
            n = p[0] >> 2
            if name != <PyObject*> None and p[0] == n << 2 and (
                self.writer - self.reader > n
                and PyUnicode_GET_LENGTH(<object> name) == n
                and memcmp(PyUnicode_DATA(<object> name), p + 1, n) == 0
            ):
                self.reader += n + 1
                return <str> name
        return keep_name(names, i, get_string(self))

    cdef object read_args(self):
        """The arguments of a call: with few exceptions a new, short tuple."""
        cdef const uint8_t* p = self.base + self.reader
        cdef int new = FLAG_REF_VALUE if self.track_ref else FLAG_VALUE
        cdef Py_ssize_t number = -1
        cdef object args
        if self.writer - self.reader < 2 or p[0] != new or p[1] != TUPLE:
            return self.read_any()
        self.reader += 2
        if self.track_ref:
            number = new_ref(self)
        self.slot = -1
        args = self.read_collection(TUPLE_CODEC)
        if number >= 0:
            set_ref(self, number, args)
        return args

    cdef object read_dict(self):
        """A state: with few exceptions a new dict."""
        cdef const uint8_t* p = self.base + self.reader
        cdef Py_ssize_t number
        cdef object state
        if not self.track_ref or self.writer - self.reader < 2 or (
            p[0] != FLAG_REF_VALUE or p[1] != MAP
        ):
            return self.read_any()
        self.reader += 2
        number = new_ref(self)
        self.slot = number
        state = self.read_map(MAP_CODEC)
        self.slot = -1
        return state

    cdef object read_reduced(self, Codec codec):
        """The result of a call, with its state and items."""
        cdef Py_ssize_t slot = self.slot
        cdef uint64_t n = get_varuint32(self)
        cdef object made, function
        cdef Reduction reduction = codec.serializer
        if not 2 <= n <= 7:
            raise DecodeError(f"a reduced object has {n} parts, at byte {self.reader}")
        enter(self)
        if self.read_any() == 0:
            made = reduction.find(self.read_any())
            self.depth -= 1
            return made
        function = self.read_any()
        made = reduction.call(function, self.read_args() if n > 2 else NO_ARGS)
        return self.finish_call(reduction, made, slot, n - 3 if n > 3 else 0)

    cdef object read_call(self, Codec codec):
        """The same in its short form."""
        cdef Reduction reduction = codec.serializer
        cdef Py_ssize_t slot = self.slot
        cdef int n = get_u8(self)
        cdef object function, made
        if n == 0:
            return reduction.find(get_string(self))
        if n > MOST_PARTS:
            raise DecodeError(f"a call has {n} parts, at byte {self.reader}")
        enter(self)
        function = self.read_any()
        self.slot = -1
        if reduction.watched or not PyCallable_Check(function):
            made = reduction.call(function, self.read_collection(TUPLE_CODEC))
        else:
            made = self.read_made(function)
        return self.finish_call(reduction, made, slot, n - 1)

    cdef object read_made(self, object function):
        """What a call makes whose arguments come next; few of them need no tuple."""
        cdef PyObject* places[MOST_ARGS + 1]
        cdef Py_ssize_t i, n = get_size(self)
        if n > MOST_ARGS:
            return made_by_call(
                function, tuple(self.read_all_items(TUPLE_CODEC, n, None))
            )
        for i in range(n + 1):
            places[i] = NULL
        try:
            if n > 0:
                self.fill(places + 1, n, TUPLE_CODEC)
            return made_from(function, places + 1, n)
        finally:
            for i in range(1, n + 1):
                Py_XDECREF(places[i])

    cdef object finish_call(
        self, Reduction reduction, object made, Py_ssize_t slot, Py_ssize_t n
    ):
        """What was made by a call, after the n parts that follow it."""
        cdef object state
        cdef list rest
        if slot >= 0:
            set_ref(self, slot, made)
        if n == 1 and not reduction.watched:
            state = self.read_dict()
            if state is not None:
                restore(made, state)
        elif n or reduction.watched:
            rest = []
            while n > 0:
                n -= 1
                rest.append(self.read_any())
            made = reduction.finish(made, rest)
        self.depth -= 1
        return made

    cdef object read_state(self, StateSerializer serializer):
        """A new object that took its state."""
        cdef Py_ssize_t slot = self.slot
        cdef const uint8_t* p = self.base + self.reader
        cdef object args, kwargs, result, state
        enter(self)
        if self.writer - self.reader >= 2 and p[0] == FLAG_NULL and p[1] == FLAG_NULL:
            self.reader += 2
            args = kwargs = None
        else:
            args = self.read_args()
            kwargs = self.read_any()
        result = serializer.make(args, kwargs)
        if slot >= 0:
            set_ref(self, slot, result)
        state = self.read_dict()
        if state is not None:
            serializer.give(result, state)
        self.depth -= 1
        return result

    cdef object read_union(self, Codec codec):
        """The number of a case, then a value that says its type."""
        cdef uint64_t number = get_varuint32(self)
        cdef object value
        self.slot = -1
        enter(self)
        value = self.read_flagged(codec.serializer.codec_of(number), get_u8(self))
        self.depth -= 1
        return codec.serializer.from_case(number, value)

    cdef object read_declared(self, Codec declaration):
        """Type info and payload, by the declared plan if the type is the same."""
        cdef Codec found = self.read_info()
        if declaration is not None and found.type_id == declaration.type_id:
            return self.read_payload(declaration)
        return self.read_payload(found)

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


cdef int decode_message(
    Decoder decoder, object buffers, int* collecting, PyObject** out
) except -1:
    """Read one root value; the collector pauses while there is much to be made."""
    cdef int bitmap = get_u8(decoder)
    cdef object value
    if bitmap != decoder.xlang or buffers is not None:
        decoder.check_bitmap(bitmap, buffers)
    if decoder.writer - decoder.reader >= BULK:
        collecting[0] = PyGC_Disable()
    value = decoder.read_any()
    Py_INCREF(value)
    out[0] = <PyObject*> value
    return 0


cdef inline void set_slot(object instance, Py_ssize_t offset, object value):
    """Store into a slot of an instance that is still being made."""
    cdef PyObject** place = <PyObject**> (<char*> <PyObject*> instance + offset)
    cdef PyObject* old = place[0]
    Py_INCREF(value)
    place[0] = <PyObject*> value
    Py_XDECREF(old)
