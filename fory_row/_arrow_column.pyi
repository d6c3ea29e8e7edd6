from collections.abc import Iterable

from fory_row._plan import Plan

class Columns:
    def __init__(self, plan: Plan, batch: object, remaps: Iterable[object]) -> None: ...
