"""What the manifest says of an inference: over which nodes, by which backends, how long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from neurograph.core.errors import RunError, StoreError
from neurograph.core.form import NUMBER, Each, Maybe, check_form
from neurograph.ir import QNetwork

FORM = {
    "nodes": Maybe(str),
    "count": Maybe(int),
    "nodes_sha256": Maybe(str),
    "network": Maybe(str),
    "events": Maybe(str),
    "runs": Maybe(Each({"seconds": NUMBER, "options": Maybe(dict), "record": Maybe(str)})),
    "given": Maybe(dict),
}
VERSION_1 = {"seconds": Each(NUMBER), "nodes": str, "targets": int}  # an entry of NeuroGraph 0.1


@dataclass(frozen=True, kw_only=True)
class BackendRun:
    """How one backend ran.

    Attributes:
        seconds: wall time; of a backend, waiting for it and sampling included.
        options: its own, by name, where they are not the default.
        record: fingerprint of its record; "" in a run of an earlier version.
    """

    seconds: float
    options: Mapping[str, Any] = field(default_factory=dict)
    record: str = ""


@dataclass(frozen=True, kw_only=True)
class RunEntry:
    """One inference, by every backend that has run over the same nodes with the same integers.

    Attributes:
        nodes: part of the split; of a run over samples, the name of their file.
        count: how many nodes.
        nodes_sha256, network: fingerprints of the nodes and of the integers.
        events: fingerprint of the event counts; "" in a run of an earlier version.
        runs: by name of the record.
        packages: whose versions decide a number, beside those that always do; not written.
        given: of a run over samples: file, its sha256, samples and steps; else empty.
    """

    nodes: str = ""
    count: int = 0
    nodes_sha256: str = ""
    network: str = ""
    events: str = ""
    runs: Mapping[str, BackendRun] = field(default_factory=dict)
    packages: tuple[str, ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, entry: Mapping[str, Any] | None) -> RunEntry:
        """From the manifest; an empty one where nothing was run."""
        if entry is None or isinstance(entry.get("seconds"), float):  # of a model without spikes
            return cls()
        if "runs" not in entry:
            return cls._of_version_1(entry)
        known = ("nodes", "count", "nodes_sha256", "network", "events")
        runs = {
            name: BackendRun(
                seconds=run["seconds"],
                options=run.get("options", {}),
                record=run.get("record", ""),
            )
            for name, run in entry["runs"].items()
        }
        found = {name: entry[name] for name in known if name in entry}
        return cls(runs=runs, given=entry.get("given", {}), **found)

    @classmethod
    def _of_version_1(cls, entry: Mapping[str, Any]) -> RunEntry:
        """Of NeuroGraph 0.1, whose manifests knew one backend, called target."""
        try:
            check_form(entry, VERSION_1)
        except ValueError as error:
            why = f"run: no 'runs', and {error}"
            raise StoreError(
                f"manifest.json: damaged ({why}); run again: neurograph run"
            ) from error
        options = {entry.get("target"): entry.get("options", {})}
        runs = {
            name: BackendRun(seconds=seconds, options=options.get(name, {}))
            for name, seconds in entry["seconds"].items()
        }
        return cls(nodes=entry["nodes"], count=entry["targets"], runs=runs)

    def options_of(self, backend: str) -> Mapping[str, Any]:
        """The options with which it ran, by name."""
        ran = self.runs.get(backend)
        return ran.options if ran else {}

    def joined(self, before: RunEntry) -> RunEntry:
        """With the runs of an earlier inference, where that was over the same."""
        same = (before.nodes_sha256, before.network) == (self.nodes_sha256, self.network)
        runs = {**before.runs, **self.runs} if same else self.runs
        return RunEntry(
            nodes=self.nodes,
            count=self.count,
            nodes_sha256=self.nodes_sha256,
            network=self.network,
            events=self.events,
            runs=runs,
            given=self.given,
        )

    def check_of(self, network: QNetwork, run: Path) -> None:
        """Raise RunError if results are of other integers: of an export that was broken off.

        What was imported lasts as long as its input, and is looked at when that is read.
        """
        if not self.given and self.network not in ("", network.sha256):
            raise RunError(f"{run}: its results are of other integers; run first: neurograph run")

    def to_dict(self) -> dict[str, Any]:
        """JSON values by name."""
        left = {"packages"} if self.given else {"packages", "given"}
        return {name: value for name, value in asdict(self).items() if name not in left}
