"""numpy arrays, read; ``_ndarray`` has the rules."""

from cpython.buffer cimport (
    PyBUF_READ, PyBUF_SIMPLE, PyBUF_STRIDES, PyBUF_WRITABLE, PyBuffer_Release,
    PyObject_GetBuffer,
)
from cpython.bytearray cimport PyByteArray_FromStringAndSize
from cpython.dict cimport PyDict_GetItem
from cpython.memoryview cimport PyMemoryView_FromMemory
from cpython.object cimport PyObject, PyObject_GenericSetAttr, PyTypeObject
from libc.stdint cimport uint64_t
from libc.string cimport memcpy

from fory._buffer cimport get_size, get_u8, get_varint, get_varuint, need
from fory._codec cimport Codec
from fory._reader cimport PyList_GET_ITEM, enter, publish
from fory._read_containers cimport ContainerReader
from fory._strings cimport get_string

import array

from _pickle import PickleBuffer

from fory import _dtypes, _ndarray
from fory.arrays import ARRAY_CLASSES as _ARRAY_CLASSES
from fory.error import DecodeError

cdef extern from "Python.h":
    object instance_of "PyType_GenericAlloc"(PyTypeObject* cls, Py_ssize_t n)

cdef enum:
    LAST_DENSE = 56          # id of arrays
    MOST_NAMES = 256         # announcements that are remembered
    LONG_NAME = 256

cdef int MAX_DIMENSIONS = _ndarray.MAX_DIMENSIONS
cdef str AS_REDUCTION = _ndarray.AS_REDUCTION
cdef uint64_t TOO_MANY = <uint64_t> 1 << 62
cdef dict NAMES = {}         # what announces arrays
cdef list DENSE_IDS = []     # what the ids of dense arrays announce
cdef dict CARRIERS = {cls.type_id: Carrier(cls) for cls in _ARRAY_CLASSES}
cdef object PYARRAY = array.array
cdef object NUMPY_EMPTY = None
cdef object NUMPY_FROM_BUFFER = None


cdef int load_numpy() except -1:
    """Fetch what makes arrays when the first one is read."""
    global NUMPY_EMPTY, NUMPY_FROM_BUFFER
    import numpy as np

    NUMPY_FROM_BUFFER = np.frombuffer
    NUMPY_EMPTY = np.empty
    dense = {cls.type_id: announced(cls.dtype) for cls in _ARRAY_CLASSES}
    DENSE_IDS.extend([dense.get(i) for i in range(LAST_DENSE + 1)])
    return 0


cdef class Announced:
    """What stands before the shape of an array."""


cdef class Carrier:
    """The class for numbers of one kind, and how it keeps them."""

    def __init__(self, cls):
        self.cls = cls
        self.width = cls.width
        self.storage = cls.storage


cdef Announced announced(str name):
    """The dtype and more of an array; a few of them come again and again."""
    cdef PyObject* known = PyDict_GetItem(NAMES, name)
    cdef Announced about
    if known != NULL:
        return <Announced> known
    about = Announced()
    about.dtype, about.fortran, about.fixed = _dtypes.parse(name)
    about.objects = about.dtype.hasobject
    about.width = about.dtype.itemsize
    if len(name) <= LONG_NAME:
        if len(NAMES) >= MOST_NAMES:
            NAMES.clear()
        NAMES[name] = about
    return about


cdef class ArrayReader(ContainerReader):
    """Dense arrays, arrays with their dtype and shape, and buffers."""

    cdef object read_any(self):
        """Flag, type info and payload: a value in a generic position."""
        raise NotImplementedError

    cdef object read_ndarray(self):
        """Return the array; one that was out of band is a view on its buffer."""
        cdef PyObject* dense = NULL
        cdef str name
        if not DENSE_IDS:
            load_numpy()
        need(self, 1)
        if self.base[self.reader] <= LAST_DENSE:
            dense = PyList_GET_ITEM(DENSE_IDS, self.base[self.reader])
            if dense != <PyObject*> None:
                self.reader += 1
                return self.read_numbers(<Announced> dense)
        name = get_string(self)
        if name == AS_REDUCTION:
            self.slot = -1
            return self.read_payload(_ndarray.reduction_plan(self, None))
        return self.read_shaped(announced(name))

    cdef object read_numbers(self, Announced about):
        """A numpy array of one dimension, a copy."""
        cdef Py_ssize_t n_bytes = self.read_n_bytes(about.width)
        return self.copied(NUMPY_EMPTY(n_bytes // about.width, about.dtype), n_bytes)

    cdef object read_dense(self, Codec codec):
        """Numbers in the carrier that the plan says."""
        cdef object result, carrier = codec.serializer.carrier
        enter(self)
        if carrier is None:
            result = self.read_wrapper(CARRIERS[codec.type_id])
        elif carrier is PYARRAY:
            result = self.read_pyarray(CARRIERS[codec.type_id])
        else:
            if not DENSE_IDS:
                load_numpy()
            result = self.read_numbers(DENSE_IDS[codec.type_id])
        self.depth -= 1
        return result

    cdef object read_wrapper(self, Carrier carrier):
        """A sequence that is a view on the message."""
        cdef object result = instance_of(<PyTypeObject*> carrier.cls, 0)
        view = self.read_view(self.read_n_bytes(carrier.width)).cast(carrier.storage)
        PyObject_GenericSetAttr(result, "_view", view)
        return result

    cdef object read_pyarray(self, Carrier carrier):
        """An ``array.array``, a copy."""
        cdef object result = PYARRAY(carrier.storage)
        cdef Py_ssize_t n_bytes = self.read_n_bytes(carrier.width)
        result.frombytes(
            PyMemoryView_FromMemory(
                <char*> self.base + self.reader, n_bytes, PyBUF_READ
            )
        )
        self.reader += n_bytes
        return result

    cdef object read_pyarray_of(self):
        """An ``array.array`` behind the id of its numbers."""
        cdef int type_id = get_u8(self)
        if type_id not in CARRIERS:
            raise DecodeError(f"{type_id} is not the id of an array")
        return self.read_pyarray(CARRIERS[type_id])

    cdef object read_shaped(self, Announced about):
        """An array behind what announces it."""
        cdef uint64_t i, n, n_dimensions = get_varuint(self), n_bytes = about.width
        cdef bint is_empty = False
        cdef list shape = []
        cdef object result
        if n_dimensions > MAX_DIMENSIONS:
            raise DecodeError(f"an array has {n_dimensions} dimensions")
        for i in range(n_dimensions):
            n = get_varuint(self)
            is_empty |= n == 0
            n_bytes = n_bytes * n if n_bytes <= TOO_MANY // (n or 1) else TOO_MANY
            shape.append(n)
        if is_empty:
            n_bytes = 0
        if about.objects:
            result = self.read_objects(about, tuple(shape), n_bytes // about.width)
        else:
            result = self.read_elements(about, tuple(shape), n_bytes)
        if about.fixed:
            result.setflags(False)
        return result

    cdef object read_elements(self, Announced about, tuple shape, uint64_t n_bytes):
        """An array of anything but objects, from the message or from beside it."""
        cdef Py_ssize_t size
        if self.is_outside():
            return self.read_beside(about, shape, n_bytes)
        size = get_size(self)
        need(self, size)
        if <uint64_t> size != n_bytes:
            raise _ndarray.wrong_size(shape, about.dtype, size)
        return self.copied(made(about, shape), size)

    cdef object read_beside(self, Announced about, tuple shape, uint64_t n_bytes):
        """A view on the next buffer."""
        cdef object source = self.next_source()
        cdef Py_ssize_t size = size_of(source)
        if <uint64_t> size != n_bytes:
            raise _ndarray.wrong_size(shape, about.dtype, size)
        if size == 0:
            return made(about, shape)
        try:
            result = NUMPY_FROM_BUFFER(source, about.dtype)
            if len(shape) == 1:
                return result
            return result.reshape(shape, order="F" if about.fortran else "C")
        except (ValueError, BufferError) as error:
            raise DecodeError(
                f"an array has an impossible shape: {error}"
            ) from error

    cdef object read_objects(self, Announced about, tuple shape, uint64_t n_objects):
        """An array whose items are values, or arrays of them."""
        cdef Py_ssize_t i, n = get_varint(self), expected = 1
        cdef list items = []
        cdef object result
        if shape:
            expected = shape[-1 if about.fortran else 0]
        if n != expected:
            raise DecodeError(f"an array of shape {shape} has {n} items")
        need(self, <Py_ssize_t> n_objects)
        result = made(about, shape)
        publish(self, result)
        for i in range(n):
            items.append(self.read_any())
        _ndarray.fill(result.T if about.fortran else result, items)
        return result

    cdef object copied(self, object result, Py_ssize_t n_bytes):
        """Fill a new array with bytes that are there."""
        cdef Py_buffer view
        PyObject_GetBuffer(result, &view, PyBUF_STRIDES | PyBUF_WRITABLE)
        if n_bytes:
            memcpy(view.buf, self.base + self.reader, n_bytes)
        PyBuffer_Release(&view)
        self.reader += n_bytes
        return result

    cdef bint is_outside(self) except -1:
        """Whether the next buffer is beside the message."""
        return self.buffers is not None and not get_u8(self)

    cdef object read_pickle_buffer(self, bint writable):
        """A buffer: what was beside the message, a view on it, or a copy."""
        cdef object source
        cdef Py_ssize_t n
        if self.is_outside():
            source = self.next_source()
            if not writable and not memoryview(source).readonly:
                source = memoryview(source).toreadonly()
            return PickleBuffer(source)
        n = get_size(self)
        if not writable:
            return PickleBuffer(self.read_view(n))
        need(self, n)
        self.reader += n
        return PickleBuffer(
            PyByteArray_FromStringAndSize(<char*> self.base + self.reader - n, n)
        )


cdef object made(Announced about, tuple shape):
    """A new array whose elements are still to be set."""
    if about.width == 0:
        return _ndarray.empty(shape, about.dtype, "F" if about.fortran else "C")
    try:
        return NUMPY_EMPTY(shape, about.dtype, "F" if about.fortran else "C")
    except ValueError as error:
        raise DecodeError(f"an array has an impossible shape: {error}") from error


cdef Py_ssize_t size_of(object source) except -1:
    """How many bytes a buffer has."""
    cdef Py_buffer view
    try:
        PyObject_GetBuffer(source, &view, PyBUF_SIMPLE)
    except (BufferError, ValueError) as error:  # the latter is numpy's
        raise DecodeError(f"a buffer is not contiguous: {error}") from error
    PyBuffer_Release(&view)
    return view.len
