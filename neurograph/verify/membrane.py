"""The membrane of one neuron, in the unit of the float network."""

from __future__ import annotations

from collections.abc import Mapping

from neurograph.core.arrays import Array
from neurograph.core.errors import NetworkError
from neurograph.ir import Network, QNetwork, QPopulation
from neurograph.runtime.engine import FloatArithmetic, IntegerArithmetic, trace
from neurograph.runtime.record import RunRecord
from neurograph.verify.difference import Membrane, Place


def membrane(
    network: Network | QNetwork,
    inputs: Mapping[str, Array],
    record: RunRecord,
    place: Place,
    update: int,
) -> Membrane:
    """What a neuron compared in one update, before any reset, by what it is recorded to have heard.

    Args:
        inputs: per stream, of this one node: ``(1, steps, rows, channels)``, payloads for an
            integer network; of all nodes, where they hear each other.
        record: a run of `network`; of all nodes, likewise.

    Raises:
        NetworkError: the record is of another integer network.
    """
    alone = network.nodes is None
    part = slice(place.index, place.index + 1) if alone else slice(None)
    own = {name: s[part] for name, s in record.spikes.items()}
    at = (0 if alone else place.index, update, place.row, place.channel)
    if isinstance(network, Network):
        floats = trace(network, FloatArithmetic(network), inputs, own, place.population)
        v, theta = float(floats.v[at]), float(floats.theta[at])
        return Membrane(v=v, theta=theta, fires=bool(floats.fired[at]))
    if record.network_sha256 != network.sha256:
        raise NetworkError(
            f"the record '{record.backend}' is of another network than the one given"
        )
    integers = trace(network, IntegerArithmetic(network), inputs, own, place.population)
    v, theta = int(integers.v[at]), int(integers.theta[at])
    return _decoded(network, place, v, theta, fires=bool(integers.fired[at]))


def final_membrane(network: QNetwork, record: RunRecord, place: Place) -> Membrane:
    """What a neuron of a record holds after its last update, any reset done."""
    states = record.final[place.population]
    at = (place.index, place.row, place.channel)
    adapted = states.get("theta")
    fixed = _population(network, place).theta[place.channel]
    theta = int(fixed if adapted is None else adapted[at])
    return _decoded(network, place, int(states["v"][at]), theta)


def _decoded(
    network: QNetwork, place: Place, v: int, theta: int, *, fires: bool | None = None
) -> Membrane:
    population = _population(network, place)
    unit = float(population.unit[place.channel])
    return Membrane(v=v / unit, theta=theta / unit, raw_v=v, raw_theta=theta, fires=fires)


def _population(network: QNetwork, place: Place) -> QPopulation:
    return next(p for p in network.populations if p.name == place.population)
