from fory_row._block import Block
from fory_row._plan import Plan
from fory_row._rows import RowsCore

def relayout(rows: RowsCore, plan: Plan) -> list[Block]: ...
