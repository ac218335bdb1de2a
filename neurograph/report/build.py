"""The numbers of a report, as the JSON tree that `schema.json` publishes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from neurograph.chip.deployment import Deployment
from neurograph.core.arrays import Array, fingerprint, frozen
from neurograph.core.errors import RunError
from neurograph.cost.baseline import Baseline
from neurograph.cost.complexity import of_network
from neurograph.cost.estimate import EnergyEstimate
from neurograph.graphs.metrics import f1
from neurograph.ir import QNetwork
from neurograph.quantization.evidence import evidence
from neurograph.report.baseline_part import comparison
from neurograph.report.energy_part import energy_part
from neurograph.report.placement_part import placement_part
from neurograph.runtime.record import EventCounts, RunRecord

SCHEMA_VERSION = 3
# what the report calls a result -> the target whose record holds it
RESULTS: Mapping[str, str] = {"float": "float", "integer": "reference", "lava": "loihi-sim"}
PAIRS = ("integer_float", "lava_integer")


@dataclass(frozen=True, eq=False, kw_only=True)
class ReportInput:
    """All that a report is made of; the records cover the same nodes in the same order.

    Attributes:
        records: by target; "reference" is needed, "float" and "loihi-sim" are null in the report
            where they are missing.
        truth: int ``(targets,)``, the class of every node in the records; -1 is not scored.
        agreements: "integer_float" and "lava_integer", each as `verify.Agreement.to_json` gives
            it; `state_identical` is read in place of `final_states` where it is given.
        baselines: twins without spikes, run over the same nodes of the same graph and features.
        training: the rows of metrics.jsonl. seconds: wall time per record, where it is known.
    """

    deployment: Deployment
    records: Mapping[str, RunRecord]
    truth: Array
    agreements: Mapping[str, Mapping[str, Any]]
    counts: EventCounts
    energy: EnergyEstimate
    training: Sequence[Mapping[str, Any]] = ()
    baselines: Sequence[Baseline] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "truth", frozen(self.truth, np.int64))
        if "reference" not in self.records:
            raise RunError("report: no record of the reference; run first: neurograph run")
        nodes = self.records["reference"].nodes
        if self.truth.shape != nodes.shape:
            raise RunError(f"report: {len(self.truth)} labels for {len(nodes)} nodes in the record")
        for target, record in self.records.items():
            if not np.array_equal(record.nodes, nodes):
                raise RunError(
                    f"report: records 'reference' and '{target}' are of different nodes; "
                    "run again: neurograph run"
                )
            made_by = record.network_sha256
            if target != "float" and made_by != self.deployment.quantized.sha256:
                raise RunError(
                    f"report: record '{target}' was made by network {made_by[:12]}, the deployment "
                    f"holds {self.deployment.quantized.sha256[:12]}; run again: neurograph run"
                )

        if self.counts.network_sha256 != self.deployment.quantized.sha256:
            raise RunError(
                f"report: events of network {self.counts.network_sha256[:12]}, the deployment "
                f"holds {self.deployment.quantized.sha256[:12]}; run again: neurograph run"
            )

        for baseline in self.baselines:
            self._check_same(baseline)

    def _check_same(self, baseline: Baseline) -> None:
        """Raise RunError unless it is of the same nodes, graph, features and split."""
        given = self.deployment.provenance
        wanted = {
            "nodes_sha256": fingerprint(self.records["reference"].nodes),
            "graph_sha256": given["graph"]["sha256"],
            "features_sha256": given["features"]["sha256"],
            "split": given["split"],
        }
        other = [name for name, value in wanted.items() if getattr(baseline, name) != value]
        if other:
            what = ", ".join(name.removesuffix("_sha256") for name in other)
            raise RunError(
                f"report: baseline {baseline.model} is of other {what}; train it on the same graph "
                "and features, and run both with the same --nodes and --limit"
            )

    @property
    def reference(self) -> RunRecord:
        return self.records["reference"]

    def result(self, name: str) -> RunRecord | None:
        """The record of result "float", "integer" or "lava", None where it was not run."""
        return self.records.get(RESULTS[name])


def build(run: ReportInput) -> dict[str, Any]:
    """The content of report.json: plain JSON values, no NaN, valid against `schema.json`."""
    network = run.deployment.quantized
    tree = {
        "kind": "neurograph report",
        "schema_version": SCHEMA_VERSION,
        "targets": {"run": len(run.truth), "scored": int((run.truth >= 0).sum())},
        "accuracy": {name: _accuracy(run, name) for name in RESULTS},
        "agreement": {pair: _agreement(run.agreements.get(pair, {})) for pair in PAIRS},
        "spike_rate": spike_rate(run.reference, network),
        "spike_rate_by_result": {
            name: None if (record := run.result(name)) is None else spike_rate(record, network)
            for name in RESULTS
        },
        "spike_rate_overall": _overall_rate(run),
        "comparison": comparison(
            of_network(run.deployment.quantized, run.counts), run.baselines, run.deployment.profile
        ),
        "energy": energy_part(run.energy, run.deployment.profile),
        "events": _events(run.counts),
        "network": _network(network),
        "placement": placement_part(run.deployment, run.counts),
        "quantisation": _quantisation(run.deployment),
        "training": _training(run.training),
        "runs": {name: _run(run, name) for name in RESULTS},
        "parts": dict(run.deployment.parts),
        "sources": dict(run.deployment.profile.sources),
        "provenance": _provenance(run.deployment),
    }
    plain: dict[str, Any] = _plain(tree)
    return plain


def spike_rate(record: RunRecord, network: QNetwork) -> dict[str, list[float]]:
    """Per population of the run, the share of neurons that fire in each snapshot.

    A run in floats lacks the populations of an on-chip readout.
    """
    shape = (network.steps, network.latency)
    return {
        p.name: record.rate(p.name).reshape(shape).mean(axis=1).tolist()
        for p in network.populations
        if p.name in record.spikes
    }


def _overall_rate(run: ReportInput) -> float:
    """Over the populations of the model: a readout on the chip has a clock, gates and sums."""
    trained = [run.reference.spikes[p.name] for p in run.deployment.network.populations]
    fired = sum(int(np.count_nonzero(spikes)) for spikes in trained)
    return fired / sum(spikes.size for spikes in trained)


def _accuracy(run: ReportInput, name: str) -> dict[str, float | None]:
    """F1 over the nodes of known class; null where there is none, or nothing ran."""
    record, known = run.result(name), run.truth >= 0
    if record is None or not known.any():
        return {"micro_f1": None, "macro_f1": None}
    scores = f1(run.truth[known], record.predictions[known])
    return {"micro_f1": scores.micro, "macro_f1": scores.macro}


def _agreement(given: Mapping[str, Any]) -> dict[str, Any]:
    """What `verify` found; null, or empty, where nothing was compared."""
    plain = ("targets", "predictions", "predictions_interval", "spikes", "differing_spikes")
    found = ("identical", "first_difference", "difference", "labels")
    return {
        **{name: given.get(name) for name in (*plain, *found)},
        "state_identical": given.get("state_identical", given.get("final_states")),
        "spikes_by_population": dict(given.get("spikes_by_population", {})),
        "layers": dict(given.get("layers", {})),
        "alarms": list(given.get("alarms", ())),
    }


def _events(counts: EventCounts) -> dict[str, Any]:
    totals = {
        "synaptic_ops": dict(counts.synaptic_ops),
        "active_updates": dict(counts.active_updates),
        "inactive_updates": dict(counts.inactive_updates),
        "spikes": dict(counts.spikes),
    }
    plain = {
        "host_macs": counts.host_macs,
        "bytes_in": counts.bytes_in,
        "bytes_out": counts.bytes_out,
    }
    summed = {name: sum(of.values()) for name, of in totals.items()} | plain
    inferences = max(counts.targets, 1)
    return {
        "targets": counts.targets,
        **totals,
        **plain,
        "per_inference": {k: v / inferences for k, v in summed.items()},
    }


def _network(network: QNetwork) -> dict[str, Any]:
    return {
        "steps": network.steps,
        "latency": network.latency,
        "streams": [
            {"name": s.name, "rows": s.rows, "channels": s.channels, "bits": s.bits}
            for s in network.streams
        ],
        "populations": [
            {
                "name": p.name,
                "rows": p.rows,
                "channels": p.channels,
                "neuron": type(p.neuron).__name__.removeprefix("Q"),
                "settings": {
                    name: list(value) if isinstance(value, tuple) else value
                    for name, value in asdict(p.neuron).items()
                },
            }
            for p in network.populations
        ],
        "projections": [
            {
                "name": p.name,
                "source": p.source,
                "target": p.target,
                "synapses": int(p.mix.nnz) * int(np.count_nonzero(p.weight)),
                "exponent": p.exponent,
            }
            for p in network.projections
        ],
    }


def _quantisation(deployment: Deployment) -> dict[str, Any]:
    network = deployment.quantized
    return {
        "lost": [_loss(asdict(loss)) for loss in network.lost],
        **asdict(evidence(deployment.network, network)),
        "choices": [asdict(choice) for choice in network.choices],
    }


def _loss(loss: Mapping[str, Any]) -> dict[str, Any]:
    return {**loss, "share": loss["amount"] / loss["total"] if loss["total"] else None}


def _training(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    last = rows[-1].get("phase") if rows else None  # integer epochs come after those in floats
    picked = [r for r in rows if r.get("phase") == last and not r.get("out_of_range")]
    scores = [(row.get("val_micro_f1"), row.get("epoch")) for row in picked]
    scored = [(s, epoch) for s, epoch in scores if s is not None and not math.isnan(s)]
    return {
        "epochs": len(rows),
        "seconds": sum(row.get("seconds") or 0.0 for row in rows),
        "best_epoch": max(scored, key=lambda pair: pair[0])[1] if scored else None,
        "curve": [dict(row) for row in rows],
    }


def _run(run: ReportInput, name: str) -> dict[str, Any] | None:
    if (record := run.result(name)) is None:
        return None
    return {
        "target": record.target,
        "seconds": run.seconds.get(record.target),
        "network_sha256": record.network_sha256,
        "versions": dict(record.versions),
    }


def _provenance(deployment: Deployment) -> dict[str, Any]:
    given = deployment.provenance
    sections = {name: dict(given.get(name) or {}) for name in ("graph", "features", "checkpoint")}
    split = given.get("split")
    return {
        **given,
        **sections,
        "graph": {
            **sections["graph"],
            "name": str(sections["graph"].get("name", "graph")),
            "generated": bool(sections["graph"].get("generated", False)),
        },
        "split": dict(split) if isinstance(split, Mapping) else {"name": split},
        "seed": given.get("seed"),
        "command": given.get("command"),
        "versions": dict(given.get("versions") or {}),
        "sample_seed": deployment.sample_seed,
        "hashes": {
            **{name: section.get("sha256") for name, section in sections.items()},
            "integers": deployment.quantized.sha256,
        },
    }


def _plain(value: Any) -> Any:
    """`value` in JSON's types; numbers that JSON cannot hold (NaN, infinities) become null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)
