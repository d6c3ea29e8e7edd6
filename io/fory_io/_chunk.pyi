from typing import Any

from fory_io._map import Mapping
from fory_row._block import Block

class FileBlock(Block):
    @property
    def covered(self) -> int: ...
    def extent(self, i: int) -> tuple[int, int]: ...

class LinearBlock(FileBlock): ...

def load_chunk(
    body: Any,
    n_rows: int,
    crc: int,
    what: str,
    position: int,
    *,
    mapping: Mapping | None = None,
    verify: bool = True,
) -> Block: ...
def check_block(block: Block) -> int: ...
