"""Options of the models: a panel each, and one for the settings that several models have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from neurograph.cli import console
from neurograph.cli.generated import Panel
from neurograph.core.setting import Setting, settings_of
from neurograph.models.config import ModelConfig
from neurograph.models.registry import config_classes, faults

SEVERAL = "model"  # panel of settings that several models have
Keep = Callable[[Setting], bool]
Kinds = Mapping[str, type[ModelConfig]]


def models() -> Kinds:
    """The models whose options there are; a warning for each plug-in that is broken."""
    for fault in faults().values():
        console.err.print(f"warning: {fault}", markup=False)
    return config_classes()


def panels(kinds: Kinds, keep: Keep = lambda _: True, *, when: str = "") -> Iterator[Panel]:
    """The settings that `keep` says yes to; those of several models first.

    Args:
        when: those of several models can be given.
    """
    owners = _owners(kinds, keep)
    shared = [_as_one(found, kinds) for found in owners.values() if len(found) > 1]
    about = f"settings of several models{when and ', '}{when}"
    yield Panel(owner=SEVERAL, heading=SEVERAL, about=about, settings=tuple(shared))
    for name, kind in kinds.items():
        own = [found[name] for found in owners.values() if [*found] == [name]]
        yield Panel(owner=name, heading=name, about=kind.about, settings=tuple(own))


def _owners(kinds: Kinds, keep: Keep) -> dict[str, dict[str, Setting]]:
    """Name of a setting -> name of a model that has it -> the setting."""
    owners: dict[str, dict[str, Setting]] = {}
    for name, kind in kinds.items():
        for of in settings_of(kind):
            if keep(of):
                owners.setdefault(of.name, {})[name] = of
    return owners


def _as_one(found: Mapping[str, Setting], kinds: Kinds) -> Setting:
    """What these models have under the same name, with what it is for each of them."""
    first, *_ = found.values()
    texts: dict[str, list[str]] = {}
    for name, of in found.items():
        texts.setdefault(of.text, []).append(name)
    if len(texts) == 1 and len(found) == len(kinds):
        return first
    parts = (f"{', '.join(names)}: {text}" for text, names in texts.items())
    return replace(first, help="; ".join(parts), unit="", default=None, known=None)
