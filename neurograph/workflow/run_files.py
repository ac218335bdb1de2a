"""Names of the files of a run; nothing is opened until it is needed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from neurograph.core.names import check_name
from neurograph.core.reading import within
from neurograph.workflow.state_files import states_in

TRAINED_ON = ("split.npz", "trained-graph", "yardsticks.json")  # what is kept of it, by others


@dataclass(frozen=True)
class RunFiles:
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
    def last(self) -> Path:
        """The model after the last epoch, to train on."""
        return self.at("checkpoint/last.safetensors")

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
        return self.at("validation.json")

    @property
    def chunks(self) -> Path:
        """Folder of what an unfinished inference has done so far."""
        return self.at(".parts")

    def records(self) -> list[Path]:
        """Files of all records of the last run."""
        return [self.at(path.name) for path in sorted(self.path.glob("record-*.h5"))]

    @property
    def reports(self) -> tuple[Path, Path]:
        return self.path / "report.html", self.path / "report.json"

    @property
    def made(self) -> tuple[Path, ...]:
        """What commands have made of the trained model, but for results of its last inference."""
        return self.deployment, *self.reports, *states_in(self.path), self.chunks

    @property
    def begun(self) -> tuple[Path, ...]:
        """What a training or an import has left, but for the manifest."""
        kept = (self.path / name for name in TRAINED_ON)
        of_import = self.imported, self.given
        return self.checkpoint, self.metrics, self.config, self.validation, *of_import, *kept
