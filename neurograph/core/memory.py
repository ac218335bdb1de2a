"""How much memory there is, and memory that is asked for in pieces of hundreds of megabytes."""

from __future__ import annotations

import ctypes
import resource
import sys
from pathlib import Path

from neurograph.core.errors import MachineError

CGROUP = Path("/sys/fs/cgroup")
_TRIM_THRESHOLD, _MMAP_MAX = -1, -4  # of glibc's mallopt, see malloc.h
_MOST = 2**31 - 1


def check_memory(what: str, needed: float, remedy: str) -> None:
    """Raise MachineError where work cannot fit, before it begins.

    Args:
        what: will take memory, as words.
        needed: bytes that it takes at the least.
        remedy: how it takes less.
    """
    if needed > (free := free_memory()):
        raise MachineError(
            f"not enough memory: {what} needs at least {needed / 1e9:,.1f} GB, {free / 1e9:,.1f} "
            f"GB are free; {remedy}"
        )


def free_memory() -> float:
    """Bytes that this process may still take: of the machine, its container and its own limit."""
    import psutil

    used, most = psutil.Process().memory_info().vms, resource.getrlimit(resource.RLIMIT_AS)[0]
    own = float("inf") if most == resource.RLIM_INFINITY else most - used
    return float(min(psutil.virtual_memory().available, left_in_container(), own))


def left_in_container() -> float:
    """Bytes under the memory limit of this control group (version 2); infinite without one."""
    try:
        limit = int((CGROUP / "memory.max").read_text())
        return limit - int((CGROUP / "memory.current").read_text())
    except (OSError, ValueError):
        return float("inf")


def keep_freed_memory() -> bool:
    """Keep large arrays' memory in the process when they are freed, for the next ones.

    By default the C library gives it back, and the system clears every page of it anew: a quarter
    of a training step over a whole graph. For all of the process, from now on.

    Returns:
        Whether there is a C library that can be told so.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library
        return False
    return all(mallopt(what, value) for what, value in ((_MMAP_MAX, 0), (_TRIM_THRESHOLD, _MOST)))
