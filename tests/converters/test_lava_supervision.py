"""However a run on Lava ends, no process, shared-memory segment or file of it stays."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing

import psutil
import pytest

import neurograph_lava
from neurograph.testing import corner_networks
from neurograph_lava import runner, supervise
from neurograph_lava.interrupts import uninterrupted
from tests.conftest import Traces
from tests.converters.conftest import Faulty, Many

pytestmark = [pytest.mark.lava, pytest.mark.slow, pytest.mark.usefixtures("lava")]

CASE = corner_networks()["soft reset fires on"]

# A user's script, to be interrupted once Lava has made a step.
USER = """
import os, secrets, sys
from neurograph.testing import corner_networks
from neurograph_lava import run, supervise
secrets.token_hex = lambda _: os.environ["NEUROGRAPH_TEST_TOKEN"]
supervise.WORKER = (sys.argv[1],)
run(*corner_networks()["soft reset fires on"], progress=lambda *_: print("step", flush=True))
"""


def test_a_normal_run_leaves_nothing(traces: Traces, faulty: Faulty) -> None:
    faulty("time.sleep(1)")  # so that there is time to look
    during: list[bool] = []

    def look(*_: int) -> None:
        during.append(bool(traces.processes() and traces.segments() and traces.files()))

    record = neurograph_lava.run(*CASE, progress=look)
    assert record.spikes["h"].any()
    assert any(during), "the traces that this file looks for are not those of a run"
    traces.assert_gone()


def test_an_exception_in_the_progress_callback(traces: Traces) -> None:
    def stop(*_: int) -> None:
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        neurograph_lava.run(*CASE, progress=stop)
    traces.assert_gone()


def test_a_consumer_that_leaves_half_way(traces: Traces, many: Callable[[int], Many]) -> None:
    case = many(12)
    with closing(runner.stream(case.network, case.feed, case.nodes, chunk=4)) as records:
        next(records)
        assert traces.worker().is_running()
        assert traces.segments()
        assert traces.files()
    traces.assert_gone()


def test_nothing_is_left_while_the_last_record_is_kept(
    traces: Traces, many: Callable[[int], Many]
) -> None:
    case = many(8)
    with closing(runner.stream(case.network, case.feed, case.nodes, chunk=4)) as records:
        next(records)
        assert traces.files()
        assert len(next(records).nodes) == 4
        traces.assert_gone(within_s=1.0)  # killed now, this process would leave nothing behind


def test_an_exception_in_the_feed(traces: Traces, many: Callable[[int], Many]) -> None:
    case = many(16)

    def feed(part: slice) -> object:
        if part.start == 12:
            raise LookupError("no more")
        return case.feed(part)

    given = runner.stream(case.network, feed, case.nodes, chunk=4)  # type: ignore[arg-type]
    with closing(given) as records:
        assert len(next(records).nodes) == 4
        with pytest.raises(LookupError, match="no more"):
            next(records)
    traces.assert_gone()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=str)
def test_a_user_who_leaves(how: signal.Signals, traces: Traces, faulty: Faulty) -> None:
    """Ctrl-C tidies up on the way out; a killed parent's worker notices and ends itself."""
    script = faulty("time.sleep(3600)")
    words = [sys.executable, "-c", USER, str(script)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as user:
        assert user.stdout is not None
        assert user.stdout.readline() == b"step\n"
        assert traces.worker().is_running()
        assert traces.segments()
        user.send_signal(how)
        _, said = user.communicate(timeout=30)
    assert user.returncode == -how
    assert (b"KeyboardInterrupt" in said) == (how is signal.SIGINT)
    traces.assert_gone()


def test_a_user_and_a_worker_that_are_killed_at_once(traces: Traces, faulty: Faulty) -> None:
    """Nobody is left to tidy up but the kernel: it ends Lava's processes; doctor names the rest."""
    script = faulty("time.sleep(3600)")
    user = subprocess.Popen([sys.executable, "-c", USER, str(script)], stdout=subprocess.PIPE)
    assert user.stdout is not None
    assert user.stdout.readline() == b"step\n"
    worker = traces.worker()
    assert len(traces.processes()) > 5
    user.send_signal(signal.SIGSTOP)  # so that neither has time for anything
    worker.kill()
    user.kill()
    user.communicate(timeout=30)
    psutil.wait_procs(traces.alive(), timeout=10)
    assert traces.processes() == []


def _is_user(process: psutil.Process) -> bool:
    """Whether it runs what the user runs: it is the user, or a copy that is no worker yet."""
    return USER in process.cmdline()


def test_a_user_who_is_killed_while_the_worker_starts(traces: Traces, faulty: Faulty) -> None:
    """The worker has not looked for its parent yet: only the end of its stdin tells."""
    script = faulty(before="time.sleep(4)")  # long enough on a busy machine
    user = subprocess.Popen([sys.executable, "-c", USER, str(script)], stdout=subprocess.PIPE)
    with user:
        while not [p for p in traces.alive() if str(script) in p.cmdline() and not _is_user(p)]:
            assert user.poll() is None
        user.kill()
    assert traces.processes(), "the worker is still starting"
    traces.assert_gone(within_s=20)


def test_a_ctrl_c_while_a_worker_is_started(
    traces: Traces, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits until the worker can be found, and then ends it."""
    link = supervise.link_sources

    def press(folder: object) -> None:
        signal.raise_signal(signal.SIGINT)
        link(folder)  # type: ignore[arg-type]

    monkeypatch.setattr(supervise, "link_sources", press)
    with pytest.raises(KeyboardInterrupt):
        neurograph_lava.run(*CASE)
    traces.assert_gone()


def test_a_second_ctrl_c_while_tidying_up(
    traces: Traces, faulty: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    faulty("time.sleep(3600)")
    remove = supervise.clean_up

    def press_again(*given: object) -> None:
        signal.raise_signal(signal.SIGINT)
        remove(*given)  # type: ignore[arg-type]

    def press(*_: int) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(supervise, "clean_up", press_again)
    with pytest.raises(KeyboardInterrupt):
        neurograph_lava.run(*CASE, progress=press)
    traces.assert_gone()


def test_a_ctrl_c_is_held_back_not_lost() -> None:
    before, reached = signal.getsignal(signal.SIGINT), []

    def press_twice() -> None:
        with uninterrupted():
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            reached.append("end")

    with pytest.raises(KeyboardInterrupt):
        press_twice()
    assert reached == ["end"]
    assert signal.getsignal(signal.SIGINT) is before
