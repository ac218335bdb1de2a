"""The layout of a compiler: every layer of every replica on cores of its own, in equal parts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from neurograph.chip.footprint import AnyNetwork, exceeds
from neurograph.chip.layers import cut, layers_of, parts_of
from neurograph.chip.place.converge import LegalLayout, spans_of
from neurograph.chip.place.demand import UNLIMITED, ResourceDemand
from neurograph.chip.place.layouts import Assignment
from neurograph.chip.profile import HardwareProfile
from neurograph.chip.traffic import axon_counts, axons_of_spans
from neurograph.core.errors import DoesNotFitError, Violation


def cores_of_layers(network: AnyNetwork, profile: HardwareProfile) -> dict[str, int]:
    """Cores of each layer of a replica.

    Raises:
        DoesNotFitError: a layer that cannot be cut for this chip.
        ProfileError: the chip counts its memory in bits.
    """
    return {layer.name: cut(layer, profile).parts for layer in layers_of(network, profile)}


def layered(
    network: AnyNetwork, wanted: ResourceDemand, profile: HardwareProfile, replicas: int
) -> LegalLayout:
    """Layer after layer, replica after replica.

    Raises:
        DoesNotFitError: a layer that cannot be cut for this chip, or a core with too many axons.
        ProfileError: the chip counts its memory in bits.
    """
    home = np.empty(wanted.neurons, np.int64)
    cores = 0
    for layer, first in zip(layers_of(network, profile), wanted.start.tolist(), strict=False):
        parts = cores + parts_of(layer, cut(layer, profile))
        home[first : first + len(parts)] = parts
        cores = int(parts.max()) + 1
    homes = home + cores * np.arange(replicas)[:, None]
    assignment = Assignment(homes.astype(np.int32), cores * replicas)
    placed = spans_of(wanted, assignment.home)
    axons = axons_of_spans(network, placed, replicas, assignment.cores)
    found = LegalLayout(assignment, placed, axons)
    if broken := tuple(_crowded(found, wanted)):
        raise DoesNotFitError(profile.name, broken)
    return found


def _crowded(found: LegalLayout, wanted: ResourceDemand) -> Iterator[Violation]:
    """The core with most axons of either kind, if these are too many."""
    counted = axon_counts(found.axons, found.cores)
    limits = wanted.room.axons_in, wanted.room.axons_out
    for axons, limit, what in zip(counted, limits, ("input", "output"), strict=True):
        worst = int(axons.argmax())
        names = [name for name, spans in found.placed.items() if (spans.core == worst).any()]
        known = None if limit == UNLIMITED else limit
        yield from exceeds(
            f"core {worst} ({', '.join(names)})",
            what,
            int(axons[worst]),
            known,
            f"of a core's {what} axons",
            "place by another method, or use a chip with more axons",
        )
