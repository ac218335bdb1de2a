"""Put everything that is known of a run on a page: writes report.html and report.json."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from neurograph import report
from neurograph.cost.baseline import load_baseline
from neurograph.cost.beside_trees import Trees, of_trees
from neurograph.cost.energy import energy
from neurograph.cost.host import work
from neurograph.cost.witness import Witness, witness
from neurograph.models.registry import without_spikes
from neurograph.runtime.backends import title_of
from neurograph.runtime.record import backends_among
from neurograph.workflow.baseline import check_spikes
from neurograph.workflow.kept_results import check_records, nodes_of
from neurograph.workflow.metrics import metrics_of, seconds_of
from neurograph.workflow.run import Run
from neurograph.workflow.silicon.kept import kept as validation
from neurograph.workflow.verify import NONE, Programs, verify
from neurograph.workflow.yardsticks import kept


def write_report(
    run: Run, baselines: Sequence[Run] = (), programs: Programs = NONE
) -> tuple[Path, Path]:
    """report.html and report.json of the last run of the deployment.

    Args:
        baselines: runs of models without spikes over the same nodes, to set beside it.
        programs: see `verify`.

    Raises:
        RunError: a model without spikes.
    """
    check_spikes(run, "report")
    files = [b.folder.require(b.folder.baseline, "neurograph run on it") for b in baselines]
    compared = [load_baseline(file, without_spikes()) for file in files]
    with run.folder.lock("report"):
        deployment, records = run.deployment, run.records
        counts = run.events.check_of(deployment.quantized)
        check_records(records, run.folder, run.last)
        nodes = nodes_of(records, run.dataset.graph.num_nodes, run.folder)
        estimate = energy(
            deployment.quantized,
            deployment.placement,
            deployment.profile,
            counts,
            work(deployment.quantized, deployment.tree),
        )
        given = report.ReportInput(
            deployment=deployment,
            records=records,
            task=run.dataset.task,
            truth=run.dataset.task.truth(run.dataset.graph)[nodes],
            known=run.dataset.task.known(run.dataset.graph)[nodes],
            learned=int(np.isin(nodes, run.dataset.learned).sum()),
            ids=run.dataset.graph.node_ids[nodes],
            agreements={pair: agreed.to_dict() for pair, agreed in verify(run, programs).items()},
            counts=counts,
            energy=estimate,
            training=metrics_of(run),
            training_seconds=seconds_of(run),
            baselines=compared,
            yardsticks=kept(run),
            seconds={name: one.seconds for name, one in run.last.runs.items()},
            titles={name: title_of(name) for name in backends_among(records)},
            predicted=_predicted(run),
            trees=_trees(run),
            validation=validation(deployment.profile, run.folder.validation),
            witnesses=_witnesses(run),
            graph_truth=run.dataset.task.truth(run.dataset.graph),
            graph_ids=run.dataset.graph.node_ids,
        )
        return report.write(given, run.path)


def _witnesses(run: Run) -> dict[str, Witness]:
    """What backends that simulate the chip say of energy and time."""
    of, told = run.deployment, {name: r.tally for name, r in run.records.items() if r.tally}
    return {
        name: witness(tally, of.quantized, of.placement, of.profile, run.events)
        for name, tally in told.items()
    }


def _trees(run: Run) -> Trees | None:
    """What sampled trees of the model would cost that ran over the whole graph."""
    deployment = run.deployment
    if deployment.tree is not None:
        return None
    config = run.checkpoint.config.over_trees()
    if config.updates != deployment.floats.latency:
        config = config.with_latency(deployment.floats.latency)
    return of_trees(config.network(), config.tree, deployment.profile, run.events)


def _predicted(run: Run) -> dict[str, Any] | None:
    """What the manifest says of predictions by this deployment."""
    made = run.entries.get("predict", {})
    return made if made.get("deployment") == run.folder.deployment_sha256 else None
