"""What the machine refuses (room, memory, files, permission), as one line with a remedy."""

from __future__ import annotations

import errno
import os
import re
import resource
import shutil
from collections.abc import Iterator
from pathlib import Path

from neurograph.core.errors import MachineError, NeuroGraphError, StoreError

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # a full disk, a quota, a limit on file sizes
DENIED = (errno.EACCES, errno.EPERM, errno.EROFS)
FEW_FILES = (errno.EMFILE, errno.ENFILE)
NO_MEMORY = (errno.ENOMEM, errno.EAGAIN)  # the second where a thread or process cannot be started
OF_THE_DISK = (errno.EIO, errno.ESTALE)
OF_THE_MACHINE = (*NO_ROOM, *DENIED, *FEW_FILES, *NO_MEMORY, *OF_THE_DISK)
OF_THE_NAME = (errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP)

# How libraries that raise no OSError tell of one: the number, or the words, in what they say.
NUMBERS = re.compile(r"(?:\[?Errno|os error|errno =|error code:?) (\d+)", re.IGNORECASE)
CUT_SHORT = re.compile(r"\d+ requested and \d+ written")  # numpy, of a disk that is full
WORDS = {
    "No space left on device": errno.ENOSPC,
    "Too many open files": errno.EMFILE,
    "annot allocate memory": errno.ENOMEM,
    "an't allocate memory": errno.ENOMEM,
    "Unable to allocate": errno.ENOMEM,
    "bad_alloc": errno.ENOMEM,
    "failed to map segment": errno.ENOMEM,
    "an't start new thread": errno.ENOMEM,
    "\nMemoryError": errno.ENOMEM,
    "LLVM ERROR: out of memory": errno.ENOMEM,
}
MEGABYTE, SMALL = 1e6, 10_000  # bytes; less is told in bytes
LEAST_ADDRESS_SPACE = 1.4e9  # bytes; with a GiB, threads could not be started in most runs


def unwritable(
    path: Path, error: OSError, size: float | None = None, *, written: float | None = None
) -> NeuroGraphError:
    """The error to raise for a file or folder that the system did not let us write.

    Args:
        size: bytes that it needs, where that is known.
        written: bytes that there was room for.
    """
    number = number_of(error)
    said = f"{path}: cannot be written: {_said(error, number)}"
    if number in OF_THE_NAME:
        return StoreError(f"{said}; {_remedy(number, path)}")
    if number not in NO_ROOM:
        return MachineError(f"{said}; {_remedy(number, path)}")
    needed = ""
    if size is not None or written is not None:
        least = "" if size is not None else "more than "
        needed = f"it needs {least}{told_bytes(size or written or 0)}, "
    return MachineError(f"{said}: {needed}{room(_folder_of(path), number)}")


def unreadable(path: Path, error: Exception, otherwise: NeuroGraphError) -> NeuroGraphError:
    """The error to raise for a file that could not be read: it may be whole, and only closed to us.

    Args:
        otherwise: what to raise where the machine did not refuse it, so that it is damaged.
    """
    number = number_of(error)
    if number not in OF_THE_MACHINE:
        return otherwise
    remedy = _remedy(number, path)
    if number in DENIED:
        remedy = "let its owner give you the right to read it"
    return MachineError(f"{path}: cannot be read: {_said(error, number)}; {remedy}")


def explained(error: BaseException) -> NeuroGraphError | None:
    """What to say of an error that nobody took, if it is the machine's and not a bug."""
    for one in _chain(error):
        number = number_of(one)
        if isinstance(one, FileNotFoundError) and "temporary directory" in str(one):
            return MachineError(f"{one.strerror}; let TMPDIR name one that may be written to")
        if number not in OF_THE_MACHINE:
            continue
        path = getattr(one, "filename", None)
        if number in NO_MEMORY:
            return MachineError(f"not enough memory: {_said(one, number)}{_memory()}")
        where = f"{os.fsdecode(path)}: " if isinstance(path, str | bytes | os.PathLike) else ""
        place = Path(os.fsdecode(path)) if where and path is not None else Path.cwd()
        if number in NO_ROOM:
            left = room(_folder_of(place), number)
            return MachineError(f"{where}cannot be written: {_said(one, number)}: {left}")
        return MachineError(f"{where}{_said(one, number)}; {_remedy(number, place)}")
    return None


def number_of(error: BaseException) -> int | None:
    """The system's number of what went wrong; None where the system did not refuse anything."""
    if isinstance(error, MemoryError):
        return errno.ENOMEM
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    if isinstance(error, NeuroGraphError | ValueError | LookupError | TypeError | AssertionError):
        return None
    text = str(error)
    if found := NUMBERS.search(text):
        return int(found[1])
    if CUT_SHORT.search(text):
        limited = resource.getrlimit(resource.RLIMIT_FSIZE)[0] != resource.RLIM_INFINITY
        return errno.EFBIG if limited else errno.ENOSPC
    return next((number for words, number in WORDS.items() if words in text), None)


def check_address_space() -> None:
    """Raise MachineError where this process may have less than PyTorch and numba need.

    Past that point some of their threads end the process without a word.
    """
    most = resource.getrlimit(resource.RLIMIT_AS)[0]
    if most != resource.RLIM_INFINITY and most < LEAST_ADDRESS_SPACE:
        raise MachineError(
            f"not enough memory: PyTorch and compiled code need {LEAST_ADDRESS_SPACE / 1e9:,.1f} "
            f"GB of address space, this process may have {most / 1e9:,.2f} GB (ulimit -v); raise "
            "that limit"
        )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error, what it was raised from, and what was being handled."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _said(error: BaseException, number: int | None) -> str:
    """The system's words, in one line."""
    if isinstance(error, OSError) and error.strerror and not NUMBERS.search(error.strerror):
        return error.strerror
    if number is not None and number not in NO_MEMORY:
        return os.strerror(number)
    lines = str(error).strip().splitlines()  # of a traceback, the last says what it was
    return lines[-1][:200] if lines else os.strerror(errno.ENOMEM)


def room(folder: Path, number: int | None, elsewhere: str = "use another folder") -> str:
    """How much room there is in a folder, and what to do.

    Args:
        number: of the system's error, one of `NO_ROOM`.
        elsewhere: how another folder is named.
    """
    if number == errno.EFBIG:
        most = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
        limit = "" if most == resource.RLIM_INFINITY else f"{told_bytes(most)} "
        return f"a file may have {limit}at most (ulimit -f); raise that limit"
    free = told_bytes(shutil.disk_usage(folder).free)
    mine = " of yours" if number == errno.EDQUOT else ""
    return f"{free} are free in {folder}; free some{mine}, or {elsewhere}"


def told_bytes(count: float) -> str:
    """So many bytes, in words: few of them as such, more in MB."""
    return f"{count:,.0f} bytes" if count < SMALL else f"{count / MEGABYTE:,.2f} MB"


def _remedy(number: int | None, path: Path) -> str:
    if number in DENIED:
        return f"you may not write in {_folder_of(path)}; use another folder"
    if number in FEW_FILES:
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        return f"this process may have {most:,} files open; raise the limit: ulimit -n 1024"
    if number in NO_MEMORY:
        return _memory().removeprefix("; ")
    if number == errno.ENAMETOOLONG:
        return "give it a shorter name"
    if number in OF_THE_NAME:
        return "a file or folder of that name is in the way; give another name"
    return "look after that disk, or use another folder"


def _memory() -> str:
    most = resource.getrlimit(resource.RLIMIT_AS)[0]
    if most != resource.RLIM_INFINITY:
        return (
            f"; this process may have {most / 1e9:,.2f} GB (ulimit -v): raise the limit, or ask "
            "for less at once (--batch, --limit)"
        )
    return "; end other programs, or ask for less at once (--batch, --limit)"


def _folder_of(path: Path) -> Path:
    """The nearest folder above that is there."""
    for parent in path.absolute().parents:
        try:
            if parent.is_dir():
                return parent
        except OSError:  # one that may not be looked into
            continue
    return Path("/")
