"""What a run on Lava says when Lava raises, dies, hangs, cannot start, or finds no space left."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurograph.core.errors import BackendError, MachineError
from neurograph.runtime.record import RunRecord, concatenate
from neurograph_lava import runner, supervise, watchdog
from tests.conftest import Traces
from tests.converters.conftest import Faulty, Many

pytestmark = [pytest.mark.lava, pytest.mark.slow, pytest.mark.usefixtures("lava")]


def run(case: Many, **options: Any) -> RunRecord:
    """Chunks of 4, one batch each; a single attempt."""
    given = {"chunk": 4, "attempts": 1, **options}
    with closing(runner.stream(case.network, case.feed, case.nodes, **given)) as records:
        return concatenate(list(records))


@pytest.fixture
def case(many: Callable[[int], Many]) -> Many:
    return many(12)


def test_a_process_model_that_raises(traces: Traces, faulty: Faulty, case: Many) -> None:
    faulty('raise ValueError("synapse 7 is on fire")')
    with pytest.raises(BackendError) as error:
        run(case)
    assert str(error.value).startswith("loihi-sim: Lava failed:\n")
    assert "in run_spk" in str(error.value)
    assert str(error.value).endswith("ValueError: synapse 7 is on fire")
    traces.assert_gone()


def test_a_lava_process_that_is_killed(traces: Traces, faulty: Faulty, case: Many) -> None:
    faulty("os.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(BackendError, match="a Lava process died with exit code -9"):
        run(case)
    traces.assert_gone()


def test_a_worker_that_is_killed(traces: Traces, faulty: Faulty, case: Many) -> None:
    # its children would go on without it
    faulty("os.kill(os.getppid(), signal.SIGKILL); time.sleep(3600)", step=15)
    with pytest.raises(BackendError) as error:
        run(case)
    assert str(error.value) == (
        "loihi-sim: the Lava worker was killed by SIGKILL; was the machine out of memory? "
        "a smaller batch needs less"
    )
    traces.assert_gone()


def test_what_the_resource_tracker_says_afterwards_is_no_cause() -> None:
    log = (
        "ValueError: synapse 7\n"
        "/usr/lib/python3.11/multiprocessing/resource_tracker.py:254: UserWarning: "
        "resource_tracker: There appear to be 16 leaked shared_memory objects to clean up\n"
        "  warnings.warn('resource_tracker: There appear to be %d '\n"
    )
    assert supervise.said_before(log) == "ValueError: synapse 7"
    assert supervise.said_before("\n".join(log.splitlines()[1:])) == ""


STOP = "os.killpg(0, signal.SIGSTOP)"  # the worker, and all that Lava started


@pytest.mark.parametrize("fault", ["time.sleep(3600)", STOP], ids=["sleeps", "SIGSTOP"])
def test_a_worker_that_hangs(fault: str, traces: Traces, faulty: Faulty, case: Many) -> None:
    """With the user's own limit."""
    faulty(fault, step=15)
    with pytest.raises(BackendError) as error:
        run(case, timeout_s=4)
    match = re.fullmatch(
        r"loihi-sim: Lava made no hardware step for 4 s \(at step (\d+) of 37\) and was ended; "
        r"if this machine is merely slow, pass a larger timeout or a smaller batch",
        str(error.value),
    )
    assert match, str(error.value)
    assert 12 <= int(match[1]) <= 15
    traces.assert_gone()


def test_a_worker_that_hangs_by_its_own_speed(
    traces: Traces, faulty: Faulty, case: Many, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit that `Watchdog` has learned from the first chunk, with small constants."""
    monkeypatch.setattr(watchdog, "LEAST_S", 3.0)
    monkeypatch.setattr(watchdog, "CHUNKS", 0.01)
    faulty("time.sleep(3600)", step=15)
    with pytest.raises(BackendError, match=r"Lava made no hardware step for 3 s \(at step 1[2-5] "):
        run(case)
    traces.assert_gone()


def test_a_worker_that_hangs_before_its_first_step(
    traces: Traces, faulty: Faulty, case: Many, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchdog, "START_S", 2.0)
    faulty(before="time.sleep(3600)")
    with pytest.raises(BackendError, match=r"no hardware step for 2 s \(at step 0 of 37\)"):
        run(case)
    traces.assert_gone()


def test_a_temporary_folder_whose_name_is_too_long_for_a_socket(
    monkeypatch: pytest.MonkeyPatch, case: Many, tmp_path: Path
) -> None:
    long = tmp_path / ("t" * 80)
    long.mkdir()
    monkeypatch.setattr(supervise.tempfile, "tempdir", str(long))
    with pytest.raises(MachineError, match=r"a socket in it has a name of \d+ bytes.*at most 75"):
        run(case)
    assert list(long.iterdir()) == []


def test_a_worker_that_cannot_start(
    traces: Traces, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, case: Many
) -> None:
    script = tmp_path / "worker.py"
    script.write_text("import sys; sys.exit('no such thing')")
    monkeypatch.setattr(supervise, "WORKER", (str(script),))
    with pytest.raises(BackendError) as error:
        run(case)
    assert str(error.value) == "loihi-sim: the Lava worker exited with 1:\nno such thing"
    traces.assert_gone()


# A user's script with a temporary folder of 200 kB: free bytes of which it first fills.
CROWDED = """
import os, sys, tempfile
from pathlib import Path
import numpy as np
from neurograph.core.errors import BackendError
from neurograph.testing import corner_networks
from neurograph_lava import run

network, inputs, _ = corner_networks()["soft reset fires on"]
count = int(sys.argv[2])
inputs = {"x": np.repeat(inputs["x"], count, axis=0)}
assert tempfile.gettempdir() == sys.argv[1]
(Path(sys.argv[1]) / "others").write_bytes(bytes(int(sys.argv[3])))
try:
    run(network, inputs, np.arange(count))
except BackendError as error:
    print(error)
print(sorted(os.listdir(sys.argv[1])))
"""


@pytest.mark.parametrize(
    ("count", "others", "what"),
    [(2000, 40_000, "a chunk"), (2, 190_000, "the network")],
    ids=["for a chunk", "for the network"],
)
def test_a_full_temporary_folder(count: int, others: int, what: str, namespace: list[str]) -> None:
    """A real one; the message says how much is needed, how much there is, and the way out."""
    disk = Path(tempfile.mkdtemp(dir="/tmp"))  # a short path, for a socket
    mounted = f'mount -t tmpfs -o size=200k tmpfs {disk} && TMPDIR={disk} exec "$@"'
    script = [sys.executable, "-c", CROWDED, str(disk), str(count), str(others)]
    done = supervise.subprocess.run(
        [*namespace, "sh", "-c", mounted, "sh", *script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    disk.rmdir()
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    error, left = done.stdout.splitlines()
    size = r"([\d.,]+) (bytes|MB)"
    match = re.fullmatch(
        rf"loihi-sim: No space left on device in {disk}: {what} needs {size}, {size} "
        rf"are free in {disk}; free some, or let TMPDIR name a larger folder",
        error,
    )
    assert match, error
    assert left == "['others']", "nothing half-written stays"
    if what == "a chunk":
        assert _megabytes(match[1], match[2]) > 0.17 > _megabytes(match[3], match[4])


def _megabytes(number: str, unit: str) -> float:
    return float(number.replace(",", "")) / (1 if unit == "MB" else 1e6)


def test_a_file_size_limit_is_no_bug(
    traces: Traces, monkeypatch: pytest.MonkeyPatch, case: Many
) -> None:
    """Where nobody may mount: the kernel's own refusal of a file that is too large."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, before[1]))
    try:
        with pytest.raises(BackendError, match=r"loihi-sim: File too large in .*the network needs"):
            run(case)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    traces.assert_gone()


def test_no_nodes(traces: Traces, case: Many) -> None:
    for run_none in (
        lambda: runner.run(case.network, {"x": case.inputs["x"][:0]}, np.arange(0)),
        lambda: runner.stream(case.network, case.feed, np.arange(0), chunk=4),
    ):
        with pytest.raises(BackendError, match=r"^loihi-sim: there is no node to run$"):
            run_none()
    assert case.asked == []
    traces.assert_gone()
