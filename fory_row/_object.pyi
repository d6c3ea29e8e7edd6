from collections.abc import Hashable
from typing import Any, Self

from fory_row._plan import Plan
from fory_row._rows import RowsCore
from fory_row._view import Row
from fory_row.shape import Reading, Shape

def place_of(row: Row) -> Hashable: ...

class RowReader:
    def __new__(
        cls,
        plan: Plan,
        shape: Shape,
        how: Reading | None = None,
        row: Row | None = None,
    ) -> Self: ...
    def read(self, buffer: Any, offset: int = 0) -> Any: ...
    def read_view(self, row: Row) -> Any: ...
    def read_all(self, rows: RowsCore) -> list[Any]: ...
