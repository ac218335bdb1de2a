"""Starts SANA-FE's program, hands it chunks, and leaves nothing behind however it ends."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from neurograph.core.errors import BackendFailedError
from neurograph_sanafe.job import Job

WORKER = Path(__file__).with_name("worker.py")  # never imported: SANA-FE's interpreter runs it
PREFIX = "neurograph-sanafe-"  # of job folders
LOG_TAIL = 1000  # characters of the program's output shown where it left no message
VARIABLE = "NEUROGRAPH_SANAFE"
TESTED = "2.2.9"


def interpreter(given: str | None) -> str:
    """The interpreter that has SANA-FE.

    Args:
        given: by the user; else the variable `VARIABLE`, else ``.venv-sanafe`` beside the
            environment that this runs in.

    Raises:
        BackendFailedError: there is none.
    """
    beside = Path(sys.prefix).parent / ".venv-sanafe" / "bin" / "python"
    python = given or os.environ.get(VARIABLE) or str(beside)
    if found := shutil.which(python):
        return os.path.abspath(found)  # a virtual environment's link stays
    where = "--sanafe-python" if given else VARIABLE
    named = f"{where} is '{python}', which cannot be run" if python != str(beside) else "no SANA-FE"
    remedy = f"install it in an environment of its own: {install()}"
    raise BackendFailedError(f"sanafe: {named}; {remedy}")


def install(folder: str = ".venv-sanafe") -> str:
    """The commands of README, 'Install'."""
    python = f"{folder}/bin/python"
    return (
        f"python -m venv {folder} && {python} -m pip install sanafe=={TESTED}, and name it: "
        f"--sanafe-python {python}, or {VARIABLE}"
    )


@contextlib.contextmanager
def job_folder() -> Iterator[Path]:
    """A new folder for a job, removed in the end."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Worker:
    """SANA-FE in a process of its own session, from entering the block to leaving it."""

    def __init__(self, job: Job, python: str) -> None:
        self.job, self.python, self.log = job, python, job.folder / "worker.log"

    def __enter__(self) -> Worker:
        with self.log.open("wb") as log:
            try:
                self.process = subprocess.Popen(
                    [self.python, "-I", str(WORKER), str(self.job.folder)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                    start_new_session=True,
                )
            except OSError as error:
                raise BackendFailedError(
                    f"sanafe: '{self.python}' cannot be started: {error.strerror}"
                ) from error
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(BrokenPipeError):
                assert pipe is not None
                pipe.close()

    def begin(self) -> None:
        """Wait until the network is laid out.

        Raises:
            BackendFailedError: SANA-FE is not there, or failed.
        """
        self._until("ready", lambda _: None)

    def run(self, chunk: int, on_node: Callable[[int], None]) -> None:
        """Run a chunk that was submitted.

        Args:
            on_node: called with the nodes of the chunk that are done.

        Raises:
            BackendFailedError: SANA-FE failed.
        """
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(f"{chunk}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise self._failed() from None
        self._until(f"done {chunk}", lambda line: on_node(int(line.split()[1]) + 1))

    def _until(self, end: str, on_line: Callable[[str], None]) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.strip() == end:
                return
            on_line(line)
        raise self._failed()

    def _failed(self) -> BackendFailedError:
        status = self.process.wait()
        said = (self.job.failure() or self._said()).strip()
        if "No module named 'sanafe'" in said:
            lacks = f"'{self.python}' has no SANA-FE"
            return BackendFailedError(f"sanafe: {lacks}; install it: {install()}")
        how = f"killed by signal {-status}" if status < 0 else f"exit status {status}"
        why = said or "no message; perhaps memory was short: fewer nodes or a smaller network"
        return BackendFailedError(f"sanafe: SANA-FE ended ({how}): {why}")

    def _said(self) -> str:
        """The end of what SANA-FE printed, without its counts of steps."""
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(x for x in lines if not x.startswith("Executed"))[-LOG_TAIL:]
