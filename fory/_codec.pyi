from collections.abc import Callable
from typing import Any

BARE: frozenset[int]

def slot_offset_of(descriptor: object) -> int: ...
def version_of(cls: type) -> int: ...

class Codec:
    kind: int
    type_id: int
    trackable: bool
    cls: Any
    info: int
    loose: bool
    home: tuple[str, str, object] | None
    n_attributes: int
    user_id: int
    typedef: bytes | None
    names: tuple[tuple[object, bytes], ...] | None
    first_names: bytes | None
    item: Codec
    key: Codec
    item_tracked: bool
    key_tracked: bool
    lenient: bool
    make: Callable[[list[Any]], Any] | None
    serializer: Any
    members: tuple[Any, ...] | None
    numbers: tuple[int, ...] | None
    by_number: dict[int, Any] | None
    fields: tuple[Field, ...] | None
    n_fields: int
    missing: tuple[tuple[str, Callable[[], Any]], ...] | None
    schema_hash: int
    hashed: bool
    prepare: Any
    authorize: Callable[..., Any] | None
    def __init__(self, kind: int, type_id: int = 0, **parts: Any) -> None: ...
    def update(self, **parts: Any) -> None: ...
    def set_fields(self, fields: tuple[Field, ...]) -> None: ...

class Field:
    name: str | None
    codec: Codec
    nullable: bool
    tracked: bool
    dynamic: bool
    framed: bool
    slot: int
    convert: Callable[[Any], Any] | None
    default: Callable[[], Any] | None
    def __init__(
        self,
        name: str | None,
        codec: Codec,
        *,
        nullable: bool = False,
        tracked: bool = False,
        dynamic: bool = False,
        slot: int = 0,
        convert: Callable[[Any], Any] | None = None,
        default: Callable[[], Any] | None = None,
    ) -> None: ...
