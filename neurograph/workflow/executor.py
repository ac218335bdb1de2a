"""What computes a model's answers: floats, integers, or a backend; record after record."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from neurograph.core.arrays import Array
from neurograph.graphs.sampling import TreeSpec
from neurograph.ir import Network, QNetwork
from neurograph.runtime import reference
from neurograph.runtime.backends import Backend, Options, Progress, Say
from neurograph.runtime.record import FLOAT, RunRecord
from neurograph.runtime.reference.backend import ReferenceBackend
from neurograph.workflow.layout import Layout
from neurograph.workflow.trees import Trees

if TYPE_CHECKING:
    from neurograph.models import Checkpoint


@dataclass(frozen=True, eq=False)
class Ran:
    """A record of consecutive rows, and the payloads that the integers were given."""

    record: RunRecord
    payloads: Mapping[str, Array] | None = None


Running = Generator[Ran, None, None]  # to be closed: leaving it half-way ends what runs behind it


@dataclass(frozen=True, eq=False, kw_only=True)
class Executor(ABC):
    """Runs a trained model over rows of inputs.

    Attributes:
        name: of its records: "float", "reference", or a backend's.
        tree: what it is given per node; None: the whole graph.
        seed: of the draws.
        layer: the population that the readout reads; empty where the model has no spikes.
    """

    name: str
    tree: TreeSpec | None
    seed: int
    layer: str = ""

    @property
    def integers(self) -> QNetwork | None:
        """What runs, where it is integers."""
        return None

    @property
    def packages(self) -> tuple[str, ...]:
        """Distributions whose versions decide what comes out, beside the usual ones."""
        return ()

    @abstractmethod
    def run(self, layout: Layout, progress: Progress, say: Say) -> Running:
        """Records of all rows of `layout`, in order."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Floats(Executor):
    """The network in double precision."""

    network: Network

    def run(self, layout: Layout, progress: Progress, say: Say) -> Running:  # noqa: ARG002
        """See `Executor.run`."""
        rows = layout.rows
        for part in layout.parts():
            yield Ran(reference.run_float(self.network, layout.inputs(part), rows[part]))
            progress(part.stop, len(layout))


@dataclass(frozen=True, eq=False, kw_only=True)
class Integers(Executor):
    """The integers, on the reference or on another backend.

    Attributes:
        options: the backend's own.
    """

    network: QNetwork
    backend: Backend = field(default_factory=ReferenceBackend)
    options: Options = None

    @property
    def integers(self) -> QNetwork:
        return self.network

    @property
    def packages(self) -> tuple[str, ...]:
        return self.backend.packages

    def run(self, layout: Layout, progress: Progress, say: Say) -> Running:
        """See `Executor.run`."""
        given: dict[int, Mapping[str, Array]] = {}  # by first row; of the chunks under way alone

        def feed(part: slice) -> Mapping[str, Array]:
            given[part.start] = self.network.encode(layout.inputs(part))
            return given[part.start]

        done, rows, size = 0, layout.rows, layout.size
        running = self.backend.run(
            self.network, feed, rows, self.options, chunk=size, progress=progress, say=say
        )
        with closing(running) as records:
            for record in records:
                yield Ran(record, given.pop(done))
                done += len(record.nodes)


@dataclass(frozen=True, eq=False, kw_only=True)
class WithoutSpikes(Executor):
    """A model without spikes, in PyTorch."""

    checkpoint: Checkpoint

    def run(self, layout: Layout, progress: Progress, say: Say) -> Running:  # noqa: ARG002
        """See `Executor.run`."""
        from neurograph.models.training.predict import forward, infer

        assert isinstance(layout, Trees)  # a model without spikes has no other
        model, rows = forward(self.checkpoint), layout.rows
        values = layout.dataset.features.values
        for part in layout.parts():
            logits, _ = infer(model, values, layout.slots(part))
            yield Ran(_of_logits(rows[part], logits))
            progress(part.stop, len(layout))


def _of_logits(nodes: Array, logits: Array) -> RunRecord:
    return RunRecord(
        backend=FLOAT, nodes=nodes, spikes={}, final={}, logits=logits, network_sha256=""
    )
