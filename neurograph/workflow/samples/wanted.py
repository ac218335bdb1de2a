"""What a network wants to be given, in words."""

from __future__ import annotations

from neurograph.ir import QNetwork, QStream
from neurograph.ir.passes.lasting import fixes_steps


def wanted(network: QNetwork) -> tuple[str, ...]:
    """A line for each of its inputs: what they hold, and the shape of an array for it."""
    own = network.own_inputs(1)
    steps = "steps" if fixes_steps(network) is None else f"{network.steps:,}"
    return tuple(_input(s, steps) for s in network.streams if s.name not in own)


def _input(stream: QStream, steps: str) -> str:
    kind = "spikes" if stream.bits == 1 else "numbers"
    return (
        f"input {stream.name}: {kind}, {stream.payload_min:,} to {stream.payload_max:,}, "
        f"(samples, {steps}, {stream.rows:,}, {stream.channels:,})"
    )
