"""A run, opened: everything in its folder, read when it is first asked for, checked, and kept."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurograph.chip.deployment import Deployment
from neurograph.core.errors import RunError
from neurograph.ir import QNetwork
from neurograph.runtime.record import EventCounts, RunRecord
from neurograph.workflow import store
from neurograph.workflow.dataset import Dataset
from neurograph.workflow.folder import RunFolder
from neurograph.workflow.graph_place import note_moved
from neurograph.workflow.imported import load_imported
from neurograph.workflow.kept_results import load_events
from neurograph.workflow.latest import find_run
from neurograph.workflow.manifest import read_entries, read_trained
from neurograph.workflow.run_entry import RunEntry
from neurograph.workflow.trained_data import trained_data
from neurograph.workflow.unchanged import check_deployment, check_settings

if TYPE_CHECKING:
    from neurograph.models import Checkpoint


class Run:
    """One training and everything made from it.

    Args:
        folder: where it lives; a command that writes holds its lock.
        graph: where its graph is now, if somebody says so; then the manifest does, too.
    """

    def __init__(self, folder: RunFolder | Path, *, graph: Path | None = None) -> None:
        self.folder = folder if isinstance(folder, RunFolder) else RunFolder(folder)
        self.graph = graph

    @classmethod
    def find(cls, path: Path | None = None, *, graph: Path | None = None) -> Run:
        """The run in `path`, or the latest one; raises as `find_run`."""
        return cls(find_run(path), graph=graph)

    @property
    def path(self) -> Path:
        return self.folder.path

    @property
    def entries(self) -> dict[str, Any]:
        """The manifest: what each command read and made."""
        return read_entries(self.folder.manifest)

    @cached_property
    def trained(self) -> dict[str, Any]:
        """What the manifest says of the training.

        Raises:
            RunError: nothing was trained here.
            StoreError: what the manifest says is not of the model that is there.
        """
        if (found := read_trained(self.folder.manifest)) is None:
            self.folder.refuse_import()
            raise RunError(f"{self.path}: nothing trained here; run first: neurograph train")
        check_settings(found, self.folder)
        return found

    @cached_property
    def dataset(self) -> Dataset:
        """What the model was trained on.

        Raises:
            RunError: nothing was trained here.
            DataError: the graph or the features are not what they were then.
        """
        found = trained_data(self.trained, self.path, self.graph)
        if self.graph is not None:
            note_moved(self.folder.manifest, self.trained, self.graph)
        return found

    @cached_property
    def checkpoint(self) -> Checkpoint:
        """The model that validation picked; imports PyTorch.

        Raises:
            RunError: nothing was trained here.
            StoreError, ModelError: a damaged file, or one of another model.
        """
        from neurograph.models import load_checkpoint

        return load_checkpoint(self.folder.require(self.folder.checkpoint, "neurograph train"))

    @property
    def checkpoint_sha256(self) -> str:
        """Fingerprint of the file of that model."""
        return self.folder.digest(self.folder.best, "neurograph train")

    @cached_property
    def deployment(self) -> Deployment:
        """What `export` wrote.

        Raises:
            RunError, StoreError: nothing was exported; or see `check_deployment`.
        """
        file = self.folder.require(self.folder.deployment, "neurograph export")
        deployment = store.load(Deployment, file)
        check_deployment(self, deployment)
        return deployment

    @property
    def backend(self) -> str:
        """What it was exported for; raises as `deployment`."""
        given = self.deployment.provenance
        return str(given.get("backend") or given["target"])  # so in 0.1

    @property
    def network(self) -> QNetwork:
        """The integers, imported or of the deployment, and the errors of either."""
        return load_imported(self.folder) or self.deployment.quantized

    @cached_property
    def records(self) -> dict[str, RunRecord]:
        """What `run` wrote, by backend: "reference" and, of what was trained here, "float".

        Raises RunError if nothing was run, or only other integers.
        """
        self.folder.require_results()
        self.last.check_of(self.network, self.path)
        found = (store.load(RunRecord, path) for path in self.folder.records())
        return {record.backend: record for record in found}

    @cached_property
    def events(self) -> EventCounts:
        """What the integers did in that run; raises as `records`."""
        self.folder.require_results()
        self.last.check_of(self.network, self.path)
        return load_events(self.folder, self.last)

    @property
    def last(self) -> RunEntry:
        """What the manifest says of the last inference."""
        return RunEntry.read(self.entries.get("run"))

    def forget(self, *names: str) -> None:
        """Read these again when they are next asked for: a command has written them."""
        for name in names:
            self.__dict__.pop(name, None)
