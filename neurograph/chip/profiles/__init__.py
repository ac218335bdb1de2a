"""Reads hardware profiles from TOML: every number with unit, source and basis, or refused.

The files live in `hw_profiles/`: read live in a checkout, packed into the wheel otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from os.path import realpath
from pathlib import Path
from typing import Any

from neurograph.chip.profile import HardwareProfile
from neurograph.chip.profiles.base import base_path, on_top, own_problems
from neurograph.chip.profiles.keys import EVENTS, LIMITS
from neurograph.chip.profiles.problems import problems
from neurograph.chip.profiles.schema import schema
from neurograph.chip.profiles.shape import File, nouns
from neurograph.chip.profiles.toml import known_profiles, locate, read
from neurograph.core.errors import ProfileError

__all__ = ["EVENTS", "LIMITS", "known_profiles", "load_profile", "schema"]


def load_profile(name_or_path: str) -> HardwareProfile:
    """The profile of that name, or the one in that TOML file (anything that ends in ``.toml``).

    Raises:
        ProfileError: unknown name, or a file that is missing, malformed or incomplete; names the
            file and every key that is wrong, with what was expected.
    """
    return _noun(File.model_validate(_whole(locate(name_or_path, Path()))))


def _whole(path: Path, heirs: Sequence[str] = ()) -> dict[str, Any]:
    """Checked content of a file together with its base.

    Args:
        path: of the file.
        heirs: real paths of the files whose base it is, directly or not.
    """
    raw = read(path)
    found = []
    if "base" in raw:
        base = _base(raw, path, (*heirs, realpath(path)))
        found += own_problems(raw, base)
        raw = on_top(base, raw)
    found += problems(raw)
    if found:
        lines = "\n  ".join(map(str, sorted(set(found))))
        raise ProfileError(f"{path}: not a hardware profile:\n  {lines}")
    return {key: value for key, value in raw.items() if key not in ("base", "without")}


def _base(raw: dict[str, Any], path: Path, chain: Sequence[str]) -> dict[str, Any]:
    try:
        base = base_path(raw, path, chain)
        return _whole(base, chain)
    except ProfileError as error:
        raise ProfileError(f"{path}: base: {error}") from error


def _noun(file: File) -> HardwareProfile:
    return HardwareProfile(
        name=file.name,
        title=file.title,
        limits=nouns(file.limits),
        neurons=tuple(file.neurons),
        shared_synapses=file.synapses == "shared",
        energy={name: nouns(table) for name, table in file.energy.items()},
        time={name: nouns(file.time[name]) for name in file.energy},
        static=nouns(file.static),
        sources={key: source.text() for key, source in file.sources.items()},
        notes=tuple(file.notes),
        host=nouns(file.host),
        reference=nouns(file.reference),
    )
