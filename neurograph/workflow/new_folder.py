"""Whether a folder may take a new run: what was made there is not lost by accident."""

from __future__ import annotations

from neurograph.core.errors import StoreError
from neurograph.core.occupied import check_folder, occupied
from neurograph.core.reading import read_bytes
from neurograph.workflow.folder import RunFolder
from neurograph.workflow.manifest import read_entries

MARKS = ("manifest.json",)
BEGINS = ("train", "import")  # commands that make a run, and head its manifest


def check_new(folder: RunFolder, *, overwrite: bool) -> None:
    """Refuse a folder that holds a run, or anything else.

    Args:
        overwrite: a run may be replaced.

    Raises:
        ExistsError: it does.
    """
    check_folder(folder.path, MARKS, "run")
    if not folder.manifest.exists():
        return
    if not set(BEGINS) & _entries(folder).keys():
        check_folder(folder.path, (), "run")  # a manifest of somebody else
    if overwrite:
        return
    if folder.imported.exists():
        raise occupied(folder.path, "an imported network")
    if can_go_on(folder):
        go_on = f"go on with it: neurograph train --resume {folder.path}"
        raise occupied(folder.path, "a trained model", go_on)
    if folder.best.exists():
        raise occupied(folder.path, "a trained model")


def can_go_on(folder: RunFolder) -> bool:
    """Whether a training is there that can go on: from its last epoch, or from none.

    One that was killed while its first epoch was written has a model, and no last epoch.
    """
    if folder.last.exists() or not folder.best.exists():
        return folder.last.exists()
    rows = read_bytes(folder.metrics) if folder.metrics.exists() else b""
    return len(rows.splitlines()) <= 1


def _entries(folder: RunFolder) -> dict[str, object]:
    try:
        found = read_entries(folder.manifest)
    except StoreError:  # what a run of ours may have been
        return dict.fromkeys(BEGINS)
    return found if isinstance(found, dict) else {}
