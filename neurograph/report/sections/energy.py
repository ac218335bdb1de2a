"""Energy per inference: totals over all constant sets and by each, terms, packing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from neurograph.chip.deployment import Deployment
from neurograph.chip.profile import HardwareProfile
from neurograph.cost.energy.parts import by_part
from neurograph.cost.estimate import NOTHING, EnergyEstimate, EnergyRow, Interval, span
from neurograph.report import svg, units
from neurograph.report.inputs import ReportInput
from neurograph.report.section import Section
from neurograph.report.witnesses import witnesses

PARTS: Mapping[str, str] = {
    "dynamic_j": "chip, dynamic",
    "static_j": "chip, static",
    "host_j": "host",
}
CHIP = (PARTS["dynamic_j"], PARTS["static_j"])


def _data(run: ReportInput) -> dict[str, Any]:
    return {
        "energy": {
            "per": "inference: one classified node, all its snapshots"
            if run.of_graph
            else "inference: one sample, all its steps",
            **_energy(run.energy, run.deployment),
            "by_part": _by_part(run) if run.of_graph else None,
        },
        **({"predictions": _predictions(run.predicted)} if run.of_graph else {}),
        "validation": _validation(run),
        "witnesses": witnesses(run),
    }


def _validation(run: ReportInput) -> dict[str, Any]:
    """What the profile predicted of what was measured on its chip."""
    profile, found = run.deployment.profile, run.validation
    told = {"profile": profile.name, "sha256": profile.sha256}
    if found is None:
        sentence = (
            f"Profile {profile.name} ({profile.sha256[:12]}) was not held against anything that "
            "was measured on its chip; where something is known: neurograph validate."
        )
        return {**told, "holds": None, "sentence": sentence}
    return {**told, "holds": not found.failures, "sentence": found.sentence()}


def _predictions(made: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What predictions cost: an inference per node and draw."""
    if made is None:
        return None
    each = Interval(**made["joules_per_inference"]).times(made["draws"])
    told = {name: made[name] for name in ("nodes", "count", "made_by", "draws")}
    return {**told, "node_j": _to_dict(each), "total_j": _to_dict(each.times(made["count"]))}


def _energy(energy: EnergyEstimate, deployment: Deployment) -> dict[str, Any]:
    seconds, residents = span(energy.seconds), deployment.placement.residents
    at_once = energy.replicas if residents is None else residents.nodes
    return {
        "profile": energy.profile,
        "label": energy.label,
        **_totals(energy),
        "seconds": _to_dict(seconds),
        "step_seconds": _to_dict(seconds.times(1 / energy.steps)),
        "energy_delay_js": _to_dict(energy.delay_product(*CHIP)),
        "steps": energy.steps,
        "replicas": energy.replicas,
        "inferences_per_second": at_once / seconds.typical,
        "by_set": {name: _of_set(energy, name) for name in energy.sets},
        "per_snapshot": _per_snapshot(energy),
        "packing": [{"replicas": p.replicas, "joules": _to_dict(p.joules)} for p in energy.packing],
        "rows": [_row(row) for row in energy.rows],
        "assumed": sorted({f"{r.where}, {r.kind}" for r in energy.rows if r.basis == "assumed"}),
        "caveats": _caveats(deployment.profile),
        "not_counted": list(energy.not_counted),
    }


def _by_part(run: ReportInput) -> dict[str, Any]:
    """Joules per node and snapshot of each part, and of sampled trees of the same model."""
    deployment, trees = run.deployment, run.trees
    trained = [p.name for p in deployment.floats.populations]
    here = by_part(deployment.quantized, run.energy, trained)
    there = trees.parts if trees else {}
    used = _used(here) | _used(there)
    names = [name for name in dict.fromkeys((*here, *there)) if name in used]
    told = {name: there.get(name, NOTHING) if trees else None for name in names}
    return {
        "fanouts": list(trees.fanouts) if trees else None,
        "rows": [_part(name, here.get(name, NOTHING), told[name]) for name in names],
        "dynamic": _summed(run, "chip, dynamic", PARTS["dynamic_j"]),
        "total": _summed(run, "all together", *PARTS.values()),
    }


def _summed(run: ReportInput, name: str, *parts: str) -> dict[str, Any]:
    there = run.trees.estimate.per_snapshot(*parts) if run.trees else None
    return _part(name, run.energy.per_snapshot(*parts), there)


def _used(parts: Mapping[str, Interval]) -> set[str]:
    return {name for name, joules in parts.items() if joules.high}


def _part(name: str, here: Interval, trees: Interval | None) -> dict[str, Any]:
    return {
        "part": name,
        "joules": _to_dict(here),
        "trees_j": _to_dict(trees) if trees else None,
        "of_trees": here.typical / trees.typical if trees and trees.typical else None,
    }


def _to_dict(interval: Interval) -> dict[str, float]:
    return {"low": interval.low, "typical": interval.typical, "high": interval.high}


def _totals(energy: EnergyEstimate) -> dict[str, Any]:
    """Of each part, and of all; an interval of a sum is of one constant set at a time."""
    parts = {name: _to_dict(energy.total(part)) for name, part in PARTS.items()}
    return {**parts, "total_j": _to_dict(energy.total(*PARTS.values()))}


def _of_set(energy: EnergyEstimate, name: str) -> dict[str, Any]:
    chip = energy.of_set(name, *CHIP)
    return {
        **{key: _to_dict(energy.of_set(name, part)) for key, part in PARTS.items()},
        "total_j": _to_dict(energy.of_set(name, *PARTS.values())),
        "seconds": _to_dict(energy.seconds[name]),
        "energy_delay_js": _to_dict(chip * energy.seconds[name]),
    }


def _per_snapshot(energy: EnergyEstimate) -> dict[str, Any]:
    """Dynamic joules of the chip in each snapshot; the mean holds static and host, too."""
    steps = len(energy.snapshots)
    return {
        "dynamic_j": [_short(_to_dict(span(snapshot))) for snapshot in energy.snapshots],
        "mean_total_j": _to_dict(energy.total(*PARTS.values()).times(1 / steps)),
    }


def _short(values: Mapping[str, float]) -> dict[str, float]:
    """To six digits: of estimates, and of as many as there are snapshots."""
    return {name: float(f"{value:.6g}") for name, value in values.items()}


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
        "joules_each": _to_dict(row.joules_each),
        "joules": _to_dict(row.joules),
        "source": row.source,
        "basis": row.basis,
    }


@dataclass(frozen=True, kw_only=True)
class TermGroup:
    """The terms of one part of the energy, with bars on one scale."""

    part: str
    rows: Sequence[tuple[Mapping[str, Any], Markup]]


def _totals_with_bars(energy: Mapping[str, Any]) -> list[tuple[str, Mapping[str, float], Markup]]:
    """Each part's name and joules, with bars on one scale for all of them."""
    top = max(energy[name]["high"] for name in PARTS)
    shown = {name: part for name, part in PARTS.items() if name != "host_j" or _has_host(energy)}
    return [(part, energy[name], _bar(energy[name], top)) for name, part in shown.items()]


def _has_host(energy: Mapping[str, Any]) -> bool:
    """Whether the host has a share; where a network came in a file, its inputs are given."""
    return any(row["part"] == PARTS["host_j"] for row in energy["rows"])


def _term_groups(energy: Mapping[str, Any]) -> list[TermGroup]:
    """Every term with its bar, grouped by part; bars share a scale within a part only."""
    groups = []
    for part in dict.fromkeys(row["part"] for row in energy["rows"]):
        rows = _parts_together([row for row in energy["rows"] if row["part"] == part])
        top = max(row["joules"]["high"] for row in rows)
        barred = [(row, _bar(row["joules"], top)) for row in rows]
        groups.append(TermGroup(part=part, rows=barred))
    return groups


def _parts_together(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """One row for all parts of a projection, ``NAME[i,j]``, whose events cost the same."""
    found: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        layer, bracket, _ = row["where"].partition("[")
        same = (layer, str(row["joules_each"]), row["source"], row["basis"])
        key = (row["kind"], *same) if bracket else (row["kind"], row["where"])
        found.setdefault(key, []).append(row)
    return [_sum_of(parts) if len(parts) > 1 else parts[0] for parts in found.values()]


def _sum_of(parts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    layer = parts[0]["where"].partition("[")[0]
    joules = {end: sum(row["joules"][end] for row in parts) for end in ("low", "typical", "high")}
    events = sum(row["events"] for row in parts)
    return {**parts[0], "where": f"{layer}, {len(parts)} parts", "events": events, "joules": joules}


def _bar(joules: Mapping[str, float], top: float) -> Markup:
    title = f"typically {units.quantity(joules['typical'], 'J')}, {units.span(joules, 'J')}"
    return svg.interval_bar(joules, top, title=title)


def _packing_chart(packing: Sequence[Mapping[str, Any]]) -> svg.Chart | None:
    """Joules per inference over replicas per chip, each point twice the one before."""
    if len(packing) < 2:
        return None
    return svg.line_chart(
        _interval_lines(point["joules"] for point in packing),
        range(len(packing)),
        key="packing",
        title="Energy per inference against replicas per chip",
        x_label="replicas that share a chip",
        y_label="joules of the chip per inference",
        tick=units.joules_tick(max(point["joules"]["high"] for point in packing)),
        x_tick=lambda n: f"{packing[n]['replicas']:,}",
    )


def _snapshot_chart(energy: Mapping[str, Any], step: str) -> svg.Chart:
    """Dynamic joules of the chip in each step."""
    snapshots = energy["per_snapshot"]["dynamic_j"]
    return svg.line_chart(
        _interval_lines(snapshots),
        range(1, len(snapshots) + 1),
        key="snapshots",
        title=f"Dynamic energy of the chip per {step}",
        x_label=step,
        y_label="joules",
        tick=units.joules_tick(max((of["high"] for of in snapshots), default=0.0)),
    )


def _interval_lines(intervals: Iterable[Mapping[str, float]]) -> list[svg.Line]:
    """A line for each end of the intervals, dashed, and one for the typical values."""
    values = list(intervals)
    return [
        svg.Line(label=end, values=[of[end] for of in values], colour=0, dashed=end != "typical")
        for end in ("high", "typical", "low")
    ]


def _context(run: ReportInput, report: Mapping[str, Any]) -> dict[str, Any]:
    energy = report["energy"]
    return {
        "totals": _totals_with_bars(energy),
        "term_groups": _term_groups(energy),
        "snapshot_chart": _snapshot_chart(energy, run.words.step),
        "has_host": _has_host(energy),
        "packing_chart": _packing_chart(energy["packing"]),
    }


SECTION = Section(
    name="energy",
    title="Energy per inference",
    entry="Energy",
    data=_data,
    context=_context,
)
