"""What readers put where bytes of another version give nothing that fits."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any, Optional

import numpy as np
import pytest

import fory


def read(written: list[Any], value: Any, wanted: list[Any], **options: Any) -> Any:
    """Return the fields of a class that reads what another version wrote."""
    sides = []
    for fields in (written, wanted):
        made = fory.Fory(xlang=True, compatible=True, **options)
        cls = dataclasses.make_dataclass("T", fields)
        made.register(cls, name="ns.T")
        sides.append((made, cls))
    (writer, old), (reader, _) = sides
    back = reader.loads(writer.dumps(old(*value)))
    return [getattr(back, name) for name, *_ in wanted]


@pytest.mark.parametrize(
    ("field", "options", "expected"),
    [
        (("y", int), {}, 0),
        (("y", Optional[int]), {}, None),  # noqa: UP045
        (("y", str, fory.field(nullable=True)), {}, None),
        (("y", int), {"field_nullable": True}, None),
        (("y", int, fory.field(id=3)), {"field_nullable": True}, 0),
        (("y", int, fory.field(nullable=True, default=7)), {}, 7),
    ],
)
def test_fields_that_bytes_lack(field, options, expected):
    assert read([("x", int)], [1], [field], **options) == [expected]


def test_option_ref_does_not_hinder_conversion_where_references_are_off():
    wanted = [("x", int, fory.field(ref=True))]
    assert read([("x", str)], ["300"], wanted) == [300]
    with pytest.raises(fory.error.TypeNotCompatibleError):
        read([("x", str)], ["300"], wanted, ref=True)


@pytest.mark.parametrize(
    ("annotation", "value", "expected"),
    [
        (fory.Array[fory.UInt8], 1.5, None),
        (fory.Array[fory.UInt8], fory.UInt8Array([1]), [1]),
        (fory.Array[fory.UInt8], fory.Int8Array([1]), None),
        (datetime.date, "2020-01-01", None),
        (datetime.timedelta, datetime.timedelta(1), datetime.timedelta(1)),
        (list[Optional[int]], [1, None], [1, None]),  # noqa: UP045
        (list[int], [1, None], []),
    ],
)
def test_values_of_any_type_are_kept_if_they_fit(annotation, value, expected):
    assert read([("x", Any)], [value], [("x", annotation)]) == [expected]


def test_arrays_of_any_type_come_in_the_declared_class():
    [back] = read([("x", Any)], [np.arange(2)], [("x", fory.NDArray[fory.Int64])])
    assert type(back) is np.ndarray
    assert back.tolist() == [0, 1]
