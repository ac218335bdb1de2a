"""The helper modules beside the tests, loaded once and only where Lava is installed."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def in_process(lava: None) -> ModuleType:
    """The module `in_process.py`: Lava process models without Lava's runtime."""
    spec = spec_from_file_location("in_process", Path(__file__).with_name("in_process.py"))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # classes look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def _warm(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here it matters what Lava computes, and not how its worker starts."""
    if request.node.get_closest_marker("lava"):
        worker = request.getfixturevalue("warm_worker")
        monkeypatch.setattr("neurograph_lava.supervise.WORKER", worker)
