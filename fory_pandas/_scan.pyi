from collections.abc import Callable
from typing import Any

NULL_KINDS: tuple[str, ...]

def scan(cells: list[Any]) -> tuple[dict[type, int], bytearray, int]: ...
def first_difference(
    left: list[Any], right: list[Any], odd: Callable[[Any, Any], bool]
) -> int: ...
def too_deep(cells: list[Any], limit: int) -> int: ...
