"""What stands in a run's manifest: what each command read and made, when, by which versions."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from neurograph.core.files import as_json, read_json, replacing, write_text
from neurograph.core.versions import versions
from neurograph.graphs.features import FeatureStore
from neurograph.graphs.graph import TemporalGraph

# whose versions decide a number
PACKAGES = ("python", "neurograph", "numpy", "scipy", "numba", "torch", "h5py", "scikit-learn")


def read_entries(path: Path) -> dict[str, Any]:
    """What made each part of a run, by command; empty for a new folder."""
    if not path.exists():
        return {}
    manifest: dict[str, Any] = read_json(path)
    return manifest


def add_entry(
    path: Path, command: str, facts: Mapping[str, Any], packages: Sequence[str] = ()
) -> None:
    """Add to the manifest what `command` read and made, with the time and versions.

    Args:
        packages: whose versions count beside those of `PACKAGES`.
    """
    with adding_entry(path, command, facts, packages):
        pass


@contextmanager
def adding_entry(
    path: Path, command: str, facts: Mapping[str, Any], packages: Sequence[str] = ()
) -> Iterator[None]:
    """Add an entry as `add_entry` does; it is in the manifest when the block ends well."""
    entry = {
        "at": now(),
        "command": command_line(),
        "versions": versions((*PACKAGES, *packages)),
        **facts,
    }
    text = as_json({**read_entries(path), command: entry}).encode()
    with replacing(path, len(text)) as unfinished:
        unfinished.write_bytes(text)
        yield


def command_line() -> str:
    """What the user typed; "Python API" where another program calls, such as a notebook."""
    program = Path(sys.argv[0] if sys.argv else "")
    as_module = program.name == "__main__.py" and program.parent.name == "neurograph"
    if as_module or program.stem in ("neurograph", "neurograph-script"):
        return shlex.join(["neurograph", *sys.argv[1:]])
    return "Python API"


def now() -> str:
    """UTC, to the second, ISO 8601."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def trained_on(
    place: Mapping[str, str],
    graph: TemporalGraph,
    features: FeatureStore,
    settings: Mapping[str, Any],
) -> dict[str, Any]:
    """What the manifest says of a training: enough to find and check its inputs again."""
    return {
        **place,
        "graph_sha256": graph.sha256,
        "features": features.meta["method"],
        "features_sha256": features.sha256,
        "settings": dict(settings),
    }


def write_config(path: Path, settings: Mapping[str, Any]) -> None:
    """The resolved settings as TOML; every value is a string, a number, or a list of numbers."""
    lines = (f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
    write_text(path, "".join(lines))
