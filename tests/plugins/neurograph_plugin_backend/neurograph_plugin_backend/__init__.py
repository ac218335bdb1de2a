"""The plain reference as a backend: slow, and the same to the bit."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass

from neurograph.core.arrays import Array
from neurograph.core.errors import BackendError
from neurograph.core.finding import CHECKUP, Finding
from neurograph.core.setting import setting
from neurograph.ir import QNetwork
from neurograph.runtime.backends import Backend, Feed, Progress, Say
from neurograph.runtime.record import RunRecord
from neurograph.runtime.reference import run_plain


@dataclass(frozen=True, kw_only=True)
class PlainOptions:
    """What can be chosen."""

    patience: float = setting(60.0, "refuse what would take longer", unit="minutes", group=CHECKUP)
    aloud: bool = setting(False, "say of every chunk that it runs", option="--speak")

    def __post_init__(self) -> None:
        if self.patience <= 0:
            raise BackendError(f"--patience is {self.patience:g} minutes, needed more than 0")


class PlainBackend(Backend):
    """One node and one hardware step at a time."""

    title = "plain reference, step by step"
    options = PlainOptions

    def run(
        self,
        network: QNetwork,
        feed: Feed,
        nodes: Array,
        options: PlainOptions,
        *,
        chunk: int,
        progress: Progress | None = None,
        say: Say | None = None,
    ) -> Generator[RunRecord, None, None]:
        """See `Backend.run`."""
        for start in range(0, len(nodes), chunk):
            part = slice(start, min(start + chunk, len(nodes)))
            if options.aloud and say:
                say(f"plain: nodes {part.start + 1} to {part.stop}")
            yield run_plain(network, feed(part), nodes[part])
            if progress:
                progress(part.stop, len(nodes))

    def checkup(self, options: PlainOptions) -> Iterable[Finding]:
        """It needs nothing but time."""
        yield Finding(name="plain", state="ok", found=f"has {options.patience:g} minutes")
