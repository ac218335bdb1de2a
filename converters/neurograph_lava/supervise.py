"""Starts Lava's worker, watches it, and leaves nothing behind however it ends."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from neurograph.errors import TargetError
from neurograph_lava.job import Job, failure_file
from neurograph_lava.leftovers import TOKEN_BYTES, remove_leftovers

WORKER = (sys.executable, "-m", "neurograph_lava.worker")
CHECK_S = 0.05
LOG_TAIL = 2000  # characters of the worker's output shown where it left no message


def supervise(job: Job, silence_s: float, on_progress: Callable[[int], None]) -> dict[str, str]:
    """Run a written job to its end in a worker process of its own session.

    Whatever happens, here (an exception, Ctrl-C) or there (an exception, a kill, a hang), no
    process and no shared memory of the worker's is left when this returns.

    Args:
        silence_s: seconds without a hardware step after which the worker counts as hung.
        on_progress: called with the hardware steps done so far.

    Returns:
        Process name -> Lava process model that ran.

    Raises:
        TargetError: Lava refused the network, failed, died or hung.
    """
    token = secrets.token_hex(TOKEN_BYTES)
    log = job.folder / "worker.log"
    with log.open("wb") as output:
        worker = subprocess.Popen(
            [*WORKER, str(job.folder), token],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=job.folder,  # python -m looks for modules there first, whatever the user's holds
            start_new_session=True,
        )
    try:
        _wait(worker.pid, job, silence_s, on_progress)
    finally:
        _end(worker)
        remove_leftovers(job.folder, token)
    if worker.returncode != 0 or not job.report.is_file():
        raise _failure(job.folder, worker.returncode, log)
    models: dict[str, str] = json.loads(job.report.read_text())
    return models


def _wait(pid: int, job: Job, silence_s: float, on_progress: Callable[[int], None]) -> None:
    """Return when the worker has ended, TargetError when it has been silent for too long."""
    heartbeat = np.load(job.heartbeat, mmap_mode="r")
    steps, last_sign = 0, time.monotonic()
    while not _has_ended(pid):
        if int(heartbeat[0]) > steps:
            steps, last_sign = int(heartbeat[0]), time.monotonic()
            on_progress(steps)
        if time.monotonic() - last_sign > silence_s:
            raise TargetError(
                f"loihi-sim: Lava made no hardware step for {silence_s:,.0f} s (at step {steps:,} "
                f"of {job.schedule.hardware_steps:,}) and was ended; if this machine is merely "
                "slow, pass a larger timeout_s or a smaller batch"
            )
        time.sleep(CHECK_S)
    on_progress(int(heartbeat[0]))


def _has_ended(pid: int) -> bool:
    """Whether a child has ended; not reaped, so that its process group keeps its number."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _end(worker: subprocess.Popen[bytes]) -> None:
    """Kill whatever is left of the worker's process group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def _failure(folder: Path, code: int, log: Path) -> TargetError:
    if failure_file(folder).is_file():
        told = json.loads(failure_file(folder).read_text())
        if told["refused"]:
            return TargetError(told["message"])
        return TargetError(f"loihi-sim: Lava failed:\n{told['message']}")
    end = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"exited with code {code}"
    said = log.read_text(errors="replace")[-LOG_TAIL:].strip()
    hint = "; was the machine out of memory? a smaller batch needs less" if code == -9 else ""
    return TargetError(f"loihi-sim: the Lava worker {end}{hint}" + (f":\n{said}" if said else ""))
