"""Names that a user may type, for completion; what is broken has none."""

from __future__ import annotations

from collections.abc import Iterable


def presets() -> Iterable[str]:
    """Of every model."""
    from neurograph.models.registry import config_classes
    from neurograph.models.settings import presets as of_kinds

    return of_kinds(config_classes().values())


def models() -> Iterable[str]:
    """Built in and installed."""
    from neurograph.models.registry import config_classes

    return config_classes()


def profiles() -> Iterable[str]:
    """Of the chips that come with NeuroGraph."""
    from neurograph.chip.profiles import known_profiles

    return known_profiles()


def backends() -> Iterable[str]:
    """Built in and installed."""
    from neurograph.runtime.backends import known_backends

    return known_backends()
