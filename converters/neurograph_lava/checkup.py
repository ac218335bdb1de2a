"""The checks of `neurograph doctor` for the backend 'loihi-sim'."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial

from neurograph.core.files import hold
from neurograph.core.finding import Finding, run_check
from neurograph.testing import corner_networks
from neurograph_lava import stale
from neurograph_lava.cleanup import SHM
from neurograph_lava.requirements import LAVA, NEEDED, NEWEST, NUMPY_HANGS, OLDEST, TESTED, minor
from neurograph_lava.selftest import CORNER, self_test
from neurograph_lava.shared_memory import SHARE, needed
from neurograph_lava.supervise import environment, link_sources, temporary_folder

PROBE_S = 60.0  # importing Lava takes about 1 s
AMPLE_SHM = 256_000_000  # bytes; with less, batches are made smaller

WHICH = "import sys; print('python %d.%d.%d' % sys.version_info[:3])"
INSTALLED = """
import importlib.metadata, importlib.util, json, sys
found = {name: bool(importlib.util.find_spec(name)) for name in ("pip", "lava")}
for name in sys.argv[1:]:
    try:
        found[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        found[name] = None
print(json.dumps(found))
"""
IMPORTS = """
from neurograph_lava.compat import patch_lava
patch_lava()
import neurograph_lava.execute, neurograph_lava.lower, neurograph_lava.lower_stock
"""


class _CheckError(Exception):
    """An interpreter did not do what it was asked."""


def checkup(*, python: str | None) -> Iterator[Finding]:
    """Findings about Lava's interpreter, shared memory, what is left of dead runs; a self-test.

    Args:
        python: interpreter that has Lava; default: the running one.
    """
    yield from run_check("shared memory", shared_memory, f"mount a tmpfs on {SHM}")
    yield from run_check(stale.NAME, stale.check, f"look into {SHM} and TMPDIR yourself")
    interpreter = os.path.abspath(shutil.which(python or sys.executable) or python or "")
    looks: dict[str, Callable[[], Iterator[Finding]]] = {
        "interpreter": partial(version, interpreter),
        "packages": partial(packages, interpreter),
        "imports": partial(imports, interpreter),
        "self-test": partial(self_test, interpreter if python else None),
    }
    remedy = f"install Lava anew: {_install(interpreter, [*NEEDED.values()])}"
    for name, look in looks.items():
        found = [*run_check(f"Lava: {name}", look, remedy)]
        yield from found
        if any(finding.state == "problem" for finding in found):
            return  # what follows needs it


def version(python: str) -> Iterator[Finding]:
    remedy = "name a Python 3.10 to 3.13 that has Lava: --lava-python path/to/venv/bin/python"
    report = partial(Finding, name="Lava: interpreter", state="problem", remedy=remedy)
    if shutil.which(python) is None:
        yield report(found=f"there is no '{python}' that can be run")
        return
    try:
        said = _ask(python, WHICH).split()
    except _CheckError as error:
        yield report(found=f"'{python}' is not a Python: {error}")
        return
    if len(said) != 2 or said[0] != "python":
        yield report(found=f"'{python}' is not a Python: it answered {' '.join(said)!r}")
    elif OLDEST <= minor(said[1]) <= NEWEST:
        yield Finding(name="Lava: interpreter", state="ok", found=f"Python {said[1]}, {python}")
    else:
        yield report(found=f"'{python}' is Python {said[1]}; needed 3.10 to 3.13")


def packages(python: str) -> Iterator[Finding]:
    """Findings about the packages in Lava's interpreter, without importing it."""
    found = json.loads(_ask(python, INSTALLED, LAVA, *NEEDED))
    missing = [need for name, need in NEEDED.items() if found[name] is None]
    for name, need in NEEDED.items():
        problem = partial(
            Finding,
            name=f"Lava: {name}",
            state="problem",
            remedy=_command(python, f"install {shlex.quote(need)}", found["pip"]),
        )
        if found[name] is None:
            yield problem(found="not installed")
        elif name == "numpy" and minor(found[name]) >= NUMPY_HANGS:
            yield problem(found=f"{found[name]}, with which Lava hangs; needed below 2.4")
        else:
            yield Finding(name=f"Lava: {name}", state="ok", found=found[name])
    if not found["lava"]:
        remedy = _install(python, missing, found["pip"])
        yield Finding(name="Lava: lava-nc", state="problem", found="not installed", remedy=remedy)
    elif found[LAVA] == TESTED:
        yield Finding(name="Lava: lava-nc", state="ok", found=TESTED)
    else:
        text = f"{found[LAVA] or 'of unknown version'}; tested is {TESTED}"
        remedy = _install(python, [], found["pip"])
        yield Finding(name="Lava: lava-nc", state="warning", found=text, remedy=remedy)


def imports(python: str) -> Iterator[Finding]:
    """A finding about importing Lava as the worker does it, with the same code and environment."""
    _ask(python, IMPORTS)
    yield Finding(name="Lava: imports", state="ok", found="Lava can be imported, patched")


def shared_memory() -> Iterator[Finding]:
    """A finding about the space for Lava's channels, measured by the self-test's network."""
    larger = (
        f"make {SHM} larger (docker run --shm-size=1g; mount -o remount,size=1G {SHM}), or use "
        "a smaller batch"
    )
    report = partial(Finding, name="shared memory", remedy=larger)
    try:
        with tempfile.TemporaryFile(dir=SHM):
            free = shutil.disk_usage(SHM).free
    except OSError as error:
        remedy = f"mount -t tmpfs -o size=1G,mode=1777 tmpfs {SHM} (docker run --shm-size=1g)"
        found = f"{SHM} cannot be written to ({error.strerror})"
        yield Finding(name="shared memory", state="problem", found=found, remedy=remedy)
        return
    need = needed(corner_networks()[CORNER].network, 1, "fused")
    found = f"{free / 1e6:,.1f} MB free in {SHM}, a small network needs {need / 1e6:,.1f} MB"
    if SHARE * free < need:
        yield report(state="problem", found=found)
    elif free < AMPLE_SHM:
        yield report(state="warning", found=found)
    else:
        yield Finding(name="shared memory", state="ok", found=found)


def _ask(python: str, script: str, *words: str) -> str:
    """The output of a script in that interpreter, in the worker's environment, code included."""
    folder = temporary_folder()
    holder = hold(folder)
    try:
        link_sources(folder)
        done = subprocess.run(
            [python, "-c", script, *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PROBE_S,
            cwd=folder,
            env=environment(folder, python),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _CheckError(f"no answer within {PROBE_S:.0f} s") from error
    except OSError as error:
        raise _CheckError(error.strerror) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(holder)
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
        raise _CheckError(f"exit status {done.returncode}: {last}")
    return done.stdout


def _install(python: str, missing: list[str], pip: bool = True) -> str:
    """The commands of README, 'Install', for Lava alone."""
    lava = f"install --no-deps --ignore-requires-python {LAVA}=={TESTED}"
    steps = [f"install {' '.join(map(shlex.quote, missing))}"] if missing else []
    first, *rest = [*steps, lava]
    return " && ".join([_command(python, first, pip), *(_command(python, r) for r in rest)])


def _command(python: str, words: str, pip: bool = True) -> str:
    made = "" if pip else f"{shlex.quote(python)} -m ensurepip && "
    return f"{made}{shlex.quote(python)} -m pip {words}"
