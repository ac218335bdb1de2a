"""The JSON schema of a profile file: the models' shape, plus the exact keys with their units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from neurograph.chip.profiles.keys import COUNTED, FREE, OPTIONAL, SETS, TABLES
from neurograph.chip.profiles.shape import File

COMMENT = (
    "A file with a base says only what differs from it. What a JSON schema cannot say is checked "
    "when a profile is loaded: numbers are finite; low <= value <= high; every source is a key of "
    "[sources]; energy and time have the same sets; the cores lie on the mesh; a base exists, and "
    "together with it the profile is complete."
)
CONSTANT = {"$ref": "#/$defs/Constant"}
WHOLE = {name: {"multipleOf": 1} for name in ("value", "low", "high")}

Tree = dict[str, Any]


def schema() -> Tree:
    """Of a TOML file's content, as JSON values (draft 2020-12)."""
    whole = _plain(File.model_json_schema())
    properties, required = whole["properties"], whole["required"]
    definitions = {"Constant": properties[FREE]["additionalProperties"], **whole["$defs"]}
    properties[FREE]["additionalProperties"] = CONSTANT
    for name, units in TABLES.items():
        units = {**units, **OPTIONAL.get(name, {})}
        properties[name] = _table(units, WHOLE if name in COUNTED else {})
    for name, units in SETS.items():
        properties[name]["additionalProperties"] = _table(units, {})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": COMMENT,
        "title": "A hardware profile of NeuroGraph",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "required": ["name", "title"],
        "dependentRequired": {"without": ["base"]},
        "if": {"required": ["base"]},
        "else": _complete(required),
        "$defs": definitions,
    }


def _table(units: Mapping[str, str], numbers: Tree) -> Tree:
    """Of a table of constants: these keys and no other, each in its unit."""
    return {
        "type": "object",
        "properties": {
            name: {**CONSTANT, "properties": {"unit": {"const": unit}, **numbers}}
            for name, unit in units.items()
        },
        "additionalProperties": False,
    }


def _complete(required: Iterable[str]) -> Tree:
    """What a file without a base must have."""
    all_of = {name: {"required": list(units)} for name, units in TABLES.items()}
    of_each = {
        name: {"additionalProperties": {"required": list(units)}} for name, units in SETS.items()
    }
    return {"required": list(required), "properties": {**all_of, **of_each}}


def _plain(node: Any, *, names: bool = False) -> Any:
    """Without what pydantic derives from names in Python, which differs between its versions.

    Args:
        node: part of a schema.
        names: its keys are names of properties, not words of a schema.
    """
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    derived = set() if names else {"title", "default"}
    if not names and ("const" in node or "enum" in node):
        derived |= {"type"}
    return {
        key: _plain(value, names=not names and key in ("properties", "$defs"))
        for key, value in node.items()
        if key not in derived
    }
