"""Growing bytes of the rows being written, and the way to the current value."""

from cpython.mem cimport PyMem_Free, PyMem_Realloc
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from fory_row._binding cimport Binding
from fory_row._block cimport Block
from fory_row._plan cimport Plan

from fory.error import EncodeError
from fory_row.collect import key_text

cdef uint64_t MAX_UNITS = 0xFFFFFFFF


cdef class Scratch:
    """Growing bytes of the rows being written, and the way to the current value.

    In the end it may become the owner of the rows.
    """

    def __cinit__(self):
        # Rows without a byte have an address too.
        self.grow(0)

    def __dealloc__(self):
        PyMem_Free(self.data)

    def __reduce__(self):
        raise TypeError("memory is not pickled; pickle the rows that lie in it")

    cdef int grow(self, uint64_t n) except -1:
        """Make room for ``n`` more bytes, and as many again."""
        cdef uint64_t least = 1024
        cdef uint64_t wanted = max(self.size + n, 2 * self.capacity, least)
        cdef void* moved = PyMem_Realloc(self.data, wanted)
        if moved == NULL:
            raise MemoryError
        self.data = <uint8_t*> moved
        self.capacity = wanted
        return 0

    cdef str path(self):
        """Spell the way to the value that failed: ``a.b[3].c``."""
        cdef int depth
        cdef Step* step
        path = ""
        for depth in range(self.depth):
            step = &self.trail[depth]
            if step.index < 0:
                continue
            if step.role == FIELD:
                name = (<Binding> step.place).names[step.index]
                path = f"{path}.{name}" if path else name
            elif step.role == KEY:
                path = f"{path}.keys[{step.index}]"
            elif step.role == VALUE and self.keys is not None and depth in self.keys:
                path = f"{path}[{key_text(self.keys[depth], step.index)}]"
            else:
                path = f"{path}[{step.index}]"
        return path


cdef class Ends:
    """Where each of many rows ends; units of eight bytes, or bytes if compact."""

    def __dealloc__(self):
        PyMem_Free(self.data)

    def __reduce__(self):
        raise TypeError("memory is not pickled; pickle the rows that lie in it")

    cdef int set(self, int64_t i, uint64_t end) except -1:
        """Store end ``i`` (1 or more), at most one behind the last; end 0 is 0."""
        cdef int64_t wanted
        cdef void* moved
        if i >= self.capacity:
            wanted = max(64, 2 * self.capacity)
            moved = PyMem_Realloc(self.data, wanted * (8 if self.compact else 4))
            if moved == NULL:
                raise MemoryError
            self.data = moved
            self.capacity = wanted
        if i == 1:
            (<uint64_t*> self.data)[0] = 0
        if self.compact:
            (<uint64_t*> self.data)[i] = end
        elif end >> 3 > MAX_UNITS:
            raise EncodeError(
                f"row {i - 1}: rows of one block end at 32 GiB; write the rest apart"
            )
        else:
            (<uint32_t*> self.data)[i] = <uint32_t> (end >> 3)
        return 0


cdef Block block_of(Plan plan, Scratch rows, Ends ends, int64_t n):
    """Return the block of the rows written, which keeps both alive."""
    cdef Block block = Block.__new__(Block)
    cdef uint64_t least = 8
    cdef void* exact = PyMem_Realloc(rows.data, max(rows.size, least))
    if exact != NULL:
        rows.data = <uint8_t*> exact
    block.owner = rows
    block.index_owner = ends
    block.base = rows.data
    block.size = rows.size
    block.n = n
    block.stride = plan.stride
    if ends.compact:
        block.offsets = <const uint64_t*> ends.data
    else:
        block.units = <const uint32_t*> ends.data
    return block
