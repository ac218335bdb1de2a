"""The deployed network beside all that it should beat, on scores and on energy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from neurograph.cost.estimate import Interval
from neurograph.cost.on_host import HostEnergy, of_floats, of_twin, priced
from neurograph.ir import LABEL_STREAM
from neurograph.report.inputs import ReportInput
from neurograph.report.sections.energy import PARTS
from neurograph.runtime.record import FLOAT, REFERENCE
from neurograph.tasks.yardsticks.arithmetic import Arithmetic

NETWORK, FLOATS, TWIN, YARDSTICK = "network", "floats", "twin", "yardstick"
NOT_COUNTED = "operations not counted; run: neurograph baseline RUN"
NO_PRICE = "the profile does not know what an operation of the host costs"
Row = dict[str, Any]


def data(run: ReportInput) -> dict[str, Any]:
    """The rows, the network first, and who is better in which respect."""
    network = _network(run)
    others = [_floats(run), *_twins(run), *_yardsticks(run)]
    whole = network["energy_j"]["typical"]
    for row in (network, *others):
        joules = row["energy_j"]
        row["times"] = joules["typical"] / whole if joules and whole else None
    rows = [network, *others]
    return {"leaderboard": {"rows": rows, **standing(rows, run.task.best_by)}}


def standing(rows: Sequence[Mapping[str, Any]], by: str) -> dict[str, Any]:
    """Which rows have a higher score than the first one, and which take less energy.

    Its own floats are another form of the network, so that they compete on energy alone.

    Returns:
        next: the best of the others; None where nothing was scored.
        above: those with more, the best first.
        cheaper: those that are as good, or its floats, and take less; the cheapest first.
        frugal: the cheapest of those, whether it takes less or not; None where there is none.
        overlap: whether its interval and the network's do.
        worse_cheaper: those with a lower score that take less.
    """
    network, others = rows[0], rows[1:]
    own, joules = network["scores"][by], network["energy_j"]["typical"]
    rivals = [r for r in others if r["kind"] != FLOATS and r["scores"][by] is not None]
    ranked = sorted(rivals, key=lambda row: -row["scores"][by])
    priced_rows = [r for r in others if r["energy_j"]]
    by_energy = sorted(priced_rows, key=lambda row: row["energy_j"]["typical"])
    good = [r for r in by_energy if r["kind"] == FLOATS or _least(r, by, own)]
    less = [r["name"] for r in by_energy if r["energy_j"]["typical"] < joules]
    names = [r["name"] for r in good]
    return {
        "by": by,
        "next": ranked[0]["name"] if ranked and own is not None else None,
        "above": [r["name"] for r in ranked if own is not None and r["scores"][by] > own],
        "frugal": names[0] if names else None,
        "cheaper": [name for name in names if name in less],
        "overlap": bool(good) and _overlap(good[0]["energy_j"], network["energy_j"]),
        "worse_cheaper": [name for name in less if name not in names],
    }


def _least(row: Mapping[str, Any], by: str, own: float | None) -> bool:
    """Whether it has at least as much as the network."""
    score = row["scores"][by]
    return own is not None and score is not None and score >= own


def _overlap(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    return one["low"] <= other["high"] and other["low"] <= one["high"]


def _network(run: ReportInput) -> Row:
    """As deployed; energy is of the chip, dynamic and static, and of the host's share."""
    energy = run.energy
    parts = {key: _to_dict(energy.total(part)) for key, part in PARTS.items()}
    sources = dict.fromkeys(s for row in energy.rows for s in row.source.split(", ") if s)
    return {
        "name": NETWORK,
        "title": f"network, integers on {run.deployment.profile.title}",
        "kind": NETWORK,
        "hears_labels": _hears(run),
        "scores": run.score(run.records[REFERENCE]),
        "energy_j": _to_dict(energy.total(*PARTS.values())),
        "parts_j": parts,
        "operations": None,
        "source": ", ".join(sources),
    }


def _floats(run: ReportInput) -> Row:
    of = run.deployment
    taken = of_floats(of.floats, of.quantized, run.counts, run.complexity, of.tree)
    scores = run.score(run.records.get(FLOAT))
    title = "network, floats on the host"
    return _on_host(run, FLOATS, FLOATS, title, _hears(run), scores, taken)


def _twins(run: ReportInput) -> Iterator[Row]:
    for number, baseline in enumerate(run.baselines):
        taken = of_twin(baseline, run.deployment.floats)
        name, title = f"{baseline.model} {number + 1}", f"{baseline.model} without spikes"
        yield _on_host(run, name, TWIN, title, False, dict(baseline.scores), taken)


def _yardsticks(run: ReportInput) -> Iterator[Row]:
    for one in run.yardsticks.measured if run.yardsticks else ():
        scores = run.score_outputs(one.outputs[run.reference.nodes])
        yield _on_host(
            run, one.name, YARDSTICK, one.title, one.hears_labels, scores, one.arithmetic
        )


def _on_host(
    run: ReportInput,
    name: str,
    kind: str,
    title: str,
    hears_labels: bool | None,
    scores: Mapping[str, float | None],
    taken: Arithmetic | None,
) -> Row:
    found = priced(run.deployment.profile, taken) if taken else None
    return {
        "name": name,
        "title": title,
        "kind": kind,
        "hears_labels": hears_labels,
        "scores": dict(scores),
        "energy_j": _to_dict(found.joules) if found else None,
        "parts_j": _parts(found),
        "operations": vars(taken) if taken else None,
        "source": found.source if found else NO_PRICE if taken else NOT_COUNTED,
    }


def _parts(found: HostEnergy | None) -> dict[str, Any]:
    if found is None:
        return {}
    return {"arithmetic_j": _to_dict(found.arithmetic), "memory_j": _to_dict(found.memory)}


def _hears(run: ReportInput) -> bool:
    """Whether labels of training nodes are among the network's inputs."""
    return any(s.name == LABEL_STREAM for s in run.deployment.floats.streams)


def _to_dict(interval: Interval) -> dict[str, float]:
    return {"low": interval.low, "typical": interval.typical, "high": interval.high}
