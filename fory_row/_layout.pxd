"""Where everything lies: nodes of a plan, bitmaps, pairs and array headers.

Nothing outside this file and the plan computes an offset (row_format 2 and 7).
"""

from cpython.object cimport PyObject
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from fory._bytes cimport load_u32_le, load_u64_le, up8


cdef enum Kind:
    """Physical type ids (row_format 1)."""
    BOOL = 1
    INT8 = 2
    INT16 = 3
    INT32 = 4
    INT64 = 6
    FLOAT32 = 19
    FLOAT64 = 20
    UTF8 = 21
    LIST = 22
    MAP = 24
    STRUCT = 27
    DURATION = 37
    TIMESTAMP = 38
    DATE32 = 39
    DECIMAL = 40
    BINARY = 41


cdef enum Access:
    """What a slot means to a reader: the physical kind and its logical tag in one."""
    AS_BOOL
    AS_INT8
    AS_INT16
    AS_INT32
    AS_INT64
    AS_UINT8
    AS_UINT16
    AS_UINT32
    AS_UINT64
    AS_FLOAT16
    AS_FLOAT32
    AS_FLOAT64
    AS_UTF8
    AS_BINARY
    AS_DATE32
    AS_DATE64
    AS_TIME
    AS_TIMESTAMP
    AS_DURATION
    AS_DECIMAL          # 32-byte body
    AS_DECIMAL_BINARY   # bits / 8 bytes: negative scale
    AS_UUID
    AS_NULL
    AS_DICTIONARY
    AS_LIST
    AS_MAP
    AS_STRUCT


cdef enum Wide:
    """How Arrow keeps a variable-width type of this node."""
    NARROW = 0     # 32-bit offsets
    LARGE = 1      # 64-bit offsets
    FIXED = 2      # fixed size, no offsets
    VIEW = 3
    LARGE_VIEW = 4


cdef struct Node:
    uint8_t kind            # Kind
    uint8_t access          # Access
    uint8_t compact         # layout of its rows and arrays (row_format 7)
    uint8_t scalar          # a number: the slot holds it; else a run of bytes, which
    uint8_t variable        # lie behind a pair; if not, in the slot (row_format 7.3)
    uint8_t nullable
    uint8_t has_bit         # the row that holds it has a null bitmap
    uint8_t body_pad        # 7 when bodies are padded to 8 bytes, else 0
    uint8_t unit            # of time kinds: 0 s, 1 ms, 2 us, 3 ns
    uint8_t wide            # Wide
    uint8_t index_access    # Access of a dictionary's codes
    int32_t fixed           # items or bytes of a fixed-size type, else -1
    int32_t precision
    int32_t scale
    int32_t bits            # of a decimal in Arrow
    uint32_t width          # bytes of a value in its slot or of an element: 8 for a pair
    uint32_t ordinal        # position among the fields of the parent
    uint32_t slot           # offset of the slot from the first byte of the row
    uint32_t bit            # place in the row's null bitmap
    uint32_t n_children
    uint32_t bitmap         # struct: offset of the null bitmap in its rows
    uint32_t fixed_bytes    # struct: bytes of bitmap and slots, where bodies start
    uint64_t limit[4]       # of a decimal's magnitude, lowest limb first
    Node* children
    PyObject* info          # NodeInfo, owned by the plan


# Bytes that somebody else keeps alive.
cdef struct Span:
    const uint8_t* ptr
    uint64_t size


# The parts of an array whose extent has been checked.
cdef struct Elements:
    const uint8_t* base     # of the count; pair offsets start here
    uint64_t size           # of the whole array
    uint64_t n
    const uint8_t* bitmap   # NULL when elements have none
    const uint8_t* data
    uint64_t body           # offset of the first body


cdef inline uint64_t bitmap_bytes(uint64_t n) noexcept nogil:
    """Bytes of a standard null bitmap for ``n`` entries (row_format 1)."""
    return ((n + 63) >> 6) << 3


cdef inline bint bit_at(const uint8_t* bitmap, uint64_t i) noexcept nogil:
    """Whether entry ``i`` is null: 1 means null."""
    return (bitmap[i >> 3] >> (i & 7)) & 1


cdef inline bint null_at(const uint8_t* row, const Node* parent, const Node* child) noexcept nogil:
    """Whether the field ``child`` of the row is null."""
    return child.has_bit and bit_at(row + parent.bitmap, child.bit)


cdef inline uint64_t make_pair(uint64_t offset, uint64_t size) noexcept nogil:
    return offset << 32 | size


cdef inline bint take_pair(
    const uint8_t* slot, const uint8_t* base, uint64_t size, uint64_t first, Span* out
) noexcept nogil:
    """Resolve the pair in ``slot`` against its structure; False when it points outside.

    ``first`` is where bodies may start in the structure of ``size`` bytes at ``base``
    (row_format 6, rule 2). A pair of all zeros is an empty body anywhere.
    """
    cdef uint64_t pair = load_u64_le(slot)
    cdef uint64_t offset = pair >> 32
    out.size = <uint32_t> pair
    out.ptr = base + offset
    if offset < first or offset > size or out.size > size - offset:
        return False
    return True


cdef inline bint take_value(
    const uint8_t* slot, const Node* node, const uint8_t* base, uint64_t size,
    uint64_t first, Span* out,
) noexcept nogil:
    """Find the bytes of a value: in its slot, or where the pair there says."""
    if node.variable:
        return take_pair(slot, base, size, first, out)
    out.ptr = slot
    out.size = node.width
    return True


cdef inline uint64_t padded(const Node* node, uint64_t size) noexcept nogil:
    """Bytes that a body of ``size`` bytes takes (row_format 2.1 and 7.4)."""
    return (size + node.body_pad) & ~<uint64_t> node.body_pad


cdef inline uint64_t count_bytes(const Node* element) noexcept nogil:
    """Bytes of an array's count; the bitmap follows."""
    return 4 if element.compact else 8


cdef inline bint decimal_fits(const Node* node, const uint8_t* body, int n_bytes) noexcept nogil:
    """Whether a decimal has no more digits than its type: its magnitude < limit."""
    cdef uint64_t limbs[4]
    cdef uint64_t sign = <uint64_t> -(<int64_t> (body[n_bytes - 1] >> 7))
    cdef uint64_t carry = sign & 1
    cdef int k
    memset(limbs, <int> (sign & 0xff), 32)
    memcpy(limbs, body, n_bytes)
    for k in range(4):
        limbs[k] = (limbs[k] ^ sign) + carry
        carry &= limbs[k] == 0
    for k in range(3, -1, -1):
        if limbs[k] != node.limit[k]:
            return limbs[k] < node.limit[k]
    return False


cdef inline uint64_t bits_bytes(const Node* node, uint64_t n) noexcept nogil:
    """Bytes of the null bitmap for ``n`` entries in the layout of ``node``."""
    return (n + 7) >> 3 if node.compact else bitmap_bytes(n)


cdef inline uint64_t array_head(const Node* element, uint64_t n) noexcept nogil:
    """Bytes of count and bitmap, where the elements start (row_format 2.2 and 7.5)."""
    cdef uint64_t head
    head = count_bytes(element)
    if element.nullable or not element.compact:
        head += bits_bytes(element, n)
    if not element.variable and element.width & 7 == 0:
        return up8(head)
    return head


cdef inline bint take_elements(
    const uint8_t* base, uint64_t size, const Node* element, Elements* out
) noexcept nogil:
    """Check the header of an array of ``element`` (row_format 6, rule 3)."""
    cdef uint64_t n, head, data_bytes
    if size < count_bytes(element):
        return False
    n = load_u32_le(base) if element.compact else load_u64_le(base)
    # An element takes a bitmap bit or, in compact rows, a byte of its own; so
    # n <= 8 * size, and with widths below 2^31 nothing here overflows.
    if n > size << 3:
        return False
    head = array_head(element, n)
    data_bytes = up8(n * element.width)
    if head > size or data_bytes > size - head:
        return False
    out.base = base
    out.size = size
    out.n = n
    out.bitmap = base + count_bytes(element)
    if element.compact and not element.nullable:
        out.bitmap = NULL
    out.data = base + head
    out.body = head + data_bytes
    return True


cdef inline bint null_element(const Elements* array, uint64_t i) noexcept nogil:
    """Whether element ``i`` is null."""
    return array.bitmap != NULL and bit_at(array.bitmap, i)


cdef inline bint take_map(
    const uint8_t* base, uint64_t size, const Node* node, Elements* keys, Elements* values
) noexcept nogil:
    """Check both arrays of a map (row_format 6, rule 4)."""
    cdef uint64_t key_bytes
    if size < 8:
        return False
    key_bytes = load_u64_le(base)
    if key_bytes > size - 8:
        return False
    return (
        take_elements(base + 8, key_bytes, &node.children[0], keys)
        and take_elements(
            base + 8 + key_bytes, size - 8 - key_bytes, &node.children[1], values
        )
        and keys.n == values.n
    )
