"""What the float network carries on the calibration data: the statistics that scales come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neurograph.arrays import Array
from neurograph.engine import FloatArithmetic, simulate
from neurograph.errors import NetworkError
from neurograph.ir import Network, Projection, QStream
from neurograph.quantize.streams import quantize_streams
from neurograph.record import RunRecord


@dataclass(frozen=True, eq=False, kw_only=True)
class Afferent:
    """A projection into a population, and what it carries on the calibration data.

    Attributes:
        payload_scale: payload units per float unit, 1 for spikes. payload_max: largest payload.
        moment: float64 ``(source channels, source channels)``, the mean of ``x xT`` over the
            mixed rows x of what the source emits, in float units.
    """

    projection: Projection
    payload_scale: float
    payload_max: int
    moment: Array


@dataclass(frozen=True, eq=False, kw_only=True)
class Calibration:
    """The float network's run over the calibration data.

    Attributes:
        streams: as integers. payloads: the calibration data as integers, per stream.
        activity: the float run.
    """

    network: Network
    streams: Mapping[str, QStream]
    payloads: Mapping[str, Array]
    activity: RunRecord

    def afferents(self, population: str) -> list[Afferent]:
        """All projections into `population`, in the network's order."""
        return [self._afferent(j) for j in self.network.projections if j.target == population]

    def _afferent(self, projection: Projection) -> Afferent:
        stream = self.streams.get(projection.source)
        scale, top = (stream.scale, stream.payload_max) if stream else (1.0, 1)
        emitted = (self.payloads if stream else self.activity.spikes)[projection.source]
        moment = np.zeros((emitted.shape[-1],) * 2)
        for x in emitted:  # target by target: (steps, rows, channels)
            mixed = np.matmul(projection.mix.toarray(), x.astype(np.float64)).reshape(
                -1, len(moment)
            )
            moment += mixed.T @ mixed
        count = len(emitted) * emitted.shape[1] * projection.mix.shape[0]
        return Afferent(
            projection=projection,
            payload_scale=scale,
            payload_max=top,
            moment=moment / (count * scale**2),
        )


def calibrate(network: Network, inputs: Mapping[str, Array], feature_bits: int) -> Calibration:
    """Run the float network over the calibration data and fix the payload scales.

    Raises:
        NetworkError: no targets, or inputs that do not fit the network's streams.
    """
    if not inputs or not all(len(x) for x in inputs.values()):
        raise NetworkError("calibration without nodes: give inputs of at least one training node")
    nodes = np.arange(len(next(iter(inputs.values()))))
    activity = simulate(network, inputs, nodes, FloatArithmetic(network), target="float", sha256="")
    streams = quantize_streams(network, inputs, feature_bits)
    return Calibration(
        network=network,
        streams=streams,
        payloads={name: s.encode(inputs[name]) for name, s in streams.items()},
        activity=activity,
    )
