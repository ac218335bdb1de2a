"""Makes lava-nc 0.10.0 importable beside a current Python, and says so where it cannot be."""

from __future__ import annotations

import dataclasses
import importlib
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

from neurograph.core.errors import BackendError, BackendFailedError
from neurograph_lava.requirements import LAVA, NEEDED, NUMPY_HANGS, TESTED, minor


def check_installed() -> None:
    """Raise BackendFailedError unless Lava can run in this environment; does not import it."""
    named = {"lava": f"{LAVA} {TESTED}"} | {package: package for package in NEEDED}
    if missing := [name for package, name in named.items() if find_spec(package) is None]:
        raise BackendFailedError(
            f"backend 'loihi-sim' needs {', '.join(missing)}, which {sys.executable} does not "
            "have; see README, 'Install'"
        )
    numpy = version("numpy")
    if minor(numpy) >= NUMPY_HANGS:
        raise BackendFailedError(
            f"backend 'loihi-sim': {LAVA} {TESTED} hangs with numpy {numpy}; "
            "needed: numpy below 2.4; pip install 'numpy<2.4'"
        )


def check_interpreter(python: str) -> None:
    """Raise BackendError unless `python` is an interpreter that can be started.

    What it has installed it says itself, once the worker runs in it.
    """
    if shutil.which(python) is None:
        raise BackendError(
            f"loihi-sim: no interpreter '{python}'; give the path of a Python that has lava-nc, "
            "such as path/to/venv/bin/python"
        )


def lava_version() -> str:
    try:
        return version(LAVA)
    except PackageNotFoundError:  # a source checkout on the path
        return "unknown"


def patch_lava() -> None:
    """Import `lava.magma.compiler.var_model`, which Python 3.11 and newer refuse as it is.

    Its dataclasses have instances of unhashable dataclasses as field defaults. With
    ``unsafe_hash`` the defaults are accepted; nothing hashes them. To be called once, before any
    other import of lava.
    """
    original = dataclasses.dataclass

    def hashable(cls: Any = None, /, **options: Any) -> Any:
        if not options.get("frozen"):
            options["unsafe_hash"] = True
        return original(**options) if cls is None else original(**options)(cls)

    dataclasses.dataclass = hashable
    try:
        importlib.import_module("lava.magma.compiler.var_model")
    finally:
        dataclasses.dataclass = original
