"""The published JSON schema: up to date, valid itself, and what it accepts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from neurograph.chip.profiles import known_profiles, schema, toml

FILE = toml.folder() / "profile.schema.json"
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "my_chip.toml"
SCHEMA = Draft202012Validator(schema())
FILES = [*(toml.folder() / f"{name}.toml" for name in known_profiles()), EXAMPLE]


def nodes(tree: Any) -> list[dict[str, Any]]:
    """Every mapping in a JSON value."""
    if isinstance(tree, list):
        return [found for item in tree for found in nodes(item)]
    if not isinstance(tree, dict):
        return []
    return [tree, *(found for item in tree.values() for found in nodes(item))]


def test_the_published_schema_is_up_to_date() -> None:
    assert json.loads(FILE.read_text("utf-8")) == schema(), (
        "run: neurograph profiles schema > hw_profiles/profile.schema.json"
    )


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_accepts_every_profile_of_the_project(path: Path) -> None:
    SCHEMA.validate(json.loads(json.dumps(toml.read(path))))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_profile_of_the_project_points_to_it(path: Path) -> None:
    directive, pointer = path.read_text("utf-8").splitlines()[0].split()
    assert directive == "#:schema"
    assert (path.parent / pointer).resolve() == FILE.resolve()


def test_the_schema_is_no_profile() -> None:
    assert FILE.is_file()
    assert known_profiles() == tuple(sorted(p.stem for p in toml.folder().glob("*.toml")))


def test_a_file_with_a_base_may_leave_out_what_one_without_must_say() -> None:
    own = {"name": "mine", "title": "Mine"}
    assert SCHEMA.is_valid({**own, "base": "loihi2", "limits": {}})
    assert not SCHEMA.is_valid(own)
    assert not SCHEMA.is_valid({"base": "loihi2"})
    assert not SCHEMA.is_valid({**own, "without": ["energy.sanafe"]})
    assert not SCHEMA.is_valid({**own, "base": "loihi2", "limits": {"neurons": 3}})


def test_every_limit_and_event_names_its_unit() -> None:
    whole = schema()["properties"]
    tables = [whole[name] for name in ("limits", "static", "host")]
    tables += [whole[name]["additionalProperties"] for name in ("energy", "time")]
    for table in tables:
        assert table["additionalProperties"] is False
        for entry in table["properties"].values():
            assert entry["properties"]["unit"]["const"]


def test_nothing_in_it_comes_from_a_name_in_python() -> None:
    titles = [node["title"] for node in nodes(schema()) if isinstance(node.get("title"), str)]
    assert titles == ["A hardware profile of NeuroGraph"]


def test_it_says_what_only_the_loader_checks() -> None:
    for words in ("low <= value <= high", "every source", "finite", "base"):
        assert words in schema()["$comment"]
