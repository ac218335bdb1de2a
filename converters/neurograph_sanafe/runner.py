"""Runs an integer network on SANA-FE, node after node."""

from __future__ import annotations

from collections.abc import Generator

from neurograph.core.arrays import Array
from neurograph.core.errors import BackendError
from neurograph.ir import QNetwork
from neurograph.runtime.backends import Feed, Progress
from neurograph.runtime.record import RunRecord
from neurograph.runtime.sites import Sites
from neurograph_sanafe.job import Job, collect, submit, tallied, write_job
from neurograph_sanafe.limits import ELSEWHERE, check_netlist, check_network
from neurograph_sanafe.lower import lower
from neurograph_sanafe.seats import seats
from neurograph_sanafe.supervise import Worker, interpreter, job_folder

BACKEND = "sanafe"


def stream(
    network: QNetwork,
    feed: Feed,
    nodes: Array,
    *,
    sites: Sites | None = None,
    chunk: int,
    python: str | None = None,
    progress: Progress | None = None,
) -> Generator[RunRecord, None, None]:
    """Records of consecutive nodes; see `backends.Backend.run`.

    Args:
        sites: where the network is placed; None: all neurons on one core.
        python: an interpreter that has SANA-FE; see `supervise.interpreter`.

    Raises:
        BackendError: SANA-FE is not there, would change the network, or failed.
    """
    check_network(network)
    found = interpreter(python)
    netlist = lower(network)
    check_netlist(network, netlist)
    with job_folder() as folder:
        seated = seats(network, netlist, sites)
        job = Job(
            folder=folder,
            network=network,
            netlist=netlist,
            seats=seated,
            placed=sites is not None,
        )
        write_job(job)
        with Worker(job, found) as worker:
            worker.begin()
            for number, start in enumerate(range(0, len(nodes), chunk)):
                part = slice(start, min(start + chunk, len(nodes)))

                def on_node(done: int, first: int = start) -> None:
                    if progress:
                        progress(first + done, len(nodes))

                submit(job, number, feed(part))
                worker.run(number, on_node)
                yield _record(job, number, nodes[part])


def _record(job: Job, chunk: int, nodes: Array) -> RunRecord:
    _check_clipped(job, chunk)
    tally = tallied(job, chunk, len(nodes))
    spikes, final = collect(job, chunk, len(nodes))
    return RunRecord(
        backend=BACKEND,
        nodes=nodes,
        spikes=spikes,
        final=final,
        logits=job.network.logits(spikes, final),
        network_sha256=job.network.sha256,
        versions=job.about(),
        tally=tally,
    )


def _check_clipped(job: Job, chunk: int) -> None:
    """Raise BackendError where a membrane exceeded 24 bits in one of its updates."""
    for node, step, neuron in job.numbers(f"clipped-{chunk}").reshape(-1, 3).tolist():
        where, start = job.netlist.where(job.network, neuron), job.start_of(neuron)
        if 0 <= step - start < job.network.updates:
            raise BackendError(
                f"sanafe: {where}, update {step - start} of node {node + 1} of the chunk: v "
                f"exceeds 24 bits, where a chip clips it and SANA-FE does not; {ELSEWHERE}"
            )
