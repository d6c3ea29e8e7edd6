from typing import Any

from fory._buffer import Buffer
from fory._codec import Codec

class Writer(Buffer):
    fory: Any
    type_resolver: Any
    xlang: bool
    track_ref: bool
    compatible: bool
    misfit: Codec | None
    def __init__(
        self,
        fory: Any,
        registry: Any,
        *,
        xlang: bool,
        ref: bool,
        compatible: bool,
        max_depth: int,
        hooks: Any = None,
    ) -> None: ...
    def begin(self, value: Any) -> int: ...
    def end(self, value: Any, number: int) -> int: ...
