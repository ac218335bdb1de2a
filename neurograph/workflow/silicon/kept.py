"""Validations that are kept: of the known profiles beside them, of others in run folders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from neurograph.chip.profile import HardwareProfile
from neurograph.chip.profiles.toml import folder
from neurograph.core.files import read_json
from neurograph.cost.validation import Validation, from_dict

FOLDER = "validated"


def kept(profile: HardwareProfile, own: Path) -> Validation | None:
    """The fullest of this very profile, as its hash says; None where it was never held.

    Args:
        own: file of a run folder, perhaps missing.

    Raises:
        StoreError: a file that is none of ours.
    """
    every = (from_dict(read_json(path), str(path)) for path in _files(own))
    same = (found for found in every if found.sha256 == profile.sha256)
    return max(same, key=lambda found: len(found.rows), default=None)


def _files(own: Path) -> Iterator[Path]:
    if own.is_file():
        yield own
    yield from sorted((folder() / FOLDER).glob("*.json"))
