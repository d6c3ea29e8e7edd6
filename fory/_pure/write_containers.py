"""Lists, tuples, sets and maps of a message being written (xlang_wire 7, 8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fory._pure.codec import (
    BASIC,
    DYNAMIC,
    FLAG_NULL,
    FLAG_VALUE,
    KEY_DECLARED,
    KEY_NULL,
    KEY_TRACKED,
    LIST_DECLARED,
    LIST_HAS_NULL,
    LIST_SAME_TYPE,
    LIST_TRACKED,
    VALUE_DECLARED,
    VALUE_NULL,
    VALUE_TRACKED,
    VARIES,
    Codec,
)
from fory._pure.writer import Writer
from fory._type_ids import TypeId
from fory._values import as_entries, as_items, changed, key_step
from fory.error import ENCODE_ERRORS

__all__ = ["ContainerWriter"]

_MAX_CHUNK = 255
# Structs and extensions: their info is written even if the type is declared.
_REFERRED = range(TypeId.STRUCT, TypeId.NAMED_EXT + 1)
_COMPATIBLE = (TypeId.COMPATIBLE_STRUCT, TypeId.NAMED_COMPATIBLE_STRUCT)
_NEVER_TRACKED = (str, int, float, bool)
_NONE = Codec(TypeId.NONE)


class ContainerWriter(Writer):
    """Containers; what writes the values in them is the encoder's."""

    def _write_any(self, value: Any) -> None:
        """Write flag, type info and payload: a value in a generic position."""
        raise NotImplementedError

    def _write_value(self, value: Any) -> None:
        """Write type info and payload of a value whose type nobody declared."""
        raise NotImplementedError

    def _write_payload(self, codec: Codec, value: Any) -> None:
        """Write a payload by a plan."""
        raise NotImplementedError

    # ---- lists, tuples, sets --------------------------------------------------------

    def _write_collection(self, codec: Codec, value: Any) -> None:
        is_set = codec.kind == TypeId.SET
        lenient = codec.lenient
        if is_set and type(value) is set:
            items: Any = list(value)
        elif not is_set and type(value) in (list, tuple):
            items = value
        else:
            lenient = True
            items = as_items(value, is_set)
        self.write_var_uint32(len(items))
        self._enter()
        if not items:
            self._depth -= 1
            return
        opens = self.track_ref and type(value) is tuple and not self.xlang
        if opens:
            self._open.append(value)
        item = codec.item
        if item is None or item.kind == DYNAMIC or not _are_all(items, item):
            self._write_dynamic(codec, items, lenient)
        else:
            self._write_declared(codec, items, lenient)
        if opens:
            self._open.pop()
        self._depth -= 1

    def _write_declared(self, codec: Codec, items: Any, lenient: bool) -> None:
        """Write items of a declared type."""
        item: Codec = codec.item
        header = LIST_SAME_TYPE
        if item.type_id not in _REFERRED:
            header |= LIST_DECLARED
        if codec.item_tracked:
            header |= LIST_TRACKED
        if any(value is None for value in items):
            header |= LIST_HAS_NULL
        self.write_uint8(header)
        if not header & LIST_DECLARED:
            self._write_info(item)
        self._write_alike(items, item, header, lenient)

    def _write_dynamic(self, codec: Codec, items: Any, lenient: bool) -> None:
        """Write items whose types are known only from themselves."""
        values = [value for value in items if value is not None]
        item: Codec | None = None
        if not values:
            item = _NONE
        elif not self.hooks and all(type(v) is type(values[0]) for v in values):
            item = self._plan_of_items(items, values[0])
            if item.kind == VARIES:
                item = None
        header = 0 if item is None else LIST_SAME_TYPE
        tracked = item is None or item.trackable
        if codec.item and codec.item.kind == DYNAMIC and codec.item.trackable:
            tracked = codec.item_tracked  # as ``Ref`` says
        if self.track_ref and tracked:
            header |= LIST_TRACKED
        if len(values) < len(items):
            header |= LIST_HAS_NULL
        self.write_uint8(header)
        if item is None:
            self._write_mixed(items, header, lenient)
        else:
            self._write_info(item)
            self._write_alike(items, item, header, lenient)

    def _plan_of_items(self, items: Any, first: Any) -> Codec:
        """Return the plan of items of one class; an error says where the first is."""
        try:
            return self._plan_of(first)
        except ENCODE_ERRORS:
            place = next(i for i, item in enumerate(items) if item is not None)
            self._path.append(f"[{place}]")
            raise

    def _write_alike(self, items: Any, item: Codec, header: int, lenient: bool) -> None:
        """Write items of one type, which is known already."""
        nulls = header & LIST_HAS_NULL
        tracked = header & LIST_TRACKED
        # Numbers and strings stand bare even where the header speaks of references.
        if item.kind in BASIC and not nulls and not (lenient and tracked):
            tracked = 0

        def write(value: Any) -> None:
            if value is None:
                if not nulls:
                    raise changed()
                self.write_uint8(FLAG_NULL)
                return
            if tracked:
                if self._write_flag(value):
                    return
            elif nulls:
                self.write_uint8(FLAG_VALUE)
            self._write_payload(item, value)

        self._write_each(items, write)

    def _write_mixed(self, items: Any, header: int, lenient: bool) -> None:
        """Write items each of which has its own type info."""
        tracked = header & LIST_TRACKED
        flagged = header & (LIST_TRACKED | LIST_HAS_NULL)

        def write(value: Any) -> None:
            if value is None:
                if not flagged:
                    raise changed()
                self.write_uint8(FLAG_NULL)
                return
            if tracked and (lenient or type(value) not in _NEVER_TRACKED):
                if self._write_flag(value):
                    return
            elif flagged:
                self.write_uint8(FLAG_VALUE)
            self._write_value(value)

        self._write_each(items, write)

    def _write_each(self, items: Any, write: Callable[[Any], None]) -> None:
        """Write items; code that runs for one of them must not change the list."""
        n = len(items)
        for i in range(n):
            try:
                if len(items) != n:
                    raise changed()
                write(items[i])
            except ENCODE_ERRORS:
                self._path.append(f"[{i}]")
                raise

    # ---- maps -----------------------------------------------------------------------

    def _write_map(self, codec: Codec, value: Any) -> None:
        entries = value if type(value) is dict else as_entries(value)
        self.write_var_uint32(len(entries))
        self._enter()
        n = len(entries)
        chunk = _Chunk()
        for key, item in list(entries.items()):
            try:
                if key is None or item is None:
                    chunk = _Chunk()
                    self._write_entry_with_null(codec, key, item)
                else:
                    if not chunk.takes(key, item):
                        chunk = self._open_chunk(codec, key, item)
                    self._write_side(chunk.key, key, chunk.header & KEY_TRACKED)
                    self._write_side(chunk.value, item, chunk.header & VALUE_TRACKED)
                    chunk.size += 1
                    self._memory[chunk.at] = chunk.size
                if len(entries) != n:
                    raise changed()
            except ENCODE_ERRORS:
                self._path.append(key_step(key))
                raise
        self._depth -= 1

    def _open_chunk(self, codec: Codec, key: Any, value: Any) -> _Chunk:
        """Begin a run of entries whose sides have one type each."""
        chunk = _Chunk()
        chunk.classes = type(key), type(value)
        declared_key, declared_value = _declared(codec.key), _declared(codec.item)
        chunk.key = declared_key or self._side_codec(key, chunk)
        chunk.value = declared_value or self._side_codec(value, chunk)
        if declared_key is not None:
            chunk.header |= KEY_DECLARED
        if declared_value is not None:
            chunk.header |= VALUE_DECLARED
        if self.track_ref and _is_tracked(codec.key, chunk.key, codec.key_tracked):
            chunk.header |= KEY_TRACKED
        if self.track_ref and _is_tracked(codec.item, chunk.value, codec.item_tracked):
            chunk.header |= VALUE_TRACKED
        self.write_uint8(chunk.header)
        chunk.at = self.writer_index
        self.write_uint8(0)
        if declared_key is None:
            self._write_info(chunk.key)
        if declared_value is None:
            self._write_info(chunk.value)
        return chunk

    def _side_codec(self, value: Any, chunk: _Chunk) -> Codec:
        """Return the plan of a side; its class may say too little for the next one."""
        if self.hooks is not None:
            chunk.single = True
            chosen: Codec | None = self.hooks.choose(value)
            if chosen is not None:
                return chosen
        if self._plan_of(value).kind == VARIES:
            chunk.single = True
        return self._codec_of(value)

    def _write_entry_with_null(self, codec: Codec, key: Any, value: Any) -> None:
        if key is None and value is None:
            self.write_uint8(KEY_NULL | VALUE_NULL)
        elif value is None:
            side, tracked = _declared(codec.key), codec.key_tracked
            self._write_lone(key, side, tracked, VALUE_NULL, KEY_DECLARED, KEY_TRACKED)
        else:
            side, tracked = _declared(codec.item), codec.item_tracked
            self._write_lone(
                value, side, tracked, KEY_NULL, VALUE_DECLARED, VALUE_TRACKED
            )

    def _write_lone(
        self,
        value: Any,
        side: Codec | None,
        tracked: bool,
        null: int,
        declared_bit: int,
        tracked_bit: int,
    ) -> None:
        """Write the side of an entry whose other side is None."""
        if side is None:
            self.write_uint8(null | tracked_bit)
            self._write_any(value)
        else:
            self.write_uint8(null | declared_bit | (tracked_bit if tracked else 0))
            self._write_side(side, value, tracked)

    def _write_side(self, codec: Codec, value: Any, tracked: int) -> None:
        if not (tracked and self._write_flag(value)):
            self._write_payload(codec, value)


class _Chunk:
    """A run of map entries whose keys have one type, and whose values have one."""

    def __init__(self) -> None:
        self.header = 0
        self.at = 0  # where the size stands
        self.size = 0  # entries written so far
        self.single = False
        self.classes: tuple[type, type] | None = None
        self.key = self.value = _NONE

    def takes(self, key: Any, value: Any) -> bool:
        """Tell whether an entry may join."""
        fits = self.classes == (type(key), type(value))
        return fits and not self.single and self.size < _MAX_CHUNK


def _declared(codec: Codec | None) -> Codec | None:
    """Return the plan of a side of a map if its annotation gives the type on the wire.

    A compatible struct does not: its definition travels with each chunk.
    """
    if codec is None or codec.kind == DYNAMIC or codec.type_id in _COMPATIBLE:
        return None
    return codec


def _is_tracked(declaration: Codec | None, actual: Codec, tracked: bool) -> bool:
    """Tell whether a side carries references: as declared, else as its type is."""
    if declaration is None or declaration.kind == DYNAMIC:
        return actual.trackable
    return tracked


def _are_all(items: Any, item: Codec) -> bool:
    """Tell whether items can be written with the schema of the declared struct."""
    if item.kind != TypeId.STRUCT:
        return True
    return all(value is None or type(value) is item.cls for value in items)
