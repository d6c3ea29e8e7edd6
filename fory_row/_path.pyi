from typing import Any, Self, final

from fory_row._plan import Plan
from fory_row._rows import RowsCore
from fory_row._view import Row
from fory_row.types import Field

@final
class Leaves:
    field: Field
    objects: list[Any] | None
    ends: list[int]
    def numbers(self) -> tuple[bytes, bytes]: ...

@final
class Route:
    def __new__(cls, text: str, keys: tuple[Any, ...], plan: Plan) -> Self: ...

class PathCore:
    steps: tuple[Any, ...]
    text: str
    def __new__(cls, text: str, steps: tuple[Any, ...]) -> Self: ...
    def __call__(self, row: Row) -> Any: ...
    def collect(self, rows: RowsCore) -> Leaves: ...
