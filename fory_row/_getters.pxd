"""The getters of the official views."""


cdef class Getters:
    pass
