"""The JSON in the header of a checkpoint, read without PyTorch: which model, and its config.

Source: the safetensors format, github.com/huggingface/safetensors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from neurograph.core.errors import ModelError, StoreError
from neurograph.core.json_text import parse_json
from neurograph.core.machine import unreadable
from neurograph.core.reading import open_regular
from neurograph.core.setting import check_kinds
from neurograph.models.config import ModelConfig
from neurograph.models.registry import config_class

HEADER = "neurograph"  # the key of our own JSON among the file's metadata
_LENGTH_BYTES = 8  # of the safetensors header that follows
_TREE = ("fanouts", "cumulative_share")  # kept together in the file


def encode_config(config: ModelConfig) -> dict[str, Any]:
    """JSON values."""
    flat = asdict(config)
    return {**flat, "tree": {name: flat.pop(name) for name in _TREE}}


def decode_config(model: str, given: Mapping[str, Any]) -> ModelConfig:
    """The config that `encode_config` wrote, or an older version of it.

    Raises:
        ModelError: no such model, a config of another one, or one that makes no model.
        KeyError, TypeError: a part is missing.
    """
    kind = config_class(model)
    flat = {name: value for name, value in given.items() if name not in ("tree", *kind.former)}
    flat |= given["tree"]
    check_kinds(kind, flat)
    if foreign := sorted(set(flat) - {f.name for f in fields(kind)}):
        raise ModelError(
            f"it says that it is of model {model}, which has no '{foreign[0]}': a checkpoint of "
            "another model; train again"
        )
    return kind(**flat)


def read_config(path: Path) -> ModelConfig:
    """The config of the model in a checkpoint file.

    Raises:
        StoreError: no checkpoint, or a damaged one.
        ModelError: see `decode_config`.
    """
    whole = _read(path)
    try:
        return decode_config(whole["model"], whole["config"])
    except (KeyError, TypeError) as error:
        raise _damaged(path, error) from error


def read_settings(path: Path) -> dict[str, Any]:
    """The settings of the training in a checkpoint file, by name; raises as `read_meta`."""
    return _table(path, "settings")


def read_meta(path: Path) -> dict[str, Any]:
    """What a checkpoint file says of its training, without its weights.

    Raises:
        StoreError: no checkpoint, or a damaged one.
    """
    return _table(path, "meta")


def _table(path: Path, name: str) -> dict[str, Any]:
    try:
        return dict(_read(path)[name])
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(path, error) from error


def _read(path: Path) -> dict[str, Any]:
    """Our own JSON in a checkpoint file."""
    try:
        with open_regular(path) as file:
            size = int.from_bytes(file.read(_LENGTH_BYTES), "little")
            header = parse_json(file.read(min(size, path.stat().st_size)))
        return dict(parse_json(header["__metadata__"][HEADER]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise unreadable(path, error, _damaged(path, error)) from error


def _damaged(path: Path, error: Exception) -> StoreError:
    return StoreError(f"{path}: damaged or not a checkpoint ({error}); train again")
