from collections.abc import Callable, Iterable, Sequence
from typing import Any

from fory_io.parts import Parts
from fory_row._block import Source
from fory_row._plan import Plan
from fory_row._relayout import Copier
from fory_row.schema import Schema

class AdaptedSource(Source):
    files: Parts
    plan: Plan
    def __init__(
        self,
        files: Parts,
        plan: Plan,
        copier: Callable[[int], Copier],
        expressions: Sequence[Any],
        label: str,
        reopened: tuple[Any, ...],
    ) -> None: ...
    def candidates(self, schema: Schema, condition: Any) -> list[tuple[int, int]]: ...
    def narrowed(self, plan: Plan, condition: Any) -> Any: ...
    def prefetch(self, positions: Iterable[int]) -> None: ...
    def reopen(self) -> tuple[Any, ...]: ...
