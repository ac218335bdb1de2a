"""Everything that NeuroGraph reads: which file, how it is changed, and what reads it."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from world import GRAPH, IMPORTED, RUN, TWIN

from neurograph.chip.profiles import load_profile
from neurograph.core.arrays import Array
from neurograph.core.errors import NeuroGraphError
from neurograph.core.reading import within
from neurograph.graphs import io
from neurograph.graphs.embed.folder import load_features
from neurograph.graphs.embed.make import make_features
from neurograph.graphs.io.summary import info
from neurograph.models.checkpoint import LAST, load_checkpoint
from neurograph.models.settings import TrainSettings
from neurograph.runtime.record import EventCounts, InferredPart, RunRecord
from neurograph.workflow import check, store
from neurograph.workflow.export import export
from neurograph.workflow.folder import RunFolder
from neurograph.workflow.imported import import_file, load_imported
from neurograph.workflow.infer import infer, score
from neurograph.workflow.predict import predict
from neurograph.workflow.report import write_report
from neurograph.workflow.run import Run
from neurograph.workflow.samples.infer import infer_samples
from neurograph.workflow.samples.opened import judged_on_samples
from neurograph.workflow.train import train
from neurograph.workflow.verify import verify
from neurograph.workflow.yardsticks import kept

LIMIT = 6  # nodes
Use = Callable[[], Any]


@dataclass(frozen=True)
class Reader:
    """A file, a kind of `mutations.KINDS`, and what reads it in the folder of a case."""

    file: str
    kind: str
    use: Use


class NonsenseError(Exception):
    """What was read breaks what must hold of it."""


def digest(*values: Any) -> str:
    """Of JSON values and arrays."""
    found = hashlib.sha256()
    for value in values:
        plain = isinstance(value, np.ndarray) and value.dtype != object
        found.update(value.tobytes() if plain else repr(value).encode("utf-8", "replace"))
    return found.hexdigest()


def _finite(what: str, *arrays: Array) -> None:
    if not all(np.isfinite(array).all() for array in arrays):
        raise NonsenseError(f"{what} that are not finite")


def of_tables(edges: str, labels: str | None = None) -> str:
    graph = io.import_edges(Path(edges), labels=labels and Path(labels), yes=True)
    lists = graph.cumulative
    if lists.indices.size and not 0 <= lists.indices.min() <= lists.indices.max() < graph.num_nodes:
        raise NonsenseError("a neighbour that is no node")
    io.save_graph(graph, Path("out"))
    return io.load_graph(Path("out")).sha256


def of_graph() -> str:
    graph = io.load_graph(Path(GRAPH))
    found = info(graph)
    return digest(graph.sha256, json.dumps(found, allow_nan=False))


def of_features() -> str:
    graph = io.load_graph(Path(GRAPH))
    features = load_features(Path(GRAPH))
    features.check_matches(graph)
    _finite("features", features.values)
    return digest(features.values, features.sha256)


def of_given() -> str:
    made = make_features(io.load_graph(Path(GRAPH)), Path(GRAPH), given=Path("given.npy"))
    _finite("features", made.values)
    return digest(made.values)


def of_run() -> str:
    run = Run(Path(RUN))
    found = infer(run, backend="reference", limit=LIMIT)
    _finite("logits", *(record.logits for record in found.records.values()))
    return digest(score(run, found.records))


def of_resumed() -> str:
    run = Run(Path(RUN))
    found = infer(run, backend="reference", limit=LIMIT, resume=True)
    _finite("logits", *(record.logits for record in found.records.values()))
    return digest(score(run, found.records))


def of_part() -> str:
    """A part that is damaged is done anew: that it was noticed, only the file itself says."""
    refused = None
    try:
        store.load(InferredPart, within(RunFolder(Path(RUN)).chunks, "000000000.h5"))
    except NeuroGraphError as error:
        refused = error
    found = of_resumed()
    if refused is not None:
        raise refused
    return found


def of_records() -> str:
    run = Run(Path(RUN))
    agreements = {name: a.to_dict() for name, a in verify(run).items()}
    return digest(json.dumps(agreements, allow_nan=False))


def of_report(*twins: str) -> str:
    run = Run(Path(RUN))
    _, data = write_report(run, [Run(Path(twin)) for twin in twins])
    tree = json.loads(data.read_text())
    for name, scores in tree["scores"].items():
        for value in scores.values() if isinstance(scores, dict) else ():
            if isinstance(value, float) and not (math.isfinite(value) and 0 <= value <= 1):
                raise NonsenseError(f"score of {name}: {value}")
    return digest(tree["scores"], tree["energy"])


def of_counts() -> str:
    counts = store.load(EventCounts, RunFolder(Path(RUN)).events)
    return digest(counts.inferences, *counts.sent.values())


def of_record() -> str:
    record = store.load(RunRecord, RunFolder(Path(RUN)).record("reference"))
    _finite("logits", record.logits)
    return digest(record.nodes, *record.spikes.values())


def of_checkpoint() -> str:
    found = export(Run(Path(RUN)), backend="reference", calibrate=4, placer="sequential")
    return digest(found.quantized.sha256)


def of_check() -> str:
    return digest(check.of_run(RunFolder(Path(RUN)), "loihi2", None).source)


def of_last() -> str:
    load_checkpoint(Path(RUN) / "checkpoint", LAST)
    given = Run(Path(RUN)).trained["settings"]
    train(
        Path(GRAPH),
        TrainSettings.from_dict(given),
        RunFolder(Path(RUN)),
        resume=True,
        yardsticks=False,
    )
    found = load_checkpoint(Path(RUN) / "checkpoint")
    _finite("weights", *(t.numpy() for t in found.state.values()))
    return digest(*(t.numpy() for t in found.state.values()))


def of_manifest() -> str:
    run = Run(Path(RUN))
    found = predict(run, "val")
    _finite("outputs", found.outputs)
    return digest(found.outputs)


def of_yardsticks() -> str:
    return digest(repr(kept(Run(Path(RUN)))))


def of_profile() -> str:
    return digest(repr(load_profile("mine.toml")))


def of_netx() -> str:
    return import_file(Path("net.net"), RunFolder(Path("new"))).sha256


def of_imported() -> str:
    network = load_imported(RunFolder(Path(IMPORTED)))
    assert network is not None
    return network.sha256


def of_samples() -> str:
    found = infer_samples(Run(Path(IMPORTED)), Path("samples.npz"), backend="reference")
    return digest(found.found.records["reference"].logits)


def of_kept_samples() -> str:
    judged = judged_on_samples(Run(Path(IMPORTED)))
    return digest(*(record.logits for record in judged.records.values()))


READERS = {
    "edges, text": Reader("edges.txt", "table", lambda: of_tables("edges.txt", "labels.csv")),
    "labels, text": Reader("labels.csv", "table", lambda: of_tables("edges.txt", "labels.csv")),
    "edges, gzip": Reader("edges.txt.gz", "gz", lambda: of_tables("edges.txt.gz")),
    "edges, npz": Reader("edges.npz", "npz", lambda: of_tables("edges.npz")),
    "edges, node-link": Reader("edges.json", "json", lambda: of_tables("edges.json")),
    "graph, arrays": Reader(f"{GRAPH}/graph.npz", "npz", of_graph),
    "graph, header": Reader(f"{GRAPH}/graph.json", "json", of_graph),
    "features, values": Reader(f"{GRAPH}/features/dynwalk/values.npy", "npy", of_features),
    "features, header": Reader(f"{GRAPH}/features/dynwalk/features.json", "json", of_features),
    "features, given": Reader("given.npy", "npy", of_given),
    "profile": Reader("mine.toml", "toml", of_profile),
    "checkpoint, exported": Reader(
        f"{RUN}/checkpoint/best.safetensors", "safetensors", of_checkpoint
    ),
    "checkpoint, checked": Reader(f"{RUN}/checkpoint/best.safetensors", "safetensors", of_check),
    "checkpoint, resumed": Reader(f"{RUN}/checkpoint/last.safetensors", "safetensors", of_last),
    "deployment": Reader(f"{RUN}/deployment.h5", "hdf5", of_run),
    "deployment, reported": Reader(f"{RUN}/deployment.h5", "hdf5", of_report),
    "record, floats": Reader(f"{RUN}/record-float.h5", "hdf5", of_records),
    "record, reference": Reader(f"{RUN}/record-reference.h5", "hdf5", of_records),
    "record alone": Reader(f"{RUN}/record-reference.h5", "hdf5", of_record),
    "events": Reader(f"{RUN}/events.h5", "hdf5", of_report),
    "events alone": Reader(f"{RUN}/events.h5", "hdf5", of_counts),
    "manifest": Reader(f"{RUN}/manifest.json", "json", of_manifest),
    "manifest, verified": Reader(f"{RUN}/manifest.json", "json", of_records),
    "metrics": Reader(f"{RUN}/metrics.jsonl", "rows", of_report),
    "split": Reader(f"{RUN}/split.npz", "npz", of_manifest),
    "yardsticks": Reader(f"{RUN}/yardsticks.json", "json", of_yardsticks),
    "config": Reader(f"{RUN}/config.toml", "toml", of_check),
    "baseline": Reader(f"{TWIN}/baseline.json", "json", lambda: of_report(TWIN)),
    "part": Reader(f"{RUN}/.parts/000000000.h5", "hdf5", of_part),
    "plan": Reader(f"{RUN}/.parts/plan.json", "json", of_resumed),
    "netx": Reader("net.net", "hdf5", of_netx),
    "imported": Reader(f"{IMPORTED}/network.h5", "hdf5", of_imported),
    "samples": Reader("samples.npz", "npz", of_samples),
    "samples, kept": Reader(f"{IMPORTED}/input.h5", "hdf5", of_kept_samples),
}
