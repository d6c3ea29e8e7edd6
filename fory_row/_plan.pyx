"""Compile a schema into the node tree that every kernel walks."""

from cpython.object cimport PyObject
from libc.stdint cimport INT32_MAX, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy

from fory._bytes cimport up8
from fory_row._layout cimport (
    AS_BINARY, AS_BOOL, AS_DATE32, AS_DATE64, AS_DECIMAL, AS_DECIMAL_BINARY,
    AS_DICTIONARY, AS_DURATION, AS_FLOAT16, AS_FLOAT32, AS_FLOAT64, AS_INT16, AS_INT32,
    AS_INT64, AS_INT8, AS_LIST, AS_MAP, AS_NULL, AS_STRUCT, AS_TIME, AS_TIMESTAMP,
    AS_UINT16, AS_UINT32, AS_UINT64, AS_UINT8, AS_UTF8, AS_UUID, BINARY, FIXED, LARGE,
    LARGE_VIEW, LIST, MAP, NARROW, STRUCT, UTF8, VIEW, Node, bitmap_bytes, bits_bytes,
)
from fory_row._plan cimport info_of

from dataclasses import replace

from fory.error import DecodeError, EncodeError
from fory_row.schema_bytes import type_tree_hash
from fory_row.data_type import UNITS, Kind

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
        """Return the dictionary value of a code; raise `DecodeError` outside."""
        if self.dictionary is None:
            return code
        if self.values is None:
            self.values = [NotImplemented] * len(self.dictionary)
        if code < 0 or code >= len(self.values):
            raise DecodeError(
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
    layout : {"standard", "compact"}
        How rows lie (row_format 2 and 7).
    dictionaries : sequence of Arrow arrays, optional
        The values of the dictionary fields in depth-first order; without them a
        dictionary field reads as its codes.

    Notes
    -----
    ``schema.plan()`` makes it once and keeps it.
    """

    def __cinit__(self, schema, str layout="standard", dictionaries=()):
        if layout not in ("standard", "compact"):
            raise ValueError(
                f"unknown layout {layout!r}; rows lie in 'standard' or 'compact'"
            )
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

    @property
    def type_hash(self):
        """The official hash of the type tree, in the order in which fields lie."""
        return type_tree_hash(_in_order(self.root))

    cpdef Plan project(self, ordinals):
        """Return a plan of some of the fields over the same bytes.

        Slots and bitmap stay where they are: nothing of a row moves.
        """
        cdef Plan base = self if self.base is None else self.base
        cdef Plan made
        cdef const Node* kept
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
            kept = &base.root.children[<Py_ssize_t> picked[i]]
            made.root.children[i].slot = kept.slot
            made.root.children[i].bit = kept.bit
            made.root.children[i].has_bit = kept.has_bit
        return made

    def __reduce__(self):
        raise TypeError("a plan is compiled from its schema; pickle the schema")


cdef _compile(Plan plan):
    cdef Node* root = plan.root
    cdef Node* next_free = plan.nodes + 1
    root.kind = STRUCT
    root.access = AS_STRUCT
    root.compact = plan.layout == "compact"
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
        _name_struct(<NodeInfo> node.info, fields)
    for i in range(n):
        child = &node.children[i]
        field = fields[i]
        child.ordinal = <uint32_t> i
        child.compact = node.compact
        _describe(child, field)
        if child.access == AS_DECIMAL or child.access == AS_DECIMAL_BINARY:
            _set_limit(child)
        if child.compact:
            _describe_compact(child)
        child_path = _child_path(node, path, field, i)
        info = _add_info(plan, child, field, child_path)
        if child.access == AS_DICTIONARY:
            info.dictionary = next(arrays, None)
        elif child.kind in (LIST, MAP, STRUCT):
            _add_children(
                plan, child, list(field.type.children), child_path, next_free, arrays
            )
    if node.kind == STRUCT and node.compact:
        _place_compact(node, path)
    elif node.kind == STRUCT:
        _place_standard(node)
    elif node.compact:
        _refuse_unbounded(node)


cdef list _in_order(const Node* node):
    """Return a struct's fields as they lie; structs in lists and maps stay (7.2)."""
    cdef uint32_t i
    cdef const Node* child
    cdef list found = [None] * node.n_children
    for i in range(node.n_children):
        child = &node.children[i]
        field = info_of(child).field
        if child.kind == STRUCT:
            type_ = replace(field.type, children=tuple(_in_order(child)))
            field = replace(field, type=type_)
        found[child.bit] = field
    return found


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


cdef void _place_standard(Node* node) noexcept:
    """Give the children of a struct their bits and slots (row_format 2.1)."""
    cdef uint32_t i, first = <uint32_t> bitmap_bytes(node.n_children)
    for i in range(node.n_children):
        node.children[i].has_bit = True
        node.children[i].bit = i
        node.children[i].slot = first + 8 * i
    node.bitmap = 0
    node.fixed_bytes = first + 8 * node.n_children


cdef _place_compact(Node* node, str path):
    """The same in sorted order; a struct without pairs lies in place (7.2, 7.3)."""
    cdef uint64_t end = 0
    cdef uint32_t bit = 0
    cdef bint nullable = False, variable = False
    cdef Node* child
    for i in _compact_order(node):
        child = &node.children[<uint32_t> i]
        child.bit = bit
        child.slot = <uint32_t> end
        bit += 1
        end += child.width
        nullable |= child.nullable
        variable |= child.variable
        if end > INT32_MAX:
            raise EncodeError(
                f"the fields of {path or 'the row'} take more than {INT32_MAX} bytes "
                "in place; use binary without a fixed size"
            )
    node.bitmap = <uint32_t> end
    if nullable:
        end += bits_bytes(node, node.n_children)
        for i in range(node.n_children):
            node.children[<uint32_t> i].has_bit = True
    node.variable = variable
    node.fixed_bytes = <uint32_t> (up8(end) if variable else end)
    node.width = 8 if variable else node.fixed_bytes


cdef list _compact_order(Node* node):
    """Return the children's positions: even widths first, each class wide to narrow."""
    cdef uint32_t i, width
    cdef list order = []
    for i in range(node.n_children):
        width = node.children[i].width
        odd = not (width in (2, 4) or width & 7 == 0)
        order.append((odd, -<Py_ssize_t> width, i))
    return [i for _, _, i in sorted(order)]


cdef _refuse_unbounded(Node* node):
    """Refuse compact elements without a byte or a bit: nothing bounds their count."""
    cdef uint32_t i
    for i in range(node.n_children):
        if node.children[i].width == 0 and not node.children[i].nullable:
            raise EncodeError(
                f"the items of {(<NodeInfo> node.info).path!r} take no bytes at all; "
                "make them nullable or use the standard layout"
            )


cdef _name_struct(NodeInfo info, list fields):
    names = tuple(f.name for f in fields)
    info.names = names
    if len(set(names)) == len(names):
        info.positions = {name: i for i, name in enumerate(names)}
    else:
        info.positions = {n: i for i, n in enumerate(names) if names.count(n) == 1}


cdef str _child_path(Node* parent, str path, field, Py_ssize_t ordinal):
    """Spell the place of a child: ``a.b`` in structs, ``a[*]`` in lists and maps."""
    if parent.kind != STRUCT:
        is_key = parent.kind == MAP and ordinal == 0
        return f"{path}.keys[*]" if is_key else f"{path}[*]"
    return f"{path}.{field.name}" if path else field.name


cdef _describe(Node* node, field):
    """Fill everything of a node that depends on its own field alone."""
    type_ = field.type
    logical = type_.logical
    node.kind = type_.kind
    node.nullable = field.nullable
    node.variable = type_.variable
    node.scalar = not node.variable
    node.width = type_.width
    node.body_pad = 7
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


cdef _set_limit(Node* node):
    """Set what the magnitude of a decimal stays below (row_format 3.3)."""
    limit = (<object> 10) ** min(node.precision, 76)
    cdef bytes limbs = limit.to_bytes(32, "little")
    memcpy(node.limit, <const char*> limbs, 32)


cdef _describe_decimal(Node* node, args):
    node.bits = args[0]
    if len(args) == 3:
        node.access = AS_DECIMAL_BINARY
        node.wide = FIXED
        node.fixed = node.bits // 8
        node.precision = args[1]
        node.scale = args[2]


cdef void _describe_compact(Node* node) noexcept:
    """What differs in a compact row, but for structs, whose children decide."""
    if node.kind not in (UTF8, BINARY):
        node.body_pad = 0
    if node.kind == BINARY and node.wide == FIXED:
        node.variable = False
        node.width = <uint32_t> node.fixed


def _count(field, Py_ssize_t depth):
    """Return the number of nodes of a field, its own included."""
    if depth > MAX_DEPTH:
        raise EncodeError(
            f"field {field.name!r} nests deeper than {MAX_DEPTH} levels; flatten it"
        )
    if field.type.is_logical("dictionary"):
        return 1
    return 1 + sum(_count(c, depth + 1) for c in field.type.children)
