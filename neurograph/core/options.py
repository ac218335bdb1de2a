"""Options that are fields of a dataclass: what a command line and `neurograph doctor` make of them.

Imports the standard library alone, so that it starts where a package is missing or broken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from neurograph.core.errors import NeuroGraphError

KINDS = (bool, int, float, str, Path)


@dataclass(frozen=True, kw_only=True)
class Option:
    """A field that a person may set.

    Attributes:
        field: its name.
        flag: what is typed: ``--fan-outs``.
        kind: bool, int, float, str, Path, or tuple: whole numbers, typed ``128,10``.
        text: its help, with its default and unit.
    """

    field: str
    flag: str
    kind: type
    text: str

    def read(self, typed: Any) -> Any:
        """The field's value from what was typed: a number, a truth value or a text.

        Raises:
            NeuroGraphError: not of its kind.
        """
        if self.kind is not tuple:
            return self.kind(typed)
        try:
            return tuple(int(part) for part in typed.split(","))
        except ValueError as error:
            raise NeuroGraphError(f"{self.flag} is '{typed}', needed e.g. 128,10") from error


def options_of(owner: type, mark: str = "help") -> Iterator[Option]:
    """The options among the fields of a dataclass.

    Args:
        owner: a dataclass, every field of which has a default. Metadata of a field: "help", what it
            is; "unit", of its value; "option", its flag, where that is another than its name.
        mark: metadata that a field must have to be an option.

    Raises:
        NeuroGraphError: a field that is not of one of the kinds.
    """
    hints = get_type_hints(owner)
    for field in fields(owner):
        if not field.metadata.get(mark):
            continue
        yield Option(
            field=field.name,
            flag=field.metadata.get("option", f"--{field.name.replace('_', '-')}"),
            kind=_kind(hints[field.name], f"{owner.__qualname__}.{field.name}"),
            text=_text(field),
        )


def _kind(hint: Any, where: str) -> type:
    choices = [choice for choice in get_args(hint) if choice is not NoneType]
    if get_origin(hint) is tuple or hint is tuple:
        return tuple
    if len(choices) == 1:  # X | None
        return _kind(choices[0], where)
    if hint in KINDS:
        kind: type = hint
        return kind
    known = ", ".join(kind.__name__ for kind in KINDS)
    raise NeuroGraphError(
        f"{where} is {hint}; an option is one of {known}, a tuple of int, or one of them or None"
    )


def _text(field: Any) -> str:
    default = field.default if field.default_factory is MISSING else field.default_factory()
    unit = field.metadata.get("unit", "")
    said = f"default: {_typed(default)}" if default not in (None, MISSING) else ""
    notes = f" {unit}".join((said, "")).strip()
    text = field.metadata.get("help", "")
    return f"{text} [{notes}]" if notes else text


def _typed(value: Any) -> str:
    """A value as it is typed."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
