"""Layers of networks on Loihi 2 as Intel's compiler placed them: cores, and words of a core.

Tables that notebooks of lava-dl @ d825ac5 print (BSD-3-Clause, Intel Corporation; see the source
`lava_dl` of the profile `loihi2`).
"""

from __future__ import annotations

from collections.abc import Mapping

from neurograph.chip.layers import Layer

Told = tuple[Layer, int, int]  # layer, cores, words of its core, in the mean (S4D: the fullest)


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
NETWORKS: Mapping[str, tuple[Told, ...]] = {
    "pilotnet": PILOTNET,
    "sdnn": SDNN,
    "oxford": OXFORD,
    "mnist": MNIST,
    "yolo": YOLO,
    "s4d": S4D,
}
CORES: Mapping[str, int] = {
    "pilotnet": 74,
    "sdnn": 61,
    "oxford": 5,
    "mnist": 5,
    "yolo": 574,
    "s4d": 3,
}
