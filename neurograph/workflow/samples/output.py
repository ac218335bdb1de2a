"""What comes out of a network without a readout: how often each neuron of its last layer fired."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neurograph.core.arrays import Array
from neurograph.ir import OnChipReadout, QNetwork
from neurograph.ir.output import output
from neurograph.runtime.record import RunRecord
from neurograph.verify.compare import largest


def counted(network: QNetwork) -> int:
    """How many outputs an answer chooses among."""
    readout = network.readout
    if readout is None:
        last = output(network)
        return last.rows * last.channels
    return readout.classes if isinstance(readout, OnChipReadout) else len(readout.bias)


def spike_counts(record: RunRecord, network: QNetwork) -> Array:
    """How often each neuron of the output fired: int64 ``(samples, neurons)``."""
    spikes = record.spikes[output(network).name]
    counts: Array = spikes.sum(axis=1, dtype=np.int64).reshape(len(spikes), -1)
    return counts


def accuracy(record: RunRecord, labels: Array | None) -> float | None:
    """Share of the samples of known label whose largest logit is there; None where none is known.

    Args:
        labels: ``(samples,)``, -1 where it is not known.
    """
    if labels is None or not (known := labels >= 0).any():
        return None
    return float((largest(record.logits)[known] == labels[known]).mean())


def answering(record: RunRecord, network: QNetwork) -> RunRecord:
    """The record with the counts of its output spikes as logits, where it has no readout's."""
    if network.readout is not None:
        return record
    return replace(record, logits=spike_counts(record, network))
