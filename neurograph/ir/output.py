"""Which layer a network without a readout answers by."""

from __future__ import annotations

from neurograph.ir.quantized import QNetwork, QPopulation


def output(network: QNetwork) -> QPopulation:
    """The last layer that no other one hears; the last one where all are heard."""
    heard = {j.source for j in network.projections if j.source != j.target}
    ends = [p for p in network.spiking if p.name not in heard]
    return (ends or network.spiking)[-1]


def answers_by(network: QNetwork) -> str:
    """What an answer is read from, in words."""
    return f"most spikes of {output(network).name}" if network.readout is None else "the readout"
