"""What a network wants to be given, in words."""

from __future__ import annotations

from neurograph.ir import QNetwork, QStream
from neurograph.ir.passes.lasting import fixes_steps


def wanted(network: QNetwork) -> tuple[str, ...]:
    """A line for each of its inputs: what they hold, and the shape of an array for it."""
    own = network.own_inputs(1)
    biases = {p.bias_from for p in network.populations}
    steps = "steps" if fixes_steps(network) is None else f"{network.steps:,}"
    return tuple(
        _input(s, "biases", "") if s.name in biases else _input(s, _kind(s), f"{steps}, ")
        for s in network.streams
        if s.name not in own
    )


def _kind(stream: QStream) -> str:
    return "spikes" if stream.bits == 1 else "numbers"


def _input(stream: QStream, kind: str, steps: str) -> str:
    return (
        f"input {stream.name}: {kind}, {stream.payload_min:,} to {stream.payload_max:,}, "
        f"(samples, {steps}{stream.rows:,}, {stream.channels:,})"
    )
