"""The energy of a report as JSON: totals over all constant sets and by each, terms, packing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neurograph.chip.profile import HardwareProfile
from neurograph.cost.estimate import EnergyEstimate, EnergyRow, Interval, span

PARTS: Mapping[str, str] = {
    "dynamic_j": "chip, dynamic",
    "static_j": "chip, static",
    "host_j": "host",
}
CHIP = (PARTS["dynamic_j"], PARTS["static_j"])


def energy_part(energy: EnergyEstimate, profile: HardwareProfile) -> dict[str, Any]:
    seconds = span(energy.seconds)
    return {
        "per": "inference: one classified node, all its snapshots",
        "profile": energy.profile,
        "label": energy.label,
        **_totals(energy),
        "seconds": as_json(seconds),
        "step_seconds": as_json(seconds.times(1 / energy.steps)),
        "energy_delay_js": as_json(energy.delay_product(*CHIP)),
        "steps": energy.steps,
        "copies": energy.copies,
        "inferences_per_second": energy.copies / seconds.typical,
        "by_set": {name: _of_set(energy, name) for name in energy.sets},
        "per_snapshot": _per_snapshot(energy),
        "packing": [{"copies": p.copies, "joules": as_json(p.joules)} for p in energy.packing],
        "rows": [_row(row) for row in energy.rows],
        "assumed": sorted({f"{r.where}, {r.kind}" for r in energy.rows if r.basis == "assumed"}),
        "caveats": _caveats(profile),
        "not_counted": list(energy.not_counted),
    }


def as_json(interval: Interval) -> dict[str, float]:
    return {"low": interval.low, "typical": interval.typical, "high": interval.high}


def _totals(energy: EnergyEstimate) -> dict[str, Any]:
    """Of each part, and of all; an interval of a sum is of one constant set at a time."""
    parts = {name: as_json(energy.total(part)) for name, part in PARTS.items()}
    return {**parts, "total_j": as_json(energy.total(*PARTS.values()))}


def _of_set(energy: EnergyEstimate, name: str) -> dict[str, Any]:
    chip = energy.of_set(name, *CHIP)
    return {
        **{key: as_json(energy.of_set(name, part)) for key, part in PARTS.items()},
        "total_j": as_json(energy.of_set(name, *PARTS.values())),
        "seconds": as_json(energy.seconds[name]),
        "energy_delay_js": as_json(chip * energy.seconds[name]),
    }


def _per_snapshot(energy: EnergyEstimate) -> dict[str, Any]:
    """Dynamic joules of the chip in each snapshot; the mean holds static and host, too."""
    steps = len(energy.snapshots)
    return {
        "dynamic_j": [as_json(span(snapshot)) for snapshot in energy.snapshots],
        "mean_total_j": as_json(energy.total(*PARTS.values()).times(1 / steps)),
    }


def _caveats(profile: HardwareProfile) -> list[str]:
    """What the profile says about its constants, each once."""
    sets = {**profile.energy, "static": profile.static, "host": profile.host}
    said = (
        f"{name}, {event.replace('_', ' ')}: {constant.note}"
        for name, constants in sets.items()
        for event, constant in constants.items()
        if constant.note
    )
    return list(dict.fromkeys(said))


def _row(row: EnergyRow) -> dict[str, Any]:
    return {
        "part": row.part,
        "where": row.where,
        "kind": row.kind,
        "events": row.events,
        "joules_each": as_json(row.joules_each),
        "joules": as_json(row.joules),
        "source": row.source,
        "basis": row.basis,
    }
