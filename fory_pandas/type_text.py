"""Types as text that can be read back: the inside of ``fory[...]``.

The spelling is Arrow's where it has one. Names of fields that are no identifiers are
quoted as in JSON; names of list items and of keys and values are not part of a type.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NoReturn

from fory_row import types as t
from fory_row.types import DataType, Field, Kind

__all__ = ["parse_type", "type_text"]

_MAX_DEPTH = 64
_PLAIN: dict[str, DataType] = {
    "binary": t.binary(),
    "binary_view": DataType(Kind.BINARY, logical=t.Logical("view")),
    "bool": t.bool_(),
    "date32": t.date32(),
    "date64": t.date64(),
    "float16": t.float16(),
    "float32": t.float32(),
    "float64": t.float64(),
    "int16": t.int16(),
    "int32": t.int32(),
    "int64": t.int64(),
    "int8": t.int8(),
    "large_binary": t.large_binary(),
    "large_string": t.large_utf8(),
    "null": t.null(),
    "string": t.utf8(),
    "string_view": DataType(Kind.UTF8, logical=t.Logical("view")),
    "uint16": t.uint16(),
    "uint32": t.uint32(),
    "uint64": t.uint64(),
    "uint8": t.uint8(),
    "uuid": t.uuid(),
}
_ALIASES = {
    "boolean": "bool",
    "date": "date32",
    "date32[day]": "date32",
    "date64[ms]": "date64",
    "double": "float64",
    "float": "float32",
    "halffloat": "float16",
    "large_utf8": "large_string",
    "str": "string",
    "utf8": "string",
}
_TEXTS = {made: name for name, made in _PLAIN.items()}
_LISTS: dict[str, t.Logical | None] = {
    "list": None,
    "large_list": t.Logical("large"),
    "list_view": t.Logical("view"),
    "large_list_view": t.Logical("view", (64,)),
}
_LIST_TEXTS = {tag: name for name, tag in _LISTS.items()}
_NAME = re.compile(r"[^\W\d]\w*")
_WORD = re.compile(r"date32\[day\]|date64\[ms\]|\w+")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_ARGS = re.compile(r"\s*[\[(]([^\[\]()]*)[\])]")


# -- to text ---------------------------------------------------------------------


def type_text(type_: DataType) -> str:
    """Return a type as text from which :func:`parse_type` makes it again."""
    plain = _TEXTS.get(type_)
    if plain is not None:
        return plain
    tag = type_.logical
    name, args = ("", ()) if tag is None else (tag.name, tag.args)
    if name == "dictionary":
        ordered = ", ordered" if args[1] else ""
        return f"dictionary<{_part(type_.children[0])}, {args[0]}{ordered}>"
    if type_.kind is Kind.LIST:
        item = _part(type_.children[0])
        if name == "fixed":
            return f"fixed_size_list<{item}>[{args[0]}]"
        return f"{_LIST_TEXTS[tag]}<{item}>"
    if type_.kind is Kind.MAP:
        key, value = type_.children
        is_sorted = ", sorted" if name == "sorted" else ""
        return f"map<{type_text(key.type)}, {_part(value)}{is_sorted}>"
    if type_.kind is Kind.STRUCT:
        return f"struct<{', '.join(map(_field, type_.children))}>"
    return _with_args(type_, name, args)


def _with_args(type_: DataType, name: str, args: tuple[Any, ...]) -> str:
    if type_.kind is Kind.DECIMAL:
        bits = args[0] if args else 128
        return f"decimal{bits}({type_.precision}, {type_.scale})"
    if name == "decimal":
        return f"decimal{args[0]}({args[1]}, {args[2]})"
    if name == "fixed":
        return f"fixed_size_binary[{args[0]}]"
    if name == "time":
        return f"time{32 if args[0] in ('s', 'ms') else 64}[{args[0]}]"
    if type_.kind is Kind.DURATION or name == "duration":
        return f"duration[{args[0] if args else 'us'}]"
    unit, zone = args or ("us", "")
    return f"timestamp[{unit}, tz={zone}]" if zone else f"timestamp[{unit}]"


def _part(field: Field) -> str:
    return type_text(field.type) + ("" if field.nullable else " not null")


def _field(field: Field) -> str:
    plain = _NAME.fullmatch(field.name) is not None
    return f"{field.name if plain else json.dumps(field.name)}: {_part(field)}"


# -- from text -------------------------------------------------------------------


def parse_type(text: str) -> DataType:
    """Return the type that a text spells; Arrow's own spelling is taken as well.

    Raises
    ------
    ValueError
        If the text is no type; says where it stops being one.

    Examples
    --------
    >>> str(parse_type("struct<a: int64, b: list<string>>"))
    'struct<a: int64, b: list<utf8>>'
    """
    reader = _Reader(text)
    made = reader.type()
    reader.skip_spaces()
    if reader.at != len(text):
        reader.fail("the end")
    return made


class _Reader:
    """Recursive descent over a type's text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def type(self) -> DataType:
        self.skip_spaces()
        start = self.at
        name = self._match(_WORD, "a type")
        name = _ALIASES.get(name, name)
        if name in _PLAIN:
            return _PLAIN[name]
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            self.fail(f"at most {_MAX_DEPTH} levels")
        family = _NESTED.get(name)
        if family is not None:
            self._expect("<")
            made = family(self, name)
        else:
            made = self._parametric(name, start)
        self.depth -= 1
        return made

    def _parametric(self, name: str, start: int) -> DataType:
        found = _ARGS.match(self.text, self.at)
        make = _PARAMETRIC.get(name)
        if make is None or found is None:
            self.at = start
            self.fail("a type")
        args = [arg.strip() for arg in found[1].split(",")]
        try:
            made = make(*args)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{self.text[start : found.end()]!r}: {error}") from error
        self.at = found.end()
        return made

    def list(self, name: str) -> DataType:
        item = self._named_part("item")
        self._expect(">")
        return DataType(Kind.LIST, (item,), logical=_LISTS[name])

    def fixed_list(self, _: str) -> DataType:
        item = self._named_part("item")
        self._expect(">")
        self._expect("[")
        size = int(self._match(re.compile(r"\d{1,10}"), "a number of items"))
        self._expect("]")
        return t.fixed_size_list(item, size)

    def map(self, _: str) -> DataType:
        key = self.type()
        self._expect(",")
        value = self.part("value")
        is_sorted = self._take(",") and self._word("sorted")
        self._expect(">")
        return t.map_(key, value, keys_sorted=is_sorted)

    def struct(self, _: str) -> DataType:
        fields: list[Field] = []
        while not self._take(">"):
            if fields:
                self._expect(",")
            name = self._field_name()
            self._expect(":")
            fields.append(self.part(name))
        return t.struct(fields)

    def dictionary(self, _: str) -> DataType:
        values = self.part("values")
        self._expect(",")
        index = self.type()
        ordered = self._take(",") and self._word("ordered")
        self._expect(">")
        return t.dictionary(index, values, ordered=ordered)

    def part(self, name: str) -> Field:
        type_ = self.type()
        found = re.compile(r"\s+not\s+null\b").match(self.text, self.at)
        if found:
            self.at = found.end()
        return Field(name, type_, nullable=not found)

    def _named_part(self, name: str) -> Field:
        """Read an item that Arrow's spelling gives a name, which types do not have."""
        found = re.compile(r"\s*(item|element)\s*:").match(self.text, self.at)
        if found:
            self.at = found.end()
        return self.part(name)

    def _field_name(self) -> str:
        self.skip_spaces()
        if self.text.startswith('"', self.at):
            quoted = self._match(_QUOTED, "the end of a quoted name")
            try:
                return str(json.loads(quoted))
            except ValueError as error:
                raise ValueError(f"{quoted} is no name: {error}") from error
        return self._match(re.compile(r"[^\s:<>,\"]+"), "a name")

    def skip_spaces(self) -> None:
        while self.text[self.at : self.at + 1].isspace():
            self.at += 1

    def _match(self, pattern: re.Pattern[str], what: str) -> str:
        self.skip_spaces()
        found = pattern.match(self.text, self.at)
        if found is None:
            self.fail(what)
        self.at = found.end()
        return found[0]

    def _take(self, mark: str) -> bool:
        self.skip_spaces()
        if not self.text.startswith(mark, self.at):
            return False
        self.at += len(mark)
        return True

    def _word(self, word: str) -> bool:
        self._expect(word)
        return True

    def _expect(self, mark: str) -> None:
        if not self._take(mark):
            self.fail(repr(mark))

    def fail(self, expected: str) -> NoReturn:
        rest = self.text[self.at : self.at + 20]
        raise ValueError(
            f"{self.text[:200]!r} is no type: expected {expected} at character "
            f"{self.at}, found {rest or 'nothing'!r}"
        )


def _timestamp(unit: str, zone: str = "") -> DataType:
    return t.timestamp(unit, zone.removeprefix("tz=") or None)


def _decimal(bits: int) -> Callable[..., DataType]:
    return lambda precision, scale="0": t.decimal(int(precision), int(scale), bits=bits)


_NESTED: dict[str, Callable[[_Reader, str], DataType]] = {
    **dict.fromkeys(_LISTS, _Reader.list),
    "dictionary": _Reader.dictionary,
    "fixed_size_list": _Reader.fixed_list,
    "map": _Reader.map,
    "struct": _Reader.struct,
}
_PARAMETRIC: dict[str, Callable[..., DataType]] = {
    **{f"decimal{bits}": _decimal(bits) for bits in (32, 64, 128, 256)},
    "decimal": _decimal(128),
    "duration": t.duration,
    "fixed_size_binary": lambda n: t.fixed_size_binary(int(n)),
    "time32": t.time32,
    "time64": t.time64,
    "timestamp": _timestamp,
}
