"""Cores per layer and words per core, against tables that Intel's compiler printed for Loihi 2.

Source of every number: lava-dl @ d825ac5 (see the profile's source `lava_dl`).
"""

from __future__ import annotations

import numpy as np
import pytest

from neurograph.chip.layers import Layer, cut
from neurograph.chip.measured import load_measured
from neurograph.chip.memory import SynapseMemory, whole_words
from neurograph.chip.profiles import load_profile

LOIHI2 = load_profile("loihi2")
LOW, HIGH = (SynapseMemory.of(LOIHI2, end) for end in ("low", "high"))


CORES = {"pilotnet": 74, "sdnn": 61, "oxford": 5, "mnist": 5, "yolo": 574, "s4d": 3}
NETWORKS = {network.name: network for network in load_measured("loihi2").networks}
ROWS = [
    (f"{name} {row.layer.name}", row.layer, row.cores, row.words)
    for name, network in NETWORKS.items()
    for row in network.layers
]


@pytest.mark.parametrize(("layer", "cores"), [r[1:3] for r in ROWS], ids=[r[0] for r in ROWS])
def test_a_layer_takes_the_cores_that_the_compiler_gave_it(layer: Layer, cores: int) -> None:
    low, typical, high = (cut(layer, LOIHI2, memory).parts for memory in (LOW, None, HIGH))
    assert low <= cores <= high
    assert typical == pytest.approx(cores, rel=0.15)


@pytest.mark.parametrize("name", CORES)
def test_a_network_takes_the_cores_that_the_compiler_gave_it(name: str) -> None:
    assert NETWORKS[name].cores == CORES[name]
    found = sum(cut(row.layer, LOIHI2).parts for row in NETWORKS[name].layers)
    assert found == pytest.approx(CORES[name], rel=0.1)


LISTED = [row for row in ROWS if row[1].lists or row[1].taps]


@pytest.mark.parametrize("row", LISTED, ids=[row[0] for row in LISTED])
def test_words_of_a_core_are_within_what_its_lists_may_take(
    row: tuple[str, Layer, int, int],
) -> None:
    """To the whole word of a list: some tables have parts of words."""
    name, layer, _, words = row
    # S4D's table is of its fullest core, the others are of the mean
    held = 127 if name.startswith("s4d") else cut(layer, LOIHI2).channels
    parts = -(-layer.channels // held)
    sizes = [held] * (parts - 1) + (
        [] if name.startswith("s4d") else [layer.channels % held or held]
    )
    form, each = "dense" if layer.lists else "kernel", words / (layer.lists or layer.taps)
    low, high = (
        np.mean([whole_words(size, getattr(memory, form)) for size in sizes])
        for memory in (LOW, HIGH)
    )
    assert low <= np.ceil(each)
    assert np.floor(each) <= high
