"""Memory that is asked for again and again, in pieces of hundreds of megabytes."""

from __future__ import annotations

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4  # of glibc's mallopt, see malloc.h
_MOST = 2**31 - 1


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
