from typing import Any, Self

from fory_row._view import Row

class PathCore:
    steps: tuple[Any, ...]
    text: str
    def __new__(cls, text: str, steps: tuple[Any, ...]) -> Self: ...
    def __call__(self, row: Row) -> Any: ...
