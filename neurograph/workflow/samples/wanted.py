"""What a network wants to be given, in words."""

from __future__ import annotations

from typing import Any

from neurograph.ir import QNetwork, QStream
from neurograph.ir.passes.lasting import fixes_steps


def wanted(network: QNetwork) -> tuple[str, ...]:
    """A line for each of its inputs: what they hold, and the shape of an array for it."""
    return tuple(
        f"input {of['name']}: {of['kind']}, {of['least']:,} to {of['most']:,}, "
        f"({', '.join(x if isinstance(x, str) else f'{x:,}' for x in of['shape'])})"
        for of in inputs(network)
    )


def inputs(network: QNetwork) -> list[dict[str, Any]]:
    """The same as JSON values; a word in a shape is a size that the user chooses."""
    own = network.own_inputs(1)
    biases = {p.bias_from for p in network.populations}
    steps = "steps" if fixes_steps(network) is None else network.steps
    return [
        {
            "name": s.name,
            "kind": "biases" if s.name in biases else _kind(s),
            "least": s.payload_min,
            "most": s.payload_max,
            "shape": ["samples", *([] if s.name in biases else [steps]), s.rows, s.channels],
        }
        for s in network.streams
        if s.name not in own
    ]


def _kind(stream: QStream) -> str:
    return "spikes" if stream.bits == 1 else "numbers"
