"""A profile that changes another one: table by table, key by key, what the file says wins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os.path import realpath
from pathlib import Path
from typing import Any

from neurograph.chip.profiles.keys import FREE, SETS, TABLES, depth
from neurograph.chip.profiles.problems import Problem, hint, shown
from neurograph.chip.profiles.toml import locate
from neurograph.core.errors import ProfileError

MERGED = (*TABLES, *SETS, FREE, "sources")


def base_path(raw: Mapping[str, Any], path: Path, chain: Sequence[str]) -> Path:
    """The file that `base` names.

    Args:
        raw: content of the file at `path`.
        chain: real paths of that file and of those whose
            base it is.

    Raises:
        ProfileError: the base is no text, neither a known profile nor a ``.toml`` file, or one
            of `chain`.
    """
    name = raw["base"]
    if not isinstance(name, str) or not name:
        raise ProfileError(f"expected the name of a profile or a .toml file, got {shown(name)}")
    found = locate(name, path.parent)
    if realpath(found) in chain:
        raise ProfileError(f"{found} is built on this file, so it cannot be its base")
    return found


def own_problems(raw: Mapping[str, Any], base: Mapping[str, Any]) -> list[Problem]:
    """What a file with a base gets wrong by itself: its identity, and keys it cannot leave out."""
    found = [
        Problem((key,), "missing; a chip has its own, whatever its base")
        for key in ("name", "title")
        if key not in raw
    ]
    if raw.get("name") == base["name"]:
        found.append(Problem(("name",), f"'{base['name']}' is its base; name this chip otherwise"))
    given = raw.get("without", [])
    for key in given if isinstance(given, list) else []:
        if isinstance(key, str) and not _has(base, key.split(".")):
            known = [f"{table}.{name}" for table in MERGED for name in base.get(table, {})]
            found.append(Problem(("without",), f"its base has no '{key}'{hint(key, known)}"))
    return found


def on_top(base: Mapping[str, Any], raw: Mapping[str, Any]) -> dict[str, Any]:
    """The base without what `raw` leaves out, changed and extended by what `raw` says.

    A constant or a source is replaced as a whole, so that no number keeps the source of another.
    Energy and time sets that only `raw` has come first: its typical values are an estimate's.
    """
    kept = _without(base, raw.get("without", []))
    both = {
        key: _merged(kept[key], raw[key], depth(key))
        for key in MERGED
        if key in kept and key in raw
    }
    return {**kept, **raw, **both}


def _merged(base: Any, own: Any, levels: int) -> Any:
    if levels == 1 or not (isinstance(base, Mapping) and isinstance(own, Mapping)):
        return own
    new = [key for key in own if key not in base]
    order = [*new, *base] if levels == 3 else [*base, *new]
    return {
        key: _merged(base[key], own[key], levels - 1)
        if key in base and key in own
        else {**base, **own}[key]
        for key in order
    }


def _has(tree: Any, keys: Sequence[str]) -> bool:
    """Whether dotted keys lead to something below one of the tables."""
    for key in keys:
        if not isinstance(tree, Mapping) or key not in tree:
            return False
        tree = tree[key]
    return len(keys) > 1 and isinstance(tree, Mapping)


def _without(tree: Mapping[str, Any], left_out: Any) -> dict[str, Any]:
    if not isinstance(left_out, list):
        return dict(tree)
    kept = dict(tree)
    for dotted in left_out:
        if isinstance(dotted, str):
            _drop(kept, dotted.split("."))
    return kept


def _drop(tree: dict[str, Any], keys: Sequence[str]) -> None:
    """Take an entry out of replicas of the tables on the way to it."""
    first, *rest = keys
    if first not in tree:
        return
    if not rest:
        del tree[first]
    elif isinstance(tree[first], Mapping):
        tree[first] = dict(tree[first])
        _drop(tree[first], rest)
