"""The trained run that another training goes on from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neurograph.core.errors import RunError
from neurograph.workflow.features_place import find_features
from neurograph.workflow.folder import RunFolder
from neurograph.workflow.graph_place import find_graph
from neurograph.workflow.run import Run


@dataclass(frozen=True, eq=False)
class Start:
    """A trained run that another training goes on from.

    Attributes:
        graph: its folder.
        method: of its features.
        settings: as that run's manifest has them.
    """

    run: Run
    graph: Path
    method: str
    settings: Mapping[str, Any]

    @classmethod
    def of(cls, run: Run) -> Start:
        """Raises RunError unless a model was trained there, and DataError if its input changed."""
        assert run.dataset
        run.folder.require(run.folder.best, "neurograph train")
        trained = run.trained
        return cls(
            run,
            find_graph(trained, run.path),
            find_features(trained, run.path),
            trained["settings"],
        )

    def check_other(self, folder: RunFolder) -> None:
        """Raise RunError if the new training would overwrite what it starts from."""
        if folder.path.resolve() == self.run.path.resolve():
            raise RunError(f"{folder.path}: the run to start from; give another folder (-o)")

    def facts(self) -> dict[str, Any]:
        """What the manifest of the new run says of the old one."""
        return {"run": str(self.run.path), "checkpoint_sha256": self.run.checkpoint_sha256}
