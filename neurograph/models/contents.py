"""What a checkpoint holds, as one fingerprint in its header: a weight that changed is noticed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from neurograph.core.arrays import fingerprint
from neurograph.core.errors import StoreError

KEY = "sha256"


def fingerprint_of(header: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 over our own JSON of the header, and names, types, shapes and bytes of tensors."""
    said = {name: value for name, value in header.items() if name != KEY}
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(fingerprint(name, tensor.numpy()).encode())
    return digest.hexdigest()


def check_contents(header: Mapping[str, Any], tensors: Mapping[str, Tensor], path: Any) -> None:
    """Raise StoreError if it is not what was written; earlier versions wrote no fingerprint."""
    if header.get(KEY) not in (None, fingerprint_of(header, tensors)):
        raise StoreError(
            f"{path}: damaged (its contents are not what its header says that training wrote); "
            "train again, or restore the file"
        )
