"""A run whose record was changed for a test, as if its backend had left it so."""

from __future__ import annotations

import json
from pathlib import Path

from neurograph.runtime.record import RunRecord
from neurograph.workflow import store


def keep(record: RunRecord, run: Path) -> None:
    """Put a record in a run folder, and its fingerprint in the manifest."""
    store.save(record, run / f"record-{record.backend}.h5")
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["run"]["runs"][record.backend]["record"] = record.sha256
    (run / "manifest.json").write_text(json.dumps(manifest))
