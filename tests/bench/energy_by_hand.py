"""Three examples whose energy is worked by hand, to the last digit of the constants."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.sparse as sp
from table import Row, row

from neurograph.chip.place import place
from neurograph.chip.profile import Constant, HardwareProfile
from neurograph.chip.profiles import load_profile
from neurograph.core.arrays import Array
from neurograph.cost.energy import energy
from neurograph.ir import QLIF, QNetwork, QPopulation, QProjection, QStream, Readout
from neurograph.runtime.activity import synaptic_ops
from neurograph.runtime.record import EventCounts

DYNAMIC, SET = "chip, dynamic", "davies2018"
PJ = 1e12


def by_hand() -> list[Row]:
    """Measured minus worked by hand, pJ; Davies' constants."""
    return [_three_synapses(), _two_cores(), _silent()]


def _three_synapses() -> Row:
    """One spike into three synapses: 3 operations, 3 active updates, 1 message."""
    network = _chain(("x", 1), ("h", 3))
    found = _joules(network, load_profile("loihi1"), {"x": 1, "h": 0}, {"h": 1})
    return _same("one spike into three synapses", found, 3 * 23.6 + 3 * 81 + 1.7)


def _two_cores() -> Row:
    """Five spikes cross two hops: 5 x (4 operations, message, hop east-west and north-south)."""
    network = _chain(("x", 1), ("a", 5), ("b", 4))
    profile = _limited(neurons_per_core=5, cores_per_tile=1, mesh_columns=1, mesh_rows=2)
    found = _joules(network, profile, {"x": 0, "a": 1, "b": 0}, {"a": 1, "b": 1})
    hops = 5 * 4.0  # one tile above the other
    return _same("a chain over two cores, one hop", found, 20 * 23.6 + 9 * 81 + 5 * 1.7 + hops)


def _silent() -> Row:
    network = _chain(("x", 2), ("a", 5), ("b", 3))
    found = _joules(network, load_profile("loihi1"), {"x": 0, "a": 0, "b": 0}, {"a": 0, "b": 0})
    return _same("a silent network of eight neurons", found, 8 * 52)


def _same(name: str, found: float, by_hand: float) -> Row:
    off = round(found - by_hand, 9)  # of a pJ: a double's own last digits
    return row(f"{name}: {by_hand:g} pJ by hand, measured minus that", off, "pJ", 0.0, "=")


def _joules(
    network: QNetwork, profile: HardwareProfile, sent: dict[str, int], active: dict[str, int]
) -> float:
    shapes = {x.name: (1, x.rows, x.channels) for x in (*network.streams, *network.populations)}
    filled: dict[str, Array] = {n: np.full(shapes[n], many) for n, many in sent.items()}
    counts = EventCounts(
        network_sha256=network.sha256,
        targets=1,
        sent=filled,
        active={n: np.full(shapes[n], many) for n, many in active.items()},
        synaptic_ops={
            j.name: int(synaptic_ops(network, j, filled).sum()) for j in network.projections
        },
        host_macs=0,
        bytes_in=0,
        bytes_out=0,
    )
    placed = place(network, profile, copies=1, method="sequential")
    return energy(network, placed, profile, counts).of_set(SET, DYNAMIC).typical * PJ


def _limited(**limits: int) -> HardwareProfile:
    profile = load_profile("loihi1")
    changed = {
        name: Constant(value=v, low=v, high=v, unit="", source="davies2018", basis="assumed")
        for name, v in limits.items()
    }
    return replace(profile, limits={**profile.limits, **changed})


def _chain(*layers: tuple[str, int]) -> QNetwork:
    """Dense layers of one row each."""
    (first, inputs), *rest = layers
    neuron = QLIF(voltage_decay=1000, threshold=100)
    below = [first, *(name for name, _ in rest)]
    widths = [inputs, *(size for _, size in rest)]
    return QNetwork(
        streams=(QStream(name=first, rows=1, channels=inputs, bits=1),),
        populations=tuple(
            QPopulation(name=n, rows=1, channels=c, neuron=neuron, bias_mant=np.zeros(c, int))
            for n, c in rest
        ),
        projections=tuple(
            QProjection(
                name=f"{below[n]}>{name}",
                source=below[n],
                target=name,
                mix=sp.csr_array([[1]]),
                weight=np.full((size, widths[n]), 2),
            )
            for n, (name, size) in enumerate(rest)
        ),
        readout=Readout(source=rest[-1][0], weight=np.zeros((2, rest[-1][1])), bias=np.zeros(2)),
        steps=1,
    )
