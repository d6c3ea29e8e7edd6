"""References through reductions, states, long lists and deep tuples."""

from __future__ import annotations

import collections
from typing import Any

import fory


class Call(collections.namedtuple("Call", "function args")):
    """A reduction that is more than a plain tuple."""

    __slots__ = ()


class CalledBack:
    def __init__(self, number: int) -> None:
        self.number = number

    def __reduce__(self) -> Any:
        return Call(CalledBack, (self.number,))


class Kept:
    """Has arguments by name, and a state in which it may occur itself."""

    parts: list[Any]

    def __new__(cls, *, size: int) -> Kept:
        made = super().__new__(cls)
        made.parts = [None] * size
        return made

    def __getnewargs_ex__(self) -> Any:
        return (), {"size": len(self.parts)}

    def __getstate__(self) -> Any:
        return self.parts

    def __setstate__(self, state: Any) -> None:
        self.parts[:] = state


class Greedy:
    """Empties a list of which it is an item, which is not there yet when read."""

    def __init__(self, owner: list[Any]) -> None:
        self.owner = owner

    def __getstate__(self) -> Any:
        return {"owner": self.owner}

    def __setstate__(self, state: Any) -> None:
        self.owner = state["owner"]
        self.owner.clear()


def test_a_reduction_may_be_a_named_tuple():
    found = fory.loads(fory.dumps([CalledBack(1), CalledBack(2)]))
    assert [item.number for item in found] == [1, 2]


def test_an_object_is_known_to_its_own_state():
    kept = Kept(size=2)
    kept.parts[:] = [kept, "end"]
    found = fory.loads(fory.dumps([kept, kept]))
    assert found[0] is found[1]
    assert found[0].parts[0] is found[0]
    assert found[0].parts[1] == "end"


def test_a_long_list_holds_itself_and_shares_its_items():
    inner = [1, 2]
    items: list[Any] = [inner] * 3000
    items[1500] = items
    found = fory.loads(fory.dumps(items))
    assert len(found) == 3000
    assert found[1500] is found
    assert all(item is found[0] for i, item in enumerate(found) if i != 1500)


def test_a_list_is_filled_when_all_its_items_are_read():
    items: list[Any] = [[1], [2]]
    items += [Greedy(items), [3]]
    found = fory.loads(fory.dumps(items))
    assert [type(item) for item in found] == [list, list, Greedy, list]
    assert found[2].owner is found


def test_tuples_are_tracked_at_any_depth():
    shared = [7]
    value: Any = (shared, shared)
    for _ in range(100):
        value = (shared, value)
    found = fory.loads(fory.dumps(value))
    for _ in range(100):
        first, found = found
        assert first == [7]
        assert found[0] is first


def test_a_large_message_does_not_change_the_next_one():
    engine = fory.Fory(ref=True, strict=False)
    small = [(1, "a"), [2], {"b": [3]}]
    expected = engine.dumps(small)
    engine.dumps([[i] for i in range(900)])
    assert engine.dumps(small) == expected
    assert engine.dumps(small) == expected
