"""Marshalled code is looked over before it is loaded."""

import marshal
import opcode
import os
import sysconfig
from pathlib import Path

import pytest

from fory._code import dump_code, load_code, unmarshal
from fory.error import DecodeError

STANDARD_LIBRARY = Path(sysconfig.get_path("stdlib"))


@pytest.mark.parametrize("package", ["collections", "asyncio", "email", "."])
def test_code_of_the_standard_library_is_whole(package):
    for path in sorted((STANDARD_LIBRARY / package).glob("*.py"))[:40]:
        code = compile(path.read_bytes(), os.fspath(path), "exec", dont_inherit=True)
        assert load_code(dump_code(code)) == code


def with_instructions(change):
    """Return marshalled code whose instructions were changed."""
    code = (lambda x: x.name + 1).__code__
    data = marshal.dumps(code)
    at = data.index(code.co_code)
    return data[:at] + change(code.co_code) + data[at + len(code.co_code) :]


def test_unchanged_instructions_are_taken():
    code = unmarshal(with_instructions(lambda code: code))
    assert isinstance(code.co_code, bytes)


def test_instructions_of_the_interpreter_are_refused():
    with pytest.raises(DecodeError, match="not whole"):
        unmarshal(with_instructions(lambda code: b"\xfe\x00" * (len(code) // 2)))


def test_an_instruction_without_its_caches_is_refused():
    last = bytes([opcode.opmap["LOAD_GLOBAL"], 0])
    with pytest.raises(DecodeError, match="not whole"):
        unmarshal(with_instructions(lambda code: code[:-2] + last))


def test_code_that_is_another_object_is_refused():
    data = with_instructions(lambda code: code)
    at = data.index(b"s")
    with pytest.raises(DecodeError, match="not whole"):
        unmarshal(data[:at] + b"N" + data[at + 1 :])
