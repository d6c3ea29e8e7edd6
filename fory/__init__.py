"""Object graphs: Python objects to Apache Fory bytes and back."""

from __future__ import annotations

from typing import Any

from fory import error, serializer, types
from fory._buffer import Buffer
from fory._core import Fory
from fory.arrays import (
    BFloat16Array,
    BoolArray,
    Float16Array,
    Float32Array,
    Float64Array,
    Int8Array,
    Int16Array,
    Int32Array,
    Int64Array,
    UInt8Array,
    UInt16Array,
    UInt32Array,
    UInt64Array,
)
from fory.fields import dataclass, field
from fory.policy import DeserializationPolicy
from fory.serializer import Serializer
from fory.types import *  # noqa: F403
from fory.unknown import UnknownStruct
