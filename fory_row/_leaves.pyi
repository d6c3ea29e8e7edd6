from typing import Any, final

from fory_row._path import PathCore
from fory_row._rows import RowsCore
from fory_row.types import Field

@final
class Leaves:
    field: Field
    objects: list[Any] | None
    ends: list[int]
    def numbers(self) -> tuple[bytes, bytes]: ...

def gather(path: PathCore, rows: RowsCore) -> Leaves: ...
