from typing import Any

from fory._buffer import Buffer

class Reader(Buffer):
    fory: Any
    type_resolver: Any
    xlang: bool
    track_ref: bool
    compatible: bool
    def __init__(
        self,
        fory: Any,
        registry: Any,
        *,
        xlang: bool,
        ref: bool,
        compatible: bool,
        max_depth: int,
        max_unbacked: int,
        max_memory: int = -1,
    ) -> None: ...
    def next_buffer(self) -> memoryview: ...
    def next_source(self) -> Any: ...
    def read_buffer_object(self) -> memoryview: ...
    def read_array_size(self, width: int) -> int: ...
    def view_bytes(self, n: int) -> memoryview: ...
