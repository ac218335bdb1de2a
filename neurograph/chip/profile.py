"""A chip as data: limits, abilities and energy constants, each with its source."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Literal, get_args

from neurograph.core.errors import ProfileError
from neurograph.core.nearest import unknown

Basis = Literal["published", "measured", "assumed"]
MARK = "*"  # behind every number that is assumed
LEGEND = f"{MARK} assumed: neither published for this chip nor measured on it"


@dataclass(frozen=True, kw_only=True)
class Constant:
    """A number of a chip. `value`, `low`, `high` are None together where it is unknown.

    Attributes:
        unit: e.g. "neuron", "J", "s".
        source: key into the profile's sources.
        basis: how the number came about.
        note: a caveat that outputs print.
    """

    value: float | None
    low: float | None
    high: float | None
    unit: str
    source: str
    basis: Basis
    note: str = ""

    def __post_init__(self) -> None:
        if self.basis not in get_args(Basis):
            raise ProfileError(unknown("basis", self.basis, get_args(Basis)))
        numbers = (self.value, self.low, self.high)
        if (None in numbers) != all(n is None for n in numbers):
            raise ProfileError(f"value, low and high are known together or not at all: {numbers}")
        if self.value is not None and not 0 <= self.low <= self.value <= self.high:  # type: ignore[operator]
            raise ProfileError(f"needed 0 <= low <= value <= high, got {numbers} {self.unit}")

    @property
    def known(self) -> bool:
        return self.value is not None

    @property
    def assumed(self) -> bool:
        """A number stands here that nobody published for this chip or measured on it."""
        return self.known and self.basis == "assumed"

    @property
    def mark(self) -> str:
        """What stands behind the number wherever it is printed; `LEGEND` explains it."""
        return MARK if self.assumed else ""


@dataclass(frozen=True, kw_only=True)
class HardwareProfile:
    """One chip.

    Attributes:
        limits: e.g. cores_per_chip, neurons_per_core, synapse_bits_per_core, weight_bits,
            payload_bits, threshold_bits, delay_steps, axons_in_per_core, axons_out_per_core.
        neurons: neuron kinds that the chip offers, by IR class name ("LIF", "AdaptiveLIF", ...).
        energy: constant sets by name ("davies2018", "sanafe"), each event -> joules; the first
            set is the one whose values are an estimate's typical ones.
        time: constant sets by name, each event -> seconds.
        static: e.g. power_per_chip (W).
        sources: key -> citation.
        notes: sentences that every output that uses this profile prints.
        host: joules of one multiply-accumulate ("mac_fp32", "mac_int8"), one addition ("ac_fp32",
            "ac_int8") and one byte read from memory ("memory_byte").
        shared_synapses: a core stores the weights of a projection once for all rows and replicas
            of the target on it; otherwise every synapse takes memory of its own.
        reference: whole-system figures to set beside an estimate; nothing is computed from them.
    """

    name: str
    title: str
    limits: Mapping[str, Constant]
    neurons: tuple[str, ...]
    energy: Mapping[str, Mapping[str, Constant]]
    time: Mapping[str, Mapping[str, Constant]]
    static: Mapping[str, Constant]
    sources: Mapping[str, str]
    notes: tuple[str, ...] = field(default=())
    shared_synapses: bool = False
    host: Mapping[str, Constant] = field(default_factory=dict)
    reference: Mapping[str, Constant] = field(default_factory=dict)

    @property
    def tables(self) -> dict[str, Mapping[str, Constant]]:
        """Every table of constants by its dotted key: "limits", "energy.davies2018", ..."""
        return {
            "limits": self.limits,
            **{f"energy.{name}": table for name, table in self.energy.items()},
            **{f"time.{name}": table for name, table in self.time.items()},
            "static": self.static,
            "host": self.host,
            "reference": self.reference,
        }

    @cached_property
    def sha256(self) -> str:
        """Of all that it says, the order of its constant sets included."""
        from neurograph.core.arrays import fingerprint  # and numpy, which no help waits for

        return fingerprint(json.dumps(asdict(self), sort_keys=True), *self.energy)

    @property
    def constants(self) -> dict[str, Constant]:
        """Every constant by its dotted key: "limits.weight_bits", "energy.sanafe.spike", ..."""
        return {
            f"{key}.{name}": c for key, table in self.tables.items() for name, c in table.items()
        }

    @property
    def assumed(self) -> tuple[str, ...]:
        """Dotted keys of the constants that are assumed."""
        return tuple(key for key, constant in self.constants.items() if constant.assumed)

    @property
    def unpriced(self) -> tuple[str, ...]:
        """Events that no constant set prices, as "energy.EVENT" or "time.EVENT"."""
        found = []
        for table, sets in (("energy", self.energy), ("time", self.time)):
            events = dict.fromkeys(event for constants in sets.values() for event in constants)
            known = {e for constants in sets.values() for e, c in constants.items() if c.known}
            found += [f"{table}.{event}" for event in events if event not in known]
        return tuple(found)

    def note_on(self, unpriced: str) -> str:
        """Why nobody prices an event of `unpriced`."""
        table, _, event = unpriced.partition(".")
        sets = getattr(self, table).values()
        return next((c[event].note for c in sets if event in c and c[event].note), "not published")

    @property
    def unknown_limits(self) -> tuple[str, ...]:
        """Names of the limits that the chip's maker has not published."""
        return tuple(name for name, constant in self.limits.items() if not constant.known)

    def limit(self, name: str) -> float | None:
        """The limit's value, None where the chip's maker has not published it.

        Raises:
            ProfileError: the profile has no such limit at all.
        """
        if name not in self.limits:
            raise ProfileError(
                f"profile '{self.name}' has no limit '{name}'; it has: {', '.join(self.limits)}"
            )
        return self.limits[name].value
