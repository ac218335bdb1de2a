"""A run folder: where one training and everything made from it lives."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from neurograph.core.errors import RunError
from neurograph.core.names import check_name
from neurograph.core.reading import within
from neurograph.runtime.record import FLOAT, REFERENCE
from neurograph.workflow.lock import locked


@dataclass(frozen=True)
class RunFolder:
    """Names of the files of a run; nothing is opened until it is needed."""

    path: Path

    def at(self, name: str) -> Path:
        """A file of this folder; raises StoreError where a link leads out of it."""
        return within(self.path, name)

    @property
    def checkpoint(self) -> Path:
        return self.at("checkpoint")

    @property
    def best(self) -> Path:
        """The model that validation picked."""
        return self.at("checkpoint/best.safetensors")

    @property
    def metrics(self) -> Path:
        return self.at("metrics.jsonl")

    @property
    def deployment(self) -> Path:
        return self.at("deployment.h5")

    @property
    def imported(self) -> Path:
        return self.at("network.h5")

    @property
    def given(self) -> Path:
        """File of the samples that an imported network ran over last."""
        return self.at("input.h5")

    @property
    def manifest(self) -> Path:
        return self.at("manifest.json")

    @property
    def config(self) -> Path:
        return self.at("config.toml")

    def record(self, backend: str) -> Path:
        """File of the record of what ran: 'float', 'reference', or another backend.

        Raises StoreError for a name that no backend has.
        """
        return self.at(f"record-{check_name(backend, self.path)}.h5")

    @property
    def events(self) -> Path:
        """File of the event counts of the last run; written last, so it says that all is there."""
        return self.at("events.h5")

    @property
    def baseline(self) -> Path:
        """File of what a model without spikes does, and computes."""
        return self.at("baseline.json")

    @property
    def validation(self) -> Path:
        """File of the chip's profile beside what was measured on the chip."""
        return self.path / "validation.json"

    @property
    def chunks(self) -> Path:
        """Folder of what an unfinished inference has done so far."""
        return self.at(".parts")

    def records(self) -> list[Path]:
        """Files of all records of the last run."""
        return [self.at(path.name) for path in sorted(self.path.glob("record-*.h5"))]

    def clear_results(self, keep: Collection[str] = ()) -> None:
        """Remove what an earlier run left, so that old and new are never mixed.

        Args:
            keep: backends whose records are of the same integers and nodes, and stay.
        """
        marks = self.events, self.baseline  # that all is there
        kept = {self.record(backend) for backend in keep}
        old = [path for path in self.records() if path not in kept]
        for path in (*marks, *old):
            path.unlink(missing_ok=True)

    def require(self, file: Path, remedy: str) -> Path:
        """`file` if it exists.

        Raises:
            RunError: it does not; the message names the command that makes it.
        """
        if not file.exists():
            self.refuse_import()
            raise RunError(f"{self.path}: no {file.name}; run first: {remedy}")
        return file

    def require_results(self) -> None:
        """Raise RunError unless an inference has left all that it leaves."""
        imported = self.imported.exists()
        names = (REFERENCE,) if imported else (FLOAT, REFERENCE)
        for file in (*map(self.record, names), self.events):
            if imported and not file.exists():
                remedy = f"run first: neurograph run {self.path} --input FILE"
                raise RunError(f"{self.path}: no {file.name}; {remedy}")
            self.require(file, "neurograph run")

    def refuse_import(self) -> None:
        """Raise RunError if a network was imported here: nothing else is known of it."""
        if self.imported.exists():
            raise RunError(
                f"{self.path}: holds an imported network, without a trained model and a graph, "
                "which this needs; what works on it: neurograph check, run --input, verify, "
                "report, export --to"
            )

    def lock(self, command: str) -> AbstractContextManager[None]:
        """Keep other commands out of this folder while a block runs; raises as `locked`."""
        return locked(self.path, command)
