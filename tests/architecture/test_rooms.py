"""The house does not grow by itself: how many rooms, who may enter which, how deep it is."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.architecture.rooms import PACKAGE, ROOT, arrows, floors, loose, rooms

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

# What the house has; who needs more says in DECISIONS why, and what could go in return.
MOST_ROOMS, MOST_FLOORS, MOST_ARROWS, MOST_LAYERS = 15, 7, 66, 9
LOOSE = {"doctor"}  # starts where a package is missing, so it is of no room
LONGEST_STEP = 150  # lines of a file of the workflow, which reads as the story of a run


def contract() -> list[list[str]]:
    """The layers of the import linter, top to bottom; rooms side by side together."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = config["tool"]["importlinter"]["contracts"]
    (layers,) = (
        c["layers"] for c in contracts if c["type"] == "layers" and "cli" in c["layers"][0]
    )
    return [[name.strip().split(".")[1] for name in layer.split("|")] for layer in layers]


def test_there_are_no_more_rooms_than_there_were() -> None:
    assert len(rooms()) <= MOST_ROOMS, sorted(rooms())
    assert loose() == LOOSE


def test_every_way_leads_down() -> None:
    found = floors(arrows())
    assert max(found.values()) <= MOST_FLOORS, found
    assert sum(map(len, arrows().values())) <= MOST_ARROWS


def test_the_contract_is_short_and_names_every_room() -> None:
    layers = contract()
    assert len(layers) <= MOST_LAYERS
    named = [room for layer in layers for room in layer]
    assert len(named) == len(set(named))
    # `testing` looks at everything and nothing imports it; `doctor` imports no room but the core
    assert set(named) | {"testing"} | LOOSE == rooms()


@pytest.mark.parametrize("path", sorted((PACKAGE / "workflow").rglob("*.py")), ids=lambda p: p.name)
def test_a_step_of_the_workflow_is_read_at_once(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < LONGEST_STEP


@pytest.mark.parametrize("path", sorted((PACKAGE / "workflow").rglob("*.py")), ids=lambda p: p.name)
def test_a_run_is_read_by_the_one_door(path: Path) -> None:
    """`core.reading`: a pipe in place of a file would be waited for without end."""
    assert not re.search(r"\.read_(bytes|text)\(", path.read_text(encoding="utf-8"))


def tree() -> list[str]:
    """The rooms in ARCHITECTURE's picture of the package, top to bottom."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    block = re.search(r"```\nneurograph/\n(.*?)```", text, re.DOTALL)
    assert block, "ARCHITECTURE has a picture that begins with neurograph/"
    return re.findall(r"^  (\w+)(?:/|\.py)", block[1], re.MULTILINE)


def test_the_picture_is_the_house() -> None:
    drawn = tree()
    assert sorted(drawn) == sorted(rooms())
    order = {room: place for place, room in enumerate(drawn)}
    up = [(a, b) for a, below in arrows().items() for b in below if order[b] < order[a]]
    assert up == [], "a room imports only those drawn below it"


def ways() -> list[tuple[str, str, list[str]]]:
    """Rows of ARCHITECTURE's way of one run: the file, the function, what it calls."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| `neurograph [^|]*\| `([\w/.]+)` `(\w+)` \| ([^|]*)\|", text, re.MULTILINE
    )
    return [(path, name, re.findall(r"`([\w.]+)`", calls)) for path, name, calls in rows]


def test_the_way_of_a_run_is_written_down() -> None:
    named = {path.rsplit("/", 1)[1] for path, _, _ in ways()}
    assert {"train.py", "export.py", "infer.py", "verify.py", "report.py"} <= named


@pytest.mark.parametrize(
    ("path", "name", "calls"), ways(), ids=lambda x: x if type(x) is str else ""
)
def test_the_way_of_a_run_is_the_codes(path: str, name: str, calls: list[str]) -> None:
    text = (PACKAGE / path).read_text(encoding="utf-8")
    assert f"\ndef {name}(" in text
    assert calls
    for call in calls:
        function = call.rsplit(".", 1)[-1]
        assert re.search(rf"\b{function}\(", text), f"{path} does not call {call}"
