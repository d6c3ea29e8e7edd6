"""numpy arrays whose dtype, order or flags need more than a dense array says."""

from __future__ import annotations

import numpy as np
import pytest

import fory
from fory.error import DecodeError, EncodeError

PADDED = np.dtype([("a", "i1"), ("b", "f8")], align=True)
TOLD = {
    "short text": np.zeros(3, [("a", "i4")]),
    "long unit": np.arange(5).astype("M8[1000us]"),
    "padding": np.ones(3, PADDED),
    "titles": np.zeros(2, [(("title", "a"), "i4")]),
    "subarrays": np.zeros(2, [("a", PADDED), ("b", "f4", (2, 3))]),
    "overlap": np.zeros(
        2, {"names": ["a", "b"], "formats": ["i4", "i2"], "offsets": [0, 2]}
    ),
    "no size": np.zeros(3, [("a", "S0")])["a"],
    "scattered": np.arange(20.0).reshape(4, 5).T[::-1, ::2],
    "many dimensions": np.zeros((1,) * 32),
}
REDUCED = {
    "metadata": np.zeros(2, np.dtype("i4", metadata={"unit": "m"})),
    "records": np.zeros(2, np.dtype((np.record, [("a", "i4")]))),
    "object fields": np.array([(1, [2])], [("a", "i4"), ("b", "O")]),
}


@pytest.fixture(params=[True, False], ids=["in band", "out of band"])
def copied(request):
    """Write and read a value."""

    def copy(made, value):
        if request.param:
            return made.loads(made.dumps(value))
        taken = []
        message = made.serialize(value, buffer_callback=taken.append)
        return made.deserialize(message, buffers=taken)

    return copy


@pytest.mark.parametrize("name", TOLD)
def test_strict_messages_keep_all_of_a_dtype(copied, name):
    value = TOLD[name]
    result = copied(fory.Fory(), value)
    assert (repr(result.dtype), result.shape) == (repr(value.dtype), value.shape)
    # Not the bytes: padding may hold anything.
    assert repr(result.tolist()) == repr(value.tolist())


@pytest.mark.parametrize("name", REDUCED)
def test_calls_keep_what_texts_do_not_say(copied, name):
    value = REDUCED[name]
    result = copied(fory.Fory(strict=False, ref=True), value)
    assert repr(result.dtype) == repr(value.dtype)
    assert result.dtype.metadata == value.dtype.metadata
    assert result.tolist() == value.tolist()


@pytest.mark.parametrize("name", REDUCED)
def test_strict_messages_refuse_calls(name):
    with pytest.raises(EncodeError, match="strict=False"):
        fory.Fory().dumps(REDUCED[name])
    message = fory.Fory(strict=False).dumps(REDUCED[name])
    with pytest.raises(DecodeError, match="strict=False"):
        fory.Fory().loads(message)


@pytest.mark.parametrize("fixed", [True, False], ids=["read-only", "writable"])
@pytest.mark.parametrize("n", [3, 5000], ids=["small", "large"])
@pytest.mark.parametrize("dtype", ["f8", ">i4", "M8[100us]", "O"])
def test_arrays_stay_read_only_or_writable(copied, dtype, n, fixed):
    value = np.zeros(n, "i8").astype(dtype)
    value.flags.writeable = not fixed
    assert copied(fory.Fory(), value).flags.writeable is not fixed


def test_arrays_that_a_callback_leaves_in_the_message_may_be_changed():
    made, value = fory.Fory(), np.arange(1000)
    message = made.serialize(value, buffer_callback=lambda buffer: True)
    assert made.deserialize(message, buffers=[]).flags.writeable


def test_items_that_are_arrays_stay_items(copied):
    value = np.empty(3, object)
    value[0], value[1], value[2] = np.array(5), [1, 2], np.array([1, 2])
    result = copied(fory.Fory(), value)
    assert [type(item) for item in result] == [np.ndarray, list, np.ndarray]
    assert result[0].shape == ()


def test_an_array_in_fortran_order_may_hold_itself():
    value = np.empty((2, 3), object, order="F")
    value[0, 1] = value
    result = fory.Fory(ref=True).loads(fory.Fory(ref=True).dumps(value))
    assert result.shape == (2, 3)
    assert result[0, 1] is result


def test_buffers_in_fortran_order_keep_their_bytes(copied):
    from pickle import PickleBuffer

    value = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    result = copied(fory.Fory(), PickleBuffer(value))
    assert result.raw().tobytes() == value.tobytes("F")


def test_scattered_buffers_are_refused():
    from pickle import PickleBuffer

    with pytest.raises(EncodeError, match="scattered"):
        fory.Fory().dumps(PickleBuffer(np.arange(10)[::2]))


@pytest.mark.parametrize(
    ("shape", "buffer"),
    [((3,), b"x" * 16), ((3,), np.arange(10.0)[::2]), ((2, 2), b"")],
    ids=["too short", "scattered", "empty"],
)
def test_buffers_that_do_not_fit_are_refused(shape, buffer):
    made, taken = fory.Fory(), []
    value = np.zeros((200, *shape))
    message = made.serialize(value, buffer_callback=taken.append)
    with pytest.raises(DecodeError):
        made.deserialize(message, buffers=[buffer])
