"""What a report is made of: the records of a run and what was found out about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neurograph.chip.deployment import Deployment
from neurograph.core.arrays import Array, fingerprint, frozen
from neurograph.core.errors import RunError
from neurograph.cost.baseline import Baseline
from neurograph.cost.estimate import EnergyEstimate
from neurograph.runtime.record import EventCounts, RunRecord


@dataclass(frozen=True, kw_only=True)
class Result:
    """One result of a run.

    Attributes:
        key: in report.json.
        target: whose record holds it.
        name: on the page.
    """

    key: str
    target: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two results that are compared.

    Attributes:
        key: in report.json.
        results: keys of both.
        name: in a table of pairs.
        title: of what is said about this pair.
    """

    key: str
    results: tuple[str, str]
    name: str
    title: str


RESULTS = (
    Result(key="float", target="float", name="float"),
    Result(key="integer", target="reference", name="integer"),
    Result(key="lava", target="loihi-sim", name="Lava"),
)
PAIRS = (
    Pair(
        key="integer_float",
        results=("integer", "float"),
        name="integer with float",
        title="Integer against float",
    ),
    Pair(
        key="lava_integer",
        results=("lava", "integer"),
        name="Lava with integer",
        title="Lava against integer",
    ),
)


@dataclass(frozen=True, eq=False, kw_only=True)
class ReportInput:
    """All that a report is made of; the records cover the same nodes in the same order.

    Attributes:
        deployment: what ran.
        records: by target; "reference" is needed, "float" and "loihi-sim" are null in the report
            where they are missing.
        truth: int ``(targets,)``, the class of every node in the records; -1 is not scored.
        agreements: "integer_float" and "lava_integer", each as `verify.Agreement.to_json` gives
            it; `state_identical` is read in place of `final_states` where it is given.
        counts: the events of the run on the reference.
        energy: what they cost.
        training: the rows of metrics.jsonl.
        baselines: models without spikes, run over the same nodes of the same graph and features.
        seconds: wall time per record, where it is known.

    Raises:
        RunError: no record of the reference; records, labels, events or baselines of other nodes,
            or of another network, graph, features or split than those of the deployment.
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
            self._check_record(target, record)
        made_by, wanted = self.counts.network_sha256, self.deployment.quantized.sha256
        if made_by != wanted:
            raise RunError(
                f"report: events of network {made_by[:12]}, the deployment "
                f"holds {wanted[:12]}; run again: neurograph run"
            )
        for baseline in self.baselines:
            self._check_baseline(baseline)

    def _check_record(self, target: str, record: RunRecord) -> None:
        """Raise RunError unless it is of the reference's nodes and the deployment's network."""
        if not np.array_equal(record.nodes, self.reference.nodes):
            raise RunError(
                f"report: records 'reference' and '{target}' are of different nodes; "
                "run again: neurograph run"
            )
        made_by, wanted = record.network_sha256, self.deployment.quantized.sha256
        if target != "float" and made_by != wanted:
            raise RunError(
                f"report: record '{target}' was made by network {made_by[:12]}, the deployment "
                f"holds {wanted[:12]}; run again: neurograph run"
            )

    def _check_baseline(self, baseline: Baseline) -> None:
        """Raise RunError unless it is of the same nodes, graph, features and split."""
        given = self.deployment.provenance
        wanted = {
            "nodes_sha256": fingerprint(self.reference.nodes),
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

    def record(self, result: Result) -> RunRecord | None:
        """The record of a result, None where it was not run."""
        return self.records.get(result.target)
