"""Where numba keeps what it has compiled, also for who has no home and a read-only installation.

Numba writes beside the source, or else into the user's cache; where it may do neither, it refuses
to compile what is to be kept. Such a user gets a folder of their own among the temporary files.
"""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

VARIABLE = "NUMBA_CACHE_DIR"
PACKAGE = Path(__file__).resolve().parents[1]


def settle_cache() -> None:
    """Name a folder that can be written to, before numba is imported, where it would find none."""
    if os.environ.get(VARIABLE) or _beside_the_source() or _in_the_home():
        return
    os.environ[VARIABLE] = _temporary()


def is_temporary() -> bool:
    """Whether this user's compiled code lies among the temporary files."""
    found = os.environ.get(VARIABLE, "")
    return bool(found) and Path(found).name.startswith(_name())


def place() -> str:
    """The folder, or what stands for many of them, in words."""
    if found := os.environ.get(VARIABLE):
        return found
    return f"{PACKAGE}, beside the source" if _beside_the_source() else str(_home())


def _beside_the_source() -> bool:
    """As numba looks: a `__pycache__` beside every module that has kernels."""
    folder = PACKAGE / "runtime" / "engine"
    cache = folder / "__pycache__"
    return _writable(cache if cache.is_dir() else folder)


def _in_the_home() -> bool:
    """As numba looks; made if it can be."""
    folder = _home()
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder.is_absolute() and _writable(folder)


def _home() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "numba"


def _writable(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK)


def _temporary() -> str:
    """A folder that nobody else can write into: numba trusts what it finds there."""
    folder = Path(tempfile.gettempdir()) / _name()
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return tempfile.mkdtemp(prefix=f"{_name()}-")
    private = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077
    if private and found.st_uid == os.geteuid():
        return str(folder)
    return tempfile.mkdtemp(prefix=f"{_name()}-")


def _name() -> str:
    return f"neurograph-numba-{os.geteuid()}"
