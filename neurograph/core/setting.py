"""Fields of a dataclass that say what they are, so that a command line can be made of them.

@dataclass(frozen=True, kw_only=True)
class Options:
    tau: float = setting(2.0, "membrane time constant", unit="steps")
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

_KEY = "neurograph setting"


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One field of a dataclass, as a person sees it.

    Attributes:
        name: of the field.
        default: its value where nothing is given; its type is the setting's.
        help: a phrase without a full stop.
        unit: of the value, or what it counts; empty for none.
        known: gives the values that it can have, where they are names.
        option: how it is typed on the command line, `--name` by default.
        group: what it belongs to; empty for the settings of the dataclass as a whole.
    """

    name: str
    default: Any
    help: str
    unit: str
    known: Callable[[], Iterable[str]] | None
    option: str
    group: str


def setting(
    default: Any,
    help: str,
    *,
    unit: str = "",
    known: Iterable[str] | Callable[[], Iterable[str]] | None = None,
    option: str = "",
    group: str = "",
) -> Any:
    """A field with this default that `settings_of` finds; see `Setting`."""
    names = known if known is None or callable(known) else lambda: known
    about = {"help": help, "unit": unit, "known": names, "option": option, "group": group}
    return field(default=default, metadata={_KEY: about})


def settings_of(kind: type) -> tuple[Setting, ...]:
    """The settings of a dataclass, in the order of its fields."""
    found = []
    for of in fields(kind):
        if (about := of.metadata.get(_KEY)) is not None and of.default is not MISSING:
            option = about["option"] or f"--{of.name.replace('_', '-')}"
            found.append(Setting(**{**about, "option": option}, name=of.name, default=of.default))
    return tuple(found)


def values(owner: Any, keep: Callable[[Setting], bool] = lambda _: True) -> dict[str, Any]:
    """What the settings of this object are, by name; those that `keep` says yes to."""
    return {s.name: getattr(owner, s.name) for s in settings_of(type(owner)) if keep(s)}


def non_default(owner: Any, keep: Callable[[Setting], bool] = lambda _: True) -> dict[str, Any]:
    """Those of `values` that are not the default."""
    usual = {s.name: s.default for s in settings_of(type(owner))}
    return {name: value for name, value in values(owner, keep).items() if value != usual[name]}
