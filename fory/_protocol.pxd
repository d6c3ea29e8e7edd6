"""What Python's own protocol says about instances."""


cdef class Attributes:
    cdef readonly list slots
    cdef readonly frozenset hidden      # names that a descriptor of the class has, too

    cpdef dict of(self, object value)


cdef class Reduction:
    cdef readonly object policy
    cdef readonly bint watched          # by more than the default policy

    cpdef tuple parts(self, object value)
    cpdef tuple checked(self, object value, object reduced)
    cpdef object find(self, object name)
    cpdef object call(self, object function, object args)
    cpdef object finish(self, object obj, list rest)
