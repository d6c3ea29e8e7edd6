"""numpy arrays, written; ``_ndarray`` has the rules."""

from cpython.buffer cimport (
    PyBUF_STRIDES, PyBUF_WRITE, PyBuffer_IsContiguous, PyBuffer_Release,
    PyObject_GetBuffer,
)
from cpython.dict cimport PyDict_GetItem
from cpython.memoryview cimport PyMemoryView_FromMemory
from cpython.object cimport PyObject
from libc.stdint cimport uintptr_t
from libc.string cimport memcpy

from fory._buffer cimport put_u8, put_varint, put_varuint, reserve
from fory._codec cimport Codec
from fory._strings cimport put_string
from fory._write_containers cimport ContainerWriter
from fory._writer cimport enter

import array
import sys

from fory import _array_io, _dtypes, _ndarray
from fory.arrays import ARRAY_CLASSES as _ARRAY_CLASSES
cdef enum:
    MOST_KINDS = 256         # dtypes that are remembered

cdef int ELEMENTS = _dtypes.ELEMENTS
cdef int REDUCED = _dtypes.REDUCED
cdef Py_ssize_t OUT_OF_BAND_BYTES = _ndarray.OUT_OF_BAND_BYTES
cdef Py_ssize_t MOST_BYTES = _ndarray.MOST_BYTES
cdef Py_ssize_t SHORT_NAME = _dtypes.AMBIGUOUS.start - 1
cdef dict KINDS = {}         # by the address of a dtype
cdef Kind LAST = None        # of the array before
cdef dict TYPECODES = _array_io.id_of_typecode()
cdef object PYARRAY = array.array
cdef object NDARRAY = None   # the class, once numpy is there


cdef class Kind:
    """What a dtype means for the bytes of its arrays."""


cdef Kind kind_of(object dtype):
    """What was found out about a dtype, which most arrays share with others."""
    global LAST
    cdef PyObject* known
    if LAST is None or LAST.dtype is not dtype:
        known = PyDict_GetItem(KINDS, <uintptr_t> <PyObject*> dtype)
        LAST = new_kind(dtype) if known == NULL else <Kind> known
    return LAST


cdef Kind new_kind(object dtype):
    cdef Kind kind = Kind()
    kind.dtype = dtype
    kind.form, kind.text, kind.type_id, kind.exports = _dtypes.kind_of(dtype)
    if len(KINDS) >= MOST_KINDS:
        KINDS.clear()
    KINDS[<uintptr_t> <PyObject*> dtype] = kind
    return kind


cdef object ndarray():
    """The class of numpy's arrays, None as long as numpy is not imported."""
    global NDARRAY
    if NDARRAY is None:
        NDARRAY = getattr(sys.modules.get("numpy"), "ndarray", None)
    return NDARRAY


cdef class ArrayWriter(ContainerWriter):
    """Dense arrays, arrays with their dtype and shape, and buffers."""

    cdef int write_ndarray(self, object value) except -1:
        """Write an array of exactly the class that numpy has for them."""
        cdef Kind kind = kind_of(value.dtype)
        cdef Py_buffer view
        cdef bint out, fortran
        if kind.form == REDUCED:
            plan = _ndarray.reduction_plan(self, kind.dtype)
            put_string(self, _ndarray.AS_REDUCTION)
            return self.write_payload(plan, value)
        PyObject_GetBuffer(value, &view, PyBUF_STRIDES)
        try:
            out = self.buffer_callback is not None and view.len >= OUT_OF_BAND_BYTES
            if kind.type_id and view.ndim == 1 and not (view.readonly or out):
                put_u8(self, kind.type_id)
                return self.put_elements(
                    value, &view, PyBuffer_IsContiguous(&view, c"C")
                )
            fortran = not PyBuffer_IsContiguous(&view, c"C") and (
                PyBuffer_IsContiguous(&view, c"F")
            )
            return self.write_shaped(kind, value, &view, fortran)
        finally:
            PyBuffer_Release(&view)

    cdef int write_dense(self, Codec codec, object value) except -1:
        """Write numbers as declared: those of an array, or items that all fit."""
        cdef object cls = type(value)
        cdef bint written = False
        enter(self)
        if cls is ndarray():
            if kind_of(value.dtype).type_id == codec.type_id:
                written = self.write_numbers(value)
        elif cls is PYARRAY:
            if TYPECODES.get(value.typecode) == codec.type_id:
                written = self.write_numbers(value)
        elif cls in _ARRAY_CLASSES and cls.type_id == codec.type_id:
            written = self.write_numbers(value._view)
        if not written:
            codec.serializer.write(self, value)
        self.depth -= 1
        return 0

    cdef int write_pyarray(self, object value) except -1:
        """Write an ``array.array`` behind the id of its numbers."""
        cdef int type_id = TYPECODES.get(value.typecode, 0)
        if type_id == 0:
            raise _array_io.no_array(value)
        put_u8(self, type_id)
        self.write_numbers(value)
        return 0

    cdef bint write_numbers(self, object value) except -1:
        """Write the size and the bytes of an array; false if it has other dimensions."""
        cdef Py_buffer view
        PyObject_GetBuffer(value, &view, PyBUF_STRIDES)
        try:
            if view.ndim != 1:
                return False
            self.put_elements(value, &view, PyBuffer_IsContiguous(&view, c"C"))
            return True
        finally:
            PyBuffer_Release(&view)

    cdef int write_shaped(
        self, Kind kind, object value, Py_buffer* view, bint fortran
    ) except -1:
        """Write an array behind its dtype and shape."""
        cdef bint dense = fortran or PyBuffer_IsContiguous(view, c"C")
        cdef str name = kind.text
        cdef int i
        if fortran or view.readonly or len(name) > SHORT_NAME:
            name = _dtypes.name_of(name, fortran, view.readonly)
        put_string(self, name)
        put_varuint(self, view.ndim)
        for i in range(view.ndim):
            put_varuint(self, view.shape[i])
        if kind.form != ELEMENTS:
            return self.write_objects(value.T if fortran else value)
        if self.buffer_callback is None:
            return self.put_elements(value, view, dense)
        if fortran:
            value = value.T
        if not (kind.exports and dense):
            value = _ndarray.bytes_of(value)
        return self.write_binary(value)

    cdef int put_elements(self, object value, Py_buffer* view, bint dense) except -1:
        """Write a size, then elements as they lie in memory, or else in C order."""
        if view.len > MOST_BYTES:
            raise _ndarray.too_large(view.len)
        put_varuint(self, view.len)
        reserve(self, view.len)
        if dense:
            memcpy(self.base + self.writer, view.buf, view.len)
        elif view.len:
            there = PyMemoryView_FromMemory(
                <char*> self.base + self.writer, view.len, PyBUF_WRITE
            )
            type(value)(value.shape, value.dtype, there)[...] = value
        self.writer += view.len
        return 0

    cdef int write_objects(self, object value) except -1:
        """Write a count, then objects, or arrays of them."""
        cdef list items = list(value) if value.ndim else [value.item()]
        put_varint(self, len(items))
        for item in items:
            self.write_any(item)
        return 0
