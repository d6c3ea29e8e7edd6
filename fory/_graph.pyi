from collections.abc import Callable, Iterable
from typing import Any, overload

from typing_extensions import Buffer as BytesLike

from fory._buffer import Buffer
from fory._outside import BufferObject

class Answers:
    def __init__(self, callback: Callable[[BufferObject], Any]) -> None: ...
    def __call__(self, buffer: BufferObject) -> bool: ...
    def rewind(self) -> None: ...

class Engine:
    @overload
    def serialize(
        self,
        obj: Any,
        buffer: None = None,
        buffer_callback: Callable[[BufferObject], Any] | None = None,
        unsupported_callback: Callable[[Any], Any] | None = None,
    ) -> bytes: ...
    @overload
    def serialize(
        self,
        obj: Any,
        buffer: Buffer,
        buffer_callback: Callable[[BufferObject], Any] | None = None,
        unsupported_callback: Callable[[Any], Any] | None = None,
    ) -> Buffer: ...
    def deserialize(
        self,
        buffer: BytesLike | Buffer,
        buffers: Iterable[BytesLike] | None = None,
        unsupported_objects: Iterable[Any] | None = None,
    ) -> Any: ...
    def load_any(self, data: BytesLike, buffers: Iterable[BytesLike] | None) -> Any: ...
    dumps = serialize
    loads = deserialize
    def _configure(
        self, registry: Any, options: dict[str, Any], read_options: dict[str, Any]
    ) -> None: ...
