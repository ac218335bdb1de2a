"""Whatever end Lava's worker has, it is reported, and no process, segment or file stays."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

import neurograph_lava
from neurograph.errors import TargetError
from neurograph.testing import corner_networks
from neurograph_lava import supervise

pytestmark = [pytest.mark.lava, pytest.mark.usefixtures("lava")]

MARK = "NEUROGRAPH_TEST_MARK"
CASE = corner_networks()["soft reset fires on"]

# A worker whose synapses misbehave in hardware step 3: FAULT is what happens there.
FAULTY_WORKER = """
import os, signal, sys, time
from pathlib import Path
from neurograph_lava import compat, worker
compat.mend()
from lava.proc.sparse.models import PySparseModelBitAcc
stock = PySparseModelBitAcc.run_spk
def run_spk(self):
    if self.time_step == 3:
        FAULT
    stock(self)
PySparseModelBitAcc.run_spk = run_spk
worker.main(Path(sys.argv[1]), sys.argv[2])
"""

# A worker that writes synapses of 300.
HEAVY_WORKER = """
import sys
from pathlib import Path
from neurograph_lava import compat, worker
compat.mend()
from neurograph_lava import lower
stock = lower.write_out
lower.write_out = lambda *args: [300 * matrix for matrix in stock(*args)]
worker.main(Path(sys.argv[1]), sys.argv[2])
"""

# A user's script, to be interrupted once Lava has made a step.
USER = """
import sys
from neurograph.testing import corner_networks
from neurograph_lava import run, supervise
supervise.WORKER = (sys.executable, sys.argv[1])
run(*corner_networks()["soft reset fires on"], progress=lambda *_: print("step", flush=True))
"""


class Traces:
    """What a worker could leave: marked processes, named segments, files in `folder`."""

    def __init__(self, mark: str, token: str, folder: Path) -> None:
        self.mark, self.token, self.folder = mark, token, folder

    def processes(self) -> list[str]:
        found = []
        for process in psutil.process_iter():
            try:
                if process.pid != os.getpid() and process.environ().get(MARK) == self.mark:
                    found.append(f"{process.pid} {process.cmdline()}")
            except psutil.Error:  # gone, or a zombie that waits for init
                continue
        return found

    def segments(self) -> list[str]:
        return [path.name for path in Path("/dev/shm").glob(f"*{self.token}*")]

    def files(self) -> list[str]:
        return [path.name for path in self.folder.iterdir()]

    def assert_gone(self, within_s: float = 10.0) -> None:
        end = time.monotonic() + within_s
        while (self.processes() or self.segments() or self.files()) and time.monotonic() < end:
            time.sleep(0.1)
        assert self.processes() == []
        assert self.segments() == []
        assert self.files() == []


@pytest.fixture
def traces(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Traces]:
    mark, folder = secrets.token_hex(8), tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv(MARK, mark)
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    token = secrets.token_hex(supervise.TOKEN_BYTES)
    monkeypatch.setattr(supervise.secrets, "token_hex", lambda _: token)
    yield Traces(mark, token, folder)
    for process in psutil.process_iter():  # only if a test failed
        try:
            if process.pid != os.getpid() and process.environ().get(MARK) == mark:
                process.kill()
        except psutil.Error:
            continue


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], Path]:
    """Replaces the worker by one with a fault; returns its script."""

    def install(fault: str) -> Path:
        script = tmp_path / "worker.py"
        script.write_text(FAULTY_WORKER.replace("FAULT", fault))
        monkeypatch.setattr(supervise, "WORKER", (sys.executable, str(script)))
        return script

    return install


def test_a_normal_run_leaves_nothing(traces: Traces, faulty: Callable[[str], Path]) -> None:
    faulty("time.sleep(1)")  # so that there is time to look
    during: list[bool] = []

    def look(*_: int) -> None:
        during.append(bool(traces.processes() and traces.segments() and traces.files()))

    record = neurograph_lava.run(*CASE, progress=look)
    assert record.spikes["h"].any()
    assert any(during), "the traces that this file looks for are not those of a run"
    traces.assert_gone(within_s=0)


def test_a_process_model_that_raises(traces: Traces, faulty: Callable[[str], Path]) -> None:
    faulty('raise ValueError("synapse 7 is on fire")')
    with pytest.raises(TargetError) as error:
        neurograph_lava.run(*CASE)
    assert str(error.value).startswith("loihi-sim: Lava failed:\n")
    assert "in run_spk" in str(error.value)
    assert str(error.value).endswith("ValueError: synapse 7 is on fire")
    traces.assert_gone()


def test_a_lava_process_that_is_killed(traces: Traces, faulty: Callable[[str], Path]) -> None:
    faulty("os.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(TargetError, match="a Lava process died with exit code -9"):
        neurograph_lava.run(*CASE)
    traces.assert_gone()


def test_a_worker_that_is_killed(traces: Traces, faulty: Callable[[str], Path]) -> None:
    faulty("os.kill(os.getppid(), signal.SIGKILL)")
    with pytest.raises(TargetError) as error:
        neurograph_lava.run(*CASE)
    assert str(error.value) == (
        "loihi-sim: the Lava worker was killed by SIGKILL; was the machine out of memory? "
        "a smaller batch needs less"
    )
    traces.assert_gone()


def test_a_worker_that_hangs(traces: Traces, faulty: Callable[[str], Path]) -> None:
    faulty("time.sleep(3600)")
    with pytest.raises(TargetError) as error:
        neurograph_lava.run(*CASE, timeout_s=4)
    assert str(error.value) == (
        "loihi-sim: Lava made no hardware step for 4 s (at step 2 of 13) and was ended; if this "
        "machine is merely slow, pass a larger timeout_s or a smaller batch"
    )
    traces.assert_gone()


def test_a_worker_that_cannot_start(
    traces: Traces, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / "worker.py"
    script.write_text("import sys; sys.exit('no such thing')")
    monkeypatch.setattr(supervise, "WORKER", (sys.executable, str(script)))
    with pytest.raises(TargetError) as error:
        neurograph_lava.run(*CASE)
    assert str(error.value) == "loihi-sim: the Lava worker exited with code 1:\nno such thing"
    traces.assert_gone()


def test_weights_that_lava_would_change(
    traces: Traces, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The IR lets none through; should one appear, the worker refuses before it runs."""
    script = tmp_path / "worker.py"
    script.write_text(HEAVY_WORKER)
    monkeypatch.setattr(supervise, "WORKER", (sys.executable, str(script)))
    with pytest.raises(TargetError) as error:
        neurograph_lava.run(*CASE)
    assert str(error.value) == (
        "loihi-sim: x->h: synapse [0,0] = 300 would become 255 (6 such); mixed-sign weights must "
        "be even, -256 to 254, others 0 to 255 in magnitude: quantise for this target"
    )
    traces.assert_gone()


def test_an_exception_in_the_progress_callback(traces: Traces) -> None:
    def stop(*_: int) -> None:
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        neurograph_lava.run(*CASE, progress=stop)
    traces.assert_gone()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=str)
def test_a_user_who_leaves(
    how: signal.Signals, traces: Traces, faulty: Callable[[str], Path]
) -> None:
    """Ctrl-C tidies up on the way out; a killed parent's worker notices and ends itself."""
    script = faulty("time.sleep(3600)")
    user = subprocess.Popen(
        [sys.executable, "-c", USER, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert user.stdout is not None
    assert user.stdout.readline() == b"step\n"
    assert traces.processes()
    user.send_signal(how)
    _, said = user.communicate(timeout=30)
    assert user.returncode == -how
    assert (b"KeyboardInterrupt" in said) == (how is signal.SIGINT)
    traces.assert_gone()
