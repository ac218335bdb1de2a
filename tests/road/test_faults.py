"""Commands with too little of something, and killed: a few of what `make bench-faults` tries."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SHORT = Path(__file__).resolve().parents[1] / "faults" / "short.py"


@pytest.mark.slow
def test_one_line_and_nothing_changed_lost_or_left(
    namespace: list[str], lava: None, tmp_path: Path
) -> None:
    line = [*namespace, sys.executable, str(SHORT), str(tmp_path)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=300, check=False)
    assert done.stdout, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["bad"] == []
    assert set(found["done"]) == {"disk", "file size", "open files", "no home", "read-only"}
    assert sum(found["done"].values()) >= 15
    assert sum(found["hit"].values()) >= 1
