"""A run folder: where one training and everything made from it lives."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from neurograph.core.arrays import fingerprint
from neurograph.core.errors import RunError
from neurograph.core.reading import read_bytes
from neurograph.runtime.record import FLOAT, REFERENCE
from neurograph.workflow.lock import locked
from neurograph.workflow.run_files import RunFiles
from neurograph.workflow.set_aside import put_aside, settle


class RunFolder(RunFiles):
    """The files of a run, and what is there of them; one command at a time."""

    def clear_results(self, keep: Collection[str] = ()) -> None:
        """Remove what an earlier run left, so that old and new are never mixed.

        Args:
            keep: backends whose records are of the same integers and nodes, and stay.
        """
        kept = {self.record(backend) for backend in keep}
        marks = self.events, self.baseline  # that all is there
        _remove(*marks, *(path for path in self.records() if path not in kept))

    def clear_reports(self) -> None:
        """Remove the pages about an older deployment."""
        _remove(*self.reports)

    def clear_made(self) -> None:
        """Remove all that was made of the trained model, which becomes another one."""
        self.clear_results()
        _remove(*self.made)

    def clear(self) -> None:
        """Remove a run, whatever it is of; other files in the folder stay."""
        self.clear_made()
        _remove(*self.begun, self.manifest)  # the manifest last: it says that this is a run

    def put_aside(self) -> None:
        """Move a run, whatever it is of, to where it can return from; raises as `put_aside`."""
        results = self.events, self.baseline, *self.records()
        put_aside(self.path, (*self.begun, *results, *self.made, self.manifest))

    def require(self, file: Path, remedy: str) -> Path:
        """`file` if it exists.

        Raises:
            RunError: it does not; the message names the command that makes it.
        """
        if not file.exists():
            self.refuse_import()
            raise RunError(f"{self.path}: no {file.name}; run first: {remedy}")
        return file

    def digest(self, file: Path, remedy: str) -> str:
        """Fingerprint of a file of this folder; raises as `require`, and where it is no file."""
        return fingerprint(read_bytes(self.require(file, remedy)))

    @property
    def deployment_sha256(self) -> str:
        """Fingerprint of the file that `export` wrote; raises as `digest`."""
        return self.digest(self.deployment, "neurograph export")

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

    @contextmanager
    def lock(self, command: str) -> Iterator[None]:
        """Keep other commands out of this folder while a block runs; raises as `locked`."""
        with locked(self.path, command):
            settle(self.path, stands=self.best.exists() or self.last.exists())
            yield


def _remove(*paths: Path) -> None:
    """Files and folders, as far as they are there; a link goes, and not what it leads to."""
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
