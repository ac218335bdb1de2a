"""Whether the files of a run still belong together: none was changed or replaced by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from neurograph.chip.deployment import Deployment
from neurograph.core.errors import RunError, StoreError
from neurograph.models.header import read_settings
from neurograph.workflow.grown import may_grow
from neurograph.workflow.run_files import RunFiles

if TYPE_CHECKING:
    from neurograph.workflow.run import Run

MAY_CHANGE = ("epochs", "device")  # settings of a training that goes on
_WORDS = {"network": "integers", "floats": "floats"}  # of what the manifest notes


def check_settings(trained: Mapping[str, Any], files: RunFiles) -> None:
    """Raise StoreError where the model that is there was trained with other settings.

    Args:
        trained: the entry "train" of the run's manifest.
    """
    if not files.best.exists():
        return
    said, has = trained["settings"], read_settings(files.best)
    both = (said.keys() & has.keys()) - set(MAY_CHANGE)  # an earlier version has fewer
    if differ := sorted(name for name in both if said[name] != has[name]):
        name = differ[0]
        raise StoreError(
            f"{files.manifest}: says {name} = {said[name]!r:.60}, and the model in "
            f"{files.best.name} was trained with {has[name]!r:.60}; restore it, or train again"
        )


def check_deployment(run: Run, deployment: Deployment) -> None:
    """Raise where a deployment is not the one that export made of the run's model and graph.

    Raises:
        StoreError: its networks are not those that the manifest names.
        RunError: the model is another one, or the graph has gone on.
    """
    if deployment.provenance["checkpoint"]["sha256"] != run.checkpoint_sha256:
        raise RunError(
            f"{run.path}: the model changed since it was exported; run first: neurograph export"
        )
    noted = run.entries.get("export") or {}
    found = {"network": deployment.quantized.sha256}
    if deployment.network is not None:
        found["floats"] = deployment.network.sha256
    for what, sha256 in found.items():
        if noted.get(what) not in (None, sha256):
            raise StoreError(
                f"{run.folder.deployment}: its {_WORDS[what]} are not those that export made, by "
                "the manifest; export again: neurograph export"
            )
    graph = deployment.provenance["graph"]["sha256"]
    if may_grow(run.trained) and run.dataset.graph.sha256 != graph:
        raise RunError(
            f"{run.path}: the graph has gone on since it was exported; run first: neurograph export"
        )
