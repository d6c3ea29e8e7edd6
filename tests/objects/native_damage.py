"""Changes bytes of messages that hold code and reads them; prints what went wrong.

Run in a process of its own: ``python native_damage.py N_PER_MESSAGE``.
"""

from __future__ import annotations

import collections
import datetime
import decimal
import enum
import pickle
import random
import sys
import types

import fory
from fory.error import ForyError, PolicyError

HARMLESS = {set, frozenset, int, complex, iter, bytearray, collections.OrderedDict}


class OnlyWhatIsThere(fory.DeserializationPolicy):
    """Keeps damaged names from importing and calling at random."""

    def validate_module(self, module_name, *, is_local=False, **context):
        if module_name not in sys.modules:
            raise PolicyError(module_name)

    def intercept_reduce_call(self, callable_, args):
        is_ours = getattr(callable_, "__module__", "").split(".")[0] == "fory"
        if not is_ours and callable_ not in HARMLESS:
            raise PolicyError(str(callable_))


def local_class():
    class Local:
        __slots__ = ("a", "b")

        def get(self):
            return Local

        @property
        def one(self):
            return 1

    return Local


def local_enum():
    class Local(enum.Enum):
        A = 1
        B = 2

    return Local


def samples():
    module = types.ModuleType("dynamic")
    exec("K = 1\ndef f(): return K", vars(module))
    cycle = ([],)
    cycle[0].append(cycle)
    zone = datetime.timezone(datetime.timedelta(hours=1), "name")
    yield local_class()
    yield [local_class()(), local_class()()]
    yield (lambda k: lambda x, *, y=3: x + k)(3)
    yield module
    yield [local_enum().A, local_enum()]
    yield cycle
    yield [2**80, -(2**90), 1]
    yield "a surrogate: \ud800"
    yield datetime.datetime(2020, 1, 1, tzinfo=zone)
    yield datetime.datetime(2020, 1, 1, fold=1)
    yield decimal.Decimal("NaN12")
    yield types.CellType([3])
    yield types.MethodType(lambda self: self, 3)
    yield pickle.PickleBuffer(bytearray(b"abc"))
    yield (lambda: 0).__code__


def damaged(data, rnd):
    changed = bytearray(data)
    for _ in range(rnd.randrange(1, 3)):
        changed[rnd.randrange(len(changed))] = rnd.randrange(256)
    if rnd.random() < 0.2:
        del changed[rnd.randrange(len(changed)) :]
    return bytes(changed)


def main(n):
    rnd = random.Random(7)
    writer = fory.Fory(strict=False, ref=True)
    for number, value in enumerate(samples()):
        message = writer.dumps(value)
        for i in range(n):
            if i % 20 == 0:
                policy = OnlyWhatIsThere()
                reader = fory.Fory(strict=False, ref=True, policy=policy)
            try:
                reader.loads(damaged(message, rnd))
            except ForyError:
                pass
            except Exception as error:
                print(f"sample {number}: {type(error).__name__}: {error}")


if __name__ == "__main__":
    main(int(sys.argv[1]))
