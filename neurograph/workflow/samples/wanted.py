"""What a network wants to be given, in words."""

from __future__ import annotations

from neurograph.ir import QNetwork, QStream


def wanted(network: QNetwork) -> tuple[str, ...]:
    """A line for each of its inputs: what they hold, and the shape of an array for it."""
    own = network.own_inputs(1)
    return tuple(_input(s, network.steps) for s in network.streams if s.name not in own)


def _input(stream: QStream, steps: int) -> str:
    kind = "spikes" if stream.bits == 1 else "numbers"
    many = "steps" if steps == 1 else f"{steps:,}"
    return (
        f"input {stream.name}: {kind}, {stream.payload_min:,} to {stream.payload_max:,}, "
        f"(samples, {many}, {stream.rows:,}, {stream.channels:,})"
    )
