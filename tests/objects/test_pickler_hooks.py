"""What a pickler says about objects, where versions of Python differ about it."""

from __future__ import annotations

import io
import pathlib

import pytest

import fory


class Plain:
    pass


def pickler() -> fory.Pickler:
    return fory.Pickler(io.BytesIO())


@pytest.mark.parametrize("override", [None, 10])
def test_an_override_that_is_no_function_is_an_error(override):
    one = pickler()
    one.reducer_override = override
    with pytest.raises(TypeError, match="not callable"):
        one.dump(Plain())


def test_a_table_without_a_function_for_a_class_is_an_error():
    one = pickler()
    one.dispatch_table = {Plain: None}
    with pytest.raises(TypeError, match="not callable"):
        one.dump(Plain())


def test_a_table_leaves_other_classes_alone():
    file = io.BytesIO()
    one = fory.Pickler(file)
    one.dispatch_table = {Plain: None}
    one.dump(pathlib.PurePosixPath("a/b"))
    assert fory.loads(file.getvalue()) == pathlib.PurePosixPath("a/b")


FROM_313 = {
    "concise": b"\0\0\x87\1\0I\08pathlib._local4PurePosixPath\1\x08\x15\x0ca/b",
    "plain": b"\0\0H\3\0\7\2\0I\08pathlib._local4PurePosixPath\0A\1\x08\x15\x0ca/b",
}


@pytest.mark.parametrize("form", FROM_313)
@pytest.mark.parametrize("policy", [None, fory.NoCode()], ids=["open", "no code"])
def test_every_version_reads_paths_of_python_313(form, policy):
    reader = fory.Fory(strict=False, ref=True, policy=policy)
    assert reader.loads(FROM_313[form]) == pathlib.PurePosixPath("a/b")
