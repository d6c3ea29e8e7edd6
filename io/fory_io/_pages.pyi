from typing import Any

from fory_row._block import Guard

class PageGuard(Guard): ...

def page_sums(data: Any, shift: int) -> bytes: ...
