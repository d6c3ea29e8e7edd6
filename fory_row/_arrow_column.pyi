from collections.abc import Iterable
from typing import Self

from fory_row._plan import Plan

class Columns:
    def __new__(cls, plan: Plan, batch: object, remaps: Iterable[object]) -> Self: ...
