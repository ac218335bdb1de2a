"""What can run an integer network: the built-in reference, and plug-ins found by entry point."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from importlib.metadata import entry_points
from typing import Any, Protocol, cast

from neurograph.core.arrays import Array
from neurograph.core.errors import TargetError
from neurograph.ir import QNetwork
from neurograph.runtime.record import RunRecord

GROUP = "neurograph.runners"
Progress = Callable[[int, int], None]  # (targets done, targets in all)


Say = Callable[[str], None]  # one line for the user
# Payloads of the targets of a slice, per stream ``(targets, steps, rows, channels)``; the same
# numbers whenever it is asked, for a runner may try a chunk again.
Feed = Callable[[slice], Mapping[str, Array]]


def never_back(progress: Progress) -> Progress:
    """`progress`, without the reports of what is done again: after a failure, or a second count."""
    furthest = -1

    def report(done: int, total: int) -> None:
        nonlocal furthest
        if done > furthest:
            furthest = done
            progress(done, total)

    return report


class Runner(Protocol):
    """Runs a network over many targets, chunk by chunk: every spike and final state of each."""

    def __call__(
        self,
        network: QNetwork,
        feed: Feed,
        nodes: Array,
        *,
        chunk: int,
        progress: Progress | None = None,
        say: Say | None = None,
        **options: Any,
    ) -> Generator[RunRecord, None, None]:
        """Run once per node.

        Close the generator (`contextlib.closing`): leaving it half-way ends what runs behind it.

        Args:
            feed: integer payloads, each held for `latency` updates.
            nodes: ``(targets,)`` node ids, copied into the records.
            chunk: how many targets a record holds, the last one perhaps fewer; no more than a few
                chunks of inputs and results exist at once.
            options: the target's own.

        Returns:
            Records of consecutive nodes, in order.

        Raises:
            TargetError: the target cannot express the network, or failed while running it.
        """


def known_targets() -> tuple[str, ...]:
    """Names of the installed targets, besides the built-in 'reference'."""
    return tuple(sorted(e.name for e in entry_points(group=GROUP)))


def runner(name: str) -> Runner:
    """The runner called `name`.

    Raises:
        TargetError: no such target, or its package cannot be imported.
    """
    found = {e.name: e for e in entry_points(group=GROUP)}
    if name not in found:
        raise TargetError(f"no target '{name}'; known: {', '.join(['reference', *sorted(found)])}")
    try:
        return cast(Runner, found[name].load())
    except ImportError as error:
        raise TargetError(
            f"target '{name}' is installed but does not import: {error}; "
            "install what it needs: pip install 'neurograph[lava]' (see README, 'Install')"
        ) from error
