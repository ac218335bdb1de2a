"""Five hundred changed files end with a result or with one error, and reach nothing outside."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_changed_files_end_well() -> None:
    words = [sys.executable, str(Path(__file__).with_name("fuzz.py")), "--cases", "500"]
    done = subprocess.run(
        words,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "500 cases" in done.stdout
    assert "0 bad" in done.stdout
