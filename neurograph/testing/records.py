"""Records and event counts of runs that nobody ran: what each layer sent is given."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from neurograph.core.arrays import Array
from neurograph.ir import QNetwork, QPopulation, QStream
from neurograph.runtime.activity import synaptic_ops
from neurograph.runtime.record import EventCounts, RunRecord


def event_counts(
    network: QNetwork,
    sent: Mapping[str, npt.ArrayLike],
    active: Mapping[str, npt.ArrayLike],
    *,
    targets: int = 1,
    host_macs: int = 0,
    bytes_in: int = 0,
    bytes_out: int = 0,
) -> EventCounts:
    """Counts over all targets, with the synaptic operations that follow from what was sent.

    Args:
        sent: by stream and population, broadcast to ``(updates, rows, channels)``.
        active: by population, likewise.
        targets: of the run.
        host_macs: of the run, as are the bytes.
    """
    layers: list[QStream | QPopulation] = [*network.streams, *network.populations]
    shapes = {x.name: (network.updates, x.rows, x.channels) for x in layers}
    filled = {n: np.broadcast_to(np.asarray(x), shapes[n]) for n, x in sent.items()}
    return EventCounts(
        network_sha256=network.sha256,
        inferences=targets,
        sent=filled,
        active={n: np.broadcast_to(np.asarray(x), shapes[n]) for n, x in active.items()},
        synaptic_ops={
            j.name: int(synaptic_ops(network, j, filled).sum()) for j in network.projections
        },
        host_macs=host_macs,
        bytes_in=bytes_in,
        bytes_out=bytes_out,
    )


def run_record(
    spikes: Mapping[str, Array],
    *,
    backend: str = "reference",
    nodes: npt.ArrayLike | None = None,
    final: Mapping[str, Mapping[str, Array]] | None = None,
    logits: npt.ArrayLike | None = None,
    network_sha256: str = "n",
    versions: Mapping[str, str] | None = None,
) -> RunRecord:
    """A record of given spikes ``(nodes, updates, rows, channels)`` by population.

    Args:
        backend: what the record says ran.
        nodes: 0, 1, 2, ... unless given.
        final: states ``(nodes, rows, channels)`` by population and name; none unless given.
        logits: ``(nodes, classes)``; two zeros per target unless given.
        network_sha256: of the network that the record says ran.
        versions: of packages.
    """
    targets = len(next(iter(spikes.values())))
    return RunRecord(
        backend=backend,
        nodes=np.arange(targets) if nodes is None else np.asarray(nodes),
        spikes=spikes,
        final=final or {},
        logits=np.zeros((targets, 2)) if logits is None else np.asarray(logits),
        network_sha256=network_sha256,
        versions=versions or {},
    )


def assert_same_run(want: RunRecord, got: RunRecord) -> None:
    """Whatever ran `got` equals what ran `want`: every spike and final state, to the bit.

    Logits are sums of doubles, and may be added in another order.

    Raises:
        AssertionError: another network, other nodes, or where they differ.
    """
    assert got.network_sha256 == want.network_sha256, "records of two networks"
    np.testing.assert_array_equal(got.nodes, want.nodes, err_msg="nodes")
    assert got.spikes.keys() == want.spikes.keys(), f"spikes of {list(got.spikes)}"
    for name, spikes in want.spikes.items():
        np.testing.assert_array_equal(got.spikes[name], spikes, err_msg=f"spikes of {name}")
    for name, states in want.final.items():
        assert got.final[name].keys() == states.keys(), f"states of {name}: {list(got.final[name])}"
        for variable, values in states.items():
            found = got.final[name][variable]
            np.testing.assert_array_equal(found, values, err_msg=f"final {variable} of {name}")
            assert found.dtype == np.int32, f"final {variable} of {name} is {found.dtype}"
    np.testing.assert_allclose(got.logits, want.logits, rtol=1e-12, err_msg="logits")


def assert_lively(record: RunRecord) -> None:
    """Every population fires at 2 to 98 %, or an equality of records would prove nothing.

    Raises:
        AssertionError: a population that is silent, or never is.
    """
    for name, spikes in record.spikes.items():
        rate = float(spikes.mean())
        assert 0.02 < rate < 0.98, f"{name} proves nothing: rate {rate:.3f}"
