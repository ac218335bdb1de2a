"""What a JSON value must look like before anybody asks it for anything.

A form is a type, a tuple of types, a list of one form (of any number of values), a mapping of keys
to forms, or one of those as `Maybe` (a key that may be missing) or `Each` (of every value of a
mapping).

>>> check_form({"a": [1, 2], "c": 3}, {"a": [int], "b": Maybe(str)})
>>> check_form({"a": [1, "x"]}, {"a": [int]})
Traceback (most recent call last):
    ...
ValueError: a[1] is a text, needed a whole number
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Form = Any
NUMBER = (int, float)
_WORDS = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "a table",
    list: "a list",
    type(None): "null",
}


@dataclass(frozen=True)
class Maybe:
    """Of a key that may be missing."""

    form: Form


@dataclass(frozen=True)
class Each:
    """Of every value of a table."""

    form: Form


def check_form(value: object, form: Form, at: str = "") -> None:
    """Raise ValueError that says where a value is of another form."""
    match form:
        case Maybe():
            check_form(value, form.form, at)
        case Each():
            _check_kind(value, (dict,), at)
            for key, held in _items(value):
                check_form(held, form.form, _in(at, key))
        case list():
            _check_kind(value, (list,), at)
            for place, held in enumerate(value):  # type: ignore[arg-type]
                check_form(held, form[0], f"{at}[{place}]")
        case dict():
            _check_kind(value, (dict,), at)
            _check_keys(dict(_items(value)), form, at)
        case _:
            _check_kind(value, form if isinstance(form, tuple) else (form,), at)


def _check_keys(value: Mapping[str, object], form: Mapping[str, Form], at: str) -> None:
    for key, wanted in form.items():
        if key in value:
            check_form(value[key], wanted, _in(at, key))
        elif not isinstance(wanted, Maybe):
            raise ValueError(f"no {_in(at, key)}")


def _check_kind(value: object, kinds: tuple[type, ...], at: str) -> None:
    if type(value) not in kinds:  # a truth value is no number
        needed = " or ".join(_WORDS[kind] for kind in kinds)
        raise ValueError(f"{at or 'it'} is {_WORDS.get(type(value), 'odd')}, needed {needed}")


def _items(value: Any) -> Any:
    return value.items()


def _in(at: str, key: str) -> str:
    return f"{at}.{key[:40]}" if at else key[:40]
