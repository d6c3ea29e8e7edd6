from collections.abc import Hashable
from typing import Any

from fory_row._plan import Plan
from fory_row._rows import RowsCore
from fory_row._view import Row
from fory_row.shape import Reading, Shape

def place_of(row: Row) -> Hashable: ...

class RowReader:
    def __init__(
        self,
        plan: Plan,
        shape: Shape,
        how: Reading | None = None,
        row: Row | None = None,
    ) -> None: ...
    def read(self, buffer: Any, offset: int = 0) -> Any: ...
    def read_view(self, row: Row) -> Any: ...
    def read_all(self, rows: RowsCore) -> list[Any]: ...
