"""The backend 'loihi-sim': the Lava CPU simulator, as `neurograph` finds it."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from neurograph.core.arrays import Array
from neurograph.core.finding import CHECKUP, Finding
from neurograph.core.setting import setting
from neurograph.ir import QNetwork
from neurograph.runtime.backends import Backend, Feed, Progress, Say
from neurograph.runtime.record import RunRecord


@dataclass(frozen=True, kw_only=True)
class LavaOptions:
    """Options of a run on Lava; see `runner.stream`."""

    python: str | None = setting(
        None,
        "interpreter that has Lava [default the running one]",
        option="--lava-python",
        group=CHECKUP,
        program=True,
    )
    lowering: str = setting(
        "fused",
        "what layers become, stock being Lava's own connections and membranes, to compare",
        known=("fused", "stock"),
    )
    batch: int | None = setting(
        None, "nodes side by side in a Lava process [default what memory allows]"
    )


class LavaBackend(Backend):
    """Intel's Lava in a worker process; equal to the reference to the bit."""

    title = "Lava CPU simulator of Loihi"
    options = LavaOptions
    packages = ("lava-nc",)

    def run(
        self,
        network: QNetwork,
        feed: Feed,
        nodes: Array,
        options: Any,
        *,
        chunk: int,
        progress: Progress | None = None,
        say: Say | None = None,
    ) -> Generator[RunRecord, None, None]:
        """See `Backend.run`, and `runner.stream`, which this is."""
        from neurograph_lava import stale
        from neurograph_lava.runner import stream  # which Lava's worker does without

        stale.tidy_up()
        chosen = asdict(options)
        return stream(network, feed, nodes, chunk=chunk, progress=progress, say=say, **chosen)

    def go_on(
        self,
        network: QNetwork,
        feed: Feed,
        begun: RunRecord,
        options: Any,
        *,
        progress: Progress | None = None,
        say: Say | None = None,
    ) -> Generator[RunRecord, None, None]:
        """See `Backend.go_on`, and `runner.go_on`."""
        from neurograph_lava.runner import go_on

        inputs = feed(slice(0, len(begun.nodes)))
        return go_on(network, inputs, begun, progress=progress, say=say, **asdict(options))

    def checkup(self, options: Any) -> Iterable[Finding]:
        """See `checkup.checkup`."""
        from neurograph_lava.checkup import checkup

        return checkup(python=options.python)
