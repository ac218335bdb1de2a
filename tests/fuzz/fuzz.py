"""Changes files that NeuroGraph reads, and says which ends were not as they must be.

    python tests/fuzz/fuzz.py [--seed 0] [--cases 500] [--only READER] [--keep FOLDER]

A case is a copy of everything that is read, with one file changed. It ends well with a result, or
with one NeuroGraphError of at most 1,000 characters, within 5 s of a processor and 1 GB; nothing is
run, and nothing outside the case is read or written. Cases run in forks of this process, so that
neither a death nor a hang ends the others. Exit status 1 if any ended otherwise.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import resource
import select
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "converters")]
os.environ.setdefault("OMP_NUM_THREADS", "1")

import mutations  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402
import world  # noqa: E402
from readers import READERS, NonsenseError, Reader  # noqa: E402

from neurograph.core.errors import NeuroGraphError  # noqa: E402

SECONDS, HANG_S, MEMORY, LETTERS = 5.0, 60.0, 1 << 30, 1000
BATCH = 200  # cases per fork, each of which loads compiled code anew
RUNS = ("os.system", "os.exec", "os.posix_spawn", "subprocess.Popen", "socket.connect", "pty.spawn")
CHANGES = ("os.remove", "os.rmdir", "os.rename", "os.mkdir", "os.truncate")
CACHE = tuple(filter(None, [os.environ.get("NUMBA_CACHE_DIR")]))  # else beside what is compiled
Answer = dict[str, Any]


class Watch:
    """What a case did that no file may bring about."""

    def __init__(self) -> None:
        self.case, self.seen = "/", list[str]()
        known = [sys.prefix, sys.base_prefix, str(HERE.parents[1]), *CACHE]
        self.read = ("/proc/", "/sys/", "/dev/null", "/dev/urandom", "/etc/", "/usr/", *known)
        sys.addaudithook(self)

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if self.case == "/":
            return
        if event in RUNS:
            self.seen.append(f"{event} {str(args)[:200]}")
        elif event == "open" and isinstance(args[0], (str, bytes, os.PathLike)):
            writes = isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            self.outside("write" if writes else "read", args[0], () if writes else self.read)
        elif event in CHANGES:
            self.outside(event, args[0], ())

    def outside(self, what: str, path: Any, more: tuple[str, ...]) -> None:
        full = os.path.realpath(os.fsdecode(path))
        own = (self.case, "/dev/null", os.environ["TMPDIR"], *CACHE)
        if not full.startswith((*own, *more)) and "/__pycache__/" not in f"{full}/":
            self.seen.append(f"{what} {full}")


def try_case(reader: Reader, watch: Watch) -> Answer:
    """How the reader ends in the current folder."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before = _memory()[1]
    began, watch.seen, watch.case = time.process_time(), [], os.getcwd()
    try:
        found: Answer = {"end": "done", "digest": reader.use()}
    except NeuroGraphError as error:
        text = str(error)
        found = {"end": "refused" if len(text) <= LETTERS else "long", "text": text[:500]}
    except NonsenseError as error:
        found = {"end": "nonsense", "text": str(error)}
    except BaseException as error:
        frames = traceback.extract_tb(error.__traceback__)
        ours = [
            f"{Path(f.filename).name}:{f.lineno}" for f in frames if "/neurograph" in f.filename
        ]
        said = f"{type(error).__name__} at {' < '.join(ours[-3:][::-1])}: {str(error)[:150]}"
        found = {"end": "crash", "text": said}
    watch.case = "/"
    found["seconds"] = time.process_time() - began
    if found["seconds"] > SECONDS and found["end"] in ("done", "refused"):
        found = {**found, "end": "slow", "text": f"{found['seconds']:.1f} s"}
    if (taken := _memory()[0] - before) > MEMORY:
        found |= {"end": "memory", "text": f"{taken / 1e6:,.0f} MB"}
    if watch.seen or Path("EXECUTED").exists():
        found |= {"end": "escape", "text": "; ".join(watch.seen[:3]) or "a pickle was loaded"}
    return found


def _memory() -> tuple[int, int]:
    """The peak, and what is taken now, in bytes."""
    lines = dict(x.split(":", 1) for x in Path("/proc/self/status").read_text().splitlines())
    peak, now = (int(lines[name].split()[0]) << 10 for name in ("VmHWM", "VmRSS"))
    return peak, now


class Fork:
    """A copy of this process that tries cases, until it dies, hangs or has tried enough."""

    def __init__(self) -> None:
        (ours, answers), (asked, questions) = os.pipe(), os.pipe()
        self.pid = os.fork()
        if not self.pid:
            os.close(ours)
            os.close(questions)
            _serve(os.fdopen(asked), os.fdopen(answers, "w"))
            os._exit(0)
        os.close(answers)
        os.close(asked)
        self.answers, self.questions, self.left = ours, os.fdopen(questions, "w"), BATCH

    def ask(self, name: str, folder: Path) -> Answer:
        """The answer to a case."""
        self.left -= 1
        print(json.dumps([name, str(folder)]), file=self.questions, flush=True)
        said, end = b"", time.monotonic() + HANG_S
        while not said.endswith(b"\n"):
            left = max(0.0, end - time.monotonic())
            if not select.select([self.answers], [], [], left)[0]:
                return self._ended({"end": "hang", "text": f"more than {HANG_S:g} s"})
            if not (more := os.read(self.answers, 1 << 16)):
                return self._ended({"end": "died", "text": ""})
            said += more
        answer: Answer = json.loads(said)
        return answer

    def _ended(self, answer: Answer) -> Answer:
        status = self.close()
        return answer if answer["text"] else {**answer, "text": f"status {status}"}

    def close(self) -> int:
        """End the fork; returns how it ended."""
        self.left = 0
        if self.pid:
            os.close(self.answers)
            os.kill(self.pid, signal.SIGKILL)
            _, status = os.waitpid(self.pid, 0)
            self.pid = 0
            return os.waitstatus_to_exitcode(status)
        return 0


def _serve(questions: Any, answers: Any) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        os.dup2(null, stream)
    warnings.simplefilter("ignore")
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    limit = mapped + 4 * MEMORY  # so that a bomb does not take the machine down
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    watch = Watch()
    for line in questions:
        name, folder = json.loads(line)
        os.chdir(folder)
        print(json.dumps(try_case(READERS[name], watch)), file=answers, flush=True)


def _in_a_fork(whole: Path) -> None:
    """Make everything that is read: not here, since what has used threads cannot be forked."""
    if not (pid := os.fork()):
        os.chdir(whole)
        try:
            world.build()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    if os.waitpid(pid, 0)[1]:
        raise SystemExit("what is to be read could not be made")


def lay_out(whole: Path, case: Path, file: str) -> None:
    """A case: links to what is not changed would be links out, so all of it is copied."""
    shutil.rmtree(case.parent, ignore_errors=True)
    shutil.copytree(whole, case, symlinks=True, ignore=lambda at, names: _needless(at, names, file))


def _needless(_: str, names: list[str], file: str) -> list[str]:
    """Files that only other readers read."""
    away = {"twin"} if "twin" not in file else set[str]()
    return [n for n in names if n in away or (n == ".parts" and ".parts" not in file)]


def fuzz(cases: int, seed: int, only: str, keep: Path | None) -> int:
    """Try that many cases, and print a table and every bad end; returns the exit status."""
    root = Path(tempfile.mkdtemp(prefix="neurograph-fuzz-"))
    whole, case = root / "whole", root / "now" / "case"
    whole.mkdir()
    os.environ["TMPDIR"] = tempfile.mkdtemp(dir=root)  # of libraries
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = os.environ["TMPDIR"]
    tempfile.tempdir = None
    fork: Fork | None = None
    try:
        _in_a_fork(whole)
        os.chdir(root)
        names = [name for name in READERS if only in name]
        ends: dict[str, collections.Counter[str]] = {name: collections.Counter() for name in names}
        sound, bad = dict[str, str](), list[str]()
        for number in range(-len(names), cases):  # the sound file of each comes first
            name = names[number % len(names)]
            reader = READERS[name]
            lay_out(whole, case, reader.file)
            how = "sound"
            if number >= 0:
                os.chdir(case)
                how = mutations.mutate(reader.kind, Path(reader.file), f"{seed} {number} {name}")
                os.chdir(root)
            if fork is None or not fork.left:
                if fork is not None:
                    fork.close()
                fork = Fork()
            answer = fork.ask(name, case)
            if number < 0:
                assert answer["end"] == "done", f"{name}, as it was made: {answer}"
                sound[name] = answer["digest"]
                continue
            end = _judged(answer, how, sound[name])
            ends[name][end] += 1
            if end not in ("same", "other", "refused"):
                bad.append(f"{end:9} {name}, case {number} ({how}): {answer.get('text', '')}")
                print(bad[-1], flush=True)
                if keep is not None:
                    shutil.copytree(
                        case, keep / f"{number}-{end}", symlinks=True, dirs_exist_ok=True
                    )
    finally:
        if fork is not None:
            fork.close()
        os.chdir("/")
        shutil.rmtree(root, ignore_errors=True)
    _table(ends)
    print(f"{cases} cases, seed {seed}: {len(bad)} bad")
    return bool(bad)


def _judged(answer: Answer, how: str, sound: str) -> str:
    if answer["end"] != "done":
        return str(answer["end"])
    if how.startswith("link") and "group" not in how:  # whatever it led to was read
        return "escape"
    return "same" if answer["digest"] == sound else "other"


def _table(ends: dict[str, collections.Counter[str]]) -> None:
    columns = sorted({end for found in ends.values() for end in found})
    print(f"{'':24}" + "".join(f"{column:>10}" for column in columns))
    for name, found in ends.items():
        print(f"{name:24}" + "".join(f"{found[column]:>10}" for column in columns))


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--cases", type=int, default=500)
    asked.add_argument("--only", default="", help="readers whose name holds this")
    asked.add_argument("--keep", type=Path, help="folder for the cases that ended badly")
    of = asked.parse_args()
    torch.set_num_threads(1)
    np.seterr(all="ignore")
    return fuzz(of.cases, of.seed, of.only, of.keep and of.keep.resolve())


if __name__ == "__main__":
    sys.exit(main())
