from typing import Any, Self, final

from fory_row._plan import Plan
from fory_row._view import Row

@final
class Route:
    def __new__(cls, text: str, keys: tuple[Any, ...], plan: Plan) -> Self: ...

class PathCore:
    steps: tuple[Any, ...]
    text: str
    def __new__(cls, text: str, steps: tuple[Any, ...]) -> Self: ...
    def __call__(self, row: Row) -> Any: ...
