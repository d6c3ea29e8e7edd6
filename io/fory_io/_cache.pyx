"""What was decoded or fetched last, within a budget of bytes."""

cimport cython
from cpython.dict cimport PyDict_GetItem
from cpython.object cimport PyObject
from libc.stdint cimport int64_t


@cython.final
@cython.freelist(8)
cdef class Kept:
    """A value and its neighbours in the order of use, which the dict of all keeps."""


cdef class Cache:
    """Keeps the values used last; what is dropped stays valid for who holds it.

    A value costs a look into a dict, a new one makes room in memory for itself: those
    used longest ago go one by one. Threads need no lock: a value that two of them bring
    is kept once.

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
        cdef PyObject* found = PyDict_GetItem(self.kept, key)
        if found == NULL:
            return None
        if found != self.newest:
            self.unlink(<Kept> found)
            self.link(<Kept> found)
        return (<Kept> found).value

    cpdef int put(self, key, value, int64_t n_bytes) except -1:
        """Keep a value of ``n_bytes``; those used longest ago make room."""
        cdef Kept made = Kept.__new__(Kept)
        made.key = key
        made.value = value
        made.n_bytes = n_bytes
        if self.kept.setdefault(key, made) is not made:
            return 0
        self.link(made)
        self.n_bytes += n_bytes
        while self.n_bytes > self.budget and self.oldest != self.newest:
            self.drop_oldest()
        return 0

    cpdef int clear(self) except -1:
        """Drop everything."""
        gone, self.kept = self.kept, {}  # freed when nothing points at it any more
        self.newest = self.oldest = NULL
        self.n_bytes = 0
        return 0

    cdef void link(self, Kept made) noexcept:
        """Put a value in front of all others."""
        made.newer = NULL
        made.older = self.newest
        if self.newest != NULL:
            (<Kept> self.newest).newer = <PyObject*> made
        else:
            self.oldest = <PyObject*> made
        self.newest = <PyObject*> made

    cdef void unlink(self, Kept gone) noexcept:
        """Take a value out of the order."""
        if gone.newer != NULL:
            (<Kept> gone.newer).older = gone.older
        else:
            self.newest = gone.older
        if gone.older != NULL:
            (<Kept> gone.older).newer = gone.newer
        else:
            self.oldest = gone.newer

    cdef int drop_oldest(self) except -1:
        cdef Kept gone = <Kept> self.oldest
        self.unlink(gone)
        self.n_bytes -= gone.n_bytes
        del self.kept[gone.key]
        return 0
