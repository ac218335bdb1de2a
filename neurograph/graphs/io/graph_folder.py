"""A graph folder: the edges and labels in graph.npz, what they are in graph.json."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError, StoreError
from neurograph.core.files import as_json, replacing
from neurograph.core.json_text import parse_json
from neurograph.core.machine import unreadable
from neurograph.core.reading import read_bytes
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io.assemble import assemble
from neurograph.graphs.io.npz import read_npz

KIND = "neurograph graph"
SCHEMA = 2  # 1 had neither weights nor ids nor parts
ARRAYS, HEADER = "graph.npz", "graph.json"
EDGES = ("u", "v", "step")
OPTIONAL = ("weight", "ids", "part")


def save_graph(graph: TemporalGraph, folder: str | os.PathLike[str]) -> None:
    """Write `graph` into `folder`, replacing a graph that is there.

    Both files appear whole, or neither and a graph that was there stays; the header last: what is
    killed between them leaves no graph that `load_graph` would take for good.

    Raises:
        MachineError: it cannot be written: no space, no permission.
    """
    folder = Path(folder)
    arrays: dict[str, Any] = dict(_edges(graph))
    optional = {"ids": graph.ids, "part": graph.part}
    arrays.update((name, values) for name, values in optional.items() if values is not None)
    names = np.array(graph.label_names, np.str_)
    header = {
        "kind": KIND,
        "schema": SCHEMA,
        "nodes": graph.num_nodes,
        "steps": graph.num_steps,
        "classes": graph.num_classes,
        "pairs": len(graph.cumulative.indices) // 2,
        "edges": len(arrays["u"]),
        "sha256": graph.sha256,
        "meta": dict(graph.meta),
    }
    text = as_json(header).encode()
    arrays |= {"labels": graph.labels, "label_names": names}
    size = sum(array.nbytes for array in arrays.values())
    with (
        replacing(folder / HEADER, len(text)) as described,
        replacing(folder / ARRAYS, size) as held,
    ):
        described.write_bytes(text)
        with held.open("wb") as file:
            np.savez(file, **arrays)


def load_graph(folder: str | os.PathLike[str]) -> TemporalGraph:
    """Read back what `save_graph` wrote.

    Raises:
        DataError: there is no graph in `folder`.
        StoreError: a file is damaged, is no NeuroGraph file, or has another schema version.
    """
    folder = Path(folder)
    header = _read_header(folder / HEADER)
    try:
        graph = _assemble(read_npz(folder / ARRAYS), header)
    except (DataError, ValueError, TypeError, IndexError) as error:
        raise StoreError(f"{folder / ARRAYS}: damaged ({error}); make the graph again") from error
    if graph.sha256 != header["sha256"]:
        raise StoreError(
            f"{folder / ARRAYS}: its contents are {graph.sha256[:12]}, {HEADER} says "
            f"{str(header['sha256'])[:12]}; make the graph again"
        )
    return replace(graph, meta=header["meta"])  # without the counts of this second assembly


def load_header(folder: Path) -> dict[str, Any]:
    """What is written about the graph in `folder`, without its edges.

    Raises:
        DataError: there is no graph in `folder`.
        StoreError: the header is damaged, or of another schema version.
    """
    return _read_header(folder / HEADER)


def _assemble(arrays: Mapping[str, Array], header: Mapping[str, Any]) -> TemporalGraph:
    if lacking := {*EDGES, "labels", "label_names"} - arrays.keys():
        raise DataError(f"no {', '.join(sorted(lacking))}")
    return assemble(
        *(arrays[name] for name in EDGES),
        num_nodes=len(arrays["labels"]),
        num_steps=header["steps"],
        labels=arrays["labels"],
        label_names=tuple(map(str, arrays["label_names"])),
        meta={},
        **{name: arrays[name] for name in OPTIONAL if name in arrays},
    )


def _edges(graph: TemporalGraph) -> dict[str, Array]:
    """Arrays of the edges, each written once."""
    u, v, step, weight = graph.fresh.pairs()
    arrays = {"u": u, "v": v, "step": step}
    return arrays if weight is None else arrays | {"weight": weight}


def _read_header(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise DataError(
            f"{path.parent}: no graph here ({path.name} is missing); make one with: "
            "neurograph data import, or neurograph data synth"
        )
    try:
        header = parse_json(read_bytes(path))
    except (OSError, ValueError) as error:
        damaged = StoreError(f"{path}: damaged ({error}); make the graph again")
        raise unreadable(path, error, damaged) from error
    if not isinstance(header, dict) or header.get("kind") != KIND:
        raise StoreError(f"{path}: not the header of a NeuroGraph graph")
    if (schema := header.get("schema")) not in (1, SCHEMA):
        newer = isinstance(schema, int) and schema > SCHEMA
        remedy = "upgrade neurograph" if newer else "make the graph again"
        raise StoreError(f"{path}: schema {schema}, this neurograph reads 1 to {SCHEMA}; {remedy}")
    if lacking := {"steps", "sha256", "meta"} - header.keys():
        raise StoreError(f"{path}: damaged (no {', '.join(sorted(lacking))}); make the graph again")
    if not isinstance(header["meta"], dict):
        raise StoreError(f"{path}: damaged (meta is no table); make the graph again")
    return header
