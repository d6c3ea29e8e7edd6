from collections.abc import Iterable, Sequence
from typing import Any

from fory_io.keys import JoinedIndex
from fory_row._block import Source
from fory_row._plan import Plan
from fory_row.schema import Schema

class JoinedSource(Source):
    parts: tuple[Source, ...]
    def __init__(
        self, parts: Sequence[Source], label: str, reopened: tuple[Any, ...]
    ) -> None: ...
    def candidates(self, schema: Schema, condition: Any) -> list[tuple[int, int]]: ...
    def prefetch(self, positions: Iterable[int]) -> None: ...
    def key_index(self, plan: Plan) -> JoinedIndex: ...
    def reopen(self) -> tuple[Any, ...]: ...
