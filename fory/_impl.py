"""The one place that chooses the engine: compiled, or its twin in plain Python.

The choice is made once, when ``fory`` is imported, by the environment variable
``ENABLE_FORY_CYTHON_SERIALIZATION``: ``0`` takes the twin.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False

__all__ = [
    "ENABLE_FORY_CYTHON_SERIALIZATION",
    "Attributes",
    "Buffer",
    "Codec",
    "Engine",
    "Field",
    "Reduction",
    "StateSerializer",
    "guarded",
    "hash64",
    "slot_offset_of",
    "version_of",
]

_wanted = os.environ.get("ENABLE_FORY_CYTHON_SERIALIZATION", "1")
ENABLE_FORY_CYTHON_SERIALIZATION = _wanted.lower() in ("1", "true")

if TYPE_CHECKING or ENABLE_FORY_CYTHON_SERIALIZATION:
    from fory._buffer import Buffer
    from fory._codec import Codec, Field, slot_offset_of, version_of
    from fory._graph import Engine
    from fory._hash import hash64
    from fory._protocol import Attributes, Reduction, StateSerializer, guarded
else:
    from fory._pure.buffer import Buffer
    from fory._pure.codec import Codec, Field, slot_offset_of, version_of
    from fory._pure.graph import Engine
    from fory._pure.hashing import hash64
    from fory._pure.protocol import Attributes, Reduction, StateSerializer, guarded
