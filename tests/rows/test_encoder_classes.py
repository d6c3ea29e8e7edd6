"""Every kind of class survives the way into a row and back."""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import enum
import pickle
import sys
import uuid
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import (
    Annotated,
    Any,
    ClassVar,
    Generic,
    Literal,
    NamedTuple,
    NotRequired,
    TypedDict,
    TypeVar,
)

import pytest

import fory_row as fr
from fory.error import EncodeError
from fory_row.encoder import encoder

T = TypeVar("T")


class Color(enum.Enum):
    RED = 1
    BLUE = "b"
    CRIMSON = 1


class Point(NamedTuple):
    y: float
    x: float = 0.0


class Address(TypedDict):
    street: str
    zip: NotRequired[int]


@dataclass
class Line:
    sku: str
    price: float | None = None


@dataclass(slots=True)
class Slotted:
    b: int
    a: list[Line]


@dataclass(frozen=True)
class Frozen:
    name: str
    parts: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Strict:
    name: str
    limit: ClassVar[int] = 3
    tags: frozenset[str] = frozenset()


@dataclass
class Base:
    id: int
    note: str = "none"


@dataclass
class Derived(Base):
    extra: list[int] = field(default_factory=list)


@dataclass
class Derives:
    price: float
    total: float = field(init=False)
    cache: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.price *= 2
        self.total = self.price * 3
        self.label = f"{self.total}"


@dataclass
class Box(Generic[T]):
    item: T
    rest: list[T]


@dataclass
class Boxes:
    number: Box[int]
    text: Box[str]


class Plain:
    x: int
    y: str | None

    def __init__(self, x: int, y: str | None) -> None:
        self.x, self.y = x, y

    def __eq__(self, other: object) -> bool:
        return type(other) is Plain and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]


@dataclass
class Everything:
    flag: bool
    count: int
    ratio: float
    text: str
    raw: bytes
    day: dt.date
    at: dt.datetime
    clock: dt.time
    took: dt.timedelta
    key: uuid.UUID
    amount: Annotated[decimal.Decimal, fr.decimal(12, 3)]
    color: Color
    point: Point
    address: Address
    lines: list[Line]
    names: set[str]
    pair: tuple[int, int]
    by_name: dict[str, Line]
    by_day: dict[dt.date, list[int]]
    by_point: dict[Point, dict[int, str]]
    nothing: None = None


EVERYTHING = Everything(
    flag=True,
    count=-5,
    ratio=0.1,
    text="naïve 🙂",
    raw=b"\0\xff",
    day=dt.date(1, 1, 1),
    at=dt.datetime(9999, 12, 31, 23, 59, 59, 999999),
    clock=dt.time(23, 59, 59, 999999),
    took=dt.timedelta(days=-3, microseconds=1),
    key=uuid.UUID(int=2**127 + 1),
    amount=decimal.Decimal("-12.345"),
    color=Color.BLUE,
    point=Point(1.0, -0.0),
    address={"street": "Main"},
    lines=[Line("a", 1.5), Line("b")],
    names={"x"},
    pair=(1, -1),
    by_name={"k": Line("c", 2.0)},
    by_day={dt.date(2020, 2, 29): [1, 2], dt.date(1900, 1, 1): []},
    by_point={Point(1.0, 2.0): {1: "one"}},
)

INSTANCES = [
    EVERYTHING,
    Slotted(1, [Line("a"), Line("b", 2.5)]),
    Frozen("f", (Line("a"),)),
    Strict(name="s", tags=frozenset({"t"})),
    Derived(1, "n", [1, 2]),
    Boxes(Box(1, [2]), Box("a", ["b", "c"])),
    Plain(1, None),
    Point(1.0, 2.0),
]


@pytest.mark.parametrize("obj", INSTANCES, ids=lambda o: type(o).__name__)
def test_instances_come_back_as_they_were(obj: Any) -> None:
    made = encoder(type(obj))
    back = made.from_row(made.to_row(obj))
    assert type(back) is type(obj)
    assert back == obj
    assert made.decode(made.encode(obj)) == obj
    assert made.to_row(back).to_bytes() == made.to_row(obj).to_bytes()


def test_classes_are_restored_at_every_level() -> None:
    made = encoder(Everything)
    back = made.from_row(made.to_row(EVERYTHING))
    assert type(back.lines[0]) is Line
    assert type(back.by_name["k"]) is Line
    assert type(next(iter(back.by_point))) is Point
    assert type(back.pair) is tuple
    assert type(back.names) is set


def test_every_inferred_field_may_be_null() -> None:
    made = encoder(Everything)
    empty = Everything(*[None] * 20)  # type: ignore[arg-type]
    assert made.from_row(made.to_row(empty)) == empty


def test_typed_dict_leaves_out_what_is_not_required() -> None:
    made = encoder(Address)
    assert made.from_row(made.to_row({"street": "a"})) == {"street": "a"}
    assert made.from_row(made.to_row({"street": "a", "zip": 1}))["zip"] == 1


def test_enum_is_stored_by_name_and_aliases_by_their_first() -> None:
    made = encoder(Everything)
    assert made.to_row(EVERYTHING).color == "BLUE"
    back = made.from_row(
        made.to_row(Everything(**{**vars(EVERYTHING), "color": Color.CRIMSON}))
    )
    assert back.color is Color.RED


def test_containers_of_the_collections_module() -> None:
    @dataclass
    class Kept:
        pairs: OrderedDict[str, int]
        last: deque[int]

    made = encoder(Kept)
    obj = Kept(OrderedDict(b=1, a=2), deque([3, 4]))
    back = made.from_row(made.to_row(obj))
    assert back == obj
    assert (type(back.pairs), type(back.last)) == (OrderedDict, deque)


def test_literals_may_be_none() -> None:
    @dataclass
    class Choice:
        size: Literal["s", "m", None]

    made = encoder(Choice)
    assert made.schema.types == [fr.utf8()]
    assert made.from_row(made.to_row(Choice(None))) == Choice(None)


def test_annotation_that_cannot_be_read() -> None:
    cls = dataclasses.make_dataclass("Wrong", [("a", "not an annotation!")])
    with pytest.raises(EncodeError, match="annotations of Wrong cannot be resolved"):
        encoder(cls)


def test_post_init_derives_state_but_stored_fields_count() -> None:
    made = encoder(Derives)
    obj = Derives(1.0)
    back = made.from_row(made.to_row(obj))
    assert (back.price, back.total) == (2.0, 6.0)
    assert hasattr(back, "label")


def test_inherited_fields_are_sorted_with_the_others() -> None:
    assert encoder(Derived).schema.names == ["extra", "id", "note"]


def test_named_tuple_lies_by_name_and_returns_by_position() -> None:
    made = encoder(Point)
    assert made.schema.names == ["x", "y"]
    assert made.to_row(Point(y=1.0, x=2.0)).values() == [2.0, 1.0]


def test_named_tuple_that_came_back_is_found_in_a_set() -> None:
    made = encoder(Point)
    assert made.from_row(made.to_row(Point(1.0, 2.0))) in {Point(1.0, 2.0)}


def test_instance_of_a_subclass_would_lose_fields() -> None:
    with pytest.raises(EncodeError, match=r"expected Base, found .*Derived"):
        encoder(Base).to_row(Derived(1))


def test_unset_slot_is_named() -> None:
    broken = Slotted.__new__(Slotted)
    with pytest.raises(EncodeError, match=r"^a: the attribute is not set"):
        encoder(Slotted).to_row(broken)


def test_deleted_attribute_is_named() -> None:
    broken = Line("a")
    del broken.sku
    with pytest.raises(EncodeError, match=r"^sku: AttributeError"):
        encoder(Line).to_row(broken)


def test_attrs_classes() -> None:
    attrs = pytest.importorskip("attrs")

    @attrs.define
    class Part:
        name: str
        _count: int = 0
        tags: list[str] = attrs.Factory(list)
        size: int = attrs.field(init=False, default=7)

        def __attrs_post_init__(self) -> None:
            self.size += 1

    @attrs.frozen(slots=False)
    class Whole:
        parts: list[Any]

    Whole.__annotations__["parts"] = list[Part]
    obj = Whole([Part("a", 3, ["x"]), Part("b")])
    made = encoder(Whole)
    assert made.from_row(made.to_row(obj)) == obj


def test_attrs_classes_that_keep_their_hash() -> None:
    attrs = pytest.importorskip("attrs")

    @attrs.frozen(cache_hash=True)
    class Key:
        a: int

    made = encoder(Key)
    assert {made.from_row(made.to_row(Key(1)))} == {Key(1)}


def test_attrs_field_without_annotation() -> None:
    attrs = pytest.importorskip("attrs")
    untyped = attrs.make_class("Untyped", ["x"])
    with pytest.raises(EncodeError, match="'x' of Untyped has no annotation"):
        encoder(untyped)


def test_msgspec_structs() -> None:
    msgspec = pytest.importorskip("msgspec")
    cls = msgspec.defstruct("Made", [("b", str, "x"), ("a", list[int])], kw_only=True)
    made = encoder(cls)
    obj = cls(a=[1, 2])
    assert made.from_row(made.to_row(obj)) == obj
    assert type(made.from_row(made.to_row(obj))) is cls


def test_pydantic_models() -> None:
    pydantic = pytest.importorskip("pydantic")

    class Item(pydantic.BaseModel):
        name: str
        price: float = pydantic.Field(default=1.0, gt=0)
        when: dt.datetime | None = None

    class Cart(pydantic.BaseModel):
        owner: str = pydantic.Field(alias="ownerName")
        items: list[Item] = pydantic.Field(default_factory=list)
        _secret: int = pydantic.PrivateAttr(default=3)

    Cart.model_rebuild(_types_namespace={"Item": Item})
    Cart.__annotations__["items"] = list[Item]
    obj = Cart(ownerName="me", items=[Item(name="a"), Item(name="b", price=2)])
    made = encoder(Cart)
    back = made.from_row(made.to_row(obj))
    assert back == obj
    assert type(back.items[0]) is Item
    assert back._secret == 3


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="pydantic 1 ends before")
def test_models_of_pydantic_1() -> None:
    pydantic = pytest.importorskip("pydantic.v1")

    class Item(pydantic.BaseModel):
        sku: str
        price: float = pydantic.Field(default=1.0, alias="thePrice")

    class Cart(pydantic.BaseModel):
        items: list[Item]
        tags: dict[str, int] = pydantic.Field(default_factory=dict)

    Cart.update_forward_refs(Item=Item)
    made = encoder(Cart)
    cart = Cart(items=[Item(sku="a"), Item(sku="b", thePrice=2.5)], tags={"x": 1})
    assert made.from_row(made.to_row(cart)) == cart
    old = encoder(schema=fr.schema([("items", fr.list_(fr.struct([])))]))
    row = old.to_row({"items": []})
    assert made.from_row(row) == Cart(items=[])

    class Loose(pydantic.BaseModel, extra="allow"):
        a: int

    with pytest.raises(EncodeError, match="allows extra fields"):
        encoder(Loose)


def test_pydantic_model_with_extra_fields_is_refused() -> None:
    pydantic = pytest.importorskip("pydantic")

    class Open(pydantic.BaseModel, extra="allow"):
        x: int

    with pytest.raises(EncodeError, match="allows extra fields"):
        encoder(Open)


@pytest.mark.parametrize(
    "value",
    [
        {"a": 1, "b": ["x"]},
        OrderedDict(b=["x"], a=1),
        fr.RowData(
            encoder(
                schema=fr.schema([("a", fr.int64()), ("b", fr.list_(fr.utf8()))])
            ).schema,
            encoder(schema=fr.schema([("a", fr.int64()), ("b", fr.list_(fr.utf8()))]))
            .to_row({"a": 1, "b": ["x"]})
            .to_bytes(),
        ),
        type("Loose", (), {"a": 1, "b": ("x",)})(),
    ],
    ids=["dict", "OrderedDict", "Row", "attributes"],
)
def test_schema_takes_mappings_and_attributes(value: Any) -> None:
    made = encoder(schema=fr.schema([("a", fr.int64()), ("b", fr.list_(fr.utf8()))]))
    assert made.from_row(made.to_row(value)) == {"a": 1, "b": ["x"]}


def test_schema_keeps_the_declared_order() -> None:
    made = encoder(fr.schema([("b", fr.int8()), ("a", fr.int8())]))
    assert made.to_row({"a": 1, "b": 2}).values() == [2, 1]


def test_encoders_are_picklable() -> None:
    made = pickle.loads(pickle.dumps(encoder(Base)))
    assert made.from_row(made.to_row(Base(1))) == Base(1)
    by_schema = pickle.loads(pickle.dumps(encoder(fr.schema([("a", fr.int8())]))))
    assert by_schema.to_row({"a": 1}).a == 1


def test_encoder_of_a_generic_class_is_picklable() -> None:
    made = pickle.loads(pickle.dumps(encoder(Box[int])))
    assert made.from_row(made.to_row(Box(1, [2]))) == Box(1, [2])


def test_encoder_needs_one_source() -> None:
    with pytest.raises(TypeError, match="a class or a schema"):
        encoder()


class NeedsArguments:
    """A class that pickle cannot make without arguments either."""

    def __new__(cls, n: int) -> NeedsArguments:
        return super().__new__(cls)


@dataclass
class Demanding(NeedsArguments):
    n: int
    doubled: int = field(init=False)

    def __post_init__(self) -> None:
        self.doubled = 2 * self.n


def test_a_class_whose_new_needs_arguments() -> None:
    encoder = fr.encoder(Demanding)
    assert encoder.decode(encoder.encode(Demanding(4))) == Demanding(4)
