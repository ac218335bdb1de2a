"""Says what is wrong with an installation, and how to mend it.

Imports the standard library alone, so that it starts where a package is missing or broken.
"""

from __future__ import annotations

import dataclasses
import importlib
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from importlib.metadata import (
    PackageNotFoundError,
    distribution,
    entry_points,
    metadata,
    requires,
    version,
)
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from neurograph.core import numba_cache
from neurograph.core.finding import CHECKUP, Finding, State, in_one_line, run_check
from neurograph.core.memory import free_memory
from neurograph.core.setting import Setting, settings_of

GROUP = "neurograph.backends"
PIP = f"{sys.executable} -m pip install"
WHERE = "in a checkout; see README, 'Install'"

LEAST_SPACE, ENOUGH_SPACE = 50_000_000, 1_000_000_000  # bytes: a small run, a large one
ENOUGH_MEMORY = 2_000_000_000  # bytes; training on DBLP resides in 1.2 GB


def install() -> str:
    """The command that installs all that training and our own backends need."""
    return f"{PIP} -c constraints.txt torch==2.13.0 && {PIP} -c constraints.txt '{_here()}'"


def _here() -> str:
    """The checkout with the extras of training and of our own backends, as pip takes it."""
    extras: set[str] = set()
    with suppress(PackageNotFoundError):  # README names them then
        ours = distribution("neurograph").entry_points.select(group=GROUP)
        extras = {extra for entry in ours for extra in entry.extras}
    return f".[{','.join(('train', *sorted(extras)))}]"


def diagnose(options: Mapping[str, Any] | None = None) -> Iterator[Finding]:
    """Findings about the core, then about every installed backend, one by one as they are made.

    Whatever is broken becomes a problem among them; nothing is changed and nothing raised.

    Args:
        options: of backends, by name; each takes its own (see `runtime.backends.Backend`).
    """
    looks: dict[str, Callable[[], Iterable[Finding]]] = {
        "installation": installation,
        "Python": python_version,
        "packages": packages,
        "import": import_itself,
        "training": training,
        "torch build": torch_build,
        "temporary folder": lambda: [space("temporary folder", Path(tempfile.gettempdir()))],
        "current folder": lambda: [space("current folder", Path.cwd())],
        "compiled code": compiled_code,
        "cores": cores,
        "memory": memory,
    }
    remedy = f"{install()} {WHERE}; if it stays, report it with `neurograph doctor --json`"
    for name, look in looks.items():
        yield from run_check(name, look, remedy)
    for entry in sorted(entry_points(group=GROUP), key=lambda e: e.name):
        yield from run_check(entry.name, partial(_checkup, entry, options or {}), remedy)


def checkup_settings() -> Iterator[Setting]:
    """What the checkups can be told, of the backends that can be imported."""
    for entry in entry_points(group=GROUP):
        with suppress(Exception):  # which becomes a finding
            yield from (of for of in settings_of(entry.load().options) if of.group == CHECKUP)


def _checkup(entry: Any, given: Mapping[str, Any]) -> Iterable[Finding]:
    backend = entry.load()()
    own = {f.name for f in dataclasses.fields(backend.options)}
    settings = backend.settings({name: x for name, x in given.items() if name in own})
    findings: Iterable[Finding] = backend.checkup(settings)
    return findings


def installation() -> Iterator[Finding]:
    try:
        found = f"neurograph {version('neurograph')}, {Path(__file__).parent}"
        yield Finding(name="installation", state="ok", found=found)
    except PackageNotFoundError:
        yield Finding(
            name="installation",
            state="problem",
            found="neurograph is on the path but not installed, so its backends cannot be found",
            remedy=f"{PIP} -c constraints.txt -e '{_here()}' {WHERE}",
        )


def python_version() -> Iterator[Finding]:
    here = platform.python_version()
    try:
        bounds = metadata("neurograph")["Requires-Python"]
    except PackageNotFoundError:
        return  # as `installation` said
    from packaging.specifiers import SpecifierSet

    if SpecifierSet(bounds).contains(here, prereleases=True):
        yield Finding(name="Python", state="ok", found=f"{here}, {sys.executable}")
        return
    remedy = "make a virtual environment with a Python that fits: python3.12 -m venv .venv"
    found = f"{here}, {sys.executable}; needed {bounds}"
    yield Finding(name="Python", state="problem", found=found, remedy=remedy)


def packages() -> Iterator[Finding]:
    """What every use needs: there, of the right version, and importable."""
    for requirement in _required(""):
        bounds, found = requirement.specifier, _installed(requirement)
        how = f"'{requirement.name}{bounds}'"
        state: State = "problem"
        if found is None:
            text = f"not installed, needed {bounds}"
        elif not bounds.contains(found, prereleases=True):
            text = f"{found}, needed {bounds}"
        elif fault := _fault_of(requirement.name):
            text = f"{found} cannot be imported: {fault}"
            how = f"--force-reinstall --no-deps {how}"
        else:
            state, text = "ok", f"{found}, needed {bounds}"
        remedy = f"{PIP} {how}" if state == "problem" else ""
        yield Finding(name=requirement.name, state=state, found=text, remedy=remedy)


def training() -> Iterator[Finding]:
    """What training alone needs; not imported, which takes seconds."""
    for requirement in _required("train"):
        found = _installed(requirement)
        state: State = "ok"
        if found is None:
            state, text = "warning", f"not installed; training needs {requirement.specifier}"
        else:
            text = f"{found}, needed {requirement.specifier}"
            if not requirement.specifier.contains(found, prereleases=True):
                state = "problem"
        remedy = "" if state == "ok" else f"{install()} {WHERE}"
        yield Finding(name=requirement.name, state=state, found=text, remedy=remedy)


def _required(extra: str) -> Iterator[Any]:
    """The `packaging.requirements.Requirement` of pyproject.toml that hold here.

    Args:
        extra: only those of this extra; empty: those of none.
    """
    try:
        texts = requires("neurograph") or []
    except PackageNotFoundError:
        return  # as `installation` said
    from packaging.requirements import Requirement

    for text in texts:
        requirement = Requirement(text)
        here = requirement.marker is None or requirement.marker.evaluate({"extra": extra})
        if here and ("extra ==" in text) == bool(extra):
            yield requirement


def _installed(requirement: Any) -> str | None:
    try:
        return version(requirement.name)
    except PackageNotFoundError:
        return None


def _fault_of(name: str) -> str | None:
    """What importing an installed package raises."""
    for module in _modules(name):
        try:
            importlib.import_module(module)
        except Exception as error:
            return in_one_line(error)
    return None


def _modules(name: str) -> set[str]:
    """The modules of a package, whose names may be others than its own."""
    paths = [file.parts for file in distribution(name).files or ()]
    folders = {parts[0] for parts in paths if parts[1:] == ("__init__.py",)}
    files = {Path(parts[0]) for parts in paths if len(parts) == 1}
    single = {file.stem for file in files if file.suffix == ".py"}
    return {module for module in folders | single if module[0] != "_" and module != "tests"}


def import_itself() -> Iterator[Finding]:
    package = importlib.import_module("neurograph")
    for public in package.__all__:
        getattr(package, public)
    yield Finding(name="import", state="ok", found="neurograph and what it needs can be imported")


def torch_build() -> Iterator[Finding]:
    """Reads the build from torch's files: importing it takes seconds."""
    spec = find_spec("torch")
    if spec is None or spec.origin is None:
        return
    text = (Path(spec.origin).parent / "version.py").read_text(encoding="utf-8")
    cuda = re.search(r"^cuda\b[^=]*=\s*['\"]([\d.]+)", text, re.MULTILINE)
    found = f"for CUDA {cuda[1]}" if cuda else "for the CPU"
    yield Finding(name="torch build", state="ok", found=found)


def space(name: str, folder: Path) -> Finding:
    """Whether a folder can be written to, and how much it holds."""
    remedy = f"free some in {folder}, or use another folder"
    if name.startswith("temporary"):
        remedy = f"free some in {folder}, or let TMPDIR name a larger folder: export TMPDIR=FOLDER"
    try:
        with tempfile.TemporaryFile(dir=folder):
            free = shutil.disk_usage(folder).free
    except OSError as error:
        found = f"{folder} cannot be written to ({error.strerror})"
        return Finding(name=name, state="problem", found=found, remedy=remedy)
    state: State = "ok"
    if free < ENOUGH_SPACE:
        state = "problem" if free < LEAST_SPACE else "warning"
    found = f"{free / 1e9:,.2f} GB free in {folder}"
    return Finding(name=name, state=state, found=found, remedy="" if state == "ok" else remedy)


def compiled_code() -> Iterator[Finding]:
    """Where numba keeps it: without a place it would compile for a minute at every start."""
    numba_cache.settle_cache()
    place = numba_cache.place()
    if not numba_cache.is_temporary():
        yield Finding(name="compiled code", state="ok", found=f"kept in {place}")
        return
    found = f"kept in {place}: neither the installation nor a home can be written to"
    remedy = "for a place that stays: export NUMBA_CACHE_DIR=FOLDER"
    yield Finding(name="compiled code", state="warning", found=found, remedy=remedy)


def cores() -> Iterator[Finding]:
    usable, there = len(os.sched_getaffinity(0)), os.cpu_count()
    yield Finding(name="cores", state="ok", found=f"{usable} of {there} usable")


def memory() -> Iterator[Finding]:
    """Of the machine, or of the container or this process if they have less."""
    free = free_memory()
    found = f"{free / 1e9:,.2f} GB free"
    if free >= ENOUGH_MEMORY:
        yield Finding(name="memory", state="ok", found=found)
        return
    remedy = "end other programs; train with a smaller --batch"
    yield Finding(name="memory", state="warning", found=found, remedy=remedy)
