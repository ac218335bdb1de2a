"""Starts Lava's worker, watches it, and leaves nothing behind however it ends."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

import neurograph_lava
from neurograph.core import errors
from neurograph.core.errors import BackendError, BackendFailedError, MachineError
from neurograph.core.files import hold
from neurograph_lava.cleanup import TOKEN_BYTES, clean_up
from neurograph_lava.disk_space import explain_full_disk
from neurograph_lava.failure import MACHINE, NETWORK, read_failure
from neurograph_lava.interrupts import uninterrupted
from neurograph_lava.job import Job, write_job
from neurograph_lava.network_file import size
from neurograph_lava.watchdog import Watchdog

MODULE = "neurograph_lava.worker"
WORKER = ("-m", MODULE)
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
SOCKET, MOST_OF_SOCKET = "/pymp-......../listener-........", 107  # of multiprocessing; `man 7 unix`
PREFIX = "neurograph-lava-"  # of job folders
POLL_S = 0.01  # between two looks at the worker
LOG_BYTES = 1 << 20  # that a worker may want for what it says
LOG_TAIL = 2000  # characters of the worker's output shown where it left no message


class WorkerError(Exception):
    """Lava failed, died or hung; another attempt may do better."""


class Worker:
    """Lava in a process of its own session, from entering the block to leaving it.

    However the block is left (an exception, Ctrl-C, even twice) and whatever happened there (an
    exception, a kill, a hang), no process, shared memory or file of the worker's is left.

    Args:
        job: its `folder` is as `job_folder` names it: made here, and removed in the end.
        watchdog: says how long it may be silent before it counts as hung.
        python: interpreter with Lava; default: the running one. It gets this very code.
    """

    def __init__(self, job: Job, watchdog: Watchdog, python: str | None = None) -> None:
        self.job, self.watchdog = job, watchdog
        # absolute, because the worker starts in another folder; a virtual environment's link stays
        self.python = os.path.abspath(shutil.which(python) or python) if python else sys.executable
        self.token = secrets.token_hex(TOKEN_BYTES)
        self.log = job.folder / "worker.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.holder = -1  # descriptor; see `stale`

    def __enter__(self) -> Worker:
        try:
            with uninterrupted():  # a Ctrl-C just after the fork would lose the worker
                self._start()
        except BaseException:
            self._tidy_up()
            raise
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._tidy_up()

    def _start(self) -> None:
        folder = self.job.folder
        _check_sockets(tempfile.gettempdir())
        with explain_full_disk(folder.parent, "the network", size(self.job.network)):
            folder.mkdir(mode=0o700)
            self.holder = hold(folder)
            write_job(self.job)
            link_sources(folder)
        self.heartbeat: Any = np.load(self.job.heartbeat, mmap_mode="r")
        with self.log.open("wb") as output, self._starting():
            self.process = subprocess.Popen(
                [self.python, *WORKER, str(folder), self.token],
                stdin=subprocess.PIPE,  # never written to; its end says that we are gone
                stdout=output,
                stderr=output,
                cwd=folder,  # python -m looks for modules there first
                env=environment(folder, self.python),
                start_new_session=True,
            )

    @contextlib.contextmanager
    def _starting(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise BackendFailedError(
                f"loihi-sim: '{self.python}' cannot be started: {error.strerror}"
            ) from error

    def _tidy_up(self) -> None:
        try:
            with uninterrupted():
                self._end()
        except KeyboardInterrupt:  # perhaps before the block began
            with uninterrupted():
                self._end()
            raise

    def _end(self) -> None:
        """Kill, and remove everything; nothing is left to do the second time."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            assert self.process.stdin is not None
            self.process.stdin.close()
            clean_up(self.job.folder, self.token)
            self.process = None
        shutil.rmtree(self.job.folder, ignore_errors=True)
        if self.holder >= 0:
            os.close(self.holder)
            self.holder = -1

    @property
    def steps(self) -> int:
        """Hardware steps that every population has recorded."""
        return int(self.heartbeat[0])

    def wait_for(self, chunk: int, on_steps: Callable[[int], None]) -> None:
        """Return when a chunk that was submitted is done.

        Args:
            chunk: its number.
            on_steps: called with the hardware steps done so far, when they change.

        Raises:
            WorkerError: Lava failed, died or hung before.
            BackendError: it refused the network.
        """
        seen = self.steps
        began = last_sign = time.monotonic()
        while self.job.schedule.chunks_done(self.steps) <= chunk:
            if self.steps > seen:
                seen, last_sign = self.steps, time.monotonic()
                on_steps(seen)
            elif self._has_ended():
                if self.job.schedule.chunks_done(self.steps) > chunk:
                    break
                raise self._failure()
            silent_s, limit_s = time.monotonic() - last_sign, self.watchdog.limit_s(seen > 0)
            if silent_s > limit_s:
                raise WorkerError(
                    f"Lava made no hardware step for {limit_s:,.0f} s (at step {seen:,} of "
                    f"{self.job.schedule.hardware_steps:,}) and was ended; if this machine is "
                    "merely slow, pass a larger timeout or a smaller batch"
                )
            time.sleep(POLL_S)
        self.watchdog.chunk_took(time.monotonic() - began)
        on_steps(self.steps)

    def report(self) -> dict[str, dict[str, str]]:
        """{"versions": of what computes, "models": {process: process model}}."""
        report: dict[str, dict[str, str]] = json.loads(self.job.report.read_text())
        return report

    def _has_ended(self) -> bool:
        """True if the worker has ended; not reaped, so that its process group keeps its number."""
        assert self.process is not None
        how = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self.process.pid, how) is not None

    def _failure(self) -> Exception:
        """The error of a worker that has ended."""
        assert self.process is not None
        code = self.process.wait()
        if found := read_failure(self.job.folder):
            message, of = found
            errors = {NETWORK: BackendError, MACHINE: BackendFailedError}
            return errors[of](message) if of in errors else WorkerError(f"Lava failed:\n{message}")
        end = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"exited with {code}"
        said = said_before(self.log.read_text(errors="replace"))[-LOG_TAIL:].strip()
        return WorkerError(
            f"the Lava worker {end}{self._hint(code)}" + (f":\n{said}" if said else "")
        )

    def _hint(self, code: int) -> str:
        if shutil.disk_usage(self.job.folder).free < LOG_BYTES:
            return f"; {self.job.folder.parent} is full: free some, or let TMPDIR name another"
        if code == -signal.SIGKILL:
            return "; was the machine out of memory? a smaller batch needs less"
        return ""


def said_before(log: str) -> str:
    """A worker's output without what Python's resource tracker says after its death.

    The tracker outlives a killed worker and reports shared memory that is removed anyway; whether
    it does so before the log is read is a matter of chance.
    """
    return "\n".join(line for line in log.splitlines() if "resource_tracker" not in line)


def job_folder() -> Path:
    """A folder for a job that does not exist yet, where the system keeps temporary files."""
    return Path(tempfile.gettempdir()).resolve() / f"{PREFIX}{secrets.token_hex(TOKEN_BYTES)}"


def temporary_folder() -> Path:
    """A new folder for a job, where the system keeps temporary files."""
    return Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()


def link_sources(folder: Path) -> None:
    """Links to this very code, so that an interpreter needs numpy, scipy and Lava alone."""
    (folder / "code").mkdir()
    for home in (Path(errors.__file__).parents[1], Path(neurograph_lava.__file__).parent):
        (folder / "code" / home.name).symlink_to(home)


def environment(folder: Path, python: str = "") -> dict[str, str]:
    """Lava's processes run side by side, so each multiplies with one thread.

    Args:
        python: the worker's interpreter. The running one finds packages where it found them here:
            by PYTHONPATH, too, of which folders count that are named in full.
    """
    passed = {k: v for k, v in os.environ.items() if k not in ("PYTHONHOME", "PYTHONPATH")}
    given = os.environ.get("PYTHONPATH", "") if python == sys.executable else ""
    path = [str(folder / "code"), *filter(os.path.isabs, given.split(os.pathsep))]
    return passed | {"PYTHONPATH": os.pathsep.join(path)} | dict.fromkeys(ONE_THREAD, "1")


def _check_sockets(folder: str) -> None:
    """Raise MachineError where names of Lava's sockets in this temporary folder are too long."""
    if (letters := len(os.fsencode(folder)) + len(SOCKET)) > MOST_OF_SOCKET:
        raise MachineError(
            f"{folder}: a socket in it has a name of {letters} bytes, and the system takes "
            f"{MOST_OF_SOCKET}; let TMPDIR name a folder of at most "
            f"{MOST_OF_SOCKET - len(SOCKET)} bytes"
        )
