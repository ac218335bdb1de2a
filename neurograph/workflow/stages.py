"""Where a run of a whole graph begins, and after which snapshot it keeps the state."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from neurograph.chip.deployment import Deployment
from neurograph.core.errors import RunError
from neurograph.ir import OnChipReadout
from neurograph.runtime.backends import Backend
from neurograph.runtime.record import REFERENCE
from neurograph.runtime.reference.backend import ReferenceBackend
from neurograph.workflow.dataset import Dataset
from neurograph.workflow.running import Running
from neurograph.workflow.staged import Staged
from neurograph.workflow.states import Whole


@dataclass(frozen=True, kw_only=True)
class Stages:
    """Where a run begins, and after which snapshot a state is kept.

    Attributes:
        folder: of the run.
        begin: snapshots that are done, whose state was kept; 0: none.
        keep: keep the state after so many; 0: no state.
    """

    folder: Path
    begin: int = 0
    keep: int = 0

    def check(self, deployment: Deployment) -> None:
        """Raise RunError unless such a run can be in stages."""
        network, asked = deployment.quantized, self._asked()
        if not asked:
            return
        if deployment.tree is not None:
            raise RunError(
                f"{asked}: a sampled tree holds all snapshots of its node, and is drawn anew in "
                "every run, so that no state of it can go on; needed: export --mapping resident"
            )
        if isinstance(network.readout, OnChipReadout):
            raise RunError(
                f"{asked}: the readout on the chip has a clock neuron and gates for every "
                "snapshot, which do not go on; needed: export --readout host"
            )
        if self.begin and not 0 < self.begin < network.steps:
            raise RunError(
                f"--from-snapshot is {self.begin}, and the deployment has snapshots 0 to "
                f"{network.steps - 1}; needed 1 to {network.steps - 1}. A graph that has gone on "
                "is exported first: neurograph export"
            )
        if self.keep and not self.begin < self.keep <= network.steps:
            raise RunError(
                f"--keep-state is {self.keep}; needed {self.begin + 1} to {network.steps}, "
                "snapshots that are done"
            )

    def _asked(self) -> str:
        given = {"--from-snapshot": self.begin, "--keep-state": self.keep}
        return " and ".join(name for name, value in given.items() if value)

    def of(self, name: str, backend: Backend, whole: Whole) -> Staged:
        """The backend, ready to run so; raises as `Whole.taken_up`."""
        begun = whole.taken_up(self.folder, name, self.begin) if self.begin else None
        return Staged(name, backend, self.folder, self.keep, whole, begun)

    @property
    def facts(self) -> dict[str, Any]:
        """What of them decides the files that a run leaves."""
        given = {"from_snapshot": self.begin, "keep_state": self.keep}
        return {name: value for name, value in given.items() if value}


def in_stages(on: Running, stages: Stages, deployment: Deployment, dataset: Dataset) -> Running:
    """The same running in stages, on the reference beside it as well.

    Raises:
        RunError: a run that cannot be in stages, or a state that it cannot go on from.
    """
    stages.check(deployment)
    network = deployment.quantized
    payloads = network.encode(dataset.whole_inputs())
    whole = Whole(graph=dataset.graph, network=network, payloads=payloads)
    beside = stages.of(REFERENCE, ReferenceBackend(), whole)
    if isinstance(on.backend, ReferenceBackend):  # which runs beside, in any case
        return replace(on, reference=beside)
    return replace(on, backend=stages.of(on.name, on.backend, whole), reference=beside)
