"""What can run an integer network: the built-in reference, and plug-ins found by entry point."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from neurograph.core.arrays import Array
from neurograph.core.errors import BackendError
from neurograph.core.finding import Finding
from neurograph.core.plugins import Registry
from neurograph.core.setting import settings_of
from neurograph.ir import QNetwork
from neurograph.runtime.record import REFERENCE, RunRecord, concatenate
from neurograph.runtime.sites import Sites

CHUNK = 256  # nodes, where nobody says how many
Progress = Callable[[int, int], None]  # (nodes done, nodes in all)
Say = Callable[[str], None]  # one line for the user
# Payloads of the nodes of a slice, per stream ``(nodes, steps, rows, channels)``; the same
# numbers whenever it is asked, for a backend may try a chunk again.
Feed = Callable[[slice], Mapping[str, Array]]
Options = Any  # an instance of a backend's own dataclass


@dataclass(frozen=True, kw_only=True)
class NoOptions:
    """Of a backend that has none."""


class Backend(ABC):
    """Runs a network over many nodes, chunk by chunk: every spike and final state of each.

    Attributes:
        title: what it is, in a few words: "Lava CPU simulator of Loihi".
        options: a frozen dataclass of what may be chosen, every field with a default. Those made by
            `core.setting.setting` are options of `neurograph run`; those of group
            `core.finding.CHECKUP` of `neurograph doctor`, too. One that names a program to
            start says so (``program=True``): it is never taken from a run folder.
        packages: distributions whose versions decide what comes out.
    """

    title: ClassVar[str] = ""
    options: ClassVar[type] = NoOptions
    packages: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def run(
        self,
        network: QNetwork,
        feed: Feed,
        nodes: Array,
        options: Options,
        *,
        chunk: int,
        progress: Progress | None = None,
        say: Say | None = None,
    ) -> Generator[RunRecord, None, None]:
        """Run once per node.

        Close the generator (`contextlib.closing`): leaving it half-way ends what runs behind it.

        Args:
            network: perhaps without a readout; `QNetwork.logits` gives what a record needs.
            feed: integer payloads, each held for `latency` updates.
            nodes: ``(nodes,)`` ids, copied into the records; where nodes hear each other, all of
                the graph, in its order, which run at once and share a record.
            options: made by `settings`.
            chunk: how many nodes a record holds, the last one perhaps fewer; no more than a few
                chunks of inputs and results exist at once.

        Returns:
            Records of consecutive nodes, in order.

        Raises:
            BackendError: the backend cannot express the network, or failed while running it.
        """

    def placed(self, sites: Sites) -> Backend:  # noqa: ARG002
        """The backend of a chip on which the network lies so; itself, where that is no matter.

        What simulates energy and time, too, adds a `Tally` to its records.
        """
        return self

    def go_on(
        self,
        network: QNetwork,  # noqa: ARG002
        feed: Feed,  # noqa: ARG002
        begun: RunRecord,  # noqa: ARG002
        options: Options,  # noqa: ARG002
        *,
        progress: Progress | None = None,  # noqa: ARG002
        say: Say | None = None,  # noqa: ARG002
    ) -> Generator[RunRecord, None, None]:
        """Run the snapshots that are not done yet, of a network whose nodes hear each other.

        `legs.Leg` says what to run, and makes the record.

        Args:
            network: of all snapshots.
            feed: integer payloads of all snapshots; it is asked for all nodes at once.
            begun: the record of the first snapshots, over all nodes, made by this backend.
            options: as of `run`, as are all others.

        Returns:
            One record, of all snapshots.

        Raises:
            BackendError: as of `run`; a backend that cannot set the states of neurons.
        """
        raise BackendError(
            f"{self.title or type(self).__name__} cannot go on from a snapshot: it does not set "
            "states of neurons; run all snapshots, without --from-snapshot and --keep-state"
        )

    def checkup(self, options: Options) -> Iterable[Finding]:  # noqa: ARG002
        """What `neurograph doctor` finds about what the backend needs; nothing by default."""
        return ()

    def settings(self, given: Mapping[str, Any]) -> Options:
        """The options of these names and values, all others by default.

        Raises:
            BackendError: a name that is no option of this backend.
        """
        known = [field.name for field in fields(self.options)]
        if unknown := [name for name in given if name not in known]:
            has = f"it has {', '.join(known)}" if known else "it has none"
            raise BackendError(f"this backend takes no {', '.join(unknown)}; {has}")
        return self.options(**given)

    def kept(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Those of these options that a run folder keeps, and may say: all but programs to start.

        Raises:
            BackendError: a value of another kind than the option's.
        """
        own = {of.name: of for of in settings_of(self.options)}
        for name, value in given.items():
            if name in own and not (value is None or type(value) is own[name].kind):
                raise BackendError(
                    f"{own[name].option} is {str(value)[:80]!r}, needed {own[name].kind.__name__}"
                )
        return {n: x for n, x in given.items() if n not in own or not own[n].program}


BACKENDS = Registry(
    group="neurograph.backends",
    noun="backend",
    base=Backend,
    error=BackendError,
    built_in={REFERENCE: "neurograph.runtime.reference.backend:ReferenceBackend"},
)


def run(
    network: QNetwork,
    payloads: Mapping[str, Array],
    nodes: Array,
    *,
    backend: str | None = None,
    chunk: int = CHUNK,
    progress: Progress | None = None,
    **options: Any,
) -> RunRecord:
    """Run once per node on a backend; all inputs and results in memory.

    Args:
        payloads: per stream, integers ``(nodes, steps, rows, channels)``.
        nodes: ``(nodes,)`` ids, copied into the record.
        backend: its name; by default `default_backend`.
        chunk: nodes that run together, as far as the backend allows.
        options: the backend's own.

    Raises:
        BackendError: no such backend or option, or it cannot run the network.
    """

    def feed(part: slice) -> dict[str, Array]:
        return {name: payload[part] for name, payload in payloads.items()}

    chosen = find_backend(backend or default_backend())
    running = chosen.run(
        network, feed, nodes, chosen.settings(options), chunk=chunk, progress=progress
    )
    with closing(running) as records:
        return concatenate(list(records))


def known_backends() -> tuple[str, ...]:
    """Names of the installed backends, besides the built-in 'reference'; ours first."""
    return BACKENDS.added()


def default_backend() -> str:
    """The one that is meant where none is named."""
    return next(iter(known_backends()), REFERENCE)


def find_backend(name: str) -> Backend:
    """The backend called `name`.

    Raises:
        BackendError: no such backend, or its package cannot be imported or is none.
    """
    found: Backend = BACKENDS.load(name)
    return found


def title_of(name: str) -> str:
    """What a backend is, in a few words; its name where it is not installed, or has no title."""
    try:
        return find_backend(name).title or name
    except BackendError:
        return name


def monotonic(progress: Progress) -> Progress:
    """`progress`, without the reports of what is done again: after a failure, or a second count."""
    furthest = -1

    def report(done: int, total: int) -> None:
        nonlocal furthest
        if done > furthest:
            furthest = done
            progress(done, total)

    return report
