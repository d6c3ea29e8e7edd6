"""What compiled code writes instead of serializer objects.

Short forms of classes of the standard library (``_known`` has their rules), functions
and classes by name, subclasses of containers, zones.
"""

from cpython.bytearray cimport PyByteArray_AS_STRING, PyByteArray_GET_SIZE
from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.dict cimport (
    PyDict_Copy, PyDict_GetItem, PyDict_New, PyDict_Next, PyDict_SetItem,
)
from cpython.list cimport PyList_GET_SIZE, PyList_GetSlice
from cpython.object cimport PyObject

from fory._buffer cimport put_f64, put_u8, put_varuint
from fory._codec cimport FLAG_NULL, FLAG_VALUE, LIST, MAP, Codec
from fory._scalars cimport put_wall, zone_of
from fory._strings cimport put_string
from fory._write_arrays cimport ArrayWriter
from fory._writer cimport begin_open, enter

from fory._extras import safety, write_zone
from fory._globals import MAIN as _MAIN
from fory._globals import by_value as _by_value
from fory._outside import dense
from fory._type_ids import TypeId

cdef extern from "Python.h":
    PyObject** dict_of "_PyObject_GetDictPtr"(object value) noexcept
    double real_of "PyComplex_RealAsDouble"(object value) noexcept
    double imag_of "PyComplex_ImagAsDouble"(object value) noexcept
    PyObject* modules "PyImport_GetModuleDict"() noexcept
    bint PyModule_CheckExact(object value) noexcept
    PyObject* names_of "PyModule_GetDict"(object module) noexcept

cdef int NDARRAY = TypeId.NDARRAY
cdef int PYARRAY = TypeId.PYARRAY
cdef int PICKLE_BUFFER = TypeId.PICKLE_BUFFER
cdef int WRITABLE_BUFFER = TypeId.WRITABLE_BUFFER
cdef int ORDERED_DICT = TypeId.ORDERED_DICT
cdef int DEQUE = TypeId.DEQUE
cdef int DEFAULT_DICT = TypeId.DEFAULT_DICT
cdef int COUNTER = TypeId.COUNTER
cdef int PARTIAL = TypeId.PARTIAL
cdef int FRACTION = TypeId.FRACTION
cdef int UUID = TypeId.UUID
cdef int COMPLEX = TypeId.COMPLEX
cdef int FROZENSET = TypeId.FROZENSET
cdef int BYTEARRAY = TypeId.BYTEARRAY
cdef int FUNCTION = TypeId.FUNCTION
cdef int CLASS = TypeId.CLASS
cdef int BUILTIN = TypeId.BUILTIN

cdef enum:
    IMPORTED_FUNCTION = 1
    IMPORTED_CLASS = 0
    ZONE_OBJECT = 2

cdef str ZONES = "fory.zones"

cdef Codec LIST_CODEC = Codec(LIST, trackable=True)
cdef Codec LENIENT_CODEC = Codec(LIST, lenient=True)
cdef Codec TUPLE_CODEC = Codec(LIST, TypeId.TUPLE, trackable=True, make=tuple)
cdef Codec MAP_CODEC = Codec(MAP, trackable=True)


cdef class KnownWriter(ArrayWriter):
    """What classes of the standard library are made of."""

    cdef int write_known(self, Codec codec, object value) except -1:
        """The parts of an instance; what some of them need must be complete first."""
        cdef int form = codec.type_id
        cdef bint waits = self.track_ref and (form == PARTIAL or form == FROZENSET)
        if CLASS <= form <= BUILTIN:
            return self.write_code(codec, value)
        enter(self)
        if waits:
            begin_open(self, value)
        if form == NDARRAY:
            self.write_ndarray(value)
        elif form == PYARRAY:
            self.write_pyarray(value)
        elif form == PICKLE_BUFFER or form == WRITABLE_BUFFER:
            self.write_binary(dense(value))
        elif form == COMPLEX:
            put_f64(self, real_of(value))
            put_f64(self, imag_of(value))
        elif form == UUID:
            self.put_bytes(value.int.to_bytes(16, "big"))
            put_u8(self, safety().index(value.is_safe))
        elif form == FRACTION:
            self.write_untracked(value.numerator)
            self.write_untracked(value.denominator)
        elif form == BYTEARRAY:
            put_varuint(self, PyByteArray_GET_SIZE(value))
            self.write_raw(PyByteArray_AS_STRING(value), PyByteArray_GET_SIZE(value))
        elif form == PARTIAL:
            self.write_partial(value)
        elif form == FROZENSET:
            self.write_collection(LIST_CODEC, list(value))
        elif form == DEQUE:
            bound = value.maxlen
            put_varuint(self, 0 if bound is None else bound + 1)
            self.write_collection(LIST_CODEC, list(value))
        elif form == COUNTER:
            self.write_map(MAP_CODEC, dict(value))
        elif form == DEFAULT_DICT:
            self.write_any(value.default_factory)
            self.write_map(MAP_CODEC, dict(value))
        elif form == ORDERED_DICT:
            self.write_extras(value)
            self.write_map(MAP_CODEC, dict(value.items()))
        else:
            self.write_untracked(value.start)
            self.write_untracked(value.stop)
            self.write_untracked(value.step)
        if waits:
            self.n_open -= 1
        self.depth -= 1
        return 0

    cdef int write_partial(self, object value) except -1:
        self.write_any(value.func)
        self.write_collection(TUPLE_CODEC, value.args)
        self.write_map(MAP_CODEC, value.keywords)
        return self.write_extras(value)

    cdef int write_code(self, Codec codec, object value) except -1:
        """A function or class that a module has under its name; others by value."""
        cdef str module, name
        if codec.type_id == FUNCTION or codec.type_id == CLASS:
            module = text_or_none(getattr(value, "__module__", None))
            name = text_or_none(getattr(value, "__qualname__", None))
            if is_loaded(value, module, name):
                put_u8(
                    self,
                    IMPORTED_CLASS if codec.type_id == CLASS else IMPORTED_FUNCTION,
                )
                put_string(self, module)
                return put_string(self, name)
        enter(self)
        codec.serializer.write(self, value)
        self.depth -= 1
        return 0

    cdef int write_subclass(self, object form, object value) except -1:
        """A list, set or dict as what it is based on, then its state and slots."""
        cdef object base = form.base
        cdef PyObject** place
        enter(self)
        if base is dict:
            self.write_map(MAP_CODEC, plain_dict(<dict> value))
        elif base is list:
            self.write_collection(
                LENIENT_CODEC, PyList_GetSlice(value, 0, PyList_GET_SIZE(value))
            )
        else:
            self.write_collection(LENIENT_CODEC, list(set.__iter__(value)))
        if form.says_state:
            self.write_any(value.__getstate__())
        else:
            place = dict_of(value)
            if place == NULL or place[0] == NULL or not <object> place[0]:
                self.write_any(None if form.concise else {})
            else:
                self.write_any(PyDict_Copy(<object> place[0]))
        if form.slots:
            form.write_slots(self, value)
        self.depth -= 1
        return 0

    cdef int write_zoned(self, object value) except -1:
        """A datetime that is no moment in UTC (``fory._pure.scalars``)."""
        cdef object zone = zone_of(value), known
        cdef dict zones
        cdef Py_ssize_t start
        put_wall(self, value)
        if zone is None:
            return 0
        if self.context is None:
            self.context = {}
        zones = self.context.setdefault(ZONES, {})
        known = zones.get(<Py_ssize_t> <PyObject*> zone)
        if known is not None:
            return self.put_bytes(known[1])
        start = self.writer
        write_zone(self, zone)
        if self.base[start] != ZONE_OBJECT:
            zones[<Py_ssize_t> <PyObject*> zone] = zone, PyBytes_FromStringAndSize(
                <char*> self.base + start, self.writer - start
            )
        return 0

    cdef int write_extras(self, object value) except -1:
        """Attributes of an instance, most often none."""
        cdef PyObject** place = dict_of(value)
        if place == NULL or place[0] == NULL or not <object> place[0]:
            return put_u8(self, FLAG_NULL)
        return self.write_untracked(<object> place[0])

    cdef int write_untracked(self, object value) except -1:
        """A value with its type to which nothing refers."""
        if value is None:
            return put_u8(self, FLAG_NULL)
        put_u8(self, FLAG_VALUE)
        return self.write_value(value)


cdef dict plain_dict(dict value):
    """The entries of a dict, whatever its class has instead of ``items``."""
    cdef dict entries = PyDict_New()
    cdef Py_ssize_t place = 0
    cdef PyObject* key
    cdef PyObject* item
    while PyDict_Next(value, &place, &key, &item):
        PyDict_SetItem(entries, <object> key, <object> item)
    return entries


cdef str text_or_none(object value):
    return value if type(value) is str else None


cdef bint is_loaded(object value, str module, str name) except -1:
    """Whether a module that every process can import has ``value`` under a plain name.

    ``fory._globals.place_of`` decides about all others.
    """
    cdef PyObject* home
    if module is None or name is None or module in _MAIN or _by_value:
        return False
    home = PyDict_GetItem(<object> modules(), module)
    if home == NULL or not PyModule_CheckExact(<object> home):
        return False
    return PyDict_GetItem(<object> names_of(<object> home), name) == <PyObject*> value
