"""Cores per layer and words per core, against tables that Intel's compiler printed for Loihi 2.

Source of every number: lava-dl @ d825ac5 (see the profile's source `lava_dl`).
"""

from __future__ import annotations

import numpy as np
import pytest

from neurograph.chip.layers import Layer, cut
from neurograph.chip.memory import SynapseMemory, whole_words
from neurograph.chip.profiles import load_profile

LOIHI2 = load_profile("loihi2")
LOW, HIGH = (SynapseMemory.of(LOIHI2, end) for end in ("low", "high"))


def dense(inputs: int, neurons: int) -> Layer:
    return Layer(name=f"{inputs}-{neurons}", channels=neurons, lists=inputs)


def conv(columns: int, height: int, channels: int, inputs: int, kernel: int = 9) -> Layer:
    name = f"{columns}x{height}x{channels}"
    taps = inputs * kernel
    return Layer(name=name, channels=channels, columns=columns, height=height, taps=taps)


# layer, cores, words of its (average) core
PILOTNET = (
    (conv(200, 66, 3, 0), 13, 0),
    (conv(99, 32, 24, 3), 25, 81),
    (conv(49, 15, 36, 24), 13, 864),
    (conv(24, 7, 48, 36), 3, 1_620),
    (conv(22, 4, 64, 48), 3, 2_160),
    (conv(20, 2, 64, 64), 2, 2_880),
    (dense(2_560, 100), 12, 7_253),
    (dense(100, 50), 1, 1_300),
    (dense(50, 10), 1, 150),
    (dense(10, 1), 1, 10),
)
SDNN = (
    *((layer, cores, 2_592 if words == 2_160 else words) for layer, cores, words in PILOTNET[1:7]),
    (dense(100, 50), 1, 1_500),
    *PILOTNET[8:],
)
OXFORD = ((dense(200, 256), 3, 5_400), (dense(256, 200), 2, 8_064))
MNIST = ((dense(784, 128), 3, 9_408), (dense(128, 64), 1, 2_016), (dense(64, 10), 1, 192))
YOLO = (
    (conv(224, 224, 16, 3), 224, 41),
    (conv(112, 112, 32, 16), 112, 432),
    (conv(56, 56, 64, 32), 56, 1_296),
    (conv(28, 28, 128, 64), 28, 4_752),
    (conv(28, 28, 256, 128), 56, 9_504),
    (conv(14, 14, 256, 256), 16, 8_640),
    (conv(14, 14, 512, 256), 32, 10_368),
    (conv(14, 14, 256, 512, 1), 14, 8_064),
    (conv(14, 14, 512, 256), 32, 10_368),
    (conv(14, 14, 48, 512, 1), 4, 2_304),
)
S4D = ((dense(256, 256), 3, 6_144),)  # nine of ten weights are 0
NETWORKS = {
    "pilotnet": PILOTNET,
    "sdnn": SDNN,
    "oxford": OXFORD,
    "mnist": MNIST,
    "yolo": YOLO,
    "s4d": S4D,
}
ROWS = [(f"{name} {row[0].name}", *row) for name, rows in NETWORKS.items() for row in rows]


@pytest.mark.parametrize(("layer", "cores"), [r[1:3] for r in ROWS], ids=[r[0] for r in ROWS])
def test_a_layer_takes_the_cores_that_the_compiler_gave_it(layer: Layer, cores: int) -> None:
    low, typical, high = (cut(layer, LOIHI2, memory).parts for memory in (LOW, None, HIGH))
    assert low <= cores <= high
    assert typical == pytest.approx(cores, rel=0.15)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_takes_the_cores_that_the_compiler_gave_it(name: str) -> None:
    told = {"pilotnet": 74, "sdnn": 61, "oxford": 5, "mnist": 5, "yolo": 574, "s4d": 3}
    assert sum(cores for _, cores, _ in NETWORKS[name]) == told[name]
    found = sum(cut(layer, LOIHI2).parts for layer, _, _ in NETWORKS[name])
    assert found == pytest.approx(told[name], rel=0.1)


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
