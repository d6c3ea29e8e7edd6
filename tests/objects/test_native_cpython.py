"""CPython's own tests of pickle, run against the calls of this package.

Those that look at opcodes, protocols or the memo of a pickler are left out: this
format has none of them. The table below says which and why.
"""

from __future__ import annotations

import collections
import copyreg
import io
import pickle
import types
import unittest

import pytest

import fory

pickletester = pytest.importorskip("test.pickletester")

OPCODES = "looks at opcodes of pickle"
PROTOCOLS = "looks at what differs between protocols of pickle"
MEMO = "looks at the memo; each dump is a message of its own"
MORE = "expects that pickle refuses what this package writes"
CAUSE = "expects the error of a hook itself, which is the cause of a DecodeError here"
SKIPPED = {
    "test_appends_on_non_lists": OPCODES,
    "test_bad_getattr": "expects that attributes are sought on the instance first",
    "test_buffers_numpy": "expects that arrays of 24 bytes are kept out of band",
    "test_builtin_exceptions": PROTOCOLS,
    "test_bytearray": OPCODES,
    "test_c_methods": MORE,
    "test_clear_pickler_memo": MEMO,
    "test_compat_pickle": OPCODES,
    "test_complex_newobj": OPCODES,
    "test_complex_newobj_ex": OPCODES,
    "test_dict_chunking": OPCODES,
    "test_float_format": OPCODES,
    "test_framed_write_sizes_with_delayed_writer": OPCODES,
    "test_framing_large_objects": OPCODES,
    "test_framing_many_objects": OPCODES,
    "test_global_ext1": OPCODES,
    "test_global_ext2": OPCODES,
    "test_global_ext4": OPCODES,
    "test_in_band_buffers": OPCODES,
    "test_int_pickling_efficiency": OPCODES,
    "test_list_chunking": OPCODES,
    "test_local_lookup_error": MORE,
    "test_long1": OPCODES,
    "test_long4": OPCODES,
    "test_multi_proto_parsing": PROTOCOLS,
    "test_oob_buffers": OPCODES,
    "test_optional_frames": OPCODES,
    "test_pickle_setstate_None": CAUSE,
    "test_pickle_to_2x": OPCODES,
    "test_picklebuffer_error": PROTOCOLS,
    "test_priming_pickler_memo": MEMO,
    "test_priming_unpickler_memo": MEMO,
    "test_proto": OPCODES,
    "test_protocol0_is_ascii_only": PROTOCOLS,
    "test_py_methods": MORE,
    "test_recursive_nested_names": MORE,
    "test_reduce_ex_called": PROTOCOLS,
    "test_reduce_ex_calls_base": PROTOCOLS,
    "test_reduce_ex_overrides_reduce": PROTOCOLS,
    "test_set_chunking": OPCODES,
    "test_setitems_on_non_dicts": OPCODES,
    "test_short_tuples": OPCODES,
    "test_simple_newobj": OPCODES,
    "test_singletons": OPCODES,
}


class Calls:
    def dumps(self, arg, proto=None, **kwargs):
        return fory.dumps(arg, proto, **kwargs)

    def loads(self, buf, **kwargs):
        return fory.loads(buf, **kwargs)


class Values(Calls, pickletester.AbstractPickleTests):
    pass


class Persistent:
    """The suite is its own pickler, so to speak."""

    def dumps(self, arg, proto=None):
        outer = self

        class OurPickler(fory.Pickler):
            def persistent_id(self, obj):
                return outer.persistent_id(obj)

        file = io.BytesIO()
        OurPickler(file, proto).dump(arg)
        return file.getvalue()

    def loads(self, buf):
        outer = self

        class OurUnpickler(fory.Unpickler):
            def persistent_load(self, name):
                return outer.persistent_load(name)

        return OurUnpickler(io.BytesIO(buf)).load()


class PersistentNames(Persistent, pickletester.AbstractPersistentPicklerTests):
    pass


class PersistentSelves(Persistent, pickletester.AbstractIdentityPersistentPicklerTests):
    pass


class Picklers(pickletester.AbstractPicklerUnpicklerObjectTests):
    pickler_class = fory.Pickler
    unpickler_class = fory.Unpickler


class ModuleCalls(pickletester.AbstractPickleModuleTests):
    dump, dumps = staticmethod(fory.dump), staticmethod(fory.dumps)
    load, loads = staticmethod(fory.load), staticmethod(fory.loads)
    Pickler, Unpickler = fory.Pickler, fory.Unpickler


class PrivateTables(pickletester.AbstractDispatchTableTests):
    pickler_class = fory.Pickler

    def get_dispatch_table(self):
        return collections.ChainMap({}, copyreg.dispatch_table)


class CustomPickler(pickletester.AbstractCustomPicklerClass, fory.Pickler):
    pass


class Overrides(pickletester.AbstractHookTests):
    pickler_class = CustomPickler


SUITES = [
    Values,
    PersistentNames,
    PersistentSelves,
    Picklers,
    ModuleCalls,
    PrivateTables,
    Overrides,
]
NAMES = [
    (suite, name)
    for suite in SUITES
    for name in unittest.TestLoader().getTestCaseNames(suite)
    if name not in SKIPPED
]


@pytest.fixture(autouse=True)
def messages_of_both(monkeypatch):
    """Let a suite that calls ``pickle.loads`` itself read our messages, too."""
    both = types.ModuleType("pickle")
    vars(both).update(vars(pickle))
    both.loads = lambda data: (
        fory.loads(data) if data[:1] in (b"\0", b"\2") else pickle.loads(data)
    )
    monkeypatch.setattr(pickletester, "pickle", both)


@pytest.mark.parametrize(
    ("suite", "name"), NAMES, ids=[f"{suite.__name__}-{name}" for suite, name in NAMES]
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_pickle(suite, name):
    case = type(suite.__name__, (suite, unittest.TestCase), {})(name)
    result = unittest.TestResult()
    case.run(result)
    problems = [text for _, text in result.errors + result.failures]
    assert not problems, problems[0]
    assert result.testsRun == 1


# Not every version of Python has these.
NOT_EVERYWHERE = {
    "test_bad_getattr",
    "test_local_lookup_error",
    "test_multi_proto_parsing",
    "test_pickle_setstate_None",
    "test_picklebuffer_error",
    "test_recursive_nested_names",
}


def test_every_reason_belongs_to_a_test():
    known = {n for s in SUITES for n in unittest.TestLoader().getTestCaseNames(s)}
    assert set(SKIPPED) - NOT_EVERYWHERE <= known
