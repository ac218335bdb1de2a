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

from neurograph.core.errors import StoreError
from neurograph.core.files import as_json, read_json, replacing, write_json, write_text
from neurograph.core.form import NUMBER, Each, Maybe, check_form
from neurograph.core.versions import versions
from neurograph.graphs.features import FeatureStore
from neurograph.graphs.graph import TemporalGraph
from neurograph.workflow.run_entry import FORM as OF_RUN

# whose versions decide a number
PACKAGES = ("python", "neurograph", "numpy", "scipy", "numba", "torch", "h5py", "scikit-learn")


TRAINED = {
    "graph": str,
    "graph_from_run": Maybe(str),
    "graph_at": Maybe(str),
    "graph_sha256": str,
    "features": str,
    "features_sha256": str,
    "features_from_run": Maybe(str),
    "features_at": Maybe(str),
    "settings": {"model": str, "seed": int},
    "command": Maybe(str),
    "split": Maybe({"sha256": str}),
}
FORM = {  # of what a command takes for more than a text to show
    "train": Maybe(dict),
    "export": Maybe(dict),
    "run": Maybe(OF_RUN),
    "baseline": Maybe({"seconds": Maybe(Each(NUMBER))}),
    "predict": Maybe(dict),
    "import": Maybe({"network": Maybe(str)}),
}


def read_entries(path: Path) -> dict[str, Any]:
    """What made each part of a run, by command; empty for a new folder."""
    if not path.exists():
        return {}
    return _checked(read_json(path), FORM, path)


def read_trained(path: Path) -> dict[str, Any] | None:
    """What a manifest says of the training; None where there was none."""
    found = read_entries(path).get("train")
    return None if found is None else _checked(found, TRAINED, path)


def _checked(found: Any, form: Mapping[str, Any], path: Path) -> dict[str, Any]:
    try:
        check_form(found, form)
    except ValueError as error:
        raise StoreError(f"{path}: damaged ({error}); make the run again") from error
    return dict(found)


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


def change_entry(path: Path, command: str, facts: Mapping[str, Any]) -> None:
    """Say more, or something else, in the entry of a command; when and how it ran stays."""
    entry = {**(entries := read_entries(path))[command], **facts}
    write_json(path, {**entries, command: entry})


def keep_entries(path: Path, *commands: str) -> None:
    """Drop the entries of all other commands: what they made is gone."""
    write_json(path, {name: x for name, x in read_entries(path).items() if name in commands})


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
