"""A graph laid out for the integers of a scheme: all that does not change with the weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from neurograph.core.arrays import Array
from neurograph.graphs.graph import TemporalGraph
from neurograph.ir import LABEL_STREAM, STREAM, Network, Projection, QStream, Schedule, Scheme
from neurograph.ir.passes.means import with_means
from neurograph.ir.passes.relays import with_relays
from neurograph.ir.rounding import Rounded, check_scheme, gain, round_projection
from neurograph.models.resident.integer.edges import IntegerEdges
from neurograph.models.resident.integer.labels import IntegerLabels, label_projection
from neurograph.models.resident.whole import Whole
from neurograph.models.resident_network import HEARD
from neurograph.models.spikenet.config import SpikeNetConfig


@dataclass(frozen=True, eq=False, kw_only=True)
class IntegerWhole:
    """What the integer forward reads besides weights.

    Attributes:
        scheme: by which everything is rounded.
        network: in floats, with its relays and means; its weights are of no account.
        edges: the projections along edges, by name, but for those of labels.
        labels: None of a model that hears none.
        payloads: by stream of features, float32 ``(rows, channels)`` of whole numbers.
        whole: the same graph in floats, its features as payloads stand for them.
    """

    scheme: Scheme
    network: Network
    edges: Mapping[str, IntegerEdges]
    labels: IntegerLabels | None
    payloads: Mapping[str, Array]
    whole: Whole

    @classmethod
    def of(
        cls,
        config: SpikeNetConfig,
        graph: TemporalGraph,
        whole: Whole,
        seen: Array | None,
        scheme: Scheme,
    ) -> IntegerWhole:
        """Lay `graph` out.

        Args:
            whole: the same in floats.
            seen: bool ``(N,)``, nodes whose labels are in where nothing is masked.

        Raises:
            NetworkError: the scheme is of another model.
        """
        given = config.resident_network(graph, seen=seen)
        network = with_means(with_relays(given, scheme.first), scheme.streams)
        check_scheme(network, scheme)
        along = [j for j in network.projections if isinstance(j.mix, Schedule)]
        rounded = {j.name: _rounded(j, network, scheme) for j in along}
        pairs = whole.mean.pairs
        payloads = _payloads(whole, scheme)
        return cls(
            scheme=scheme,
            network=network,
            edges={
                j.name: IntegerEdges(pairs, rounded[j.name])
                for j in along
                if j.source != LABEL_STREAM
            },
            labels=None
            if whole.labels is None
            else IntegerLabels(
                pairs,
                config.classes,
                scheme.projections[label_projection("share")],
                rounded,
                _one_scale(scheme, HEARD),
            ),
            payloads=payloads,
            whole=whole.with_features(_stood_for(payloads, scheme)),
        )

    def largest(self, source: str) -> int:
        """The largest magnitude that a layer sends; 1 of spikes."""
        streams = {s.name: s.payload_max for s in self.scheme.streams}
        if source in streams:
            return streams[source]
        bits = self.scheme.populations[source].payload_bits
        return (1 << bits - 1) - 1 if bits else 1


def _rounded(j: Projection, network: Network, scheme: Scheme) -> Rounded:
    channels = {p.name: p.channels for p in network.populations}[j.target]
    return round_projection(j, scheme.projections[j.name], gain(j, scheme, channels))


def _one_scale(scheme: Scheme, relay: str) -> float:
    scale = scheme.populations[relay].scale
    assert not isinstance(scale, tuple), "weights follow, which share the payloads' scale"
    return scale


def _payloads(whole: Whole, scheme: Scheme) -> dict[str, Array]:
    """Of the features, and of the means of their rounding errors, if any."""
    if whole.features is None:
        return {}
    values = whole.features.numpy()
    streams = {s.name: s for s in scheme.streams}
    found = {STREAM: streams[STREAM].encode(values)}
    for s in scheme.streams:
        if s.mean_of == STREAM:
            found[s.name] = s.encode_mean(values, streams[STREAM])
    return {name: x.astype("float32") for name, x in found.items()}


def _stood_for(payloads: Mapping[str, Array], scheme: Scheme) -> Tensor | None:
    """The features that payloads stand for, float32 ``(rows, F)``."""
    if STREAM not in payloads:
        return None
    streams: dict[str, QStream] = {s.name: s for s in scheme.streams}
    return torch.from_numpy(sum(x / x.dtype.type(streams[n].scale) for n, x in payloads.items()))
