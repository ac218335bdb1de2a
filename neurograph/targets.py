"""What can run an integer network: the built-in reference, and plug-ins found by entry point."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from typing import Protocol, cast

from neurograph.arrays import Array
from neurograph.errors import TargetError
from neurograph.ir import QNetwork
from neurograph.record import RunRecord

GROUP = "neurograph.runners"
Progress = Callable[[int, int], None]  # (targets done, targets in all)


class Runner(Protocol):
    """Runs a network over many targets and returns every spike and final state."""

    def __call__(
        self,
        network: QNetwork,
        inputs: Mapping[str, Array],
        nodes: Array,
        *,
        progress: Progress | None = None,
    ) -> RunRecord:
        """Run once per node.

        Args:
            inputs: per stream, integer payloads ``(targets, steps, rows, channels)``; each is
                held for `latency` updates.
            nodes: ``(targets,)`` node ids, copied into the record.

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
