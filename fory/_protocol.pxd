"""What Python's own protocol says about instances."""

from cpython.object cimport PyObject


cdef extern from "Python.h":
    int try_to_set "PyObject_GenericSetAttr"(
        object instance, object name, object value
    ) noexcept


cdef inline int set_attribute(object instance, object name, object value) except -1:
    """Set an attribute past a ``__setattr__`` of its class, as unpickling does."""
    if try_to_set(instance, name, value) < 0:
        refuse_attribute(instance, name)
    return 0


cdef enum:
    MOST_ARGS = 8            # of a call that needs no tuple


cdef str keep_name(list names, Py_ssize_t i, str name)
cdef int hide_attribute(object instance, object name, object value) except -1
cdef int refuse_attribute(object instance, object name) except -1
cdef int blame(object function, str method=*) except -1
cdef object made_by_call(object function, tuple args)
cdef object made_from(object function, PyObject** args, Py_ssize_t n)
cdef int restore(object obj, object state) except -1


cdef class Attributes:
    cdef readonly list slots
    cdef readonly frozenset hidden      # names that a descriptor of the class has, too

    cpdef dict of(self, object value)


cdef class StateSerializer:
    cdef readonly object cls
    cdef readonly object policy
    cdef readonly bint watched          # by more than the default policy
    cdef bint concise
    cdef bint has_args, has_kwargs      # the class says what __new__ wants

    cdef tuple arguments(self, object value)
    cdef object make(self, object args, object kwargs)
    cdef int give(self, object obj, object state) except -1


cdef class Reduction:
    cdef readonly object policy
    cdef readonly bint watched          # by more than the default policy

    cdef int deny(self, object function, object args) except -1
    cpdef tuple parts(self, object value)
    cpdef tuple checked(self, object value, object reduced)
    cpdef object find(self, object name)
    cpdef object call(self, object function, object args)
    cpdef object finish(self, object obj, list rest)
