"""Reads hardware profiles from TOML: every number with unit, source and basis, or refused.

The files live in `hw_profiles/`: read live in a checkout, packed into the wheel otherwise.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    model_validator,
)

from neurograph.errors import ProfileError
from neurograph.profile import Basis, Constant, HardwareProfile

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

# What a profile must say, known or not, and in which unit. Numbers are in the files alone.
LIMITS = {
    "cores_per_chip": "core",
    "cores_per_tile": "core",
    "mesh_columns": "tile",
    "mesh_rows": "tile",
    "chips_per_system": "chip",
    "neurons_per_core": "neuron",
    "synapse_bits_per_core": "bit",
    "synapse_index_bits": "bit",
    "synapse_overhead_bits": "bit",
    "axons_in_per_core": "axon",
    "axons_out_per_core": "axon",
    "weight_bits": "bit",
    "weight_shift_left": "bit",
    "weight_shift_right": "bit",
    "payload_bits": "bit",
    "delay_steps": "step",
    "current_bits": "bit",
    "membrane_bits": "bit",
    "decay_bits": "bit",
    "voltage_decay_max": "1/4096 of v per step",
    "threshold_bits": "bit",
    "threshold_shift": "bit",
    "bias_mantissa_bits": "bit",
    "bias_exponent_bits": "bit",
}
EVENTS = (
    "synaptic_op",  # one spike through one non-zero synapse
    "update_active",  # one neuron, one step, with input or firing
    "update_inactive",  # one neuron, one step, without
    "spike",  # what firing adds to an update
    "message",  # one spike to one destination core
    "hop_east_west",
    "hop_north_south",
)
HOST = {  # of one operation; the memory's, of one byte read
    "mac_fp32": "J",
    "mac_int8": "J",
    "ac_fp32": "J",
    "ac_int8": "J",
    "memory_byte": "J",
}
JOULES = dict.fromkeys(EVENTS, "J")
SECONDS = dict.fromkeys((*EVENTS, "message_in", "barrier"), "s")


def known_profiles() -> tuple[str, ...]:
    """Names of the profiles that come with NeuroGraph."""
    entries = (entry.name for entry in _folder().iterdir())
    return tuple(sorted(name[: -len(".toml")] for name in entries if name.endswith(".toml")))


def load_profile(name_or_path: str) -> HardwareProfile:
    """The profile of that name, or the one in that TOML file (anything that ends in ``.toml``).

    Raises:
        ProfileError: unknown name, or a file that is missing, malformed or incomplete; names the
            file and every key that is wrong, with what was expected.
    """
    if name_or_path.endswith(".toml"):
        path = Path(name_or_path)
    elif name_or_path in known_profiles():
        path = _folder() / f"{name_or_path}.toml"
    else:
        raise ProfileError(
            f"no profile '{name_or_path}'; known: {', '.join(known_profiles())}, "
            "or give the path of a .toml file"
        )
    return _profile(_read(path), str(path))


def _folder() -> Path:
    checkout = Path(__file__).resolve().parents[1]
    if (checkout / "pyproject.toml").is_file():
        return checkout / "hw_profiles"
    return Path(str(files("neurograph") / "_hw_profiles"))


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProfileError(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError(f"{path}: not TOML: {error}") from error


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


Text = Annotated[str, Field(min_length=1)]
Number = Annotated[float, Field(ge=0)]


class _Known(_Table):
    value: Number
    low: Number
    high: Number
    unit: Text
    source: Text
    basis: Basis
    note: str = ""

    @model_validator(mode="after")
    def _ordered(self) -> _Known:
        if not self.low <= self.value <= self.high:
            raise ValueError(
                f"low {self.low:g}, value {self.value:g}, high {self.high:g}; "
                "expected low <= value <= high"
            )
        return self

    def noun(self) -> Constant:
        return Constant(**self.model_dump())


class _Unknown(_Table):
    unknown: Literal[True]
    unit: Text
    note: Text

    def noun(self) -> Constant:
        return Constant(
            value=None,
            low=None,
            high=None,
            unit=self.unit,
            source="",
            basis="assumed",
            note=self.note,
        )


def _kind(raw: object) -> str:
    return "unknown" if isinstance(raw, Mapping) and "unknown" in raw else "known"


_Constant = Annotated[
    Annotated[_Known, Tag("known")] | Annotated[_Unknown, Tag("unknown")], Discriminator(_kind)
]
_Constants = dict[str, _Constant]


def _exactly(units: Mapping[str, str], table: _Constants) -> _Constants:
    """Refuse a table that has not exactly these keys, each in its unit."""
    wrong = [f"missing {name} ({units[name]})" for name in units if name not in table]
    wrong += [f"unknown key {name}" for name in table if name not in units]
    wrong += [
        f"{name} is in '{constant.unit}', expected '{units[name]}'"
        for name, constant in table.items()
        if name in units and constant.unit != units[name]
    ]
    if wrong:
        raise ValueError("; ".join(wrong))
    return table


def _table_of(units: Mapping[str, str]) -> AfterValidator:
    return AfterValidator(partial(_exactly, units))


class _Source(_Table):
    cite: Text
    doi: Text | None = None
    url: Text | None = None
    where: Text | None = None

    def text(self) -> str:
        doi = f"doi:{self.doi}" if self.doi else None
        return "; ".join(part for part in (self.cite, doi, self.url, self.where) if part)


class _File(_Table):
    name: Text
    title: Text
    neurons: Annotated[list[Literal["LIF", "SoftResetLIF", "AdaptiveLIF"]], Field(min_length=1)]
    synapses: Literal["copied", "shared"]
    notes: list[Text] = []
    limits: Annotated[_Constants, _table_of(LIMITS)]
    energy: Annotated[dict[str, Annotated[_Constants, _table_of(JOULES)]], Field(min_length=1)]
    time: Annotated[dict[str, Annotated[_Constants, _table_of(SECONDS)]], Field(min_length=1)]
    static: Annotated[_Constants, _table_of({"power_per_chip": "W"})]
    host: Annotated[_Constants, _table_of(HOST)]
    reference: _Constants = {}
    sources: dict[str, _Source]

    @model_validator(mode="after")
    def _sources_exist(self) -> _File:
        used = {c.source for table in self._tables() for c in table.values() if c.source}
        if lost := sorted(used - set(self.sources)):
            raise ValueError(f"no [sources] entry for: {', '.join(lost)}")
        return self

    def _tables(self) -> Iterable[Mapping[str, Constant]]:
        plain = (self.limits, self.static, self.host, self.reference)
        return map(_nouns, (*plain, *self.energy.values(), *self.time.values()))


def _nouns(table: _Constants) -> dict[str, Constant]:
    return {name: constant.noun() for name, constant in table.items()}


def _profile(raw: dict[str, Any], path: str) -> HardwareProfile:
    try:
        file = _File.model_validate(raw)
    except ValidationError as error:
        problems = "\n  ".join(_problem(dict(e)) for e in error.errors())
        raise ProfileError(f"{path}: not a hardware profile:\n  {problems}") from error
    return HardwareProfile(
        name=file.name,
        title=file.title,
        limits=_nouns(file.limits),
        neurons=tuple(file.neurons),
        shared_synapses=file.synapses == "shared",
        energy={name: _nouns(table) for name, table in file.energy.items()},
        time={name: _nouns(table) for name, table in file.time.items()},
        static=_nouns(file.static),
        sources={key: source.text() for key, source in file.sources.items()},
        notes=tuple(file.notes),
        host=_nouns(file.host),
        reference=_nouns(file.reference),
    )


_SHAPE = "expected { value, low, high, unit, source, basis } or { unknown = true, unit, note }"


def _problem(error: dict[str, Any]) -> str:
    """One line per error: the dotted key, what is wrong, what was expected."""
    path = [str(part) for part in error["loc"] if part not in ("known", "unknown")]
    of_constant = len(path) > 2 and path[0] != "sources"
    message = str(error["msg"]).removeprefix("Value error, ")
    match error["type"]:
        case "missing":
            message = f"missing; {_SHAPE}" if of_constant else "missing"
        case "extra_forbidden":
            message = f"unknown key; {_SHAPE}" if of_constant else "unknown key"
        case "model_type" | "dict_type" | "model_attributes_type":
            message = f"{_SHAPE}, got {error['input']!r}"
        case "value_error":
            pass
        case _:
            message = f"{message[0].lower()}{message[1:]}, got {error['input']!r}"
    return ": ".join(part for part in (".".join(path), message) if part)
