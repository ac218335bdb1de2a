"""Whether the values of a noun that came from a file are what its fields are declared to be."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np


def check_fields(noun: type, given: Mapping[str, Any]) -> None:
    """Raise TypeError where a value is of another type than the field of its name.

    Args:
        noun: a dataclass.
        given: values by name; lists are tuples.
    """
    hints = _hints(noun)
    for name, value in given.items():
        if name in hints and not fits(value, hints[name]):
            raise TypeError(
                f"{noun.__name__}.{name} is {type(value).__name__} {str(value)[:60]!r}, which it "
                "cannot be"
            )


@cache
def _hints(noun: type) -> Mapping[str, Any]:
    try:
        known = get_type_hints(noun)
    except Exception:  # of a plug-in, whose names may be known to a type checker alone
        return {}
    return {of.name: known[of.name] for of in fields(noun)}


def fits(value: Any, hint: Any) -> bool:
    """Whether a value is of this type; of a type that is not known here, yes.

    >>> fits(("a", 1), tuple[str, int]), fits({"a": True}, dict[str, int]), fits(1, float | None)
    (True, False, True)
    """
    origin, of = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return any(fits(value, one) for one in of)
    if origin is Literal:
        return value in of
    if origin is tuple:
        if not isinstance(value, tuple):
            return False
        if len(of) == 2 and of[1] is Ellipsis:
            return all(fits(one, of[0]) for one in value)
        return len(value) == len(of) and all(map(fits, value, of))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return isinstance(value, Mapping) and all(fits(x, of[1]) for x in value.values())
    if origin is np.ndarray:
        return isinstance(value, np.ndarray)
    known = isinstance(hint, type) and hint is not Any and not getattr(hint, "_is_protocol", False)
    return fits_class(value, hint) if known else True


def fits_class(value: Any, kind: type) -> bool:
    """Whether a value is of a class; a whole number is a number, a truth value is neither."""
    if kind in (int, float):
        return type(value) is int or (kind is float and type(value) is float)
    if issubclass(kind, Enum):
        return isinstance(value, kind) or value in [one.value for one in kind]
    return isinstance(value, kind)
