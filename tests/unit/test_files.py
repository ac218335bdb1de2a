"""What is written appears whole or not at all, with the rights of the user's umask."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from neurograph.core.errors import MachineError, StoreError
from neurograph.core.files import (
    UNFINISHED,
    clear_unfinished,
    read_json,
    replacing,
    unfinished_folder,
    write_json,
    write_text,
)

WRITES = """
import sys, time
from pathlib import Path
from neurograph.core.files import replacing, unfinished_folder
with replacing(Path("file")) as file, unfinished_folder(Path("folder")) as folder:
    file.write_text("half")
    (folder / "half").write_text("half")
    print("writing", flush=True)
    time.sleep(60)
"""


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def at_most(size: int) -> Iterator[None]:
    """The kernel refuses larger files."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def hidden(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize(("mask", "rights"), [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600)])
def test_rights_are_those_of_the_umask(tmp_path: Path, mask: int, rights: int) -> None:
    with umask(mask):
        write_text(tmp_path / "new" / "t", "")
        with unfinished_folder(tmp_path / "made") as folder:
            (folder / "made").mkdir()
            (folder / "made").rename(tmp_path / "made")
    assert (tmp_path / "new" / "t").stat().st_mode & 0o777 == rights
    both = rights | rights >> 2 & 0o111  # who may read a folder may look into it
    assert (tmp_path / "made").stat().st_mode & 0o777 == both
    assert (tmp_path / "new").stat().st_mode & 0o777 == both


def test_a_failure_leaves_what_was_there_and_no_folder_made_for_nothing(tmp_path: Path) -> None:
    write_text(tmp_path / "t", "before")
    with at_most(100):
        with pytest.raises(MachineError) as error:
            write_text(tmp_path / "t", "x" * 20_000)
        with pytest.raises(MachineError):
            write_text(tmp_path / "a" / "b" / "t", "x" * 20_000)
    assert str(error.value) == (
        f"{tmp_path / 't'}: cannot be written: File too large: it needs 0.02 MB, a file may have "
        "100 bytes at most (ulimit -f); raise that limit"
    )
    assert (tmp_path / "t").read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["t"]


def test_how_much_is_needed_at_least_where_nobody_knows(tmp_path: Path) -> None:
    def fill() -> None:
        with replacing(tmp_path / "t") as file:
            os.truncate(file, 20_000_000_000)  # which takes no room
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(MachineError, match=r"it needs more than 20,000\.00 MB"):
        fill()
    assert [*tmp_path.iterdir()] == []


def test_errors_of_other_files_are_not_taken_for_this_ones(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "t"):
        (tmp_path / "gone").read_text()


def test_two_files_appear_together_or_not_at_all(tmp_path: Path) -> None:
    names = ("first", "second")
    for name in names:
        write_text(tmp_path / name, "before")

    def fill() -> None:
        with replacing(tmp_path / "first") as first, replacing(tmp_path / "second") as second:
            first.write_text("after")
            with at_most(100):
                second.write_text("x" * 20_000)

    with pytest.raises(MachineError):
        fill()
    assert [(tmp_path / name).read_text() for name in names] == ["before", "before"]


def test_what_is_being_written_stays_and_what_was_killed_goes(tmp_path: Path) -> None:
    """A writer of another process, then the same one killed; the next to write tidies up."""
    command = [sys.executable, "-c", WRITES]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "writing\n"
        clear_unfinished(tmp_path)
        assert len(hidden(tmp_path)) == 2, "it still writes"
        writer.kill()
    assert len(hidden(tmp_path)) == 2, "nobody was left to tidy up"
    end = time.monotonic() + 10
    while hidden(tmp_path) and time.monotonic() < end:
        write_text(tmp_path / "other", "")
    assert [path.name for path in tmp_path.iterdir()] == ["other"]


def test_only_our_own_unfinished_files_go(tmp_path: Path) -> None:
    (tmp_path / ".mine").write_text("")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "kept").write_text("")
    (tmp_path / f".link{UNFINISHED}").symlink_to(tmp_path / "elsewhere")
    write_text(tmp_path / "t", "")
    assert (tmp_path / "elsewhere" / "kept").exists()
    assert (tmp_path / ".mine").exists()


def test_a_name_in_the_way_is_the_users_to_mend(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "file" / "t", tmp_path / "folder", tmp_path / ("t" * 300)):
        with pytest.raises(StoreError, match=r"cannot be written: .*; give "):
            write_json(path, {})


def test_damaged_json_is_told_from_json_that_may_not_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "t.json").write_text("{")
    with pytest.raises(StoreError, match=r"t\.json: damaged .*; make it again$"):
        read_json(tmp_path / "t.json")

    def closed(path: Path) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr("neurograph.core.files.read_bytes", closed)
    said = r"t\.json: cannot be read: Permission denied; let its owner give you the right to read"
    with pytest.raises(MachineError, match=said):
        read_json(tmp_path / "t.json")
