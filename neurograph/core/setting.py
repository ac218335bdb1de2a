"""Fields of a dataclass that say what they are, so that a command line can be made of them.

@dataclass(frozen=True, kw_only=True)
class Options:
    tau: float = setting(2.0, "membrane time constant", unit="steps")
    batch: int | None = setting(None, "nodes side by side [default what memory allows]")

Imports the standard library alone, so that it starts where a package is missing or broken.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from neurograph.core.errors import ModelError

KINDS = (bool, int, float, str, Path)
NEAREST_0, FARTHEST = 1e-9, 1e9  # of a real number that is computed with in single precision
_KEY = "neurograph setting"


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One field of a dataclass, as a person sees it.

    Attributes:
        name: of the field.
        kind: bool, int, float, str, Path, or tuple: whole numbers, typed ``128,10``.
        default: its value where nothing is given.
        help: a phrase that begins with a small letter, without a full stop.
        unit: of the value, or what it counts; empty for none.
        known: gives the values that it can have, where they are names.
        option: how it is typed on the command line, `--name` by default.
        group: what it belongs to; empty for the settings of the dataclass as a whole.
        program: whether it names a program to be started: only who types it may say so, and what
            lies in a run folder, which may be somebody else's, never does.
        least, most: of a whole number; None: its owner knows.
    """

    name: str
    kind: type
    default: Any
    help: str
    unit: str
    known: Callable[[], Iterable[str]] | None
    option: str
    group: str
    program: bool
    least: int | None = None
    most: int | None = None

    @property
    def forms(self) -> tuple[str, ...]:
        """What can be typed: of a truth value, yes and no."""
        no = f"--no-{self.option.removeprefix('--')}"
        return (self.option, no) if self.kind is bool else (self.option,)

    @property
    def text(self) -> str:
        """What it is, in which unit, and its default."""
        known = f": {', '.join(self.known())}" if self.known else ""
        default = "" if self.default is None else f"default {self._typed_default()}"
        return noted(f"{self.help}{known}", self.unit, default)

    def read(self, typed: Any) -> Any:
        """The value from what was typed: a number, a truth value or a text.

        Raises:
            ModelError: no whole numbers, where those are needed.
        """
        if self.kind is not tuple:
            return self.kind(typed)
        try:
            return tuple(int(part) for part in typed.split(","))
        except ValueError as error:
            raise ModelError(f"{self.option} is '{typed}', needed e.g. 128,10") from error

    def fault(self, value: Any) -> str:
        """What is wrong with a number, if it is one; empty where nothing is."""
        needed = ""
        if self.kind is float and isinstance(value, int | float) and not _computes(value):
            needed = f"0, or {NEAREST_0:g} to {FARTHEST:g} in magnitude"
        if self.kind is int and isinstance(value, int) and not self._within(value):
            needed = self._bounds()
        return f"{self.name} is {value}, needed {needed}" if needed else ""

    def _within(self, value: int) -> bool:
        above = self.least is None or self.least <= value
        return above and (self.most is None or value <= self.most)

    def _bounds(self) -> str:
        if self.least is None:
            return f"at most {self.most:,}"
        return (
            f"at least {self.least:,}" if self.most is None else f"{self.least:,} to {self.most:,}"
        )

    def _typed_default(self) -> str:
        if self.kind is bool:
            return self.forms[0] if self.default else self.forms[1]
        if self.kind is float:
            return f"{self.default:g}"
        return ",".join(map(str, self.default)) if self.kind is tuple else str(self.default)


def noted(text: str, *notes: str) -> str:
    """A help text, with those of its notes that say anything in brackets."""
    said = "; ".join(filter(None, notes))
    return f"{text} [{said}]" if said else text


def setting(
    default: Any,
    help: str,
    *,
    unit: str = "",
    known: Iterable[str] | Callable[[], Iterable[str]] | None = None,
    option: str = "",
    group: str = "",
    program: bool = False,
    least: int | None = None,
    most: int | None = None,
) -> Any:
    """A field with this default that `settings_of` finds; see `Setting`."""
    names = known if known is None or callable(known) else lambda: known
    about = {
        "help": help,
        "unit": unit,
        "known": names,
        "option": option,
        "group": group,
        "program": program,
        "least": least,
        "most": most,
    }
    return field(default=default, metadata={_KEY: about})


def settings_of(owner: type) -> tuple[Setting, ...]:
    """The settings of a dataclass, in the order of its fields.

    Raises:
        ModelError: a setting that is not of one of the kinds.
    """
    return _read(owner)


@cache
def _read(owner: type) -> tuple[Setting, ...]:
    try:
        hints = get_type_hints(owner)
    except Exception as error:
        raise ModelError(
            f"the annotations of {owner.__qualname__} cannot be read "
            f"({type(error).__name__}: {error}); import their names when the module is imported"
        ) from error
    found = []
    for of in fields(owner):
        if (about := of.metadata.get(_KEY)) is not None:
            about = {**about, "option": about["option"] or f"--{of.name.replace('_', '-')}"}
            kind = _kind(hints[of.name], f"{owner.__qualname__}.{of.name}")
            found.append(Setting(name=of.name, kind=kind, default=of.default, **about))
    return tuple(found)


def values(owner: Any, keep: Callable[[Setting], bool] = lambda _: True) -> dict[str, Any]:
    """What the settings of this object are, by name; those that `keep` says yes to."""
    return {s.name: getattr(owner, s.name) for s in settings_of(type(owner)) if keep(s)}


def non_default(owner: Any, keep: Callable[[Setting], bool] = lambda _: True) -> dict[str, Any]:
    """Those of `values` that are not the default."""
    usual = {s.name: s.default for s in settings_of(type(owner))}
    return {name: value for name, value in values(owner, keep).items() if value != usual[name]}


def _computes(value: float) -> bool:
    """Whether single precision computes with such a number."""
    return value == 0 or (math.isfinite(value) and NEAREST_0 <= abs(value) <= FARTHEST)


def check_numbers(owner: Any) -> None:
    """Raise ModelError where a setting of this object is a number that nothing computes with."""
    for of in settings_of(type(owner)):
        if fault := of.fault(getattr(owner, of.name)):
            raise ModelError(fault)


def check_kinds(owner: type, given: Mapping[str, Any]) -> None:
    """Raise ModelError where a value from a file is of another kind than the field of its name.

    Args:
        owner: a dataclass; fields that are of none of the kinds are not looked at.
        given: values by name.
    """
    defaults = {of.name: of.default for of in fields(owner)}
    for name, hint in get_type_hints(owner).items():
        if name not in given or name not in defaults or (kind := _kind_or_none(hint)) is None:
            continue
        if not (given[name] is defaults[name] is None or _is(given[name], kind)):
            raise ModelError(f"{name} is {str(given[name])[:80]!r}, needed {_NAMES[kind]}")


_NAMES = {
    bool: "true or false",
    int: "a whole number of 64 bits",
    float: "a number",
    str: "a text",
    Path: "a path",
    tuple: "whole numbers of 64 bits",
}


def _kind_or_none(hint: Any) -> type | None:
    try:
        return _kind(hint, "")
    except ModelError:
        return None


def _is(value: Any, kind: type) -> bool:
    if kind is tuple:
        return isinstance(value, (list, tuple)) and all(_is(entry, int) for entry in value)
    if kind is int:
        return type(value) is int and -(1 << 63) <= value < 1 << 63
    kinds: dict[type, tuple[type, ...]] = {float: (int, float), Path: (str, Path)}
    return type(value) in kinds.get(kind, (kind,))


def _kind(hint: Any, where: str) -> type:
    """What is typed for a field of this annotation, `None` aside."""
    if hint is tuple or get_origin(hint) is tuple:
        return tuple
    choices = [choice for choice in get_args(hint) if choice is not NoneType]
    if len(choices) == 1 and NoneType in get_args(hint):
        return _kind(choices[0], where)
    if hint in KINDS:
        kind: type = hint
        return kind
    known = ", ".join(kind.__name__ for kind in KINDS)
    raise ModelError(
        f"{where} is {hint}; a setting is one of {known}, a tuple of int, or one of them or None"
    )
