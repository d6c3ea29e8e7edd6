"""The encoder: one value of any kind, and whole messages (xlang_wire 2, 3, 12, 13)."""

from cpython.dict cimport PyDict_Next
from cpython.object cimport PyObject, PyTypeObject
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_GET_SIZE
from cython cimport final

from fory._bare cimport Leaf, look_at, put_leaf
from fory._buffer cimport put_u16, put_u32, put_u8, put_varuint
from fory._codec cimport (
    BINARY, BOOL, CALLED, DATE, DECIMAL, DENSE, DURATION, DYNAMIC, ENUM, FLAG_NULL,
    FLAG_VALUE, FRAMED_STEP, FLOAT64, INFO_CLASS, KNOWN, LIST, MAP, NONE, OBJECT,
    REDUCED, SET, STRING, STRUCT, SUBCLASS, TIMESTAMP, UNION, VARINT64, Codec, Field,
    Step,
)
from fory._cpython cimport DICT_TYPE, LIST_TYPE, STR_TYPE, get_attribute, type_of
from fory._protocol cimport Attributes, Reduction, StateSerializer
from fory._scalars cimport (
    is_datetime, put_date, put_decimal, put_duration, put_moment, put_timestamp,
)
from fory._strings cimport put_string
from fory._write_known cimport KnownWriter
from fory._writer cimport begin_open, enter

from fory._values import changed, shown, unexpected
from fory.error import ENCODE_ERRORS, EncodeError

cdef enum:
    TUPLE = 65
    OUT_OF_BAND = 2          # bit of a message whose large buffers are beside it
    LAST_OF_CALL = 2         # part of a reduction: a number, callable, arguments, rest

cdef Codec LIST_CODEC = Codec(LIST, trackable=True)
cdef Codec TUPLE_CODEC = Codec(LIST, TUPLE, trackable=True, make=tuple)
cdef Codec MAP_CODEC = Codec(MAP, trackable=True)
cdef Codec LENIENT_CODEC = Codec(LIST, lenient=True)


@final
cdef class Encoder(KnownWriter):
    """Where one message is written; custom serializers receive it as ``buffer``."""

    # ---- one value ------------------------------------------------------------------

    cdef int write_any(self, object value) except -1:
        """Flag, type info and payload: a value in a generic position."""
        if value is None:
            return put_u8(self, FLAG_NULL)
        if not self.track_ref:
            put_u8(self, FLAG_VALUE)
        elif self.write_flag(value):
            return 0
        return self.write_value(value)

    cdef int write_value(self, object value) except -1:
        """Type info and payload of a value whose type nobody declared."""
        cdef PyTypeObject* cls = type_of(<PyObject*> value)
        cdef Leaf leaf
        cdef Codec codec
        if self.hooks is not None:
            codec = self.hooks.choose(value)
            if codec is not None:
                self.write_info(codec)
                return self.write_payload(codec, value)
        if look_at(<PyObject*> value, &leaf):
            return put_leaf(self, leaf.kind, &leaf)
        if cls is STR_TYPE:
            put_u8(self, STRING)
            return put_string(self, <str> value)
        if cls is DICT_TYPE:
            put_u8(self, MAP)
            return self.write_map(MAP_CODEC, value)
        if cls is LIST_TYPE:
            put_u8(self, LIST)
            return self.write_collection(LIST_CODEC, value)
        codec = self.codec_of(value)
        if codec.info == INFO_CLASS and self.track_ref and self.begun is None:
            begin_open(self, value)
            self.write_info(codec)
            self.n_open -= 1
        else:
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
        if kind == OBJECT:
            return self.write_object(codec, value)
        if kind == REDUCED:
            return self.write_reduced(codec, value)
        if kind == KNOWN:
            return self.write_known(codec, value)
        if kind == CALLED:
            return self.write_call(codec, value)
        if kind == SUBCLASS:
            return self.write_subclass(codec.serializer, value)
        return self.write_rarer(codec, value)

    cdef int write_rarer(self, Codec codec, object value) except -1:
        """The kinds that are not worth a look at first; a jump table finds them."""
        cdef int kind = codec.kind
        if kind == BINARY:
            if not isinstance(value, (bytes, bytearray, memoryview)):
                raise unexpected("bytes", value)
            return self.write_binary(value)
        elif kind == DENSE:
            return self.write_dense(codec, value)
        elif kind == DATE:
            return put_date(self, value, not self.xlang)
        elif kind == TIMESTAMP:
            if put_moment(self, value):
                return 0
            if not self.xlang and is_datetime(value):
                return self.write_zoned(value)
            return put_timestamp(self, value)
        elif kind == DURATION:
            return put_duration(self, value)
        elif kind == DECIMAL:
            return put_decimal(self, value, not self.xlang)
        elif kind == ENUM:
            return self.write_enum(codec, value)
        elif kind == UNION:
            return self.write_union(codec, value)
        elif kind == DYNAMIC:
            return self.write_value(value)
        elif kind == NONE:
            return 0
        if type(codec.serializer) is StateSerializer:
            return self.write_state(codec.serializer, value)
        enter(self)
        codec.serializer.write(self, value)
        self.depth -= 1
        return 0

    # ---- structs and unions ---------------------------------------------------------

    cdef int write_struct(self, Codec codec, object value) except -1:
        cdef Py_ssize_t i = 0
        if codec.steps == NULL:
            codec.prepare(codec)
        if type_of(<PyObject*> value) is not <PyTypeObject*> codec.cls:
            raise unexpected(f"exactly {codec.cls.__name__}", value)
        enter(self)
        if codec.hashed:
            put_u32(self, codec.schema_hash)
        if codec.n_attributes >= 0 and len(value.__dict__) > codec.n_attributes:
            self.misfit = codec
            raise EncodeError(f"a {codec.cls.__name__} has more than its fields")
        try:
            while i < codec.n_fields:
                write_step(self, &codec.steps[i], value)
                i += 1
        except AttributeError as error:
            self.notice(codec)
            name = codec.fields[i].name
            raise EncodeError(
                f"{codec.cls.__name__} has no value for its field {name!r}"
            ) from error
        except ENCODE_ERRORS:
            self.notice(codec)
            self.path.append(f".{codec.fields[i].name}")
            raise
        self.depth -= 1
        return 0

    cdef void notice(self, Codec codec) noexcept:
        """Remember the innermost class whose fields may not be what it declares."""
        if codec.loose and self.misfit is None:
            self.misfit = codec

    cdef int write_field(self, Field field, object value) except -1:
        """One field in the framing of xlang_wire 12.3."""
        cdef Codec codec = field.codec
        if field.tracked:
            if value is None:
                return put_u8(self, FLAG_NULL)
            if field.dynamic or codec.trackable:
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

    cdef int write_object(self, Codec codec, object value) except -1:
        """Attributes of a plain object: a count, then names in order and values."""
        cdef dict attributes = (<Attributes?> codec.serializer).of(value)
        cdef tuple names
        cdef object name = None
        enter(self)
        try:
            names = self.attribute_names(codec, attributes)
            put_varuint(self, len(names))
            for name in names:
                put_string(self, <str> name)
                self.write_any(attributes[name])
        except KeyError as error:
            if name in attributes:
                raise
            raise changed() from error
        except ENCODE_ERRORS:
            if name is not None:
                self.path.append(f".{name}")
            raise
        self.depth -= 1
        return 0

    cdef tuple attribute_names(self, Codec codec, dict attributes):
        """The names in order; instances mostly have those of the instance before."""
        cdef Py_ssize_t place = 0, i = 0
        cdef PyObject* name
        cdef PyObject* attribute
        cdef tuple last = codec.last_names
        if last is not None and PyTuple_GET_SIZE(last) == len(attributes):
            while PyDict_Next(attributes, &place, &name, &attribute):
                if <PyObject*> PyTuple_GET_ITEM(last, i) != name:
                    break
                i += 1
            else:
                return codec.last_sorted
        for key in attributes:
            if type(key) is not str:
                raise EncodeError(f"an attribute is named {shown(key)}, expected a str")
        codec.last_names = tuple(attributes)
        codec.last_sorted = tuple(sorted(attributes))
        return codec.last_sorted

    cdef int write_reduced(self, Codec codec, object value) except -1:
        """A call that makes the object, and what follows it."""
        cdef tuple parts = (<Reduction?> codec.serializer).parts(value)
        cdef Py_ssize_t i, n = PyTuple_GET_SIZE(parts)
        enter(self)
        put_varuint(self, n)
        if not self.write_flag(parts[0]):
            put_u8(self, VARINT64)
            self.write_number(VARINT64, parts[0])
        if self.track_ref:
            begin_open(self, value)
        for i in range(1, n):
            self.write_any(<object> PyTuple_GET_ITEM(parts, i))
            if i == LAST_OF_CALL and self.track_ref:
                self.n_open -= 1
        if n <= LAST_OF_CALL and self.track_ref:
            self.n_open -= 1
        self.depth -= 1
        return 0

    cdef int write_call(self, Codec codec, object value) except -1:
        """The same in its short form: to the arguments nothing refers."""
        cdef tuple parts = (<Reduction?> codec.serializer).parts(value)
        cdef Py_ssize_t i, n = PyTuple_GET_SIZE(parts)
        if n == 2:
            put_u8(self, 0)
            return put_string(self, <str> parts[1])
        while n > LAST_OF_CALL + 1 and PyTuple_GET_ITEM(parts, n - 1) == <PyObject*> None:
            n -= 1
        enter(self)
        put_u8(self, n - LAST_OF_CALL)
        if self.track_ref:
            begin_open(self, value)
        self.write_any(<object> PyTuple_GET_ITEM(parts, 1))
        self.write_collection(TUPLE_CODEC, <object> PyTuple_GET_ITEM(parts, 2))
        if self.track_ref:
            self.n_open -= 1
        for i in range(LAST_OF_CALL + 1, n):
            self.write_any(<object> PyTuple_GET_ITEM(parts, i))
        self.depth -= 1
        return 0

    cdef int write_state(self, StateSerializer serializer, object value) except -1:
        """The arguments of ``__new__`` and the state of an object."""
        cdef tuple arguments = serializer.arguments(value)
        enter(self)
        self.write_any(arguments[0])
        self.write_any(arguments[1])
        self.write_any(value.__getstate__())
        self.depth -= 1
        return 0

    cdef int write_union(self, Codec codec, object value) except -1:
        cdef Codec case
        number, case, content = codec.serializer.case_of(value)
        put_varuint(self, number)
        if content is None:
            return put_u8(self, FLAG_NULL)
        if case.kind == DYNAMIC:
            enter(self)
            self.write_any(content)
            self.depth -= 1
            return 0
        if not case.trackable:
            put_u8(self, FLAG_VALUE)
        elif self.write_flag(content):
            return 0
        enter(self)
        self.write_info(case)
        self.write_payload(case, content)
        self.depth -= 1
        return 0

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


cdef int encode_message(Encoder encoder, object value, object callback) except -1:
    """Append one root value; of what it took only the path to an error stays."""
    cdef int bitmap = encoder.xlang
    if callback is not None:
        encoder.buffer_callback = callback
        bitmap |= OUT_OF_BAND
    if encoder.misfit is not None:
        encoder.misfit = None
    if encoder.path:
        encoder.path = []
    encoder.in_cycle = False
    try:
        if encoder.track_ref or value is None:
            put_u8(encoder, bitmap)
            encoder.write_any(value)
        elif type(value) is dict and encoder.hooks is None:
            put_u16(encoder, bitmap | FLAG_VALUE << 8)
            put_u8(encoder, MAP)
            encoder.write_map(MAP_CODEC, value)
        else:
            put_u16(encoder, bitmap | FLAG_VALUE << 8)
            encoder.write_value(value)
    finally:
        encoder.reset()
    return 0


cdef inline int write_step(Encoder encoder, Step* step, object instance) except -1:
    """One field; the common leaves need no more than a look at their type."""
    cdef PyObject* slot
    cdef object value
    cdef Leaf leaf
    if step.slot:
        slot = (<PyObject**> (<char*> <PyObject*> instance + step.slot))[0]
        if slot == NULL:
            raise AttributeError(<object> step.name)
        value = <object> slot
    else:
        value = get_attribute(instance, <object> step.name)
    if step.kind != FRAMED_STEP and value is not None:
        if look_at(<PyObject*> value, &leaf) == step.kind:
            return put_leaf(encoder, FLAG_VALUE if step.nullable else -1, &leaf)
        if step.nullable:
            put_u8(encoder, FLAG_VALUE)
        return encoder.write_payload((<Field> step.field).codec, value)
    return encoder.write_field(<Field> step.field, value)
