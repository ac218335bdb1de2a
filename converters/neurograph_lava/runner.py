"""The target 'loihi-sim': runs an integer network on the Lava CPU simulator."""

from __future__ import annotations

import platform
import tempfile
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

import numpy as np

from neurograph.arrays import Array
from neurograph.errors import TargetError
from neurograph.ir import QNetwork
from neurograph.record import RunRecord
from neurograph.targets import Progress
from neurograph_lava.compat import check_installed, lava_version
from neurograph_lava.job import Job, state_variables, write_job
from neurograph_lava.limits import check_inputs, check_range
from neurograph_lava.schedule import Schedule, plan, work_per_step
from neurograph_lava.supervise import supervise

TARGET = "loihi-sim"
SILENCE_S = 60.0  # Lava's start and one step of a small network take under a second
SILENCE_PER_SYNAPSE_S = 1e-5  # 20 times what writing out, compiling and a step were measured at


def run(
    network: QNetwork,
    inputs: Mapping[str, Array],
    nodes: Array,
    *,
    progress: Progress | None = None,
    batch: int | None = None,
    timeout_s: float | None = None,
) -> RunRecord:
    """Run once per node, many targets side by side; see `neurograph.targets.Runner`.

    Args:
        batch: targets side by side in each Lava process; the default keeps memory moderate.
        timeout_s: seconds without a hardware step after which Lava counts as hung; the default
            grows with the network.

    Raises:
        TargetError: Lava is not installed, would change the network, failed, died or hung.
    """
    began = time.monotonic()
    check_installed()
    ids = np.asarray(nodes, np.int64)
    if not len(ids):
        raise TargetError("loihi-sim: there is no target node to run")
    if batch is not None and batch < 1:
        raise TargetError(f"loihi-sim: batch is {batch}, expected at least 1")
    payloads = {name: np.asarray(payload) for name, payload in inputs.items()}
    check_inputs(network, payloads, len(ids))
    check_range(network, payloads)
    schedule = plan(network, len(ids), batch)
    with tempfile.TemporaryDirectory(prefix="neurograph-lava-") as folder:
        job = Job(Path(folder).resolve(), network, schedule)
        write_job(job, payloads)
        silence_s = _silence_s(network, schedule) if timeout_s is None else timeout_s
        models = supervise(job, silence_s, _tell(progress, schedule))
        return _record(job, ids, models, began)


def _silence_s(network: QNetwork, schedule: Schedule) -> float:
    """Generous: a machine that is ten times slower than ours still passes."""
    return SILENCE_S + SILENCE_PER_SYNAPSE_S * work_per_step(network) * schedule.batch


def _tell(progress: Progress | None, schedule: Schedule) -> Callable[[int], None]:
    def on_steps(steps: int) -> None:
        if progress is not None:
            progress(schedule.targets_done(steps), schedule.targets)

    return on_steps


def _record(job: Job, nodes: Array, models: Mapping[str, str], began: float) -> RunRecord:
    """Read back what Lava's processes wrote; the files go with the job's folder."""
    network, spikes, final = job.network, {}, {}
    for p in network.populations:
        layer = (p.rows, p.channels)
        flat = np.load(job.spikes(p.name))
        spikes[p.name] = flat.reshape(*flat.shape[:2], *layer)
        final[p.name] = {
            variable: np.load(job.state(p.name, variable)).reshape(-1, *layer)
            for variable in state_variables(p.neuron)
        }
    return RunRecord(
        target=TARGET,
        nodes=nodes,
        spikes=spikes,
        final=final,
        logits=network.readout.logits(spikes[network.readout.source], network.latency),
        network_sha256=network.sha256,
        seconds=time.monotonic() - began,
        versions={
            "lava-nc": lava_version(),
            "numpy": version("numpy"),
            "python": platform.python_version(),
            **{f"model of {name}": model for name, model in sorted(models.items())},
        },
    )
