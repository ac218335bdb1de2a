"""Fixtures that every test can use; a missing prerequisite skips, or fails where it is required."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REQUIRED = set(os.environ.get("NEUROGRAPH_REQUIRE", "").replace(",", " ").split())


def missing(what: str, why: str) -> None:
    """Skip with one line, or fail where `NEUROGRAPH_REQUIRE` names `what`."""
    (pytest.fail if what in REQUIRED else pytest.skip)(why)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of the real graphs: NEUROGRAPH_DATA, or shared/data beside the checkout."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("NEUROGRAPH_DATA", default))
    if not (folder / "dblp" / "dblp.npz").is_file():
        missing("data", f"no real graphs in {folder}; set NEUROGRAPH_DATA to run this test")
    return folder


@pytest.fixture(scope="session")
def lava() -> None:
    """Skips where lava-nc is not installed."""
    from importlib.util import find_spec

    if find_spec("lava") is None:
        missing("lava", "lava-nc is not installed; see README, 'Install'")
