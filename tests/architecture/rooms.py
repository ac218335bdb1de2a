"""The structure of the package as its imports tell it: rooms, arrows between them, floors."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "neurograph"

Arrows = Mapping[str, frozenset[str]]


def rooms() -> set[str]:
    """Folders and modules directly in the package, but for `__init__` and `__main__`."""
    folders = {p.parent.name for p in PACKAGE.glob("*/__init__.py")}
    return folders | {p.stem for p in PACKAGE.glob("[!_]*.py")}


def loose() -> set[str]:
    """Rooms that are a single module."""
    return {p.stem for p in PACKAGE.glob("[!_]*.py")}


@cache
def arrows() -> Arrows:
    """Room -> the rooms that any of its modules imports, inside functions and for types too."""
    found: dict[str, set[str]] = {room: set() for room in rooms()}
    for path in PACKAGE.rglob("*.py"):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if room in found:
            found[room] |= _imported(path) - {room}
    return {room: frozenset(others) for room, others in found.items()}


def floors(of: Arrows) -> dict[str, int]:
    """Room -> how many rooms the longest way down from it crosses; fails at a circle."""
    known: dict[str, int] = {}

    def floor(room: str, above: tuple[str, ...]) -> int:
        assert room not in above, f"a circle: {' -> '.join((*above, room))}"
        if room not in known:
            below = [floor(other, (*above, room)) for other in of[room]]
            known[room] = 1 + max(below, default=0)
        return known[room]

    for room in of:
        floor(room, ())
    return known


def _imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            first, _, rest = name.partition(".")
            if first == "neurograph" and rest.split(".")[0] in rooms():
                found.add(rest.split(".")[0])
    return found
