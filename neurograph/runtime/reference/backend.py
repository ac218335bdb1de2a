"""The integer reference as a backend among others."""

from __future__ import annotations

from collections.abc import Generator

from neurograph.core.arrays import Array
from neurograph.ir import QNetwork
from neurograph.runtime.backends import Backend, Feed, Options, Progress, Say
from neurograph.runtime.record import RunRecord
from neurograph.runtime.reference.fast import go_on, run


class ReferenceBackend(Backend):
    """Needs nothing, and is what every other backend must equal."""

    title = "built-in reference"

    def run(
        self,
        network: QNetwork,
        feed: Feed,
        nodes: Array,
        options: Options,  # noqa: ARG002  (there are none)
        *,
        chunk: int,
        progress: Progress | None = None,
        say: Say | None = None,  # noqa: ARG002
    ) -> Generator[RunRecord, None, None]:
        """See `Backend.run`."""
        chunk = chunk if network.nodes is None else max(len(nodes), 1)
        for start in range(0, len(nodes), chunk):
            part = slice(start, min(start + chunk, len(nodes)))
            yield run(network, feed(part), nodes[part])
            if progress:
                progress(part.stop, len(nodes))

    def go_on(
        self,
        network: QNetwork,
        feed: Feed,
        begun: RunRecord,
        options: Options,  # noqa: ARG002
        *,
        progress: Progress | None = None,
        say: Say | None = None,  # noqa: ARG002
    ) -> Generator[RunRecord, None, None]:
        """See `Backend.go_on`."""
        yield go_on(network, feed(slice(0, len(begun.nodes))), begun, progress=progress)
