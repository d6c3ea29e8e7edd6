from fory_row._plan import Plan

class Builders:
    def __init__(self, plan: Plan) -> None: ...
