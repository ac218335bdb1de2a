"""Cores of measured networks, layer by layer, as a profile predicts them."""

from __future__ import annotations

from collections.abc import Iterator

from neurograph.chip.layers import cut, words_of
from neurograph.chip.measured import Measured, MeasuredLayer, MeasuredNetwork
from neurograph.chip.profile import HardwareProfile
from neurograph.cost.estimate import Interval, total
from neurograph.cost.validation import CORES, Measurement

LAYER = "cores of a layer"


def cores(measured: Measured, profile: HardwareProfile) -> Iterator[Measurement]:
    """A row per network, and one for its worst layer.

    Raises:
        ProfileError: the profile does not count memory in words, or lacks a limit.
        DoesNotFitError: it cannot hold a layer.
    """
    for network in measured.networks:
        layers = [_cores(layer, profile) for layer in network.layers]
        yield Measurement(
            of=network.name,
            what=CORES,
            unit="cores",
            measured=network.cores,
            predicted=total(layers),
            within=measured.within.cores_of_a_network,
            source=measured.cite(network.source),
        )
        yield _worst(network, layers, measured)


def _worst(network: MeasuredNetwork, found: list[Interval], measured: Measured) -> Measurement:
    """The layer that does not hold, or else is furthest off."""
    rows = [
        Measurement(
            of=f"{network.name} {layer.layer.name}",
            what=LAYER,
            unit="cores",
            measured=layer.cores,
            predicted=predicted,
            within=measured.within.cores_of_a_layer,
            source=measured.cite(network.source),
        )
        for layer, predicted in zip(network.layers, found, strict=True)
    ]
    return max(rows, key=lambda row: (not row.holds, abs(row.off)))


def _cores(layer: MeasuredLayer, profile: HardwareProfile) -> Interval:
    low, typical, high = (
        cut(layer.layer, profile, words_of(profile, end)).parts for end in ("low", "value", "high")
    )
    return Interval(low=low, typical=typical, high=high)
