from typing import Any

from fory_row._block import Block
from fory_row._plan import Plan

class Extremes:
    ordinals: tuple[int, ...]
    def __init__(self, plan: Plan) -> None: ...
    def of(self, block: Block) -> list[tuple[Any, Any, int, int] | None] | None: ...
