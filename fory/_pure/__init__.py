"""The object serializer in plain Python: what the compiled one does, step by step.

Nothing here is cached or tuned; read it beside the wire format. ``fory._impl`` puts
it in place of the compiled engine if ``ENABLE_FORY_CYTHON_SERIALIZATION=0``.
"""
