"""Features that do not lie in their graph's folder, which may not be written to."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neurograph.core.errors import DataError
from neurograph.graphs import embed


def is_place(method: str | None) -> bool:
    """Whether what was given for a method of features is a folder that holds some."""
    return method is not None and embed.is_features(Path(method))


def place_of(method: str | None, run: Path) -> dict[str, str]:
    """What the manifest says of where features lie: nothing where that is the graph's folder."""
    if method is None or not is_place(method):
        return {}
    place = Path(method).resolve()
    return {
        "features_from_run": os.path.relpath(place, run.resolve()),
        "features_at": str(place),
    }


def find_features(trained: Mapping[str, Any], run: Path) -> str:
    """The method that a run was trained on, or the folder that holds its features now.

    Args:
        trained: the entry "train" of the run's manifest.
        run: its folder.

    Raises:
        DataError: they are in none of the places where they may be.
    """
    if not {"features_at", "features_from_run"} <= trained.keys():
        return str(trained["features"])
    whole = Path(trained["features_at"])
    for place in (run.resolve() / trained["features_from_run"], whole):
        if embed.is_features(place):
            return os.path.relpath(place.resolve())
    raise DataError(
        f"{run}: was trained on the features in {whole}, which are not there; move them back, or "
        f"put a link there: ln -s FOLDER {whole}"
    )
