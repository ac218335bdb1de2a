"""The folder of a run while a model is trained: the old one goes when the new one is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io.split_folder import save_split
from neurograph.graphs.splits import Split
from neurograph.runtime.backends import Say
from neurograph.workflow.folder import RunFolder
from neurograph.workflow.grown import keep_graph
from neurograph.workflow.latest import point_latest
from neurograph.workflow.manifest import (
    add_entry,
    change_entry,
    command_line,
    keep_entries,
    read_entries,
    write_config,
)
from neurograph.workflow.set_aside import let_go, put_back, stands_aside


@dataclass(kw_only=True)
class TrainingFolder:
    """Told by a training before it writes; nothing changes until an epoch is done.

    Attributes:
        facts: of the manifest's entry, settings among them.
        resumed: whether a training goes on that is there already.
        say: is told where `runs/latest` cannot be set.
        begun: whether anything was written.
    """

    folder: RunFolder
    graph: TemporalGraph
    split: Split
    facts: Mapping[str, Any]
    resumed: bool
    say: Say
    begun: bool = field(default=False, init=False)

    def before_writing(self) -> None:
        """Make room; see `models.training.train.Listener`."""
        if not self.begun:
            (self._go_on if self.resumed else self._begin)()
            self.begun = True

    def after_writing(self, *, best: bool) -> None:
        """Let go of what is of the model before; see `models.training.train.Listener`."""
        let_go(self.folder.path)
        if best and self.resumed:
            self.folder.clear_made()
            keep_entries(self.folder.manifest, "train", "baseline")

    def undo(self) -> bool:
        """Leave nothing of a new run without a whole epoch; whether an old one is back."""
        if not stands_aside(self.folder.path):
            return False
        self.folder.clear()
        self.begun = False
        return put_back(self.folder.path)

    def _begin(self) -> None:
        folder, settings = self.folder, self.facts["settings"]
        folder.put_aside()
        add_entry(folder.manifest, "train", self.facts)  # first: it says that this is a run
        write_config(folder.config, settings)
        save_split(self.split, folder.path)
        keep_graph(self.graph, settings, folder.path)
        point_latest(folder, self.say)

    def _go_on(self) -> None:
        folder, settings = self.folder, self.facts["settings"]
        before = read_entries(folder.manifest)["train"].get("resumed", [])
        facts = {"settings": settings, "resumed": [*before, command_line()]}
        change_entry(folder.manifest, "train", facts)
        write_config(folder.config, settings)
        point_latest(folder, self.say)

    def spent(self, seconds: float) -> None:
        """Add to the time of the training, in the manifest; other files hold no times."""
        if self.begun:
            before = read_entries(self.folder.manifest)["train"].get("seconds", 0.0)
            change_entry(self.folder.manifest, "train", {"seconds": round(before + seconds, 3)})
