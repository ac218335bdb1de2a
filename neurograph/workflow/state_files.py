"""Files of states that runs have kept, in their folder."""

from __future__ import annotations

from pathlib import Path

from neurograph.core.names import check_name
from neurograph.core.reading import within


def state_file(folder: Path, backend: str, steps: int) -> Path:
    """File of the state after so many snapshots of a run on a backend."""
    return within(folder, f"state-{steps}-{check_name(backend, folder)}.h5")


def clear_states(folder: Path) -> None:
    """Remove all of them: the model is another one."""
    for path in folder.glob("state-*.h5"):
        path.unlink()


def missing_state(folder: Path, backend: str, steps: int) -> str:
    kept = sorted(path.stem.split("-", 2)[1:] for path in folder.glob("state-*.h5"))
    there = ", ".join(f"after {steps} on {on}" for steps, on in kept) or "none"
    return (
        f"{folder}: no state after {steps} snapshots on {backend} (kept: {there}); run first: "
        f"neurograph run --keep-state {steps} --backend {backend}"
    )
