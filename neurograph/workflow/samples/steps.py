"""For how many steps a network runs: by itself, by what it is given, or by what is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.ir import QNetwork
from neurograph.ir.passes.lasting import fixes_steps


def steps_of(path: Path, given: Mapping[str, Array], network: QNetwork, asked: int | None) -> int:
    """How many steps all of it takes.

    Args:
        path: of the file, for errors.
        given: by stream, ``(samples, steps, rows, channels)``; what has 1 step is held.
        asked: by the user; None: nobody says.

    Raises:
        DataError: another number than the network can take, fewer than are asked for, different
            ones, or nothing that says how many.
    """
    if asked is not None and asked < 1:
        raise DataError(f"--steps is {asked}, needed at least 1")
    lengths = {name: x.shape[1] for name, x in given.items() if x.shape[1] > 1}
    has = same_of_every(path, "steps", lengths)
    if (fixed := fixes_steps(network)) is not None:
        for told, many in {f"{path}: {has} steps": has, f"--steps is {asked}": asked}.items():
            if many not in (None, network.steps):
                raise DataError(f"{told}, and the network has {fixed}; needed {network.steps}")
        return network.steps
    if asked is None:
        if has is None and network.steps == 1:
            raise DataError(
                f"{path}: one step, to be held, and the network lasts as long as wanted; say how "
                "many steps to run: --steps 16"
            )
        return has or network.steps
    if has is not None and has < asked:
        raise DataError(
            f"{path}: {has} steps, and --steps is {asked}; needed at least as many in the file: "
            "put steps of zeros behind them"
        )
    return asked


def same_of_every(path: Path, what: str, counts: Mapping[str, int]) -> int | None:
    """The number that all inputs have, None where there is none; raise DataError if they differ."""
    if len(set(counts.values())) > 1:
        told = ", ".join(f"'{name}' has {count:,}" for name, count in counts.items())
        raise DataError(f"{path}: {what}: {told}; needed as many of every input")
    return next(iter(counts.values()), None)
