"""Where a deployment comes from: graph, features, split, settings, versions, command."""

from __future__ import annotations

from typing import Any

from neurograph.core.versions import versions
from neurograph.workflow.manifest import PACKAGES
from neurograph.workflow.run import Run


def provenance(run: Run) -> dict[str, Any]:
    """JSON values about what the run's model was made of."""
    trained, dataset = run.trained, run.dataset
    graph, settings = dataset.graph, trained["settings"]
    return {
        "graph": {
            "name": graph.name,
            "sha256": graph.sha256,
            "generated": graph.generated,
            "source": graph.meta.get("source", ""),
            "licence": graph.meta.get("licence", ""),
            "nodes": graph.num_nodes,
            "steps": graph.num_steps,
            "classes": list(graph.label_names),
        },
        "features": {"method": trained["features"], "sha256": trained["features_sha256"]},
        "checkpoint": {"sha256": run.checkpoint_sha256, "model": settings["model"]},
        "task": dataset.task.name,
        "split": dataset.split.name,
        "seed": settings["seed"],
        "settings": settings,
        "versions": versions(PACKAGES),
        "command": trained.get("command", ""),
    }
