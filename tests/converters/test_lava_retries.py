"""A chunk on which Lava fails is tried again; what is asked for, and how often, has a bound."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import neurograph_lava
from neurograph.core.errors import BackendError
from neurograph.runtime.record import RunRecord, concatenate
from neurograph.testing import corner_networks
from neurograph_lava import runner, supervise
from tests.conftest import Traces
from tests.converters.conftest import Faulty, Many

pytestmark = [pytest.mark.lava, pytest.mark.slow, pytest.mark.usefixtures("lava")]

KILL = "os.kill(os.getppid(), signal.SIGKILL)"
WHILE_COMPILING = """
compat.patch_lava()
from neurograph_lava.execute import FixedPointConfig
choose = FixedPointConfig.select
def select(*given):
    if first():
        os.kill(os.getpid(), signal.SIGKILL)
    return choose(*given)
FixedPointConfig.select = select
"""


class Listener:
    """Keeps what a run said and how far it came."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.done: list[tuple[int, int]] = []

    def progress(self, done: int, total: int) -> None:
        self.done.append((done, total))

    def assert_forward(self, count: int) -> None:
        assert self.done[-1] == (count, count)
        assert self.done == sorted(set(self.done)), "progress goes forward only"


@pytest.fixture
def listener() -> Listener:
    return Listener()


def run(case: Many, listener: Listener, **options: Any) -> RunRecord:
    """Chunks of 4 nodes in two batches each: a chunk ends every 24 hardware steps."""
    given = {"chunk": 4, "batch": 2, "progress": listener.progress, "say": listener.said.append}
    given |= options
    with closing(runner.stream(case.network, case.feed, case.nodes, **given)) as records:
        return concatenate(list(records))


def starts(folder: Path) -> str:
    """Code that notes in `folder` that a worker was started."""
    return f"with Path({str(folder / 'starts')!r}).open('a') as file: file.write('x')"


def counted(folder: Path) -> int:
    return len((folder / "starts").read_text())


@pytest.mark.parametrize(
    ("fault", "failed"),
    [
        ({"before": WHILE_COMPILING}, "nodes 1 to 4 of 14: the Lava worker was killed by SIGK"),
        (
            {"fault": f"if first(): {KILL}; time.sleep(9)", "step": 40},
            "nodes 5 to 8 of 14: the Lava worker was killed by SIGKILL; ",
        ),
        (
            {"fault": 'if first(): raise ValueError("once")', "step": 75},
            "nodes 13 to 14 of 14: Lava failed: ValueError: once; ",
        ),
        (
            {"fault": "if first(): os.kill(os.getpid(), signal.SIGKILL)", "step": 40},
            "nodes 5 to 8 of 14: Lava failed: neurograph_lava.execute.ProcessModelError: a Lava "
            "process died with exit code -9; ",
        ),
    ],
    ids=["killed while it compiles", "killed in a chunk", "raises", "a child killed"],
)
def test_a_chunk_is_tried_again(
    fault: dict[str, Any],
    failed: str,
    traces: Traces,
    faulty: Faulty,
    many: Callable[[int], Many],
    listener: Listener,
) -> None:
    """The record is that of an undisturbed run, whichever worker each node ran in."""
    case = many(14)
    faulty(**fault)
    case.assert_right(run(case, listener))
    (said,) = listener.said
    assert said.startswith(f"loihi-sim: {failed}")
    assert said.endswith("; trying them again")
    assert "\n" not in said
    listener.assert_forward(14)
    traces.assert_gone()


def test_a_worker_that_is_killed_between_two_chunks(
    traces: Traces, faulty: Faulty, many: Callable[[int], Many], listener: Listener
) -> None:
    """It has done all it was given, and waits for the next chunk."""
    case = many(20)
    faulty()
    given = {"chunk": 4, "batch": 2, "progress": listener.progress, "say": listener.said.append}
    with closing(runner.stream(case.network, case.feed, case.nodes, **given)) as records:
        found = [next(records)]
        while steps_done(traces) < 3 * 24 + 1:  # all the chunks that were asked for
            time.sleep(0.01)
        assert case.asked[-1] == slice(8, 12)
        os.killpg(traces.worker().pid, signal.SIGKILL)  # its children could go on without it
        found += records
    case.assert_right(concatenate(found))
    (said,) = listener.said
    assert said.startswith("loihi-sim: nodes 13 to 16 of 20: the Lava worker was killed by SIGKI")
    listener.assert_forward(20)
    traces.assert_gone()


def steps_done(traces: Traces) -> int:
    (heartbeat,) = traces.folder.glob("*/heartbeat.npy")
    return int(np.load(heartbeat)[0])


def test_a_worker_that_always_dies(
    traces: Traces,
    faulty: Faulty,
    many: Callable[[int], Many],
    listener: Listener,
    tmp_path: Path,
) -> None:
    """One clear error, with the last reason; the chunk before was good."""
    case = many(12)
    faulty('raise ValueError("at first")', step=30, before=starts(tmp_path))
    given = {"chunk": 4, "batch": 2, "say": listener.said.append}
    with closing(runner.stream(case.network, case.feed, case.nodes, **given)) as records:
        assert list(next(records).nodes) == [100, 101, 102, 103]
        faulty('raise ValueError("no, never")', step=5, before=starts(tmp_path))
        with pytest.raises(BackendError) as error:
            list(records)
    message = str(error.value)
    assert message.startswith(
        "loihi-sim: nodes 5 to 8 of 12 failed 3 times; the last time: Lava failed:\n"
    )
    assert message.endswith("ValueError: no, never")
    assert len(listener.said) == 2
    assert counted(tmp_path) == runner.ATTEMPTS == 3
    traces.assert_gone()


def test_failures_are_counted_per_chunk(
    traces: Traces, faulty: Faulty, many: Callable[[int], Many], listener: Listener, tmp_path: Path
) -> None:
    """A worker that dies in the second chunk of its life always gets a chunk done before."""
    case = many(16)
    faulty('raise ValueError("tired")', step=30, before=starts(tmp_path))
    case.assert_right(run(case, listener, attempts=2))
    assert len(listener.said) == 3
    assert counted(tmp_path) == 4
    listener.assert_forward(16)
    traces.assert_gone()


# A worker that writes synapses of 300, which the nouns let nobody do.
HEAVY = """
compat.patch_lava()
from neurograph_lava import lower_stock
write_out = lower_stock.write_out
lower_stock.write_out = lambda *given: [300 * matrix for matrix in write_out(*given)]
"""


def test_a_refusal_is_not_tried_again(traces: Traces, faulty: Faulty, tmp_path: Path) -> None:
    faulty(before=starts(tmp_path) + HEAVY)
    with pytest.raises(BackendError) as error:
        neurograph_lava.run(*corner_networks()["soft reset fires on"], lowering="stock")
    assert str(error.value) == (
        "loihi-sim: x->h: synapse [0,0] = 300 would become 255 (6 such); mixed-sign weights must "
        "be even, -256 to 254, others 0 to 255 in magnitude: quantise for this chip"
    )
    assert counted(tmp_path) == 1
    traces.assert_gone()


class Clock:
    """The supervisor's clock, which a test can put forward."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead_s

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(supervise, "time", clock)
    return clock


def test_a_slow_consumer(traces: Traces, many: Callable[[int], Many], clock: Clock) -> None:
    """No more than AHEAD chunks beyond the one that is waited for are made, or lie in files."""
    case = many(4 * 8)
    records, found = runner.stream(case.network, case.feed, case.nodes, chunk=4, timeout_s=500), []
    with closing(records):
        for taken, record in enumerate(records, 1):
            found.append(record)
            clock.ahead_s += 1000  # nobody takes the worker's idleness for silence
            time.sleep(0.1)
            assert len(case.asked) <= taken + runner.AHEAD
            jobs = [*traces.folder.glob(f"{supervise.PREFIX}*")]
            assert len(jobs) == (taken < 8), "no job is left while the last chunk is kept"
            for job in jobs:
                assert len([*job.glob("*-payload-*")]) <= runner.AHEAD
                assert len([*job.glob("*-spikes-*")]) <= runner.AHEAD
    assert case.asked == [slice(a, a + 4) for a in range(0, 32, 4)], "each once, in order"
    case.assert_right(concatenate(found))
    traces.assert_gone()


def test_a_slow_producer(
    traces: Traces, many: Callable[[int], Many], listener: Listener, clock: Clock
) -> None:
    """A feed that takes longer than a worker may be silent: the worker is not blamed."""
    case = many(4 * 6)
    feed = case.feed

    def slow(part: slice) -> Any:
        clock.ahead_s += 1000
        time.sleep(0.1)
        return feed(part)

    case.feed = slow  # type: ignore[method-assign]
    case.assert_right(run(case, listener, timeout_s=500))
    assert listener.said == []
    traces.assert_gone()
