"""Plans as they are handed from the registry to the engine."""

from cpython.object cimport PyObject
from libc.stdlib cimport calloc, free

cdef extern from *:
    """
    #include "structmember.h"
    /* Offset of a slot that holds an object, 0 for any other descriptor. */
    static Py_ssize_t fory_slot_offset(PyObject *descriptor) {
        if (!Py_IS_TYPE(descriptor, &PyMemberDescr_Type)) return 0;
        PyMemberDef *member = ((PyMemberDescrObject *)descriptor)->d_member;
        if (member->type != T_OBJECT_EX || (member->flags & READONLY)) return 0;
        return member->offset;
    }
    /* What the interpreter's own cache of attributes goes by; no number comes twice. */
    static unsigned int fory_version_of(PyObject *cls) {
        PyTypeObject *type = (PyTypeObject *)cls;
    #if PY_VERSION_HEX < 0x030C0000
        if (!(type->tp_flags & Py_TPFLAGS_VALID_VERSION_TAG)) return 0;
    #endif
        return type->tp_version_tag;
    }
    """
    Py_ssize_t fory_slot_offset(object descriptor)
    unsigned int fory_version_of(object cls)


# Leaves that the loops over fields handle themselves.
BARE = frozenset((BOOL, VARINT64, FLOAT64, STRING))


def slot_offset_of(descriptor):
    """Return where in an instance the slot of ``descriptor`` lies, 0 without one."""
    return fory_slot_offset(descriptor)


def version_of(cls):
    """Return a number that changes with any part of a class or its bases, or 0."""
    return fory_version_of(cls) if isinstance(cls, type) else 0


cdef class Codec:
    """How values of one type are written and read.

    The registry builds codecs from classes and schemas; the encoder and the decoder
    walk them and decide nothing else.
    """

    def __init__(self, int kind, int type_id=0, **parts):
        self.kind = kind
        self.type_id = type_id or kind
        self.n_attributes = -1
        self.read_names = []
        self.update(**parts)

    def update(self, **parts):
        """Set parts of the plan; structs get theirs when they are first used."""
        self.trackable = parts.get("trackable", self.trackable)
        self.cls = parts.get("cls", self.cls)
        self.info = parts.get("info", self.info)
        self.user_id = parts.get("user_id", self.user_id)
        self.typedef = parts.get("typedef", self.typedef)
        self.names = parts.get("names", self.names)
        self.first_names = parts.get("first_names", self.first_names)
        self.item = parts.get("item", self.item)
        self.key = parts.get("key", self.key)
        self.item_tracked = parts.get("item_tracked", self.item_tracked)
        self.key_tracked = parts.get("key_tracked", self.key_tracked)
        self.lenient = parts.get("lenient", self.lenient)
        self.make = parts.get("make", self.make)
        self.serializer = parts.get("serializer", self.serializer)
        self.members = parts.get("members", self.members)
        self.numbers = parts.get("numbers", self.numbers)
        self.counted = self.numbers == tuple(range(len(self.numbers or ())))
        self.by_number = parts.get("by_number", self.by_number)
        if "fields" in parts:
            self.set_fields(parts["fields"])
        self.missing = parts.get("missing", self.missing)
        self.schema_hash = parts.get("schema_hash", self.schema_hash)
        self.hashed = parts.get("hashed", self.hashed)
        self.prepare = parts.get("prepare", self.prepare)
        self.authorize = parts.get("authorize", self.authorize)
        self.loose = parts.get("loose", self.loose)
        self.home = parts.get("home", self.home)
        self.n_attributes = parts.get("n_attributes", self.n_attributes)

    def set_fields(self, tuple fields not None):
        """Set the fields in the order of their bytes."""
        cdef Py_ssize_t i
        cdef Field field
        free(self.steps)
        self.steps = <Step*> calloc(len(fields) + 1, sizeof(Step))
        if self.steps == NULL:
            raise MemoryError("no memory for the plan of a class")
        self.fields = fields
        self.n_fields = len(fields)
        for i in range(self.n_fields):
            field = fields[i]
            bare = field.codec.kind in BARE and not (field.tracked or field.dynamic)
            if field.convert is not None or field.default is not None:
                bare = False
            self.steps[i].nullable = field.nullable
            self.steps[i].kind = field.codec.kind if bare else FRAMED_STEP
            self.steps[i].slot = field.slot
            self.steps[i].name = NULL if field.name is None else <PyObject*> field.name
            self.steps[i].field = <PyObject*> field

    def __dealloc__(self):
        free(self.steps)

    def __repr__(self):
        return f"Codec(kind={self.kind}, type_id={self.type_id}, cls={self.cls!r})"


cdef class Field:
    """One field of a struct as it lies in the bytes."""

    def __init__(
        self, name, Codec codec not None, *, bint nullable=False, bint tracked=False,
        bint dynamic=False, Py_ssize_t slot=0, convert=None, default=None,
    ):
        self.name = name
        self.codec = codec
        self.nullable = nullable
        self.tracked = tracked
        self.dynamic = dynamic
        self.framed = nullable or tracked or dynamic
        self.slot = slot
        self.convert = convert
        self.default = default
