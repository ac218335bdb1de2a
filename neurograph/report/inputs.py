"""What a report is made of: the records of a run and what was found out about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from neurograph.chip.deployment import Deployment
from neurograph.core.arrays import Array, fingerprint, frozen
from neurograph.core.errors import RunError
from neurograph.core.words import NODES, Words
from neurograph.cost.baseline import Baseline
from neurograph.cost.beside_trees import Trees
from neurograph.cost.complexity import Complexity, of_network
from neurograph.cost.estimate import EnergyEstimate
from neurograph.cost.validation import Validation
from neurograph.cost.witness import Witness
from neurograph.runtime.record import (
    FLOAT,
    REFERENCE,
    EventCounts,
    RunRecord,
    backends_among,
    pairs,
)
from neurograph.tasks import NodeClassification, Task
from neurograph.tasks.yardsticks.measured import Yardsticks

LABELS = {REFERENCE: "integer"}  # on the page, of a result that its name does not explain
TITLES = {FLOAT: "trained network, in floats", REFERENCE: "quantised network, built-in reference"}


@dataclass(frozen=True, kw_only=True)
class Result:
    """One result of a run, by the name of its record: "float", "reference", or a backend's.

    Attributes:
        alone: whether no floats stand beside it, so that the reference needs no other name.
    """

    name: str
    alone: bool = False

    @property
    def label(self) -> str:
        """Its name on the page."""
        return self.name if self.alone else LABELS.get(self.name, self.name)


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two results that are compared; the second should equal the first."""

    first: Result
    second: Result

    @property
    def key(self) -> str:
        """In report.json; as `verify.Agreement.pair`."""
        return f"{self.first.name}->{self.second.name}"

    @property
    def label(self) -> str:
        """In a table of pairs."""
        return f"{self.second.label} with {self.first.label}"

    @property
    def title(self) -> str:
        """Of what is said about this pair."""
        second = self.second.label
        if self.second.name == REFERENCE:  # names of backends stay as they are
            second = second.capitalize()
        return f"{second} against {self.first.label}"


@dataclass(frozen=True, eq=False, kw_only=True)
class ReportInput:
    """All that a report is made of; the records cover the same nodes in the same order.

    Attributes:
        deployment: what ran.
        records: by name; "reference" is needed, "float" is null in the report where it is missing.
        truth: ``(nodes,)``, what is right of every node or sample in the records.
        ids: ``(nodes,)``, what the source calls every node in the records; by default its number.
        graph_truth: ``(N,)``, what is right of every node of the graph, below 0 where a class is
            not known; where all nodes hear each other.
        graph_ids: ``(N,)``, what the source calls them; by default their numbers.
        trees: what sampled trees of the same model would cost, where all nodes hear each other.
        predicted: what the manifest says of predictions by these integers, if any were made.
        learned: how many of the nodes in the records the network was trained on.
        known: bool ``(nodes,)``, where that is known; by default, where it is at least 0.
        agreements: by pair, "float->reference" and "reference->BACKEND", each as
            `verify.Agreement.to_dict` gives it; `state_identical` is read in place of
            `final_states` where it is given.
        counts: the events of the run on the reference.
        energy: what they cost.
        training: the rows of metrics.jsonl.
        baselines: models without spikes, run over the same nodes of the same graph and features.
        yardsticks: simple methods on the same graph, features and split; None if not measured.
        seconds: wall time per record, where it is known.
        training_seconds: wall time of the training, where it is known.
        titles: what a backend is, in a few words, where that is known.
        validation: the chip's profile beside what was measured on the chip, if it ever was.
        task: what was asked of the nodes; of samples, classes.
        witnesses: what backends that simulate the chip say of energy and time, by record.
        words: what the records are over: nodes of a graph, or samples, of which no floats, training
            or graph is known.

    Raises:
        RunError: no record of the reference; records, labels, events or baselines of other nodes;
            any of these, or yardsticks, of another network, graph, features or split than those of
            the deployment.
    """

    deployment: Deployment
    records: Mapping[str, RunRecord]
    truth: Array
    agreements: Mapping[str, Mapping[str, Any]]
    counts: EventCounts
    energy: EnergyEstimate
    training: Sequence[Mapping[str, Any]] = ()
    baselines: Sequence[Baseline] = ()
    yardsticks: Yardsticks | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)
    training_seconds: float | None = None
    titles: Mapping[str, str] = field(default_factory=dict)
    task: Task = field(default_factory=NodeClassification)
    known: Array | None = None
    learned: int = 0
    ids: Array | None = None
    graph_truth: Array | None = None
    graph_ids: Array | None = None
    predicted: Mapping[str, Any] | None = None
    trees: Trees | None = None
    validation: Validation | None = None
    witnesses: Mapping[str, Witness] = field(default_factory=dict)
    words: Words = NODES

    def __post_init__(self) -> None:
        truth = np.asarray(self.truth)
        object.__setattr__(self, "truth", frozen(truth, truth.dtype))
        if REFERENCE not in self.records:
            raise RunError("report: no record of the reference; run first: neurograph run")
        nodes = self.reference.nodes
        if self.truth.shape != nodes.shape:
            raise RunError(f"report: {len(self.truth)} labels for {len(nodes)} nodes in the record")
        for name, record in self.records.items():
            self._check_record(name, record)
        made_by, wanted = self.counts.network_sha256, self.deployment.quantized.sha256
        if made_by != wanted:
            raise RunError(
                f"report: events of network {made_by[:12]}, the deployment "
                f"holds {wanted[:12]}; run again: neurograph run"
            )
        for baseline in self.baselines:
            self._check_baseline(baseline)
        self._check_yardsticks()

    def _check_record(self, name: str, record: RunRecord) -> None:
        """Raise RunError unless it is of the reference's nodes and the deployment's network."""
        if not np.array_equal(record.nodes, self.reference.nodes):
            raise RunError(
                f"report: records 'reference' and '{name}' are of different nodes; "
                "run again: neurograph run"
            )
        made_by, wanted = record.network_sha256, self.deployment.quantized.sha256
        if name != FLOAT and made_by != wanted:
            raise RunError(
                f"report: record '{name}' was made by network {made_by[:12]}, the deployment "
                f"holds {wanted[:12]}; run again: neurograph run"
            )

    @cached_property
    def complexity(self) -> Complexity:
        """Operations of the integers that ran."""
        return of_network(self.deployment.quantized, self.counts, self.deployment.network)

    @property
    def scored(self) -> int:
        """How many nodes have a known answer."""
        return int(np.count_nonzero(self._known))

    @property
    def _known(self) -> Array:
        known: Array = self.truth >= 0 if self.known is None else np.asarray(self.known)
        return known

    def score(self, record: RunRecord | None) -> dict[str, float | None]:
        """Scores of a record over the nodes of known truth; None where there is none."""
        if record is None:
            return {score.name: None for score in self.task.scores}
        return self.score_outputs(record.logits)

    def score_outputs(self, outputs: Array) -> dict[str, float | None]:
        """The same for outputs ``(nodes, outputs)`` of the nodes in the records."""
        return self.task.scores_where(self._known, outputs, self.truth)

    @property
    def of_graph(self) -> bool:
        """Whether a model was trained on a graph; else integers came in a file."""
        return self.deployment.network is not None

    def _check_yardsticks(self) -> None:
        """Raise RunError unless they are of the same graph, features, split and task."""
        if self.yardsticks is None:
            return
        other = [
            n for n, value in self._judged_on().items() if getattr(self.yardsticks, n) != value
        ]
        if other:
            what = ", ".join(name.removesuffix("_sha256") for name in other)
            raise RunError(f"report: yardsticks are of another {what}; run: neurograph baseline")

    def _judged_on(self) -> dict[str, str]:
        """What the deployment was trained for, and on."""
        given = self.deployment.provenance
        return {
            "graph_sha256": given["graph"]["sha256"],
            "features_sha256": given["features"]["sha256"],
            "split": given["split"],
            "task": self.task.name,
        }

    def _check_baseline(self, baseline: Baseline) -> None:
        """Raise RunError unless it is of the same nodes, graph, features and split."""
        wanted = {"nodes_sha256": fingerprint(self.reference.nodes), **self._judged_on()}
        other = [name for name, value in wanted.items() if getattr(baseline, name) != value]
        if other:
            what = ", ".join(name.removesuffix("_sha256") for name in other)
            raise RunError(
                f"report: baseline {baseline.model} is of other {what}; train it on the same graph "
                "and features, and run both with the same --nodes and --limit"
            )

    @property
    def reference(self) -> RunRecord:
        return self.records[REFERENCE]

    @property
    def backends(self) -> tuple[Result, ...]:
        """Results that must equal the reference's."""
        return tuple(self._result(name) for name in backends_among(self.records))

    def _result(self, name: str) -> Result:
        return Result(name=name, alone=not self.of_graph)

    @property
    def results(self) -> tuple[Result, ...]:
        """All results; that of floats may be missing among the records, or there are none."""
        floats = (self._result(FLOAT),) if self.of_graph else ()
        return (*floats, self._result(REFERENCE), *self.backends)

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """What is compared: floats with integers, and every backend with the reference."""
        return tuple(
            Pair(first=self._result(first), second=self._result(second))
            for first, second in pairs(self.records)
            if self.of_graph or first != FLOAT
        )

    def title(self, result: Result) -> str:
        """What it is, in a few words; its name where that is not known."""
        own = TITLES.get(result.name)
        if own and result.alone:
            return own.rpartition(", ")[2]  # it was given in integers
        return own or self.titles.get(result.name, result.name)
