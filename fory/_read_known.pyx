"""Short forms of classes of the standard library; ``_known`` has their rules."""

from cpython.bytearray cimport PyByteArray_FromStringAndSize
from cpython.object cimport PyObject, PyObject_GenericSetAttr, PyTypeObject

from fory._buffer cimport get_f64, get_size, get_u8, get_varuint, need
from fory._codec cimport LIST, MAP, Codec
from fory._cpython cimport new_instance, owned
from fory._protocol cimport blame, made_by_call, restore
from fory._read_arrays cimport ArrayReader
from fory._reader cimport enter, publish

from math import gcd

from fory._extras import safety
from fory.error import DecodeError
from fory.types import TypeId

cdef extern from "Python.h":
    object PyComplex_FromDoubles(double real, double imag)
    PyObject* PyFrozenSet_New(object items)
    object instance_of "PyType_GenericAlloc"(PyTypeObject* cls, Py_ssize_t n)

cdef int ORDERED_DICT = TypeId.ORDERED_DICT
cdef int DEQUE = TypeId.DEQUE
cdef int DEFAULT_DICT = TypeId.DEFAULT_DICT
cdef int COUNTER = TypeId.COUNTER
cdef int PARTIAL = TypeId.PARTIAL
cdef int FRACTION = TypeId.FRACTION
cdef int UUID = TypeId.UUID
cdef int COMPLEX = TypeId.COMPLEX
cdef int SLICE = TypeId.SLICE
cdef int NDARRAY = TypeId.NDARRAY
cdef int PYARRAY = TypeId.PYARRAY
cdef int WRITABLE_BUFFER = TypeId.WRITABLE_BUFFER
cdef int FROZENSET = TypeId.FROZENSET
cdef int BYTEARRAY = TypeId.BYTEARRAY

cdef tuple NO_ARGS = ()
cdef Codec LIST_CODEC = Codec(LIST)
cdef Codec TUPLE_CODEC = Codec(LIST, TypeId.TUPLE, make=tuple)
cdef Codec MAP_CODEC = Codec(MAP)


cdef class KnownReader(ArrayReader):
    """Classes of the standard library, made of their parts."""

    cdef object read_known(self, Codec codec):
        """An instance; no policy wants to see it."""
        cdef int form = codec.type_id
        cdef object result, cls = codec.cls
        enter(self)
        if form <= WRITABLE_BUFFER:
            result = self.read_plain(form)
            self.depth -= 1
            return result
        if cls is None:
            cls = codec.serializer.cls
            codec.update(cls=cls)
        if form == ORDERED_DICT or form == COUNTER or form == DEFAULT_DICT:
            result = self.read_mapping(form, cls)
        elif form == DEQUE:
            result = self.read_deque(cls)
        else:
            self.slot = -1
            result = self.read_value_of(form, cls)
        self.depth -= 1
        return result

    cdef object read_plain(self, int form):
        """What strict messages have, too."""
        if form == NDARRAY:
            return self.read_ndarray()
        self.slot = -1
        if form == SLICE:
            return slice(self.read_any(), self.read_any(), self.read_any())
        if form == PYARRAY:
            return self.read_pyarray_of()
        return self.read_pickle_buffer(form == WRITABLE_BUFFER)

    cdef object read_value_of(self, int form, object cls):
        """An instance that cannot contain itself."""
        cdef double real
        if form == COMPLEX:
            real = get_f64(self)
            return PyComplex_FromDoubles(real, get_f64(self))
        if form == UUID:
            return self.read_uuid(cls)
        if form == FRACTION:
            return self.read_fraction(cls)
        if form == PARTIAL:
            return self.read_partial(cls)
        if form == BYTEARRAY:
            return self.read_bytearray()
        if form == FROZENSET:
            return frozen(self.read_collection(LIST_CODEC))
        return made_by_call(cls, (self.read_any(), self.read_any(), self.read_any()))

    cdef object read_mapping(self, int form, object cls):
        cdef Py_ssize_t slot = self.slot
        cdef object result, factory, state = None
        if form == DEFAULT_DICT:
            factory = self.read_any()
            result = made_by_call(cls, NO_ARGS if factory is None else (factory,))
        else:
            result = new_instance(cls, NO_ARGS)
        if form == ORDERED_DICT:
            state = self.read_any()
        self.slot = slot
        publish(self, result)
        self.slot = -1
        self.fill_map(MAP_CODEC, <dict> result, get_size(self))
        if state is not None:
            restore(result, state)
        return result

    cdef object read_deque(self, object cls):
        cdef Py_ssize_t bound = get_varuint(self)
        cdef object result
        result = made_by_call(cls, ((), bound - 1)) if bound else new_instance(cls, NO_ARGS)
        publish(self, result)
        result.extend(self.read_collection(LIST_CODEC))
        return result

    cdef object read_partial(self, object cls):
        cdef object function = self.read_any()
        cdef tuple args = tuple(self.read_collection(TUPLE_CODEC))
        cdef dict keywords = self.read_map(MAP_CODEC)
        cdef object extras = self.read_any()
        cdef object result
        if keywords or extras is not None:
            result = made_by_call(cls, (function,))
            restore(result, (function, args, keywords, extras))
            return result
        return made_by_call(cls, (function, *args))

    cdef object read_fraction(self, object cls):
        """A fraction in lowest terms, as its class keeps it."""
        cdef object numerator = self.read_any(), denominator = self.read_any()
        cdef object result
        if type(numerator) is not int or type(denominator) is not int or (
            denominator < 1 or gcd(numerator, denominator) != 1
        ):
            return made_by_call(cls, (numerator, denominator))
        result = instance_of(<PyTypeObject*> cls, 0)
        PyObject_GenericSetAttr(result, "_numerator", numerator)
        PyObject_GenericSetAttr(result, "_denominator", denominator)
        return result

    cdef object read_uuid(self, object cls):
        """A UUID, whose class forbids to set what it is made of."""
        cdef object number, result
        cdef int safe
        need(self, 17)
        number = int.from_bytes(
            (<char*> self.base)[self.reader:self.reader + 16], "big"
        )
        safe = self.base[self.reader + 16]
        self.reader += 17
        if safe >= len(safety()):
            raise DecodeError(f"a UUID has the unknown safety {safe}")
        result = instance_of(<PyTypeObject*> cls, 0)
        PyObject_GenericSetAttr(result, "int", number)
        PyObject_GenericSetAttr(result, "is_safe", safety()[safe])
        return result

    cdef object read_bytearray(self):
        cdef Py_ssize_t n = get_size(self)
        need(self, n)
        self.reader += n
        return PyByteArray_FromStringAndSize(
            <char*> self.base + self.reader - n, n
        )


cdef object frozen(object items):
    cdef PyObject* result = PyFrozenSet_New(items)
    if result == NULL:
        blame(frozenset)
    return owned(result)
