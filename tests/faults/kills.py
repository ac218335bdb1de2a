"""Commands killed at random moments: ``python kills.py FOLDER [--trials N] [--seed S] [--lava]``.

Prints a JSON value: how many were hit, and what was wrong, a line each. After a signal to a process
or its group nothing runs on, and no shared memory is left; the same command again ends well and
leaves the bytes that an undisturbed one leaves, and with it goes what was left unfinished.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import psutil
from forked import (
    SMALL,
    Limits,
    begin,
    copy,
    hashes,
    make_base,
    run,
    unfinished,
    warm_up,
    what_was_said,
)

from neurograph_lava import stale

SIGNALS = ("SIGKILL", "SIGKILL", "SIGTERM", "SIGINT", "SIGHUP")
GONE_S = 20.0  # within which processes end that lost their parent
MARK = "NEUROGRAPH_TRIAL"
TRAIN = ("train", "g", "-o", "n", "--epochs", "6", "--features", "dynwalk", *SMALL)
# command, how it goes on, what it leaves
COMMANDS = {
    "train": (TRAIN, ("--resume",), ("n/checkpoint/*.safetensors", "n/split.npz")),
    "features": (("features", "bare", "--dim", "64"), (), ("bare/features/*/values.npy",)),
    "export": (("export", "r", "--target", "reference"), (), ("r/deployment.h5",)),
    "run": (
        ("run", "r", "--target", "reference", "--nodes", "all"),
        ("--resume",),
        ("r/record-*.h5", "r/events.h5"),
    ),
    "report": (("report", "r"), (), ("r/report.html", "r/report.json")),
}
Words = tuple[tuple[str, ...], ...]
ON_LAVA = (
    ("run", "r", "--target", "loihi-sim", "--limit", "12"),
    ("--resume",),
    ("r/record-*.h5", "r/events.h5"),
)


class Trials:
    """Kills, one after another, in fresh copies of the base."""

    def __init__(
        self,
        folder: Path,
        commands: dict[str, tuple[tuple[str, ...], ...]],
        made: Path | None = None,
    ) -> None:
        self.folder, self.commands = folder, commands
        self.case, self.said, self.temporary = folder / "case", folder / "said", folder / "tmp"
        self.base = make_base(folder / "base", made)
        self.took: dict[str, float] = {}
        self.whole: dict[str, dict[str, str]] = {}
        for name, (words, _, _) in commands.items():
            self._fresh()
            began = time.monotonic()
            ended = run(self.case, words, self.said)
            assert ended.status == 0, ended.said
            self.took[name], self.whole[name] = time.monotonic() - began, self._left_by(name)
        self.hit: Counter[str] = Counter()
        self.bad: list[str] = []

    def kill(self, name: str, sign: str, share: float, *, group: bool) -> None:
        """Signal a command after this share of its usual time, look, and do it again."""
        self._fresh()
        words, resume, _ = self.commands[name]
        what = f"{name}, {sign} to the {'group' if group else 'process'} at {share:.2f}"
        places = {MARK: str(self.folder), "TMPDIR": str(self.temporary)}
        segments = _segments()
        child = begin(self.case, words, self.said, Limits(environment=places))
        time.sleep(share * self.took[name])
        status = self._signalled(child, getattr(signal, sign), group=group)
        if status == 0:
            return  # it was done
        self.hit[name] += 1
        if "Traceback" in what_was_said(self.said):
            self.bad.append(f"{what}: {what_was_said(self.said)[-200:]}")
        self.bad += [f"{what}: {fault}" for fault in self._running()]
        again = self._again(words, resume)
        ended = run(self.case, again, self.said, Limits(environment=places))
        if ended.status:
            self.bad.append(f"{what}, again: exit {ended.status}: {ended.said[-200:]}")
        elif (found := self._left_by(name)) != self.whole[name]:
            differ = [path for path in found if found[path] != self.whole[name].get(path)]
            self.bad.append(f"{what}, again: differs in {differ or 'what is missing'}")
        if left := [*unfinished(self.case), *(_segments() - segments), *self._temporary()]:
            self.bad.append(f"{what}, again: left {left}")

    def _again(self, words: tuple[str, ...], resume: tuple[str, ...]) -> tuple[str, ...]:
        """The same command, going on where something is to go on with."""
        if words[0] == "train" and not (self.case / "n" / "checkpoint").exists():
            shutil.rmtree(self.case / "n", ignore_errors=True)  # killed before its first epoch
            return words
        if words[0] == "features" and (self.case / "bare" / "features").exists():
            shutil.rmtree(self.case / "bare" / "features")  # killed after it was done
        return (*words, *resume)

    def _signalled(self, child: int, number: int, *, group: bool) -> int:
        with suppress(ProcessLookupError):
            (os.killpg if group else os.kill)(child, number)
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status)

    def _running(self) -> list[str]:
        """Processes that outlive their command."""
        end = time.monotonic() + GONE_S
        while (alive := _marked(str(self.folder))) and time.monotonic() < end:
            time.sleep(0.05)
        for process in alive:
            with suppress(psutil.Error):
                process.kill()
        return [f"process {process.pid} runs on" for process in alive]

    def _left_by(self, name: str) -> dict[str, str]:
        found = hashes(self.case)
        patterns = self.commands[name][2]
        return {path: sha for path, sha in found.items() if any(map(Path(path).match, patterns))}

    def _temporary(self) -> list[str]:
        return [p.name for p in self.temporary.iterdir() if not p.name.startswith("torch")]

    def _fresh(self) -> None:
        for folder in (self.case, self.temporary):
            shutil.rmtree(folder, ignore_errors=True)
        self.temporary.mkdir()
        copy(self.base, self.case)


def _marked(mark: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            ours = process.environ().get(MARK) == mark and process.pid != os.getpid()
            if ours and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def _segments() -> set[str]:
    """Of Lava, that no living run of anybody's on this machine holds."""
    return {path.name for path in stale.find().segments}


def at_random(trials: Trials, count: int, seed: int) -> None:
    """So many kills, of all commands in turn."""
    chance = random.Random(seed)
    names = [*trials.commands]
    for number in range(count):
        how, share = chance.choice(SIGNALS), chance.uniform(0.02, 0.95)
        trials.kill(names[number % len(names)], how, share, group=chance.random() < 0.5)


def main() -> int:
    """Kill, print, and fail if anything was wrong."""
    given = argparse.ArgumentParser()
    given.add_argument("folder", type=Path)
    given.add_argument("--trials", type=int, default=100)
    given.add_argument("--seed", type=int, default=0)
    given.add_argument("--lava", action="store_true")
    asked = given.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background's commands ignore it
    warm_up()
    commands = {**COMMANDS, **({"run on Lava": ON_LAVA} if asked.lava else {})}
    trials = Trials(asked.folder.resolve(), commands)
    at_random(trials, asked.trials, asked.seed)
    print(json.dumps({"trials": asked.trials, "hit": trials.hit, "bad": trials.bad}))
    return int(bool(trials.bad))


if __name__ == "__main__":
    sys.exit(main())
