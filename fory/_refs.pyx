"""A hash table from the address of an object to its number of first use."""

from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.stdint cimport uint32_t, uintptr_t
from libc.stdlib cimport calloc, free, malloc

cdef enum:
    FIRST_SLOTS = 64
    KEPT_SLOTS = 4096
    WIDE = 16                # slots for each object from which a table is too large


cdef inline size_t spread(PyObject* key) noexcept nogil:
    """Scatter an address, whose low bits say nothing, over the table."""
    cdef uintptr_t address = <uintptr_t> key >> 4
    return address ^ (address >> 13)


cdef class RefTable:
    """Objects in the order in which they were first added."""

    def __cinit__(self):
        self.keys = NULL
        self.numbers = NULL

    def __dealloc__(self):
        self.clear()
        free(self.keys)
        free(self.numbers)

    cdef Py_ssize_t add(self, object key) except -2:
        """Return the number of ``key``, or -1 if it is new and now has the next one."""
        cdef size_t slot
        if 2 * self.used >= self.mask:
            self.enlarge()
        slot = spread(<PyObject*> key) & self.mask
        while self.keys[slot] != NULL:
            if self.keys[slot] == <PyObject*> key:
                return self.numbers[slot]
            slot = (slot + 1) & self.mask
        Py_INCREF(key)
        self.keys[slot] = <PyObject*> key
        self.numbers[slot] = <uint32_t> self.used
        self.used += 1
        return -1

    cdef Py_ssize_t slot_of(self, object key) noexcept:
        """Where an object is, -1 if it was not added."""
        cdef size_t slot
        if self.keys == NULL:
            return -1
        slot = spread(<PyObject*> key) & self.mask
        while self.keys[slot] != NULL:
            if self.keys[slot] == <PyObject*> key:
                return <Py_ssize_t> slot
            slot = (slot + 1) & self.mask
        return -1

    cdef Py_ssize_t find(self, object key) noexcept:
        """Return the number of ``key``, -1 if it was not added."""
        cdef Py_ssize_t slot = self.slot_of(key)
        return -1 if slot < 0 else self.numbers[slot]

    cdef int renew(self, object key) except -1:
        """Give an object that was added the next number instead of its own."""
        if 2 * self.used >= self.mask:
            self.enlarge()
        self.numbers[self.slot_of(key)] = <uint32_t> self.used
        self.used += 1
        return 0

    cdef int enlarge(self) except -1:
        cdef size_t n = FIRST_SLOTS if self.keys == NULL else 4 * (self.mask + 1)
        cdef size_t i, slot
        cdef PyObject** keys = <PyObject**> calloc(n, sizeof(PyObject*))
        cdef uint32_t* numbers = <uint32_t*> malloc(n * sizeof(uint32_t))
        if keys == NULL or numbers == NULL:
            free(keys)
            free(numbers)
            raise MemoryError("no memory to track references")
        if self.keys != NULL:
            for i in range(self.mask + 1):
                if self.keys[i] == NULL:
                    continue
                slot = spread(self.keys[i]) & (n - 1)
                while keys[slot] != NULL:
                    slot = (slot + 1) & (n - 1)
                keys[slot] = self.keys[i]
                numbers[slot] = self.numbers[i]
        free(self.keys)
        free(self.numbers)
        self.keys = keys
        self.numbers = numbers
        self.mask = n - 1
        return 0

    cdef void clear(self) noexcept:
        """Forget all objects; keep the memory unless it is too large."""
        cdef size_t i
        cdef PyObject* key
        cdef bint wide
        if self.keys == NULL or not self.used:
            return
        for i in range(self.mask + 1):
            key = self.keys[i]
            if key != NULL:
                self.keys[i] = NULL
                Py_DECREF(<object> key)
        wide = self.mask >= FIRST_SLOTS and self.mask > WIDE * self.used
        self.used = 0
        if wide or self.mask >= KEPT_SLOTS:
            free(self.keys)
            free(self.numbers)
            self.keys = NULL
            self.numbers = NULL
            self.mask = 0
