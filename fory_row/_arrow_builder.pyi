from typing import Self

from fory_row._plan import Plan

class Builders:
    def __new__(cls, plan: Plan) -> Self: ...
