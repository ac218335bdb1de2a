"""Where everything came from: graph, features, checkpoint, versions, hashes, sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neurograph.chip.deployment import Deployment
from neurograph.report.inputs import ReportInput
from neurograph.report.section import Section


def _data(run: ReportInput) -> dict[str, Any]:
    return {
        "sources": dict(run.deployment.profile.sources),
        "provenance": _provenance(run.deployment),
    }


def _provenance(deployment: Deployment) -> dict[str, Any]:
    given = deployment.provenance
    origins = {name: dict(given.get(name) or {}) for name in ("graph", "features", "checkpoint")}
    split = given.get("split")
    return {
        **given,
        **origins,
        "graph": {
            **origins["graph"],
            "name": str(origins["graph"].get("name", "graph")),
            "generated": bool(origins["graph"].get("generated", False)),
        },
        "split": dict(split) if isinstance(split, Mapping) else {"name": split},
        "seed": given.get("seed"),
        "command": given.get("command"),
        "versions": dict(given.get("versions") or {}),
        "sample_seed": deployment.sample_seed,
        "hashes": {
            **{name: origin.get("sha256") for name, origin in origins.items()},
            "integers": deployment.quantized.sha256,
        },
    }


SECTION = Section(name="provenance", title="Provenance", data=_data)
