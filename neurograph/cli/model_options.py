"""Options of the models: a panel each, and one for the settings that several models have."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from neurograph.cli import console
from neurograph.cli.generated import about, option
from neurograph.cli.options import numbers
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


def options(kinds: Kinds, keep: Keep = lambda _: True) -> Iterator[inspect.Parameter]:
    """An option per setting that `keep` says yes to; those of several models first."""
    owners = _owners(kinds, keep)
    for several in (True, False):
        for found in owners.values():
            if (len(found) > 1) == several:
                yield _option(found, kinds)


def panels(kinds: Kinds, when: str = "") -> dict[str, str]:
    """Headings, and what is said under each; `when` the settings of several models can be given."""
    several = f"settings of several models{when and ', '}{when}"
    return {SEVERAL: several} | {name: kind.about for name, kind in kinds.items()}


def given(values: Mapping[str, Any], kinds: Kinds) -> dict[str, Any]:
    """What was given, by setting; texts of several numbers as numbers.

    Raises:
        ModelError: a text that is none.
    """
    lists = {
        name: next(iter(found.values()))
        for name, found in _owners(kinds).items()
        if any(isinstance(of.default, tuple) for of in found.values())
    }
    return {
        name: numbers(lists[name].option, value) if name in lists else value
        for name, value in values.items()
        if value is not None
    }


def _owners(kinds: Kinds, keep: Keep = lambda _: True) -> dict[str, dict[str, Setting]]:
    """Name of a setting -> name of a model that has it -> the setting."""
    owners: dict[str, dict[str, Setting]] = {}
    for name, kind in kinds.items():
        for of in filter(keep, settings_of(kind)):
            owners.setdefault(of.name, {})[name] = of
    return owners


def _option(found: Mapping[str, Setting], kinds: Kinds) -> inspect.Parameter:
    """One option for what these models have under the same name."""
    first, *_ = found.values()
    texts: dict[str, list[str]] = {}
    for name, of in found.items():
        texts.setdefault(about(of), []).append(name)
    panel = SEVERAL if len(found) > 1 else next(iter(found))
    if len(texts) == 1 and len(found) in (1, len(kinds)):
        return option(first, next(iter(texts)), panel)
    parts = (f"{', '.join(names)}: {text}" for text, names in texts.items())
    return option(first, "; ".join(parts), panel)
