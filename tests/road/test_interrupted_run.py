"""A run that is interrupted, killed or doubled: what is done is kept, and `--resume` goes on."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import Traces
from tests.road.conftest import Command, chunked, results

pytestmark = [pytest.mark.lava, pytest.mark.slow]

Results = Callable[[str], dict[str, str]]
CTRL_C_S = 2.0  # after which a run that was interrupted has ended

# A worker that stops answering in the middle of the third chunk; the second is through all layers.
WORKER = """
import sys, time
from pathlib import Path
from neurograph_lava import compat, worker
compat.patch_lava()
from neurograph_lava.processes.streams.source import AbstractSourceModel as Model
stock = Model.run_spk
def run_spk(self):
    if self.windows.at(self.time_step) == (2, 5):
        time.sleep(3600)
    stock(self)
Model.run_spk = run_spk
worker.main(Path(sys.argv[1]), sys.argv[2])
"""

# Hooks for `chunked`: a run that stops between two chunks, until a file `go` appears.
LAVA_SLEEPS = """
from neurograph_lava import supervise
supervise.WORKER = (sys.argv.pop(),)
"""
REFERENCE_SLEEPS = """
draw = draws.Draws.__call__
def drawing(self, part):
    while self.first + part.start == 32 and not Path(sys.argv[2], "go").exists():
        time.sleep(0.01)
    return draw(self, part)
draws.Draws.__call__ = drawing
"""
# Says which targets are drawn: those that are run.
TELLS = """
draw = draws.Draws.__call__
def drawing(self, part):
    print("drawn", self.first + part.start, self.first + part.stop, file=sys.stderr)
    return draw(self, part)
draws.Draws.__call__ = drawing
"""
# Says that it tidies up, and takes its time, so that a second Ctrl-C can hit it there.
TIDIES_SLOWLY = """
remove = supervise.clean_up
def removing(*given):
    print("tidying up", file=sys.stderr, flush=True)
    time.sleep(0.2)
    remove(*given)
    print("tidied up", file=sys.stderr, flush=True)
supervise.clean_up = removing
"""


@pytest.fixture
def worker(tmp_path: Path) -> Path:
    script = tmp_path / "worker.py"
    script.write_text(WORKER)
    return script


@contextmanager
def begun(road: Path, words: list[str]) -> Iterator[subprocess.Popen[str]]:
    """A command in a process group of its own, as a shell would start it."""
    process = subprocess.Popen(
        words,
        cwd=road,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def begin(road: Path, copy: Path, target: str, worker: Path, hook: str = "") -> list[str]:
    """The command line of a run of 60 nodes that stops after two chunks of 16."""
    words = ("run", copy, "--limit", "60", "--target", target)
    if target == "reference":
        return chunked(*words, hook=REFERENCE_SLEEPS + hook)
    return chunked(*words, worker, hook=LAVA_SLEEPS + hook)


def wait_for_parts(copy: Path, process: subprocess.Popen[str], count: int = 2) -> None:
    end = time.monotonic() + 120
    while len(parts(copy)) < count:
        assert time.monotonic() < end, "no second part within two minutes"
        assert process.poll() is None, process.stderr and process.stderr.read()
        time.sleep(0.01)


def parts(copy: Path) -> list[str]:
    return sorted(p.name for p in copy.glob(".parts/0*.h5"))


def resume(road: Path, copy: Path, target: str, *words: str) -> subprocess.CompletedProcess[str]:
    given = ("run", copy, "--limit", "60", "--target", target, "--resume", *words)
    return subprocess.run(
        chunked(*given, hook=TELLS),
        cwd=road,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def drawn(done: subprocess.CompletedProcess[str]) -> list[tuple[int, int]]:
    found = re.findall(r"^drawn (\d+) (\d+)$", done.stderr, re.MULTILINE)
    return [(int(start), int(stop)) for start, stop in found]


@pytest.mark.parametrize("target", ["loihi-sim", "reference"])
def test_killed_and_gone_on_with(
    target: str,
    road: Path,
    copy: Path,
    worker: Path,
    traces: Traces,
    undisturbed: Results,
) -> None:
    """Byte for byte what an undisturbed run leaves, each target run once, but for a bad part."""
    with begun(road, begin(road, copy, target, worker)) as process:
        wait_for_parts(copy, process)
        process.send_signal(signal.SIGKILL)
    traces.assert_gone()
    assert parts(copy) == ["000000000.h5", "000000016.h5"]
    assert results(copy) == {}
    (copy / ".parts" / ".000000032.h5.x7").write_bytes(b"half a part")
    before = sorted(p.name for p in (copy / ".parts").iterdir())

    others = (("--limit", "59"), ("--batch", "3")) if target == "loihi-sim" else ()
    for words in others:
        refused = resume(road, copy, target, *words)
        assert refused.returncode == 2, refused.stderr
        assert "the interrupted run differs in" in " ".join(refused.stderr.split())
        assert sorted(p.name for p in (copy / ".parts").iterdir()) == before

    damaged = copy / ".parts" / "000000016.h5"
    damaged.write_bytes(damaged.read_bytes()[:-1000])
    done = resume(road, copy, target)
    assert done.returncode == 0, done.stderr
    assert drawn(done) == [(16, 32), (32, 48), (48, 60)]
    assert results(copy) == undisturbed(target)
    assert not (copy / ".parts").exists()
    traces.assert_gone()


def test_resume_where_nothing_was_interrupted(road: Path, copy: Path, undisturbed: Results) -> None:
    """It just runs, and once more, from the beginning."""
    for _ in range(2):
        done = resume(road, copy, "reference")
        assert done.returncode == 0, done.stderr
        assert drawn(done) == [(0, 16), (16, 32), (32, 48), (48, 60)]
        assert results(copy) == undisturbed("reference")


@pytest.mark.alone
@pytest.mark.parametrize("how", ["once", "twice", "to the whole group"])
def test_ctrl_c(
    how: str, road: Path, copy: Path, worker: Path, traces: Traces, undisturbed: Results
) -> None:
    """It ends at once, leaves nothing but what is done, and says how to go on."""
    hook = TIDIES_SLOWLY if how == "twice" else ""
    with begun(road, begin(road, copy, "loihi-sim", worker, hook)) as process:
        wait_for_parts(copy, process)
        assert traces.segments()
        assert traces.files()
        pressed = time.monotonic()
        if how == "to the whole group":
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.send_signal(signal.SIGINT)
        said = ""
        if how == "twice":
            assert process.stderr is not None
            said = process.stderr.readline()
            assert said == "tidying up\n"
            process.send_signal(signal.SIGINT)
        said += process.communicate(timeout=60)[1]
        took_s = time.monotonic() - pressed
    assert took_s < CTRL_C_S
    assert process.returncode == 130
    again = f"neurograph run {copy} --limit 60 --target loihi-sim --resume"
    expected = f"32 of 60 nodes are kept; to go on: {again} interrupted"
    told = " ".join(said.split())  # at whatever width
    assert told == ("tidying up tidied up " if how == "twice" else "") + expected
    traces.assert_gone(within_s=1)
    assert parts(copy) == ["000000000.h5", "000000016.h5"]
    if how == "twice":
        done = resume(road, copy, "loihi-sim")
        assert done.returncode == 0, done.stderr
        assert drawn(done) == [(32, 48), (48, 60)]
        assert results(copy) == undisturbed("loihi-sim")
        traces.assert_gone()


@pytest.mark.alone
def test_ctrl_c_before_anything_is_done(road: Path, copy: Path, traces: Traces) -> None:
    """While Lava starts; the plain command, as a user types it."""
    words = [chunked()[0], "-m", "neurograph", "run", str(copy), "--limit", "60"]
    with begun(road, words) as process:
        while not traces.files():
            assert process.poll() is None
            time.sleep(0.01)
        pressed = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        took_s = time.monotonic() - pressed
    assert took_s < CTRL_C_S
    assert (process.returncode, said) == (130, "interrupted\n")
    traces.assert_gone(within_s=1)
    assert parts(copy) == []


@pytest.mark.parametrize("how", ["SIGKILL", "SIGINT"])
def test_interrupted_while_the_records_are_written(
    how: str, road: Path, copy: Path, neurograph: Command, undisturbed: Results
) -> None:
    """Nothing mistakes the first of them for a run; nothing is run again."""
    hook = f"""
from contextlib import contextmanager
saving = store.saving
@contextmanager
def stopping(noun, path, **given):
    with saving(noun, path, **given):
        yield
    if path.name == "record-float.h5":
        import signal
        os.kill(os.getpid(), signal.{how})
store.saving = stopping
"""
    words = ("run", copy, "--limit", "60", "--target", "reference")
    with begun(road, chunked(*words, hook=hook)) as process:
        _, said = process.communicate(timeout=120)
    if how == "SIGINT":
        assert process.returncode == 130
        again = f"neurograph run {copy} --limit 60 --target reference --resume"
        told = " ".join(said.split())
        assert told.startswith(f"60 of 60 nodes are kept; to go on: {again} ")
        assert results(copy) == {}
    else:
        assert process.returncode == -signal.SIGKILL
        assert list(results(copy)) == ["record-float.h5", "record-reference.h5"]
        refused = neurograph(road, "verify", copy)
        assert refused.returncode == 2
        assert "run first: neurograph run" in refused.stderr
    done = resume(road, copy, "reference")
    assert done.returncode == 0, done.stderr
    assert drawn(done) == []
    assert results(copy) == undisturbed("reference")


def test_two_runs_at_once(
    road: Path, copy: Path, worker: Path, process: Command, undisturbed: Results
) -> None:
    """The second is refused, by name of the first, which is undisturbed."""
    with begun(road, begin(road, copy, "reference", worker)) as first:
        wait_for_parts(copy, first)
        for words in (("--limit", "60"), ("--resume",)):
            second = process(road, "run", copy, "--target", "reference", *words)
            assert second.returncode == 2
            assert second.stderr == (
                f"error: {copy}: in use by 'neurograph run' (process {first.pid}); wait for it to "
                "end, or use another folder (-o)\n"
            )
        (copy / "go").touch()
        _, said = first.communicate(timeout=120)
    assert first.returncode == 0, said
    assert results(copy) == undisturbed("reference")
