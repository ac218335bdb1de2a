"""Files of a run that a test changed, as if left so: fingerprints fit again, or are gone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from neurograph.runtime.record import RunRecord
from neurograph.workflow import store


def keep(record: RunRecord, run: Path) -> None:
    """Put a record in a run folder, and its fingerprint in the manifest."""
    store.save(record, run / f"record-{record.backend}.h5")
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["run"]["runs"][record.backend]["record"] = record.sha256
    (run / "manifest.json").write_text(json.dumps(manifest))


def change_checkpoint(path: Path, change: Callable[[Any, Any], object]) -> None:
    """Call `change` with our header and the tensors by name, and write them, as version 0.1 did."""
    from safetensors import safe_open
    from safetensors.torch import save_file

    with safe_open(path, framework="pt") as file:
        header = json.loads(file.metadata()["neurograph"])
        tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
    header.pop("sha256", None)
    change(header, tensors)
    save_file(tensors, path, {"neurograph": json.dumps(header)})
