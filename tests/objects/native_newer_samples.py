"""What Python 3.12 and later brought, in Python messages.

Text that older versions cannot parse is compiled where it can be.
"""

import functools
import sys
import types
from typing import Any, TypeVar

SAMPLES: dict[str, Any] = {}
MADE: dict[str, Any] = globals()


def s(name, make, check):
    """Add a sample: how it is made, and how to tell what was read."""
    SAMPLES[name] = make, check


# From Python 3.14 on a name that is nowhere defined needs no quotes.
OLDER = "" if sys.version_info >= (3, 14) else "from __future__ import annotations"
exec(f"""
{OLDER}
class Late:
    a: int
    b: list[Missing]
    def f(self, x: Missing): return self
""")
s(
    "late annotations",
    lambda: MADE["Late"],
    lambda r: (
        r.__annotations__ == {"a": "int", "b": "list[Missing]"}
        and r.f.__annotations__ == {"x": "Missing"}
    ),
)

if sys.version_info >= (3, 12):
    exec("""
type Alias = list[int]
type Table[K, V: str] = dict[K, list[V]]
class Box[T]:
    item: T
def bounded[T: int](x: T) -> T: return x
""")
    s(
        "type alias",
        lambda: [MADE["Alias"], types.GenericAlias(list, MADE["Alias"])],
        lambda r: r[0].__value__ == list[int] and r[1].__args__[0].__name__ == "Alias",
    )
    s(
        "type alias with parameters",
        lambda: MADE["Table"],
        lambda r: (
            r.__value__ == dict[r.__type_params__[0], list[r.__type_params__[1]]]
            and r.__type_params__[1].__bound__ is str
            and r.__module__ == "__main__"
        ),
    )
    s(
        "class with parameters",
        lambda: MADE["Box"],
        lambda r: (
            r.__annotations__ == {"item": r.__type_params__[0]}
            and r.__type_params__[0].__infer_variance__
            and r[int].__args__ == (int,)
        ),
    )
    s(
        "function with parameters",
        lambda: MADE["bounded"],
        lambda r: r(3) == 3 and r.__type_params__[0].__bound__ is int,
    )

if sys.version_info >= (3, 13):
    s(
        "typevar default",
        lambda: [TypeVar("D", default=int), TypeVar("N", default=None), TypeVar("T")],
        lambda r: (
            [t.has_default() for t in r] == [True, True, False]
            and r[0].__default__ is int
        ),
    )

if sys.version_info >= (3, 14):
    exec("""
def template(n): return t"a{n!r:>3}b"
""")
    s(
        "partial with a placeholder",
        lambda: functools.partial(divmod, functools.Placeholder, 5),
        lambda r: r(17) == (3, 2),
    )
    s(
        "template",
        lambda: MADE["template"](5),
        lambda r: (
            r.strings == ("a", "b")
            and r.values == (5,)
            and r.interpolations[0].conversion == "r"
        ),
    )
