"""What a network asks of SANA-FE that it would silently change: refused before anything starts."""

from __future__ import annotations

import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph.core.errors import BackendError
from neurograph.ir import QLIF, QNetwork, QPopulation, QProjection, QSoftResetLIF, Schedule
from neurograph_sanafe.lower import Netlist

NEURONS = (QLIF, QSoftResetLIF)
DELAY_MAX = 5  # steps that its dendrites hold
SYNAPSES_MAX = 1_000_000  # of one node; SANA-FE takes about 1 kB for each
ELSEWHERE = "run it on the reference or on loihi-sim"


def check_network(network: QNetwork) -> None:
    """Raise BackendError, naming the layer, for what SANA-FE has no exact form of.

    Its membranes are exact: floats that hold 24-bit integers, rounded towards 0 in the same place.
    Its currents are not rounded, so that they must not outlast an update; its spikes carry no
    number.
    """
    if network.nodes is not None or any(isinstance(j.mix, Schedule) for j in network.projections):
        raise BackendError(
            "sanafe: the nodes of this network hear each other along edges that change, which "
            f"needs spikes that carry numbers; SANA-FE's carry none; {ELSEWHERE}"
        )
    _check_streams(network)
    for p in network.populations:
        _check_neuron(p)
    for j in network.projections:
        _check_projection(j)
    synapses = sum(int(j.still.nnz) * np.count_nonzero(j.weight) for j in network.projections)
    if synapses > SYNAPSES_MAX:
        raise BackendError(
            f"sanafe: {synapses:,} synapses of a node, limit {SYNAPSES_MAX:,} (SANA-FE takes about "
            f"1 kB for each); make the network smaller, or {ELSEWHERE}"
        )


def _check_streams(network: QNetwork) -> None:
    biases = {p.bias_from for p in network.populations}
    for s in network.streams:
        if s.bits > 1 and s.name not in biases:
            raise BackendError(
                f"sanafe: stream '{s.name}' sends payloads of {s.bits} bits, needed plain spikes "
                "(1 bit): a spike of SANA-FE carries no number; train with --features none "
                f"--label-input, import a network whose input is spikes, or {ELSEWHERE}"
            )


def _check_neuron(population: QPopulation) -> None:
    name, neuron = population.name, population.neuron
    if not isinstance(neuron, NEURONS):
        known = ", ".join(kind.kind for kind in NEURONS)
        raise BackendError(
            f"sanafe: {name} is made of {neuron.kind}, which SANA-FE has no model of; it runs "
            f"{known}; train with --neuron lif, or {ELSEWHERE}"
        )
    if neuron.current_decay != fx.DECAY_ONE - 1:
        raise BackendError(
            f"sanafe: {name}: current decay is {neuron.current_decay}, needed {fx.DECAY_ONE - 1} "
            "(no synaptic memory): SANA-FE does not round a decaying current as the chip does; "
            f"{ELSEWHERE}"
        )


def _check_projection(j: QProjection) -> None:
    if j.delay > DELAY_MAX:
        raise BackendError(
            f"sanafe: {j.name}: delay {j.delay}, SANA-FE's dendrites hold {DELAY_MAX} steps; "
            f"{ELSEWHERE}"
        )
    step = 1 << max(-j.exponent, 0)
    if (bad := np.argwhere(j.weight % step)).size:
        row, column = bad[0]
        raise BackendError(
            f"sanafe: {j.name}: exponent {j.exponent} rounds the sum of synapses, as weight "
            f"[{row},{column}] = {j.weight[row, column]} is no multiple of {step}; SANA-FE rounds "
            f"no sums; {ELSEWHERE}"
        )


def check_netlist(network: QNetwork, netlist: Netlist) -> None:
    """Raise BackendError where a current could wrap."""
    low, high = netlist.largest_currents()
    bad = np.flatnonzero((high > fx.STATE_MAX) | (low < -fx.STATE_MAX - 1))
    if bad.size:
        reached = max(int(high[bad[0]]), -int(low[bad[0]]))
        raise BackendError(
            f"sanafe: {netlist.where(network, int(bad[0]))}: the current can reach {reached:,} and "
            f"wraps on the chip above {fx.STATE_MAX:,}; SANA-FE's does not; use smaller weights, "
            f"or {ELSEWHERE}"
        )


def overflowing(network: QNetwork, netlist: Netlist, p: QPopulation) -> bool:
    """Whether a membrane that a spike does not clear could exceed 24 bits and be clipped.

    SANA-FE does not clip above. One that returns to 0 fires there in any case.
    """
    if not p.neuron.soft_reset:
        return False
    own = slice(netlist.first[p.name], netlist.first[p.name] + p.rows * p.channels)
    keep, theta = fx.DECAY_ONE - p.neuron.voltage_decay, netlist.thresholds[own]
    added = netlist.largest_currents()[1][own] + np.tile(network.largest_bias(p), p.rows)
    v = np.zeros_like(added)
    for _ in range(network.updates):
        reached = v * keep // fx.DECAY_ONE + added
        if reached.max() > fx.STATE_MAX:
            return True
        v = np.where(reached > theta, np.maximum(theta, reached - theta), reached)
    return False
