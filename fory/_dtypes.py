"""The dtypes of numpy as texts, and what texts do not say of them."""

from __future__ import annotations

from fory._array_io import id_of_dtype
from fory.error import DecodeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "AMBIGUOUS",
    "ELEMENTS",
    "OBJECTS",
    "REDUCED",
    "kind_of",
    "name_of",
    "parse",
]

# How the elements of an array travel.
ELEMENTS, OBJECTS, REDUCED = range(3)
_FORTRAN = "F"
_READ_ONLY = "()"  # numpy reads what follows as if it stood alone
# The byte that tells these lengths of a text may also be the id of a dense array.
AMBIGUOUS = range(11, 15)
_MAX_TEXT = 1 << 20


def kind_of(dtype: Any) -> tuple[int, str, int, bool]:
    """Return how arrays of a dtype travel.

    The form of their elements, the text that announces them, the id of dense arrays of
    one dimension, 0 without one, and whether Python makes memoryviews of such arrays.
    """
    for text in _texts(dtype):
        try:
            told = _dtype_from(text)
        except DecodeError:
            continue
        is_object = dtype.kind == "O"
        if dtype.hasobject == is_object and _is_same(told, dtype):
            form = OBJECTS if is_object else ELEMENTS
            return form, text, id_of_dtype(text), _exports(dtype)
    return REDUCED, "", 0, False


def name_of(text: str, fortran: bool, fixed: bool) -> str:
    """Return the text that announces an array, its order and whether it is fixed."""
    name = _FORTRAN * fortran + _READ_ONLY * fixed + text
    return name.ljust(AMBIGUOUS.stop) if len(name) in AMBIGUOUS else name


def parse(name: str) -> tuple[Any, bool, bool]:
    """Return the dtype that announces an array, its order and whether it is fixed."""
    text = name.removeprefix(_FORTRAN)
    fixed = text.startswith(_READ_ONLY)
    dtype = _dtype_from(text.removeprefix(_READ_ONLY).rstrip(" "))
    return dtype, name.startswith(_FORTRAN), fixed


def _dtype_from(text: str) -> Any:
    import ast

    import numpy as np

    try:
        if len(text) > _MAX_TEXT:
            raise ValueError("the text is too long")
        dtype = np.dtype(ast.literal_eval(text) if text[:1] in ("[", "{") else text)
    except Exception as error:  # numpy has many, and warns of old spellings
        raise DecodeError(f"an array has the unknown dtype {text!r:.60}") from error
    if dtype.subdtype is not None or (dtype.hasobject and dtype.kind != "O"):
        raise DecodeError(f"no array has the dtype {text!r:.60}")
    if not dtype.itemsize and dtype.kind not in "SUV":
        raise DecodeError(f"an array has a dtype without a size, {text!r:.60}")
    return dtype


def _texts(dtype: Any) -> list[str]:
    """Return the texts that may say all of a dtype, the plainest first."""
    if dtype.names is None:
        return [dtype.str]
    try:
        return [repr(dtype.descr), repr(_parts(dtype))]
    except ValueError:  # of fields that overlap
        return [repr(_parts(dtype))]


def _parts(dtype: Any) -> Any:
    """Return a dtype as numpy takes it, with places and titles of its fields."""
    if dtype.subdtype is not None:
        base, shape = dtype.subdtype
        return _parts(base), shape
    if dtype.names is None:
        return dtype.str
    fields = [(*dtype.fields[name], None)[:3] for name in dtype.names]
    parts = {
        "names": list(dtype.names),
        "formats": [_parts(field[0]) for field in fields],
        "offsets": [field[1] for field in fields],
        "itemsize": dtype.itemsize,
        "aligned": dtype.isalignedstruct,
    }
    titles = [field[2] for field in fields]
    return parts if titles == [None] * len(titles) else {**parts, "titles": titles}


def _is_same(told: Any, dtype: Any) -> bool:
    """Tell whether two dtypes agree also in what numpy does not compare."""
    if told is None or dtype is None:
        return told is dtype
    if told != dtype or dtype.metadata or told.isalignedstruct != dtype.isalignedstruct:
        return False
    if dtype.kind == "V" and told.type is not dtype.type:
        return False
    if dtype.names is None:
        return _is_same(told.base, dtype.base) if dtype.subdtype else True
    return all(
        _is_same(told.fields[name][0], dtype.fields[name][0])
        and told.fields[name][1:] == dtype.fields[name][1:]
        for name in dtype.names
    )


def _exports(dtype: Any) -> bool:
    import numpy as np

    try:
        memoryview(np.empty(0, dtype))  # type: ignore[arg-type]
    except (ValueError, BufferError):
        return False
    return True
