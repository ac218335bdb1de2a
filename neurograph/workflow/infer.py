"""Run the integers on a backend, with floats and the reference beside it: writes records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neurograph.core.arrays import fingerprint
from neurograph.runtime.backends import find_backend
from neurograph.runtime.record import InferredPart, RunRecord
from neurograph.workflow.inference import Inference
from neurograph.workflow.inferred import keep_all
from neurograph.workflow.laid_out import laid_out
from neurograph.workflow.run import Run
from neurograph.workflow.run_entry import RunEntry
from neurograph.workflow.running import Running
from neurograph.workflow.sites import sites_of
from neurograph.workflow.stages import Stages, in_stages
from neurograph.workflow.ui import SILENT, Ui


def infer(
    run: Run,
    *,
    backend: str | None = None,
    part: str = "test",
    limit: int | None = None,
    resume: bool = False,
    from_snapshot: int = 0,
    keep_state: int = 0,
    options: Mapping[str, Any] | None = None,
    ui: Ui = SILENT,
) -> InferredPart:
    """Run the float network, the integer reference and a backend over the same nodes.

    Records of other backends stay where they are of the same nodes and integers.

    Args:
        backend: default: the one exported for.
        part: whose nodes, as `Dataset.nodes` takes it.
        limit: at most so many nodes.
        resume: go on from where an interrupted run was.
        from_snapshot: go on from the state that was kept after so many snapshots of a whole
            graph; 0: from the first one.
        keep_state: keep the state after so many snapshots; 0: none.
        options: the backend's own, by name.
    """
    with run.folder.lock("run"):
        run.forget("deployment")  # read before the lock held, it may be another by now
        deployment, name = run.deployment, backend or run.backend
        chosen = find_backend(name)
        if sites := sites_of(deployment.quantized, deployment.placement, deployment.profile):
            chosen = chosen.placed(sites)
        settings = chosen.settings(options or {})
        nodes = run.dataset.nodes(part, limit, ui.say)
        plan: dict[str, Any] = {"deployment": run.folder.deployment_sha256}
        stages = Stages(folder=run.path, begin=from_snapshot, keep=keep_state)
        running = Running(name=name, backend=chosen, options=settings)
        if stages.facts:
            running = in_stages(running, stages, deployment, run.dataset)
            plan |= stages.facts
        tree, seed = deployment.tree, deployment.sample_seed
        of = Inference(
            integers=deployment.quantized,
            floats=deployment.network,
            layout=laid_out(run.dataset, nodes, tree, seed=seed),
        )
        packages = chosen.packages
        about = RunEntry(nodes=part, nodes_sha256=fingerprint(nodes), packages=packages)
        how = options or {}
        return keep_all(run, of, running, about, plan=plan, options=how, resume=resume, ui=ui)


def score(run: Run, records: Mapping[str, RunRecord]) -> dict[str, dict[str, float | None]]:
    """Scores of every record, by their names; None where no truth is known."""
    return {name: run.dataset.score(r.logits, r.nodes) for name, r in records.items()}
