"""Files of states that runs have kept, in their folder."""

from __future__ import annotations

from pathlib import Path

from neurograph.core.names import check_name
from neurograph.core.reading import within


def state_file(folder: Path, backend: str, steps: int) -> Path:
    """File of the state after so many snapshots of a run on a backend."""
    return within(folder, f"state-{steps}-{check_name(backend, folder)}.h5")


def states_in(folder: Path) -> list[Path]:
    """All of them."""
    return sorted(folder.glob("state-*.h5"))


def missing_state(folder: Path, backend: str, steps: int) -> str:
    kept = sorted(path.stem.split("-", 2)[1:] for path in states_in(folder))
    there = ", ".join(f"after {steps} on {on}" for steps, on in kept) or "none"
    return (
        f"{folder}: no state after {steps} snapshots on {backend} (kept: {there}); run first: "
        f"neurograph run --keep-state {steps} --backend {backend}"
    )
