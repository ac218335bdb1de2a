"""The backend 'sanafe': a second opinion on spikes, energy and time, as `neurograph` finds it."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import Any

from neurograph.core.arrays import Array
from neurograph.core.finding import CHECKUP, Finding
from neurograph.core.setting import setting
from neurograph.ir import QNetwork
from neurograph.runtime.backends import Backend, Feed, Progress, Say
from neurograph.runtime.record import RunRecord
from neurograph.runtime.sites import Sites


@dataclass(frozen=True, kw_only=True)
class SanafeOptions:
    """Options of a run on SANA-FE."""

    sanafe_python: str | None = setting(
        None,
        "interpreter that has SANA-FE [default that of NEUROGRAPH_SANAFE, else .venv-sanafe]",
        group=CHECKUP,
        program=True,
    )


class SanafeBackend(Backend):
    """SANA-FE in a process of its own; equal to the reference where it runs a network at all."""

    title = "SANA-FE, a simulator of energy and time"
    options = SanafeOptions

    def __init__(self, sites: Sites | None = None) -> None:
        self.sites = sites

    def placed(self, sites: Sites) -> SanafeBackend:
        """See `Backend.placed`."""
        return SanafeBackend(sites)

    def run(
        self,
        network: QNetwork,
        feed: Feed,
        nodes: Array,
        options: Any,
        *,
        chunk: int,
        progress: Progress | None = None,
        say: Say | None = None,  # noqa: ARG002
    ) -> Generator[RunRecord, None, None]:
        """See `Backend.run`, and `runner.stream`, which this is."""
        from neurograph_sanafe.runner import stream

        return stream(
            network,
            feed,
            nodes,
            sites=self.sites,
            chunk=chunk,
            python=options.sanafe_python,
            progress=progress,
        )

    def checkup(self, options: Any) -> Iterable[Finding]:
        """See `checkup.checkup`."""
        from neurograph_sanafe.checkup import checkup

        return checkup(options.sanafe_python)
