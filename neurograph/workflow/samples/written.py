"""What came out of a network, sample by sample, as a file for other programs."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.table_file import TableFile
from neurograph.ir.output import output
from neurograph.verify.compare import largest
from neurograph.workflow.judged import Judged
from neurograph.workflow.samples.output import spike_counts


def outputs(judged: Judged, name: str) -> TableFile:
    """Spikes of the output, how many each neuron sent, and the answer: a row per sample.

    Args:
        name: of the record.
    """
    record, network = judged.records[name], judged.of.integers
    layer, counts = output(network), spike_counts(record, network)
    said: dict[str, Array] = {"answer": largest(record.logits)}
    if judged.truth is not None:
        said["label"] = judged.truth
    who = {"sample": record.nodes}
    sent = {f"spikes_{n}": counts[:, n] for n in range(counts.shape[1])}
    facts: dict[str, Any] = {
        "kind": "neurograph outputs",
        "made_by": name,
        "network": network.sha256,
        "layer": layer.name,
        "steps": network.steps,
    }
    arrays = {"spikes": record.spikes[layer.name], "counts": counts}
    if network.readout is not None:
        arrays["logits"] = record.logits
    made_by = np.full(len(record.nodes), name)
    return TableFile(
        columns={**who, **said, **sent, "made_by": made_by},
        arrays={**who, **said, **arrays},
        facts=facts,
    )
