"""No room for what a run writes: one clear error, nothing half-written, and a way on."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.road.conftest import chunked, results

pytestmark = [pytest.mark.lava, pytest.mark.slow]

# Takes all room but 10 kB at a certain moment. On a real, small file system; where nobody may
# mount one, the kernel still refuses files that are larger than a limit.
FILL = """
def fill(folder):
    free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
    with open(folder / "filler", "wb") as file:
        os.posix_fallocate(file.fileno(), 0, free - 10_000)
"""
LIMIT = """
def fill(folder):
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, resource.RLIM_INFINITY))
"""
IN_THE_PARTS = """
add = chunks.Chunks.add
def adding(self, part):
    if self.done == 32:
        fill(self.folder.parent)
    add(self, part)
chunks.Chunks.add = adding
"""
IN_THE_RECORDS = """
saving = store.saving
def filling(noun, path, **how):
    if path.name == "record-reference.h5":
        fill(path.parent)
    return saving(noun, path, **how)
store.saving = filling
"""
SCRIPT = """
cp -r {run}/. {disk}
{first} > /dev/null 2> {out}/said || echo $? > {out}/status
ls -A {disk} > {out}/left
ls -A {disk}/.parts > {out}/parts
rm -f {disk}/filler
{again} > /dev/null
cp {disk}/*.h5 {out}
ls -A {disk} > {out}/left_again
"""


@pytest.mark.parametrize("what", ["the parts", "the records"])
@pytest.mark.parametrize(
    ("target", "how"),
    [("loihi-sim", "a full disk"), ("reference", "a file limit")],
)
def test_no_room_for(
    what: str,
    target: str,
    how: str,
    road: Path,
    copy: Path,
    tmp_path: Path,
    undisturbed: Callable[[str], dict[str, str]],
    request: pytest.FixtureRequest,
) -> None:
    disk, out = tmp_path / "disk", tmp_path / "out"
    disk.mkdir()
    out.mkdir()
    words = ("run", disk, "--limit", "60", "--target", target)
    moment = IN_THE_PARTS if what == "the parts" else IN_THE_RECORDS
    script = SCRIPT.format(
        run=copy,
        disk=disk,
        out=out,
        first=shlex.join(chunked(*words, hook=(FILL if how == "a full disk" else LIMIT) + moment)),
        again=shlex.join(chunked(*words, "--resume")),
    )
    command = ["sh", "-ec", script]
    if how == "a full disk":
        mount = f"mount -t tmpfs -o size=16m tmpfs {disk}\n"
        command = [*request.getfixturevalue("namespace"), "sh", "-ec", mount + script]
    subprocess.run(command, check=True, cwd=road, timeout=300)

    assert (out / "status").read_text() == "3\n"
    kept, path = (32, r"\.parts/000000032\.h5") if what == "the parts" else (60, r"record-\w+\.h5")
    told = " ".join((out / "said").read_text().split())  # at whatever width
    said = re.fullmatch(
        rf"{kept} of 60 nodes are kept; "
        rf"to go on: neurograph run {disk} --limit 60 --target {target} --resume "
        rf"error: {disk}/{path}: cannot be written: "
        r"(No space left on device|File too large): it needs 0\.\d\d MB, "
        r"(\S+ (bytes|MB) are free in|a file may have) .*",
        told,
    )
    assert said, told
    assert said[1].startswith("No space" if how == "a full disk" else "File too")
    left = set((out / "left").read_text().split())
    assert left - {"filler"} == {p.name for p in copy.iterdir()} | {".parts", ".lock"}
    parts = (out / "parts").read_text().split()
    assert parts == [*(f"{n:09}.h5" for n in range(0, kept, 16)), "plan.json"]
    assert results(out) == undisturbed(target)
    assert ".parts" not in (out / "left_again").read_text().split()
