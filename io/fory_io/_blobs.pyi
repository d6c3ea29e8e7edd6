from fory_row._block import Block
from fory_row._rows import RowsCore

def blobs_last(rows: RowsCore) -> Block: ...
