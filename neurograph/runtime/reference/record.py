"""The record of a run that was computed here."""

from __future__ import annotations

from collections.abc import Mapping

from neurograph.core.arrays import Array
from neurograph.core.errors import NetworkError
from neurograph.core.versions import versions
from neurograph.ir import Network, QNetwork
from neurograph.runtime.record import RunRecord

PACKAGES = ("numpy", "numba")  # what computes here


def recorded(
    backend: str,
    network: Network | QNetwork,
    nodes: Array,
    spikes: Mapping[str, Array],
    final: Mapping[str, Mapping[str, Array]],
) -> RunRecord:
    """The record of `network` with its logits; arguments as in `RunRecord`.

    Raises:
        NetworkError: no population fires, so that there is nothing to record.
    """
    if not spikes:
        names = ", ".join(p.name for p in network.populations)
        raise NetworkError(
            f"a run of relays alone ({names}): none of them fires, and a record holds spikes; "
            "needed at least one population of neurons that fire"
        )
    return RunRecord(
        backend=backend,
        nodes=nodes,
        spikes=spikes,
        final=final,
        logits=network.logits(spikes, final),
        network_sha256=network.sha256,
        versions=versions(PACKAGES),
    )
