from collections.abc import Sequence

from fory_row._block import Block
from fory_row._plan import Plan

def encode(
    plan: Plan,
    batch: object,
    remaps: Sequence[object],
    start: int,
    stop: int,
    first_row: int,
) -> list[Block]: ...
