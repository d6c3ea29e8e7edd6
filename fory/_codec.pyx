"""Plans as they are handed from the registry to the engine."""

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
    """
    Py_ssize_t fory_slot_offset(object descriptor)


def slot_offset_of(descriptor):
    """Return where in an instance the slot of ``descriptor`` lies, 0 without one."""
    return fory_slot_offset(descriptor)


cdef class Codec:
    """How values of one type are written and read.

    The registry builds codecs from classes and schemas; the encoder and the decoder
    walk them and decide nothing else.
    """

    def __init__(self, int kind, int type_id=0, **parts):
        self.kind = kind
        self.type_id = type_id or kind
        self.head = bytes([self.type_id])
        self.update(**parts)

    def update(self, **parts):
        """Set parts of the plan; structs get theirs when they are first used."""
        self.trackable = parts.get("trackable", self.trackable)
        self.cls = parts.get("cls", self.cls)
        self.info = parts.get("info", self.info)
        self.head = parts.get("head", self.head)
        self.typedef = parts.get("typedef", self.typedef)
        self.names = parts.get("names", self.names)
        self.item = parts.get("item", self.item)
        self.key = parts.get("key", self.key)
        self.item_tracked = parts.get("item_tracked", self.item_tracked)
        self.key_tracked = parts.get("key_tracked", self.key_tracked)
        self.lenient = parts.get("lenient", self.lenient)
        self.make = parts.get("make", self.make)
        self.serializer = parts.get("serializer", self.serializer)
        self.members = parts.get("members", self.members)
        self.numbers = parts.get("numbers", self.numbers)
        self.by_number = parts.get("by_number", self.by_number)
        self.fields = parts.get("fields", self.fields)
        self.missing = parts.get("missing", self.missing)
        self.schema_hash = parts.get("schema_hash", self.schema_hash)
        self.hashed = parts.get("hashed", self.hashed)
        self.prepare = parts.get("prepare", self.prepare)
        self.authorize = parts.get("authorize", self.authorize)

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
        self.slot = slot
        self.convert = convert
        self.default = default
