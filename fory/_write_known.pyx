"""Short forms of classes of the standard library; ``_known`` has their rules."""

from cpython.bytearray cimport PyByteArray_AS_STRING, PyByteArray_GET_SIZE
from cpython.object cimport PyObject

from fory._buffer cimport put_f64, put_u8, put_varuint
from fory._codec cimport FLAG_NULL, FLAG_VALUE, LIST, MAP, Codec
from fory._write_arrays cimport ArrayWriter
from fory._writer cimport begin_open, enter

from fory._extras import safety
from fory._outside import dense
from fory.types import TypeId

cdef extern from "Python.h":
    PyObject** dict_of "_PyObject_GetDictPtr"(object value) noexcept
    double real_of "PyComplex_RealAsDouble"(object value) noexcept
    double imag_of "PyComplex_ImagAsDouble"(object value) noexcept

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

cdef Codec LIST_CODEC = Codec(LIST, trackable=True)
cdef Codec TUPLE_CODEC = Codec(LIST, TypeId.TUPLE, trackable=True, make=tuple)
cdef Codec MAP_CODEC = Codec(MAP, trackable=True)


cdef class KnownWriter(ArrayWriter):
    """What classes of the standard library are made of."""

    cdef int write_known(self, Codec codec, object value) except -1:
        """The parts of an instance; what some of them need must be complete first."""
        cdef int form = codec.type_id
        cdef bint waits = self.track_ref and (form == PARTIAL or form == FROZENSET)
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
