"""What was decoded or fetched last, within a budget of bytes."""

from cpython.dict cimport PyDict_GetItem
from cpython.object cimport PyObject
from libc.stdint cimport int64_t


cdef class Cache:
    """Keeps the values used last; what is dropped stays valid for who holds it.

    Two generations: what is used moves to the young one, and when that has half of the
    budget, the old one goes and the young one takes its place. Single operations on a
    dict need no lock; threads that meet may keep a little more or less.

    Parameters
    ----------
    budget : int
        Bytes of all values together; the newest value is kept in any case.
    """

    def __init__(self, int64_t budget):
        self.budget = budget
        self.clear()

    def __reduce__(self):
        raise TypeError("a cache is part of an open file; pickle the rows")

    @property
    def n_bytes(self):
        """Bytes of all values."""
        return sum(n for part in (self.young, self.old) for _, n in part.values())

    cpdef object get(self, key):
        """Return the value put under ``key``, or None."""
        cdef PyObject* kept = PyDict_GetItem(self.young, key)
        if kept != NULL:
            return (<tuple> kept)[0]
        found = self.old.pop(key, None)
        if found is None:
            return None
        self.put(key, found[0], found[1])
        return found[0]

    cpdef int put(self, key, value, int64_t n_bytes) except -1:
        """Keep a value of ``n_bytes``; those used longest ago make room."""
        cdef int64_t half = self.budget // 2
        if self.young_bytes + n_bytes > half:
            self.old = self.young if n_bytes <= half else {}
            self.young, self.young_bytes = {}, 0
        self.young[key] = value, n_bytes
        self.young_bytes += n_bytes
        return 0

    cpdef int clear(self) except -1:
        """Drop everything."""
        self.young, self.old, self.young_bytes = {}, {}, 0
        return 0
