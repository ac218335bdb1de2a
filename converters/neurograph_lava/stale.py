"""Finds what dead runs left on this machine: processes, shared memory, job folders.

Only what carries our names and belongs to this user is looked at. A run is alive while its user's
process lives, which holds a lock on the job folder; a worker may be done and gone while its results
are still being read. The next run removes what is left; a worker without a user ends by itself.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from neurograph.core.files import is_held
from neurograph.core.finding import Finding
from neurograph_lava.cleanup import SHM, TOKEN_BYTES
from neurograph_lava.supervise import MODULE, PREFIX

PROC = Path("/proc")
SEGMENT = re.compile(rf"psm_([0-9a-f]{{{2 * TOKEN_BYTES}}})_.+")
GRACE_S = 2.0  # a folder is older than this before a lack of a lock means anything
SECOND_LOOK_S = 1.0  # a run that is just starting or ending looks like a dead one for a moment
NAME = "left of ended runs"


@dataclass(frozen=True)
class _Process:
    """One process of this user.

    Attributes:
        pid: its number.
        words: its command line.
        maps: the files it has mapped, as the kernel lists them.
    """

    pid: int
    words: tuple[str, ...]
    maps: str

    @property
    def is_worker(self) -> bool:
        return MODULE in self.words


@dataclass(frozen=True)
class Stale:
    """Processes and files that no living run uses.

    Attributes:
        pids: numbers of processes.
        segments: files of shared memory.
        folders: job folders.
    """

    pids: frozenset[int]
    segments: frozenset[Path]
    folders: frozenset[Path]

    def __and__(self, other: Stale) -> Stale:
        return Stale(
            self.pids & other.pids, self.segments & other.segments, self.folders & other.folders
        )

    def __bool__(self) -> bool:
        return bool(self.pids or self.segments or self.folders)


def check() -> Iterator[Finding]:
    """One finding per kind of thing that is left, or one that says there is nothing."""
    left = find()
    if left:
        time.sleep(SECOND_LOOK_S)
        left &= find()
    if not left:
        yield Finding(name=NAME, state="ok", found="nothing")
    if left.pids:
        pids = " ".join(map(str, sorted(left.pids)))
        found = f"processes whose parent is gone: {pids}"
        yield Finding(name=NAME, state="warning", found=found, remedy=f"kill -9 {pids}")
    if left.segments:
        size = sum(_size(segment) for segment in left.segments) / 1e6
        yield _files(f"shared memory ({size:,.1f} MB)", left.segments)
    if left.folders:
        yield _files("job folders", left.folders | _sockets(left.folders))


def tidy_up() -> None:
    """Remove the files that runs left which were killed, all of their processes at once."""
    if not any(candidates()):
        return
    left = find()
    if left.segments or left.folders:
        time.sleep(SECOND_LOOK_S)
        left &= find()
    for segment in left.segments:
        segment.unlink(missing_ok=True)
    for folder in left.folders | _sockets(left.folders):
        shutil.rmtree(folder, ignore_errors=True)


def find() -> Stale:
    """All that is stale now. Files are listed before processes, so none is newer than these."""
    segments, folders = candidates()
    processes = [*_processes()]
    users = "\n".join(p.maps for p in processes if not p.is_worker)
    workers = [p for p in processes if p.is_worker]
    held = "\n".join(word for p in workers for word in p.words) + "\n".join(p.maps for p in workers)
    return Stale(
        pids=frozenset(p.pid for p in workers if not _has_user(p, users)),
        segments=frozenset(s for s in segments if _token(s) not in held),
        folders=frozenset(
            f
            for f in folders
            if f"{f}/" not in users and str(f) not in held and _is_old(f) and not is_held(f)
        ),
    )


def candidates() -> tuple[list[Path], list[Path]]:
    """Segments and job folders of this user, of living runs among them."""
    segments = [s for s in SHM.glob("psm_*") if SEGMENT.fullmatch(s.name) and _is_ours(s)]
    temporary = Path(tempfile.gettempdir()).resolve()
    return segments, [f for f in temporary.glob(f"{PREFIX}*") if f.is_dir() and _is_ours(f)]


def _has_user(worker: _Process, users: str) -> bool:
    """True if a process that is no worker has this worker's job folder mapped."""
    after = worker.words[worker.words.index(MODULE) + 1 :]
    return bool(after) and f"{after[0]}/" in users


def _processes() -> Iterator[_Process]:
    """Processes of this user; one that ends meanwhile is left out."""
    for folder in PROC.glob("[0-9]*"):
        try:
            if folder.stat().st_uid != os.geteuid():
                continue
            words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            maps = (folder / "maps").read_text(errors="replace")
        except OSError:
            continue
        yield _Process(int(folder.name), tuple(words), maps)


def _token(segment: Path) -> str:
    return segment.name.split("_")[1]


def _is_ours(path: Path) -> bool:
    try:
        return path.lstat().st_uid == os.geteuid()
    except OSError:
        return False


def _is_old(folder: Path) -> bool:
    try:
        return time.time() - folder.stat().st_mtime > GRACE_S
    except OSError:
        return False


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _sockets(folders: frozenset[Path]) -> set[Path]:
    """The folders of Lava's sockets, to which a job folder has a link (`cleanup.claim`)."""
    links = [folder / "sockets" for folder in folders]
    found = {link.resolve() for link in links if link.is_symlink()}
    return {f for f in found if f.is_dir() and f.name.startswith("pymp-") and _is_ours(f)}


def _files(what: str, paths: frozenset[Path] | set[Path]) -> Finding:
    names = " ".join(shlex.quote(str(path)) for path in sorted(paths))
    return Finding(
        name=NAME, state="warning", found=f"{what}: {names}", remedy=f"rm -rf -- {names}"
    )
