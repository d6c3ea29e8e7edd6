"""Annotations to types."""

# ruff: noqa: UP006, UP007, UP035, UP045 - the older spellings are tested too

from __future__ import annotations

import array
import collections.abc as abc
import datetime as dt
import decimal
import enum
import re
import uuid
from dataclasses import InitVar, dataclass, make_dataclass
from typing import (
    Annotated,
    Any,
    Dict,
    Final,
    FrozenSet,
    List,
    Literal,
    Mapping,
    NamedTuple,
    NewType,
    Optional,
    Self,
    Sequence,
    Set,
    Tuple,
    TypedDict,
    TypeVar,
    Union,
)

import numpy as np
import pyarrow as pa
import pytest

import fory
import fory_row as fr
from fory.error import EncodeError
from fory_row.encoder import encoder
from fory_row.infer import infer, schema_from
from fory_row.types import DataType

UserId = NewType("UserId", int)
Bound = TypeVar("Bound", bound=str)


class Color(enum.IntEnum):
    RED = 1


class Marker:
    """As the integer markers of the object serializer are."""

    def __init__(self, type_id: int) -> None:
        self.type_id = type_id


@dataclass
class Inner:
    y: int
    x: str


class Pair(NamedTuple):
    b: int
    a: str


INNER = fr.struct([("x", fr.utf8()), ("y", fr.int64())])

ANNOTATIONS: list[tuple[Any, DataType]] = [
    (bool, fr.bool_()),
    (int, fr.int64()),
    (float, fr.float64()),
    (str, fr.utf8()),
    (bytes, fr.binary()),
    (dt.date, fr.date32()),
    (dt.datetime, fr.timestamp()),
    (dt.time, fr.time64()),
    (dt.timedelta, fr.duration()),
    (uuid.UUID, fr.uuid()),
    (None, fr.null()),
    (Optional[int], fr.int64()),
    (Union[None, str], fr.utf8()),
    (int | None, fr.int64()),
    (Final[int], fr.int64()),
    (UserId, fr.int64()),
    (Bound, fr.utf8()),
    (Literal["a", "b"], fr.utf8()),
    (Literal[1, 2], fr.int64()),
    (Color, fr.utf8()),
    (List[int], fr.list_(fr.int64())),
    (list[str | None], fr.list_(fr.utf8())),
    (Set[int], fr.list_(fr.int64())),
    (FrozenSet[str], fr.list_(fr.utf8())),
    (Sequence[int], fr.list_(fr.int64())),
    (abc.Iterable[int], fr.list_(fr.int64())),
    (Tuple[int, ...], fr.list_(fr.int64())),
    (tuple[float, float], fr.fixed_size_list(fr.float64(), 2)),
    (Dict[str, int], fr.map_(fr.utf8(), fr.int64())),
    (Mapping[int, List[str]], fr.map_(fr.int64(), fr.list_(fr.utf8()))),
    (
        dict[Pair, int],
        fr.map_(fr.struct([("a", fr.utf8()), ("b", fr.int64())]), fr.int64()),
    ),
    (Inner, INNER),
    (list[Inner], fr.list_(INNER)),
    (fr.int8(), fr.int8()),
    (fr.int8, fr.int8()),
    (fr.timestamp, fr.timestamp()),
    (Annotated[int, "note", fr.uint16()], fr.uint16()),
    (Annotated[int, "note"], fr.int64()),
    (Annotated[decimal.Decimal, fr.decimal(10, 2)], fr.decimal(10, 2)),
    (Annotated[int, Marker(5)], fr.int32()),
    (Annotated[int, Marker(13)], fr.uint64()),
    (list[Annotated[float, Marker(19)]], fr.list_(fr.float32())),
    (np.int8, fr.int8()),
    (np.uint64, fr.uint64()),
    (np.float16, fr.float16()),
    (np.float64, fr.float64()),
    (np.bool_, fr.bool_()),
    (np.str_, fr.utf8()),
]


def name_of(hint: object) -> str:
    """Return the name of a case, the same in every process."""
    return re.sub(r" at 0x[0-9a-f]+", "", str(hint))


@pytest.mark.parametrize(
    ("hint", "expected"), ANNOTATIONS, ids=[name_of(hint) for hint, _ in ANNOTATIONS]
)
def test_annotation_has_a_type(hint: Any, expected: DataType) -> None:
    cls = make_dataclass("Has", [("f", hint)])
    schema, _ = infer(cls)
    assert schema.field("f").type == expected
    assert schema.field("f").nullable


REFUSED: list[tuple[Any, str]] = [
    (Any, "f: rows have no type for"),
    (object, "f: rows have no type for object"),
    (complex, "f: rows have no type for complex"),
    (decimal.Decimal, r"Annotated\[Decimal, fory_row.decimal\(18, 2\)\]"),
    (bytearray, "f: rows have no type for bytearray"),
    (int | str, "a field has one type"),
    (list, "does not say of what"),
    (dict, "does not say of what"),
    (tuple[int, str], "holds several types"),
    (tuple, "does not say of what"),
    (fr.decimal, "call decimal with its parameters"),
    (set[list[int]], "must be hashable"),
    (dict[Annotated[Any, fr.list_(fr.int8())], int], "must be hashable"),
    (Annotated[float, Marker(18)], "rows have no type for"),
    (Literal[1, "a"], "literals are str, int, bool or bytes, and of one class"),
    (TypeVar("Free"), "rows have no type for"),
    (abc.Callable[[], int], "rows have no type for"),
]


@pytest.mark.parametrize(
    ("hint", "message"), REFUSED, ids=[name_of(hint) for hint, _ in REFUSED]
)
def test_annotation_without_a_type(hint: Any, message: str) -> None:
    with pytest.raises(EncodeError, match=message):
        infer(make_dataclass("Has", [("f", hint)]))


def test_path_of_a_nested_annotation() -> None:
    inner = make_dataclass("In", [("bad", Any)])
    outer = make_dataclass("Out", [("items", list[dict[str, inner]])])  # type: ignore[valid-type]
    with pytest.raises(EncodeError, match=r"^items\[\*\]\[\*\]\.bad: "):
        infer(outer)


@dataclass
class Node:
    next: Optional[Node]


@dataclass
class Ping:
    pongs: list[Pong]


@dataclass
class Pong:
    ping: Ping


@pytest.mark.parametrize("cls", [Node, Ping], ids=["direct", "mutual"])
def test_recursive_class_is_refused(cls: type) -> None:
    with pytest.raises(EncodeError, match="contains itself; a row has a fixed depth"):
        infer(cls)


def test_class_may_occur_twice_side_by_side() -> None:
    cls = make_dataclass("Two", [("a", Inner), ("b", Inner)])
    assert infer(cls)[0].types == [INNER, INNER]


def test_fields_are_sorted_by_name_at_every_level() -> None:
    cls = make_dataclass("Mixed", [("z", Inner), ("B", int), ("a", int)])
    schema = schema_from(cls)
    assert schema.names == ["B", "a", "z"]
    assert [f.name for f in schema.field("z").type.children] == ["x", "y"]


def test_arrow_types_and_factories() -> None:
    pa = pytest.importorskip("pyarrow")
    pytest.importorskip("fory_row.arrow")
    cls = make_dataclass(
        "Has", [("a", pa.int32), ("b", pa.int16()), ("c", pa.list_(pa.string()))]
    )
    assert infer(cls)[0].types == [fr.int32(), fr.int16(), fr.list_(fr.utf8())]
    schema = pa.schema([("b", pa.int8()), ("a", pa.string())])
    made = encoder(schema)
    assert made.from_row(made.to_row({"a": "x", "b": 1})) == {"b": 1, "a": "x"}
    assert schema_from(schema) == made.schema


def test_markers_of_the_object_serializer() -> None:
    types = pytest.importorskip("fory.types")
    cls = make_dataclass("Has", [("a", types.int32), ("b", list[types.Float32])])
    assert infer(cls)[0].types == [fr.int32(), fr.list_(fr.float32())]


def test_init_var_is_refused() -> None:
    with pytest.raises(EncodeError, match=r"'seed' of .*Has is an InitVar"):
        infer(make_dataclass("Has", [("x", int), ("seed", InitVar[int])]))


def test_untyped_named_tuple_is_refused() -> None:
    import collections

    with pytest.raises(EncodeError, match="field 'a' of Bare has no annotation"):
        infer(collections.namedtuple("Bare", "a b"))


def test_unknown_name_says_where() -> None:
    cls = make_dataclass("Has", [("f", "Nowhere")])
    with pytest.raises(EncodeError, match="annotations of Has cannot be resolved"):
        infer(cls)


@pytest.mark.parametrize("source", [int, 5, "text", list[int]], ids=str)
def test_source_must_be_a_class_with_fields(source: Any) -> None:
    with pytest.raises(EncodeError):
        infer(source)


def test_schema_hash_is_the_official_one() -> None:
    assert (
        encoder(Inner).schema_hash
        == fr.schema([("x", fr.utf8()), ("y", fr.int64())]).type_hash
    )


class Movie(TypedDict, total=False):
    title: str


def test_total_false_leaves_keys_out() -> None:
    made = encoder(Movie)
    assert made.from_row(made.to_row({})) == {}


@pytest.mark.interop
def test_schema_is_that_of_the_official_package() -> None:
    pyfory = pytest.importorskip("pyfory")
    import warnings

    cls = make_dataclass(
        "Shared",
        [
            ("b", int),
            ("a", str),
            ("l", List[str]),
            ("m", Dict[str, float]),
            ("s", Inner),
        ],
    )
    obj = cls(1, "x", ["y", "z"], {"k": 0.5}, Inner(2, "w"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        official = pyfory.encoder(cls)
    ours = encoder(cls)
    assert ours.schema_hash == official.schema_hash
    assert ours.schema.to_bytes() == official.schema.to_bytes()
    assert ours.encode(obj) == official.encode(obj)
    assert ours.decode(official.encode(obj)) == obj


def test_an_instance_is_no_class() -> None:
    @dataclass
    class Point:
        x: int

    with pytest.raises(EncodeError, match=r"record: expected a class, found .*Point"):
        fr.encoder(Point(1))


def test_data_gives_its_schema() -> None:
    table = pa.table({"a": [1], "b": ["x"]})
    for source in (table, table.to_batches()[0], fr.from_arrow(table)):
        assert fr.encoder(source).to_row({"a": 2, "b": "y"}).b == "y"


@pytest.mark.parametrize("source", [pa.int32(), pa.field("a", pa.string())], ids=str)
def test_a_type_is_no_schema(source) -> None:
    with pytest.raises(TypeError, match="a schema has fields"):
        fr.encoder(source)


def test_self_is_the_class() -> None:
    @dataclass
    class Node:
        value: int
        next: Self | None = None

    with pytest.raises(EncodeError, match=r"next: .*Node contains itself"):
        fr.encoder(Node)


def test_dense_arrays_of_fory() -> None:
    @dataclass
    class Arrays:
        a: fory.int32_array
        b: fory.Array[fory.Float64]
        c: fory.NDArray[fory.UInt8]
        d: fory.Int16Array
        e: fory.BoolArray

    made = fr.encoder(Arrays)
    types = [str(field.type) for field in made.schema.fields]
    assert types == [
        "list<int32>",
        "list<float64>",
        "list<int8:uint>",
        "list<int16>",
        "list<bool>",
    ]
    value = Arrays(
        array.array("i", [1, 2]),
        fory.Float64Array([0.5]),
        np.array([255], np.uint8),
        fory.Int16Array([-1]),
        fory.BoolArray([True]),
    )
    back = made.from_row(made.to_row(value))
    assert type(back.c) is np.ndarray
    assert back.c.dtype == np.uint8
    assert back.c.tolist() == [255]
    back.c = value.c = None
    assert back == value


@pytest.mark.parametrize("hint", [fory.NDArray, fory.BFloat16Array], ids=repr)
def test_arrays_without_numbers_of_rows(hint) -> None:
    with pytest.raises(EncodeError, match=r"a: .* is no array of numbers"):
        fr.encoder(make_dataclass("Bare", [("a", hint)]))


def test_typed_dicts_of_typing_extensions() -> None:
    extensions = pytest.importorskip("typing_extensions")
    cls = extensions.TypedDict(
        "Point", {"x": extensions.ReadOnly[int], "y": extensions.NotRequired[str]}
    )
    made = fr.encoder(cls)
    assert made.from_row(made.to_row({"x": 1})) == {"x": 1}


def test_classes_of_one_function_know_each_other() -> None:
    @dataclass
    class Item:
        a: int

    class Pair(NamedTuple):
        one: Item
        other: Item | None

    made = fr.encoder(Pair)
    pair = Pair(Item(1), None)
    assert made.from_row(made.to_row(pair)) == pair


def test_names_of_other_functions_stay_unknown() -> None:
    def define() -> type:
        @dataclass
        class Hidden:
            a: int

        @dataclass
        class User:
            hidden: Hidden

        return User

    with pytest.raises(EncodeError, match="name 'Hidden' is not defined"):
        fr.encoder(define())
