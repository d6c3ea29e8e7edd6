"""Arrow arrays under construction, and how they leave through the C data interface."""

from cpython.pycapsule cimport PyCapsule_GetPointer, PyCapsule_New
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

from fory._bytes cimport load_u64_le, store_u64_le
from fory_row._arrow_c cimport ArrowArray
from fory_row._bits cimport popcount
from fory_row._layout cimport (
    AS_DECIMAL, AS_DICTIONARY, AS_INT16, AS_INT32, AS_INT64, AS_INT8, AS_LIST, AS_MAP,
    AS_NULL, AS_STRUCT, FIXED, LARGE, LARGE_VIEW, VIEW, Node,
)
from fory_row._memory cimport give_back, resize
from fory_row._plan cimport Plan, info_of

from fory.error import DecodeError

cdef int64_t SMALLEST = 256     # bytes that a buffer starts with
cdef int64_t FORESEEN = 32 << 20    # bytes that are asked for before they are needed


cdef bint grow(Buffer* buffer, int64_t n_bytes) noexcept nogil:
    """Make room for ``n_bytes`` more, at least doubling; False without memory."""
    cdef int64_t room = max(buffer.size + n_bytes, 2 * <int64_t> buffer.room, SMALLEST)
    cdef uint8_t* made = resize(buffer.bytes, buffer.size, room, &buffer.room)
    if made == NULL:
        return False
    buffer.bytes = made
    return True


cdef bint append_nulls(Builder* b, uint64_t nulls, int n) noexcept nogil:
    """Append entries to the bitmap, which starts with the first null."""
    cdef int64_t byte = b.n >> 3
    cdef int bit = b.n & 7
    cdef uint64_t valid = ~nulls & ((<uint64_t> 1 << n) - 1)
    if not b.has_nulls:
        if not reserve(&b.validity, byte + 8):
            return False
        memset(b.validity.bytes, 0xff, byte + 1)
        b.has_nulls = True
    elif <int64_t> b.validity.room < byte + 8 and not grow(&b.validity, 8):
        return False
    if bit:
        valid = valid << bit | (b.validity.bytes[byte] & ((1 << bit) - 1))
    store_u64_le(b.validity.bytes + byte, valid)
    b.validity.size = byte + 8
    b.n += n
    return True


cdef class Builders:
    """The builders of all nodes of a plan.

    Parameters
    ----------
    plan : Plan
        With the dictionaries of its dictionary nodes.

    Raises
    ------
    DecodeError
        If a dictionary field has no dictionary.
    """

    def __cinit__(self, Plan plan):
        cdef Py_ssize_t i
        cdef const Node* node
        cdef Builder* builder
        self.n_builders = plan.n_nodes
        self.dictionaries = [None] * plan.n_nodes
        self.builders = <Builder*> calloc(plan.n_nodes, sizeof(Builder))
        if self.builders == NULL:
            raise MemoryError
        for i in range(plan.n_nodes):
            node = &plan.nodes[i]
            builder = &self.builders[i]
            builder.node = node
            if node.n_children:
                builder.children = &self.builders[node.children - plan.nodes]
            if node.access == AS_DICTIONARY:
                self._add_dictionary(i, node)
            if not _start_offsets(builder):
                raise MemoryError

    cdef _add_dictionary(self, Py_ssize_t i, const Node* node):
        values = info_of(node).dictionary
        if values is None:
            raise DecodeError(
                f"field {info_of(node).path!r} is a dictionary whose values these rows "
                "came without; read its codes, or attach the dictionary to the plan"
            )
        signed = node.index_access in (AS_INT8, AS_INT16, AS_INT32, AS_INT64)
        n_codes = (<object> 1) << (8 * node.width - signed)
        self.builders[i].n_codes = min(len(values), n_codes)
        self.dictionaries[i] = values

    def __dealloc__(self):
        cdef Py_ssize_t i
        if self.builders == NULL:
            return
        for i in range(self.n_builders):
            _give_back(&self.builders[i].validity)
            _give_back(&self.builders[i].data)
            _give_back(&self.builders[i].offsets)
        free(self.builders)

    def __reduce__(self):
        raise TypeError("builders are memory in the making; pickle what they make")

    cdef bint prepare(self, int64_t n):
        """Make room for what ``n`` rows need for certain; False without memory."""
        cdef const Node* root = self.builders.node
        cdef Builder* b
        cdef uint32_t i
        for i in range(root.n_children):
            b = &self.builders.children[i]
            if b.node.scalar and not reserve(&b.data, n * b.node.width):
                return False
            if not reserve(&b.offsets, n * offset_bytes(b.node)):
                return False
        return True

    cdef void foresee(self, int64_t done, int64_t n) noexcept:
        """Make room for ``n`` rows that go on as the ``done`` first ones began.

        Doubling alone would move the bytes of strings and lists once or twice more.
        What cannot be had now is asked for again when it is needed.
        """
        cdef Builder* b
        cdef Py_ssize_t i
        for i in range(self.n_builders):
            b = &self.builders[i]
            _foresee(&b.data, done, n)
            _foresee(&b.offsets, done, n)

    cdef object export(self):
        """Return an ``arrow_array`` capsule that owns everything built so far."""
        cdef ArrowArray* array = <ArrowArray*> calloc(1, sizeof(ArrowArray))
        if array == NULL:
            raise MemoryError
        capsule = PyCapsule_New(array, "arrow_array", _free_capsule)
        self._export(self.builders, array)
        return capsule

    cdef _export(self, Builder* b, ArrowArray* array):
        """Move a builder's buffers into a zeroed struct, then those of its children."""
        cdef ArrowArray* parent = array
        cdef uint32_t i
        array.release = _release
        array.length = b.n
        array.null_count = _n_nulls(b)
        _export_buffers(b, array)
        if self.dictionaries[b - self.builders] is not None:
            array.dictionary = <ArrowArray*> _zeros(sizeof(ArrowArray))
            _move_dictionary(self.dictionaries[b - self.builders], array.dictionary)
        if b.node.access == AS_MAP:
            _make_children(array, 1)
            parent = array.children[0]
            parent.release = _release
            parent.length = b.children[0].n
            _make_buffers(parent, 1)
        _make_children(parent, b.node.n_children)
        for i in range(b.node.n_children):
            self._export(&b.children[i], parent.children[i])


cdef void _foresee(Buffer* buffer, int64_t done, int64_t n) noexcept nogil:
    cdef int64_t more = min(buffer.size * (n - done) // done, FORESEEN)
    if <int64_t> buffer.room - buffer.size < more:
        reserve(buffer, more + more // 16)


cdef void _give_back(Buffer* buffer) noexcept nogil:
    give_back(buffer.bytes, buffer.room)


cdef bint _start_offsets(Builder* b) noexcept:
    """Write the offset 0 that is before every entry; False without memory."""
    cdef int64_t width = offset_bytes(b.node)
    if not width:
        return True
    if not reserve(&b.offsets, width):
        return False
    memset(b.offsets.bytes, 0, width)
    b.offsets.size = width
    return True


cdef int64_t offset_bytes(const Node* node) noexcept nogil:
    """Return the bytes of one offset, or 0 for types that have none."""
    if not node.variable or node.access == AS_STRUCT or node.access == AS_DECIMAL:
        return 0
    if node.wide == FIXED or (node.wide == VIEW and node.access != AS_LIST):
        return 0
    return 8 if node.wide == LARGE or node.wide == LARGE_VIEW else 4


cdef _export_buffers(Builder* b, ArrowArray* array):
    if b.node.access == AS_NULL:
        return
    cdef bint is_list = b.node.access == AS_LIST
    if b.node.access == AS_STRUCT or (is_list and b.node.wide == FIXED):
        _make_buffers(array, 1)
    elif is_list and b.node.wide in (VIEW, LARGE_VIEW):
        _make_buffers(array, 3)
        _take(array, 1, &b.offsets)
        array.buffers[2] = _list_sizes(b, <const uint8_t*> array.buffers[1])
    elif is_list or b.node.access == AS_MAP:
        _make_buffers(array, 2)
        _take(array, 1, &b.offsets)
    elif b.node.variable and b.node.wide == VIEW:
        _make_buffers(array, 4)
        array.buffers[3] = _zeros(8)
        (<int64_t*> array.buffers[3])[0] = b.data.size
        _take(array, 1, &b.offsets)
        _take(array, 2, &b.data)
    elif offset_bytes(b.node):
        _make_buffers(array, 3)
        _take(array, 1, &b.offsets)
        _take(array, 2, &b.data)
    else:
        _make_buffers(array, 2)
        _take(array, 1, &b.data)
    if b.has_nulls:
        _take(array, 0, &b.validity)


cdef int64_t _n_nulls(const Builder* b) noexcept:
    cdef int64_t n_valid = 0, at = 0
    if b.node.access == AS_NULL:
        return b.n
    if not b.has_nulls:
        return 0
    while at + 64 <= b.n:
        n_valid += popcount(load_u64_le(b.validity.bytes + (at >> 3)))
        at += 64
    while at < b.n:
        n_valid += (b.validity.bytes[at >> 3] >> (at & 7)) & 1
        at += 1
    return b.n - n_valid


cdef void* _list_sizes(Builder* b, const uint8_t* offsets) except NULL:
    """Return the sizes of list views, which lie as the lists of `b` do."""
    cdef int64_t i
    if b.node.wide == LARGE_VIEW:
        large = <int64_t*> _zeros(8 * b.n + 8)
        for i in range(b.n):
            large[i] = (<const int64_t*> offsets)[i + 1] - (<const int64_t*> offsets)[i]
        return large
    narrow = <int*> _zeros(4 * b.n + 4)
    for i in range(b.n):
        narrow[i] = (<const int*> offsets)[i + 1] - (<const int*> offsets)[i]
    return narrow


cdef int _take(ArrowArray* array, int i, Buffer* buffer) except -1:
    """Move the bytes of a buffer into an array, without most of the room left."""
    if buffer.bytes == NULL:
        array.buffers[i] = _zeros(8)
        return 0
    _trim(buffer)
    array.buffers[i] = buffer.bytes
    (<uint64_t*> array.private_data)[i] = buffer.room
    buffer.bytes = NULL
    buffer.size = buffer.room = 0
    return 0


cdef void _trim(Buffer* buffer) noexcept:
    cdef int64_t room = buffer.size + 8
    cdef uint8_t* trimmed
    if <int64_t> buffer.room - room > room // 4 + 4096:
        trimmed = resize(buffer.bytes, buffer.size, room, &buffer.room)
        if trimmed != NULL:
            buffer.bytes = trimmed


cdef _move_dictionary(values, ArrowArray* target):
    """Move the array that a pyarrow array exports, with its release function."""
    capsule = values.__arrow_c_array__()[1]
    cdef ArrowArray* source = <ArrowArray*> PyCapsule_GetPointer(capsule, "arrow_array")
    target[0] = source[0]
    source.release = NULL


# -- the struct that consumers release -------------------------------------------------


cdef void* _zeros(size_t n_bytes) except NULL:
    cdef void* made = calloc(1, n_bytes)
    if made == NULL:
        raise MemoryError
    return made


cdef int _make_buffers(ArrowArray* array, int64_t n) except -1:
    """Give an array buffers; the private data tell the room of each."""
    array.private_data = _zeros(n * sizeof(uint64_t))
    array.buffers = <const void**> _zeros(n * sizeof(void*))
    array.n_buffers = n
    return 0


cdef int _make_children(ArrowArray* array, int64_t n) except -1:
    """Give an array zeroed children; they count one by one, so a release can follow."""
    array.children = <ArrowArray**> _zeros((n + 1) * sizeof(ArrowArray*))
    while array.n_children < n:
        array.children[array.n_children] = <ArrowArray*> _zeros(sizeof(ArrowArray))
        array.n_children += 1
    return 0


cdef void _free_capsule(object capsule) noexcept:
    cdef ArrowArray* array = <ArrowArray*> PyCapsule_GetPointer(capsule, "arrow_array")
    _release_child(array)


cdef void _release(ArrowArray* array) noexcept nogil:
    cdef int64_t i
    for i in range(array.n_buffers):
        give_back(<uint8_t*> array.buffers[i], (<const uint64_t*> array.private_data)[i])
    for i in range(array.n_children):
        _release_child(array.children[i])
    if array.dictionary != NULL:
        _release_child(array.dictionary)
    free(array.private_data)
    free(array.buffers)
    free(array.children)
    array.release = NULL


cdef void _release_child(ArrowArray* child) noexcept nogil:
    """Release a child unless its consumer moved it elsewhere, and free the struct."""
    if child.release != NULL:
        child.release(child)
    free(child)
