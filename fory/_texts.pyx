"""A hash table from the bytes of strings to one object for each content."""

from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.stdint cimport uint32_t, uint64_t, uint8_t
from libc.stdlib cimport free, realloc
from libc.string cimport memcmp, memset

from fory._buffer cimport Buffer
from fory._bytes cimport load_u32_le, load_u64_le
from fory._strings cimport (
    LATIN1, PyUnicode_DATA, PyUnicode_GET_LENGTH, PyUnicode_KIND, get_string,
)

cdef extern from "Python.h":
    PyObject* PyList_GET_ITEM(object items, Py_ssize_t i) noexcept

cdef enum:
    FIRST_SLOTS = 64
    KEPT_SLOTS = 4096        # of which a table keeps the memory between messages
    WIDE = 16                # slots for each text from which a table is too large
    SHORT = 32               # bytes of strings that are looked up before they are made
    N_RECENT = 512
    # Only messages that are made to slow us down have more texts around one slot.
    MOST_STEPS = 128

cdef uint64_t SPREAD = 0x9E3779B97F4A7C15
cdef uint64_t SEED = <uint64_t> <Py_ssize_t> hash("texts of a message")


cdef inline uint64_t mixed(uint64_t h, uint64_t word) noexcept nogil:
    h = (h ^ word) * SPREAD
    return h ^ (h >> 32)


cdef inline uint32_t hash_of(const uint8_t* p, Py_ssize_t n) noexcept nogil:
    """A hash of all bytes, eight at a time; the last eight may overlap."""
    cdef uint64_t h = SEED ^ <uint64_t> n
    cdef const uint8_t* last = p + n - 8
    if n >= 8:
        while p < last:
            h = mixed(h, load_u64_le(p))
            p += 8
        return <uint32_t> mixed(h, load_u64_le(last))
    if n >= 4:
        return <uint32_t> mixed(
            h, load_u32_le(p) | <uint64_t> load_u32_le(p + n - 4) << 32
        )
    if n > 0:
        h ^= p[0] | <uint64_t> p[n >> 1] << 8 | <uint64_t> p[n - 1] << 16
    return <uint32_t> mixed(h, 0)


cdef inline bint holds(
    PyObject* text, const uint8_t* p, Py_ssize_t n, int kind
) noexcept:
    return (
        PyUnicode_KIND(<object> text) == kind
        and PyUnicode_GET_LENGTH(<object> text) * kind == n
        and memcmp(PyUnicode_DATA(<object> text), p, n) == 0
    )


cdef class TextTable:
    """Strings of a message that tracks references: equal ones are one object."""

    def __cinit__(self):
        self.texts = NULL
        self.slots = NULL
        self.recent = [None] * N_RECENT

    def __dealloc__(self):
        self.clear()
        free(self.texts)
        free(self.slots)

    def __reduce__(self):
        raise TypeError("a table of texts belongs to its decoder")

    cdef str read(self, Buffer b):
        """Return the string that comes next, the same object for equal bytes.

        A short one is often that of an earlier message, so that it need not be made.
        """
        cdef const uint8_t* p = b.base + b.reader
        cdef Py_ssize_t n, left = b.writer - b.reader
        cdef uint32_t hash
        cdef size_t slot
        cdef PyObject* recent
        cdef str text
        if left < 1 or p[0] & 3 != LATIN1 or p[0] >= 4 * SHORT:
            return self.keep(get_string(b))
        n = p[0] >> 2
        if left <= n:
            return self.keep(get_string(b))
        if 2 * self.used >= self.mask:
            self.enlarge()
        hash = hash_of(p + 1, n)
        slot = self.slot_of(p + 1, n, 1, hash)
        if slot > self.mask:
            return get_string(b)
        if self.slots[slot]:
            b.reader += n + 1
            return <str> self.texts[self.slots[slot] - 1].text
        recent = PyList_GET_ITEM(self.recent, hash & (N_RECENT - 1))
        if recent != <PyObject*> None and holds(recent, p + 1, n, 1):
            b.reader += n + 1
            text = <str> recent
        else:
            text = get_string(b)
            self.recent[hash & (N_RECENT - 1)] = text
        self.add(text, hash, slot)
        return text

    cdef str keep(self, str text):
        """Return the string that is equal to ``text``, itself if it is the first."""
        cdef int kind = PyUnicode_KIND(text)
        cdef Py_ssize_t n = kind * PyUnicode_GET_LENGTH(text)
        cdef const uint8_t* p = <const uint8_t*> PyUnicode_DATA(text)
        cdef uint32_t hash = hash_of(p, n)
        cdef size_t slot
        if 2 * self.used >= self.mask:
            self.enlarge()
        slot = self.slot_of(p, n, kind, hash)
        if slot > self.mask:
            return text
        if self.slots[slot]:
            return <str> self.texts[self.slots[slot] - 1].text
        self.add(text, hash, slot)
        return text

    cdef size_t slot_of(
        self, const uint8_t* p, Py_ssize_t n, int kind, uint32_t hash
    ) noexcept:
        """Where a text is or belongs, beyond the table if that is too far away."""
        cdef size_t slot = hash & self.mask
        cdef int steps = 0
        cdef Text* entry
        while self.slots[slot]:
            entry = &self.texts[self.slots[slot] - 1]
            if entry.hash == hash and holds(entry.text, p, n, kind):
                return slot
            slot = (slot + 1) & self.mask
            steps += 1
            if steps == MOST_STEPS:
                return self.mask + 1
        return slot

    cdef int add(self, str text, uint32_t hash, size_t slot) except -1:
        Py_INCREF(text)
        self.texts[self.used].text = <PyObject*> text
        self.texts[self.used].hash = hash
        self.used += 1
        self.slots[slot] = <uint32_t> self.used
        return 0

    cdef int enlarge(self) except -1:
        cdef size_t i, slot, n = FIRST_SLOTS if self.slots == NULL else (
            4 * (self.mask + 1)
        )
        cdef void* texts = realloc(self.texts, (n // 2 + 1) * sizeof(Text))
        cdef void* slots
        if texts == NULL:
            raise MemoryError("no memory for the texts of a message")
        self.texts = <Text*> texts
        slots = realloc(self.slots, n * sizeof(uint32_t))
        if slots == NULL:
            raise MemoryError("no memory for the texts of a message")
        self.slots = <uint32_t*> slots
        self.mask = n - 1
        memset(slots, 0, n * sizeof(uint32_t))
        for i in range(self.used):
            slot = self.texts[i].hash & self.mask
            while self.slots[slot]:
                slot = (slot + 1) & self.mask
            self.slots[slot] = <uint32_t> (i + 1)
        return 0

    cdef void clear(self) noexcept:
        """Forget all texts; keep the memory unless it is too large."""
        cdef size_t i
        cdef bint wide = self.mask >= FIRST_SLOTS and self.mask > WIDE * self.used
        for i in range(self.used):
            Py_DECREF(<object> self.texts[i].text)
        if wide or self.mask >= KEPT_SLOTS:
            free(self.texts)
            free(self.slots)
            self.texts = NULL
            self.slots = NULL
            self.mask = 0
        elif self.used:
            memset(self.slots, 0, (self.mask + 1) * sizeof(uint32_t))
        self.used = 0
