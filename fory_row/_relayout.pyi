from fory_row._block import Block
from fory_row._plan import Plan
from fory_row._rows import RowsCore
from fory_row.shape import Reading

def relayout(rows: RowsCore, plan: Plan, how: Reading | None = None) -> list[Block]: ...
