"""What is wrong with a profile's content: every problem at once, by key, with what was expected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from math import prod
from sys import float_info
from typing import Any

from pydantic import ValidationError

from neurograph.chip.profiles.keys import COUNTED, FREE, MESH, OPTIONAL, SETS, TABLES, depth
from neurograph.chip.profiles.shape import UNKNOWN_KIND, File, Known, Source, Unknown
from neurograph.ir import neuron_kinds

SHAPE = "expected { value, low, high, unit, source, basis } or { unknown = true, unit, note }"
LONGEST = 60  # characters of a wrong value that are repeated

Key = tuple[str, ...]


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong, at a key of the file."""

    key: Key
    text: str

    def __str__(self) -> str:
        return f"{'.'.join(self.key)}: {self.text}"


def problems(raw: Mapping[str, Any]) -> list[Problem]:
    """Everything that keeps a file's content from being a profile; a base is merged in before."""
    found = [*_of_shape(raw), *_of_sets(raw), *_of_mesh(raw)]
    if "without" in raw and "base" not in raw:
        found.append(Problem(("without",), "there is no base to leave anything out of"))
    for key, units, table in _tables(raw):
        more = OPTIONAL.get(key[0], {})
        if units is not None:
            units = {**units, **(more if more.keys() & table.keys() else {})}
            found += _of_keys(key, units, table)
        for name, constant in table.items():
            if isinstance(constant, Mapping):
                found += _of_constant((*key, name), constant, (units or {}).get(name), raw)
    return found


def hint(wrong: str, known: Iterable[str]) -> str:
    """The nearest of the known names, or all of them."""
    names = list(known)
    if near := get_close_matches(wrong, names, n=1):
        return f"; did you mean '{near[0]}'?"
    return f"; known: {', '.join(names)}" if names else ""


def shown(value: Any) -> str:
    """A wrong value as the file has it, cut short."""
    try:
        text = str(value).lower() if isinstance(value, bool) else repr(value)
    except ValueError:  # Python writes no integer of thousands of digits
        return "a huge number"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def _of_shape(raw: Mapping[str, Any]) -> Iterator[Problem]:
    try:
        File.model_validate(raw)
    except ValidationError as error:
        for found in error.errors():
            key = _key(found["loc"])
            yield Problem(key, _text(key, dict(found)))


def _key(loc: Sequence[int | str]) -> Key:
    """Without pydantic's tag of the kind of constant, which is no key of the file."""
    key = [str(part) for part in loc]
    if key[0] in (*TABLES, *SETS, FREE) and len(key) > depth(key[0]):
        del key[depth(key[0])]
    return tuple(key)


def _one_of(names: Sequence[str]) -> str:
    *most, last = (repr(name) for name in names)
    return f"{', '.join(most)} or {last}"


_TEXTS: Mapping[str, Callable[[dict[str, Any]], str]] = {
    "string_type": lambda _: "a text",
    "string_too_short": lambda _: "a text that is not empty",
    "float_type": lambda _: "a number",
    "finite_number": lambda _: "a finite number",
    "greater_than_equal": lambda e: f"a number >= {e['ctx']['ge']:g}",
    "list_type": lambda _: "a list",
    "dict_type": lambda _: "a table",
    "model_type": lambda _: "a table",
    "too_short": lambda _: "at least one entry",
    UNKNOWN_KIND: lambda _: _one_of(neuron_kinds()),
    "literal_error": lambda e: e["ctx"]["expected"].replace("True", "true"),
}


def _text(key: Key, error: dict[str, Any]) -> str:
    in_constant = key[0] in (*TABLES, *SETS, FREE) and len(key) >= depth(key[0])
    match error["type"]:
        case "missing":
            return f"missing; {SHAPE}" if in_constant else "missing"
        case "extra_forbidden":
            return f"unknown key{hint(key[-1], _known(key[:-1], error))}"
        case "model_type" | "dict_type" if in_constant:
            return f"{SHAPE}, got {shown(error['input'])}"
    return f"expected {_TEXTS[error['type']](error)}, got {shown(error['input'])}"


def _known(table: Key, error: dict[str, Any]) -> Iterable[str]:
    """Keys that a table or a constant may have."""
    if not table:
        return File.model_fields
    if table[0] == "sources":
        return Source.model_fields
    return (Unknown if "unknown" in error["loc"] else Known).model_fields


def _tables(raw: Mapping[str, Any]) -> Iterator[tuple[Key, Mapping[str, str] | None, Any]]:
    """Every table of constants: its key, what it must hold (None: anything), what it holds."""
    for name, units in (*TABLES.items(), (FREE, None)):
        if isinstance(raw.get(name), Mapping):
            yield (name,), units, raw[name]
    for name, units in SETS.items():
        sets = raw.get(name)
        for set_name, table in sets.items() if isinstance(sets, Mapping) else ():
            if isinstance(table, Mapping):
                yield (name, set_name), units, table


def _of_sets(raw: Mapping[str, Any]) -> Iterator[Problem]:
    """A set prices moving spikes and the time it takes: it stands in both tables."""
    energy, time = raw.get("energy"), raw.get("time")
    if not (isinstance(energy, Mapping) and isinstance(time, Mapping)):
        return
    for name in energy:
        if name not in time:
            yield Problem(("time", name), "missing; every set of [energy] has its times")
    for name in time:
        if name not in energy:
            yield Problem(("energy", name), "missing; every set of [time] has its energies")


def _of_keys(key: Key, units: Mapping[str, str], table: Mapping[str, Any]) -> Iterator[Problem]:
    for name, unit in units.items():
        if name not in table:
            yield Problem((*key, name), f"missing; a constant in '{unit}', or unknown = true")
    for name in table:
        if name not in units:
            left = [known for known in units if known not in table] or list(units)
            yield Problem((*key, name), f"unknown key{hint(name, left)}")


def _of_constant(
    key: Key, constant: Mapping[str, Any], unit: str | None, raw: Mapping[str, Any]
) -> Iterator[Problem]:
    given, source, sources = constant.get("unit"), constant.get("source"), raw.get("sources")
    if unit is not None and isinstance(given, str) and given != unit:
        yield Problem((*key, "unit"), f"expected '{unit}', got {shown(given)}")
    named = isinstance(source, str) and source != ""
    if named and isinstance(sources, Mapping) and source not in sources:
        yield Problem((*key, "source"), f"no [sources.{source}]{hint(str(source), sources)}")
    numbers = {k: constant[k] for k in ("low", "value", "high") if _is_number(constant.get(k))}
    if len(numbers) == 3 and not numbers["low"] <= numbers["value"] <= numbers["high"]:
        text = ", ".join(f"{name} {number:g}" for name, number in numbers.items())
        yield Problem(key, f"{text}; expected low <= value <= high")
    if key[0] in COUNTED:
        for name, number in numbers.items():
            if number != int(number):
                yield Problem((*key, name), f"expected a whole number, got {number!r}")


def _of_mesh(raw: Mapping[str, Any]) -> Iterator[Problem]:
    """The cores of a chip lie on the tiles of its mesh, where all of these are known."""
    limits = raw.get("limits")
    found = limits if isinstance(limits, Mapping) else {}
    entries = [found.get(name) for name in ("cores_per_chip", *MESH)]
    numbers = [e["value"] for e in entries if isinstance(e, Mapping) and _is_number(e.get("value"))]
    if len(numbers) == len(entries):
        cores, *mesh = numbers
        if cores > prod(mesh):
            text = f"{cores:g}, but {' x '.join(MESH)} are {prod(mesh):g}"
            yield Problem(("limits", "cores_per_chip"), text)


def _is_number(value: object) -> bool:
    """A finite one that a float can hold, and no boolean."""
    return (
        isinstance(value, int | float) and type(value) is not bool and abs(value) <= float_info.max
    )
