"""What compiled code reads instead of serializer objects, where no policy watches.

Short forms of classes of the standard library (``_known`` has their rules), functions
and classes by name, methods, zones.
"""

from cpython.bytearray cimport PyByteArray_FromStringAndSize
from cpython.dict cimport PyDict_GetItem
from cpython.list cimport PyList_GET_SIZE, PyList_SetSlice
from cpython.object cimport PyObject, PyObject_GenericSetAttr, PyTypeObject
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_GET_SIZE

from fory._buffer cimport get_f64, get_size, get_u8, get_varint, get_varuint, need
from fory._codec cimport FLAG_NULL, LIST, MAP, Codec
from fory._cpython cimport items_of, made_instance, new_instance, owned
from fory._protocol cimport MOST_ARGS, blame, made_by_call, made_from, restore
from fory._read_arrays cimport ArrayReader
from fory._read_containers cimport set_place
from fory._reader cimport enter, publish
from fory._scalars cimport Wall, datetime_on, get_wall
from fory._strings cimport get_string

from math import gcd

from fory._extras import fixed_zone, named_zone, read_zone, safety
from fory._globals import bound_method, find, method_of
from fory.error import DecodeError
from fory.policy import DeserializationPolicy
from fory._type_ids import TypeId

cdef extern from "Python.h":
    object PyComplex_FromDoubles(double real, double imag)
    PyObject* modules "PyImport_GetModuleDict"() noexcept
    PyObject* try_attribute "PyObject_GetAttr"(object value, object name) noexcept
    void clear_error "PyErr_Clear"() noexcept
    bint PyCallable_Check(object value) noexcept
    bint PyModule_CheckExact(object value) noexcept
    PyObject* names_of "PyModule_GetDict"(object module) noexcept
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

cdef int METHOD = TypeId.METHOD
cdef int FUNCTION = TypeId.FUNCTION
cdef int CLASS = TypeId.CLASS
cdef int BUILTIN = TypeId.BUILTIN

cdef enum:
    IMPORTED_FUNCTION = 1
    IMPORTED_CLASS = 0
    ZONE_OFFSET = 0
    ZONE_KEY = 1

cdef object OPEN = DeserializationPolicy()
cdef str ZONES = "fory.zones"
cdef tuple NO_ARGS = ()
cdef Codec LIST_CODEC = Codec(LIST)
cdef Codec TUPLE_CODEC = Codec(LIST, TypeId.TUPLE, make=tuple)
cdef Codec MAP_CODEC = Codec(MAP)


cdef class KnownReader(ArrayReader):
    """Classes of the standard library, made of their parts."""

    cdef object read_ext(self, Codec codec):
        """What a serializer object reads."""
        raise NotImplementedError

    cdef object read_known(self, Codec codec):
        """An instance; no policy wants to see it."""
        cdef int form = codec.type_id
        cdef object result, cls = codec.cls
        if form == FUNCTION or form == CLASS:
            return self.read_place(codec)
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
        if form == METHOD:
            return self.read_method()
        if form == BUILTIN:
            return self.read_builtin()
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
        cdef PyObject* places[MOST_ARGS + 1]
        cdef object function = self.read_any()
        cdef tuple args = tuple(self.read_collection(TUPLE_CODEC))
        cdef Py_ssize_t i, n = PyTuple_GET_SIZE(args)
        cdef object result, keywords, extras
        need(self, 2)
        if n < MOST_ARGS and not self.base[self.reader] and (
            self.base[self.reader + 1] == FLAG_NULL
        ):
            self.reader += 2
            places[1] = <PyObject*> function
            for i in range(n):
                places[i + 2] = PyTuple_GET_ITEM(args, i)
            return made_from(cls, places + 1, n + 1)
        keywords = self.read_map(MAP_CODEC)
        extras = self.read_any()
        result = made_by_call(cls, (function,))
        restore(result, (function, args, keywords, extras))
        return result

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


    # ---- named tuples and subclasses of containers ----------------------------------

    cdef object read_named_tuple(self, Codec codec):
        """A named tuple, which nothing can refer to before it is complete."""
        cdef object form = codec.serializer
        cdef Py_ssize_t i, n = form.n_fields
        cdef object result
        if not form.is_usual:
            return self.read_ext(codec)
        self.slot = -1
        enter(self)
        result = instance_of(<PyTypeObject*> codec.cls, n)
        for i in range(n):
            set_place(items_of(result) + i, self.read_any())
        self.depth -= 1
        return result

    cdef object read_subclass(self, Codec codec):
        """A list, set or dict with attributes; its ``__init__`` does not run."""
        cdef object form = codec.serializer, result, state
        base, takes_state, slots = form.traits
        cdef PyObject* made = made_instance(codec.cls, NO_ARGS)
        if made == NULL:
            blame(codec.cls)
        result = owned(made)
        enter(self)
        publish(self, result)
        self.slot = -1
        if base is dict:
            self.fill_map(MAP_CODEC, <dict> result, get_size(self))
        elif base is list:
            append_all(result, self.read_collection(LIST_CODEC))
        else:
            form.add(result, self.read_collection(LIST_CODEC))
        state = self.read_any()
        if state is not None and (state or takes_state):
            form.give(result, state)
        if slots:
            form.fill_slots(self, result)
        self.depth -= 1
        return result

    # ---- code -----------------------------------------------------------------------

    cdef object read_place(self, Codec codec):
        """A function or class under its module and name, or by value."""
        cdef bint is_class = codec.type_id == CLASS
        cdef str module, name
        cdef object found
        need(self, 1)
        if self.base[self.reader] != (
            IMPORTED_CLASS if is_class else IMPORTED_FUNCTION
        ):
            return self.read_ext(codec)
        self.reader += 1
        self.slot = -1
        module = get_string(self)
        name = get_string(self)
        found = loaded(module, name)
        if found is None:
            found = find(module, name, OPEN)
        if is_class and not isinstance(found, type):
            raise DecodeError(f"{found!r:.60} is not a class")
        return found

    cdef object read_method(self):
        """A bound method: an object, and the name or function."""
        cdef object owner = self.read_any()
        cdef str name = get_string(self)
        return method_at(owner, name) if name else bound_method(self.read_any(), owner)

    cdef object read_builtin(self):
        """A function of the interpreter, or a method of an object."""
        cdef str module, name = get_string(self)
        cdef object found
        if not get_u8(self):
            return method_at(self.read_any(), name)
        module = get_string(self)
        found = loaded(module, name)
        return find(module, name, OPEN) if found is None else found

    # ---- zones ----------------------------------------------------------------------

    cdef object read_zoned(self):
        """A datetime that is no moment in UTC (``fory._pure.scalars``)."""
        cdef Wall wall
        return datetime_on(
            &wall, self.read_zone() if get_wall(self, &wall) else None, self
        )

    cdef object read_zone(self):
        """A zone, most often that of the datetime before."""
        cdef int kind
        cdef object zone, place
        cdef dict zones
        need(self, 1)
        kind = self.base[self.reader]
        if kind != ZONE_OFFSET and kind != ZONE_KEY:
            return read_zone(self)
        self.reader += 1
        if kind == ZONE_OFFSET:
            place = get_varint(self)
            zone = self.read_any()
            if zone is not None:
                return fixed_zone(place, zone)
        else:
            place = get_string(self)
        if self.context is None:
            self.context = {}
        zones = self.context.setdefault(ZONES, {})
        zone = zones.get(place)
        if zone is None:
            zone = fixed_zone(place) if kind == ZONE_OFFSET else named_zone(place)
            zones[place] = zone
        return zone


cdef object method_at(object owner, str name):
    """What an object has under a name; it must be callable."""
    cdef PyObject* found = try_attribute(owner, name)
    if found == NULL:
        clear_error()
    elif PyCallable_Check(<object> found):
        return owned(found)
    else:
        owned(found)
    return method_of(owner, name)


cdef int append_all(object result, list items) except -1:
    """Extend a list past what its class may have instead of ``extend``."""
    cdef Py_ssize_t n = PyList_GET_SIZE(result)
    return PyList_SetSlice(result, n, n, items)


cdef object loaded(str module, str name):
    """What a loaded module has under a plain name, None if it takes more to say."""
    cdef PyObject* home = PyDict_GetItem(<object> modules(), module)
    cdef PyObject* found
    if home == NULL or not PyModule_CheckExact(<object> home):
        return None
    found = PyDict_GetItem(<object> names_of(<object> home), name)
    return None if found == NULL else <object> found


cdef object frozen(object items):
    cdef PyObject* result = PyFrozenSet_New(items)
    if result == NULL:
        blame(frozenset)
    return owned(result)
