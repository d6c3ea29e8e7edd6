from typing import Self

from fory_row._block import Block
from fory_row._plan import Plan
from fory_row._rows import RowsCore
from fory_row.shape import Reading

class Copier:
    @property
    def read(self) -> Plan: ...
    @property
    def plan(self) -> Plan: ...
    def __new__(
        cls,
        read: Plan,
        plan: Plan,
        how: Reading | None = None,
        rest: RowsCore | None = None,
    ) -> Self: ...

def relayout(rows: RowsCore, plan: Plan, how: Reading | None = None) -> list[Block]: ...
