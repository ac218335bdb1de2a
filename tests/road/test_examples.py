"""Every example runs, and prints what its text promises."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "examples"
PROMISES = {
    "compose_with_lava": "Kronecker identical to the written-out Dense: True",
    "from_graph_to_joules": "identical to the reference: True",
    "settle_at_equilibrium": "identical to the reference: True",
}


def test_every_example_promises_something() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} == PROMISES.keys()


@pytest.mark.slow
@pytest.mark.lava
@pytest.mark.parametrize("name", PROMISES)
def test_example(name: str, tmp_path: Path, lava: None) -> None:
    done = subprocess.run(
        [sys.executable, FOLDER / f"{name}.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert PROMISES[name] in done.stdout
    assert list(tmp_path.iterdir()) == [], "an example leaves nothing behind"
