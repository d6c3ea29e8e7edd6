from collections.abc import Callable
from typing import Any

from fory_io._cache import Cache
from fory_io.storage import Storage
from fory_row._block import Block

class PackedChunk:
    def __init__(
        self,
        storage: Storage,
        entry: tuple[int, int, int, int, int],
        n_rows: int,
        cache: Cache,
        decompress: Callable[[Any, int], Any],
        verify: bool,
    ) -> None: ...
    def __len__(self) -> int: ...
    def extent(self, row: int) -> tuple[int, int]: ...
    def whole(self) -> Block: ...
