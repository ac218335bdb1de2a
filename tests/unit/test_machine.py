"""What the system refuses is told from a bug, however a library wraps it."""

from __future__ import annotations

import errno
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from neurograph.cli.status import LIST, Status, status_of
from neurograph.core.errors import DataError, DoesNotFitError, MachineError, StoreError
from neurograph.core.machine import explained
from tests.unit.test_files import at_most


def told(error: BaseException) -> str:
    found = explained(error)
    assert isinstance(found, MachineError)
    return str(found)


def test_memory_that_numpy_and_torch_do_not_get() -> None:
    for asks in (lambda: np.empty(1 << 60, np.uint8), lambda: torch.empty(1 << 60)):
        with pytest.raises((MemoryError, RuntimeError)) as error:
            asks()
        assert told(error.value).startswith("not enough memory: ")
        assert "--batch" in told(error.value)


@pytest.mark.parametrize("library", ["safetensors", "h5py", "numpy"])
def test_a_file_that_is_too_large_for_a_library(library: str, tmp_path: Path) -> None:
    path, large = tmp_path / "f", np.zeros(100_000)
    writes = {
        "safetensors": lambda: save_file({"x": torch.zeros(100_000)}, path),
        "h5py": lambda: h5py.File(path, "w").create_dataset("x", data=large).file.flush(),
        "numpy": lambda: np.save(path, large),
    }
    with at_most(10_000):
        with pytest.raises(Exception) as error:  # noqa: PT011 each has its own
            writes[library]()
        said = told(error.value)
    assert "File too large" in said
    assert "(ulimit -f); raise that limit" in said


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.ENOSPC, "free some, or use another folder"),
        (errno.EDQUOT, "free some of yours, or use another folder"),
        (errno.EMFILE, "raise the limit: ulimit -n 1024"),
        (errno.EACCES, "use another folder"),
        (errno.EROFS, "use another folder"),
        (errno.EIO, "look after that disk"),
        (errno.ENOMEM, "--batch"),
    ],
)
def test_each_refusal_has_its_remedy(number: int, remedy: str, tmp_path: Path) -> None:
    path = str(tmp_path / "f")
    said = told(OSError(number, "Refused", path))
    assert remedy in said
    assert said.count("\n") == 0
    if number != errno.ENOMEM:
        assert said.startswith(f"{path}: ")


def test_it_is_found_below_what_was_made_of_it() -> None:
    error = ImportError("neurograph.run cannot be imported")
    error.__cause__ = OSError(errno.EMFILE, "Too many open files")
    assert "Too many open files" in told(error)


def test_a_bug_stays_a_bug() -> None:
    for error in (ValueError("no"), KeyError(28), FileNotFoundError(errno.ENOENT, "No", "f")):
        assert explained(error) is None


def test_exit_statuses() -> None:
    assert status_of(DataError("")) == Status.USAGE == 2
    assert status_of(MachineError("")) == Status.ENVIRONMENT == 3
    assert status_of(DoesNotFitError("loihi1", ())) == Status.MISFIT == 4
    assert Status.TOLERANCE == 5
    missing = StoreError("needs pyarrow")
    missing.__cause__ = ImportError("pyarrow")
    assert status_of(missing) == Status.ENVIRONMENT
    assert all(f"{status:d} " in LIST for status in Status)
