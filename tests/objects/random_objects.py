"""Seeded random values, classes and instances for the object serializer."""

from __future__ import annotations

import array
import collections
import dataclasses
import datetime
import decimal
import enum
import random
import types
from collections import abc
from typing import Any, NamedTuple

import numpy as np

import fory

__all__ = ["CONFIGS", "Classes", "random_value", "spoiled"]

CONFIGS = [
    {"xlang": xlang, "ref": ref, "compatible": compatible, "strict": xlang}
    for xlang in (True, False)
    for ref in (False, True)
    for compatible in (False, True)
]

TEXTS = [
    "",
    "a",
    "key",
    "é",
    "ÿ" * 40,
    "中文",
    "x" * 40,
    "😀 and more",
    "\0",
    "k" * 300,
]
DECIMALS = ["0", "-0", "1.500", "1E+10", "-7e-9", "12345678901234567890.5", "9" * 60]
ZONES = [
    datetime.UTC,
    datetime.timezone(datetime.timedelta(hours=5, minutes=30, microseconds=7)),
    None,
]
DTYPES = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"]


class Color(enum.Enum):
    RED = 1
    BLUE = 500


class Word(enum.Enum):
    ONE = "one"
    TWO = "two"


class Plain:
    """An ordinary class with attributes."""

    def __init__(self, **attributes: Any) -> None:
        vars(self).update(attributes)


class Slotted:
    __slots__ = ("a", "b")


class Wrapped:
    """A class with a serializer of the newer protocol."""

    def __init__(self, value: Any = None) -> None:
        self.value = value


class Packed(Wrapped):
    """A class with a serializer of the older protocol."""


class Many(list):
    """A list with attributes."""


Pair = collections.namedtuple("Pair", "left right")


class Shape(fory.Union):
    pass


class WrappedSerializer(fory.Serializer):
    def write(self, ctx: Any, value: Any) -> None:
        ctx.write_ref(value.value)
        ctx.write_nullable(ctx.get_context_object("seen"))
        ctx.add_context_object("seen", 1)

    def read(self, ctx: Any) -> Any:
        result = Wrapped()
        ctx.reference(result)
        result.value = ctx.read_ref()
        ctx.read_ref()
        return result


class PackedSerializer(fory.Serializer):
    def write(self, buffer: Any, value: Any) -> None:
        buffer.write_varint64(7)
        buffer.write_ref(value.value)

    def read(self, buffer: Any) -> Any:
        assert buffer.read_varint64() == 7
        return Packed(buffer.read_ref())

    def xwrite(self, buffer: Any, value: Any) -> None:
        buffer.write_string("x")
        buffer.write_no_ref([value.value])

    def xread(self, buffer: Any) -> Any:
        assert buffer.read_string() == "x"
        return Packed(buffer.read_no_ref()[0])


# ---- leaves --------------------------------------------------------------------------


def _int(rng: random.Random, bits: int = 64, signed: bool = True) -> int:
    low = -(1 << bits - 1) if signed else 0
    high = (1 << bits - signed) - 1
    if rng.random() < 0.2:
        return rng.choice([low, high, 0, 1])
    return max(low, min(high, rng.randint(-(1 << (n := rng.randrange(bits))), 1 << n)))


def _float(rng: random.Random) -> float:
    odd = [0.0, -0.0, float("inf"), float("-inf"), float("nan"), 1e300, 5e-324, 65520.0]
    return rng.choice(odd) if rng.random() < 0.4 else rng.uniform(-1e4, 1e4)


def _text(rng: random.Random) -> str:
    return rng.choice(TEXTS) + str(rng.randrange(5))


def _bytes(rng: random.Random) -> bytes:
    return rng.randbytes(rng.choice([0, 1, 5, 200]))


def _date(rng: random.Random) -> datetime.date:
    return datetime.date.fromordinal(rng.choice([1, 3652059, rng.randrange(1, 999999)]))


def _datetime(rng: random.Random) -> datetime.datetime:
    moment = datetime.datetime(1900, 1, 1, tzinfo=rng.choice(ZONES))
    return moment + datetime.timedelta(
        rng.randrange(90_000), rng.randrange(86_400), rng.randrange(10**6)
    )


def _duration(rng: random.Random) -> datetime.timedelta:
    ends = [datetime.timedelta.min, datetime.timedelta.max]
    if rng.random() < 0.1:
        return rng.choice(ends)
    return datetime.timedelta(rng.randrange(-99, 99), 0, rng.randrange(-(10**9), 10**9))


def _decimal(rng: random.Random) -> decimal.Decimal:
    if rng.random() < 0.5:
        return decimal.Decimal(rng.choice(DECIMALS))
    return decimal.Decimal(rng.randrange(-(10**30), 10**30)).scaleb(
        rng.randrange(-9, 9)
    )


LEAVES = [
    lambda rng: None,
    lambda rng: rng.random() < 0.5,
    _int,
    _float,
    _text,
    _bytes,
    _date,
    _datetime,
    _duration,
    _decimal,
    lambda rng: rng.choice(list(Color)),
    lambda rng: rng.choice(list(Word)),
]


def _ndarray(rng: random.Random) -> np.ndarray:
    return np.arange(rng.randrange(4)).astype(rng.choice(DTYPES))


def _pyarray(rng: random.Random) -> array.array:
    return array.array(rng.choice("bBhHiIqQfd"), range(rng.randrange(4)))


class Flags(enum.Flag):
    ONE = 1
    TWO = 2


# What only Python messages hold.
NATIVE = [
    lambda rng: 1 << rng.randrange(63, 200),
    lambda rng: "lone \udc80" + rng.choice(TEXTS),
    lambda rng: Flags(rng.randrange(4)),
    lambda rng: decimal.Decimal(rng.choice(["NaN", "-Infinity", "-0.0", "1E+99999"])),
    lambda rng: datetime.datetime(2020, 10, 25, 2, fold=1, tzinfo=rng.choice(ZONES)),
    lambda rng: slice(None, rng.randrange(9), _text(rng)),
    lambda rng: types.MappingProxyType({"a": _int(rng)}),
    lambda rng: complex(rng.randrange(9), 1),
    lambda rng: range(rng.randrange(9)),
    lambda rng: frozenset([rng.randrange(9)]),
    lambda rng: bytearray(_bytes(rng)),
    lambda rng: np.zeros((2, rng.randrange(3)), rng.choice(DTYPES)),
    lambda rng: np.array([[1, "a"], [None, 2.5]], object),
    lambda rng: collections.Counter("abca"),
    lambda rng: rng.choice([len, [].append, collections.OrderedDict, types, Plain]),
]


# ---- containers and objects ----------------------------------------------------------


def random_value(
    rng: random.Random, depth: int, *, xlang: bool, pool: list[Any] | None = None
) -> Any:
    """Return a graph; what is in ``pool`` may occur in it again."""
    pool = [] if pool is None else pool
    if pool and rng.random() < 0.15:
        return rng.choice(pool)
    if depth == 0 or rng.random() < 0.3:
        kinds = [*LEAVES, _ndarray, _pyarray, *([] if xlang else NATIVE)]
        return rng.choice(kinds)(rng)
    made = _container(rng, depth, xlang, pool)
    pool.append(made)
    return made


def _container(rng: random.Random, depth: int, xlang: bool, pool: list[Any]) -> Any:
    def inner() -> Any:
        return random_value(rng, depth - 1, xlang=xlang, pool=pool)

    n = rng.choice([0, 1, 2, 3, 5])
    kind = rng.randrange(15)
    if kind == 0:
        return {_text(rng): inner() for _ in range(n)}
    if kind == 1:
        keys = [None, _text(rng), _int(rng), 2.5, True, _date(rng), (1, "a")]
        return {rng.choice(keys): rng.choice([None, inner()]) for _ in range(n)}
    if kind == 2:
        leaf = rng.choice(LEAVES)
        return [leaf(rng) for _ in range(n)]
    if kind == 3:
        leaf = rng.choice(LEAVES[1:])
        return [rng.choice([None, leaf(rng)]) for _ in range(n)]
    if kind == 4:
        return {rng.choice([_int(rng), _text(rng)]) for _ in range(n)}
    if kind == 5:
        return tuple(inner() for _ in range(n))
    if kind == 6:
        return dict.fromkeys(range(rng.choice([3, 254, 255, 256, 600])), _text(rng))
    if kind == 7:
        return collections.OrderedDict((str(i), inner()) for i in range(n))
    if kind == 8:
        return collections.deque([inner() for _ in range(n)])
    if kind == 9:
        return Plain(**{f"attr_{i}": inner() for i in range(n)})
    if kind == 10:
        slotted = Slotted()
        slotted.b = inner()
        return slotted
    if kind == 11:
        return rng.choice([Wrapped, Packed])(inner())
    if kind == 12:
        return rng.choice([Shape(0, _text(rng)), Shape(1, 5), Shape(3, [1, 2])])
    if kind == 13 and not xlang:
        many = Many([inner()])
        many.extra = inner()
        return rng.choice([many, Pair(inner(), inner())])
    return [inner() for _ in range(n)]


# ---- classes -------------------------------------------------------------------------

# Annotations and what makes values for them.
FIELDS: list[tuple[Any, Any]] = [
    (bool, lambda r: r.random() < 0.5),
    (int, _int),
    (float, _float),
    (str, _text),
    (bytes, _bytes),
    (datetime.date, _date),
    (datetime.datetime, _datetime),
    (datetime.timedelta, _duration),
    (decimal.Decimal, _decimal),
    *(
        (getattr(fory, name), lambda r, b=bits, s=signed: _int(r, b, s))
        for name, bits, signed in [
            ("Int8", 8, True), ("Int16", 16, True), ("Int32", 32, True),
            ("FixedInt32", 32, True), ("FixedInt64", 64, True),
            ("TaggedInt64", 64, True), ("UInt8", 8, False), ("UInt16", 16, False),
            ("UInt32", 32, False), ("FixedUInt32", 32, False), ("UInt64", 64, False),
            ("FixedUInt64", 64, False), ("TaggedUInt64", 64, False),
        ]
    ),
    *((getattr(fory, n), _float) for n in ("Float16", "BFloat16", "Float32")),
    (Color, lambda r: r.choice(list(Color))),
    (Word, lambda r: r.choice(list(Word))),
    (Wrapped, lambda r: Wrapped(_int(r))),
    (list[int], lambda r: [_int(r) for _ in range(r.randrange(4))]),
    (list[str], lambda r: [_text(r) for _ in range(r.randrange(4))]),
    (list[fory.Int32 | None], lambda r: [None, _int(r, 32)] * r.randrange(3)),
    (list[fory.Ref[str]], lambda r: [r.choice(TEXTS)] * r.randrange(3)),
    (list[list[float]], lambda r: [[_float(r)]] * r.randrange(3)),
    (set[str], lambda r: {_text(r)}),
    (tuple[int, ...], lambda r: (1,) * r.randrange(3)),
    (tuple[int, str], lambda r: (_int(r), _text(r))),
    (dict[str, int], lambda r: {_text(r): _int(r) for _ in range(r.randrange(4))}),
    (dict[int, list[str] | None], lambda r: {1: None, _int(r): [_text(r)]}),
    (dict[str | None, Any], lambda r: {None: 1, "k": r.choice(TEXTS), "l": None}),
    (dict[datetime.date, Color], lambda r: {_date(r): Color.RED}),
    (abc.Sequence[int], lambda r: range(r.randrange(4))),
    (abc.Mapping[str, int], lambda r: collections.OrderedDict(a=1)),
    (fory.NDArray[fory.Float64], lambda r: np.arange(float(r.randrange(4)))),
    (fory.PyArray[fory.Int32], lambda r: array.array("i", range(r.randrange(4)))),
    (fory.Array[fory.Int16], lambda r: fory.Int16Array([1, -2])),
    (Any, lambda r: r.choice(LEAVES)(r)),
    (list, lambda r: [_int(r), _text(r)]),
]  # fmt: skip
NAMES = [
    "id", "name", "userId", "URLPath", "snake_case", "_x", "a1", "B2c", "value", "z",
    "longer_field_name_here", "class_", "été",
]  # fmt: skip


class Of:
    """The annotation of a field that holds instances of another random class."""

    def __init__(self, index: int, form: str) -> None:
        self.index, self.form = index, form

    def annotation(self, made: list[type]) -> Any:
        cls = made[self.index]
        return {"one": cls, "list": list[cls], "dict": dict[str, cls]}[self.form]

    def value(self, rng: random.Random, classes: Classes) -> Any:
        made = classes.instance(rng, self.index)
        return {"one": made, "list": [made] * rng.randrange(3), "dict": {"k": made}}[
            self.form
        ]


class FieldShape(NamedTuple):
    """One field: its annotation, what makes its values, its options."""

    annotation: Any
    make: Any
    optional: bool
    options: dict[str, Any] | None


class Classes:
    """Random dataclasses that refer to each other, and instances of them.

    Parameters
    ----------
    rng : random.Random
        Chooses everything.
    older : Classes, optional
        Classes of which these are a later version, under the same names.
    """

    def __init__(self, rng: random.Random, older: Classes | None = None) -> None:
        if older is None:
            n = rng.randint(1, 4)
            self.fields = [self._fields(rng, i) for i in range(n)]
            self.how = [
                rng.choice([{"type_id": 200 + i}, {"name": f"some.pkg.C{i}"}])
                for i in range(n)
            ]
        else:
            self.fields = [
                self._changed(rng, i, known) for i, known in enumerate(older.fields)
            ]
            self.how = older.how
        self.made: list[type] = []
        for i, fields in enumerate(self.fields):
            parts = [(name, *self._part(f)) for name, f in fields.items()]
            slots = rng.random() < 0.3
            cls = dataclasses.make_dataclass(f"C{i}", parts, slots=slots, kw_only=True)
            cls.__module__ = __name__
            self.made.append(cls)

    def _fields(self, rng: random.Random, index: int) -> dict[str, FieldShape]:
        names = rng.sample(NAMES, rng.randrange(len(NAMES)))
        return {name: self._field(rng, i, index) for i, name in enumerate(names)}

    def _field(self, rng: random.Random, place: int, index: int) -> FieldShape:
        of = [Of(i, form) for i in range(index) for form in ("one", "list", "dict")]
        if of and rng.random() < 0.3:
            annotation = make = rng.choice(of)
        else:
            annotation, make = rng.choice(FIELDS)
        options = None
        if rng.random() < 0.5:
            options = {
                "id": rng.choice([None, place, 20 + place]),
                "nullable": rng.choice([None, True]),
                "ref": rng.random() < 0.5,
                "dynamic": rng.choice([None, True]),
            }
        return FieldShape(annotation, make, rng.random() < 0.3, options)

    def _changed(
        self, rng: random.Random, index: int, known: dict[str, FieldShape]
    ) -> dict[str, FieldShape]:
        fields = {name: f for name, f in known.items() if rng.random() < 0.8}
        for place, name in enumerate(NAMES):
            if rng.random() < 0.08:
                fields[name] = self._field(rng, 40 + place, index)
        return fields

    def _part(self, field: FieldShape) -> tuple[Any, Any]:
        annotation = field.annotation
        if isinstance(annotation, Of):
            annotation = annotation.annotation(self.made)
        if field.optional:
            annotation = annotation | None
        if field.options is None:
            return annotation, dataclasses.field()
        return annotation, fory.field(**field.options)

    def instance(self, rng: random.Random, index: int) -> Any:
        """Return an instance of one class with random values."""
        values = {}
        for name, field in self.fields[index].items():
            if field.optional and rng.random() < 0.3:
                values[name] = None
            elif isinstance(field.make, Of):
                values[name] = field.make.value(rng, self)
            else:
                values[name] = field.make(rng)
        return self.made[index](**values)

    def instances(self, rng: random.Random) -> list[Any]:
        """Return a few instances, some of them twice."""
        made = [self.instance(rng, rng.randrange(len(self.made))) for _ in range(3)]
        return [*made, made[0], Wrapped(made[1])]

    def fory(self, **config: Any) -> fory.Fory:
        """Return an instance that knows these classes and all others of here."""
        made = fory.Fory(**config)
        for cls, how in zip(self.made, self.how, strict=True):
            made.register(cls, **how)
        return registered(made)


def registered(made: fory.Fory) -> fory.Fory:
    """Register the fixed classes of this module."""
    made.register(Color, type_id=100)
    made.register(Word, name="words.Word")
    made.register(Wrapped, name="Wrapped", serializer=WrappedSerializer)
    made.register(Packed, type_id=101, serializer=PackedSerializer)
    for i, cls in enumerate((Plain, Slotted)):
        if not (made.xlang and made.compatible):
            made.register(cls, type_id=110 + i)
    cases = {0: str, 1: fory.Int32, 3: list[int]}
    serializer = fory.UnionSerializer(made.type_resolver, Shape, cases)
    made.register_union(Shape, type_id=60, serializer=serializer)
    return made


# ---- damage --------------------------------------------------------------------------

_ENDS = [0, 1, 0x7F, 0x80, 0xFD, 0xFE, 0xFF]


def spoiled(rng: random.Random, message: bytes, others: list[bytes]) -> bytes:
    """Return a message with a few bytes changed, cut off, inserted or exchanged."""
    data = bytearray(message)
    for _ in range(rng.choice([1, 1, 2, 4])):
        at = rng.randrange(len(data) + 1)
        kind = rng.randrange(5)
        if kind < 2 and at < len(data):
            data[at] = rng.choice([*_ENDS, rng.randrange(256)])
        elif kind == 2:
            del data[at:]
        elif kind == 3:
            data[at:] = rng.choice(others)[at:]
        else:
            data[at:at] = rng.randbytes(rng.randrange(1, 5))
    return bytes(data)
