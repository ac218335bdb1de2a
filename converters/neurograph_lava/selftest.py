"""One small network on Lava, compared to the bit with what the integer reference computed once.

The numbers are here, and not computed, because a backend imports nouns only; a test holds that
they are the reference's.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import BackendError
from neurograph.core.finding import Finding, in_one_line
from neurograph.runtime.record import RunRecord
from neurograph.testing import corner_networks

CORNER = "adaptive with memory"
LAYER = "h"
SPIKES = (  # one word per update, one digit per neuron
    "000000 001100 010101 000100 011111 001110 010101 001100 010111 001110 010111 001110 "
    "010101 001100 010101 001110 010111 001110 010101 001100 010101 001111 010110 001111"
)
FINAL = {
    "u": (0, 8488, 4869, 26950, 11312, 10631),
    "v": (0, 8488, 0, 0, 0, 0),
    "theta": (1444, 9453, 10393, 18374, 11168, 10852),
}
REMEDY = "run `neurograph doctor` again on an idle machine; if it stays, report it with this output"


def self_test(python: str | None) -> Iterator[Finding]:
    """The finding of one small run on Lava.

    Args:
        python: interpreter that has Lava; default: the running one.
    """
    from neurograph_lava.runner import stream

    case, began = corner_networks()[CORNER], time.monotonic()

    def feed(part: slice) -> Mapping[str, Array]:
        return {name: payload[part] for name, payload in case.inputs.items()}

    try:
        (record,) = stream(case.network, feed, case.nodes, python=python, attempts=1)
    except BackendError as error:
        found = in_one_line(error).removeprefix("BackendError: ")
        yield Finding(name="Lava: self-test", state="problem", found=found, remedy=REMEDY)
        return
    seconds = time.monotonic() - began
    if difference := first_difference(record):
        found = f"'{CORNER}' differs from the integer reference: {difference}"
        yield Finding(name="Lava: self-test", state="problem", found=found, remedy=REMEDY)
        return
    updates = record.spikes[LAYER].size
    found = f"{updates} neuron updates equal the integer reference's to the bit ({seconds:.1f} s)"
    yield Finding(name="Lava: self-test", state="ok", found=found)


def first_difference(record: RunRecord) -> str | None:
    """The place where a run of `CORNER` first differs from the reference's; None: nowhere."""
    want = np.array([[digit == "1" for digit in word] for word in SPIKES.split()])
    have = record.spikes[LAYER].reshape(want.shape)
    for update, neuron in np.argwhere(have != want):
        return f"update {update}, neuron {neuron} fired: {have[update, neuron]}"
    for variable, values in FINAL.items():
        state = record.final[LAYER][variable].ravel()
        for neuron in np.flatnonzero(state != values):
            return f"final {variable} of neuron {neuron} is {state[neuron]}, not {values[neuron]}"
    return None
