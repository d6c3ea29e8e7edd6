"""Lists, tuples, sets and maps of a message being read (xlang_wire 7, 8)."""

from __future__ import annotations

from typing import Any

from fory._pure.codec import (
    BASIC,
    DYNAMIC,
    KEY_DECLARED,
    KEY_NULL,
    KEY_TRACKED,
    LIST_DECLARED,
    LIST_HAS_NULL,
    LIST_SAME_TYPE,
    LIST_TRACKED,
    NAMED_TUPLE,
    OBJECT,
    VALUE_DECLARED,
    VALUE_NULL,
    VALUE_TRACKED,
    Codec,
)
from fory._pure.reader import Reader
from fory._type_ids import TypeId
from fory._values import hashable, key_step
from fory.error import DECODE_ERRORS, DecodeError

__all__ = ["ContainerReader"]

# Payloads that may take no bytes.
_UNBACKED = (TypeId.STRUCT, TypeId.EXT, TypeId.NONE, OBJECT, NAMED_TUPLE)


class ContainerReader(Reader):
    """Containers; what reads the values in them is the decoder's."""

    def _read_flagged(self, codec: Codec | None, flag: int) -> Any:
        """Return what a flag announces; its type is known unless codec is None."""
        raise NotImplementedError

    def _read_value(self) -> Any:
        """Return a value from its type info and payload."""
        raise NotImplementedError

    def _read_payload(self, codec: Codec) -> Any:
        """Return a value from its payload by a plan."""
        raise NotImplementedError

    # ---- lists, tuples, sets --------------------------------------------------------

    def _read_collection(self, codec: Codec) -> Any:
        n = self._read_size()
        if codec.make is not None:
            self._slot = -1
            return codec.make(self._read_items(codec, n))
        # It is published while it is empty: its items may refer to it.
        result: Any = set() if codec.kind == TypeId.SET else []
        self._publish(result)
        items = self._read_items(codec, n)
        if codec.kind == TypeId.SET:
            result.update(map(_as_key, items))
        else:
            result.extend(items)
        return result

    def _read_items(self, codec: Codec, n: int) -> list[Any]:
        """Return the items behind a header."""
        self._charge(48 + 8 * n)
        self._enter()
        if n == 0:
            self._depth -= 1
            return []
        header = self.read_uint8()
        item: Codec | None = None
        if header & LIST_SAME_TYPE:
            item = self._side_codec(codec.item, header & LIST_DECLARED)
        flagged = bool(header & (LIST_TRACKED | LIST_HAS_NULL))
        # Numbers and strings stand bare even where the header speaks of references.
        if item is not None and item.kind in BASIC and not header & LIST_HAS_NULL:
            flagged = flagged and codec.lenient
        self._check_backed(n, item, flagged)
        items: list[Any] = []
        try:
            for _ in range(n):
                items.append(self._read_item(item, flagged))
        except DECODE_ERRORS:
            self._path.append(f"[{len(items)}]")
            raise
        self._depth -= 1
        return items

    def _read_item(self, item: Codec | None, flagged: bool) -> Any:
        self._slot = -1
        if flagged:
            return self._read_flagged(item, self.read_uint8())
        return self._read_value() if item is None else self._read_payload(item)

    def _check_backed(self, n: int, item: Codec | None, flagged: bool) -> None:
        """Refuse more items than bytes, and many items that take no bytes."""
        many = n > self._max_unbacked
        takes_bytes = flagged or item is None or item.kind not in _UNBACKED
        if takes_bytes or (many and self._stream is not None):
            is_bare_float = item is not None and item.kind == TypeId.FLOAT64
            self._need(8 * n if is_bare_float and not flagged else n)
        elif many and n > self._writer - self._reader:
            raise DecodeError(
                f"{n} items in {self._writer - self._reader} bytes are more than "
                f"max_unbacked_container_items={self._max_unbacked}, at byte "
                f"{self._reader}"
            )

    # ---- maps -----------------------------------------------------------------------

    def _read_map(self, codec: Codec) -> Any:
        left = self._read_size()
        result: dict[Any, Any] = {}
        if codec.make is None:
            self._publish(result)
        self._slot = -1
        self._need(left)
        self._charge(64 + 16 * left)
        self._enter()
        while left > 0:
            header = self.read_uint8()
            if header & (KEY_NULL | VALUE_NULL):
                left -= 1
                self._read_entry_with_null(codec, result, header)
            else:
                left -= self._read_chunk(codec, result, header, left)
        self._depth -= 1
        return result if codec.make is None else codec.make(result)

    def _read_entry_with_null(
        self, codec: Codec, result: dict[Any, Any], header: int
    ) -> None:
        key = value = None
        if not header & KEY_NULL:
            key = self._read_lone(
                codec.key, header & KEY_DECLARED, header & KEY_TRACKED
            )
        elif not header & VALUE_NULL:
            value = self._read_lone(
                codec.item, header & VALUE_DECLARED, header & VALUE_TRACKED
            )
        result[_as_key(key)] = value

    def _read_lone(self, declared: Codec | None, is_declared: int, tracked: int) -> Any:
        """Return the side of an entry whose other side is None."""
        self._slot = -1
        codec = self._declared(declared) if is_declared else None
        if tracked:
            return self._read_flagged(codec, self.read_uint8())
        return self._read_value() if codec is None else self._read_payload(codec)

    def _read_chunk(
        self, codec: Codec, result: dict[Any, Any], header: int, left: int
    ) -> int:
        """Read a run of entries whose sides have one type each; return how many."""
        n = self.read_uint8()
        if not 0 < n <= left:
            raise DecodeError(
                f"a chunk of {n} entries stands where {left} are left, before byte "
                f"{self._reader}"
            )
        keys = self._side_codec(codec.key, header & KEY_DECLARED)
        values = self._side_codec(codec.item, header & VALUE_DECLARED)
        key = None
        try:
            for _ in range(n):
                key = None
                key = self._read_side(keys, header & KEY_TRACKED)
                value = self._read_side(values, header & VALUE_TRACKED)
                result[_as_key(key)] = value
        except DECODE_ERRORS:
            self._path.append("[key]" if key is None else key_step(key))
            raise
        return n

    def _read_side(self, codec: Codec, tracked: int) -> Any:
        self._slot = -1
        if tracked:
            return self._read_flagged(codec, self.read_uint8())
        return self._read_payload(codec)

    # ---- types of items -------------------------------------------------------------

    def _side_codec(self, declared: Codec | None, is_declared: int) -> Codec:
        return self._declared(declared) if is_declared else self._read_info()

    def _declared(self, codec: Codec | None) -> Codec:
        if codec is None or codec.kind == DYNAMIC:
            raise DecodeError(
                f"items have a declared type, but none is declared, before byte "
                f"{self._reader}"
            )
        return codec


def _as_key(value: Any) -> Any:
    """Return a key or set item, as its immutable twin if it cannot be hashed."""
    try:
        hash(value)
    except TypeError:
        return hashable(value)
    return value
