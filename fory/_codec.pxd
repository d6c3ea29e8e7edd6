"""The plan of one type: what its bytes are, resolved once per class."""

from cpython.object cimport PyObject
from libc.stdint cimport uint32_t

# Payload forms. A leaf has the number of its type id (xlang_wire 4); the forms of
# several ids share the lowest of them.
cdef enum Kind:
    DYNAMIC = 0
    BOOL = 1
    INT8 = 2
    INT16 = 3
    INT32 = 4
    VARINT32 = 5
    INT64 = 6
    VARINT64 = 7
    TAGGED_INT64 = 8
    UINT8 = 9
    UINT16 = 10
    UINT32 = 11
    VAR_UINT32 = 12
    UINT64 = 13
    VAR_UINT64 = 14
    TAGGED_UINT64 = 15
    FLOAT16 = 17
    BFLOAT16 = 18
    FLOAT32 = 19
    FLOAT64 = 20
    STRING = 21
    LIST = 22
    SET = 23
    MAP = 24
    ENUM = 25
    STRUCT = 27
    EXT = 31
    UNION = 33
    NONE = 36
    DURATION = 37
    TIMESTAMP = 38
    DATE = 39
    DECIMAL = 40
    BINARY = 41
    DENSE = 43           # an array of numbers in one dimension
    OBJECT = 200         # attributes of a plain object
    REDUCED = 201        # a call that makes the object
    KNOWN = 202          # a class of the standard library with a form of its own
    CALLED = 203         # a call in the short form
    NAMED_TUPLE = 204
    SUBCLASS = 205       # of list, set or dict
    VARIES = 255         # the value decides, through serializer.choose(value)

# What follows the type id byte.
cdef enum Info:
    INFO_NOTHING = 0
    INFO_USER_ID = 1
    INFO_TYPEDEF = 2
    INFO_NAMES = 3
    INFO_CLASS = 4       # a class that travels by value

cdef enum Flag:
    FLAG_NULL = 0xFD
    FLAG_REF = 0xFE
    FLAG_VALUE = 0xFF
    FLAG_REF_VALUE = 0x00


cdef inline bint is_basic(int kind) noexcept nogil:
    """Bools, ints, float32, float64 and str: raw in lists, never tracked."""
    return 1 <= kind <= 15 or 19 <= kind <= 21


# What the loops over the fields of a struct need first.
cdef struct Step:
    int kind             # of a bare leaf, FRAMED_STEP if there is more to a field
    bint nullable
    Py_ssize_t slot      # offset in the instance, 0 if the value is in its dict
    PyObject* name       # attribute, NULL if the value is dropped
    PyObject* field

cdef enum:
    FRAMED_STEP = -1


cdef class Codec:
    cdef readonly int kind
    cdef readonly int type_id
    cdef readonly bint trackable
    cdef readonly object cls
    cdef readonly int info
    cdef readonly uint32_t user_id
    cdef readonly bytes typedef
    cdef readonly tuple names            # identity and bytes of namespace and name
    cdef readonly bytes first_names      # both, where no others come before
    cdef readonly Codec item             # of a list, set or array; value of a map
    cdef readonly Codec key
    cdef readonly bint item_tracked
    cdef readonly bint key_tracked
    cdef readonly bint lenient           # written by the rules of abstract collections
    cdef readonly object make            # carrier that is built from what was read
    cdef readonly object serializer
    cdef readonly tuple members          # of an enum
    cdef readonly tuple numbers
    cdef readonly dict by_number
    cdef bint counted                    # members are numbered from 0
    # structs
    cdef readonly tuple fields
    cdef Step* steps                     # the same, without reference counts
    cdef readonly Py_ssize_t n_fields
    cdef readonly tuple missing          # local fields that the bytes do not have
    cdef readonly uint32_t schema_hash
    cdef readonly bint hashed            # the schema hash precedes the fields
    cdef readonly object prepare         # fills a struct plan at first use
    # plain objects
    cdef tuple last_names                # attributes of the last instance
    cdef tuple last_sorted
    cdef list read_names                 # attributes as they came last, interned
    cdef readonly object authorize       # asked before an instance is made
    cdef readonly bint loose             # a struct that nobody registered
    cdef readonly tuple home             # module, name, what was there; if imported
    cdef readonly Py_ssize_t n_attributes  # that a loose instance may have


cdef class Field:
    cdef readonly str name               # attribute, None if the value is dropped
    cdef readonly Codec codec
    cdef readonly bint nullable
    cdef readonly bint tracked
    cdef readonly bint dynamic           # type info precedes the payload
    cdef readonly bint framed            # any of these three
    cdef readonly Py_ssize_t slot        # offset in the instance, 0 if in its dict
    cdef readonly object convert         # from the type on the wire to ours
    cdef readonly object default         # factory, where None may not stay
