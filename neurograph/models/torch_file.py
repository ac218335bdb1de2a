"""Tensors in files of PyTorch (.pt, .pth) as arrays, without running what a pickle may hold."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.core.unpacking import allowed, too_much

SAFE = (2, 6)  # from which on its restricted reader runs nothing: CVE-2025-32434
REMEDY = (
    "write its tensors: torch.save({k: v for k, v in data.to_dict().items()}, 'graph.pt'), or "
    "np.savez('graph.npz', u=..., v=..., t=...)"
)


def arrays_of(path: Path) -> dict[str, Array]:
    """Arrays by name of a dictionary of tensors, or of a list of them, one per snapshot.

    Of a list, each edge gets the place of its snapshot as ``time``; what is not an edge (x, y)
    is taken from the last snapshot that has it. A single tensor is called "".

    Raises:
        DataError: PyTorch is not installed, the file is damaged, holds objects of Python or
            weights of a network.
    """
    content = _load(path)
    if isinstance(content, (list, tuple)) and content and all(map(_is_mapping, content)):
        return _snapshots(path, [_arrays(path, part) for part in content])
    if _is_mapping(content):
        return _arrays(path, content)
    if _is_tensor(content):
        return {"": _array(path, "the tensor", content)}
    raise DataError(f"{path}: a {type(content).__name__}, needed a dictionary of tensors; {REMEDY}")


def _load(path: Path) -> Any:
    try:
        import torch
    except ImportError as error:
        raise DataError(
            f"{path}: reading files of PyTorch needs it; pip install 'neurograph[train]'"
        ) from error
    if tuple(map(int, torch.__version__.split(".")[:2])) < SAFE:
        raise DataError(
            f"{path}: PyTorch {torch.__version__} may run what such a file holds; needed "
            f"{SAFE[0]}.{SAFE[1]} or newer: pip install -U torch; or {REMEDY}"
        )
    try:
        _check_size(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except DataError:
        raise
    except Exception as error:  # of any kind: what lies in the file decides
        if type(error).__name__ == "UnpicklingError":
            raise DataError(
                f"{path}: holds objects of Python, which are not read, for they may run anything; "
                f"{REMEDY}"
            ) from error
        reason = str(error).split("\n")[0][:120]
        raise DataError(f"{path}: truncated or not a file of PyTorch ({reason})") from error


def _check_size(path: Path) -> None:
    """Raise DataError where far more would be unpacked than the file holds."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            whole = sum(member.file_size for member in archive.infolist())
        if whole > allowed(packed := path.stat().st_size):
            raise DataError(f"{path}: {too_much(whole, packed)}")


def _arrays(path: Path, content: Mapping[Any, Any]) -> dict[str, Array]:
    names = list(map(str, content))
    if names and all("." in n or n.endswith(("weight", "bias")) for n in names):
        raise DataError(
            f"{path}: holds weights of a network ({', '.join(names[:3])}), no edges; needed a "
            f"graph: edge_index (2, E), or src, dst, t"
        )
    arrays = {str(name): _array(path, str(name), value) for name, value in content.items()}
    return {name: array for name, array in arrays.items() if array is not None}


def _array(path: Path, name: str, value: Any) -> Any:
    if value is None:
        return None
    if _is_mapping(value):
        raise DataError(
            f"{path}: '{name}' is a dictionary (several kinds of nodes or edges?); needed "
            f"tensors; save the part that holds the edges"
        )
    if _is_tensor(value):
        import torch

        if value.layout != torch.strided:
            value = value.to_sparse_coo().coalesce().indices()
        value = value.detach()
        return (value.float() if value.dtype is torch.bfloat16 else value).numpy()
    array = np.asarray(value) if isinstance(value, (int, float, str, list, tuple)) else None
    return None if array is None or array.dtype == object else array


def _snapshots(path: Path, parts: list[dict[str, Array]]) -> dict[str, Array]:
    """Edges of all snapshots, and the time of each."""
    joined: dict[str, list[Array]] = {}
    times, beside = [], {}
    for time, part in enumerate(parts):
        if "edge_index" not in part:
            raise DataError(f"{path}: snapshot {time} has no edge_index; it has {', '.join(part)}")
        edges = part["edge_index"]
        count = edges.shape[-1]
        for name, array in part.items():
            if name.startswith("edge_"):
                joined.setdefault(name, []).append(array)
            else:
                beside[name] = array
        times.append(np.full(count, time))
    if any(len(arrays) != len(parts) for arrays in joined.values()):
        lacking = [name for name, arrays in joined.items() if len(arrays) != len(parts)]
        raise DataError(f"{path}: not every snapshot has {', '.join(lacking)}")
    try:
        whole = {
            n: np.concatenate(a, axis=1 if n == "edge_index" else 0) for n, a in joined.items()
        }
    except ValueError as error:
        raise DataError(f"{path}: snapshots differ in shape ({error})") from error
    return {**beside, **whole, "time": np.concatenate(times)}


def _is_mapping(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_tensor(value: Any) -> bool:
    import torch

    return isinstance(value, torch.Tensor)
