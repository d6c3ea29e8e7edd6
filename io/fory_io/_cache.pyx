"""What was decoded or fetched last, within a budget of bytes."""

from cpython.dict cimport PyDict_GetItem
from cpython.object cimport PyObject
from libc.stdint cimport int64_t

from collections import OrderedDict


cdef class Cache:
    """Keeps the values used last; what is dropped stays valid for who holds it.

    What is used is young, which costs a look into a dict. When the young have a quarter
    of the budget they get in line behind the old, and the first of those go one by one:
    each makes room in memory for the next value. Threads need no lock: a value that
    two of them bring is kept once.

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

    cpdef object get(self, key):
        """Return the value put under ``key``, or None."""
        cdef PyObject* kept = PyDict_GetItem(self.young, key)
        if kept != NULL:
            return (<tuple> kept)[0]
        found = self.old.pop(key, None)
        if found is None:
            return None
        self.n_bytes -= found[1]
        self.put(key, found[0], found[1])
        return found[0]

    cpdef int put(self, key, value, int64_t n_bytes) except -1:
        """Keep a value of ``n_bytes``; those used longest ago make room."""
        if key in self.young or key in self.old:
            return 0
        self.young[key] = value, n_bytes
        self.young_bytes += n_bytes
        self.n_bytes += n_bytes
        if self.young_bytes > self.budget // 4:
            self.old.update(self.young)
            self.young, self.young_bytes = {}, 0
        while self.n_bytes > self.budget and len(self.old) > 1:
            _, (_, n_bytes) = self.old.popitem(last=False)
            self.n_bytes -= n_bytes
        return 0

    cpdef int clear(self) except -1:
        """Drop everything."""
        self.young, self.old = {}, OrderedDict()
        self.young_bytes = self.n_bytes = 0
        return 0
