"""Compile a schema into the node tree that every kernel walks."""

from cpython.object cimport PyObject
from libc.stdint cimport uint32_t
from libc.stdlib cimport calloc, free

from fory_row._layout cimport (
    AS_BINARY, AS_BOOL, AS_DATE32, AS_DATE64, AS_DECIMAL, AS_DECIMAL_BINARY,
    AS_DICTIONARY, AS_DURATION, AS_FLOAT16, AS_FLOAT32, AS_FLOAT64, AS_INT8, AS_INT16,
    AS_INT32, AS_INT64, AS_LIST, AS_MAP, AS_NULL, AS_STRUCT, AS_TIME, AS_TIMESTAMP,
    AS_UINT8, AS_UINT16, AS_UINT32, AS_UINT64, AS_UTF8, AS_UUID, FIXED, LARGE, NARROW,
    LARGE_VIEW, STRUCT, VIEW, Node, bitmap_bytes,
)
from fory_row._plan cimport info_of

from fory.error import EncodeError
from fory_row.types import UNITS, Kind

cdef Py_ssize_t MAX_DEPTH = 100

_PHYSICAL = {
    Kind.BOOL: AS_BOOL, Kind.INT8: AS_INT8, Kind.INT16: AS_INT16,
    Kind.INT32: AS_INT32, Kind.INT64: AS_INT64, Kind.FLOAT32: AS_FLOAT32,
    Kind.FLOAT64: AS_FLOAT64, Kind.UTF8: AS_UTF8, Kind.BINARY: AS_BINARY,
    Kind.DATE32: AS_DATE32, Kind.TIMESTAMP: AS_TIMESTAMP, Kind.DURATION: AS_DURATION,
    Kind.DECIMAL: AS_DECIMAL, Kind.LIST: AS_LIST, Kind.MAP: AS_MAP,
    Kind.STRUCT: AS_STRUCT,
}
_UNSIGNED = {
    Kind.INT8: AS_UINT8, Kind.INT16: AS_UINT16, Kind.INT32: AS_UINT32,
    Kind.INT64: AS_UINT64,
}
_LOGICAL = {
    "float16": AS_FLOAT16, "timestamp": AS_TIMESTAMP, "duration": AS_DURATION,
    "time": AS_TIME, "date64": AS_DATE64, "null": AS_NULL,
    "dictionary": AS_DICTIONARY, "uuid": AS_UUID,
}
_INDEX = {
    "int8": AS_INT8, "int16": AS_INT16, "int32": AS_INT32, "int64": AS_INT64,
    "uint8": AS_UINT8, "uint16": AS_UINT16, "uint32": AS_UINT32, "uint64": AS_UINT64,
}
_WIDE = {"large": LARGE, "fixed": FIXED, "view": VIEW}


cdef class NodeInfo:
    """What a node needs on the Python side: names, path, zone, dictionary."""

    cdef object value(self, Py_ssize_t code):
        """Return the dictionary value of a code; raise `IndexError` outside."""
        if self.dictionary is None:
            return code
        if self.values is None:
            self.values = [NotImplemented] * len(self.dictionary)
        if code < 0 or code >= len(self.values):
            raise IndexError(
                f"code {code} of field {self.path!r} is outside its dictionary of "
                f"{len(self.values)} values"
            )
        found = self.values[code]
        if found is NotImplemented:
            found = self.values[code] = self.dictionary[code].as_py()
        return found

    def __reduce__(self):
        raise TypeError("a plan is compiled from its schema; pickle the schema")


cdef class Plan:
    """A schema compiled for one layout.

    Parameters
    ----------
    schema : Schema
        The fields to compile.
    layout : {"standard"}
        How rows lie.
    dictionaries : sequence of Arrow arrays, optional
        The values of the dictionary fields in depth-first order; without them a
        dictionary field reads as its codes.

    Notes
    -----
    ``schema.plan()`` makes it once and keeps it.
    """

    def __cinit__(self, schema, str layout="standard", dictionaries=()):
        if layout != "standard":
            raise ValueError(f"unknown layout {layout!r}; rows lie in 'standard'")
        self.schema = schema
        self.layout = layout
        self.dictionaries = tuple(dictionaries)
        self.n_nodes = 1 + sum(_count(f, 1) for f in schema.fields)
        self.nodes = <Node*> calloc(self.n_nodes, sizeof(Node))
        if self.nodes == NULL:
            raise MemoryError
        self.infos = []
        self.root = self.nodes
        _compile(self)

    def __dealloc__(self):
        free(self.nodes)

    @property
    def positions(self):
        """Field name -> position; repeated names are left out."""
        return info_of(self.root).positions

    cpdef Plan project(self, ordinals):
        """Return a plan of some of the fields over the same bytes.

        Slots and bitmap stay where they are: nothing of a row moves.
        """
        cdef Plan base = self if self.base is None else self.base
        cdef Plan made
        cdef Py_ssize_t i
        if self.base is not None:
            ordinals = [self.ordinals[i] for i in ordinals]
        cdef tuple picked = tuple(ordinals)
        schema = base.schema.select(picked)
        arrays = [a for i in picked for a in dictionaries_under(&base.root.children[<Py_ssize_t> i])]
        made = Plan(schema, base.layout, arrays)
        made.base = base
        made.ordinals = picked
        made.stride = base.stride
        made.root.bitmap = base.root.bitmap
        made.root.fixed_bytes = base.root.fixed_bytes
        for i in range(len(picked)):
            made.root.children[i].slot = base.root.children[<Py_ssize_t> picked[i]].slot
            made.root.children[i].bit = base.root.children[<Py_ssize_t> picked[i]].bit
        return made

    def __reduce__(self):
        raise TypeError("a plan is compiled from its schema; pickle the schema")


cdef _compile(Plan plan):
    cdef Node* root = plan.root
    cdef Node* next_free = plan.nodes + 1
    root.kind = STRUCT
    root.access = AS_STRUCT
    root.fixed = -1
    _add_info(plan, root, None, "")
    arrays = iter(plan.dictionaries)
    _add_children(plan, root, list(plan.schema.fields), "", &next_free, arrays)
    variable = any(root.children[i].variable for i in range(root.n_children))
    plan.stride = 0 if variable else root.fixed_bytes


cdef NodeInfo _add_info(Plan plan, Node* node, field, str path):
    cdef NodeInfo info = NodeInfo.__new__(NodeInfo)
    info.field = field
    info.path = path
    node.info = <PyObject*> info
    plan.infos.append(info)
    return info


cdef _add_children(
    Plan plan, Node* node, list fields, str path, Node** next_free, arrays
):
    """Lay the children side by side, then each one's own children behind them."""
    cdef Py_ssize_t n = len(fields), i
    cdef Node* child
    cdef NodeInfo info
    node.n_children = <uint32_t> n
    node.children = next_free[0]
    next_free[0] += n
    if node.kind == STRUCT:
        _place_struct(node)
        _name_struct(<NodeInfo> node.info, fields)
    for i in range(n):
        child = &node.children[i]
        field = fields[i]
        child.ordinal = <uint32_t> i
        child.bit = <uint32_t> i
        child.slot = <uint32_t> (bitmap_bytes(n) + 8 * i)
        _describe(child, field)
        child_path = _child_path(node, path, field)
        info = _add_info(plan, child, field, child_path)
        if child.access == AS_DICTIONARY:
            info.dictionary = next(arrays, None)
        elif field.type.children:
            _add_children(
                plan, child, list(field.type.children), child_path, next_free, arrays
            )


cdef tuple dictionaries_under(const Node* node):
    """Return the dictionaries of a node and all below it, depth first."""
    cdef list found = []
    _collect_dictionaries(node, found)
    return tuple(found)


cdef _collect_dictionaries(const Node* node, list found):
    cdef uint32_t i
    if node.access == AS_DICTIONARY:
        found.append(info_of(node).dictionary)
    for i in range(node.n_children):
        _collect_dictionaries(&node.children[i], found)


cdef void _place_struct(Node* node) noexcept:
    node.bitmap = 0
    node.fixed_bytes = <uint32_t> (bitmap_bytes(node.n_children) + 8 * node.n_children)


cdef _name_struct(NodeInfo info, list fields):
    names = tuple(f.name for f in fields)
    info.names = names
    info.template = dict.fromkeys(names)
    if len(info.template) == len(names):
        info.positions = {name: i for i, name in enumerate(names)}
    else:
        info.positions = {n: i for i, n in enumerate(names) if names.count(n) == 1}


cdef str _child_path(Node* parent, str path, field):
    """Spell the place of a child: ``a.b`` in structs, ``a[*]`` in lists and maps."""
    if parent.kind != STRUCT:
        return f"{path}[*]" if field.name != "key" else f"{path}.keys[*]"
    return f"{path}.{field.name}" if path else field.name


cdef _describe(Node* node, field):
    """Fill everything of a node that depends on its own field alone."""
    type_ = field.type
    logical = type_.logical
    node.kind = type_.kind
    node.nullable = field.nullable
    node.variable = type_.variable
    node.width = type_.width
    node.precision = type_.precision
    node.scale = type_.scale
    # Official schemas may have a decimal that is wider than Arrow's default.
    node.bits = 256 if type_.precision > 38 else 128
    node.fixed = -1
    node.unit = 2
    node.wide = NARROW
    node.access = _PHYSICAL[type_.kind]
    if logical is None:
        return
    node.wide = _WIDE.get(logical.name, NARROW)
    if node.wide == VIEW and logical.args:
        node.wide = LARGE_VIEW
    if logical.name == "uint":
        node.access = _UNSIGNED[type_.kind]
    else:
        node.access = _LOGICAL.get(logical.name, node.access)
    if logical.name == "fixed":
        node.fixed = logical.args[0]
    elif logical.name == "uuid":
        node.fixed = 16
        node.wide = FIXED
    elif logical.name == "dictionary":
        node.index_access = _INDEX[logical.args[0]]
    elif logical.name == "decimal":
        _describe_decimal(node, logical.args)
    elif logical.name in ("timestamp", "duration", "time"):
        node.unit = UNITS.index(logical.args[0])


cdef _describe_decimal(Node* node, args):
    node.bits = args[0]
    if len(args) == 3:
        node.access = AS_DECIMAL_BINARY
        node.wide = FIXED
        node.fixed = node.bits // 8
        node.precision = args[1]
        node.scale = args[2]


def _count(field, Py_ssize_t depth):
    """Return the number of nodes of a field, its own included."""
    if depth > MAX_DEPTH:
        raise EncodeError(
            f"field {field.name!r} nests deeper than {MAX_DEPTH} levels; flatten it"
        )
    if field.type.is_logical("dictionary"):
        return 1
    return 1 + sum(_count(c, depth + 1) for c in field.type.children)
