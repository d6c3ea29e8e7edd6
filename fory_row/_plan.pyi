from collections.abc import Sequence
from typing import Any, Self

from fory_row.schema import Schema
from fory_row.types import Field

class NodeInfo:
    field: Field | None
    path: str
    names: tuple[str, ...] | None
    positions: dict[str, int] | None
    row_class: type
    template: dict[str, None] | None
    zone: Any
    dictionary: Any

class Plan:
    schema: Schema
    layout: str
    dictionaries: tuple[Any, ...]
    infos: list[NodeInfo]
    stride: int
    base: Plan | None
    ordinals: tuple[int, ...] | None
    def __new__(
        cls, schema: Schema, layout: str = "standard", dictionaries: Sequence[Any] = ()
    ) -> Self: ...
    @property
    def positions(self) -> dict[str, int]: ...
    @property
    def type_hash(self) -> int: ...
    def project(self, ordinals: Sequence[int]) -> Plan: ...
