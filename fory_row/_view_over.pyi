from typing import Any

from fory_row._plan import Plan
from fory_row._view import Array, Map, Row

def row_view(
    plan: Plan, buffer: Any, offset: int = 0, size: int | None = None
) -> Row: ...
def array_view(plan: Plan, buffer: Any) -> Array: ...
def map_view(plan: Plan, buffer: Any) -> Map: ...
